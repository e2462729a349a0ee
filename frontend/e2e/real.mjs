// The same ways against the built programs: a province, an office, its agent.
// They work in a directory of their own, on ports the system picks, and are
// ended by their own handles.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sizes } from './browser.mjs'
import { askBack } from './journeys/calls.mjs'
import { petition } from './journeys/feedback.mjs'
import { askSupplement, openDossier, reply, signIn, status, takeIn } from './journeys/office.mjs'
import { begin, file, lookUp as typeSlip, next, track } from './journeys/resident.mjs'
import { words } from './journeys/words.mjs'

export const commune = '28807'
export const officer = { user: 'can.bo', password: 'ben-do-thu-2026' }

/** run waits for a command and gives its standard output. */
function run(command, args, input) {
  return new Promise((done, fail) => {
    const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] })
    let out = ''
    let err = ''
    child.stdout.on('data', (chunk) => (out += chunk))
    child.stderr.on('data', (chunk) => (err += chunk))
    child.on('error', fail)
    child.on('close', (code) => (code === 0 ? done(out) : fail(new Error(`${command} ${args.join(' ')}: ${code}\n${err}`))))
    child.stdin.end(input ?? '')
  })
}

/** serve starts a program and waits for its one line of JSON. */
export function serve(command, args, env = {}) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } })
  let err = ''
  child.stderr.on('data', (chunk) => (err += chunk))
  const ready = new Promise((done, fail) => {
    let out = ''
    child.stdout.on('data', (chunk) => {
      out += chunk
      const line = out.split('\n').find((l) => l.trim().startsWith('{'))
      if (line && out.includes('\n')) done(JSON.parse(line))
    })
    child.on('error', fail)
    child.on('close', (code) => fail(new Error(`${command} ended (${code}) before it was ready\n${err}`)))
  })
  const stop = () =>
    new Promise((done) => {
      if (child.exitCode !== null) return done()
      child.on('close', done)
      child.kill('SIGTERM')
    })
  return { ready, stop, log: () => err }
}

/** address asks the desk's socket, as the window does: one answer opens one browser. */
export function address(socket) {
  return new Promise((done, fail) => {
    const line = connect(socket, () => line.write('url\n'))
    line.setEncoding('utf8').once('data', (answer) => done(JSON.parse(answer).url)).once('error', fail)
  })
}

/** province starts everything; the agent is started apart, so that filing happens without a line. */
export async function province(bin) {
  const dir = mkdtempSync(join(tmpdir(), 'bendo-e2e-'))
  const at = (name) => join(dir, name)
  const program = (name) => join(bin, name)
  const started = []
  const start = (name, args) => {
    const one = serve(program(name), args)
    started.unshift(one)
    return one.ready
  }
  const portal = await start('portal', ['serve', '--data', at('portal'), '--listen', '127.0.0.1:0', '--web', '127.0.0.1:0', '--official-code', 'B', '--json'])
  await run(program('portal'), ['user', 'add', officer.user, '--data', at('portal'), '--role', 'officer', '--office', commune, '--password-stdin'], `${officer.password}\n`)
  const { code } = JSON.parse(await run(program('portal'), ['enrol', 'new', '--data', at('portal'), '--commune', commune, '--json']))
  await run(program('agent'), ['enrol', '--data', at('office'), '--portal', `https://${portal.listen}`, '--code', code])
  let carrying
  const desk = await start('kiosk', ['serve', '--data', at('office'), '--listen', '127.0.0.1:0', '--idle', '10m', '--json'])
  return {
    web: `http://${portal.web}`,
    desk: () => address(desk.socket),
    staff: desk.url, // opens one browser of the office, which is not the residents' window
    carry: () => (carrying ??= start('agent', ['run', '--data', at('office'), '--json'])),
    portal: (args, input) => run(program('portal'), [...args, '--data', at('portal')], input),
    sync: () => run(program('agent'), ['sync', '--until-empty', '--data', at('office')]), // the line is up for as long as it takes
    status: async () => JSON.parse(await run(program('agent'), ['status', '--data', at('office'), '--json'])),
    close: async () => {
      for (const one of started) await one.stop()
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

export async function until(what, seconds, check) {
  const end = Date.now() + seconds * 1000
  for (;;) {
    if (await check()) return
    if (Date.now() > end) throw new Error(`not after ${seconds} s: ${what}`)
    await new Promise((wait) => setTimeout(wait, 300))
  }
}

const equal = (got, want, what) => {
  if (JSON.stringify(got) !== JSON.stringify(want)) throw new Error(`${what}: got ${JSON.stringify(got)}, want ${JSON.stringify(want)}`)
}

const quiet = async () => undefined

/** number takes one where no printer is: it counts for nothing until an officer confirms it at another browser. */
async function number(page, board, see) {
  await page.getByRole('button', { name: /^Lấy số/ }).tap()
  await page.locator('.k-service').first().tap()
  await page.getByRole('button', { name: 'Không, lấy số thường' }).tap()
  await page.getByText('CHƯA CÓ HIỆU LỰC', { exact: true }).waitFor()
  await see('number-not-valid')
  await board.getByRole('link', { name: 'Hàng chờ' }).click()
  await board.getByRole('button', { name: /^Xác nhận / }).click()
  await board.getByRole('button', { name: /^Xác nhận / }).waitFor({ state: 'detached' })
  await page.getByRole('heading', { level: 1, name: 'Cán bộ đã xác nhận số' }).waitFor()
  await see('number-confirmed')
}

/** again ends the visit by the button every screen has, and begins the next one. */
async function again(page) {
  const over = page.getByRole('button', { name: 'Làm lại từ đầu' })
  if (await over.count()) {
    await over.tap()
    await page.getByRole('button', { name: 'Xóa và làm lại' }).tap()
  } else await next(page)
  await page.locator('.k-welcome').waitFor()
  await page.getByRole('button', { name: words('vi').language }).tap()
  await page.getByRole('heading', { name: words('vi').home }).waitFor()
}

async function lookUp(page, slip, said, where, see) {
  await page.getByRole('button', { name: words('vi').trackTile }).tap()
  await typeSlip(page, slip, '5678')
  await page.getByText(said).waitFor()
  await see(where)
}

const replies = { petition: 'Xã đã giao ấp thay hai tấm ván trong tuần này.', call: 'Làm tại xã nơi cha hoặc mẹ đang ở.' }
const dashed = (slip) => slip.replace(/^(\d{5})(\d{4})(\d{5})$/, '$1-$2-$3')

/** officerAnswers writes to both, from a browser of the province. */
async function officerAnswers(browser, web, told, asked) {
  const office = await browser.newContext({ viewport: sizes.office })
  const page = await office.newPage()
  await signIn(page, web, { ...officer, see: quiet })
  await page.getByRole('button', { name: 'Phản ánh, kiến nghị' }).click()
  await page.locator('.p-search input').fill(dashed(told))
  await page.locator('tbody tr', { hasText: dashed(told) }).locator('a').click()
  await page.getByRole('button', { name: /Lời nói ghi âm/ }).click()
  const played = await page.locator('.p-viewer audio').evaluate((sound) => new Promise((over) => {
    sound.onloadedmetadata = () => over(sound.duration)
    sound.onerror = () => over(0)
    sound.load()
  }))
  if (!(played > 2)) throw new Error(`what was said plays ${played} s at the province`)
  await page.locator('.p-back').click()
  await reply(page, dashed(told), replies.petition, quiet)
  await page.getByRole('button', { name: 'Yêu cầu gọi lại' }).click()
  await openDossier(page, dashed(asked))
  await page.getByRole('button', { name: 'Tiếp nhận', exact: true }).click()
  await page.locator('.p-step button[type=submit]').click()
  await page.getByRole('button', { name: 'Viết câu trả lời' }).click()
  await page.locator('#reply').fill(replies.call)
  await page.locator('.p-step button[type=submit]').click()
  await page.getByText('Câu trả lời đã viết').waitFor()
  await office.close()
}

/** voices: a queue number, a petition, a call-back, a rating, with their answers, over the real road. */
async function voices(browser, page, world, see) {
  await begin(page, await world.desk(), 'vi', see)
  const desk = new URL(page.url()).origin
  const office = await browser.newContext({ viewport: sizes.office })
  const board = await office.newPage()
  await board.goto(world.staff)
  await board.locator('.k-welcome').waitFor()
  await board.goto(`${desk}/desk`)
  await number(page, board, see)
  await office.close()
  await again(page)
  const told = await petition(page, 'vi', { see, spoken: true })
  await again(page)
  await page.getByRole('button', { name: /^Gọi 1022/ }).tap()
  await page.getByRole('button', { name: /^Nhờ cán bộ gọi lại/ }).tap()
  const asked = await askBack(page, 'vi', { see: quiet })
  await again(page)
  await page.getByRole('button', { name: /^Đánh giá/ }).tap()
  await page.getByRole('button', { name: /^Lần đến hôm nay/ }).tap()
  await page.getByRole('radio', { name: 'Rất hài lòng', exact: true }).check()
  await next(page)
  await page.getByRole('heading', { name: 'Cảm ơn bà con đã đánh giá' }).waitFor()
  await world.carry()
  // these two: what an earlier story left asked for may wait for its officer
  const all = async (fact) => (await world.status()).dossiers.filter((d) => [told, asked].includes(d.slip.replace(/\D/g, ''))).every((d) => d.acks[fact])
  await until('the province has the petition and the request', 60, () => all('province_complete'))
  await officerAnswers(browser, world.web, told, asked)
  await until('the answers are back at the kiosk', 60, () => all('officer_took_in'))
  for (const [slip, what] of [[told, 'petition'], [asked, 'call']]) {
    await again(page)
    await lookUp(page, slip, replies[what], `answered-${what}`, see)
  }
}

/** practise begins a visit that practises: marked on every screen, blind to the office's book, never owed to the province. */
async function practise(page, slip, before, now) {
  await page.getByRole('button', { name: 'Làm lại từ đầu' }).tap()
  await page.getByRole('button', { name: 'Xóa và làm lại' }).tap()
  await page.getByRole('button', { name: 'Tập làm thử' }).tap()
  await page.getByRole('button', { name: /Tiếng Việt/ }).tap()
  await page.getByRole('dialog').getByRole('button', { name: 'Tập thử', exact: true }).tap()
  await page.locator('.k-practice').waitFor()
  await page.locator('.k-watermark').waitFor()
  await page.getByRole('button', { name: /^Tra cứu hồ sơ/ }).tap()
  await typeSlip(page, slip)
  await page.locator('.bd-notice--harm').waitFor()
  await page.locator('.k-watermark').waitFor()
  equal(await now(), before, 'what is owed to the province after practice')
  await page.getByRole('button', { name: 'Làm lại từ đầu' }).tap()
  await page.getByRole('button', { name: 'Xóa và làm lại' }).tap()
  await page.getByRole('button', { name: 'Tập làm thử' }).waitFor()
  equal(await page.locator('.k-watermark').count(), 0, 'watermarks after practice')
}

/** realJourneys are one story in three journeys: what the first files the others find. */
export const realJourneys = (bin) => async (browser, journey) => {
  const w = words('vi')
  let world // begun by the first journey; the others go on in it
  let slip = ''
  let desk // the resident's page stays: its cookie came from the one-time address
  try {
    await journey(browser, 'real: files, travels, is taken in, is asked for more, is supplied', sizes.kiosk, async (page, see) => {
      world = await province(bin)
      await begin(page, await world.desk(), 'vi', see)
      desk = new URL(page.url()).origin
      const filed = await file(page, 'vi', { procedure: 'Khai sinh', find: 'khai sinh', see })
      equal(filed.acks, w.acks, 'the words of the four acknowledgements')
      slip = filed.slip
      equal(await page.locator('.bd-acks__stage[data-done=true] strong').allInnerTexts(), [w.acks[0]], 'stages before there is a line')
      await page.locator('.k-next').tap()

      await world.carry()
      await until('the province has every byte', 60, async () => (await world.status()).dossiers.every((d) => d.acks.province_complete))

      const office = await page.context().browser().newContext({ viewport: sizes.office })
      const officerPage = await office.newPage()
      await signIn(officerPage, world.web, { ...officer, see: quiet })
      const written = dashed(slip)
      await takeIn(officerPage, written, quiet)
      await askSupplement(officerPage, written, 'Ảnh bị mờ, xin chụp lại rõ hơn.', quiet)
      await office.close()

      await until('the answer is back at the kiosk', 60, async () => (await world.status()).dossiers.every((d) => d.acks.officer_took_in))
      await page.goto(desk)
      await page.getByRole('button', { name: w.language }).tap()
      const stages = await track(page, 'vi', { slip, second: '9001', see, supply: true })
      equal(stages, w.acks, 'all four stages')
      await practise(page, slip, (await world.status()).queue, async () => (await world.status()).queue)
    }, true)
    await journey(browser, 'real: a number, a petition, a call-back, a rating, and what was answered', sizes.kiosk, (page, see) => voices(browser, page, world, see), true)
    await journey(browser, 'real: a phone reads the public status', sizes.phone, (page, see) => status(page, world.web, { slip, second: '9001', see }))
  } finally {
    await world?.close()
  }
}
