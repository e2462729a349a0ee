// A shared screen forgets. One resident leaves her name, numbers, words and a picture behind; the next one,
// and whoever takes the machine apart, looks for them: in the page, in everything a page can store, in the
// clipboard, in the way back, in the heap after the collector ran, and in every byte of every file the
// program wrote. The same search first finds what is planted, or it proves nothing.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { begin, hashOf, next, scanCard } from './journeys/resident.mjs'

/** What is looked for. Plain letters: a heap or a file may hold them in one byte or two. */
export const canaries = { name: 'LYMATCANARY', number: '083090987651', phone: '987650321', text: 'Chim hoang yen bao than mo 7261' }
const card = `${canaries.number}|320999001|LÝ VĂN ${canaries.name}|14031990|Nam|Ấp Giả Định 1, Xã Giao Long, Vĩnh Long|01072025`
const at = (page, end) => page.waitForFunction((tail) => location.hash.endsWith(tail), end)

/** inPage gives everything the page itself can reach, as one text. */
function inPage() {
  const all = async () => {
    const stores = [localStorage, sessionStorage].map((store) => JSON.stringify({ ...store }))
    const databases = await indexedDB.databases()
    const caches = await window.caches.keys()
    const inputs = [...document.querySelectorAll('input, textarea')].map((e) => e.value)
    const clipboard = await navigator.clipboard.readText().catch(() => '')
    return JSON.stringify([document.documentElement.outerHTML, ...inputs, stores, databases, caches, document.cookie, clipboard, history.state, location.href, window.name, Object.keys(window)])
  }
  return all()
}

/** heap gives the renderer's heap after the collector ran: every string that anything still holds. */
async function heap(page) {
  const session = await page.context().newCDPSession(page)
  let out = ''
  session.on('HeapProfiler.addHeapSnapshotChunk', ({ chunk }) => (out += chunk))
  await session.send('HeapProfiler.enable')
  for (let i = 0; i < 3; i++) await session.send('HeapProfiler.collectGarbage')
  await session.send('HeapProfiler.takeHeapSnapshot', { reportProgress: false })
  await session.detach()
  return out
}

/** files lists every file below the folders. */
const files = (dirs) => dirs.flatMap((dir) => readdirSync(dir, { recursive: true }).map((name) => join(dir, name)).filter((path) => statSync(path).isFile()))

/** onDisk names the files that hold a needle, in one byte a letter or in two. */
export function onDisk(dirs, needles) {
  const wanted = needles.flatMap((needle) => (Buffer.isBuffer(needle) ? [needle] : [Buffer.from(needle), Buffer.from(needle, 'utf16le')]))
  return files(dirs).filter((path) => {
    const bytes = readFileSync(path)
    return wanted.some((needle) => bytes.includes(needle))
  })
}

/** seen says where a canary still is: one line for each place. */
async function seen(page, dirs, picture) {
  const where = []
  const [reachable, held] = [await page.evaluate(inPage), await heap(page)]
  if (held.length < 100_000) throw new Error('the heap was not read')
  for (const [what, needle] of Object.entries(canaries)) {
    if (reachable.includes(needle)) where.push(`${what} in the page`)
    if (held.includes(needle)) where.push(`${what} in the heap`)
  }
  for (const cookie of await page.context().cookies()) {
    if (Object.values(canaries).some((needle) => JSON.stringify(cookie).includes(needle))) where.push('a cookie')
  }
  for (const path of onDisk(dirs, [...Object.values(canaries), ...(picture ? [picture] : [])])) where.push(`file ${path}`)
  return where
}

/** leave writes a petition with everything somebody could lose, up to its last screen. */
async function leave(page) {
  await page.getByRole('button', { name: /^Phản ánh, kiến nghị/ }).tap()
  await page.getByRole('button', { name: /^Đường sá/ }).tap()
  await page.waitForFunction(() => /\/(how|text)$/.test(location.hash))
  if ((await hashOf(page)).endsWith('/how')) await page.getByRole('button', { name: /^Viết/ }).tap()
  await at(page, '/text')
  await page.locator('.bd-entry__field').fill(canaries.text)
  await page.locator('.bd-entry__field').selectText()
  await page.keyboard.press('Control+c')
  await next(page)
  await at(page, '/photos')
  await page.getByRole('button', { name: 'Chụp ảnh' }).tap()
  await page.locator('.k-camera__shoot:enabled').waitFor()
  await page.locator('.k-camera__shoot').tap()
  await page.getByRole('button', { name: 'Dùng ảnh này' }).tap()
  await page.locator('.k-scans img').waitFor()
  const bytes = Buffer.from(await page.evaluate(async () => {
    const headers = { 'X-Visit': JSON.parse(sessionStorage.getItem('bendo.visit')).token }
    const draft = `/api/drafts/${/\/f\/([^/]+)/.exec(location.hash)[1]}`
    const { components } = await (await fetch(draft, { headers })).json()
    const picture = await fetch(`${draft}/scans/${components.flatMap((c) => c.scans)[0].sha256}`, { headers })
    return [...new Uint8Array(await picture.arrayBuffer())]
  }))
  if (bytes.length < 1000) throw new Error(`the picture has ${bytes.length} bytes; too few to look for`)
  const picture = bytes.subarray(bytes.length / 2, bytes.length / 2 + 64)
  await next(page)
  await at(page, '/name')
  await scanCard(page, card)
  await page.waitForFunction((name) => document.querySelector('.bd-entry__field')?.value.includes(name), canaries.name)
  await next(page)
  await at(page, '/phone')
  await page.locator('.bd-pad__field').fill(`0${canaries.phone}`)
  await next(page)
  await at(page, '/wish')
  return picture
}

/** planted: the search itself must find what lies about. */
async function planted(page, dirs, picture) {
  const found = (await seen(page, dirs, picture)).join('\n')
  for (const must of ['text in the heap', 'name in the heap', 'phone in the heap']) {
    if (!found.includes(must)) throw new Error(`the search does not find ${must} while the visit lasts; it found:\n${found}`)
  }
  await page.evaluate((text) => {
    localStorage.setItem('leak', text)
    window.leak = text
  }, canaries.text)
  if (!(await seen(page, dirs)).includes('text in the page')) throw new Error('a planted leak in the storage went unseen')
  await page.evaluate(() => {
    localStorage.clear()
    delete window.leak
  })
  const here = new URL('.', import.meta.url).pathname
  if (onDisk([here], [canaries.text]).length === 0) throw new Error('a planted leak on the disk went unseen')
}

/** over is the next visit: nothing of the last one is anywhere, and the way back leads nowhere. */
async function over(page, dirs, picture, how) {
  await page.getByRole('button', { name: /Tiếng Việt/ }).tap()
  await page.getByRole('heading', { name: 'Hôm nay bà con cần gì?' }).waitFor()
  let where = await seen(page, dirs, picture)
  for (let i = 0; i < 6 && where.length === 0; i++) {
    await page.goBack().catch(() => undefined)
    await page.locator('.k-welcome, .k-screen').waitFor()
    if (/\/(d|f)\//.test(page.url())) where = [`the way back leads to ${page.url()}`]
  }
  if (where.length === 0) where = (await seen(page, dirs, picture)).map((one) => `after going back: ${one}`)
  if (where.length > 0) throw new Error(`after ${how} the last resident is still there:\n  ${where.join('\n  ')}`)
}

/** canaryJourney runs the office's real service on a book for practice. */
export async function canaryJourney(page, serve, bin) {
  const dir = mkdtempSync(join(tmpdir(), 'bendo-canary-'))
  const temp = join(dir, 'tmp')
  mkdirSync(temp)
  const desk = serve(join(bin, 'kiosk'), ['serve', '--data', join(dir, 'office'), '--listen', '127.0.0.1:0', '--idle', '3m', '--json'], { TMPDIR: temp })
  try {
    const { url } = await desk.ready
    await page.context().grantPermissions(['clipboard-read', 'camera'], { origin: new URL(url).origin })
    await page.clock.install()
    await begin(page, url, 'vi', async () => undefined)
    let picture = await leave(page)
    await planted(page, [dir], picture)
    await page.getByRole('button', { name: 'Làm lại từ đầu' }).tap()
    await page.getByRole('button', { name: 'Xóa và làm lại' }).tap()
    await page.locator('.k-welcome').waitFor()
    await over(page, [dir], picture, 'the button')
    await page.goto(`${new URL(url).origin}/#/home`)
    if (!(await page.locator('.k-tile').count())) await begin(page, new URL(url).origin, 'vi', async () => undefined)
    picture = await leave(page)
    await page.clock.fastForward('03:05')
    await page.locator('.bd-dialog--gold').waitFor()
    await page.clock.fastForward('00:31')
    await page.getByRole('button', { name: 'Bắt đầu lại' }).tap()
    await over(page, [dir], picture, 'silence')
    if (readdirSync(temp).length > 0) throw new Error(`left in the folder for temporary files: ${readdirSync(temp)}`)
    if (Object.values(canaries).some((needle) => desk.log().includes(needle))) throw new Error('the log names the resident')
  } finally {
    await desk.stop()
    rmSync(dir, { recursive: true, force: true })
  }
}
