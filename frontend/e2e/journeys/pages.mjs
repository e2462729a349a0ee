// A resident photographs a paper askew: the frame is moved by finger and by arrows, a page is turned, what the
// machine notices is left to the officer, and the list of what to mend shows the page itself.
import { sizes } from '../browser.mjs'
import { startDesk } from '../mock/desk.mjs'
import { begin, keepPage, next } from './resident.mjs'

const words = {
  vi: { frame: 'Chỉnh khung', done: 'Khung đã đúng', turn: 'Xoay', whole: 'Lấy cả ảnh', right: 'Đẩy sang phải', down: 'Đẩy xuống', back: 'Quay lại', corner: 'Góc dưới bên phải', topLeft: 'Góc trên bên trái' },
  en: { frame: 'Adjust the frame', done: 'The frame is right', turn: 'Turn', whole: 'Keep all of it', right: 'Move right', down: 'Move down', back: 'Back', corner: 'Bottom right corner', topLeft: 'Top left corner' },
}

/** shoot takes a picture of the first paper and waits until the machine has looked at it. */
async function shoot(page, at) {
  await page.goto(`${at}/camera`)
  await page.locator('.k-camera__shoot:not([disabled])').waitFor()
  await page.locator('.k-camera__shoot').tap()
  await page.locator('.k-page__picture[data-ready=true]').waitFor()
}

/** follows waits until a corner stands where the finger left it: a frame or two after it was let go. */
async function follows(page, corner, from, [right, down]) {
  let moved = []
  for (let i = 0; i < 50; i++) {
    const to = await corner.boundingBox()
    moved = [to.x - from.x, to.y - from.y]
    if (Math.abs(moved[0] - right) <= 4 && Math.abs(moved[1] - down) <= 4) return
    await page.evaluate(() => new Promise(requestAnimationFrame))
  }
  throw new Error(`the corner did not follow the finger: ${moved}`)
}

/** draggedPage: one page from the camera to the paper, by finger and by arrows. */
export async function draggedPage(page, language, desk, see, equal) {
  const w = words[language]
  await begin(page, desk.url, language, async () => undefined)
  const id = await page.evaluate(async () => {
    const visit = await fetch('/api/visits', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{}' }).then((r) => r.json())
    const draft = await fetch('/api/drafts', { method: 'POST', headers: { 'Content-Type': 'application/json', 'X-Visit': visit.token }, body: JSON.stringify({ procedure: '1.001193', language: 'vi', secret: false }) }).then((r) => r.json())
    return draft.id
  })
  const at = `${desk.url}/#/d/${id}/papers/p1`
  await shoot(page, at)
  await see('page-proposed')
  await page.getByRole('button', { name: w.frame }).tap()
  const corner = page.getByRole('button', { name: w.corner })
  await corner.waitFor()
  await corner.tap()
  for (const way of [w.right, w.down]) await page.getByRole('button', { name: way }).tap()
  const topLeft = page.getByRole('button', { name: w.topLeft })
  const from = await topLeft.boundingBox()
  await page.mouse.move(from.x + from.width / 2, from.y + from.height / 2)
  await page.mouse.down()
  await page.mouse.move(from.x + from.width / 2 + 40, from.y + from.height / 2 + 30, { steps: 4 })
  await page.mouse.up()
  await follows(page, topLeft, from, [40, 30])
  await see('page-frame')
  await page.getByRole('button', { name: w.done }).tap()
  await page.getByRole('button', { name: w.turn, exact: true }).tap()
  await see('page-turned')
  desk.state.soft = true
  await keepPage(page, see)
  const mend = desk.state.calls.find((c) => c.startsWith('mend'))
  if (!/turn=1/.test(mend) || !/\[81,93\]/.test(mend)) throw new Error(`mended as ${mend}`)
  equal(desk.state.calls.filter((c) => c === 'accept').length, 1, 'the page is accepted as it is')
  await shoot(page, at)
  await see('page-twin')
  await page.getByRole('button', { name: w.back, exact: true }).tap()
  await page.locator('.k-scans__warned').waitFor()
  await see('paper-warned')
  await page.goto(`${desk.url}/#/d/${id}/mend`)
  await page.locator('.k-row--mend .k-row__scan img').first().waitFor()
  await see('mend-pages')
  await page.locator('.k-row--mend', { has: page.locator('.k-row__scan') }).first().tap()
  await page.locator('.k-page__picture[data-ready=true]').waitFor()
  await page.getByRole('button', { name: w.whole }).tap()
  desk.state.soft = false
  await next(page)
  await page.waitForFunction(() => location.hash.endsWith('/mend'))
  await page.locator('.k-row--mend').first().waitFor()
  equal(await page.locator('.k-row__scan').count(), 0, 'pages left to look at')
}

export const pageJourneys = [['vi', 'pages', sizes.kiosk], ['en', 'pages upright', sizes.portrait]].map(([language, name, size]) => async (browser, journey, equal) => {
  const desk = await startDesk()
  await journey(browser, name, size, (page, see) => draggedPage(page, language, desk, (where) => language === 'vi' || /proposed|frame|twin/.test(where) ? see(where) : undefined, equal), true)
  await desk.close()
})
