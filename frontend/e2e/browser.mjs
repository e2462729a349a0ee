// The browser of the journeys: Debian's Chromium, touch, no network but ours.
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { chromium } from 'playwright-core'

export const sizes = {
  kiosk: { width: 1280, height: 800 },
  portrait: { width: 1080, height: 1920 },
  office: { width: 1440, height: 900 },
  phone: { width: 390, height: 844 },
}

export function launch() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'],
  })
}

/** open makes a page that fails the journey on a refused policy, a script error or a call to another host. */
export async function open(browser, size, { language = 'vi-VN' } = {}) {
  const context = await browser.newContext({ viewport: size, hasTouch: true, locale: language, timezoneId: 'Asia/Ho_Chi_Minh', reducedMotion: 'reduce', acceptDownloads: true })
  const page = await context.newPage()
  page.setDefaultTimeout(30_000) // what waits waits for something; this is for a machine that does other things as well
  const faults = []
  page.on('pageerror', (error) => faults.push(`script error: ${error.message}`))
  page.on('console', (message) => {
    if (message.type() === 'error' && /Content Security Policy|Refused/.test(message.text())) faults.push(message.text())
  })
  page.on('request', (request) => {
    const { hostname, protocol } = new URL(request.url())
    if (protocol.startsWith('http') && hostname !== '127.0.0.1') faults.push(`left the machine: ${request.url()}`)
  })
  return { page, context, faults }
}

// The source goes into each page once: half a megabyte, which takes longer to read than a screen to judge.
const source = readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** judge runs inside the page and gives what axe found, each with the first places it stands at. */
async function judge() {
  const { violations } = await window.axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'], resultTypes: ['violations'] })
  return violations.map(({ id, help, nodes }) => ({ id, help, nodes: nodes.slice(0, 4).map((n) => ({ html: n.html.slice(0, 160), said: n.any.map((a) => a.message).join('; ') })) }))
}

/** axe fails on any finding of WCAG 2.2 A and AA. */
export async function axe(page, where) {
  if (!(await page.evaluate(() => Boolean(window.axe)))) await page.evaluate(await source)
  const found = await page.evaluate(judge)
  if (found.length > 0) throw new Error(`axe on ${where}:\n${found.map((v) => `  ${v.id}: ${v.help}\n${v.nodes.map((n) => `    ${n.html}\n      ${n.said}`).join('\n')}`).join('\n')}`)
}

/** inTheDark is axe on the same screen as a machine shows it that is set to dark. */
export async function inTheDark(page, where) {
  await page.emulateMedia({ colorScheme: 'dark' })
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))))
  await axe(page, `${where}, dark`)
  await page.emulateMedia({ colorScheme: 'light' })
}

/** settled waits until something outside the page, such as what a desk was asked to do, is as it should be. */
export async function settled(get, want, what, seconds = 15) {
  for (const end = Date.now() + seconds * 1000; Date.now() < end; await new Promise((wait) => setTimeout(wait, 50))) {
    if (JSON.stringify(await get()) === JSON.stringify(want)) return
  }
  throw new Error(`${what}: after ${seconds} s still ${JSON.stringify(await get())}, want ${JSON.stringify(want)}`)
}

/** targets fails on anything to press that is smaller than 64 px (hidden native inputs aside). */
export async function targets(page, where) {
  const small = await page.evaluate(() =>
    [...document.querySelectorAll('button, a[href], .bd-choice__card')]
      .filter((e) => e.checkVisibility())
      .map((e) => ({ box: e.getBoundingClientRect(), text: e.textContent?.trim().slice(0, 40), name: e.className }))
      .filter(({ box }) => box.height < 63.5 || box.width < 63.5)
      .map(({ box, text, name }) => `${Math.round(box.width)}×${Math.round(box.height)} ${name} ${text}`))
  if (small.length > 0) throw new Error(`small targets on ${where}:\n  ${small.slice(0, 8).join('\n  ')}`)
}
