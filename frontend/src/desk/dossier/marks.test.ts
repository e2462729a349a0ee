import { expect, it } from 'vitest'
import type { Paper } from '../../api/counter'
import { compared, counts, nextOpen, toCompare } from './marks'

const paper = (id: string, state = 'provided', originals = 0, copies = 0): Paper => ({ id, name: { vi: id, en: id }, state, originals, copies, scans: [] })

it('goes through what a person can hold', () => {
  const list = [paper('a'), paper('b', 'not_applicable'), paper('c', 'to_be_looked_up'), paper('d', 'replaced_by_data'), paper('e', 'missing')]
  expect(toCompare(list).map((c) => c.id)).toEqual(['a', 'c', 'e'])
})

it('goes on to the next paper without a mark, from the top again, and stops when there is none', () => {
  const list = [paper('a'), paper('b'), paper('c')]
  expect(nextOpen(list, {}, 0)).toBe(1)
  expect(nextOpen(list, { b: { match: true }, c: { match: false } }, 2)).toBe(0)
  expect(nextOpen(list, { a: { match: true }, b: { match: false }, c: { match: true } }, 1)).toBe(-1)
})

it('puts into the book what was marked, and nothing of what was not', () => {
  const list = [paper('a'), paper('b', 'provided', 1, 2), paper('c', 'missing'), paper('d', 'to_be_looked_up'), paper('e'), paper('f', 'missing')]
  const marks = { f: { skip: true }, a: { match: true }, b: { match: true, copies: 3 }, c: { match: true, originals: 1, copies: 0 }, d: { match: false } }
  expect(compared(list, marks)).toEqual({
    a: { originals: 0, copies: 1, compared: true }, // a picture of it stands for one copy
    b: { originals: 1, copies: 3, compared: true },
    c: { originals: 1, copies: 0, compared: true, state: 'provided' }, // brought now
    d: { originals: 0, copies: 0, compared: false }, // still to be looked up
    f: { originals: 0, copies: 0, compared: false, state: 'not_applicable' }, // this case does not need it
  })
})

it('counts a copy only once somebody saw it', () => {
  expect(counts(paper('a'), undefined)).toEqual({ originals: 0, copies: 0 })
  expect(counts(paper('a'), { match: true, copies: 0 })).toEqual({ originals: 0, copies: 0 })
})
