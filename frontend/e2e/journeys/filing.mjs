// The resident's main way against the stand-in: a birth by card, everything typed, the catalogue, a slip
// looked up and supplied, and what a crash, the way back and silence leave.
import { axe, sizes } from '../browser.mjs'
import { sheet, startDesk } from '../mock/desk.mjs'
import { catalogue } from './catalogue.mjs'
import { begin, card, file, hashOf, notSecret, scanCard, track } from './resident.mjs'
import { words } from './words.mjs'

const quiet = async () => undefined

const birth = (language) => async (browser, journey, equal) => {
  const desk = await startDesk()
  desk.state.tray = [sheet('t1', 'GIẤY CHỨNG SINH')]
  await journey(browser, `resident files a birth by card (${language})`, sizes.kiosk, async (page, see) => {
    await begin(page, desk.url, language, see)
    const filed = await file(page, language, { procedure: language === 'vi' ? 'Khai sinh' : 'Birth registration', find: 'khai sinh', see })
    equal(filed.slip, '66001482719302', 'slip')
    equal(filed.acks, words(language).acks, 'the words of the four acknowledgements')
    equal(desk.state.calls.filter((c) => c.startsWith('submit')).map((c) => c.replace(/as_is=\w+ /, '')), ['submit filing signature=drawn'], 'calls')
    await page.locator('.k-next').tap()
    await page.locator('.k-welcome').waitFor()
    equal(await page.evaluate(() => sessionStorage.length), 0, 'what the screen still remembers')
    equal(desk.state.calls.at(-1), 'end', 'last call')
  }, true)
  await desk.close()
}

const catalogues = (language, size) => async (browser, journey, equal) => {
  const desk = await startDesk({ printer: true })
  await journey(browser, `catalogue: three ways, pages, a sheet (${language}, ${size.width} px)`, size, async (page, see) => {
    await begin(page, desk.url, language, quiet)
    await catalogue(page, language, see)
    equal(desk.state.calls.filter((c) => c.startsWith('sheet')).map((c) => c.split(' ')[2]), [language], 'sheets printed')
  }, true)
  await desk.close()
}

async function typed(browser, journey) {
  const desk = await startDesk({ line: 'up' })
  await journey(browser, 'resident types everything, upright screen, large text', sizes.portrait, async (page, see) => {
    await begin(page, desk.url, 'vi', see)
    await page.getByRole('button', { name: 'Chữ to' }).tap()
    await file(page, 'vi', { procedure: 'sao', find: 'sao y', see, papers: 'none', person: 'typed' })
  }, true)
  await desk.close()
}

async function tracked(browser, journey, equal) {
  const desk = await startDesk({ line: 'up' })
  await journey(browser, 'resident tracks and supplies what is asked', sizes.kiosk, async (page, see) => {
    await begin(page, desk.url, 'vi', see)
    const stages = await track(page, 'vi', { slip: '66001902711864', second: '9001', see, supply: true })
    equal(stages, words('vi').acks, 'stages done')
    equal(desk.state.calls.at(-1), 'submit supplement as_is=false signature=', 'call')
  }, true)
  await desk.close()
}

// How long the stand-in waits for a hand. The page's clock is the journey's own and nobody waits for it, but it
// also runs by itself: so long that a slow machine does not fall silent in the middle.
const silence = 120

/** toContact files so much of a certified copy that there is something to lose; gives the draft's id. */
async function toContact(page, url) {
  await page.goto(`${url}/#/procedure/2.000815`)
  await page.getByRole('button', { name: 'Làm hồ sơ này' }).tap()
  await notSecret(page)
  await page.waitForFunction(() => /case|who/.test(location.hash))
  if ((await hashOf(page)).endsWith('/case')) {
    await page.locator('.bd-choice__card').first().tap()
    await page.locator('.k-next').tap()
  }
  await page.waitForFunction(() => location.hash.endsWith('/who'))
  await page.locator('.bd-choice__card').first().tap()
  await page.locator('.k-next').tap()
  await page.locator('.k-cardscan').waitFor()
  await scanCard(page, card)
  await page.locator('.bd-pad__field').fill('0912345678')
  await page.locator('.k-next').tap()
  await page.locator('.k-table').waitFor()
  await page.locator('.k-next').tap()
  await page.waitForFunction(() => /\/(q|check)\//.test(location.hash))
  return /\/d\/([^/]+)/.exec(await hashOf(page))[1]
}

async function nothingLost(browser, journey, equal) {
  const desk = await startDesk({ idleSeconds: silence })
  await journey(browser, 'going back loses nothing; a crashed page goes on; silence wipes', sizes.kiosk, async (page) => {
    await page.clock.install() // nobody waits out a silence
    await begin(page, desk.url, 'vi', quiet)
    const id = await toContact(page, desk.url)
    const asked = `#/d/${id}/q/contact_email`
    await page.goto(`${desk.url}/${asked}`)
    await page.locator('.bd-entry__field').fill('mau@thi.du')
    await page.getByRole('button', { name: 'Quay lại' }).tap()
    await page.waitForFunction((before) => location.hash !== before, asked)
    equal(desk.drafts.get(id).answers.contact_email, 'mau@thi.du', 'answer saved by going back')
    await page.reload()
    await page.locator('.k-next').waitFor()
    await page.goto(`${desk.url}/${asked}`)
    equal(await page.locator('.bd-entry__field').inputValue(), 'mau@thi.du', 'answer after a crash')
    await page.clock.fastForward((silence + 1) * 1000)
    await page.locator('.bd-dialog--gold').waitFor()
    await axe(page, 'idle warning')
    await page.getByRole('button', { name: 'Tôi còn ở đây' }).tap()
    await page.locator('.bd-dialog--gold').waitFor({ state: 'detached' })
    await page.clock.fastForward((silence + 1) * 1000)
    await page.locator('.bd-dialog--gold').waitFor()
    await page.clock.fastForward(31_000)
    await page.locator('.k-blank').waitFor()
    await page.getByRole('button', { name: 'Bắt đầu lại' }).waitFor() // now the new page stands there
    await axe(page, 'blank')
    equal(desk.drafts.size, 0, 'drafts the visit still sees')
    equal(await page.evaluate(() => document.body.innerText.includes('MẪU')), false, 'a name on the blank screen')
    await page.getByRole('button', { name: 'Bắt đầu lại' }).tap()
    await page.getByRole('button', { name: /Tiếng Việt/ }).tap()
    await page.getByRole('button', { name: 'Làm tiếp hồ sơ dở' }).tap()
    await page.locator('.bd-pad__field').fill('66001700000015')
    await page.locator('.k-next').tap()
    await page.locator('.bd-pad__field').fill('9001')
    await page.locator('.k-next').tap()
    await page.waitForFunction((draft) => location.hash.includes(draft), id)
    equal(desk.drafts.get(id).answers.contact_email, 'mau@thi.du', 'answer of the resumed dossier')
  })
  await desk.close()
}

export const filingJourneys = [
  birth('vi'),
  birth('en'),
  catalogues('vi', sizes.kiosk),
  catalogues('en', sizes.kiosk),
  catalogues('vi', sizes.portrait),
  typed,
  tracked,
  nothingLost,
]
