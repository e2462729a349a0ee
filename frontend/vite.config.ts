import type { Plugin } from 'vite'
import { defineConfig } from 'vitest/config'
import react from '@vitejs/plugin-react'
import { desk } from './src/text/messages/desk'
import { messages } from './src/text/messages/index'
import { portal } from './src/text/messages/portal'

// The kiosk's messages go into the build as data: language packs are compared with them, and the
// voice is made of them. Officers' screens have no packs.
function messagesAsData(): Plugin {
  return {
    name: 'messages-as-data',
    apply: 'build',
    generateBundle() {
      const kiosk = Object.entries(messages).filter(([key]) => !(key in desk) && !(key in portal) && !/^[dp]\./.test(key))
      this.emitFile({ type: 'asset', fileName: 'messages.json', source: JSON.stringify(Object.fromEntries(kiosk)) })
    },
  }
}

export default defineConfig({
  plugins: [react(), messagesAsData()],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    // Everything stays a file of its own: the pages' policy allows fonts and
    // scripts from 'self' only, so a data: address would be refused.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rollupOptions: { input: { kiosk: 'kiosk.html', desk: 'desk.html', portal: 'portal.html' } },
  },
  server: { proxy: { '/api': 'http://127.0.0.1:8099' } },
  test: {
    environment: 'jsdom',
    include: ['src/**/*.test.{ts,tsx}'],
    setupFiles: ['src/testing/setup.ts'],
    css: false,
    // a slow shared machine is no failure
    testTimeout: 60_000,
  },
})
