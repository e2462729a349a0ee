import type { FormEvent, ReactNode } from 'react'
import { useText } from '../../text/language'
import { Button } from '../Button/Button'
import { ErrorSummary, type FieldProblem } from '../Problems/Problems'
import './StepForm.css'

export interface StepFormProps {
  title: string
  body?: ReactNode
  send: string
  harm?: boolean
  busy: boolean
  /** it may not be sent now */
  held?: boolean
  problems?: FieldProblem[]
  onSend: () => void
  onClose: () => void
  children?: ReactNode
  className?: string
}

/** StepForm is the frame of every step of a dossier: what it means, its fields, one button. */
export function StepForm({ title, body, send, harm, busy, held = false, problems = [], onSend, onClose, children, className = '' }: StepFormProps) {
  const { t } = useText()
  const submit = (event: FormEvent) => {
    event.preventDefault()
    onSend()
  }
  return (
    <form className={`bd-step ${className}`} onSubmit={submit} noValidate aria-label={title}>
      <h3>{title}</h3>
      {body && <p className="o-soft">{body}</p>}
      <ErrorSummary problems={problems} />
      {children}
      <div className="bd-step__end">
        <Button onClick={onClose}>{t('common.cancel')}</Button>
        <Button type="submit" look={harm ? 'harm' : 'primary'} disabled={busy || held}>{busy ? t('p.action.doing') : send}</Button>
      </div>
    </form>
  )
}
