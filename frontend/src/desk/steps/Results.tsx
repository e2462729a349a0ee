// From the decision to the resident's hands.
import { useState } from 'react'
import { ChooseOne } from '../../components/Choice/Choice'
import { Area, Field } from '../../components/Field/Field'
import type { FieldProblem } from '../../components/Problems/Problems'
import { useText } from '../../text/language'
import { useStep } from '../dossier/useDossier'
import { useKept } from '../kept'
import { parseDay } from './day'
import { Frame } from './Frame'
import type { StepProps } from './Steps'

export function Decide({ d, onClose, onDone }: StepProps) {
  const { t } = useText()
  const id = d.row.id
  const step = useStep(d, 'decided', onDone)
  const [outcome, setOutcome] = useKept<string | undefined>(id, 'decided.outcome', undefined)
  const [reason, setReason] = useKept(id, 'decided.reason', '')
  const [document, setDocument] = useKept(id, 'decided.document', '')
  const [tried, setTried] = useState(false)
  const problems: FieldProblem[] = []
  if (!outcome) problems.push({ target: 'outcome', message: t('d.decide.pick') })
  if (outcome === 'refused' && !reason.trim()) problems.push({ target: 'reason', message: t('d.reason.need') })
  const send = () => {
    setTried(true)
    if (problems.length === 0) step.send({ outcome, reason: reason.trim(), document: document.trim() })
  }
  return (
    <Frame d={d} name="decided" step={step} title={t('d.step.decided')} send={t('d.decide.send')} problems={tried ? problems : []} onSend={send} onClose={onClose}>
      <div id="outcome" tabIndex={-1}>
        <ChooseOne label={t('d.decide.outcome')} value={outcome} onChange={setOutcome} options={[{ value: 'granted', label: t('d.decide.granted') }, { value: 'refused', label: t('d.decide.refused') }]} />
      </div>
      <Field label={t('d.decide.document')} value={document} onChange={(e) => setDocument(e.target.value)} />
      <Area id="reason" rows={2} label={t('d.reason')} value={reason} onChange={(e) => setReason(e.target.value)} error={tried ? problems.find((p) => p.target === 'reason')?.message : undefined} />
    </Frame>
  )
}

export function ResultReady({ d, onClose, onDone }: StepProps) {
  const { t } = useText()
  const step = useStep(d, 'result_ready', onDone)
  const [where, setWhere] = useKept(d.row.id, 'result_ready.where', '')
  const [when, setWhen] = useKept(d.row.id, 'result_ready.when', '')
  const [tried, setTried] = useState(false)
  const problems: FieldProblem[] = []
  if (!where.trim()) problems.push({ target: 'where', message: t('d.ready.where.need') })
  if (when.trim() && parseDay(when) === undefined) problems.push({ target: 'when', message: t('d.date.bad') })
  const send = () => {
    setTried(true)
    if (problems.length === 0) step.send({ where: where.trim(), ...(when.trim() ? { when: parseDay(when, 7) } : {}) })
  }
  const error = (id: string) => (tried ? problems.find((p) => p.target === id)?.message : undefined)
  return (
    <Frame d={d} name="result_ready" step={step} title={t('d.step.result_ready')} send={t('d.ready.send')} problems={tried ? problems : []} onSend={send} onClose={onClose}>
      <Field id="where" label={t('d.ready.where')} value={where} onChange={(e) => setWhere(e.target.value)} error={error('where')} />
      <Field id="when" label={t('d.ready.when')} help={`${t('d.date.hint')}, ${t('common.optional')}`} inputMode="numeric" value={when} onChange={(e) => setWhen(e.target.value)} error={error('when')} />
    </Frame>
  )
}

const ways = ['in_person', 'delegate', 'postal'] as const
const wayKeys = { in_person: 'd.return.self', delegate: 'd.return.delegate', postal: 'd.return.post' } as const

export function Returned({ d, onClose, onDone }: StepProps) {
  const { t } = useText()
  const id = d.row.id
  const step = useStep(d, 'returned', onDone)
  const [how, setHow] = useKept<string | undefined>(id, 'returned.how', undefined)
  const [name, setName] = useKept(id, 'returned.name', '')
  const [citizen, setCitizen] = useKept(id, 'returned.citizen', '')
  const [post, setPost] = useKept(id, 'returned.post', '')
  const [tried, setTried] = useState(false)
  const problems: FieldProblem[] = []
  if (!how) problems.push({ target: 'how', message: t('d.return.to.need') })
  if (how === 'delegate' && !name.trim()) problems.push({ target: 'delegate', message: t('d.return.name.need') })
  const send = () => {
    setTried(true)
    if (problems.length > 0) return
    const to = how === 'delegate' ? name.trim() : how === 'postal' ? post.trim() : d.row.applicant
    step.send({
      to, how, ...(how === 'delegate' ? { delegate: { full_name: name.trim(), citizen_id: citizen.replace(/\D/g, '') } } : {}),
      ...(how === 'postal' ? {} : { signature: { kind: 'paper' } }),
    })
  }
  return (
    <Frame d={d} name="returned" step={step} title={t('d.step.returned')} body={t('d.return.body')} send={t('d.return.send')} problems={tried ? problems : []} onSend={send} onClose={onClose}>
      <div id="how" tabIndex={-1}>
        <ChooseOne label={t('d.return.to')} value={how} onChange={setHow} options={ways.map((way) => ({ value: way, label: t(wayKeys[way]), hint: way === 'in_person' ? d.row.applicant : undefined }))} />
      </div>
      {how === 'delegate' && (
        <>
          <Field id="delegate" label={t('d.return.name')} value={name} onChange={(e) => setName(e.target.value)} error={tried && !name.trim() ? t('d.return.name.need') : undefined} />
          <Field label={t('d.return.id')} inputMode="numeric" value={citizen} onChange={(e) => setCitizen(e.target.value)} />
        </>
      )}
      {how === 'postal' && <Field label={t('d.return.ref')} value={post} onChange={(e) => setPost(e.target.value)} />}
      {how !== 'postal' && <p className="o-soft">{t('d.return.signature')}</p>}
    </Frame>
  )
}
