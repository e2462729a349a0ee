import type { ReactNode } from 'react'
import './StatePill.css'

export type PillTone = 'wait' | 'work' | 'good' | 'harm' | 'quiet'

/** StatePill is a short state in words; its colour repeats the words, never replaces them. */
export function StatePill({ tone, icon, children }: { tone: PillTone; icon?: ReactNode; children: ReactNode }) {
  return (
    <span className={`bd-pill bd-pill--${tone}`}>
      {icon}
      {children}
    </span>
  )
}

/** toneOf maps a dossier's state code to a colour. Unknown codes stay quiet. */
export function toneOf(code: string): PillTone {
  if (/refus|declin|collision/.test(code)) return 'harm'
  if (/supplement|fee/.test(code)) return 'wait'
  if (/decid|result|done|grant|returned/.test(code)) return 'good'
  if (/taken|process|received/.test(code)) return 'work'
  return 'quiet'
}
