// The staff's ways at the desk: by keyboard only, as at a counter where the hands hold paper.
import { inTheDark, settled, sizes } from '../browser.mjs'
import { startCounter } from '../mock/counter.mjs'

const small = { width: 1280, height: 800 }

/** tabTo walks with Tab until something whose name fits has the keyboard. */
export async function tabTo(page, name, limit = 60) {
  for (let i = 0; i < limit; i++) {
    const at = await page.evaluate(() => {
      const e = document.activeElement
      const label = e?.getAttribute('aria-label') || e?.closest('label')?.textContent || (e?.id && document.querySelector(`label[for="${e.id}"]`)?.textContent) || e?.textContent
      return label?.trim() ?? ''
    })
    if (name.test(at)) return
    await page.keyboard.press('Tab')
  }
  throw new Error(`the keyboard never came to ${name}`)
}

async function press(page, name) {
  await tabTo(page, name)
  await page.keyboard.press('Enter')
}

/** signIn begins a shift; with `wrong` it is refused until it has to wait. */
export async function signIn(page, url, { see = async () => undefined, wrong = false, login = 'tap.su', password = '0000' } = {}) {
  await page.goto(`${url}/desk`)
  await page.locator('#login').waitFor()
  await see('counter-signin')
  const fill = async (said) => {
    await page.locator('#login').fill(login)
    await page.locator('#password').fill(said)
    await page.locator('#pin').fill('2468')
    await page.locator('#pin2').fill('2468')
    await page.keyboard.press('Enter')
  }
  if (wrong) {
    await page.keyboard.press('Enter')
    await page.locator('.bd-summary').waitFor()
    await fill('sai')
    await page.getByText(/Caps Lock/).waitFor()
    await fill('sai')
    await page.getByText(/Xin đợi|Please wait/).waitFor()
    await see('counter-wait')
    await page.getByText(/Xin đợi|Please wait/).waitFor({ state: 'detached' })
  }
  await fill(password)
  await page.locator('.d-rows').waitFor()
}

/** find looks for words and opens the first dossier. */
export async function find(page, words, see = async () => undefined) {
  await page.keyboard.press('/')
  await page.keyboard.type(words)
  await page.waitForFunction(() => /theo|by /.test(document.querySelector('.o-title [role=status]')?.textContent ?? ''))
  const fits = (name) => name.normalize('NFD').replace(/\p{M}/gu, '').replace(/đ/gi, 'd').toLowerCase().startsWith(words)
  await settled(async () => fits((await page.locator('.d-rows__name').first().textContent()) ?? ''), true, `the first found for ${words}`)
  await see('counter-find')
  await page.keyboard.press('Enter')
  await page.locator('.d-steps').waitFor()
}

/** takeIn compares every paper and takes the dossier in; the date and its reasons are on the screen before. */
export async function takeIn(page, see) {
  await press(page, /^(Đối chiếu và tiếp nhận|Compare and take in)$/)
  await page.locator('.d-take__list').waitFor()
  await page.locator('.bd-scan__frame img').waitFor()
  await see('counter-take-in')
  const papers = await page.locator('.d-take__list > li').count()
  await page.keyboard.press('2')
  await page.keyboard.press('n')
  await page.keyboard.press('2')
  for (let i = 0; i < papers; i++) await page.keyboard.press('y')
  await page.getByText(/Đã đối chiếu đủ|All compared/).waitFor()
  await page.locator('.d-due ol li').first().waitFor()
  await see('counter-compared')
  await press(page, /^(Tiếp nhận, hẹn trả|Take in, due)/)
  await page.locator('.d-steps').waitFor()
  return papers
}

/** askSupplement asks for two papers at once; somebody else works on the dossier meanwhile. */
export async function askSupplement(page, office, see) {
  await press(page, /^(Yêu cầu bổ sung|Ask for a supplement)$/)
  await page.locator('#wanted').waitFor()
  await page.locator('#wanted input[type=checkbox]').first().focus()
  await page.keyboard.press('Space')
  await page.keyboard.press('Tab')
  for (let i = 0; i < 4; i++) await page.keyboard.press('ArrowRight') // from unreadable to other
  await press(page, /^(Ghi yêu cầu bổ sung|Record the request)$/)
  await page.locator('.bd-step .bd-summary').waitFor()
  await page.locator('#wanted input[id^=why-]').first().focus()
  await page.keyboard.type('thiếu trang hai, xin nộp đủ.')
  await see('counter-supplement')
  office.meanwhile = { vi: 'Ghi chú: gia đình đã gọi hỏi', en: 'Note: the family called' }
  await press(page, /^(Ghi yêu cầu bổ sung|Record the request)$/)
  await page.getByText(/vừa có người khác xử lý|Somebody else has just/).waitFor()
  await see('counter-changed')
  const kept = await page.locator('#wanted input[id^=why-]').first().inputValue()
  await page.getByRole('button', { name: /^(Đã xem, làm tiếp|Seen, go on)$/ }).focus()
  await page.keyboard.press('Enter')
  await press(page, /^(Ghi yêu cầu bổ sung|Record the request)$/)
  await page.locator('.bd-step').waitFor({ state: 'detached' })
  return kept
}

/** print prints a form and looks at it; the page it is looked at in belongs to the screen. */
async function print(page, see) {
  await press(page, /^(In: Giấy tiếp nhận|Print: Receipt)/)
  await page.locator('.d-printing__outcome').waitFor()
  await see('counter-printed')
  await page.getByRole('link', { name: /^(Xem trước: Giấy tiếp nhận|Preview: Receipt)/ }).focus()
  const [paper] = await Promise.all([page.context().waitForEvent('page'), page.keyboard.press('Enter')])
  await paper.waitForLoadState()
  return paper
}

const names = (all) => all.slice(0, 9).flatMap((d) => [d.applicant, d.slip])

async function morning(browser, journey, equal) {
  const stand = await startCounter()
  const { office, all } = stand
  await journey(browser, 'counter: sign in, find, take in, print, ask, lock, by keyboard', sizes.office, async (page, see) => {
    await signIn(page, stand.url, { see, wrong: true })
    await see('counter-waiting')
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('8')
    await page.getByText('10.000').first().waitFor()
    await page.keyboard.press('PageDown')
    await page.getByText('51–100 trong 10.000').waitFor()
    await find(page, 'nguyen van mau', see)
    await see('counter-dossier')
    equal(await takeIn(page, see), 4, 'papers compared')
    const paper = await print(page, see)
    await page.bringToFront()
    await find(page, 'tran thi gia dinh')
    equal(await askSupplement(page, office, see), 'thiếu trang hai, xin nộp đủ.', 'what was typed, after somebody else was faster')
    await press(page, /^(Ghi chú nội bộ|Internal note)$/)
    await page.locator('#note').fill('Hẹn gọi lại buổi chiều')
    await page.keyboard.press('Control+l')
    await page.locator('#unlock').waitFor()
    const left = await page.evaluate(() => document.documentElement.outerHTML)
    equal([...names(all), 'Hẹn gọi lại', 'NGUYỄN THỊ ĐƯỢM'].filter((name) => left.includes(name)), [], 'what the locked screen still holds')
    equal([paper.isClosed(), await page.evaluate(() => sessionStorage.length + localStorage.length)], [true, 0], 'the paper beside it, the browser’s memory')
    await see('counter-locked')
    await page.keyboard.type('1111')
    await page.keyboard.press('Enter')
    await page.locator('.bd-summary').waitFor()
    await page.locator('#unlock').fill('2468')
    await page.keyboard.press('Enter')
    await page.locator('#note').waitFor()
    equal(await page.locator('#note').inputValue(), 'Hẹn gọi lại buổi chiều', 'what was typed, after the lock')
    const steps = office.calls.map((c) => c.split(' ')[0])
    equal(steps, ['in', 'taken_in', 'print', 'view', 'supplement_requested', 'lock', 'unlock'], 'calls')
    const taken = JSON.parse(office.calls[1].slice('taken_in '.length))
    equal([Object.values(taken.compared).every((c) => c.compared), taken.confirm_clock], [true, undefined], 'every paper compared, no clock to vouch for')
  })
  await stand.close()
}

async function rest(browser, journey, equal) {
  const stand = await startCounter({ signedIn: true, clock: 'jumped', dossiers: 400 })
  const { office, all } = stand
  await journey(browser, 'counter: a doubtful clock, a refusal by two, an answer, reports; small and dark', small, async (page, see) => {
    await page.goto(`${stand.url}/desk#/d/${all[0].id}/take-in`)
    await page.locator('.d-take__list').waitFor()
    await page.getByText(/Đồng hồ máy chưa chắc đúng/).waitFor()
    equal([await page.locator('.d-due').count(), await page.locator('.d-takein__go').isDisabled()], [0, true], 'no date before the clock is vouched for')
    await see('counter-clock')
    for (let i = 0; i < 3; i++) await page.keyboard.press('y')
    await page.keyboard.press('n')
    await press(page, /^Đúng giờ này$/)
    await page.locator('.d-due').waitFor()
    await press(page, /^Lập phiếu yêu cầu bổ sung$/)
    equal(await page.locator('#wanted :checked').count(), 2, 'the marked paper is asked for, with its reason') // the paper and its code
    await inTheDark(page, 'counter-supplement')
    await page.goto(`${stand.url}/desk#/d/${all[1].id}`)
    await press(page, /^Từ chối tiếp nhận$/)
    await page.locator('#reason').fill('Không thuộc thẩm quyền của xã')
    await press(page, /^Từ chối hồ sơ$/)
    await page.locator('#second-login').fill('tap.truong')
    await page.locator('#second-password').fill('0000')
    await see('counter-second')
    await press(page, /^Từ chối hồ sơ$/)
    await page.getByText('Đã ghi vào sổ.').waitFor()
    await page.goto(`${stand.url}/desk#/d/${all[6].id}`)
    await page.locator('.d-asked').waitFor()
    await see('counter-asked')
    await press(page, /^Đồng ý$/)
    await page.locator('.d-asked').waitFor({ state: 'detached' })
    await page.goto(`${stand.url}/desk#/reports/06`)
    await page.locator('.d-report').waitFor()
    await press(page, /Hộ tịch, Tổng số: 128/)
    await page.locator('.d-behind li a').first().waitFor()
    await see('counter-report')
    await inTheDark(page, 'counter-report')
    office.down = true
    await page.goto(`${stand.url}/desk#/list/late`)
    await page.locator('.bd-notice--harm').waitFor()
    office.down = false
    await page.getByRole('button', { name: 'Thử lại' }).click()
    await page.locator('.d-rows').waitFor()
    await inTheDark(page, 'counter-late')
    const end = page.getByRole('button', { name: /Hết ca/ })
    await end.click()
    await page.getByRole('button', { name: 'Bấm lần nữa để hết ca' }).click()
    await page.locator('#login').waitFor()
    await settled(() => office.calls.at(-1), 'out', 'the last call')
  })
  await stand.close()
  const bare = await startCounter({ roster: false })
  await journey(browser, 'counter: without a roster the desk works as it did', sizes.office, async (page, see) => {
    await page.goto(`${bare.url}/desk`)
    await page.locator('.d-line').waitFor()
    await page.goto(`${bare.url}/desk#/list/waiting`)
    await page.locator('.d-noroster').waitFor()
    await see('counter-noroster')
    await page.goto(`${bare.url}/desk#/queue`)
    await page.locator('.d-queue').waitFor()
  })
  await bare.close()
}

export const counterJourneys = [morning, rest]
