// How long a resident waits after a tap: from the finger to the first frame in
// which the next screen stands, every save of an answer included. It runs the
// built kiosk on a practice book and prints one line: n, p50 and p95.
//
//   BENDO_BIN=../bin npm run taps
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { launch, open, sizes } from './browser.mjs'
import { begin, file } from './journeys/resident.mjs'

const bin = process.env.BENDO_BIN ?? '../bin'
const rounds = Number(process.argv[2] ?? 2)
const dir = mkdtempSync(join(tmpdir(), 'bendo-taps-'))

/** watch notes the time between a click and the next screen's heading or address. */
function watch() {
  window.bendoTaps = []
  const screen = () => `${location.hash} ${document.querySelector('h1')?.textContent ?? ''}`
  let begun
  addEventListener(
    'click',
    () => {
      begun = { at: performance.now(), from: screen() }
      const look = () => {
        if (!begun) return
        if (screen() !== begun.from) {
          window.bendoTaps.push(performance.now() - begun.at)
          begun = undefined
          return
        }
        requestAnimationFrame(look)
      }
      requestAnimationFrame(look)
    },
    true,
  )
}

const desk = spawn(join(bin, 'kiosk'), ['serve', '--data', join(dir, 'office'), '--listen', '127.0.0.1:0', '--idle', '10m', '--json'], { stdio: ['ignore', 'pipe', 'ignore'] })
const { url } = await new Promise((done) => desk.stdout.once('data', (line) => done(JSON.parse(line))))
const browser = await launch()
try {
  const { page } = await open(browser, sizes.kiosk)
  await page.addInitScript(watch)
  let address = url
  for (let round = 0; round < rounds; round++) {
    await begin(page, address, 'vi', async () => undefined)
    address = new URL(page.url()).origin
    await file(page, 'vi', { procedure: 'Khai sinh', find: 'khai sinh', see: async () => undefined })
    await page.locator('.k-next').tap()
    await page.locator('.k-welcome').waitFor()
  }
  const taps = (await page.evaluate(() => window.bendoTaps)).toSorted((a, b) => a - b)
  const at = (q) => taps[Math.floor(q * (taps.length - 1))].toFixed(0)
  console.log(`taps ${taps.length}  p50 ${at(0.5)} ms  p95 ${at(0.95)} ms`)
} finally {
  await browser.close()
  desk.kill('SIGTERM')
  rmSync(dir, { recursive: true, force: true })
}
