// The resident's way from the language to the slip, walked as a person would:
// by the words on the screen. `see` is called on every kind of screen.
import { words } from './words.mjs'

export const card = '083090999001|320999001|NGUYỄN VĂN MẪU|14031990|Nam|Ấp Giả Định 1, Xã Giao Long, Vĩnh Long|01072025'

/** A reader types the card like a very fast keyboard. All keys are made before the first one counts: their pace is the reader's, not this machine's. */
export async function scanCard(page, raw = card) {
  await page.evaluate((text) => {
    const strokes = [...text, 'Enter'].map((key) => new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }))
    for (const stroke of strokes) window.dispatchEvent(stroke)
  }, raw)
}

/** hashOf asks the page itself where it stands: what the browser tells of it may come a moment later. */
export const hashOf = (page) => page.evaluate(() => location.hash)

export async function begin(page, url, language, see) {
  const w = words(language)
  await page.goto(url)
  await page.getByRole('heading', { level: 1 }).waitFor()
  await see('welcome')
  await page.getByRole('button', { name: w.language }).tap()
  await page.getByRole('heading', { name: w.home }).waitFor()
  await see('home')
}

export async function file(page, language, { procedure, find = [], see, papers = 'mixed', person = 'card', leave = true }) {
  const w = words(language)
  await page.getByRole('button', { name: w.fileTile }).tap()
  await page.locator('.k-event').first().waitFor()
  await see('find')
  await page.getByRole('button', { name: w.byWords }).tap()
  await page.getByRole('textbox', { name: w.search }).fill(find)
  await page.locator('.k-search__list .k-row').first().waitFor()
  await see('find-search')
  await page.locator('.k-search__list .k-row', { hasText: procedure }).first().tap()
  await page.getByRole('button', { name: w.start }).waitFor()
  await page.locator('.k-fact').first().waitFor()
  await see('procedure')
  await page.getByRole('button', { name: w.start }).tap()
  await notSecret(page, see)
  await page.waitForFunction(() => /case|who/.test(location.hash))
  if ((await hashOf(page)).endsWith('/case')) {
    await page.locator('.bd-choice__card').first().waitFor()
    await see('case')
    await page.locator('.bd-choice__card').first().tap()
    await next(page)
  }
  await who(page, w, see, person)
  await questions(page, w, see)
  await allPapers(page, w, see, papers)
  await page.getByRole('button', { name: w.check }).tap()
  await page.waitForFunction(() => location.hash.endsWith('/mend'))
  await page.locator('.k-row--mend, .k-bigicon').first().waitFor()
  await see('mend')
  if (await page.locator('.k-row--mend').count()) {
    if (!leave) throw new Error('something is left to mend')
    await page.getByRole('button', { name: w.leave }).tap()
  } else await next(page)
  await page.getByRole('heading', { name: w.readBack }).waitFor()
  await see('readback')
  await next(page)
  return signAndFile(page, w, see)
}

/** notSecret answers the first question of every form. */
export async function notSecret(page, see = async () => undefined) {
  await page.locator('[data-secret=no]').waitFor()
  await see('secrecy')
  await page.locator('[data-secret=no]').tap()
}

async function signAndFile(page, w, see) {
  await page.getByRole('heading', { name: w.sign, exact: true }).waitFor()
  await page.locator('.bd-choice__card').first().tap()
  await see('sign')
  await next(page)
  const box = await page.locator('.k-signbox canvas').boundingBox()
  await page.mouse.move(box.x + 120, box.y + 140)
  await page.mouse.down()
  for (let i = 1; i < 40; i++) await page.mouse.move(box.x + 120 + i * 9, box.y + 140 - Math.sin(i / 3) * 55)
  await page.mouse.up()
  await see('sign-draw')
  await next(page)
  await page.getByRole('heading', { name: w.consent }).waitFor()
  await page.locator('.bd-choice__card').tap()
  await see('consent')
  return finish(page, w, see)
}

export async function finish(page, w, see) {
  await next(page)
  await page.getByRole('heading', { name: w.done }).waitFor()
  await page.locator('.k-done__qr img').waitFor()
  await see('done')
  const slip = (await page.locator('.k-done__number [aria-hidden]').innerText()).replace(/\D/g, '')
  const acks = await page.locator('.bd-acks__stage strong').allInnerTexts()
  return { slip, acks }
}

async function who(page, w, see, person) {
  await page.waitForFunction(() => location.hash.endsWith('/who'))
  await page.locator('.bd-choice__card').first().waitFor()
  await see('who-whose')
  await page.locator('.bd-choice__card').first().tap()
  await next(page)
  await page.locator('.k-cardscan').waitFor()
  await see('who-card')
  if (person === 'card') {
    await scanCard(page)
    await page.locator('.bd-pad__field').fill('0912345678')
    await see('who-phone')
    await next(page)
  } else {
    await page.getByRole('button', { name: w.typeIt }).tap()
    for (const key of w.telexName) await page.getByRole('button', { name: key, exact: true }).first().tap()
    await see('who-name')
    await next(page)
    await page.locator('.bd-pad__field').fill('083090999001')
    await see('who-number')
    await next(page)
    await page.locator('.bd-pad__field').fill('1990')
    await see('who-birth')
    await next(page)
    await page.locator('.bd-choice__card').first().tap()
    await next(page)
    await page.locator('.bd-pad__field').fill('0912345678')
    await next(page)
  }
  await page.locator('.k-table').waitFor()
  await see('who-look')
  await next(page)
}

/** questions answers whatever is asked, one screen after the other. */
export async function questions(page, w, see, limit = 120) {
  await page.waitForFunction(() => /\/(q|check|papers)/.test(location.hash))
  const seen = new Set()
  for (let i = 0; i < limit; i++) {
    const hash = await hashOf(page)
    if (hash.endsWith('/papers')) return
    await page.locator('.k-next, .k-rowform').first().waitFor()
    const kind = hash.includes('/check/') ? 'check' : await answer(page, w)
    if (!seen.has(kind)) await see(`q-${kind}`)
    seen.add(kind)
    await next(page)
    await page.waitForFunction((before) => location.hash !== before || document.querySelector('.bd-notice--harm'), hash)
    if ((await hashOf(page)) !== hash) continue
    // required, or not accepted: leave it to the list at the end
    const leave = page.getByRole('button', { name: w.leaveQuestion })
    if (await leave.count()) await leave.tap()
    else await next(page)
    await page.waitForFunction((before) => location.hash !== before, hash)
  }
  throw new Error(`still asking after ${limit} questions`)
}

async function answer(page, w) {
  const content = page.locator('.k-content')
  const has = async (selector) => (await content.locator(selector).count()) > 0
  if (await has('.k-rows')) {
    await page.locator('.k-rows__add').tap()
    for (let i = 0; i < 20 && (await has('.k-rowform')); i++) {
      await input(page, w)
      await page.locator('.k-rowform__nav .bd-button--primary').tap()
    }
    return 'rows'
  }
  return input(page, w)
}

async function input(page, w) {
  const content = page.locator('.k-content')
  const has = async (selector) => (await content.locator(selector).count()) > 0
  if (await has('.k-cardaddress')) return 'address-card'
  if (await has('.k-place')) {
    await page.locator('#address-line').fill('Ấp 3')
    return 'address'
  }
  if (await has('.bd-choice')) {
    const home = page.getByRole('radio', { name: w.here })
    if (await home.count()) {
      await page.locator('.bd-choice__card').first().tap()
      await page.locator('#address-line').fill('Ấp 3')
      return 'address'
    }
    if (!(await content.locator(':checked').count())) await page.locator('.bd-choice__card').first().tap()
    const search = await has('.k-searchbox')
    if (!(await has('.bd-pad, .bd-entry'))) return search ? 'list' : 'choice'
  }
  if (await has('.bd-date')) {
    if (await has('.bd-date__grid--8')) {
      await page.locator('.bd-date__grid--8 .bd-key').nth(13).tap()
      await page.locator('.bd-date__grid--4 .bd-key').nth(2).tap()
    }
    if (await has('.bd-pad__field')) await page.locator('.bd-pad__field').fill('2020')
    return 'date'
  }
  if (await has('.bd-pad__field')) {
    const field = page.locator('.bd-pad__field')
    if (!(await field.inputValue())) await field.fill(await page.evaluate(() => (/phone/.test(location.hash) ? '0912345678' : /id/.test(location.hash) ? '083090999001' : '2')))
    return 'number'
  }
  if (await has('.bd-entry__field')) {
    const field = page.locator('.bd-entry__field')
    if (!(await field.inputValue())) await field.fill('Nguyễn Thị Mẫu')
    return 'text'
  }
  return 'other'
}

/** allPapers answers every paper, each in another way. */
async function allPapers(page, w, see, mode) {
  await page.waitForFunction(() => location.hash.endsWith('/papers'))
  await page.getByRole('button', { name: w.check }).waitFor()
  await see('papers')
  const count = await page.locator('.k-list .k-row').count()
  for (let i = 0; i < count; i++) {
    await page.locator('.k-list .k-row').nth(i).tap()
    await page.locator('.k-ways').waitFor()
    if (i === 0 && mode === 'mixed') {
      await see('paper')
      await takePicture(page, w, see)
      await next(page)
    } else await page.locator('.k-way').nth(i === 1 ? 2 : 3).tap()
    await page.waitForFunction(() => location.hash.endsWith('/papers'))
  }
  await page.locator('.k-row[data-state=todo]').waitFor({ state: 'detached' })
  await see('papers-done')
}

export async function takePicture(page, w, see) {
  await page.locator('.k-way').nth(0).tap()
  await page.locator('.k-camera__shoot:not([disabled])').waitFor()
  await see('camera')
  await page.locator('.k-camera__shoot').tap()
  await page.locator('.k-page__picture[data-ready=true]').waitFor()
  await see('page')
  await keepPage(page, see)
  await see('paper-pictures')
}

/** keepPage takes the page as the machine proposes it; what is still noticed then is left to the officer. */
export async function keepPage(page, see = async () => undefined) {
  // the page that is kept is marked: only another one in its place is looked at again
  await page.evaluate(() => document.querySelector('.k-page').setAttribute('data-kept', ''))
  await next(page)
  await page.waitForFunction(() => document.querySelector('.k-scans img, .k-row--mend, .k-bigicon, .k-page:not([data-kept]) .bd-notice--note'))
  if (await page.locator('.k-page:not([data-kept])').count()) {
    await see('page-noticed')
    await next(page)
  }
  await page.locator('.k-scans img, .k-row--mend, .k-bigicon').first().waitFor()
}

export async function next(page) {
  await page.locator(':root:not([data-going]) .k-next:not([disabled])').tap()
}

/** lookUp opens a slip by its two numbers, on whichever screen asks for them. */
export async function lookUp(page, slip, second = '9001') {
  await page.locator('.bd-pad__field').fill(slip)
  await next(page)
  await emptyPad(page)
  await page.locator('.bd-pad__field').fill(second)
  await next(page)
}

/** emptyPad waits for the next number's pad: it stands where the one before stood. */
export const emptyPad = (page) => page.waitForFunction(() => document.querySelector('.bd-pad__field')?.value === '')

/** sendLetter agrees (after being reminded), sends a petition or a request, and returns its slip. */
export async function sendLetter(page, w, name, see) {
  await page.getByRole('checkbox', { name: w.agree }).waitFor()
  await next(page)
  await page.getByText(w.missing).waitFor()
  await page.getByRole('checkbox', { name: w.agree }).check()
  await see(`${name}-send`)
  await next(page)
  await page.getByRole('heading', { name: w.done }).waitFor()
  await page.locator('.k-done__qr img').waitFor()
  await see(`${name}-done`)
  return (await page.locator('.k-done__number [aria-hidden]').innerText()).replace(/\D/g, '')
}

/** track looks a slip up and, where papers are asked for, supplies them. */
export async function track(page, language, { slip, second, see, supply = false }) {
  const w = words(language)
  await page.getByRole('button', { name: w.trackTile }).tap()
  await page.locator('.bd-pad__field').fill(slip)
  await see('track-slip')
  await next(page)
  await emptyPad(page)
  await page.locator('.bd-pad__field').fill('0000')
  await next(page)
  await page.locator('.bd-notice--harm').waitFor()
  await see('track-wrong')
  await page.locator('.bd-pad__field').fill(second)
  await see('track-second')
  await next(page)
  await page.locator('.bd-acks').waitFor()
  await see('track-result')
  const stages = await page.locator('.bd-acks__stage[data-done=true] strong').allInnerTexts()
  if (supply) {
    await next(page)
    await page.waitForFunction(() => location.hash.endsWith('/papers'))
    await page.locator('.k-list .k-row').first().tap()
    await takePicture(page, w, async () => undefined)
    await next(page)
    await page.waitForFunction(() => location.hash.endsWith('/papers'))
    await see('supplement-papers')
    await page.getByRole('button', { name: w.check }).tap()
    await page.locator('.k-row--mend, .k-bigicon').first().waitFor()
    if (await page.locator('.k-row--mend').count()) await page.getByRole('button', { name: w.leave }).tap()
    else await next(page)
    await page.getByRole('heading', { name: w.consent }).waitFor()
    await page.locator('.bd-choice__card').tap()
    await finish(page, w, see)
  }
  return stages
}
