import { expect, it } from 'vitest'
import { burst } from './card'

const card = '083090999001|320999001|NGUYỄN VĂN MẪU|14031990|Nam|Ấp Giả Định 1, Xã Giao Long, Vĩnh Long|01072025'

function type(text: string, everyMs: number, end = 'Enter') {
  const feed = burst()
  let at = 1000
  for (const key of text) feed(key, (at += everyMs))
  return feed(end, at + everyMs)
}

it('takes a fast burst with the card’s bars for a card', () => {
  expect(type(card, 5)).toBe(card)
  expect(type(card, 5, 'Tab')).toBe(card)
})

it('leaves a person’s typing alone', () => {
  expect(type(card, 150)).toBeUndefined()
  expect(type('Nguyễn Văn Mẫu', 5)).toBeUndefined()
})

it('starts afresh after a pause', () => {
  const feed = burst()
  feed('x', 0)
  let at = 500
  for (const key of card) feed(key, (at += 3))
  expect(feed('Enter', at + 3)).toBe(card)
})
