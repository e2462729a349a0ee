// Every journey in a real browser, with axe on every screen: first against the
// stand-ins, then, when BENDO_BIN names the built programs, against those.
//
//   node e2e/run.mjs [words of a journey's name]
//
// Several browsers walk side by side (BENDO_BROWSERS, two unless told): the journeys are in groups, each group
// has desks of its own, and whoever is free takes the next one. What they say is told group by group, in the
// order of the list.
import { access } from 'node:fs/promises'
import { axe, launch, open, sizes, targets } from './browser.mjs'
import { accessJourneys } from './journeys/access.mjs'
import { asideJourneys } from './journeys/aside.mjs'
import { callJourneys } from './journeys/calls.mjs'
import { counterJourneys } from './journeys/counter.mjs'
import { feedbackJourneys } from './journeys/feedback.mjs'
import { filingJourneys } from './journeys/filing.mjs'
import { formJourneys } from './journeys/forms.mjs'
import { languageJourneys } from './journeys/languages.mjs'
import { officeJourneys } from './journeys/office.mjs'
import { pageJourneys } from './journeys/pages.mjs'
import { payJourneys } from './journeys/pay.mjs'
import { queueJourneys } from './journeys/queue.mjs'
import { begin } from './journeys/resident.mjs'
import { verifyJourneys } from './journeys/verify.mjs'
import { startDesk } from './mock/desk.mjs'
import { dist } from './mock/http.mjs'
import { canaryJourney } from './canaries.mjs'
import { clerkJourneys } from './clerk.mjs'
import { realJourneys, serve } from './real.mjs'

const only = process.argv[2]
const bin = process.env.BENDO_BIN
const equal = (got, want, what) => {
  if (JSON.stringify(got) !== JSON.stringify(want)) throw new Error(`${what}: got ${JSON.stringify(got)}, want ${JSON.stringify(want)}`)
}

/** The groups, the longest first: the last one to end should not be a long one. */
const stories = [...languageJourneys, ...filingJourneys, ...pageJourneys, ...payJourneys, ...verifyJourneys, ...feedbackJourneys, ...callJourneys, ...queueJourneys, ...accessJourneys, ...asideJourneys, ...officeJourneys, ...counterJourneys]
const groups = [
  ...(bin ? [realJourneys(bin), clerkJourneys(bin), ...formJourneys(bin)] : []),
  ...(process.env.BENDO_ONLY_REAL ? [] : [planted, ...stories]),
  ...(bin ? [(browser, journey) => journey(browser, 'canaries: the next resident finds nothing of the last', sizes.kiosk, (page) => canaryJourney(page, serve, bin))] : []),
]

/** teller gives the journey of one group: it runs one story in a fresh context; anything the page complained about fails it. */
function teller(told) {
  return async function journey(browser, name, size, story, kiosk = false) {
    if (only && !name.includes(only)) return
    const { page, context, faults } = await open(browser, size)
    const started = Date.now()
    const seconds = () => ((Date.now() - started) / 1000).toFixed(1)
    const see = async (where) => {
      await axe(page, `${name}/${where}`)
      if (kiosk) await targets(page, `${name}/${where}`)
    }
    try {
      await story(page, see)
      if (faults.length > 0) throw new Error(faults.join('\n'))
      told.push([true, `ok   ${name} (${seconds()} s)`])
    } catch (error) {
      told.push([false, `FAIL ${name} (${seconds()} s)\n${[error.stack ?? error, ...faults].join('\n')}\nat ${page.url()}`, name])
      if (process.env.BENDO_SHOTS) await page.screenshot({ path: `${process.env.BENDO_SHOTS}/FAIL-${name.replace(/[^\p{L}\d]+/gu, '-')}.png` }).catch(() => undefined)
    } finally {
      await context.close()
    }
  }
}

/** planted: the watchers themselves must see what they are there for. */
async function planted(browser, journey) {
  const fails = async (what, run) => {
    const silent = await run().then(() => true, () => false)
    if (silent) throw new Error(`${what} went unseen`)
  }
  const desk = await startDesk()
  await journey(browser, 'the watchers see planted faults', sizes.kiosk, async () => {
    // a page of its own: what it complains about is what is asked for
    const { page, context, faults } = await open(browser, sizes.kiosk)
    const told = async (what, sign) => {
      for (let i = 0; i < 100 && !faults.some((fault) => sign.test(fault)); i++) await page.waitForTimeout(50)
      if (!faults.some((fault) => sign.test(fault))) throw new Error(`${what} went unseen`)
    }
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
    await told('an inline style', /style/)
    await told('a call to another host', /example\.invalid/)
    await page.evaluate(() => setTimeout(() => { throw new Error('planted') }))
    await told('a script error', /planted/)
    await context.close()
  })
  await desk.close()
}

/** walk is one browser: it takes group after group, and tells what came of each. */
async function walk(waiting, results) {
  const browser = await launch()
  try {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const [i, group] = next
      const told = []
      await group(browser, teller(told), equal).catch((error) => told.push([false, `FAIL group ${i + 1}\n${error.stack ?? error}`, `group ${i + 1}`]))
      results[i] = told
      tell(results)
    }
  } finally {
    await browser.close()
  }
}

/** tell prints the groups that are over, as far as none before them is still under way. */
let printed = 0
function tell(results) {
  for (; results[printed]; printed++) for (const [, line] of results[printed]) console.log(line)
}

await access(`${dist}kiosk.html`).catch(() => {
  console.error('dist is empty: run `npm run build` first')
  process.exit(2)
})
const waiting = [...groups.entries()]
const results = []
await Promise.all(Array.from({ length: Number(process.env.BENDO_BROWSERS ?? 2) }, () => walk(waiting, results)))
if (!bin) console.log('not run: journeys against the real programs (set BENDO_BIN to the folder of portal, agent and kiosk)')
const all = results.flat()
const failed = all.filter(([ok]) => !ok)
console.log(`${all.length - failed.length} of ${all.length} journeys passed`)
for (const [, , name] of failed) console.log(`failed: ${name}`)
process.exit(failed.length > 0 || all.length === 0 ? 1 : 0)
