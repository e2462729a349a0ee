import { formatDate, formatTime } from '../../text/format'
import { useText } from '../../text/language'
import { dueOf } from './dueOf'
import './DueBar.css'

export interface DueBarProps {
  /** unix ms */
  due: number
  /** when it was received */
  from?: number
  now: number
  /** the clock stands still: the resident is to bring something */
  paused?: boolean
  /** the work is done; the date is history */
  done?: boolean
}

/** DueBar draws the time that is used up and says in words what is left; being late is told, nothing is locked by it. */
export function DueBar({ due, from, now, paused = false, done = false }: DueBarProps) {
  const { t } = useText()
  const { tone, days, used } = dueOf(due, now, from)
  const words = paused ? t('d.due.paused')
    : done ? t('d.due.was')
      : tone === 'late' ? (days < 0 ? t('d.due.late', { n: -days }) : t('d.due.lateToday'))
        : days === 0 ? t('d.due.today', { time: formatTime(due) })
          : days === 1 ? t('d.due.tomorrow') : t('d.due.days', { n: days })
  return (
    <span className="bd-due" data-tone={paused ? 'paused' : done ? 'done' : tone}>
      <strong>{words}</strong>
      <span className="bd-due__date bd-number">{formatDate(due)}</span>
      <svg className="bd-due__bar" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden>
        <rect width="100" height="6" rx="3" />
        <rect width={Math.max(3, used * 100)} height="6" rx="3" />
      </svg>
    </span>
  )
}
