import type { ReactNode } from 'react'
import { CircleCheck, CloudOff, Info, TriangleAlert } from 'lucide-react'
import './Notice.css'

export interface NoticeProps {
  /** good: it worked; note: worth knowing; offline: no line, work goes on; harm: something is wrong */
  tone?: 'good' | 'note' | 'offline' | 'harm'
  title?: ReactNode
  children?: ReactNode
  action?: ReactNode
}

const icons = { good: CircleCheck, note: Info, offline: CloudOff, harm: TriangleAlert }

/** Notice says one thing and, where there is one, what to do about it. Only harm interrupts a screen reader. */
export function Notice({ tone = 'note', title, children, action }: NoticeProps) {
  const Icon = icons[tone]
  return (
    <div className={`bd-notice bd-notice--${tone}`} role={tone === 'harm' ? 'alert' : 'status'}>
      <Icon aria-hidden className="bd-notice__icon" />
      <div className="bd-notice__body">
        {title && <p className="bd-notice__title">{title}</p>}
        {children && <div>{children}</div>}
      </div>
      {action}
    </div>
  )
}
