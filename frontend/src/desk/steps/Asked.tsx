import { useState } from 'react'
import type { Dossier, Pending } from '../../api/counter'
import { Button } from '../../components/Button/Button'
import { Field } from '../../components/Field/Field'
import { formatMoment } from '../../text/format'
import { useText } from '../../text/language'
import { useStep } from '../dossier/useDossier'
import { useKept } from '../kept'
import { Changed, Refused } from './Frame'

const kinds = ['supplement_provided', 'withdrawal_requested', 'correction_proposed'] as const

/** Asked is one wish of the resident that waits for an answer, with both answers beside it. */
export function Asked({ d, one, onDone }: { d: Dossier; one: Pending; onDone: () => void }) {
  const { t, pick } = useText()
  const name = `answer-${one.event}`
  const step = useStep(d, name, onDone)
  const [reason, setReason] = useKept(d.row.id, `${name}.reason`, '')
  const [tried, setTried] = useState(false)
  const may = (answer: string) => (d.steps ?? []).includes(answer)
  const kind = kinds.find((k) => k === one.type)
  const send = (answer: 'accepted' | 'declined') => {
    setTried(answer === 'declined')
    if (answer === 'accepted' || reason.trim()) step.send({ event: one.event, reason: reason.trim() }, answer)
  }
  return (
    <div className="d-asked">
      <h3>{t(kind ? `d.ask.${kind}` : 'd.ask.other')}</h3>
      <p className="o-soft bd-number">{formatMoment(one.at)}</p>
      {one.text && <p>{pick(one.text)}</p>}
      {one.reason && <p>“{one.reason}”</p>}
      <Changed d={d} name="accepted" step={step} />
      <Refused step={step} />
      {(may('accepted') || may('declined')) && (
        <>
          <Field id={name} label={t('d.ask.reason')} value={reason} onChange={(e) => setReason(e.target.value)} error={tried && !reason.trim() ? t('d.reason.need') : undefined} />
          <div className="bd-step__end">
            {may('declined') && <Button disabled={step.busy || step.behind} onClick={() => send('declined')}>{t('d.ask.decline')}</Button>}
            {may('accepted') && <Button look="primary" disabled={step.busy || step.behind} onClick={() => send('accepted')}>{t('d.ask.accept')}</Button>}
          </div>
        </>
      )}
    </div>
  )
}
