import { expect, it } from 'vitest'
import { moved, nextTurn, position, sheet, shown, stored, whole, type Turn } from './corners'

it('finds the way back from every turn', () => {
  let turn: Turn = 0
  for (let i = 0; i < 4; i++) {
    const back = stored(shown({ x: 0.2, y: 0.7 }, turn), turn)
    expect(back.x).toBeCloseTo(0.2)
    expect(back.y).toBeCloseTo(0.7)
    turn = nextTurn(turn)
  }
  expect(turn).toBe(0)
})

it('names corners by where they are seen', () => {
  // the stored top left is seen at the top right after a quarter turn
  expect(shown({ x: 0, y: 0 }, 1)).toEqual({ x: 1, y: 0 })
  expect(position(0, 1)).toBe(1)
  expect(shown({ x: 1, y: 1 }, 2)).toEqual({ x: 0, y: 0 })
  expect(position(2, 2)).toBe(0)
  expect(shown({ x: 0, y: 0 }, 3)).toEqual({ x: 0, y: 1 })
  expect(position(0, 3)).toBe(3)
})

it('moves a corner where the finger is, in the turned picture too', () => {
  const next = moved(whole, 0, { x: 0.9, y: 0.1 }, 1)
  expect(next[0]?.x).toBeCloseTo(0.1)
  expect(next[0]?.y).toBeCloseTo(0.1)
  expect(moved(whole, 1, { x: 3, y: -3 }, 0)[1]).toEqual({ x: 1.08, y: -0.08 })
})

it('never lets the corners stop being a sheet', () => {
  expect(moved(whole, 0, { x: 0.95, y: 0.95 }, 0)).toBe(whole)
  expect(moved(whole, 0, { x: 1, y: 0 }, 0)).toBe(whole)
  expect(sheet(whole)).toBe(true)
  expect(sheet(whole.toReversed())).toBe(false)
  expect(sheet(whole.slice(1))).toBe(false)
})
