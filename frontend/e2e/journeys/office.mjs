// The office's and the province's ways.
import { sizes } from '../browser.mjs'
import { startDesk } from '../mock/desk.mjs'
import { startPortal } from '../mock/portal.mjs'

export async function outbox(page, url, see) {
  await page.goto(url)
  await page.getByRole('table').waitFor()
  await see('desk-outbox')
  await page.locator('tbody tr').first().focus()
  await page.keyboard.press('ArrowDown')
  const second = await page.locator('tbody tr').nth(1).evaluate((row) => row === document.activeElement)
  if (!second) throw new Error('the arrow key did not move to the second row')
  await page.keyboard.press('g')
  await page.getByText(/Đã rung chuông|The bell was rung/).waitFor()
  return page.locator('tbody tr').count()
}

export async function signIn(page, url, { user, password, see }) {
  await page.goto(url)
  await page.locator('#user').waitFor()
  await see('portal-signin')
  await page.getByRole('button', { name: /^(Đăng nhập|Sign in)$/ }).click()
  await page.locator('.bd-summary').waitFor()
  await see('portal-signin-empty')
  await page.locator('#user').fill(user)
  await page.locator('#password').fill('sai-mat-khau')
  await page.keyboard.press('Enter')
  await page.locator('.bd-summary').waitFor()
  await page.locator('#password').fill(password)
  await page.keyboard.press('Enter')
  await page.locator('.p-search, .o-empty').first().waitFor()
  await see('portal-inbox')
}

export async function openDossier(page, slip) {
  await page.locator('.p-search input').fill(slip)
  await page.locator('tbody tr', { hasText: slip }).locator('a').click()
  await page.locator('.p-actions').waitFor()
}

export async function takeIn(page, slip, see) {
  await openDossier(page, slip)
  await page.locator('.p-viewer img, .p-viewer__none').first().waitFor()
  await see('portal-dossier')
  await page.getByRole('button', { name: /^(Tiếp nhận|Take in)$/ }).click()
  await see('portal-take-in')
  await page.locator('.p-step button[type=submit]').click()
  await page.getByText(/Đã ghi vào hồ sơ|Recorded/).waitFor()
  await see('portal-taken-in')
  await page.locator('.p-back').click()
}

export async function askSupplement(page, slip, words, see) {
  await openDossier(page, slip)
  await page.getByRole('button', { name: /^(Yêu cầu bổ sung|Ask for a supplement)$/ }).click()
  const boxes = page.locator('#papers-asked .bd-choice__card')
  if (!(await page.locator('#papers-asked :checked').count())) await boxes.first().click()
  await page.locator('.p-step button[type=submit]').click()
  await page.locator('.p-step .bd-summary').waitFor()
  for (const why of await page.locator('.p-why textarea').all()) await why.fill(words)
  await see('portal-supplement')
  await page.locator('.p-step button[type=submit]').click()
  await page.getByText(/Đang chờ bổ sung lần|Waiting for supplement/).waitFor()
  await see('portal-supplement-asked')
  await page.locator('.p-back').click()
}

export async function decide(page, slip, see) {
  await openDossier(page, slip)
  await page.getByRole('button', { name: /^(Quyết định|Decide)$/ }).click()
  await page.locator('.p-step .bd-choice__card').first().click()
  await see('portal-decide')
  await page.locator('.p-step button[type=submit]').click()
  await page.getByText(/Đã ghi vào hồ sơ|Recorded/).waitFor()
}

/** reply takes a petition in and answers it. */
export async function reply(page, slip, words, see) {
  await openDossier(page, slip)
  await see('portal-petition')
  await page.getByRole('button', { name: /^(Tiếp nhận|Take in)$/ }).click()
  await page.locator('.p-step button[type=submit]').click()
  await page.getByRole('button', { name: /^(Trả lời phản ánh|Answer the petition)$/ }).click()
  await page.locator('.p-step button[type=submit]').click()
  await page.locator('.p-step .bd-summary').waitFor()
  await page.locator('#reply').fill(words)
  await see('portal-reply')
  await page.locator('.p-step button[type=submit]').click()
  await page.locator('.p-petition__text', { hasText: words }).waitFor()
  await see('portal-replied')
  await page.locator('.p-back').click()
}

export async function status(page, url, { slip, second, see }) {
  await page.goto(`${url}/tra-cuu?slip=${slip}`)
  await page.locator('#second').waitFor()
  await see('phone-status')
  await page.locator('#second').fill('0000')
  await page.locator('form button[type=submit]').tap()
  await page.locator('.bd-notice--harm').waitFor()
  await see('phone-status-wrong')
  await page.locator('#second').fill(second)
  await page.locator('form button[type=submit]').tap()
  await page.locator('.bd-journey').waitFor()
  await see('phone-status-answer')
}

async function desk(browser, journey, equal) {
  const stand = await startDesk()
  await journey(browser, 'desk reads the outbox by keyboard', sizes.office, async (page, see) => {
    equal(await outbox(page, `${stand.url}/desk`, see), 6, 'rows')
    equal(stand.state.calls, ['ring'], 'calls')
    equal(/MẪU|NGUYỄN/.test(await page.locator('body').innerText()), false, 'a name on the outbox')
  })
  await stand.close()
}

async function officer(browser, journey, equal) {
  const portal = await startPortal()
  await journey(browser, 'officer takes in, asks for a supplement, decides', sizes.office, async (page, see) => {
    await signIn(page, portal.url, { user: 'can.bo', password: 'ben-do-2026', see })
    await takeIn(page, '66001-4827-19302', see)
    await askSupplement(page, '66001-5530-84716', 'Ảnh bị mờ, xin chụp lại rõ hơn.', see)
    await decide(page, '66001-7716-03948', see)
    equal(portal.calls.map((c) => c.split(' ')[0]), ['taken_in', 'supplement_requested', 'decided'], 'steps')
  })
  await journey(browser, 'a phone reads the public status', sizes.phone, (page, see) => status(page, portal.url, { slip: '66001902711864', second: '9001', see }))
  await portal.close()
}

async function answers(browser, journey, equal) {
  const portal = await startPortal() // where nobody has signed in
  await journey(browser, 'feedback: an officer answers a petition', sizes.office, async (page, see) => {
    await signIn(page, portal.url, { user: 'can.bo', password: 'ben-do-2026', see: async () => undefined })
    equal(/ÉN/.test(await page.locator('tbody').innerText()), false, 'a name that is to be kept, in the list')
    await reply(page, '66001-8833-00052', 'Xã đã giao ấp thay ván trong tuần này.', see)
  })
  await portal.close()
}

export const officeJourneys = [desk, officer, answers]
