// The gallery as one page beside its pictures: opened from disk, it asks nobody for anything.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** albumsIn reads the albums that stand in the folder, also those of earlier runs. */
export function albumsIn(folder) {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name }) => {
      try {
        return [{ name, ...JSON.parse(readFileSync(join(folder, name, 'album.json'), 'utf8')) }]
      } catch {
        return [] // a folder without a list is an album that was cut off
      }
    })
    .toSorted((a, b) => a.order - b.order)
}

/** writeIndex makes the page of them and counts their pictures. */
export function writeIndex(folder) {
  const albums = albumsIn(folder)
  writeFileSync(join(folder, 'index.html'), page(albums))
  return albums.reduce((sum, album) => sum + album.pictures.length, 0)
}

const style = `
:root { color-scheme: light dark; font: 16px/1.4 'Be Vietnam Pro', 'Noto Sans', 'Noto Sans Khmer', sans-serif }
body { margin: 0; display: grid; grid-template-columns: 17rem 1fr; min-height: 100vh }
nav { position: sticky; top: 0; height: 100vh; overflow: auto; padding: 1rem; box-sizing: border-box; border-right: 1px solid #8886 }
h1 { margin: 0 0 .6rem; font-size: 1.1rem } fieldset { margin: 0 0 .8rem; padding: 0; border: 0 } legend { font-weight: 600 }
label { display: block; padding: .1rem 0; cursor: pointer }
main { padding: 1rem } section { margin-bottom: 2rem } h2 { margin: 0 0 .5rem; font-size: 1rem }
.shots { display: flex; flex-wrap: wrap; gap: .8rem } figure { margin: 0; width: var(--w) } figcaption { font-size: .75rem; opacity: .8 }
button.shot { display: block; padding: 0; border: 1px solid #8886; background: none; cursor: zoom-in } img { display: block; width: 100% }
dialog { max-width: 98vw; max-height: 98vh; padding: 0; border: 0; background: #111; color: #eee } dialog::backdrop { background: #000c }
dialog img { width: auto; max-width: 98vw; max-height: calc(98vh - 2.6rem); margin: auto } dialog p { display: flex; gap: 1rem; align-items: center; margin: 0; padding: .4rem .8rem }
dialog button { min-height: 1.8rem } #count { opacity: .7 } .failed { outline: 4px solid #c22 }`

// Filters left, pictures right; a picture opens large, and the arrow keys leaf on.
const script = `
const albums = JSON.parse(document.getElementById('albums').textContent)
const groups = { who: 'Ai', what: 'Việc', language: 'Tiếng', screen: 'Màn hình', look: 'Giao diện' }
const off = new Map(Object.keys(groups).map((g) => [g, new Set()]))
const all = albums.flatMap((a) => a.pictures.map((p) => ({ ...a.facts, ...p, album: a.name, width: a.width, file: a.name + '/' + p.file })))
off.set('look', new Set([...new Set(all.map((p) => p.look))].filter((l) => l !== 'light')))
const nav = document.querySelector('nav form'), main = document.querySelector('main'), dialog = document.querySelector('dialog')
let shown = [], at = 0
for (const [group, title] of Object.entries(groups)) {
  const set = document.createElement('fieldset')
  set.innerHTML = '<legend>' + title + '</legend>'
  for (const value of new Set(all.map((p) => p[group]))) {
    const label = document.createElement('label'), box = document.createElement('input')
    box.type = 'checkbox'; box.checked = !off.get(group).has(value)
    box.onchange = () => { off.get(group)[box.checked ? 'delete' : 'add'](value); draw() }
    label.append(box, ' ' + value)
    set.append(label)
  }
  nav.append(set)
}
function draw() {
  shown = all.filter((p) => Object.keys(groups).every((g) => !off.get(g).has(p[g])))
  main.replaceChildren()
  let section, name
  shown.forEach((p, i) => {
    if (p.album !== name) {
      name = p.album
      section = document.createElement('section')
      section.innerHTML = '<h2></h2><div class="shots"></div>'
      section.firstChild.textContent = [p.what, p.language, p.screen, p.who].join(' · ')
      main.append(section)
    }
    const figure = document.createElement('figure')
    figure.style.setProperty('--w', p.width > 1200 ? '19rem' : p.width > 600 ? '11rem' : '8rem')
    figure.innerHTML = '<button class="shot"><img loading="lazy"></button><figcaption></figcaption>'
    const img = figure.querySelector('img')
    img.src = p.file
    img.alt = p.where + ', ' + p.look
    if (p.where === 'FAILED') img.className = 'failed'
    figure.querySelector('figcaption').textContent = p.where + ' · ' + p.look
    figure.querySelector('button').onclick = () => { open(i); dialog.showModal() }
    section.lastChild.append(figure)
  })
  document.getElementById('count').textContent = shown.length + ' / ' + all.length
}
function open(i) {
  at = (i + shown.length) % shown.length
  const p = shown[at]
  dialog.querySelector('img').src = p.file
  dialog.querySelector('img').alt = p.where
  dialog.querySelector('span').textContent = [p.what, p.where, p.language, p.screen, p.look, (at + 1) + '/' + shown.length].join(' · ')
}
dialog.onkeydown = (e) => { if (e.key === 'ArrowRight' || e.key === ' ') open(at + 1); else if (e.key === 'ArrowLeft') open(at - 1); else return; e.preventDefault() }
dialog.querySelector('.back').onclick = () => open(at - 1)
dialog.querySelector('.on').onclick = () => open(at + 1)
dialog.querySelector('.close').onclick = () => dialog.close()
draw()`

const page = (albums) => `<!doctype html>
<html lang="vi"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Bến Đò: các màn hình</title>
<style>${style}</style>
<nav><h1>Bến Đò: các màn hình</h1><p id="count"></p><form></form></nav><main></main>
<dialog><p><button class="back">←</button><button class="on">→</button><button class="close">Đóng</button><span></span></p><img alt=""></dialog>
<script type="application/json" id="albums">${JSON.stringify(albums).replaceAll('<', '\\u003c')}</script>
<script>${script}</script>
</html>
`
