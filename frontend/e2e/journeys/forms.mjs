// Every form with questions of its own, walked by touch on the desk itself, from the form's page to
// the slip: whoever answers what is asked has nothing left to mend. The desk is not enrolled, so
// everything here is practice; its judge is the real one.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sizes } from '../browser.mjs'
import { formOf } from '../mock/pack.mjs'
import { address, serve } from '../real.mjs'
import { hashOf, next, notSecret, scanCard } from './resident.mjs'
import { words } from './words.mjs'

/**
 * walks: each form once, lying and upright screens in turn. `kase` counts the cases from the top, `meets` are
 * questions that must be asked, `never` such that the card, the case or an earlier answer has answered. Two forms
 * have a journey of their own `elsewhere`.
 */
export const walks = [
  { code: '1.000656', meets: ['deceased_name', 'death_date'], never: ['requester_name'] },
  { code: '1.000894', meets: ['bride_name', 'bride_birth_date'], never: ['groom_name', 'groom_id_number', 'groom_id_issue_place', 'bride_marital_status', 'contact_phone'], edit: true },
  { code: '1.001193', meets: ['child_name', 'mother_name'], never: ['father_name', 'father_id_number'], elsewhere: true },
  { code: '1.001612', meets: ['activities', 'capital_number'], never: ['owner_name'] },
  { code: '1.001776', meets: ['dis_kinds', 'self_care'], never: ['b_name'], officer: true },
  { code: '1.002755', meets: ['is_head', 'current_temp_until', 'owner_name'], never: ['person_name', 'declarant_name', 'head_name', 'head_relation', 'phone'] },
  { code: '1.004194', meets: ['temp_until'], never: ['person_name', 'dwelling_kind'] },
  { code: '1.004222', kase: 1, meets: ['family_reason', 'kinship_proof', 'owner_name'], never: ['person_id', 'residence_case'] },
  { code: '1.004873', meets: ['marital_status', 'partner_name'], never: ['subject_name'] },
  { code: '1.010028', meets: ['removal_ground', 'ground_proof'], never: ['person_name'], forgets: 'temp_address' },
  { code: '1.011607', meets: ['members', 'reason'], never: ['a_name', 'a_phone'] },
  { code: '1.012812', meets: ['opponents', 'events'], never: [], officer: true },
  { code: '2.000635', meets: ['record_kind', 'registered_at'], never: ['requester_id_issue_place', 'subject_name', 'subject_id_number'] },
  { code: '2.000815', meets: ['documents'], never: ['requester_name'], elsewhere: true },
]

const day = (days) => new Date(Date.now() + (7 + 24 * days) * 3600_000).toISOString().slice(0, 10)

/** what a question of this name takes, where not every answer of its kind does */
const takes = {
  current_temp_until: day(5), temp_until: day(300), temp_from: day(-3), ground_date: day(-10), death_date: day(-5), child_birth_date: day(-20), birth_notice_date: day(-20),
  death_notice_date: day(-4), bride_birth_date: '1995-03-14', groom_birth_date: '1990-03-14', death_hour: '9', death_minute: '30', activity_code: '4711', bank_account: '0123456789012', capital_number: '50000000',
  relation_to_child: 'father', removal_ground: 'lease_ended', is_head: 'true', activity_main: 'true', dis_cert_date: '2020-03-14',
}

const everything = process.env.BENDO_FORMS === 'all'

/**
 * formJourneys walk on desks of their own, which are gone afterwards: half of the forms on a lying screen, half on
 * an upright one. BENDO_FORMS=all walks every form on both, and writes with the keys of the screen as well.
 */
export const formJourneys = (bin) => [['a lying', sizes.kiosk, 0], ['an upright', sizes.portrait, 1]].map(([way, size, turn]) => async (browser, journey) => {
  const here = walks.filter((one, i) => everything || (i % 2 === turn && !one.elsewhere))
  await journey(browser, `${here.length} forms: asked, mended, read back, filed on ${way} screen`, size, async (page, see) => {
    const dir = mkdtempSync(join(tmpdir(), 'bendo-forms-'))
    const desk = serve(join(bin, 'kiosk'), ['serve', '--data', join(dir, 'office'), '--listen', '127.0.0.1:0', '--idle', '10m', '--json'])
    try {
      const { socket } = await desk.ready
      await page.goto(await address(socket))
      const looked = new Set() // each kind of screen once: the others are looked at in journeys of their own
      for (const one of here) {
        await walk(page, one, async (name) => {
          if (!['with', 'ringing', 'case', 'mend', 'sheet'].includes(name) || looked.has(name)) return
          looked.add(name)
          await see(name)
        })
      }
    } finally {
      await desk.stop()
      rmSync(dir, { recursive: true, force: true })
    }
  }, true)
})

const quiet = async () => undefined

/** walk files one form from the welcome screen and ends the visit; what `see` is called on is what a picture is taken of. */
export async function walk(page, one, see = quiet) {
  try {
    await fileOne(page, one, see)
  } catch (error) {
    throw new Error(`form ${one.code}: ${error.message}`, { cause: error })
  }
  await next(page)
  await page.locator('.k-welcome').waitFor()
}

async function fileOne(page, { code, kase = 0, meets = [], never = [], officer, edit, forgets }, see) {
  const w = words('vi')
  const form = formOf(code)
  const fields = new Map(form.sections.flatMap((s) => s.fields).map((f) => [f.id, f]))
  await page.getByRole('button', { name: w.language }).tap()
  await page.getByRole('heading', { name: w.home }).waitFor()
  await page.evaluate((to) => (location.hash = to), `#/procedure/${code}`)
  await page.getByRole('button', { name: w.start }).tap()
  await notSecret(page)
  if (officer) {
    await page.getByRole('heading', { name: 'Việc này nên làm cùng cán bộ' }).waitFor()
    if (!(await page.getByRole('radio', { name: /^Làm cùng cán bộ/ }).isChecked())) throw new Error('an officer is not the usual way')
    await see('with')
    await next(page)
    await page.getByRole('heading', { name: 'Đang mời cán bộ tới' }).waitFor()
    await see('ringing')
    await next(page)
  }
  await page.waitForFunction(() => /case|who/.test(location.hash))
  if ((await hashOf(page)).endsWith('/case')) {
    await page.locator('.bd-choice__card').nth(kase).tap()
    await see('case')
    await next(page)
  }
  await standing(page)
  const asked = []
  for (let i = 0; i < 90; i++) {
    const hash = await hashOf(page)
    if (hash.endsWith('/papers')) break
    const id = /\/q\/(.+)$/.exec(hash)?.[1]
    await page.locator('.k-next, .k-rowform').first().waitFor()
    if (id) {
      asked.push(id)
      if (id !== forgets) await fill(page, fields.get(id))
      await see(`q-${id}`)
    } else await see(hash.replace(/.*check\//, 'check-'))
    await next(page)
    if (id && id === forgets) await page.getByRole('button', { name: w.leaveQuestion }).tap()
    await page.waitForFunction((before) => location.hash !== before || document.querySelector('.bd-notice--harm'), hash)
    if ((await hashOf(page)) === hash) throw new Error(`${id} is refused: ${await page.locator('.bd-notice--harm').first().innerText()}`)
  }
  for (const id of meets) if (!asked.includes(id)) throw new Error(`${id} was not asked; asked were ${asked.join(' ')}`)
  for (const id of never) if (asked.includes(id)) throw new Error(`${id} was known and is asked again`)
  await papers(page, w)
  await page.getByRole('button', { name: w.check }).tap()
  await page.locator('.k-row--mend, .k-bigicon').first().waitFor()
  if (forgets) await mend(page, fields.get(forgets), see)
  const left = await page.locator('.k-row--mend').allInnerTexts()
  if (left.length > 0) throw new Error(`left to mend: ${left.join(' | ')}`)
  await next(page)
  await page.getByRole('heading', { name: w.readBack }).waitFor()
  await see('readback')
  if (edit) await change(page, w)
  await next(page)
  await page.getByRole('heading', { name: w.sign, exact: true }).waitFor()
  await page.locator('.bd-choice__card').nth(2).tap()
  await next(page)
  await page.getByRole('heading', { name: 'In tờ khai để ký tay' }).waitFor()
  await see('sheet')
  await next(page)
  await page.getByRole('heading', { name: w.consent }).waitFor()
  await see('consent')
  await page.locator('.bd-choice__card').first().tap()
  await next(page)
  await page.locator('.k-done__qr img').waitFor()
}

/** standing: for oneself, by the card. */
async function standing(page) {
  await page.waitForFunction(() => location.hash.endsWith('/who'))
  await page.locator('.bd-choice__card').first().tap()
  await next(page)
  await page.locator('.k-cardscan').waitFor()
  await scanCard(page)
  await page.locator('.bd-pad__field').fill('0912345678')
  await next(page)
  await page.locator('.k-table').waitFor()
  await next(page)
  await page.waitForFunction(() => /\/(q|check|papers)/.test(location.hash))
}

/** mend: the answer that was left out is the one thing in the list; it is given, and the list is empty. */
async function mend(page, field, see) {
  const rows = page.locator('.k-row--mend')
  const names = await rows.allInnerTexts()
  if (names.length !== 1 || !names[0].includes(field.label.vi)) throw new Error(`${field.id} was left out; to mend is ${JSON.stringify(names)}`)
  await see('mend')
  await rows.first().tap()
  await page.waitForFunction((id) => location.hash.endsWith(`/q/${id}`), field.id)
  await fill(page, field)
  await next(page)
  await page.locator('.k-bigicon').waitFor()
}

/** change: an answer is changed from the read-back and the way leads back there. */
async function change(page, w) {
  await page.getByRole('button', { name: 'Sửa Kết hôn lần thứ mấy' }).first().tap()
  await page.waitForFunction(() => location.hash.includes('/q/bride_marriage_count'))
  await page.locator('.bd-pad__field').fill('2')
  await next(page)
  await page.getByRole('heading', { name: w.readBack }).waitFor()
  const row = page.locator('.k-table > div', { hasText: 'Kết hôn lần thứ mấy' }).first()
  if (!/\b2\b/.test(await row.innerText())) throw new Error('the change does not stand in the read-back')
}

/** fill answers one question; what the machine has filled stays. */
async function fill(page, field) {
  if (field.type !== 'repeat') return answer(field, page.locator('.k-content'))
  await page.locator('.k-rows').waitFor()
  if ((await page.locator('.k-rows__row').count()) > 0) await page.locator('.k-rows__row button').first().tap()
  else await page.locator('.k-rows__add').tap()
  for (let i = 0; i < 20; i++) {
    const heading = page.locator('.k-rowform h2')
    if (!(await heading.count())) return
    const id = (await heading.getAttribute('id')).replace('row-', '')
    await answer(field.items.find((item) => item.id === id), page.locator('.k-rowform'))
    await page.locator('.k-rowform__nav .bd-button--primary').tap()
  }
  throw new Error(`${field.id}: the row does not end`)
}

async function answer(field, at) {
  const value = takes[field.id]
  switch (field.type) {
    case 'enum': case 'boolean': case 'paper_ref': {
      if (value === undefined && (await at.locator('.bd-choice :checked').count()) > 0) return
      const choice = value === undefined ? (field.type === 'boolean' ? 1 : 0) : field.type === 'boolean' ? (value === 'true' ? 0 : 1) : field.options.filter((o) => !o.hidden).findIndex((o) => o.value === value)
      return at.locator('.bd-choice__card').nth(choice).tap()
    }
    case 'date': return pads(at, value ?? '1990-03-14', ['day', 'month', 'year'])
    case 'partial_date': return pads(at, value ?? '1985-03-14', ['year', 'month', 'day'])
    case 'address': return place(at)
    case 'citizen_id': return number(at, `0830909990${String(field.id.length + 10)}`)
    case 'phone': return number(at, '0912345678')
    case 'integer': case 'money': return number(at, value ?? '2')
  }
  const entry = at.locator('.bd-entry__field')
  if (await entry.inputValue()) return undefined
  if (everything && !field.multiline && (value === undefined || /^\d+$/.test(value))) return byKeys(at, entry, value ?? (field.type === 'name' ? 'Nhen Mau' : 'ghi o day'))
  return entry.fill(value ?? (field.type === 'name' ? 'Thị Nhên Mẫu' : field.multiline ? 'Gia đình ở đây từ năm 1990, nay ranh giới thửa đất bị lấn hai mét, hai bên đã nói chuyện nhiều lần mà chưa xong.' : 'Ghi rõ ở đây'))
}

async function number(at, value) {
  const field = at.locator('.bd-pad__field')
  if (await field.inputValue()) return undefined
  return everything ? byKeys(at, field, value) : field.fill(value)
}

/** byKeys writes as a finger does: each letter and figure is a key of the screen. */
async function byKeys(at, field, text) {
  // figures of a text stand behind a key of their own
  if (/^\d/.test(text) && (await at.locator('.bd-entry').count()) > 0) await at.page().getByRole('button', { name: '123', exact: true }).tap()
  for (const sign of text) await at.page().getByRole('button', { name: sign === ' ' ? 'Dấu cách' : new RegExp(`^${sign}$`, 'i') }).first().tap()
  const stands = (await field.inputValue()).replace(/[ .]/g, '').toLowerCase()
  if (stands !== text.replaceAll(' ', '').toLowerCase()) throw new Error(`the keys of "${text}" wrote "${stands}"`)
}

async function pads(at, value, order) {
  const [year, month, date] = value.split('-')
  for (const part of order) {
    if (part === 'day') await at.locator('.bd-date__grid--8 .bd-key').nth(Number(date) - 1).tap()
    if (part === 'month') await at.locator('.bd-date__grid--4 .bd-key').nth(Number(month) - 1).tap()
    if (part === 'year') await at.locator('.bd-pad__field').fill(year)
  }
}

/** place: a machine that knows no commune of its own asks for the province and the commune. */
async function place(at) {
  const line = at.locator('#address-line')
  for (const pick of [/^Ở nơi khác/, /Vĩnh Long/, /Giao Long/]) {
    await at.locator('.k-cardaddress, #address-line, .bd-choice__card').first().waitFor()
    if ((await at.locator('.k-cardaddress').count()) > 0) return
    if ((await line.count()) > 0) break
    const choice = at.locator('.bd-choice__card', { hasText: pick })
    await (choice.first()).tap()
    await choice.first().waitFor({ state: 'detached' })
  }
  await line.waitFor()
  if (!(await line.inputValue())) await line.fill('Ấp 3')
}

/** papers: every one lies on the table. */
async function papers(page, w) {
  await page.getByRole('button', { name: w.check }).waitFor()
  const rows = page.locator('.k-list .k-row')
  for (let i = 0, n = await rows.count(); i < n; i++) {
    await rows.nth(i).tap()
    await page.locator('.k-way').nth(2).tap()
    await page.waitForFunction(() => location.hash.endsWith('/papers'))
  }
}
