// Every journey in a real browser, with axe on every screen: first against the
// stand-ins, then, when BENDO_BIN names the built programs, against those.
import { access } from 'node:fs/promises'
import { axe, launch, open, sizes, targets } from './browser.mjs'
import { askSupplement, decide, outbox, reply, signIn, status, takeIn } from './journeys/office.mjs'
import { feedbackJourneys } from './journeys/feedback.mjs'
import { callJourneys } from './journeys/calls.mjs'
import { pageJourneys } from './journeys/pages.mjs'
import { payJourneys } from './journeys/pay.mjs'
import { verifyJourneys } from './journeys/verify.mjs'
import { queueJourneys } from './journeys/queue.mjs'
import { accessJourneys } from './journeys/access.mjs'
import { catalogue } from './journeys/catalogue.mjs'
import { languageJourneys } from './journeys/languages.mjs'
import { formJourneys } from './journeys/forms.mjs'
import { begin, card, file, notSecret, scanCard, track } from './journeys/resident.mjs'
import { words } from './journeys/words.mjs'
import { sheet, startDesk } from './mock/desk.mjs'
import { dist } from './mock/http.mjs'
import { startPortal } from './mock/portal.mjs'
import { canaryJourney } from './canaries.mjs'
import { real, serve } from './real.mjs'

const only = process.argv[2]
const results = []
const equal = (got, want, what) => {
  if (JSON.stringify(got) !== JSON.stringify(want)) throw new Error(`${what}: got ${JSON.stringify(got)}, want ${JSON.stringify(want)}`)
}

/** journey runs one story in a fresh context; anything the page complained about fails it. */
export async function journey(browser, name, size, story, kiosk = false) {
  if (only && !name.includes(only)) return
  const { page, context, faults } = await open(browser, size)
  const started = Date.now()
  const see = async (where) => {
    await axe(page, `${name}/${where}`)
    if (kiosk) await targets(page, `${name}/${where}`)
  }
  try {
    await story(page, see)
    if (faults.length > 0) throw new Error(faults.join('\n'))
    results.push([true, name])
    console.log(`ok   ${name} (${((Date.now() - started) / 1000).toFixed(1)} s)`)
  } catch (error) {
    results.push([false, name])
    console.log(`FAIL ${name}\n${error.stack ?? error}\nat ${page.url()}`)
    if (process.env.BENDO_SHOTS) await page.screenshot({ path: `${process.env.BENDO_SHOTS}/FAIL-${results.length}.png` })
  } finally {
    await context.close()
  }
}

/** planted: the watchers themselves must see what they are there for. */
async function planted(browser) {
  const desk = await startDesk()
  const fails = async (what, run) => {
    const silent = await run().then(() => true, () => false)
    if (silent) throw new Error(`${what} went unseen`)
  }
  const { page, context, faults } = await open(browser, sizes.kiosk)
  try {
    await begin(page, desk.url, 'vi', async () => undefined)
    await axe(page, 'the page before anything is planted')
    await targets(page, 'the page before anything is planted')
    await page.evaluate(() => {
      const small = document.createElement('button')
      small.textContent = 'nhỏ'
      document.querySelector('.k-content').append(small)
    })
    await fails('a small target', () => targets(page, 'planted'))
    await page.evaluate(() => document.querySelector('.k-content').append(document.createElement('input')))
    await fails('an input without a name', () => axe(page, 'planted'))
    await page.evaluate(() => document.querySelector('h1').setAttribute('style', 'color: red'))
    await page.evaluate(() => fetch('http://example.invalid/').catch(() => undefined))
    await page.waitForTimeout(300)
    if (!faults.some((f) => /style/.test(f))) throw new Error('an inline style went unseen')
    if (!faults.some((f) => /example\.invalid/.test(f))) throw new Error('a call to another host went unseen')
    console.log('ok   the watchers see planted faults')
    results.push([true, 'planted'])
  } catch (error) {
    results.push([false, 'planted'])
    console.log(`FAIL the watchers\n${error.stack ?? error}`)
  } finally {
    await context.close()
    await desk.close()
  }
}

async function mocked(browser) {
  for (const language of ['vi', 'en']) {
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
  for (const [language, size] of [['vi', sizes.kiosk], ['en', sizes.kiosk], ['vi', sizes.portrait]]) {
    const desk = await startDesk({ printer: true })
    await journey(browser, `catalogue: three ways, pages, a sheet (${language}, ${size.width} px)`, size, async (page, see) => {
      await begin(page, desk.url, language, async () => undefined)
      await catalogue(page, language, see)
      equal(desk.state.calls.filter((c) => c.startsWith('sheet')).map((c) => c.split(' ')[2]), [language], 'sheets printed')
    }, true)
    await desk.close()
  }
  {
    const desk = await startDesk({ line: 'up' })
    await journey(browser, 'resident types everything, upright screen, large text', sizes.portrait, async (page, see) => {
      await begin(page, desk.url, 'vi', see)
      await page.getByRole('button', { name: 'Chữ to' }).tap()
      await file(page, 'vi', { procedure: 'sao', find: 'sao y', see, papers: 'none', person: 'typed' })
    }, true)
    await journey(browser, 'resident tracks and supplies what is asked', sizes.kiosk, async (page, see) => {
      await begin(page, desk.url, 'vi', see)
      const stages = await track(page, 'vi', { slip: '66001902711864', second: '9001', see, supply: true })
      equal(stages, words('vi').acks, 'stages done')
      equal(desk.state.calls.at(-1), 'submit supplement as_is=false signature=', 'call')
    }, true)
    await desk.close()
  }
  await pageJourneys(browser, journey, equal)
  await payJourneys(browser, journey, equal)
  await languageJourneys(browser, journey, equal)
  await verifyJourneys(browser, journey, equal)
  await feedbackJourneys(browser, journey, equal)
  await callJourneys(browser, journey, equal)
  await queueJourneys(browser, journey, equal)
  await accessJourneys(browser, journey, equal)
  {
    const desk = await startDesk({ idleSeconds: 20 })
    await journey(browser, 'going back loses nothing; a crashed page goes on; silence wipes', sizes.kiosk, async (page) => {
      await page.clock.install() // nobody waits out a silence
      await begin(page, desk.url, 'vi', async () => undefined)
      await page.goto(`${desk.url}/#/procedure/2.000815`)
      await page.getByRole('button', { name: 'Làm hồ sơ này' }).tap()
      await notSecret(page)
      await page.waitForFunction(() => /case|who/.test(location.hash))
      if (page.url().endsWith('/case')) {
        await page.locator('.bd-choice__card').first().tap()
        await page.locator('.k-next').tap()
      }
      await page.locator('.bd-choice__card').first().tap()
      await page.locator('.k-next').tap()
      await page.locator('.k-cardscan').waitFor()
      await scanCard(page, card)
      await page.locator('.bd-pad__field').fill('0912345678')
      await page.locator('.k-next').tap()
      await page.locator('.k-next').tap()
      await page.waitForFunction(() => /\/(q|check)\//.test(location.hash))
      const at = page.url()
      const id = /\/d\/([^/]+)/.exec(at)[1]
      await page.goto(`${desk.url}/#/d/${id}/q/contact_email`)
      await page.locator('.bd-entry__field').fill('mau@thi.du')
      await page.getByRole('button', { name: 'Quay lại' }).tap()
      await page.waitForFunction((before) => location.href !== before, `${desk.url}/#/d/${id}/q/contact_email`)
      equal(desk.drafts.get(id).answers.contact_email, 'mau@thi.du', 'answer saved by going back')
      await page.reload()
      await page.locator('.k-next').waitFor()
      await page.goto(`${desk.url}/#/d/${id}/q/contact_email`)
      equal(await page.locator('.bd-entry__field').inputValue(), 'mau@thi.du', 'answer after a crash')
      await page.clock.fastForward(21_000)
      await page.locator('.bd-dialog--gold').waitFor()
      await axe(page, 'idle warning')
      await page.getByRole('button', { name: 'Tôi còn ở đây' }).tap()
      await page.locator('.bd-dialog--gold').waitFor({ state: 'detached' })
      await page.clock.fastForward(21_000)
      await page.locator('.bd-dialog--gold').waitFor()
      await page.clock.fastForward(31_000)
      await page.locator('.k-blank').waitFor()
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
  {
    const desk = await startDesk()
    await journey(browser, 'desk reads the outbox by keyboard', sizes.office, async (page, see) => {
      equal(await outbox(page, `${desk.url}/desk`, see), 6, 'rows')
      equal(desk.state.calls, ['ring'], 'calls')
      equal(/MẪU|NGUYỄN/.test(await page.locator('body').innerText()), false, 'a name on the outbox')
    })
    await desk.close()
  }
  {
    const portal = await startPortal()
    await journey(browser, 'officer takes in, asks for a supplement, decides', sizes.office, async (page, see) => {
      await signIn(page, portal.url, { user: 'can.bo', password: 'ben-do-2026', see })
      await takeIn(page, '66001-4827-19302', see)
      await askSupplement(page, '66001-5530-84716', 'Ảnh bị mờ, xin chụp lại rõ hơn.', see)
      await decide(page, '66001-7716-03948', see)
      equal(portal.calls.map((c) => c.split(' ')[0]), ['taken_in', 'supplement_requested', 'decided'], 'steps')
    })
    const answering = await startPortal() // where nobody has signed in
    await journey(browser, 'feedback: an officer answers a petition', sizes.office, async (page, see) => {
      await signIn(page, answering.url, { user: 'can.bo', password: 'ben-do-2026', see: async () => undefined })
      equal(/ÉN/.test(await page.locator('tbody').innerText()), false, 'a name that is to be kept, in the list')
      await reply(page, '66001-8833-00052', 'Xã đã giao ấp thay ván trong tuần này.', see)
    })
    await answering.close()
    await journey(browser, 'a phone reads the public status', sizes.phone, (page, see) => status(page, portal.url, { slip: '66001902711864', second: '9001', see }))
    await portal.close()
  }
}

await access(`${dist}kiosk.html`).catch(() => {
  console.error('dist is empty: run `npm run build` first')
  process.exit(2)
})
const browser = await launch()
try {
  await planted(browser)
  if (!process.env.BENDO_ONLY_REAL) await mocked(browser)
  const bin = process.env.BENDO_BIN
  if (bin) {
    await journey(browser, 'canaries: the next resident finds nothing of the last', sizes.kiosk, (page) => canaryJourney(page, serve, bin))
    await formJourneys(browser, journey, bin)
    await real(browser, journey, bin)
  }
  else console.log('not run: journeys against the real programs (set BENDO_BIN to the folder of portal, agent and kiosk)')
} finally {
  await browser.close()
}
const failed = results.filter(([ok]) => !ok).length
console.log(`${results.length - failed} of ${results.length} journeys passed`)
process.exit(failed > 0 ? 1 : 0)
