// The resident's way from the tile to a number, and the officer's to the person.
import { axe, inTheDark, settled, sizes, targets } from '../browser.mjs'
import { inKhmer } from '../gallery/khmer.mjs'
import { startDesk } from '../mock/desk.mjs'
import { begin } from './resident.mjs'

const words = {
  vi: { tile: /^Lấy số/, title: 'Bà con đến làm việc gì?', service: /Hộ tịch/, result: /Nhận kết quả/, usual: 'Không, lấy số thường', first: 'Có, xin mời trước', take: 'Mời bà con lấy phiếu số', not: 'CHƯA CÓ HIỆU LỰC', waits: 'Còn 3 người trước bà con', again: 'In lại', giveUp: 'Bỏ số này', gone: 'Số này đã bỏ', confirmed: 'Cán bộ đã xác nhận số', turn: 'Đang mời: bà con vào quầy 2', done: 'Xong', other: 'Làm việc khác', rest: /nghỉ một chút/, wait: /^Chờ \d+ giây$/ },
  en: { tile: /^Take a number/, title: 'What have you come for?', service: /Civil status/, result: /Collect a result/, usual: 'No, an ordinary number', first: 'Yes, ask to be called first', take: 'Please take your ticket', not: 'NOT VALID YET', waits: '3 people before you', again: 'Print again', giveUp: 'Give it up', gone: 'This number was given up', confirmed: 'An officer confirmed your number', turn: 'It is your turn: counter 2', done: 'Done', other: 'Do something else', rest: /takes a short rest/, wait: /^Wait \d+ seconds?$/ },
  get km() {
    return inKhmer(this.vi, { waits: ['k.queue.ahead'], turn: ['k.queue.title.called'] })
  },
}

const heading = (page, name) => page.getByRole('heading', { level: 1, name }).waitFor()

async function choose(page, w, service, how) {
  await page.getByRole('button', { name: w.tile }).tap()
  await heading(page, w.title)
  await page.locator('.k-service', { hasText: service }).tap()
  await page.getByRole('button', { name: how }).waitFor()
}

/** takeNumber is the plain way: two touches after the tile, and the paper is out. */
export async function takeNumber(page, language, see) {
  const w = words[language]
  await page.getByRole('button', { name: w.tile }).tap()
  await page.locator('.k-service').first().waitFor()
  await see('queue')
  await page.locator('.k-service', { hasText: w.service }).tap()
  await page.getByRole('button', { name: w.usual }).waitFor()
  await see('queue-priority')
  await page.getByRole('button', { name: w.usual }).tap()
  await heading(page, w.take)
  await page.getByText('A014').waitFor()
  await page.getByText(w.waits).waitFor()
  if (await page.getByText(w.not, { exact: true }).count()) throw new Error('a printed number is called not valid')
  await see('queue-number')
}

/** withoutPaper is the way past a printer that refuses or keeps silent, to the staff tap. */
export async function withoutPaper(page, desk, language, see) {
  const w = words[language]
  const q = desk.state.queue
  await choose(page, w, w.service, w.first)
  q.printerSays = 'silent'
  await page.getByRole('button', { name: w.first }).tap()
  await page.getByText(w.not, { exact: true }).waitFor()
  await see('queue-silent')
  q.printerSays = 'refused'
  const mine = q.all.at(-1)
  await page.getByRole('button', { name: w.again }).tap()
  await settled(() => mine.prints, 2, 'times it was sent to the printer') // the words on the screen are the same as before
  await page.getByText(w.not, { exact: true }).waitFor()
  await see('queue-refused')
  Object.assign(mine, { state: 'valid', by: 'staff' }) // the officer taps at her own screen
  await heading(page, w.confirmed)
  await see('queue-confirmed')
  Object.assign(mine, { state: 'called', counter: 2 })
  await heading(page, w.turn)
  await see('queue-turn')
  await page.getByRole('button', { name: w.other }).tap()
  await choose(page, w, w.result, w.usual)
  q.rest = true
  await page.getByRole('button', { name: w.usual }).tap()
  await page.getByText(w.rest).waitFor()
  if (await page.getByRole('button', { name: w.wait }).isEnabled()) throw new Error('the rest can be skipped')
  await see('queue-rest')
}

/** board is the officer's page: confirm, call, call out of turn. */
export async function board(page, url, see) {
  await page.goto(`${url}/desk#/queue`)
  await page.getByRole('heading', { name: 'Hàng chờ hôm nay' }).waitFor()
  await page.getByRole('button', { name: 'Xác nhận A013' }).waitFor()
  await see('desk-queue')
  await page.getByRole('button', { name: 'Xác nhận A013' }).click()
  await page.getByRole('button', { name: 'Xác nhận A013' }).waitFor({ state: 'detached' })
  await page.keyboard.press('g')
  await page.locator('.d-counter__label', { hasText: 'A010' }).waitFor()
  await page.getByRole('button', { name: 'Gọi A011' }).click()
  await page.locator('.d-counter__label', { hasText: 'A011' }).waitFor()
  await see('desk-queue-called')
  await page.keyboard.press('x')
  await page.getByText('Chưa gọi ai').waitFor()
}

const resident = (language, size, name) => async (browser, journey, equal) => {
  const desk = await startDesk({ printer: true })
  await journey(browser, name, sizes[size], async (page, see) => {
    await begin(page, desk.url, language, see)
    await takeNumber(page, language, see)
    await page.getByRole('button', { name: language === 'vi' ? 'Chữ to' : 'Larger text' }).tap()
    await inTheDark(page, 'a number')
    await axe(page, 'large text')
    await targets(page, 'large text')
    await page.getByRole('button', { name: language === 'vi' ? 'Tương phản' : 'Contrast' }).tap()
    await axe(page, 'contrast')
    await page.reload() // a crashed page goes on with the same number and prints nothing again
    await heading(page, words[language].take)
    equal(desk.state.calls, ['number A014'], 'what the desk was asked to do')
    await page.getByRole('button', { name: words[language].done }).tap()
    await page.locator('.k-welcome').waitFor()
    equal(await page.evaluate(() => [sessionStorage.length, localStorage.length]), [0, 0], 'what stays behind in the browser')
  }, true)
  await journey(browser, `${name}: no paper, a staff tap, a rest`, sizes[size], async (page, see) => {
    await begin(page, desk.url, language, async () => undefined)
    await withoutPaper(page, desk, language, see)
    equal(desk.state.calls.filter((c) => c.startsWith('number')), ['number A014', 'number A015 first'], 'numbers given')
  }, true)
  await desk.close()
}

async function office(browser, journey, equal) {
  const desk = await startDesk({ printer: true })
  await journey(browser, 'desk calls and confirms numbers', sizes.office, async (page, see) => {
    await board(page, desk.url, see)
    equal(desk.state.calls, ['confirm A013', 'call A010 to 1', 'call A011 to 1', 'served A011'], 'calls')
  })
  await desk.close()
}

/** queueJourneys are the stories of this tile: both languages, both screens, and the desk. */
export const queueJourneys = [resident('vi', 'kiosk', 'resident takes a number'), resident('en', 'portrait', 'resident takes a number, upright, English'), office]
