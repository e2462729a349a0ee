// The catalogue as somebody walks it who only wants to know: three ways to find, pages instead of an
// endless list, everything about one procedure, and a sheet to take home.
import { inKhmer } from '../gallery/khmer.mjs'
import { words } from './words.mjs'

const table = {
  vi: { tile: /^Thủ tục hành chính/, fields: 'Theo lĩnh vực', next: 'Trang sau', before: 'Trang trước', print: 'In tờ hướng dẫn', sent: /Đã gửi tới máy in/, field: /^Hộ tịch/, back: 'Quay lại', all: /Xem cả/, near: 'Có phải bà con tìm việc này?' },
  en: { tile: /^Procedures/, fields: 'By field', next: 'Next page', before: 'Previous', print: 'Print this sheet', sent: /Sent to the printer/, field: /^Civil status/, back: 'Back', all: /See all/, near: 'Is it one of these?' },
  get km() {
    return inKhmer(this.vi)
  },
}

/** fits fails when a list needs pushing up: people who never used a screen do not know that it can be. */
async function fits(page, where) {
  const over = await page.locator('.k-main').evaluate((main) => main.scrollHeight - main.clientHeight)
  if (over > 8) throw new Error(`${where} is ${over} px too tall for the screen`)
}

export async function catalogue(page, language, see) {
  const c = table[language]
  const w = words(language)
  await page.getByRole('button', { name: c.tile }).tap()
  await page.locator('.k-event').first().waitFor()
  await fits(page, 'life events')
  await see('catalogue-events')
  await page.getByRole('button', { name: c.fields }).tap()
  await page.locator('.k-row').first().waitFor()
  await fits(page, 'fields')
  await see('catalogue-fields')
  while ((await page.getByRole('button', { name: c.field }).count()) === 0) await page.getByRole('button', { name: c.next }).tap()
  await page.getByRole('button', { name: c.field }).tap()
  await page.getByText(/^20 (việc|procedures|មុខ)/).waitFor()
  await fits(page, 'a field')
  await see('catalogue-field')
  const first = await page.locator('.k-row strong').first().innerText()
  await page.getByRole('button', { name: c.next }).tap()
  await page.waitForFunction((before) => document.querySelector('.k-row strong')?.textContent !== before, first)
  const second = await page.locator('.k-row strong').first().innerText()
  await page.locator('.k-row').first().tap()
  await page.locator('.k-fact').first().waitFor()
  await see('catalogue-procedure')
  await page.getByRole('button', { name: c.print }).tap()
  await page.getByText(c.sent).waitFor()
  await see('catalogue-printed')
  await page.getByRole('button', { name: c.back }).tap()
  await page.locator('.k-row').first().waitFor()
  const again = await page.locator('.k-row strong').first().innerText()
  if (again !== second) throw new Error(`going back shows ${again}, want the page that was left: ${second}`)
  await page.getByRole('button', { name: c.back }).tap()
  await page.getByRole('button', { name: w.byWords }).tap()
  const box = page.getByRole('textbox', { name: w.search })
  await box.fill('tam tru')
  await page.getByRole('button', { name: c.all }).waitFor()
  await fits(page, 'words with their keyboard')
  await see('catalogue-words')
  await page.getByRole('button', { name: c.all }).tap()
  await page.locator('.k-pager, .k-list').first().waitFor()
  await fits(page, 'what was found')
  await see('catalogue-found')
  await page.getByRole('button', { name: c.back }).tap()
  await box.fill('xyzzy')
  await page.getByRole('button', { name: c.near }).tap()
  await page.locator('.k-near').first().waitFor()
  await see('catalogue-nothing')
}
