// The steps the law allows now. The server says which; nothing else is shown.
import { useState, type ReactNode } from 'react'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { CircleCheckBig, CircleX, FilePlus2, Gavel, HandHelping, MessageSquareReply, PackageCheck, PhoneCall } from 'lucide-react'
import { portal, type Dossier } from '../api/portal'
import { Button } from '../components/Button/Button'
import { ChooseOne } from '../components/Choice/Choice'
import { Area, Field } from '../components/Field/Field'
import { Notice } from '../components/Notice/Notice'
import { ProblemNotice, type FieldProblem } from '../components/Problems/Problems'
import { StepForm as Frame, type StepFormProps as FrameProps } from '../components/StepForm/StepForm'
import { useText } from '../text/language'
import { SupplementForm } from './SupplementForm'

const known = ['taken_in', 'supplement_requested', 'called', 'answered', 'decided', 'result_ready', 'returned', 'refused'] as const
type StepName = (typeof known)[number]
const icons: Record<StepName, ReactNode> = {
  taken_in: <CircleCheckBig aria-hidden />,
  supplement_requested: <FilePlus2 aria-hidden />,
  decided: <Gavel aria-hidden />,
  answered: <MessageSquareReply aria-hidden />,
  called: <PhoneCall aria-hidden />,
  result_ready: <PackageCheck aria-hidden />,
  returned: <HandHelping aria-hidden />,
  refused: <CircleX aria-hidden />,
}

/** useStep records a step and shows the dossier as the server has it afterwards. */
export function useStep(d: Dossier, done: () => void) {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (run: (id: string, revision: number) => Promise<Dossier>) => run(d.id, d.revision),
    onSuccess: (fresh) => {
      queries.setQueryData(['dossier', d.id], fresh)
      void queries.invalidateQueries({ queryKey: ['inbox'] })
      done()
    },
  })
}
export type Step = ReturnType<typeof useStep>

export function Actions({ d }: { d: Dossier }) {
  const { t, pick } = useText()
  const [open, setOpen] = useState<StepName>()
  const step = useStep(d, () => setOpen(undefined))
  const legal = known.filter((name) => (d.legal ?? []).includes(name))
  const requests = d.requests ?? []
  const close = () => {
    step.reset()
    setOpen(undefined)
  }
  return (
    <section className="o-card p-actions" aria-labelledby="actions">
      <h2 id="actions">{t('p.action')}</h2>
      {step.isSuccess && !open && <Notice tone="good" title={t('p.action.done')} />}
      {step.isError && <ProblemNotice error={step.error} />}
      {d.supplement && (
        <Notice title={t('p.dossier.openSupplement', { n: d.supplement.n })}>
          <ul className="p-asked">{(d.supplement.reasons ?? []).map((r) => <li key={`${r.component} ${r.code}`}><strong>{pick(r.name)}</strong> {r.text}</li>)}</ul>
        </Notice>
      )}
      {requests.map((r) => <Answer key={r.event} d={d} request={r} step={step} />)}
      {!open && legal.length === 0 && requests.length === 0 && <p className="o-soft">{t('p.action.none')}</p>}
      {!open && (
        <div className="p-actions__list">
          {legal.map((name, i) => (
            <Button key={name} look={name === 'refused' ? 'harm' : i === 0 ? 'primary' : 'plain'} icon={icons[name]} onClick={() => { step.reset(); setOpen(name) }}>
              {t(name === 'answered' && d.call_back ? 'p.action.write' : `p.action.${name}`)}
            </Button>
          ))}
        </div>
      )}
      {open === 'taken_in' && <TakeIn d={d} step={step} onClose={close} />}
      {open === 'answered' && <Reply d={d} step={step} onClose={close} />}
      {open === 'called' && <Called step={step} onClose={close} />}
      {open === 'supplement_requested' && <SupplementForm d={d} step={step} onClose={close} />}
      {open === 'decided' && <Decide step={step} onClose={close} />}
      {open === 'result_ready' && <ResultReady d={d} step={step} onClose={close} />}
      {open === 'returned' && <Returned step={step} onClose={close} />}
      {open === 'refused' && <Refuse step={step} onClose={close} />}
    </section>
  )
}

interface FormProps {
  step: Step
  onClose: () => void
}

type StepFormProps = FormProps & Omit<FrameProps, 'busy' | 'className'>

/** StepForm is the kit's frame, busy while the step is recorded. */
export function StepForm({ step, ...rest }: StepFormProps) {
  return <Frame className="p-step" busy={step.isPending} {...rest} />
}

function TakeIn({ d, step, onClose }: FormProps & { d: Dossier }) {
  const { t } = useText()
  const reserved = d.petition !== undefined || d.call_back !== undefined
  const [code, setCode] = useState('')
  return (
    <StepForm title={t(d.call_back ? 'p.take.call' : d.petition ? 'p.take.petition' : 'p.take.title')} body={t('p.take.body')} send={t('p.action.taken_in')} step={step} onClose={onClose} onSend={() => step.mutate((id, revision) => portal.takeIn(id, { revision, official_code: code.trim() || undefined }))}>
      {!reserved && <Field label={t('p.take.code')} help={t('p.take.code.help')} value={code} onChange={(e) => setCode(e.target.value)} />}
    </StepForm>
  )
}

function Decide({ step, onClose }: FormProps) {
  const { t } = useText()
  const [outcome, setOutcome] = useState<string>()
  const [reason, setReason] = useState('')
  const [tried, setTried] = useState(false)
  const problems: FieldProblem[] = []
  if (!outcome) problems.push({ target: 'outcome', message: t('p.decide.pick') })
  if (outcome === 'refused' && !reason.trim()) problems.push({ target: 'reason', message: t('p.reason.missing') })
  const send = () => {
    setTried(true)
    if (problems.length === 0) step.mutate((id, revision) => portal.decide(id, { revision, outcome, reason: reason.trim() }))
  }
  return (
    <StepForm title={t('p.decide.title')} send={t('p.action.decided')} step={step} onClose={onClose} problems={tried ? problems : []} onSend={send}>
      <div id="outcome" tabIndex={-1}>
        <ChooseOne label={t('p.decide.outcome')} value={outcome} onChange={setOutcome} options={[{ value: 'granted', label: t('p.decide.granted') }, { value: 'refused', label: t('p.decide.refused') }]} />
      </div>
      <Area id="reason" label={t('p.reason')} value={reason} onChange={(e) => setReason(e.target.value)} error={tried ? problems.find((p) => p.target === 'reason')?.message : undefined} />
    </StepForm>
  )
}

function Reply({ d, step, onClose }: FormProps & { d: Dossier }) {
  const { t } = useText()
  const [text, setText] = useState((d.petition ?? d.call_back)?.reply?.text ?? '')
  const [tried, setTried] = useState(false)
  const error = tried && !text.trim() ? t('p.reply.missing') : undefined
  const send = () => {
    setTried(true)
    if (text.trim()) step.mutate((id, revision) => portal.reply(id, { revision, text: text.trim() }))
  }
  return (
    <StepForm title={t(d.call_back ? 'p.call.reply.title' : 'p.reply.title')} body={t('p.reply.body')} send={t('p.reply.send')} step={step} onClose={onClose} problems={error ? [{ target: 'reply', message: error }] : []} onSend={send}>
      <Area id="reply" label={t('p.reply.text')} rows={8} maxLength={8000} value={text} onChange={(e) => setText(e.target.value)} error={error} />
    </StepForm>
  )
}

function Called({ step, onClose }: FormProps) {
  const { t } = useText()
  const [outcome, setOutcome] = useState<string>()
  const [text, setText] = useState('')
  const [tried, setTried] = useState(false)
  const problems: FieldProblem[] = outcome ? [] : [{ target: 'outcome', message: t('p.called.pick') }]
  const send = () => {
    setTried(true)
    if (outcome) step.mutate((id, revision) => portal.called(id, { revision, outcome, text: outcome === 'reached' ? text.trim() : '' }))
  }
  return (
    <StepForm title={t('p.called.title')} body={t('p.called.body')} send={t('p.called.send')} step={step} onClose={onClose} problems={tried ? problems : []} onSend={send}>
      <div id="outcome" tabIndex={-1}>
        <ChooseOne label={t('p.called.outcome')} value={outcome} onChange={setOutcome} options={[{ value: 'reached', label: t('p.call.reached') }, { value: 'not_reached', label: t('p.call.notReached') }]} />
      </div>
      {outcome === 'reached' && <Area id="said" label={t('p.called.said')} rows={5} maxLength={8000} value={text} onChange={(e) => setText(e.target.value)} />}
    </StepForm>
  )
}

function ResultReady({ d, step, onClose }: FormProps & { d: Dossier }) {
  const { t } = useText()
  const [where, setWhere] = useState(d.office)
  const [tried, setTried] = useState(false)
  const error = tried && !where.trim() ? t('p.ready.missing') : undefined
  const send = () => {
    setTried(true)
    if (where.trim()) step.mutate((id, revision) => portal.resultReady(id, { revision, where: where.trim() }))
  }
  return (
    <StepForm title={t('p.ready.title')} send={t('p.action.result_ready')} step={step} onClose={onClose} problems={error ? [{ target: 'where', message: error }] : []} onSend={send}>
      <Field id="where" label={t('p.ready.where')} value={where} onChange={(e) => setWhere(e.target.value)} error={error} />
    </StepForm>
  )
}

function Returned({ step, onClose }: FormProps) {
  const { t } = useText()
  return <StepForm title={t('p.action.returned')} body={t('p.returned.body')} send={t('p.action.returned')} step={step} onClose={onClose} onSend={() => step.mutate((id, revision) => portal.returned(id, { revision }))} />
}

function Refuse({ step, onClose }: FormProps) {
  const { t } = useText()
  const [reason, setReason] = useState('')
  const [tried, setTried] = useState(false)
  const error = tried && !reason.trim() ? t('p.reason.missing') : undefined
  const send = () => {
    setTried(true)
    if (reason.trim()) step.mutate((id, revision) => portal.refuse(id, { revision, reason: reason.trim() }))
  }
  return (
    <StepForm harm title={t('p.refuse.title')} body={t('p.refuse.body')} send={t('p.refuse.send')} step={step} onClose={onClose} problems={error ? [{ target: 'reason', message: error }] : []} onSend={send}>
      <Area id="reason" label={t('p.reason')} value={reason} onChange={(e) => setReason(e.target.value)} error={error} />
    </StepForm>
  )
}

function Answer({ d, request, step }: { d: Dossier; request: NonNullable<Dossier['requests']>[number]; step: Step }) {
  const { t } = useText()
  const [reason, setReason] = useState('')
  const [tried, setTried] = useState(false)
  const kinds = ['supplement_provided', 'withdrawal_requested', 'correction_proposed'] as const
  const kind = kinds.find((k) => k === request.type)
  const send = (accept: boolean) => {
    setTried(!accept)
    if (accept || reason.trim()) step.mutate((id, revision) => portal.answer(id, { revision, event: request.event, accept, reason: reason.trim() }))
  }
  const id = `answer-${d.id}-${request.event}`
  return (
    <div className="bd-step p-step">
      <h3>{t('p.dossier.request')}: {kind ? t(`p.request.${kind}`) : t('p.request.other')}</h3>
      {request.reason && <p>{request.reason}</p>}
      <Field id={id} label={t('p.reason')} value={reason} onChange={(e) => setReason(e.target.value)} error={tried && !reason.trim() ? t('p.reason.missing') : undefined} />
      <div className="bd-step__end">
        <Button disabled={step.isPending} onClick={() => send(false)}>{t('p.answer.decline')}</Button>
        <Button look="primary" disabled={step.isPending} onClick={() => send(true)}>{t('p.answer.accept')}</Button>
      </div>
    </div>
  )
}
