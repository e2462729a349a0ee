// Gọi 1022: answers from the catalogue, then a request to be called back, its slip and its answer.
import { axe, inTheDark, sizes, targets } from '../browser.mjs'
import { called } from '../mock/calls.mjs'
import { inKhmer } from '../gallery/khmer.mjs'
import { startDesk } from '../mock/desk.mjs'
import { startPortal } from '../mock/portal.mjs'
import { signIn } from './office.mjs'
import { begin, lookUp, next, sendLetter } from './resident.mjs'

const words = {
  vi: {
    tile: /^Gọi 1022/, noPhone: 'Máy này không gọi điện được.', ask: /^Hỏi ngay tại máy/, back: /^Nhờ cán bộ gọi lại/, byWords: 'Gõ để tìm', search: 'Gõ việc cần làm, không cần dấu', find: 'khai sinh', procedure: 'Khai sinh',
    parts: [/^Giấy tờ cần mang/, /^Mất bao lâu/, /^Mất bao nhiêu tiền/, /^Nộp ở đâu/], unclear: 'Chưa rõ, nhờ gọi lại', notFound: 'Không thấy? Nhờ gọi lại', skip: 'Không viết, cán bộ tự hỏi', goBack: 'Quay lại', text: 'Con sinh ở tỉnh khác thì đăng ký ở đâu?',
    needed: /Xin viết vài chữ/, phoneNeeded: /Xin bấm số điện thoại/, phoneWrong: /Số di động có 10 số/, time: /Từ 13 giờ 30|^Buổi chiều/, agree: /Tôi đồng ý để cơ quan dùng số điện thoại/, missing: 'Xin chạm vào ô đồng ý trước khi gửi.',
    done: 'Đã lưu yêu cầu gọi lại', change: /^Sửa Lúc gọi/, any: 'Lúc nào cũng được', track: /^Tra cứu hồ sơ/, vain: /đã gọi 2 lần mà chưa gặp/, reply: /làm được ở xã nơi cha hoặc mẹ/, reached: /Đã chỉ nơi nộp/, hours: /Có người nghe máy: 7 giờ đến 17 giờ/, large: 'Chữ to', taskSkip: 'Bỏ qua',
  },
  en: {
    tile: /^Call 1022/, noPhone: 'This machine cannot make phone calls.', ask: /^Ask this machine/, back: /^Ask to be called back/, byWords: 'Type to find', search: 'Type what you need, no marks needed', find: 'birth', procedure: 'Birth registration',
    parts: [/^Papers to bring/, /^How long it takes/, /^What it costs/, /^Where to file it/], unclear: 'Still unclear? Be called back', notFound: 'Not here? Be called back', skip: 'Write nothing', goBack: 'Back', text: 'My child was born elsewhere: where do I register?',
    needed: /Please write a few words/, phoneNeeded: /Please enter a phone number/, phoneWrong: /a mobile has 10 digits/, time: /From 13:30|^(In the )?[Aa]fternoon/, agree: /I agree that the authorities use this number/, missing: 'Please touch the box to agree before sending.',
    done: 'Your request is saved', change: /^Change When/, any: 'Any time', track: /^Track a dossier/, vain: /An officer called 2 times and reached nobody/, reply: /làm được ở xã nơi cha hoặc mẹ/, reached: /Đã chỉ nơi nộp/, hours: /Somebody answers: 7 to 17/, large: 'Larger text', taskSkip: 'Skip',
  },
  get km() {
    return inKhmer(this.vi, { change: ['common.change', 'k.call.check.when'], taskSkip: ['common.skip'] })
  },
}

const at = (page, end) => page.waitForFunction((hash) => location.hash.endsWith(hash), end)

/** answers asks the machine first: the four parts of a procedure, each opened; ends at the request. */
export async function answers(page, language, { see }) {
  const w = words[language]
  await page.getByRole('button', { name: w.tile }).tap()
  await page.getByText(w.noPhone).waitFor()
  await page.getByText('1022', { exact: true }).waitFor()
  await see('call')
  await page.getByRole('button', { name: w.ask }).tap()
  await page.locator('.k-event').first().waitFor()
  await see('call-find')
  await page.getByRole('button', { name: w.byWords }).tap()
  await page.getByRole('textbox', { name: w.search }).fill(w.find)
  await page.locator('.k-search__list .k-row').first().waitFor()
  await see('call-words')
  await page.locator('.k-search__list .k-row', { hasText: w.procedure }).first().tap()
  await page.getByRole('button', { name: w.parts[0] }).waitFor()
  await see('call-about')
  for (const [i, part] of w.parts.entries()) {
    await page.getByRole('button', { name: part }).tap()
    await page.getByRole('heading', { name: part, level: 1 }).waitFor()
    await see(`call-part-${i + 1}`)
    if (i < w.parts.length - 1) await page.getByRole('button', { name: w.goBack, exact: true }).tap()
  }
  await page.getByRole('button', { name: w.unclear }).tap()
  await at(page, '/call/back')
}

/** askBack fills a request from its first question, wrong once everywhere, and returns the slip. */
export async function askBack(page, language, { see, name = false }) {
  const w = words[language]
  await page.locator('.bd-entry__field').fill(w.text)
  await see('callback-text')
  await next(page)
  await at(page, '/phone')
  await next(page)
  await page.getByText(w.phoneNeeded).waitFor()
  await page.locator('.bd-pad__field').fill('0912')
  await next(page)
  await page.getByText(w.phoneWrong).waitFor()
  await see('callback-phone-wrong')
  await page.locator('.bd-pad__field').fill('0912345678')
  await next(page)
  await at(page, '/when')
  await page.getByRole('radio', { name: w.time }).check()
  await see('callback-when')
  await page.getByRole('button', { name: w.goBack, exact: true }).tap()
  await at(page, '/phone')
  await next(page)
  await at(page, '/when')
  await next(page)
  await at(page, '/name')
  await see('callback-name')
  if (name) {
    await page.locator('.bd-entry__field').fill('Bà Én')
    await next(page)
  } else await page.getByRole('button', { name: w.taskSkip }).tap()
  await at(page, '/send')
  await page.getByRole('button', { name: w.change }).tap()
  await page.getByRole('radio', { name: w.any }).check()
  await next(page)
  await at(page, '/send')
  return sendLetter(page, w, 'callback', see)
}

/** followed looks up what became of three requests. */
export async function followed(page, language, { see }) {
  const w = words[language]
  for (const [slip, said] of [[called.missed, w.vain], [called.answered, w.reply], [called.reached, w.reached]]) {
    await page.evaluate(() => { location.hash = '#/track' })
    await page.locator('.bd-pad__field').waitFor()
    await lookUp(page, slip)
    await page.getByText(said).waitFor()
    await see(`callback-${Object.keys(called).find((key) => called[key] === slip)}`)
  }
}

/** office is the officer's way: the list of calls, two calls in vain, then the written answer. */
export async function office(page, url, see) {
  await signIn(page, url, { user: 'can.bo', password: 'ben-do-2026', see: async () => undefined })
  await page.getByRole('button', { name: 'Yêu cầu gọi lại' }).click()
  await page.getByText('1 hồ sơ').waitFor()
  await see('portal-calls')
  await page.locator('tbody tr a').click()
  await page.getByText('0912 345 678').first().waitFor()
  await see('portal-call')
  await page.getByRole('button', { name: 'Tiếp nhận', exact: true }).click()
  await page.locator('.p-step button[type=submit]').click()
  for (let n = 1; n <= 2; n++) {
    await page.getByRole('button', { name: 'Ghi lần gọi' }).click()
    if (n === 1) {
      await page.locator('.p-step button[type=submit]').click()
      await page.locator('.bd-summary').waitFor()
    }
    await page.getByRole('radio', { name: 'Chưa gặp' }).check()
    if (n === 1) await see('portal-called')
    await page.locator('.p-step button[type=submit]').click()
    await page.waitForFunction((calls) => document.querySelectorAll('.p-calls li').length === calls, n)
  }
  await page.getByText(/Đã gọi từ 2 lần mà chưa gặp/).waitFor()
  await page.getByRole('button', { name: 'Viết câu trả lời' }).click()
  await page.locator('#reply').fill('Làm tại xã nơi cha hoặc mẹ đang ở.')
  await page.locator('.p-step button[type=submit]').click()
  await page.getByText('Câu trả lời đã viết').waitFor()
  await see('portal-call-answered')
}

const resident = (language, size) => async (browser, journey, equal) => {
  const desk = await startDesk({ printer: true })
  const w = words[language]
  await journey(browser, `calls: answers, then a call-back (${language})`, sizes[size], async (page, see) => {
    await begin(page, desk.url, language, async () => undefined)
    await answers(page, language, { see })
    equal(await askBack(page, language, { see }), '66001482719302', 'slip')
    const sent = [...desk.filed.values()][0]
    equal([sent.answers.about, sent.answers.text, sent.answers.when, sent.applicant.phone, sent.applicant.full_name], ['1.001193', w.text, 'any', '0912345678', undefined], 'what was sent')
    await next(page)
    await page.locator('.k-welcome').waitFor()
    equal(await page.evaluate(() => [sessionStorage.length, localStorage.length]), [0, 0], 'what the screen still remembers')
    equal(await page.evaluate(() => /0912|345 678|Én/.test(document.documentElement.outerHTML)), false, 'a number left on the screen')
  }, true)
  await journey(browser, `calls: bare request, a crash, and what became of others (${language})`, sizes[size], async (page, see) => {
    desk.state.hotline = { hours: { vi: '7 giờ đến 17 giờ', en: '7 to 17' } }
    await begin(page, desk.url, language, async () => undefined)
    await page.getByRole('button', { name: w.tile }).tap()
    await page.getByText(w.hours).waitFor()
    await page.getByRole('button', { name: w.large }).tap()
    await inTheDark(page, 'the two ways')
    await axe(page, 'large text')
    await targets(page, 'large text')
    await page.getByRole('button', { name: w.back }).tap()
    await at(page, '/call/back')
    await next(page)
    await page.getByText(w.needed).waitFor()
    await page.locator('.bd-entry__field').fill(w.text)
    await next(page)
    await at(page, '/phone')
    await page.reload()
    await page.locator('.bd-pad__field').waitFor()
    await page.getByRole('button', { name: w.goBack, exact: true }).tap()
    await at(page, '/text')
    equal(await page.locator('.bd-entry__field').inputValue(), w.text, 'the question after a crash')
    equal(await askBack(page, language, { see: async () => undefined, name: true }), '66001553084716', 'slip')
    equal([...desk.filed.values()][1].applicant.full_name, 'Bà Én', 'name')
    await followed(page, language, { see })
  }, true)
  await desk.close()
}

async function officer(browser, journey, equal) {
  const portal = await startPortal()
  await journey(browser, 'calls: an officer calls twice and answers', sizes.office, async (page, see) => {
    await office(page, portal.url, see)
    equal(portal.calls.map((c) => c.split(' ')[0]), ['taken_in', 'called', 'called', 'answered'], 'steps')
  })
  await portal.close()
}

/** callJourneys are the stories of this tile: both languages, both screens, without a line. */
export const callJourneys = [resident('vi', 'kiosk'), resident('en', 'portrait'), officer]
