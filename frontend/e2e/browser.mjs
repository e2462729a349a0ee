// The browser of the journeys: Debian's Chromium, touch, no network but ours.
import { AxeBuilder } from '@axe-core/playwright'
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
  page.setDefaultTimeout(15_000)
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

/** axe fails on any finding of WCAG 2.2 A and AA. */
export async function axe(page, where) {
  const { violations } = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']).analyze()
  if (violations.length > 0) {
    throw new Error(`axe on ${where}:\n${violations.map((v) => `  ${v.id}: ${v.help}\n${v.nodes.slice(0, 4).map((n) => `    ${n.html.slice(0, 160)}\n      ${n.any.map((a) => a.message).join('; ')}`).join('\n')}`).join('\n')}`)
  }
}

/** inTheDark is axe on the same screen as a machine shows it that is set to dark. */
export async function inTheDark(page, where) {
  await page.emulateMedia({ colorScheme: 'dark' })
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))))
  await axe(page, `${where}, dark`)
  await page.emulateMedia({ colorScheme: 'light' })
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
