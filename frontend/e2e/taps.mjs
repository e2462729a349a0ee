// How long things take at the kiosk, on the built program with a practice book:
//
//   BENDO_BIN=../bin npm run taps [rounds]
//
// 1. three errands, each by touch: how many taps and keys, how long the machine
//    takes, and how long a slow person would (`pace`, in the open, so that
//    anybody can argue with it);
// 2. from the finger to the next painted frame (the browser's own event timing);
// 3. from the finger to the next screen, every save of an answer included;
// 4. from the start of the program to the first screen a resident can touch.
import { spawn } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { launch, open, sizes } from './browser.mjs'
import { begin, file } from './journeys/resident.mjs'

const bin = process.env.BENDO_BIN ?? '../bin'
const rounds = Number(process.argv[2] ?? 5)
const quiet = async () => undefined

/** A slow person, in seconds: nobody measured one here, so the figures are stated, not hidden. */
const pace = {
  tap: 1.5, // find the button, reach for it, press
  key: 0.9, // one key of the pad or the keyboard on the screen
  word: 0.4, // 150 words a minute, read once
  mostRead: 12, // of one screen; nobody reads a long list to its end
  card: 4, // take the card out, hold it to the reader
  page: 8, // lay a page under the camera
  signature: 5,
}

/** watch counts, in the page: taps, keys, the words of each screen, times. It survives no reload, and no errand has one. */
function watch() {
  const seen = { taps: 0, keys: 0, words: [], screens: 0, paint: [], next: [] }
  window.bendoSeen = seen
  const screen = () => `${location.hash} ${document.querySelector('h1')?.textContent ?? ''}`
  let shown = ''
  const read = () => {
    const now = screen()
    if (now === shown || !document.querySelector('h1')) return
    shown = now
    seen.screens++
    const text = document.querySelector('.k-content, main')?.innerText ?? ''
    seen.words.push(text.split(/\s+/).filter(Boolean).length)
  }
  setInterval(read, 50)
  let begun
  const lengths = new WeakMap()
  addEventListener('input', (event) => {
    // Telex writes a letter and its marks with a key each: so are they counted
    const length = (event.target.value ?? '').normalize('NFD').length
    seen.keys += Math.abs(length - (lengths.get(event.target) ?? 0))
    lengths.set(event.target, length)
  }, true)
  addEventListener('click', (event) => {
    if (event.target.closest?.('.bd-key')) seen.keys++
    else seen.taps++
    begun = { at: performance.now(), from: screen() }
    const look = () => {
      if (!begun) return
      if (screen() !== begun.from) {
        seen.next.push(performance.now() - begun.at)
        begun = undefined
        return
      }
      requestAnimationFrame(look)
    }
    requestAnimationFrame(look)
  }, true)
  // what the browser does not report took under 16 ms, its finest threshold
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (entry.name === 'click') seen.paint.push(entry.duration)
  }).observe({ type: 'event', durationThreshold: 16, buffered: true })
}

/** printer stands in for CUPS's two commands: the time of paper is the printer's, not ours. */
function printer(dir) {
  const put = (name, text) => {
    writeFileSync(join(dir, name), `#!/bin/sh\n${text}\n`)
    chmodSync(join(dir, name), 0o755)
  }
  mkdirSync(dir)
  put('lp', `cat >/dev/null; n=$(ls "${dir}" | wc -l); : >"${dir}/job$n"; echo "request id is roll-$n (1 file(s))"`)
  put('lpstat', `for f in "${dir}"/job*; do printf 'roll-%s bendo 1024 now\\n\\tAlerts: job-completed-successfully\\n\\tqueued for roll\\n' "\${f##*job}"; done`)
  return dir
}

async function desk(dir) {
  const started = performance.now()
  const path = `${printer(join(dir, 'printer'))}:${process.env.PATH}`
  const child = spawn(join(bin, 'kiosk'), ['serve', '--data', join(dir, 'office'), '--listen', '127.0.0.1:0', '--idle', '10m', '--roll', 'roll', '--json'], {
    env: { ...process.env, PATH: path }, stdio: ['ignore', 'pipe', 'ignore'],
  })
  const { url } = await new Promise((done, fail) => {
    child.stdout.once('data', (line) => done(JSON.parse(line)))
    child.once('close', (code) => fail(new Error(`kiosk ended (${code}) before it was ready`)))
  })
  return { url, ready: performance.now() - started, started, stop: () => new Promise((done) => (child.once('close', done), child.kill('SIGTERM'))) }
}

const median = (list) => list.toSorted((a, b) => a - b)[Math.floor((list.length - 1) / 2)]
const share = (list, q) => list.toSorted((a, b) => a - b)[Math.floor(q * (list.length - 1))]

/** errand plays one, and reckons what it would cost a slow person. */
async function errand(page, held, play) {
  await page.evaluate(() => Object.assign(window.bendoSeen, { taps: 0, keys: 0, words: [], screens: 0, paint: [], next: [] }))
  const started = performance.now()
  const out = await play()
  await page.waitForTimeout(60) // the last screen is counted too
  const machine = (performance.now() - started) / 1000
  const { taps, keys, words, screens } = await page.evaluate(() => window.bendoSeen)
  const reading = words.reduce((sum, n) => sum + Math.min(n * pace.word, pace.mostRead), 0)
  return { out, taps, keys, screens, machine, person: taps * pace.tap + keys * pace.key + reading + held }
}

async function press(page, digits) {
  for (const digit of digits) await page.locator('.bd-key').getByText(digit, { exact: true }).tap()
}

async function lookUp(page, slip) {
  await page.getByRole('button', { name: /^Tra cứu hồ sơ/ }).tap()
  await page.locator('.bd-pad__field').waitFor()
  await press(page, slip)
  await page.locator('.k-next:not([disabled])').tap()
  await page.getByRole('heading', { level: 1, name: /^Bấm 4 số cuối/ }).waitFor()
  await press(page, '9001')
  await page.locator('.k-next:not([disabled])').tap()
  await page.locator('.bd-acks').waitFor()
}

async function takeNumber(page) {
  await page.getByRole('button', { name: /^Lấy số/ }).tap()
  await page.locator('.k-service').first().tap()
  await page.getByRole('button', { name: 'Không, lấy số thường' }).tap()
  await page.getByRole('heading', { level: 1, name: 'Mời bà con lấy phiếu số' }).waitFor()
}

/** another person comes: this one's visit is ended by the button, as it should be */
async function another(page) {
  await page.getByRole('button', { name: 'Làm lại từ đầu' }).tap()
  await page.getByRole('button', { name: 'Xóa và làm lại' }).tap()
  await page.locator('.k-welcome').waitFor()
  await page.getByRole('button', { name: 'Tiếng Việt' }).tap()
  await page.getByRole('button', { name: /^Lấy số/ }).waitFor()
}

async function round(browser, n, all) {
  const dir = mkdtempSync(join(tmpdir(), 'bendo-taps-'))
  const office = await desk(dir)
  try {
    const { page, context } = await open(browser, sizes.kiosk)
    await page.addInitScript(watch)
    await page.goto(office.url)
    await page.locator('.k-welcome').waitFor()
    await page.evaluate(() => new Promise((painted) => requestAnimationFrame(() => requestAnimationFrame(painted))))
    all.cold.push([office.ready, performance.now() - office.started])
    const address = new URL(page.url()).origin
    await begin(page, address, 'vi', quiet)
    const play = async (name, held, what) => {
      const done = await errand(page, held, what)
      ;(all.errands[name] ??= []).push(done)
      const { next, paint } = await page.evaluate(() => window.bendoSeen)
      all.next.push(...next)
      all.paint.push(...paint)
      all.clicks += done.taps + done.keys
      return done.out
    }
    const filed = await play('file 1.001193, by card, one page photographed', pace.card + pace.page + pace.signature,
      () => file(page, 'vi', { procedure: 'Khai sinh', find: 'khai sinh', see: quiet }))
    await another(page)
    await play('look up a dossier, its number typed', 0, () => lookUp(page, filed.slip))
    await another(page)
    await play('take a number', 0, () => takeNumber(page))
    await context.close()
    console.error(`round ${n} of ${rounds}`)
  } finally {
    await office.stop()
    rmSync(dir, { recursive: true, force: true })
  }
}

const browser = await launch()
const all = { errands: {}, next: [], paint: [], cold: [], clicks: 0 }
try {
  for (let n = 1; n <= rounds; n++) await round(browser, n, all)
  console.log(`| errand, median of ${rounds} | taps | keys | screens | the machine | a slow person |\n|---|---|---|---|---|---|`)
  for (const [name, runs] of Object.entries(all.errands)) {
    const at = (field, digits) => median(runs.map((r) => r[field])).toFixed(digits)
    console.log(`| ${name} | ${at('taps', 0)} | ${at('keys', 0)} | ${at('screens', 0)} | ${at('machine', 1)} s | ${at('person', 0)} s |`)
  }
  const paint = [...all.paint, ...Array(Math.max(0, all.clicks - all.paint.length)).fill(16)]
  console.log(`\ntap to the next painted frame: ${paint.length} taps, p50 ${share(paint, 0.5)} ms, p95 ${share(paint, 0.95)} ms (16: at most)`)
  console.log(`tap to the next screen, saves included: ${all.next.length}, p50 ${share(all.next, 0.5).toFixed(0)} ms, p95 ${share(all.next, 0.95).toFixed(0)} ms`)
  console.log(`cold start: ready p50 ${median(all.cold.map((c) => c[0])).toFixed(0)} ms, first screen p50 ${median(all.cold.map((c) => c[1])).toFixed(0)} ms, worst ${Math.max(...all.cold.map((c) => c[1])).toFixed(0)} ms`)
} finally {
  await browser.close()
}
