import { beforeEach, expect, it } from 'vitest'
import { forgetSayings, note } from '../../text/spoken'
import { segments } from './segments'

beforeEach(() => {
  forgetSayings()
  document.body.innerHTML = ''
})

const screen = (html: string) => {
  document.body.innerHTML = `<main>${html}</main>`
  return segments(document.body, 'km')
}

it('asks for the words that are shown, in their language, with the Vietnamese behind them', () => {
  note('សួស្តី', { language: 'km', vi: 'Xin chào' })
  note('Sao y', { language: 'vi', vi: 'Sao y' })
  expect(screen('<h1>សួស្តី</h1><p>  Sao\n y </p>').map(({ text, language, vi, personal }) => ({ text, language, vi, personal }))).toEqual([
    { text: 'សួស្តី', language: 'km', vi: 'Xin chào', personal: false },
    { text: 'Sao y', language: 'vi', vi: 'Sao y', personal: false },
  ])
})

// A text nobody noted is somebody's own; so is a noted one where answers are read back.
it('takes what the program did not say for somebody’s own', () => {
  note('Nam', { language: 'vi', vi: 'Nam' })
  const found = screen('<p>NGUYỄN VĂN MẪU</p><dl><dt>Nam</dt><dd data-personal>Nam</dd></dl>')
  expect(found.map((s) => [s.text, s.personal])).toEqual([['NGUYỄN VĂN MẪU', true], ['Nam', false], ['Nam', true]])
  expect(found[0]?.language).toBe('vi')
})

it('leaves out pictures, keys, what is typed, and the Vietnamese beside a draft', () => {
  note('Xóa', { language: 'vi', vi: 'Xóa' })
  expect(screen('<span aria-hidden="true">Xóa</span><button class="bd-key">Xóa</button><textarea>Xóa</textarea><span data-unspoken>Xóa</span><p>: · –</p>')).toEqual([])
})

it('forgets with the visit', () => {
  note('phiếu 12345', { language: 'vi', vi: 'phiếu 12345' })
  expect(screen('<p>phiếu 12345</p>')[0]?.personal).toBe(false)
  forgetSayings()
  expect(screen('<p>phiếu 12345</p>')[0]?.personal).toBe(true)
})
