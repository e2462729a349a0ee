// A picture of every screen, for the eye of a designer: every tile in three languages, in light and dark, on
// both kiosks; the officers' screens; the phone. They go to screenshots/ at the top of the repository, which is
// not kept; index.html there leafs through them.
//
//   npm run screenshots                   all of them
//   npm run screenshots call km upright   the albums whose names hold all these words
//   npm run screenshots -- --list         their names
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { launch, open } from './browser.mjs'
import { albums } from './gallery/albums.mjs'
import { albumsIn, writeIndex } from './gallery/index.mjs'

const target = process.env.BENDO_SHOTS ?? fileURLToPath(new URL('../../screenshots/', import.meta.url))
const asked = process.argv.slice(2)
if (asked.includes('--list')) {
  console.log(albums.map((album) => album.name).join('\n'))
  process.exit(0)
}
const chosen = albums.filter(({ name }) => asked.every((word) => `-${name}-`.includes(word)))
if (chosen.length === 0) {
  console.error(`no album's name holds all of: ${asked.join(' ')} (--list names them)`)
  process.exit(2)
}

// Contrast and large text are chosen as a resident does, by the tools in the header: the screen may
// then hold fewer rows. A screen without them has only the looks of the machine.
const tools = { contrast: 'lucide-contrast', large: 'lucide-a-large-small' }
const toggle = (page, icon) => page.evaluate((name) => {
  const button = document.querySelector(`.k-tools .${name}`)?.closest('button')
  button?.click()
  return button !== null && button !== undefined
}, icon)

async function inLook(page, look, shoot) {
  if (look === 'light') return shoot()
  if (look === 'dark') {
    await page.emulateMedia({ colorScheme: 'dark' })
    await shoot()
    return page.emulateMedia({ colorScheme: 'light' })
  }
  if (!(await toggle(page, tools[look]))) return undefined
  await shoot()
  return toggle(page, tools[look])
}

/** take walks one album and leaves its pictures, and the list of them, in a folder of its name. */
async function take(browser, album, order) {
  const folder = join(target, album.name)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const { page, context } = await open(browser, album.size)
  const pictures = []
  let n = 0
  const see = async (where) => {
    n++
    for (const look of where === 'FAILED' ? ['light'] : album.looks) {
      await inLook(page, look, async () => {
        await page.waitForTimeout(200) // fonts and the ends of transitions
        const file = `${String(n).padStart(2, '0')}-${where}.${look}.png`
        await page.screenshot({ path: join(folder, file) })
        pictures.push({ file, where, look })
      })
    }
  }
  const failure = await album.run(page, see).then(() => undefined, (error) => error)
  if (failure) await see('FAILED').catch(() => undefined)
  writeFileSync(join(folder, 'album.json'), JSON.stringify({ order, facts: album.facts, width: album.size.width, pictures }))
  await context.close()
  console.log(failure ? `${album.name}: FAILED ${failure.stack ?? failure}` : `${album.name}: ${n} screens, ${pictures.length} pictures`)
  return !failure
}

mkdirSync(target, { recursive: true })
// all of them anew: only what a gallery left there goes
if (asked.length === 0) for (const { name } of albumsIn(target)) rmSync(join(target, name), { recursive: true })
const browser = await launch()
let failed = 0
for (const album of chosen) if (!(await take(browser, album, albums.indexOf(album)))) failed++
await browser.close()
console.log(`${writeIndex(target)} pictures in ${join(target, 'index.html')}`)
process.exit(failed > 0 ? 1 : 0)
