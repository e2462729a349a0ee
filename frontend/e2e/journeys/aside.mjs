// What stands beside the way: papers that are a state secret end at the counter, somebody helps and is named by
// his own consent, and whoever only wants to practise is shown on every screen that he does.
import { sizes } from '../browser.mjs'
import { startDesk } from '../mock/desk.mjs'
import { begin, hashOf, next } from './resident.mjs'
import { words } from './words.mjs'

const quiet = async () => undefined

/** secret asks for a form and says that its papers are secret, then that one does not know, then that they are not. */
async function secret(page, w, see) {
  await page.evaluate(() => { location.hash = '#/procedure/1.001193' })
  await page.getByRole('button', { name: w.start }).tap()
  await page.locator('[data-secret=yes]').waitFor()
  await see('secrecy')
  for (const answer of ['yes', 'unsure']) {
    await page.locator(`[data-secret=${answer}]`).tap()
    await page.locator('.k-secret').waitFor()
    await page.locator('.k-footer button:has(.lucide-bell-ring)').tap()
    await page.locator('.bd-notice').waitFor()
    await see(`secrecy-${answer}`)
    await page.locator('.k-footer__left button:has(.lucide-arrow-left)').tap()
  }
  await page.locator('[data-secret=no]').tap()
}

/** helped names who helps; each of the two agrees for himself, after being reminded. */
async function helped(page, see) {
  await page.waitForFunction(() => /case|who/.test(location.hash))
  if ((await hashOf(page)).endsWith('/case')) {
    await page.locator('.bd-choice__card').first().tap()
    await next(page)
  }
  await page.waitForFunction(() => location.hash.endsWith('/who'))
  await page.locator('button:has(.lucide-hand-helping)').tap()
  await page.locator('.bd-entry__field').fill('Trần Văn Giúp')
  await see('helper-name')
  await next(page)
  await page.locator('.bd-pad__field').fill('0912345678')
  await see('helper-phone')
  await next(page)
  await page.locator('.bd-choice__card').first().tap()
  await next(page)
  await page.locator('.bd-notice--harm').waitFor()
  await see('helper-reminded')
  await page.locator('.bd-choice__card').nth(1).tap()
  await next(page)
  await page.locator('.k-helperline').waitFor()
  await see('helper-named')
}

/** practised ends the visit and begins one that only practises. */
async function practised(page, w, see) {
  await page.locator('.k-footer button:has(.lucide-rotate-ccw)').tap()
  await page.locator('.bd-dialog__actions button').last().tap()
  await page.locator('button:has(.lucide-graduation-cap)').tap()
  await see('practice-welcome')
  await page.getByRole('button', { name: w.language }).tap()
  await page.locator('.bd-dialog__actions button').last().waitFor()
  await see('practice-asked')
  await page.locator('.bd-dialog__actions button').last().tap()
  await page.getByRole('heading', { name: w.home }).waitFor()
  await page.locator('.k-practice').waitFor()
  await page.locator('.k-watermark').waitFor()
  await see('practice-home')
  await page.evaluate(() => { location.hash = '#/track' })
  await page.locator('.bd-pad').waitFor()
  await see('practice-track')
}

/** aside walks the three from the home screen. */
export async function aside(page, language, see) {
  const w = words(language)
  await secret(page, w, see)
  await helped(page, see)
  await practised(page, w, see)
}

export const asideJourneys = [['vi', sizes.kiosk], ['en', sizes.portrait]].map(([language, size]) => async (browser, journey, equal) => {
  const desk = await startDesk({ practice: true })
  await journey(browser, `aside: a secret, a helper, practice (${language})`, size, async (page, see) => {
    await begin(page, desk.url, language, quiet)
    await aside(page, language, see)
    equal(desk.state.calls, ['end'], 'what the desk kept of a secret, of the helper, of practice')
  }, true)
  await desk.close()
})
