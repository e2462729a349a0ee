import { expect, it } from 'vitest'
import { burst, isLong, unknown, type KeyStroke } from './card'

const card = '083090999001|320999001|NGUYỄN VĂN MẪU|14031990|Nam|Ấp Giả Định 1, Xã Giao Long, Vĩnh Long|01072025'

function type(strokes: Iterable<string | KeyStroke>, everyMs: number, end = 'Enter') {
  const feed = burst()
  let at = 1000
  for (const stroke of strokes) feed.key(typeof stroke === 'string' ? { key: stroke } : stroke, (at += everyMs))
  return feed.key({ key: end }, at + everyMs)
}

it('takes a fast burst for a scan, whatever it says: the desk judges', () => {
  expect(type(card, 5)).toBe(card)
  expect(type(card, 5, 'Tab')).toBe(card)
  expect(type('00020101021238570010A000000727', 5)).toBe('00020101021238570010A000000727')
  expect(type(card.replaceAll('|', '~'), 5)).toBe(card.replaceAll('|', '~'))
})

it('leaves a person’s typing alone', () => {
  expect(type(card, 150)).toBeUndefined()
  expect(type('Nguyễn An', 5)).toBeUndefined()
  for (const number of ['083090999001', '66001902711864']) expect(type(number, 20), 'a quick hand').toBeUndefined()
  expect(type(Array.from({ length: 60 }, () => ({ key: 'a', repeat: true })), 30)).toBeUndefined()
})

it('starts afresh after a pause', () => {
  const feed = burst()
  feed.key({ key: 'x' }, 0)
  let at = 500
  for (const key of card) feed.key({ key }, (at += 3))
  expect(feed.key({ key: 'Enter' }, at + 3)).toBe(card)
})

it('passes over Shift, which scanners press for capitals', () => {
  expect(type([...card].flatMap((key) => ['Shift', key]), 3)).toBe(card)
})

it('says where an input method kept a letter for itself', () => {
  const swallowed = [...card].map((key) => (/[ỄẪĂ]/.test(key) ? { key: 'Process', isComposing: true } : key))
  expect(type(swallowed, 5)).toBe(card.replaceAll(/[ỄẪĂ]/g, unknown))
  expect(type([...card].map((key) => ({ key: 'Unidentified', isComposing: key !== '|' })), 5)).toBe(unknown.repeat(card.length))
  // scanners that send codes of letters with Ctrl or Alt held
  expect(type([...'083090999001', { key: '6', altKey: true }, { key: 'u', ctrlKey: true }], 5)).toBe(`083090999001${unknown}${unknown}`)
})

it('takes a whole card without an Enter once the scanner is silent, and half a card never', () => {
  const feed = burst()
  let at = 0
  for (const key of card) {
    expect(feed.silence()).toBeUndefined()
    feed.key({ key }, (at += 4))
  }
  expect(feed.silence()).toBe(card)
  expect(feed.silence()).toBeUndefined()
  for (const key of `${card}|Nguyễn|Trần`) feed.key({ key }, (at += 4))
  expect(feed.silence()).toBe(`${card}|Nguyễn|Trần`)
})

it('isLong is what no person types at that pace', () => {
  expect([isLong('66001902711864'), isLong('Giao Long')]).toEqual([true, false])
})
