// A picture of every screen, for the eye of a designer. They go to screenshots/
// at the top of the repository, which is not kept.
import { mkdirSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { launch, open, sizes } from './browser.mjs'
import { askSupplement, decide, outbox, reply, signIn, status, takeIn } from './journeys/office.mjs'
import { answer, petition, rate } from './journeys/feedback.mjs'
import { answers, askBack, followed, office } from './journeys/calls.mjs'
import { pay } from './journeys/pay.mjs'
import { printed, slipsPage, verifySlips } from './journeys/verify.mjs'
import { board, takeNumber, withoutPaper } from './journeys/queue.mjs'
import { catalogue } from './journeys/catalogue.mjs'
import { languageAlbum } from './journeys/languages.mjs'
import { begin, file, next, track } from './journeys/resident.mjs'
import { sheet, startDesk } from './mock/desk.mjs'
import { startPortal } from './mock/portal.mjs'

const target = process.env.BENDO_SHOTS ?? fileURLToPath(new URL('../../screenshots/', import.meta.url))
const only = process.argv[2] // an album's name, to look at one thing again
if (!only) rmSync(target, { recursive: true, force: true })
mkdirSync(target, { recursive: true })
const browser = await launch()
let failed = 0

async function album(name, size, story) {
  if (only && !name.includes(only)) return
  const { page, context } = await open(browser, size)
  let n = 0
  const see = async (where) => {
    await page.waitForTimeout(120)
    await page.screenshot({ path: `${target}/${name}-${String(++n).padStart(2, '0')}-${where}.png` })
  }
  try {
    await story(page, see)
    console.log(`${name}: ${n} pictures`)
  } catch (error) {
    failed++
    await see('FAILED')
    console.error(`${name}: ${error.stack ?? error}`)
  } finally {
    await context.close()
  }
}

async function withDesk(options, run) {
  const desk = await startDesk(options)
  desk.state.tray = [sheet('t1', 'GIẤY CHỨNG SINH'), sheet('t2', 'GIẤY CHỨNG NHẬN KẾT HÔN')]
  await run(desk)
  await desk.close()
}

const extras = (desk) => async (page, see) => {
  await begin(page, desk.url, 'vi', async () => undefined)
  await page.getByRole('button', { name: 'Gọi cán bộ' }).tap()
  await see('staff')
  await page.getByRole('button', { name: 'Thôi, tôi làm tiếp' }).tap()
  await page.getByRole('button', { name: 'Làm lại từ đầu' }).tap()
  await see('start-over')
  await page.getByRole('button', { name: 'Không, quay lại' }).tap()
  await page.getByRole('button', { name: 'Tương phản' }).tap()
  await see('contrast-home')
  await page.goto(`${desk.url}/#/find/file`)
  await page.locator('.k-event').first().waitFor()
  await see('contrast-find')
  await page.getByRole('button', { name: 'Tương phản' }).tap()
  await page.getByRole('button', { name: 'Chữ to' }).tap()
  await see('large-find')
  await page.locator('.bd-dialog--gold').waitFor({ timeout: 40_000 })
  await see('idle')
  await page.locator('.k-blank').waitFor({ timeout: 60_000 })
  await see('blank')
}

await withDesk({}, (desk) => album('kiosk-vi', sizes.kiosk, async (page, see) => {
  await begin(page, desk.url, 'vi', see)
  await file(page, 'vi', { procedure: 'Khai sinh', find: 'khai sinh', see })
}))
await withDesk({}, (desk) => album('kiosk-upright-vi', sizes.portrait, async (page, see) => {
  await begin(page, desk.url, 'vi', see)
  await file(page, 'vi', { procedure: 'hộ kinh doanh', find: 'mo quan', see, papers: 'none', person: 'typed' })
}))
await withDesk({ line: 'up' }, (desk) => album('kiosk-en', sizes.kiosk, async (page, see) => {
  await begin(page, desk.url, 'en', see)
  await file(page, 'en', { procedure: 'certified', find: 'sao y', see, papers: 'none', person: 'typed' })
}))
for (const [name, size] of [['catalogue', sizes.kiosk], ['catalogue-upright', sizes.portrait]]) {
  await withDesk({ printer: true }, (desk) => album(`kiosk-${name}`, size, async (page, see) => {
    await begin(page, desk.url, 'vi', async () => undefined)
    await catalogue(page, 'vi', see)
  }))
}
for (const [name, size] of [['doubt', sizes.kiosk], ['doubt-upright', sizes.portrait]]) {
  await withDesk({ clockDoubt: true }, (desk) => album(`kiosk-${name}`, size, async (page, see) => {
    await begin(page, desk.url, 'vi', async () => undefined)
    await file(page, 'vi', { procedure: 'hộ kinh doanh', find: 'mo quan', see: (where) => where === 'done' ? see(where) : undefined, papers: 'none', person: 'typed' })
  }))
}
await withDesk({ line: 'up' }, (desk) => album('kiosk-track', sizes.kiosk, async (page, see) => {
  await begin(page, desk.url, 'vi', async () => undefined)
  await track(page, 'vi', { slip: '66001902711864', second: '9001', see, supply: true })
}))
for (const [language, size, name] of [['vi', 'kiosk', 'pay'], ['en', 'portrait', 'pay-upright']]) {
  await withDesk({ line: 'down', printer: true }, (desk) => album(`kiosk-${name}`, sizes[size], async (page, see) => {
    await begin(page, desk.url, language, see)
    await pay(page, language, { see })
  }))
}
for (const [language, size, name] of [['vi', 'kiosk', 'queue'], ['en', 'portrait', 'queue-upright']]) {
  await withDesk({ line: 'down', printer: true }, (desk) => album(`kiosk-${name}`, sizes[size], async (page, see) => {
    await begin(page, desk.url, language, see)
    await takeNumber(page, language, see)
    await page.goto(`${desk.url}/#/home`)
    await withoutPaper(page, desk, language, see)
  }))
}
await withDesk({ printer: true }, (desk) => album('desk-queue', sizes.office, (page, see) => board(page, desk.url, see)))
for (const [language, size, name] of [['vi', 'kiosk', 'feedback'], ['en', 'portrait', 'feedback-upright']]) {
  await withDesk({ line: 'down', printer: true }, (desk) => album(`kiosk-${name}`, sizes[size], async (page, see) => {
    await begin(page, desk.url, language, see)
    await rate(page, language, { see })
    await petition(page, language, { see })
    await next(page)
    await begin(page, desk.url, language, async () => undefined)
    await answer(page, language, { see })
  }))
}
for (const [language, size, name] of [['vi', 'kiosk', 'calls'], ['en', 'portrait', 'calls-upright']]) {
  await withDesk({ line: 'down', printer: true }, (desk) => album(`kiosk-${name}`, sizes[size], async (page, see) => {
    await begin(page, desk.url, language, see)
    await answers(page, language, { see })
    await askBack(page, language, { see })
    await next(page)
    await begin(page, desk.url, language, async () => undefined)
    await followed(page, language, { see })
  }))
}
for (const [language, size, name] of [['vi', 'kiosk', 'verify'], ['en', 'portrait', 'verify-upright']]) {
  await withDesk({ printer: true, codeReader: true }, (desk) => album(`kiosk-${name}`, sizes[size], async (page, see) => {
    await begin(page, desk.url, language, async () => undefined)
    await verifySlips(page, language, desk, see)
    await printed(page, language, desk, see)
  }))
}
{
  const portal = await startPortal()
  await album('portal-calls', sizes.office, (page, see) => office(page, portal.url, see))
  await portal.close()
}
await withDesk({}, (desk) => album('desk-slips', sizes.office, (page, see) => slipsPage(page, desk.url, see)))
for (const [name, size] of [['km', 'kiosk'], ['km-upright', 'portrait']]) await withDesk({}, (desk) => album(`kiosk-${name}`, sizes[size], languageAlbum(desk)))
await withDesk({ idleSeconds: 20 }, (desk) => album('kiosk-help', sizes.kiosk, extras(desk)))
await withDesk({}, (desk) => album('desk-vi', sizes.office, (page, see) => outbox(page, `${desk.url}/desk`, see)))
await withDesk({ line: 'up' }, (desk) => album('desk-en', sizes.office, async (page, see) => {
  await page.goto(`${desk.url}/desk`)
  await page.getByRole('table').waitFor()
  await page.keyboard.press('n')
  await see('desk-outbox-up')
}))
const portal = await startPortal()
await album('portal-vi', sizes.office, async (page, see) => {
  await signIn(page, portal.url, { user: 'can.bo', password: 'ben-do-2026', see })
  await takeIn(page, '66001-4827-19302', see)
  await askSupplement(page, '66001-5530-84716', 'Ảnh bị mờ, xin chụp lại rõ hơn.', see)
  await decide(page, '66001-7716-03948', see)
  await page.locator('.p-back').click()
  await reply(page, '66001-8833-00052', 'Xã đã kiểm tra cầu ấp 3 và giao ấp thay hai tấm ván hỏng, xong trước ngày 30/11.', see)
})
await album('phone-vi', sizes.phone, (page, see) => status(page, portal.url, { slip: '66001902711864', second: '9001', see }))
await portal.close()
await browser.close()
process.exit(failed > 0 ? 1 : 0)
