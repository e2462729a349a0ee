// Rating a dossier and a visit; a petition from the tile to its slip, and to its answer.
import { axe, inTheDark, sizes, targets } from '../browser.mjs'
import { inKhmer } from '../gallery/khmer.mjs'
import { startDesk } from '../mock/desk.mjs'
import { rateable } from '../mock/feedback.mjs'
import { begin, hashOf, lookUp, next, scanCard, sendLetter } from './resident.mjs'

const words = {
  vi: {
    rate: /^Đánh giá/, visit: /^Lần đến hôm nay/, dossier: /^Một hồ sơ đã nộp/, best: 'Rất hài lòng', bad: 'Không hài lòng', why: 'Thái độ của cán bộ', pick: 'Xin chạm vào một khuôn mặt trước.',
    thanks: 'Cảm ơn bà con đã đánh giá', change: 'Đổi đánh giá', waiting: /Chưa rời xã/, sent: /không đổi được nữa/, changed: /Đã đổi 1 lần/, home: 'Hôm nay bà con cần gì?', track: /^Tra cứu hồ sơ/,
    petition: /^Phản ánh, kiến nghị/, topic: /^Đường sá/, text: 'Cầu ấp 3 hỏng hai tấm ván, trẻ em đi học rất nguy hiểm.', shoot: 'Chụp ảnh', take: 'Chụp', use: 'Dùng ảnh này', wish: /không nêu tên người gửi/,
    agree: /Tôi nói đúng sự thật/, missing: 'Xin chạm vào ô đồng ý trước khi gửi.', done: 'Đã lưu phản ánh', answer: /giao ấp thay hai tấm ván/, needed: 'Chưa viết gì thì cần ít nhất một ảnh.', rateThis: 'Đánh giá', large: 'Chữ to', back: 'Quay lại',
    speak: /^Nói vào máy/, write: /^Viết/, press: 'Bấm để nói', finished: 'Nói xong', hear: 'Nghe lại', recorded: 'có ghi âm',
  },
  en: {
    rate: /^Rate us/, visit: /^Today’s visit/, dossier: /^A dossier you filed/, best: 'Very satisfied', bad: 'Dissatisfied', why: 'How the officers behaved', pick: 'Please touch a face first.',
    thanks: 'Thank you for your rating', change: 'Change it', waiting: /has not left the commune/, sent: /can no longer be changed/, changed: /Changed once/, home: 'What do you need today?', track: /^Track a dossier/,
    petition: /^Petitions/, topic: /^Roads/, text: 'Two planks of the bridge in hamlet 3 are broken.', shoot: 'Take a picture', take: 'Take', use: 'Use this picture', wish: /without the sender/,
    agree: /What I say is true/, missing: 'Please touch the box to agree before sending.', done: 'Your petition is saved', answer: /giao ấp thay hai tấm ván/, needed: 'With nothing written, at least one picture is needed.', rateThis: 'Rate this', large: 'Larger text', back: 'Back',
    speak: /^Speak/, write: /^Write/, press: 'Press to speak', finished: 'I have finished', hear: 'Listen to it', recorded: 'recorded',
  },
  get km() {
    return inKhmer(this.vi)
  },
}

const at = (page, hash) => page.waitForFunction((end) => location.hash.endsWith(end), hash)

/** whole fails when the faces do not all stand on the screen without pushing it up. */
async function whole(page) {
  const footer = await page.locator('.k-footer').boundingBox()
  for (const face of await page.locator('.k-face').all()) {
    const box = await face.boundingBox()
    if (box.y + box.height > footer.y || box.height < 64 || box.width < 64) throw new Error(`a face is ${Math.round(box.width)}×${Math.round(box.height)} at ${Math.round(box.y)}, the footer at ${Math.round(footer.y)}`)
  }
}

/** rate rates this visit, changes it, then a dossier that is done, and one whose rating has left. */
export async function rate(page, language, { see }) {
  const w = words[language]
  const face = (name) => page.getByRole('radio', { name, exact: true })
  await page.getByRole('button', { name: w.rate }).tap()
  await see('rate-what')
  await page.getByRole('button', { name: w.visit }).tap()
  await face(w.best).waitFor()
  await see('rate-faces')
  await whole(page)
  await next(page)
  await page.getByText(w.pick).waitFor()
  await face(w.best).check()
  await page.getByRole('checkbox', { name: w.why }).check()
  await see('rate-chosen')
  await next(page)
  await page.getByRole('heading', { name: w.thanks }).waitFor()
  await page.getByText(w.waiting).waitFor()
  await see('rate-kept')
  await page.getByRole('button', { name: w.change }).tap()
  await face(w.bad).check()
  await next(page)
  await page.getByText(w.changed).waitFor()
  await see('rate-changed')
  await next(page)
  await page.getByRole('heading', { name: w.home }).waitFor()
  const open = async (slip) => {
    await page.getByRole('button', { name: w.rate }).tap()
    await page.getByRole('button', { name: w.dossier }).tap()
    await lookUp(page, slip)
    await at(page, '/rate/dossier')
  }
  await open(rateable.done)
  await face(w.best).check()
  await see('rate-dossier')
  await next(page)
  await page.getByRole('heading', { name: w.thanks }).waitFor()
  await next(page)
  await open(rateable.sent)
  await page.getByText(w.sent).waitFor()
  await see('rate-sent')
  if (await page.getByRole('button', { name: w.change }).count()) throw new Error('a rating that has left is offered for a change')
  await next(page)
}

/** speak says a petition instead of writing it; the browser's own false microphone beeps. */
async function speak(page, w, see) {
  await page.getByRole('button', { name: w.speak }).tap()
  await page.getByRole('button', { name: w.press }).waitFor()
  await see('petition-voice')
  await page.getByRole('button', { name: w.press }).tap()
  await page.getByRole('button', { name: w.finished }).waitFor()
  // in every frame: a locator looks every half second, the false microphone beeps every half second
  await page.waitForFunction(() => document.querySelector('.k-mic__meter [data-on=true]'))
  await see('petition-listening')
  await page.waitForTimeout(2500)
  await page.getByRole('button', { name: w.finished }).tap()
  await page.getByRole('button', { name: w.hear }).waitFor()
  await see('petition-spoken')
  await page.getByRole('button', { name: w.hear }).tap()
  await next(page)
}

/** write leaves it empty once, learns that something is needed, and writes. */
async function write(page, w, see) {
  await next(page)
  await at(page, '/photos')
  await next(page)
  await page.getByText(w.needed).waitFor()
  await page.getByRole('button', { name: w.back }).tap()
  await at(page, '/text')
  await page.locator('.bd-entry__field').fill(w.text)
  await see('petition-text')
  await next(page)
}

/** petition writes or speaks one, adds a picture, goes back once, sends, and returns the slip. */
export async function petition(page, language, { see, card = false, spoken = false }) {
  const w = words[language]
  await page.getByRole('button', { name: w.petition }).tap()
  await page.getByRole('button', { name: w.topic }).waitFor()
  await see('petition-topic')
  await page.getByRole('button', { name: w.topic }).tap()
  await page.waitForFunction(() => /\/(how|text)$/.test(location.hash))
  if ((await hashOf(page)).endsWith('/how')) {
    await see('petition-how')
    if (!spoken) await page.getByRole('button', { name: w.write }).tap()
  }
  await (spoken ? speak : write)(page, w, see)
  await at(page, '/photos')
  await page.getByRole('button', { name: w.shoot }).tap()
  await page.locator('.k-camera__shoot:enabled').waitFor()
  await see('petition-camera')
  await page.locator('.k-camera__shoot').tap()
  await page.getByRole('button', { name: w.use }).tap()
  await page.locator('.k-scans img').waitFor()
  await see('petition-photos')
  await next(page)
  await at(page, '/name')
  await see('petition-name')
  if (card) {
    await scanCard(page)
    await page.waitForFunction(() => document.querySelector('.bd-entry__field')?.value.includes('MẪU'))
  } else await page.locator('.bd-entry__field').fill('Nguyễn Thị Én')
  await next(page)
  await at(page, '/phone')
  await page.locator('.bd-pad__field').fill('0912345678')
  await see('petition-phone')
  await next(page)
  await at(page, '/wish')
  await page.getByRole('radio', { name: w.wish }).check()
  await see('petition-wish')
  await next(page)
  await at(page, '/send')
  return sendLetter(page, w, 'petition', see)
}

/** answer looks one up that was answered. */
export async function answer(page, language, { see }) {
  const w = words[language]
  await page.getByRole('button', { name: w.track }).tap()
  await lookUp(page, rateable.answered)
  await page.getByText(w.answer).waitFor()
  await see('petition-answer')
  await page.getByRole('button', { name: w.rateThis }).tap()
  await at(page, '/rate/dossier')
}

const ratings = (language, size) => async (browser, journey, equal) => {
  const desk = await startDesk({ printer: true })
  await journey(browser, `feedback: ratings (${language})`, sizes[size], async (page, see) => {
    await begin(page, desk.url, language, see)
    await rate(page, language, { see })
    equal(desk.state.calls, ['rate v1 5 attitude', 'rate v1 2 attitude', `rate ${rateable.done} 5`], 'what the desk kept')
    await page.getByRole('button', { name: words[language].rate }).tap()
    await page.getByRole('button', { name: words[language].visit }).tap()
    await page.getByRole('button', { name: words[language].large }).tap()
    await inTheDark(page, 'faces')
    await axe(page, 'large text')
    await targets(page, 'large text')
    equal(await page.evaluate(() => Object.keys(localStorage)), [], 'what stays behind in the browser')
  }, true)
  await desk.close()
}

const written = (language, size) => async (browser, journey, equal) => {
  const desk = await startDesk({ printer: true })
  await journey(browser, `feedback: a petition (${language})`, sizes[size], async (page, see) => {
    await begin(page, desk.url, language, see)
    equal(await petition(page, language, { see, card: language === 'en' }), '66001482719302', 'slip')
    equal(desk.state.calls.at(-1), 'submit filing as_is=false signature=', 'last call')
    const sent = [...desk.filed.values()][0]
    equal([sent.answers.topic, sent.answers.text, sent.answers.publish, sent.components[0].scans.length], ['place', words[language].text, 'no_name', 1], 'what was sent')
    equal([sent.applicant.citizen_id, sent.applicant.birth_date], [undefined, undefined], 'what an answer does not need')
    await next(page)
    await page.locator('.k-welcome').waitFor()
    equal(await page.evaluate(() => sessionStorage.length), 0, 'what the screen still remembers')
    await begin(page, desk.url, language, async () => undefined)
    await answer(page, language, { see })
  }, true)
  await desk.close()
}

async function bySpeech(browser, journey, equal) {
  const desk = await startDesk({ printer: true, speaks: 60 })
  await journey(browser, 'feedback: a petition that is spoken', sizes.portrait, async (page, see) => {
    await begin(page, desk.url, 'vi', async () => undefined)
    await petition(page, 'vi', { see, spoken: true })
    const sent = [...desk.filed.values()][0]
    equal([sent.answers.text, sent.components.map((c) => [c.id, c.scans.length])], [undefined, [['photo', 1], ['voice', 1]]], 'what was sent')
  }, true)
  await desk.close()
}

/** feedbackJourneys are the stories of these tiles: both languages, both screens. */
export const feedbackJourneys = [ratings('vi', 'kiosk'), ratings('en', 'portrait'), written('vi', 'kiosk'), written('en', 'portrait'), bySpeech]
