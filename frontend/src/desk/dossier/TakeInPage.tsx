// Taking a dossier in: every paper is held against its original, then the due date is shown with its
// reasons, and only then is there a button. Marks stay in memory while somebody else is served.
import { useQuery } from '@tanstack/react-query'
import { CircleCheckBig } from 'lucide-react'
import { useRef, useState } from 'react'
import { useLocation } from 'wouter'
import { counter, type Dossier, type Due } from '../../api/counter'
import { Button } from '../../components/Button/Button'
import { Field } from '../../components/Field/Field'
import { Loading } from '../../components/Loading/Loading'
import { Notice } from '../../components/Notice/Notice'
import { ErrorSummary, ProblemNotice, type FieldProblem } from '../../components/Problems/Problems'
import { formatMoment } from '../../text/format'
import { useText } from '../../text/language'
import { useKept } from '../kept'
import { Changed } from '../steps/Frame'
import { supplementKeys, type Wanted } from '../steps/Supplement'
import { Compare } from './Compare'
import { compared, isMarked, toCompare, type Marks } from './marks'
import { DossierFrame, DossierHead } from './DossierPage'
import { DueReasons } from './DueReasons'
import { codeOf, useDossier, useStep } from './useDossier'

export function TakeInPage({ id }: { id: string }) {
  const read = useDossier(id)
  return (
    <DossierFrame id={id}>
      {read.isPending && <Loading />}
      {read.isError && <ProblemNotice error={read.error} retry={() => void read.refetch()} />}
      {read.data && <><DossierHead d={read.data} now={read.dataUpdatedAt} /><TakeIn d={read.data} /></>}
    </DossierFrame>
  )
}

function TakeIn({ d }: { d: Dossier }) {
  const { t, pick } = useText()
  const [, go] = useLocation()
  const id = d.row.id
  const step = useStep(d, 'taken_in', () => go(`/d/${id}`))
  const [marks, setMarks] = useKept<Marks>(id, 'taken_in.marks', {})
  const [code, setCode] = useKept(id, 'taken_in.code', '')
  const [clock, setClock] = useKept<boolean | undefined>(id, 'taken_in.clock', undefined)
  const [, setPicked] = useKept<string[]>(id, supplementKeys.picked, [])
  const [, setWanted] = useKept<Record<string, Wanted>>(id, supplementKeys.wanted, {})
  const [period, setPeriod] = useKept<Stated>(id, 'taken_in.period', { value: '', unit: 'working_days' })
  const [tried, setTried] = useState(false)
  const send = useRef<HTMLDivElement>(null)
  const due = useQuery({ queryKey: ['counter', 'due', id], queryFn: () => counter.due(id) })
  const doubt = due.data?.clock_doubt === true || codeOf(step.error) === 'clock_doubt'
  const settled = !doubt || clock === true
  const papers = toCompare(d.components ?? [])
  const open = papers.filter((c) => !isMarked(marks[c.id]))
  const bad = papers.filter((c) => marks[c.id]?.match === false)
  // what is still missing cannot be taken in: it is asked for, brought now, or judged not to be needed
  const lacking = papers.filter((c) => c.state === 'missing' && marks[c.id]?.match !== true && marks[c.id]?.skip !== true)
  const problems: FieldProblem[] = open.filter((c) => c.state === 'provided' || c.state === 'missing').map((c) => ({ target: `paper-${c.id}`, message: t('d.take.unmarked', { name: pick(c.name) }) }))

  const takeIn = () => {
    setTried(true)
    if (problems.length > 0 || !settled) return
    step.send({ compared: compared(papers, marks), ...(due.data?.ask_period && Number(period.value) > 0 ? { period: { unit: period.unit, value: Number(period.value) } } : {}), ...(code.trim() ? { official_code: code.trim() } : {}), ...(doubt ? { confirm_clock: true } : {}) })
  }
  const ask = () => {
    setPicked(bad.map((c) => c.id))
    setWanted(Object.fromEntries(bad.map((c) => [c.id, { code: (c.scans ?? []).length > 0 ? 'unreadable' : 'missing', text: '' }])))
    go(`/d/${id}`)
  }
  const known = due.data && due.data.due > 0
  return (
    <div className="d-takein">
      <Compare d={d} papers={papers} marks={marks} onMarks={setMarks} onAll={() => send.current?.querySelector<HTMLElement>('button:not(:disabled), input')?.focus()}>
        <p role="status" className="d-takein__left">{open.length > 0 ? t('d.take.left', { n: open.length }) : t('d.take.all')}</p>
        <div className="d-takein__end" ref={send}>
          <Changed d={d} name="taken_in" step={step} />
          {step.error && codeOf(step.error) !== 'clock_doubt' && <ProblemNotice error={step.error} />}
          {doubt && clock !== true && <ClockAsk wrong={clock === false} now={due.data?.now ?? due.dataUpdatedAt} onAnswer={setClock} />}
          {settled && <DuePart due={due.data} error={due.error} pending={due.isPending} retry={() => void due.refetch()} />}
          {settled && due.data?.ask_period && <StatePeriod value={period} onChange={setPeriod} />}
          <ErrorSummary problems={tried ? problems : []} />
          {bad.length > 0 && (
            <Notice title={t('d.take.bad', { n: bad.length })} action={<Button look="primary" onClick={ask}>{t('d.take.bad.ask')}</Button>}>{t('d.take.bad.next')}</Notice>
          )}
          {settled && <Field label={t('d.take.code')} help={t('d.take.code.help')} value={code} onChange={(e) => setCode(e.target.value)} />}
          <div className="d-takein__bar">
            {lacking.length > 0 && open.length === 0
              ? <p className="d-takein__lacking">{t('d.take.missing', { n: lacking.length })}</p>
              : (
                <Button look={bad.length > 0 ? 'plain' : 'primary'} className="d-takein__go" icon={<CircleCheckBig aria-hidden />} disabled={step.busy || step.behind || !settled || due.isPending} onClick={takeIn}>
                  {bad.length > 0 ? t('d.take.anyway') : known ? t('d.take.go.due', { due: formatMoment(due.data.due) }) : t('d.take.go')}
                </Button>
              )}
          </div>
        </div>
      </Compare>
    </div>
  )
}

const units = ['working_days', 'calendar_days', 'hours'] as const

interface Stated {
  value: string
  unit: (typeof units)[number]
}

/** StatePeriod lets an officer state what the catalogue does not; the date will say whose word it rests on. */
function StatePeriod({ value, onChange }: { value: Stated; onChange: (value: Stated) => void }) {
  const { t } = useText()
  return (
    <fieldset className="d-why">
      <legend>{t('d.take.period')}</legend>
      <p className="o-soft">{t('d.take.period.help')}</p>
      <div className="d-takein__period">
        <Field label={t('d.take.period.value')} type="number" min={0} max={365} value={value.value} onChange={(e) => onChange({ ...value, value: e.target.value })} />
        <label>{t('d.take.period.unit')}
          <select value={value.unit} onChange={(e) => onChange({ ...value, unit: units.find((u) => u === e.target.value) ?? 'working_days' })}>{units.map((u) => <option key={u} value={u}>{t(`d.take.period.${u}`)}</option>)}</select>
        </label>
      </div>
    </fieldset>
  )
}

function DuePart({ due, error, pending, retry }: { due: Due | undefined; error: unknown; pending: boolean; retry: () => void }) {
  const { t, pick } = useText()
  if (pending) return <Loading />
  if (!due) return <ProblemNotice error={error} retry={retry} />
  return due.due > 0 ? <DueReasons due={due} /> : due.ask_period ? null : <Notice title={pick(due.text) || t('d.take.due.none')} />
}

/** ClockAsk comes before the due date: a date counted from a wrong clock would be a promise nobody made. */
function ClockAsk({ wrong, now, onAnswer }: { wrong: boolean; now: number; onAnswer: (right: boolean) => void }) {
  const { t } = useText()
  if (wrong) return <Notice tone="harm" title={t('d.take.clock')} action={<Button onClick={() => onAnswer(true)}>{t('d.take.clock.yes')}</Button>}>{t('d.take.clock.wrong')}</Notice>
  return (
    <Notice title={t('d.take.clock')}>
      <p>{t('d.take.clock.ask', { time: formatMoment(now) })}</p>
      <div className="d-takein__clock">
        <Button onClick={() => onAnswer(false)}>{t('d.take.clock.no')}</Button>
        <Button look="primary" onClick={() => onAnswer(true)}>{t('d.take.clock.yes')}</Button>
      </div>
    </Notice>
  )
}
