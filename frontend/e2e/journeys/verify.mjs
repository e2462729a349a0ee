// A resident, and then staff, learn whether a slip is genuine; a print is asked about.
import { axe, settled, sizes, targets } from '../browser.mjs'
import { inKhmer } from '../gallery/khmer.mjs'
import { startDesk } from '../mock/desk.mjs'
import { payable } from '../mock/pay.mjs'
import { code } from '../mock/verify.mjs'
import { openFee } from './pay.mjs'
import { begin, card, scanCard } from './resident.mjs'

const words = {
  vi: {
    second: /^Bấm 4 số cuối/, back: 'Quay lại', track: /^Tra cứu hồ sơ/, open: 'Kiểm tra phiếu thật', ask: 'Cho máy đọc mã trên phiếu', again: 'Kiểm tra phiếu khác', type: 'Gõ mã', check: 'Kiểm tra', home: 'Về trang đầu', start: 'Hôm nay bà con cần gì?',
    genuine: 'Phiếu thật', neighbour: 'Phiếu thật', future: 'Phiếu thật', differs: 'Chữ ký đúng, nhưng sổ ghi khác', altered: 'Không nhận phiếu này', unchecked: 'Chưa kiểm được phiếu này',
    withdrawn: 'Chưa đủ tin phiếu này', practice: 'Phiếu tập thử', damaged: 'Mã đọc chưa trọn', not: 'Đây không phải mã của phiếu', forged: /làm giả/,
    print: 'In phiếu báo phí', out: 'Giấy đã ra chưa?', yes: 'Có giấy rồi', no: 'Chưa có giấy', failed: 'Chưa in được', reprint: 'In lại', large: 'Chữ to', contrast: 'Tương phản',
  },
  en: {
    second: /^Enter the last 4 digits/, back: 'Back', track: /^Track a dossier/, open: 'Is my slip genuine?', ask: 'Let the machine read the code on the slip', again: 'Check another slip', type: 'Type the code', check: 'Check', home: 'Back to the start', start: 'What do you need today?',
    genuine: 'The slip is genuine', neighbour: 'The slip is genuine', future: 'The slip is genuine', differs: 'Rightly signed, but the book says otherwise', altered: 'This slip is not accepted', unchecked: 'This slip cannot be checked yet',
    withdrawn: 'This slip alone is not enough', practice: 'A practice slip', damaged: 'The code was not read whole', not: 'This is not the code of a slip', forged: /forged/,
    print: 'Print the fee slip', out: 'Did the paper come out?', yes: 'I have it', no: 'No paper', failed: 'It was not printed', reprint: 'Print again', large: 'Larger text', contrast: 'Contrast',
  },
  get km() {
    return inKhmer(this.vi)
  },
}

const heading = (page, name) => page.getByRole('heading', { level: 1, name }).waitFor()

/** verifySlips scans a slip of every kind by hand scanner, one by camera, one typed. */
export async function verifySlips(page, language, desk, see) {
  const w = words[language]
  await page.getByRole('button', { name: w.track }).tap()
  await scanCard(page, code('altered')) // also where a number is asked for
  await page.locator('[data-verdict="altered"]').waitFor()
  await see('track-altered')
  await scanCard(page, code('genuine'))
  await heading(page, w.second)
  await page.getByRole('button', { name: w.back }).tap()
  await page.getByRole('button', { name: w.open }).tap()
  await heading(page, w.ask)
  await page.locator('.k-codecamera[data-state="live"]').waitFor()
  await see('verify-ask')
  for (const kind of ['genuine', 'altered', 'unchecked', 'neighbour', 'withdrawn', 'differs', 'future', 'practice', 'damaged']) {
    await scanCard(page, code(kind)) // one on top of the other: no button between two slips
    await page.locator(`[data-verdict="${{ neighbour: 'genuine', differs: 'genuine', future: 'genuine' }[kind] ?? kind}"]`).waitFor()
    await heading(page, w[kind])
    const text = await page.locator('.bd-verdict').innerText()
    if (kind !== 'altered' && w.forged.test(text)) throw new Error(`${kind} is called a forgery`)
    if (['altered', 'practice', 'damaged'].includes(kind) && /\d{5}-\d{4}/.test(text)) throw new Error(`${kind} shows an unproven number`)
    await see(`verify-${kind}`)
  }
  await scanCard(page, card)
  await heading(page, w.not)
  if ((await page.locator('body').innerText()).includes('MẪU')) throw new Error('a scanned card is shown')
  await see('verify-card')
  await page.getByRole('button', { name: w.again }).tap()
  await heading(page, w.ask)
  await page.waitForFunction(() => document.querySelector('.k-codecamera')?.dataset.state === 'live')
  desk.state.camera = { code: 'genuine', signed: true, slip: '66001-4827-19303', at: 1, office: 'Ủy ban nhân dân xã Giao Long', own: true, book: 'fits' }
  await heading(page, w.genuine) // it looks by itself
  desk.state.camera = { code: 'none', signed: false } // before it looks again
  await page.getByRole('button', { name: w.again }).tap()
  await page.getByRole('button', { name: w.type }).tap()
  await page.locator('.bd-entry__field').fill(code('altered'))
  await see('verify-typed')
  await page.getByRole('button', { name: w.check, exact: true }).tap()
  await heading(page, w.altered)
}

/** printed walks through a print that the printer ends and a tray that is empty. */
export async function printed(page, language, desk, see) {
  const w = words[language]
  await page.getByRole('button', { name: w.home }).tap()
  await page.getByRole('heading', { name: w.start }).waitFor()
  await openFee(page, language, { slip: payable.due })
  await page.getByRole('button', { name: w.print }).tap()
  await page.getByRole('heading', { name: w.out }).waitFor()
  await see('print-ask')
  await page.getByRole('button', { name: w.no }).tap()
  await page.getByRole('heading', { name: w.failed }).waitFor()
  await see('print-failed')
  await page.locator('.bd-dialog').getByRole('button', { name: w.reprint }).tap()
  await page.getByRole('heading', { name: w.out }).waitFor()
  await page.getByRole('button', { name: w.yes }).tap()
  await page.locator('.bd-notice--good').waitFor()
  await see('print-done')
}

/** slipsPage is the desk's side, by keyboard alone. */
export async function slipsPage(page, url, see) {
  await page.goto(`${url}/desk#/slips`)
  await page.getByRole('table').waitFor()
  await see('desk-slips')
  await page.keyboard.type(code('neighbour'))
  await page.keyboard.press('Enter')
  await page.locator('[data-verdict="genuine"]').waitFor()
  await see('desk-slips-genuine')
  await page.keyboard.type(code('altered'))
  await page.keyboard.press('Enter')
  await page.locator('[data-verdict="altered"]').waitFor()
  await see('desk-slips-altered')
  return page.locator('tbody tr').count()
}

const resident = (language, size, name) => async (browser, journey, equal) => {
  const desk = await startDesk({ printer: true, codeReader: true })
  await journey(browser, name, sizes[size], async (page, see) => {
    const w = words[language]
    await begin(page, desk.url, language, async () => undefined)
    await verifySlips(page, language, desk, see)
    await page.getByRole('button', { name: w.large }).tap()
    await axe(page, 'large text')
    await targets(page, 'large text')
    await page.getByRole('button', { name: w.contrast }).tap()
    await axe(page, 'contrast')
    await page.getByRole('button', { name: w.contrast }).tap()
    equal(desk.state.calls, [], 'what checking changed at the desk')
    await printed(page, language, desk, see)
    await settled(() => desk.state.calls, ['fee slip 66001482700013', 'seen false', 'fee slip 66001482700013', 'seen true'], 'what was printed and seen')
    equal(await page.evaluate(() => Object.keys(localStorage)), [], 'what stays behind in the browser')
  }, true)
  await desk.close()
}

async function atTheDesk(browser, journey, equal) {
  const desk = await startDesk()
  await journey(browser, 'verify slips at the desk', sizes.office, async (page, see) => {
    equal(await slipsPage(page, desk.url, see), 2, 'prints')
    equal(/MẪU|NGUYỄN/.test(await page.locator('body').innerText()), false, 'a name on the page')
  })
  await desk.close()
}

/** verifyJourneys are these stories in both languages, on both screens, and at the desk. */
export const verifyJourneys = [resident('vi', 'kiosk', 'verify slips'), resident('en', 'portrait', 'verify slips, upright, English'), atTheDesk]
