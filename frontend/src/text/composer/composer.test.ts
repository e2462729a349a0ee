import { describe, expect, it } from 'vitest'
import { addKey, compose, setTone, toneAt, typeAt } from './composer'
import { putTogether, takeApart } from './syllable'
import vectors from './testdata/vectors.json'

describe('telex', () => {
  it.each(vectors.telex)('$keys', ({ keys, old_style, new_style }) => {
    expect(compose(keys, 'telex')).toBe(old_style)
    expect(compose(keys, 'telex', 'new')).toBe(new_style)
  })

  it.each([
    ['ass', 'as'],
    ['aaa', 'aa'],
    ['ddd', 'dd'],
    ['thuowr', 'thuở'],
    ['thuowng', 'thương'],
    ['phuowng', 'phương'],
    ['quowr', 'quở'],
    ['ngoeof', 'ngoèo'],
    ['muaw', 'mưa'],
    ['hoawcj', 'hoặc'],
    ['cana', 'cân'],
    ['duongwdf', 'đường'],
    ['DDINHJ', 'ĐỊNH'],
    ['Thij Ddieeur', 'Thị Điểu'],
    ['xaxz', 'xa'],
    ['tw', 'tư'],
    ['gif', 'gì'],
    ['quocs', 'quóc'],
    ['xoawn', 'xoăn'],
    ["M'noong", "M'nông"],
    ["S'tieeng", "S'tiêng"],
    ['xx', 'xx'],
  ])('%s gives %s', (keys, out) => {
    expect(compose(keys, 'telex')).toBe(out)
  })
})

describe('vni', () => {
  it.each(vectors.vni)('$keys', ({ keys, out }) => {
    expect(compose(keys, 'vni')).toBe(out)
  })

  it('keeps numbers that stand alone', () => {
    expect(compose('ấp 12', 'vni')).toBe('ấp 12')
    expect(compose('so61 12/3', 'vni')).toBe('số 12/3')
    expect(compose('a11', 'vni')).toBe('a1')
  })
})

describe('direct letters', () => {
  it('writes plain keys as they are and tones by tone keys', () => {
    expect(compose('Nguyên', 'direct')).toBe('Nguyên')
    expect(setTone('Nguyên', 4)).toBe('Nguyễn')
    expect(setTone('Nguyễn', 4)).toBe('Nguyên')
    expect(setTone('tr', 1)).toBe('tr')
    expect(addKey('Nguyễ', 'n', 'direct')).toBe('Nguyễn')
    expect(addKey('hò', 'a', 'direct')).toBe('hòa')
    expect(addKey('hòa', 'n', 'direct')).toBe('hoàn')
  })

  it('works at the caret, not only at the end', () => {
    expect(typeAt('Ho van', 2, 'o', 'telex')).toEqual({ text: 'Hô van', caret: 2 })
    expect(toneAt('Hô van', 2, 2)).toEqual({ text: 'Hồ van', caret: 2 })
  })
})

describe('letters', () => {
  it('leaves foreign letters untouched', () => {
    for (const word of ['Bŭ', 'čuk', 'Müller', 'Điểu', 'Thị', 'Khánh', 'Đượm']) {
      expect(putTogether(takeApart(word), 'old')).toBe(word.normalize('NFC'))
    }
  })

  it('gives NFC for NFD input', () => {
    expect(putTogether(takeApart('Đượm'.normalize('NFD')), 'old')).toBe('Đượm'.normalize('NFC'))
  })

  it('never loses a letter, whatever is typed', () => {
    // a fixed little generator, so that a failure can be repeated
    let seed = 7
    const next = () => (seed = (seed * 1103515245 + 12345) % 2147483648)
    const keys = 'aeiouydwsfrxjzngthqcmp'
    for (let run = 0; run < 3000; run++) {
      let word = ''
      let bare = 0
      for (let i = 0; i < 7; i++) {
        const key = keys[next() % keys.length] ?? 'a'
        const before = [...word.normalize('NFC')].length
        word = addKey(word, key, 'telex')
        const after = [...word].length
        expect(after === before || after === before + 1, `${word} after ${key}`).toBe(true)
        bare += after - before
      }
      expect([...word].length).toBe(bare)
    }
  })
})
