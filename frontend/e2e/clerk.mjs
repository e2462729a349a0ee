// A clerk's morning without a line, on the built programs: the province puts her on the roster, a
// resident files at the touchscreen, she takes the dossier in at her own browser with its due date and
// its paper, and only then the line comes back and the province goes on with it.
import { sizes } from './browser.mjs'
import { signIn as signInAtDesk } from './journeys/counter.mjs'
import { decide, signIn as signInAtPortal } from './journeys/office.mjs'
import { begin, file, next, track } from './journeys/resident.mjs'
import { words } from './journeys/words.mjs'
import { commune, officer, province, until } from './real.mjs'

const clerk = { name: 'LÊ THỊ MẪU', login: 'le.mau', password: 'đò đông đừng vội 9' }

const equal = (got, want, what) => {
  if (JSON.stringify(got) !== JSON.stringify(want)) throw new Error(`${what}: got ${JSON.stringify(got)}, want ${JSON.stringify(want)}`)
}

const dashed = (slip) => `${slip.slice(0, 5)}-${slip.slice(5, 9)}-${slip.slice(9)}`

const quiet = async () => undefined

/** roster puts the clerk on the commune's roster and lets the office fetch it once, as last night. */
async function roster(world) {
  await world.portal(['staff', 'add', clerk.name, '--commune', commune, '--login', clerk.login, '--role', 'clerk', '--password-stdin'], `${clerk.password}\n`)
  await world.portal(['staff', 'publish', '--commune', commune])
  await world.sync()
}

/** takeIn says of every paper that its original was seen, and takes the dossier in. */
async function takeIn(page, see) {
  await page.getByRole('link', { name: 'Đối chiếu và tiếp nhận' }).or(page.getByRole('button', { name: 'Đối chiếu và tiếp nhận' })).first().click()
  await page.locator('.d-take__list').waitFor()
  const papers = await page.locator('.d-take__list > li').count()
  for (let i = 0; i < papers; i++) await page.keyboard.press('y')
  await page.locator('.d-due ol li').first().waitFor()
  await see('clerk-take-in')
  await page.locator('.d-takein__go').click()
  await page.locator('.d-steps').waitFor()
}

/** paper gives the bytes of a form as the browser would show it. */
async function paper(page, id, form) {
  const answer = await page.request.get(new URL(`/api/counter/dossiers/${id}/papers/${form}.pdf`, page.url()).href)
  equal([answer.status(), answer.headers()['content-type']], [200, 'application/pdf'], `the paper ${form}`)
  return answer.body()
}

async function morning(browser, journey, bin) {
  const world = await province(bin)
  try {
    await roster(world)
    let slip
    await journey(browser, 'real: a clerk takes in without a line, and the province goes on', sizes.kiosk, async (page, see) => {
      await begin(page, await world.desk(), 'vi', quiet)
      const filed = await file(page, 'vi', { procedure: 'Khai sinh', find: 'khai sinh', see: quiet })
      slip = filed.slip
      await next(page)
      const context = await browser.newContext({ viewport: sizes.office })
      const desk = await context.newPage()
      await desk.goto(world.staff)
      await desk.locator('.k-welcome').waitFor() // the one-time address leads on by itself
      await signInAtDesk(desk, new URL(world.staff).origin, { login: clerk.login, password: clerk.password, see })
      await desk.locator('.d-rows tbody tr, .d-rows li', { hasText: dashed(slip) }).first().getByRole('link').first().click()
      await desk.locator('.d-steps').waitFor()
      const id = /#\/d\/([^/]+)/.exec(desk.url())[1]
      await takeIn(desk, see)
      const receipt = await paper(desk, id, 'receipt')
      equal(receipt.subarray(0, 5).toString(), '%PDF-', 'Mẫu 01')
      await see('clerk-taken-in')
      await page.goto(new URL(page.url()).origin)
      await page.getByRole('button', { name: words('vi').language }).tap()
      const acks = await track(page, 'vi', { slip, second: '9001', see: quiet })
      equal(acks.length > 0, true, 'what the resident reads')
      await world.sync()
      const portal = await context.newPage()
      await signInAtPortal(portal, world.web, { ...officer, see: quiet })
      await decide(portal, dashed(slip), quiet)
      await world.sync()
      await desk.reload()
      await desk.getByText('Đã xử lý xong').first().waitFor()
      await until('the official code is at the desk', 60, async () => {
        await world.sync()
        const answer = await desk.request.get(new URL(`/api/counter/dossiers/${id}`, desk.url()).href)
        return Boolean((await answer.json()).official_code)
      })
      const again = await paper(desk, id, 'receipt')
      equal(again.equals(receipt), false, 'Mẫu 01 with the official code')
      await context.close()
    }, true)
  } finally {
    await world.close()
  }
}

/** clerkJourneys are the stories with a roster. */
export const clerkJourneys = (bin) => (browser, journey) => morning(browser, journey, bin)
