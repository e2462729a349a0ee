// A resident who reads Khmer or English files a birth by touch alone, and one who reads nothing hears
// what is written: on the way every screen is read aloud, and the words asked of the voice are held
// against the words on the screen.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { sizes } from '../browser.mjs'
import { dist } from '../mock/http.mjs'
import { khmer } from '../mock/languages.mjs'
import { sheet, startDesk } from '../mock/desk.mjs'
import { begin, file } from './resident.mjs'
import { words } from './words.mjs'

const heardScreens = /^(home|procedure|who-look|q-choice|q-date|papers|mend|readback|consent|done)$/
const own = /NGUYỄN VĂN MẪU|Nguyễn Thị Mẫu|083090999001|083 090 999 001|0912345678|66001-4827-19302/

/** listen reads the screen aloud to its end and checks every word that was asked for. */
export async function listen(page, desk, language, messages, where) {
  desk.state.spoken.length = 0
  const written = () => page.evaluate(() => document.body.textContent.replace(/\s+/g, ' '))
  // reading scrolls, and "more below" goes when there is no more
  const before = await written()
  const tool = page.locator('.k-header .k-listen button')
  await tool.tap()
  await page.waitForFunction(() => document.querySelector('.k-header .k-listen button')?.getAttribute('aria-pressed') === 'false', undefined, { timeout: 60_000 })
  const spoken = desk.state.spoken.slice()
  const top = await page.locator('.k-header').evaluate((header) => header.getBoundingClientRect().top)
  if (top !== 0) throw new Error(`${where}: reading aloud moved the whole screen by ${top} px`)
  const fail = (what) => { throw new Error(`${where}, read aloud in ${language}: ${what}`) }
  if (spoken.length === 0) fail('nothing was asked of the voice')
  const shown = `${before} ${await written()}`
  const keyOf = new Map(Object.entries(language === 'km' ? khmer.strings : Object.fromEntries(Object.entries(messages).map(([k, m]) => [k, m[language]]))).map(([key, text]) => [text, key]))
  for (const one of spoken) {
    if (!shown.includes(one.text)) fail(`"${one.text}" is not on the screen`)
    if (one.personal || own.test(one.text)) fail(`"${one.text}" is somebody's own and nobody asked for it`)
    const key = keyOf.get(one.text)
    if (!key) continue
    if (one.language !== language && messages[key].vi !== one.text) fail(`"${one.text}" was asked in ${one.language}`)
    const same = [...keyOf].filter(([text]) => text === one.text).map(([, k]) => messages[k].vi)
    const twins = Object.entries(language === 'km' ? khmer.strings : {}).filter(([, text]) => text === one.text).map(([k]) => messages[k]?.vi)
    if (language === 'km' && ![...same, ...twins].includes(one.vi)) fail(`behind "${one.text}" stands "${one.vi}"`)
  }
  const title = await page.locator('.k-title h1').first().innerText().catch(() => '')
  if (title && !own.test(title) && !spoken.some((one) => title.includes(one.text))) fail(`the title "${title}" was not read`)
  if (!(await page.locator('.k-listenbar').count())) return spoken
  if (where === 'readback') {
    desk.state.spoken.length = 0
    await page.locator('.k-listenbar button').first().tap()
    await page.locator('.k-listenbar').waitFor({ state: 'detached' })
    await page.waitForFunction(() => document.querySelector('.k-header .k-listen button')?.getAttribute('aria-pressed') === 'false', undefined, { timeout: 60_000 })
    const asked = desk.state.spoken
    if (!asked.some((one) => own.test(one.text)) || asked.some((one) => !one.personal)) fail('her own words were not read when she asked, or not marked as her own')
  } else await page.locator('.k-listenbar button').last().tap()
  return spoken
}

const heard = (language, size) => async (browser, journey, equal) => {
  const messages = JSON.parse(await readFile(join(dist, 'messages.json'), 'utf8'))
  const desk = await startDesk()
  desk.state.tray = [sheet('t1', 'GIẤY CHỨNG SINH')]
  await journey(browser, `languages: a birth filed and heard (${language}, ${size.width} px)`, size, async (page, see) => {
    let count = 0
    const both = async (where) => {
      await see(where)
      if (heardScreens.test(where)) count += (await listen(page, desk, language, messages, where)).length
    }
    await begin(page, desk.url, language, both)
    const filed = await file(page, language, { procedure: language === 'en' ? 'Birth registration' : 'Khai sinh', find: 'khai sinh', see: both })
    equal(filed.acks, words(language).acks, 'the words of the four acknowledgements')
    if (language === 'km') equal(await page.locator('.bd-acks__stage .bd-beside').allInnerTexts(), words('vi').acks, 'the Vietnamese beside them')
    if (count < 60) throw new Error(`only ${count} sentences were heard on the whole way`)
    await page.locator('.k-next').tap()
    await page.locator('.k-welcome').waitFor()
    equal(await page.evaluate(() => document.documentElement.lang), 'vi', 'the language of the next resident')
  }, true)
  await desk.close()
}

async function stops(browser, journey, equal) {
  const desk = await startDesk()
  await journey(browser, 'languages: reading stops with the screen; the switch; Vietnamese beside what binds', sizes.kiosk, async (page, see) => {
    await begin(page, desk.url, 'vi', async () => undefined)
    // counted where it is asked, in the page: what is still on its way to the desk was asked before
    await page.evaluate(() => {
      const real = window.fetch
      window.askedOfTheVoice = 0
      window.fetch = (...call) => {
        if (String(call[0]?.url ?? call[0]).endsWith('/api/voice')) window.askedOfTheVoice++
        return real(...call)
      }
    })
    const asked = () => page.evaluate(() => window.askedOfTheVoice)
    await page.locator('.k-header .k-listen button').tap()
    await page.locator('[data-speaking]').first().waitFor({ state: 'attached' })
    await page.getByRole('button', { name: words('vi').trackTile }).tap()
    await page.locator('.bd-pad').waitFor()
    const before = await asked()
    if (before === 0) throw new Error('no sentence was asked of the voice before the screen changed')
    await page.waitForTimeout(900) // the time of many sentences of this voice
    equal(await asked(), before, 'sentences asked for after the screen changed')
    equal(await page.locator('[data-speaking]').count(), 0, 'what is still lit')
    await page.getByRole('button', { name: 'Ngôn ngữ' }).tap()
    await see('languages')
    await page.getByRole('button', { name: /ខ្មែរ/ }).tap()
    await page.getByRole('heading', { name: khmer.strings['k.track.slip'] }).waitFor()
    await see('track in Khmer')
    equal(await page.evaluate(() => document.documentElement.lang), 'km', 'the language of the page')
    equal(await page.evaluate(() => document.fonts.load('16px "Noto Sans Khmer"', 'ខ្មែរ').then((found) => found.length > 0 && document.fonts.check('16px "Noto Sans Khmer"', 'ខ្មែរ'))), true, 'the letters of Khmer')
    // a page that comes back after a crash speaks the language that was chosen
    await page.reload()
    await page.getByRole('heading', { name: khmer.strings['k.track.slip'] }).waitFor()
  }, true)
  await desk.close()
}

export const languageJourneys = [heard('km', sizes.kiosk), heard('km', sizes.portrait), heard('en', sizes.portrait), stops]
