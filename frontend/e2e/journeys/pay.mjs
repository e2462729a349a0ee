// The resident's way from the tile to the code, and to the paper for the desk.
import { axe, settled, sizes, targets } from '../browser.mjs'
import { inKhmer } from '../gallery/khmer.mjs'
import { startDesk } from '../mock/desk.mjs'
import { payable } from '../mock/pay.mjs'
import { begin, emptyPad, next } from './resident.mjs'

const words = {
  vi: { tile: /^Thanh toán/, due: /Cần nộp.*10\.000 đồng/, ask: 'Hỏi cán bộ số tiền cần nộp', free: 'Không phải nộp tiền', notPaid: /^Quét mã chưa phải là đã nộp tiền/, cash: 'Hoặc nộp tiền mặt tại quầy', print: 'In phiếu báo phí', paper: 'Có giấy rồi', finish: 'Về trang đầu', home: 'Hôm nay bà con cần gì?' },
  en: { tile: /^Payment/, due: /To pay:.*10\.000 đồng/, ask: 'Ask an officer how much to pay', free: 'Nothing to pay', notPaid: 'Scanning is not yet paying.', cash: 'Or pay in cash at the desk', print: 'Print the fee slip', paper: 'I have it', finish: 'Back to the start', home: 'What do you need today?' },
  get km() {
    return inKhmer(this.vi, { due: ['k.pay.due'] })
  },
}

/** openFee goes from the home tile to what is due for a slip, past one wrong second number. */
export async function openFee(page, language, { slip, see = async () => undefined, wrong = false }) {
  await page.getByRole('button', { name: words[language].tile }).tap()
  await page.locator('.bd-pad__field').fill(slip)
  await see('pay-slip')
  await next(page)
  await emptyPad(page)
  if (wrong) {
    await page.locator('.bd-pad__field').fill('0000')
    await next(page)
    await page.locator('.bd-notice--harm').waitFor()
    await see('pay-wrong')
  }
  await page.locator('.bd-pad__field').fill('9001')
  await next(page)
  await page.waitForFunction(() => location.hash.endsWith('/pay/result'))
}

/** pay walks through the three kinds of answers. */
export async function pay(page, language, { see, print = false }) {
  const w = words[language]
  await openFee(page, language, { slip: payable.due, see, wrong: true })
  await page.getByRole('heading', { level: 1, name: w.due }).waitFor()
  const code = page.locator('.k-pay__qr img')
  await code.waitFor()
  await page.getByText(w.notPaid).waitFor()
  await page.getByRole('heading', { name: w.cash }).waitFor()
  await see('pay-due')
  const box = await code.boundingBox()
  if (box.width < 360 || Math.abs(box.width - box.height) > 1) throw new Error(`the code is ${Math.round(box.width)}×${Math.round(box.height)} px; a phone at arm's length needs 360`)
  const view = page.viewportSize()
  const footer = await page.locator('.k-footer').boundingBox()
  if (box.y + box.height > footer.y || box.x + box.width > view.width) throw new Error('the code is not whole on the screen without pushing it up')
  if (print) {
    await page.getByRole('button', { name: w.print }).tap()
    await page.getByRole('button', { name: w.paper }).tap()
    await page.locator('.bd-notice--good').waitFor()
    await see('pay-printed')
  }
  for (const [slip, title, where] of [[payable.ask, w.ask, 'pay-ask'], [payable.free, w.free, 'pay-free']]) {
    await page.getByRole('button', { name: w.finish }).tap()
    await page.getByRole('heading', { name: w.home }).waitFor()
    await openFee(page, language, { slip })
    await page.getByRole('heading', { level: 1, name: title }).waitFor()
    if (await page.locator('.k-pay__qr').count()) throw new Error(`a code is drawn for ${where}`)
    await see(where)
  }
}

/** payJourneys are the stories of this tile: both languages, both screens. */
export const payJourneys = [['vi', 'kiosk', 'resident pays'], ['en', 'portrait', 'resident pays, upright, English']].map(([language, size, name]) => async (browser, journey, equal) => {
  const desk = await startDesk({ printer: true })
  await journey(browser, name, sizes[size], async (page, see) => {
    await begin(page, desk.url, language, see)
    await pay(page, language, { see, print: true })
    await page.getByRole('button', { name: language === 'vi' ? 'Chữ to' : 'Larger text' }).tap()
    await axe(page, 'large text')
    await targets(page, 'large text')
    await settled(() => desk.state.calls, ['fee slip 66001482700013', 'seen true'], 'what the desk was asked to do')
    equal(await page.evaluate(() => Object.keys(localStorage)), [], 'what stays behind in the browser')
  }, true)
  await desk.close()
})
