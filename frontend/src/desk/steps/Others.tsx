// The steps beside the straight way: looking up, beginning work, apologising, handing over, a note.
import { useState } from 'react'
import { ChooseOne } from '../../components/Choice/Choice'
import { Area, Field } from '../../components/Field/Field'
import type { FieldProblem } from '../../components/Problems/Problems'
import { formatMoment } from '../../text/format'
import { useText } from '../../text/language'
import { useStep } from '../dossier/useDossier'
import { useKept } from '../kept'
import { parseDay } from './day'
import { Frame } from './Frame'
import type { StepProps } from './Steps'

export function LookUp({ d, onClose, onDone }: StepProps) {
  const { t, pick } = useText()
  const id = d.row.id
  const step = useStep(d, 'looked_up', onDone)
  const papers = (d.components ?? []).filter((c) => c.state === 'to_be_looked_up')
  const [paper, setPaper] = useKept<string | undefined>(id, 'looked_up.paper', papers.length === 1 ? papers[0]?.id : undefined)
  const [found, setFound] = useKept<string | undefined>(id, 'looked_up.found', undefined)
  const [ref, setRef] = useKept(id, 'looked_up.ref', '')
  const [tried, setTried] = useState(false)
  const problems: FieldProblem[] = []
  if (!paper || !found) problems.push({ target: paper ? 'found' : 'paper', message: t('d.look.need') })
  if (found === 'yes' && !ref.trim()) problems.push({ target: 'ref', message: t('d.look.ref.need') })
  const send = () => {
    setTried(true)
    if (problems.length === 0) step.send({ component: paper, found: found === 'yes', ref: ref.trim() })
  }
  return (
    <Frame d={d} name="looked_up" step={step} title={t('d.step.looked_up')} send={t('d.look.send')} problems={tried ? problems : []} onSend={send} onClose={onClose}>
      <div id="paper" tabIndex={-1}>
        <ChooseOne label={t('d.look.paper')} value={paper} onChange={setPaper} options={papers.map((c) => ({ value: c.id, label: pick(c.name) }))} />
      </div>
      <div id="found" tabIndex={-1}>
        <ChooseOne label={t('d.look.found')} value={found} onChange={setFound} options={[{ value: 'yes', label: t('d.look.yes') }, { value: 'no', label: t('d.look.no') }]} />
      </div>
      {found === 'yes' && <Field id="ref" label={t('d.look.ref')} value={ref} onChange={(e) => setRef(e.target.value)} error={tried && !ref.trim() ? t('d.look.ref.need') : undefined} />}
      {found === 'no' && <p className="o-soft">{t('d.look.no.next')}</p>}
    </Frame>
  )
}

export function Process({ d, onClose, onDone }: StepProps) {
  const { t } = useText()
  const step = useStep(d, 'processing', onDone)
  return <Frame d={d} name="processing" step={step} title={t('d.step.processing')} body={t('d.process.body')} send={t('d.save')} onSend={() => step.send({})} onClose={onClose} />
}

export function Apology({ d, onClose, onDone }: StepProps) {
  const { t } = useText()
  const id = d.row.id
  const step = useStep(d, 'apology', onDone)
  const [date, setDate] = useKept(id, 'apology.date', '')
  const [reason, setReason] = useKept(id, 'apology.reason', '')
  const [tried, setTried] = useState(false)
  const due = parseDay(date, 17)
  const [today] = useState(() => Date.now())
  const problems: FieldProblem[] = []
  if (due === undefined || due < today) problems.push({ target: 'date', message: t('d.apology.date.need') })
  if (!reason.trim()) problems.push({ target: 'reason', message: t('d.reason.need') })
  const send = () => {
    setTried(true)
    if (problems.length === 0) step.send({ new_due: due, reason: reason.trim() })
  }
  const error = (at: string) => (tried ? problems.find((p) => p.target === at)?.message : undefined)
  return (
    <Frame d={d} name="apology" step={step} title={t('d.step.apology')} body={t('d.apology.body')} send={t('d.apology.send')} problems={tried ? problems : []} onSend={send} onClose={onClose}>
      {d.row.due ? <p><strong className="bd-number">{t('d.apology.first', { due: formatMoment(d.row.due) })}</strong></p> : null}
      <Field id="date" label={t('d.apology.date')} help={t('d.date.hint')} inputMode="numeric" value={date} onChange={(e) => setDate(e.target.value)} error={error('date')} />
      <Area id="reason" label={t('d.reason')} value={reason} onChange={(e) => setReason(e.target.value)} error={error('reason')} />
    </Frame>
  )
}

export function HandOver({ d, onClose, onDone }: StepProps) {
  const { t } = useText()
  const step = useStep(d, 'handed_over', onDone)
  const [note, setNote] = useKept(d.row.id, 'handed_over.note', '')
  return (
    <Frame d={d} name="handed_over" step={step} title={t('d.step.handed_over')} body={t('d.hand.body')} send={t('d.hand.send')} onSend={() => step.send({ to: 'province', note: note.trim() })} onClose={onClose}>
      <p>{t('d.hand.to')}: <strong>{t('d.hand.province')}</strong></p>
      <Field label={t('d.note.text')} help={t('common.optional')} value={note} onChange={(e) => setNote(e.target.value)} />
    </Frame>
  )
}

export function Note({ d, onClose, onDone }: StepProps) {
  const { t } = useText()
  const step = useStep(d, 'note', onDone)
  const [text, setText] = useKept(d.row.id, 'note.text', '')
  const [tried, setTried] = useState(false)
  const error = tried && !text.trim() ? t('d.note.need') : undefined
  const send = () => {
    setTried(true)
    if (text.trim()) step.send({ text: text.trim() })
  }
  return (
    <Frame d={d} name="note" step={step} title={t('d.step.note')} body={t('d.note.body')} send={t('d.note.send')} problems={error ? [{ target: 'note', message: error }] : []} onSend={send} onClose={onClose}>
      <Area id="note" label={t('d.note.text')} value={text} onChange={(e) => setText(e.target.value)} error={error} />
    </Frame>
  )
}
