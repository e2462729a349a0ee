import { describe, expect, it } from 'vitest'
import { fold } from '../text/format'
import { communes, provinces } from './places'
import { successorsOf, suggestPlaces, takeSuggestion } from './suggest'

const texts = (before: string, home = '86') => suggestPlaces(before, home).map((s) => s.text)

describe('names of places while somebody writes', () => {
  it.each([
    ['gi lo', 'Xã Giao Long, Vĩnh Long'],
    ['Giao L', 'Xã Giao Long, Vĩnh Long'],
    ['xa giao l', 'Xã Giao Long, Vĩnh Long'],
    ['Ấp 3, giao lo', 'Xã Giao Long, Vĩnh Long'],
    ['sinh tai giao long', 'Xã Giao Long, Vĩnh Long'],
    ['bu gia', 'Xã Bù Gia Mập, Đồng Nai'],
    ['ha noi', 'Thành phố Hà Nội'],
    ['khanh h', 'Tỉnh Khánh Hoà'],
    ['hồ chí m', 'Thành phố Hồ Chí Minh'],
  ])('%s offers %s first', (typed, first) => {
    expect(texts(typed)[0]).toBe(first)
  })

  it('offers a name from before the merger as it was and as it is now', () => {
    const found = suggestPlaces('tinh ben tr')
    expect(found.map(({ text, was, old }) => ({ text, was, old }))).toEqual([
      { text: 'Bến Tre', old: true },
      { text: 'Tỉnh Vĩnh Long', was: 'Bến Tre' },
    ])
  })

  it('prefers the office’s own province among namesakes', () => {
    const byName = new Map<string, Set<string>>()
    for (const c of communes) byName.set(fold(c.name), (byName.get(fold(c.name)) ?? new Set()).add(c.province))
    const twice = communes.filter((c) => (byName.get(fold(c.name))?.size ?? 0) > 1)
    expect(twice.length).toBeGreaterThan(3)
    for (const c of twice) expect(texts(fold(c.name), c.province)[0], c.name).toContain(c.name)
  })

  it('finds every place by its folded name', () => {
    for (const place of [...communes, ...provinces]) {
      expect(suggestPlaces(fold(place.name), 'province' in place ? place.province : '', 10).some((s) => s.text.startsWith(place.name)), place.name).toBe(true)
    }
  })

  it('offers nothing for a letter, a number, nothing, or what no place is called', () => {
    for (const typed of ['', 'g', 'x.', '12', 'Nguyễn Văn', 'Ấp 3, ', 'giao long zz', ',,,', ' \n']) expect(texts(typed), typed).toEqual([])
    for (const written of ['Tỉnh Vĩnh Long', 'Vĩnh Long', 'Xã Giao Long, Vĩnh Long']) expect(texts(written), written).toEqual([])
  })

  it('writes only what was tapped, in place of what was typed for it', () => {
    const text = 'Ấp 3, giao lo và nữa'
    const caret = 'Ấp 3, giao lo'.length
    const [first] = suggestPlaces(text.slice(0, caret), '86')
    expect(first && takeSuggestion(text, caret, first)).toEqual({ text: 'Ấp 3, Xã Giao Long, Vĩnh Long và nữa', caret: 'Ấp 3, Xã Giao Long, Vĩnh Long'.length })
  })

  it('never breaks and never touches what stands before the words, whatever is typed', () => {
    let seed = 11
    const next = () => (seed = (seed * 1103515245 + 12345) % 2147483648)
    const keys = [...'abtrenginhlog ,.-;\n1ộĐ', '\u0323']
    for (let run = 0; run < 2000; run++) {
      const typed = Array.from({ length: next() % 14 }, () => keys[next() % keys.length]).join('')
      for (const one of suggestPlaces(typed)) {
        const taken = takeSuggestion(typed, typed.length, one)
        expect(taken.text.startsWith(typed.slice(0, Math.max(0, typed.length - one.over))), typed).toBe(true)
        expect(taken.text.endsWith(one.text)).toBe(true)
      }
    }
  })
})

describe('what an address of before the merger has become', () => {
  it.each([
    ['Ấp 1, xã Tân Hào, huyện Giồng Trôm, Bến Tre', 'Vĩnh Long', 'Bến Tre', ['Xã Tân Hào', 'Xã Giồng Trôm']],
    ['Ấp Giả Định 1, Xã Giao Long, Vĩnh Long', 'Vĩnh Long', undefined, ['Xã Giao Long']],
    ['Xà Phiên, Long Mỹ, Hậu Giang', 'Cần Thơ', 'Hậu Giang', ['Xã Xà Phiên', 'Phường Long Mỹ']],
    ['Thôn 3, tp. Vũng Tàu, Bà Rịa-Vũng Tàu.', 'Hồ Chí Minh', 'Bà Rịa - Vũng Tàu', []],
  ])('%s', (address, province, former, named) => {
    const found = successorsOf(address)
    expect(found).toHaveLength(1)
    expect(found[0]?.province.name).toContain(province)
    expect(found[0]?.former).toBe(former)
    for (const name of named) expect(found[0]?.communes.map((c) => c.name)).toContain(name)
  })

  it('gives nothing where no province is named', () => {
    for (const address of ['', ' , ,', 'Ấp 1', 'Ấp 1, Xã Nào Đó, Không Đâu']) expect(successorsOf(address)).toEqual([])
  })
})
