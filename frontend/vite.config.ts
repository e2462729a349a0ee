import { defineConfig } from 'vitest/config'
import react from '@vitejs/plugin-react'

export default defineConfig({
  plugins: [react()],
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
