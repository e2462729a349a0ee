import { expect, it } from 'vitest'
import { moodOf } from './line'

// The agent's own words: State in agent/courier/state.go.
it.each([
  [{ state: 'online', rate_bps: 512_000 }, 'up'],
  [{ state: 'online', rate_bps: 40_000 }, 'slow'],
  [{ state: 'online' }, 'up'], // not measured is not slow
  [{ state: 'degraded', rate_bps: 512_000 }, 'slow'],
  [{ state: 'offline', rate_bps: 512_000 }, 'down'],
  [{ state: 'probing' }, 'down'],
  [{ state: 'captive' }, 'down'],
  [{ state: 'clock' }, 'down'],
  [{ state: 'refused' }, 'down'],
  [{ state: 'unknown' }, 'unknown'],
  [{ state: 'a word of a newer agent' }, 'unknown'],
] as const)('%o is %s', (line, mood) => {
  expect(moodOf(line)).toBe(mood)
})
