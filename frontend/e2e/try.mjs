import { mkdirSync } from 'node:fs'
import { launch, open, sizes } from './browser.mjs'
import { startDesk, sheet } from './mock/desk.mjs'
import { begin, file } from './journeys/resident.mjs'
const desk = await startDesk()
desk.state.tray = [sheet('t1', 'GIẤY CHỨNG SINH')]
const b = await launch()
const { page, faults } = await open(b, sizes[process.argv[2] ?? 'kiosk'])
mkdirSync('/tmp/shots', { recursive: true })
let n = 0
const see = async (name) => { await page.screenshot({ path: `/tmp/shots/${String(++n).padStart(2, '0')}-${name}.png` }); console.log(name, new URL(page.url()).hash) }
try {
  await begin(page, desk.url, process.argv[4] ?? 'vi', see)
  console.log(await file(page, process.argv[4] ?? 'vi', { procedure: process.argv[3] ?? 'Khai sinh', find: (process.argv[3] ?? 'khai sinh').toLowerCase(), see }))
} catch (e) { console.log(e); await see('FAIL') }
console.log(faults)
await b.close(); await desk.close()
