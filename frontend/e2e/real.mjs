// The same ways against the built programs: a province, an office, its agent.
// They work in a directory of their own, on ports the system picks, and are
// ended by their own handles.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sizes } from './browser.mjs'
import { askSupplement, signIn, status, takeIn } from './journeys/office.mjs'
import { begin, file, track } from './journeys/resident.mjs'
import { words } from './journeys/words.mjs'

const commune = '28807'
const officer = { user: 'can.bo', password: 'ben-do-thu-2026' }

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
function serve(command, args) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] })
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

/** province starts everything; the agent is started apart, so that filing happens without a line. */
async function province(bin) {
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
  const desk = await start('kiosk', ['serve', '--data', at('office'), '--listen', '127.0.0.1:0', '--idle', '10m', '--json'])
  return {
    web: `http://${portal.web}`,
    // the address carries a one-time token: each context asks for its own
    desk: desk.url,
    carry: () => start('agent', ['run', '--data', at('office'), '--json']),
    status: async () => JSON.parse(await run(program('agent'), ['status', '--data', at('office'), '--json'])),
    close: async () => {
      for (const one of started) await one.stop()
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

async function until(what, seconds, check) {
  const end = Date.now() + seconds * 1000
  for (;;) {
    if (await check()) return
    if (Date.now() > end) throw new Error(`not after ${seconds} s: ${what}`)
    await new Promise((wait) => setTimeout(wait, 500))
  }
}

const equal = (got, want, what) => {
  if (JSON.stringify(got) !== JSON.stringify(want)) throw new Error(`${what}: got ${JSON.stringify(got)}, want ${JSON.stringify(want)}`)
}

export async function real(browser, journey, bin) {
  const world = await province(bin)
  const w = words('vi')
  let slip = ''
  let desk // the resident's page stays: its cookie came from the one-time address
  try {
    await journey(browser, 'real: files, travels, is taken in, is asked for more, is supplied', sizes.kiosk, async (page, see) => {
      await begin(page, world.desk, 'vi', see)
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
      const quiet = async () => undefined
      await signIn(officerPage, world.web, { ...officer, see: quiet })
      const written = slip.replace(/^(\d{5})(\d{4})(\d{5})$/, '$1-$2-$3')
      await takeIn(officerPage, written, quiet)
      await askSupplement(officerPage, written, 'Ảnh bị mờ, xin chụp lại rõ hơn.', quiet)
      await office.close()

      await until('the answer is back at the kiosk', 60, async () => (await world.status()).dossiers.every((d) => d.acks.officer_took_in))
      await page.goto(desk)
      await page.getByRole('button', { name: w.language }).tap()
      const stages = await track(page, 'vi', { slip, second: '9001', see, supply: true })
      equal(stages, w.acks, 'all four stages')
    }, true)
    await journey(browser, 'real: a phone reads the public status', sizes.phone, (page, see) => status(page, world.web, { slip, second: '9001', see }))
  } finally {
    await world.close()
  }
}
