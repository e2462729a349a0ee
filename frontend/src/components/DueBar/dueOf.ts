// How far a due date is, in the words of a calendar on the wall. Days are those of the office's clock.
import { formatDate } from '../../text/format'

export interface DueDistance {
  tone: 'late' | 'today' | 'soon' | 'far'
  /** whole days of the calendar; negative: past */
  days: number
  /** 0 at the beginning, 1 at the due date and after */
  used: number
}

const dayOf = (ms: number) => {
  const [d, m, y] = formatDate(ms).split('/').map(Number)
  return Date.UTC(y ?? 0, (m ?? 1) - 1, d ?? 1) / 86_400_000
}

/** dueOf compares a due date with now; `from` is when the clock began to run. */
export function dueOf(due: number, now: number, from?: number): DueDistance {
  const days = dayOf(due) - dayOf(now)
  const span = due - (from ?? due - 5 * 86_400_000)
  const used = span <= 0 ? 1 : Math.min(1, Math.max(0, 1 - (due - now) / span))
  return { days, used, tone: due < now ? 'late' : days === 0 ? 'today' : days <= 2 ? 'soon' : 'far' }
}
