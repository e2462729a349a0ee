import type { Verdict } from '../../api/verify'
import { SlipVerdict } from './SlipVerdict'

const signed: Verdict = {
  code: 'genuine', signed: true, slip: '66001-4827-19303', procedure: { code: '1.001193', name: { vi: 'Khai sinh', en: 'Birth registration' } },
  at: Date.UTC(2026, 10, 22, 1, 33), office: 'UBND xã Giao Long', own: true, book: 'fits',
}

export const verdicts = {
  own: signed,
  neighbour: { ...signed, own: false, book: 'absent', office: 'UBND xã Láng Giềng', list_at: Date.UTC(2026, 10, 20) },
  lost: { ...signed, book: 'absent' },
  differs: { ...signed, book: 'differs' },
  future: { ...signed, when: 'future' },
  doubt: { ...signed, when: 'future', clock_doubt: true },
  absurd: { ...signed, when: 'absurd' },
  altered: { code: 'altered', signed: false },
  unchecked: { code: 'unchecked', signed: false, slip: '66001-4827-19303' },
  withdrawn: { ...signed, code: 'withdrawn', own: false, status: 'revoked', book: 'absent', list_at: Date.UTC(2026, 10, 20) },
  suspended: { ...signed, code: 'withdrawn', own: false, status: 'suspended' },
  practice: { code: 'practice', signed: false },
  damaged: { code: 'damaged', signed: false },
  card: { code: 'not_a_slip', signed: false, other: 'card' },
  other: { code: 'not_a_slip', signed: false, other: 'something of a later program' },
  none: { code: 'none', signed: false },
} satisfies Record<string, Verdict>

export const examples = Object.fromEntries(Object.entries(verdicts).map(([name, verdict]) => [name, () => <SlipVerdict verdict={verdict} heading />]))
