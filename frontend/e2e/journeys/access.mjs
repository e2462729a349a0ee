// Who cannot reach, see well, use two hands or touch at all: the same errands by keyboard alone, on an
// upright screen from a seat, in large letters, without motion; and the help that typing gives.
import { sizes } from '../browser.mjs'
import { startDesk } from '../mock/desk.mjs'
import { begin, card, hashOf, notSecret, scanCard } from './resident.mjs'

const shot = async (page, name) => {
  if (process.env.BENDO_SHOTS) await page.screenshot({ path: `${process.env.BENDO_SHOTS}/${name}.png` })
}

/** inReach: the main action stands in the lowest quarter of the screen and in its right half, wholly on it. */
async function inReach(page, where) {
  const { next, width, height } = await page.evaluate(() => {
    const box = document.querySelector('.k-next')?.getBoundingClientRect()
    return { next: box && { top: box.top, bottom: box.bottom, left: box.left, right: box.right }, width: innerWidth, height: innerHeight }
  })
  if (!next) return
  const ok = next.top >= height * 0.75 && next.bottom <= height && next.left >= width / 2 && next.right <= width
  if (!ok) throw new Error(`the main action is out of reach on ${where}: ${JSON.stringify(next)} of ${width}×${height}`)
}

/** fits: nothing is cut off at the side, and the main action and the way back are on the screen. */
async function fits(page, where) {
  const cut = await page.evaluate(() => {
    const inside = (e) => { const b = e.getBoundingClientRect(); return b.left >= -0.5 && b.right <= innerWidth + 0.5 && b.bottom <= innerHeight + 0.5 }
    const wide = document.querySelector('.k-main')
    return [
      ...[...document.querySelectorAll('.k-footer button, .k-header button')].filter((e) => e.checkVisibility() && !inside(e)).map((e) => e.textContent),
      ...(wide && wide.scrollWidth > wide.clientWidth + 1 ? ['the page is wider than the screen'] : []),
    ]
  })
  if (cut.length > 0) throw new Error(`cut off on ${where}: ${cut.join(', ')}`)
}

/** still: nothing moves for somebody who asked for that. */
async function still(page, where) {
  const moving = await page.evaluate(() => document.getAnimations().filter((a) => Number(a.effect?.getComputedTiming().duration) > 1).map((a) => a.effect?.target?.className))
  if (moving.length > 0) throw new Error(`moving on ${where}: ${moving.slice(0, 3).join(', ')}`)
}

/** typing writes a place with its suggestion and lets a card and what was typed disagree. */
async function typing(page, see, equal) {
  await page.evaluate(() => { location.hash = '#/procedure/1.001193' })
  await page.getByRole('button', { name: 'Làm hồ sơ này' }).tap()
  await notSecret(page)
  for (;;) {
    await page.locator('.bd-choice__card').first().waitFor()
    const hash = await page.evaluate(() => location.hash)
    if (hash.endsWith('/who')) break
    await page.locator('.bd-choice__card').first().tap()
    await page.locator('.k-next').tap()
    await page.waitForFunction((before) => location.hash !== before, hash)
  }
  const id = /\/d\/([^/]+)/.exec(await hashOf(page))[1]
  await page.locator('.bd-choice__card').first().tap()
  await page.locator('.k-next').tap()
  await page.getByRole('button', { name: 'Tôi tự ghi, không có thẻ' }).tap()
  for (const key of ['N', 'g', 'u', 'y', 'ê', 'n', 'ngã', 'Dấu cách', 'V', 'ă', 'n', 'Dấu cách', 'M', 'a', 'u']) await page.getByRole('button', { name: key, exact: true }).first().tap()
  equal(await page.locator('.bd-entry__field').inputValue(), 'Nguyễn Văn Mau', 'the name typed by touch')
  await see('name')
  await scanCard(page, card)
  await page.locator('.bd-pad__field').fill('0912345678')
  await page.locator('.k-next').tap()
  await page.getByText('Thẻ khác điều đã ghi. Máy đã ghi theo thẻ.').waitFor()
  await see('card-differs')
  await shot(page, `card-differs-${page.viewportSize().width}`)
  await page.getByRole('button', { name: 'Giữ điều tôi đã ghi' }).tap()
  await page.getByText('Điều đang ghi khác với thẻ.').waitFor()
  await page.getByRole('button', { name: 'Ghi theo thẻ' }).tap()
  await page.getByText('Đọc từ mã QR của thẻ').waitFor()
  await page.locator('.k-next').tap()
  await page.waitForFunction(() => /\/(q|check)\//.test(location.hash))
  await page.evaluate((draft) => { location.hash = `#/d/${draft}/q/mother_id_issue_place` }, id)
  await page.locator('.bd-offers').waitFor()
  for (const key of ['B', 'e', 'n', 'Dấu cách', 't', 'r']) await page.getByRole('button', { name: key, exact: true }).first().tap()
  const offers = page.getByRole('group', { name: 'Gợi ý tên xã, tỉnh' })
  await offers.getByRole('button').first().waitFor()
  equal(await page.locator('.bd-entry__field').inputValue(), 'Ben tr', 'nothing is written without a tap')
  await see('place-offered')
  await shot(page, `place-offered-${page.viewportSize().width}`)
  await offers.getByRole('button', { name: /^Tỉnh Vĩnh Long/ }).tap()
  equal(await page.locator('.bd-entry__field').inputValue(), 'Tỉnh Vĩnh Long', 'the place that was tapped')
}

/** reach goes to something by Tab alone; what has the focus must show it. */
async function reach(page, name) {
  const seen = []
  for (let i = 0; i < 70; i++) {
    await page.keyboard.press('Tab')
    const at = await page.evaluate(() => {
      const e = document.activeElement
      const shown = e?.closest('.bd-choice__card') ?? e
      const style = shown && getComputedStyle(shown)
      return { text: (e?.getAttribute('aria-label') ?? e?.labels?.[0]?.textContent ?? e?.textContent ?? '').trim().replace(/\s+/g, ' '), visible: Boolean(style && (style.outlineStyle !== 'none' || style.boxShadow !== 'none')), quiet: e === document.body || e?.dataset.quietFocus !== undefined }
    })
    if (!at.visible && !at.quiet) throw new Error(`the focus is not seen on "${at.text}"`)
    if (name.test(at.text)) return
    seen.push(at.text.slice(0, 30))
  }
  throw new Error(`Tab does not come to ${name}: ${seen.join(' · ')}`)
}

async function byKeyboard(page, equal) {
  const press = async (name, key = 'Enter') => {
    await reach(page, name)
    await page.keyboard.press(key)
  }
  const heading = (name) => page.getByRole('heading', { level: 1, name }).waitFor()
  await page.getByRole('heading', { level: 1 }).waitFor()
  await press(/Tiếng Việt/)
  await heading('Hôm nay bà con cần gì?')
  await press(/^Nộp hồ sơ/)
  await page.waitForFunction(() => location.hash.startsWith('#/find/'))
  await page.locator('main h1').waitFor()
  await page.evaluate(() => { location.hash = '#/procedure/2.000815' }) // the list has journeys of its own
  await page.getByRole('button', { name: 'Làm hồ sơ này' }).waitFor()
  await press(/^Làm hồ sơ này/)
  await page.locator('[data-secret=no]').waitFor()
  await press(/^Không có/)
  for (;;) {
    await page.locator('.bd-choice__card').first().waitFor()
    const hash = await page.evaluate(() => location.hash)
    await page.keyboard.press('Tab')
    for (let i = 0; i < 40 && !(await page.evaluate(() => document.activeElement?.matches('input[type=radio]'))); i++) await page.keyboard.press('Tab')
    await page.keyboard.press('Space')
    await press(/^Tiếp tục/)
    if (hash.endsWith('/who')) break
    await page.waitForFunction((before) => location.hash !== before, hash)
  }
  await press(/^Tôi tự ghi/)
  await heading(/Họ, chữ đệm, tên/)
  await page.keyboard.type('Nguyen An') // the field has the caret: no Tab before writing
  await press(/^Telex/)
  await page.locator('.bd-entry__field').focus()
  await page.keyboard.press('End')
  await page.keyboard.type('hs')
  equal(await page.locator('.bd-entry__field').inputValue(), 'Nguyen Ánh', 'a name typed on a real keyboard, with Telex')
  await page.keyboard.press('Enter')
  await heading(/Số định danh/)
  for (let i = 0; i < 30 && !(await page.evaluate(() => document.activeElement?.matches('.bd-pad__field'))); i++) await page.keyboard.press('Tab')
  await page.keyboard.type('083090999001')
  await page.keyboard.press('Enter')
  await heading(/Ngày sinh/)
}

const places = (size) => async (browser, journey, equal) => {
  const desk = await startDesk()
  await journey(browser, `access: places offered, a card that differs (${size.width} px)`, size, async (page, see) => {
    const look = async (where) => {
      await inReach(page, where)
      await fits(page, where)
      await still(page, where)
      if (size === sizes.kiosk) await see(where) // the same page: once is enough
    }
    await begin(page, desk.url, 'vi', async () => undefined)
    await typing(page, look, equal)
  }, true)
  await desk.close()
}

/** doubled: what is read is at least twice as large as a browser shows it, and a slip's whole number stands in its field. */
async function doubled(page, where) {
  const small = await page.evaluate(() => {
    const size = (e) => Number.parseFloat(getComputedStyle(e).fontSize)
    const field = document.querySelector('.bd-pad__field')
    return [
      ...(size(document.body) < 32 ? [`text of ${size(document.body)} px`] : []),
      ...(field && field.scrollWidth > field.clientWidth ? [`"${field.value}" does not stand in its field`] : []),
    ]
  })
  if (small.length > 0) throw new Error(`large letters on ${where}: ${small.join(', ')}`)
}

async function large(browser, journey) {
  const desk = await startDesk()
  await journey(browser, 'access: large letters and high contrast cut nothing off', sizes.kiosk, async (page, see) => {
    await begin(page, desk.url, 'vi', async () => undefined)
    await page.getByRole('button', { name: 'Chữ to' }).tap()
    await page.getByRole('button', { name: 'Tương phản' }).tap()
    for (const [hash, ready] of [['#/home', 'main button'], ['#/find/file', 'main button'], ['#/procedure/1.001193', '.k-next, main button'], ['#/track', '.bd-pad'], ['#/queue', 'main button'], ['#/call', 'main'], ['#/rate', 'main button']]) {
      await page.evaluate((to) => { location.hash = to }, hash)
      await page.waitForFunction((to) => location.hash === to, hash)
      await page.locator(ready).first().waitFor()
      await fits(page, `${hash}, large`)
      await inReach(page, `${hash}, large`)
      if (hash === '#/track') for (const digit of '12345678901234') await page.getByRole('button', { name: digit, exact: true }).tap()
      await doubled(page, hash)
      await shot(page, `large-${hash.replace(/\W+/g, '-')}`)
    }
    await see('large')
    // the upright screen, and the look itself: it sees letters of the usual size
    await page.setViewportSize({ width: sizes.portrait.width, height: sizes.portrait.height })
    await doubled(page, 'the upright screen')
    await page.setViewportSize({ width: sizes.kiosk.width, height: sizes.kiosk.height })
    await page.getByRole('button', { name: 'Chữ thường' }).tap()
    if (await doubled(page, 'planted').then(() => true, () => false)) throw new Error('letters of the usual size went unseen')
  }, true)
  await desk.close()
}

async function keyboard(browser, journey, equal) {
  const desk = await startDesk()
  await journey(browser, 'access: by keyboard alone', sizes.kiosk, async (page) => {
    await page.goto(desk.url)
    await byKeyboard(page, equal)
    // the looks themselves: each must see what it is there for
    const fails = async (what, run) => {
      if (await run().then(() => true, () => false)) throw new Error(`${what} went unseen`)
    }
    await page.evaluate(() => { document.querySelector('.k-next').style.cssText = 'position: fixed; top: 20px; left: 20px' })
    await fails('a main action at the top', () => inReach(page, 'planted'))
    await page.evaluate(() => { document.querySelector('.k-footer button').style.cssText = 'position: fixed; left: -60px' })
    await fails('a button beyond the edge', () => fits(page, 'planted'))
    await page.evaluate(() => { document.querySelector('.k-next').animate([{ opacity: 0 }, { opacity: 1 }], 60_000) })
    await fails('a motion', () => still(page, 'planted'))
    await page.evaluate(() => { for (const sheet of document.styleSheets) sheet.disabled = true; const s = new CSSStyleSheet(); s.replaceSync('*:focus{outline:none!important;box-shadow:none!important}'); document.adoptedStyleSheets = [s] })
    await fails('a focus that is not shown', () => reach(page, /^Không có gì tên này/))
  }, true)
  await desk.close()
}

export const accessJourneys = [places(sizes.kiosk), places(sizes.portrait), large, keyboard]
