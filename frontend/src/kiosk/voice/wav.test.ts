import { expect, it } from 'vitest'
import { loudness, meter, narrow, rate, wav } from './wav'

const tone = (hertz: number, from: number, seconds: number) => Float32Array.from({ length: from * seconds }, (_, i) => 0.5 * Math.sin((2 * Math.PI * hertz * i) / from))

it('keeps the length and the loudness of speech, whatever the microphone gives', () => {
  for (const from of [16_000, 44_100, 48_000]) {
    const got = narrow([tone(300, from, 1).slice(0, 1000), tone(300, from, 1).slice(1000)], from)
    expect(Math.abs(got.length - rate)).toBeLessThan(2)
    expect(Math.abs(loudness(got) - loudness(tone(300, from, 1)))).toBeLessThan(0.02)
  }
})

it('writes a file of one channel and sixteen bits', () => {
  const file = new DataView(wav(Float32Array.from([0, 1, -1, 2])))
  expect(file.byteLength).toBe(52)
  expect([file.getUint32(24, true), file.getUint16(22, true), file.getUint16(34, true), file.getUint32(40, true)]).toEqual([16_000, 1, 16, 8])
  expect([file.getInt16(44, true), file.getInt16(46, true), file.getInt16(48, true), file.getInt16(50, true)]).toEqual([0, 32_767, -32_767, 32_767])
})

it('tells silence from a voice', () => {
  expect(loudness(new Float32Array(128))).toBe(0)
  expect(loudness(new Float32Array(0))).toBe(0)
  expect(loudness(tone(200, 16_000, 0.1))).toBeGreaterThan(0.8)
})

it('moves the meter at a pace an eye can follow', () => {
  const seen: number[] = []
  const heard = meter((level) => seen.push(level))
  // a beep of 20 ms twice a second, in pieces of 3 ms
  for (let now = 0; now < 1000; now += 3) heard(now % 500 < 20 ? 0.6 : 0, now)
  expect(seen.length).toBeLessThanOrEqual(17)
  expect(Math.max(...seen)).toBe(0.6)
  expect(seen.filter((level) => level > 0.1).length).toBeGreaterThan(8)
  expect(seen.filter((level) => level === 0).length).toBeGreaterThan(0)
})
