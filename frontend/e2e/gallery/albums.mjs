// What the gallery shows. An album is one way through one tile on one screen in one language; each of its
// screens is taken in every look.
import { sizes } from '../browser.mjs'
import { aside } from '../journeys/aside.mjs'
import { answers, askBack, followed, office } from '../journeys/calls.mjs'
import { catalogue } from '../journeys/catalogue.mjs'
import { askSupplement as askMore, find as findDossier, signIn as beginShift, takeIn as compareAndTake } from '../journeys/counter.mjs'
import { answer, petition, rate } from '../journeys/feedback.mjs'
import { askSupplement, decide, outbox, reply, signIn, status, takeIn } from '../journeys/office.mjs'
import { pay } from '../journeys/pay.mjs'
import { board, takeNumber, withoutPaper } from '../journeys/queue.mjs'
import { begin, file, next, track } from '../journeys/resident.mjs'
import { printed, slipsPage, verifySlips } from '../journeys/verify.mjs'
import { startCounter } from '../mock/counter.mjs'
import { sheet, startDesk } from '../mock/desk.mjs'
import { startPortal } from '../mock/portal.mjs'

const nothing = async () => undefined
const press = (page, icon) => page.locator(`.k-tools button:has(.lucide-${icon})`).tap()

/** leave ends a visit and waits for the page that is made anew for the next. */
async function leave(page) {
  const fresh = page.waitForEvent('load')
  await next(page)
  await fresh
  await page.locator('.k-welcome').waitFor()
}

/** the procedure each language files, so that between them most kinds of questions are seen */
const filings = {
  vi: { kiosk: { procedure: 'Khai sinh', find: 'khai sinh' }, upright: { procedure: 'hộ kinh doanh', find: 'mo quan', papers: 'none', person: 'typed' } },
  en: { kiosk: { procedure: 'certified', find: 'sao y', papers: 'none', person: 'typed' }, upright: { procedure: 'Birth registration', find: 'khai sinh' } },
  km: { kiosk: { procedure: 'Khai sinh', find: 'khai sinh' }, upright: { procedure: 'Khai sinh', find: 'khai sinh' } },
}

/** the resident's tiles, in the order of the home screen; `desk` says what the machine is like */
const tiles = {
  file: { title: 'Nộp hồ sơ', desk: { line: 'up' }, story: ({ language, screen }) => (page, see) => file(page, language, { ...filings[language][screen], see }) },
  procedures: { title: 'Thủ tục hành chính', desk: { printer: true }, story: ({ language }) => (page, see) => catalogue(page, language, see) },
  queue: {
    title: 'Lấy số', desk: { line: 'down', printer: true },
    story: ({ language, desk }) => async (page, see) => {
      await takeNumber(page, language, see)
      await page.goto(`${desk.url}/#/home`)
      await withoutPaper(page, desk, language, see)
    },
  },
  track: { title: 'Tra cứu hồ sơ', desk: { line: 'up' }, story: ({ language }) => (page, see) => track(page, language, { slip: '66001902711864', second: '9001', see, supply: true }) },
  pay: { title: 'Thanh toán', desk: { line: 'down', printer: true }, story: ({ language }) => (page, see) => pay(page, language, { see }) },
  rate: { title: 'Đánh giá', desk: { line: 'down', printer: true }, story: ({ language }) => (page, see) => rate(page, language, { see }) },
  petition: {
    // written on the one screen, spoken on the other
    title: 'Phản ánh, kiến nghị', desk: { line: 'down', printer: true }, upright: { speaks: 60 },
    story: ({ language, screen, desk }) => async (page, see) => {
      await petition(page, language, { see, spoken: screen === 'upright' })
      await leave(page)
      await begin(page, desk.url, language, nothing)
      await answer(page, language, { see })
    },
  },
  call: {
    title: 'Gọi 1022', desk: { line: 'down', printer: true },
    story: ({ language, desk }) => async (page, see) => {
      await answers(page, language, { see })
      await askBack(page, language, { see })
      await leave(page)
      await begin(page, desk.url, language, nothing)
      await followed(page, language, { see })
    },
  },
  verify: {
    title: 'Kiểm tra phiếu thật', desk: { printer: true, codeReader: true },
    story: ({ language, desk }) => async (page, see) => {
      await verifySlips(page, language, desk, see)
      await printed(page, language, desk, see)
    },
  },
  aside: { title: 'Bí mật nhà nước, người giúp, tập thử', desk: { practice: true }, story: ({ language }) => (page, see) => aside(page, language, see) },
  help: { title: 'Mọi màn hình', desk: { line: 'down', idleSeconds: 45 }, story: () => help },
}

/** help is what every screen offers: an officer, another language, starting over; and what silence does. */
async function help(page, see) {
  await see('home-without-a-line')
  await press(page, 'bell-ring')
  await page.locator('.bd-dialog').waitFor()
  await see('staff')
  await page.locator('.bd-dialog .bd-button--primary').tap()
  await press(page, 'languages')
  await page.locator('.bd-dialog').waitFor()
  await see('languages')
  await page.keyboard.press('Escape')
  await page.locator('.k-footer button:has(.lucide-rotate-ccw)').tap()
  await page.locator('.bd-dialog').waitFor()
  await see('start-over')
  await page.locator('.bd-dialog__actions button').first().tap()
  await page.locator('.bd-dialog--gold').waitFor({ timeout: 90_000 })
  await see('idle')
  await page.locator('.k-blank').waitFor({ timeout: 90_000 })
  await see('blank')
}

const languages = { vi: 'tiếng Việt', en: 'English', km: 'ខ្មែរ' }
const screens = { kiosk: '1280×800', upright: '1080×1920' }

function residents() {
  const list = []
  for (const language of Object.keys(languages)) {
    for (const screen of Object.keys(screens)) {
      for (const [tile, { title, desk: machine, upright, story }] of Object.entries(tiles)) {
        list.push({
          name: `resident-${tile}-${language}-${screen}`,
          facts: { who: 'Người dân', what: title, language: languages[language], screen: screens[screen] },
          size: screen === 'kiosk' ? sizes.kiosk : sizes.portrait,
          // weak eyes are served in every language by the same rules; one language shows them
          looks: language === 'vi' ? ['light', 'dark', 'contrast', 'large'] : ['light', 'dark'],
          async run(page, see) {
            const desk = await startDesk(screen === 'upright' ? { ...machine, ...upright } : machine)
            desk.state.tray = [sheet('t1', 'GIẤY CHỨNG SINH'), sheet('t2', 'GIẤY CHỨNG NHẬN KẾT HÔN')]
            try {
              await begin(page, desk.url, language, tile === 'file' ? see : nothing)
              await story({ language, screen, desk })(page, see)
            } finally {
              await desk.close()
            }
          },
        })
      }
    }
  }
  return list
}

/** doubt is the slip of a machine whose clock may be wrong. */
const doubt = {
  name: 'resident-doubt-vi-kiosk',
  facts: { who: 'Người dân', what: 'Nộp hồ sơ: đồng hồ chưa chắc', language: languages.vi, screen: screens.kiosk },
  size: sizes.kiosk,
  looks: ['light', 'dark'],
  async run(page, see) {
    const desk = await startDesk({ clockDoubt: true })
    try {
      await begin(page, desk.url, 'vi', nothing)
      await file(page, 'vi', { ...filings.vi.upright, see: (where) => (where === 'done' ? see(where) : undefined) })
    } finally {
      await desk.close()
    }
  },
}

const onDesk = (name, what, machine, story, language = 'vi') => ({
  name: `desk-${name}-${language}`,
  facts: { who: 'Cán bộ xã', what, language: languages[language], screen: '1440×900' },
  size: sizes.office,
  looks: ['light', 'dark'],
  async run(page, see) {
    const desk = await startDesk(machine)
    await story(page, desk, see).finally(() => desk.close())
  },
})

const onPortal = (name, who, what, size, story) => ({
  name,
  facts: { who, what, language: languages.vi, screen: `${size.width}×${size.height}` },
  size,
  looks: ['light', 'dark'],
  async run(page, see) {
    const portal = await startPortal()
    await story(page, portal, see).finally(() => portal.close())
  },
})

async function outboxInEnglish(page, desk, see) {
  await page.goto(`${desk.url}/desk`)
  await page.getByRole('table').waitFor()
  await page.keyboard.press('n')
  await see('desk-outbox-up')
}

async function casework(page, portal, see) {
  await signIn(page, portal.url, { user: 'can.bo', password: 'ben-do-2026', see })
  await takeIn(page, '66001-4827-19302', see)
  await askSupplement(page, '66001-5530-84716', 'Ảnh bị mờ, xin chụp lại rõ hơn.', see)
  await decide(page, '66001-7716-03948', see)
  await page.locator('.p-back').click()
  await reply(page, '66001-8833-00052', 'Xã đã kiểm tra cầu ấp 3 và giao ấp thay hai tấm ván hỏng, xong trước ngày 30/11.', see)
}

/** counter is a morning at the staff's desk: sign in, find, take in, ask for more, answer, report. */
async function counter(page, see) {
  const stand = await startCounter()
  try {
    await beginShift(page, stand.url, { see })
    await see('counter-waiting')
    await findDossier(page, 'nguyen van mau', see)
    await see('counter-dossier')
    await compareAndTake(page, see)
    await see('counter-taken-in')
    await findDossier(page, 'tran thi gia dinh')
    await askMore(page, stand.office, see)
    for (const [where, path, wait] of [['counter-late', 'list/late', '.d-rows'], ['counter-asked', `d/${stand.all[6].id}`, '.d-asked'], ['counter-report', 'reports/06', '.d-report'], ['counter-register', 'reports/register', '.d-report']]) {
      await page.goto(`${stand.url}/desk#/${path}`)
      await page.locator(wait).first().waitFor()
      await see(where)
    }
    await page.keyboard.press('Control+l')
    await page.locator('#unlock').waitFor()
    await see('counter-locked')
  } finally {
    await stand.close()
  }
}

const onCounter = (name, size) => ({
  name: `desk-counter-${name}`,
  facts: { who: 'Cán bộ xã', what: 'Tiếp nhận, giải quyết, báo cáo', language: languages.vi, screen: `${size.width}×${size.height}` },
  size,
  looks: ['light', 'dark'],
  run: counter,
})

/** albums lists all of them; their names are what `npm run screenshots WORD…` chooses by. */
export const albums = [
  ...residents(),
  doubt,
  onDesk('outbox', 'Hộp gửi đi', {}, (page, desk, see) => outbox(page, `${desk.url}/desk`, see)),
  onDesk('outbox', 'Hộp gửi đi', { line: 'up' }, outboxInEnglish, 'en'),
  onCounter('vi', sizes.office),
  onCounter('small-vi', sizes.kiosk),
  onDesk('queue', 'Hàng chờ', { printer: true }, (page, desk, see) => board(page, desk.url, see)),
  onDesk('slips', 'Kiểm phiếu, máy in', {}, (page, desk, see) => slipsPage(page, desk.url, see)),
  onPortal('portal-casework-vi', 'Cán bộ tỉnh', 'Giải quyết hồ sơ', sizes.office, casework),
  onPortal('portal-calls-vi', 'Cán bộ tỉnh', 'Yêu cầu gọi lại', sizes.office, (page, portal, see) => office(page, portal.url, see)),
  onPortal('phone-status-vi', 'Điện thoại', 'Tra cứu trên điện thoại', sizes.phone, (page, portal, see) => status(page, portal.url, { slip: '66001902711864', second: '9001', see })),
]
