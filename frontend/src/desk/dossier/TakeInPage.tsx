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
import { compared, toCompare, type Marks } from './marks'
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
  const [tried, setTried] = useState(false)
  const send = useRef<HTMLDivElement>(null)
  const due = useQuery({ queryKey: ['counter', 'due', id], queryFn: () => counter.due(id) })
  const doubt = due.data?.clock === 'doubtful' || codeOf(step.error) === 'clock_doubt'
  const settled = !doubt || clock === true
  const papers = toCompare(d.components ?? [])
  const open = papers.filter((c) => marks[c.id]?.match === undefined)
  const bad = papers.filter((c) => marks[c.id]?.match === false)
  const problems: FieldProblem[] = open.filter((c) => c.state === 'provided').map((c) => ({ target: `paper-${c.id}`, message: t('d.take.unmarked', { name: pick(c.name) }) }))

  const takeIn = () => {
    setTried(true)
    if (problems.length > 0 || !settled) return
    step.send({ compared: compared(papers, marks), ...(code.trim() ? { official_code: code.trim() } : {}), ...(doubt ? { confirm_clock: true } : {}) })
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
          <ErrorSummary problems={tried ? problems : []} />
          {bad.length > 0 && (
            <Notice title={t('d.take.bad', { n: bad.length })} action={<Button look="primary" onClick={ask}>{t('d.take.bad.ask')}</Button>}>{t('d.take.bad.next')}</Notice>
          )}
          {settled && <Field label={t('d.take.code')} help={t('d.take.code.help')} value={code} onChange={(e) => setCode(e.target.value)} />}
          <div className="d-takein__bar">
            <Button look={bad.length > 0 ? 'plain' : 'primary'} className="d-takein__go" icon={<CircleCheckBig aria-hidden />} disabled={step.busy || step.behind || !settled || due.isPending} onClick={takeIn}>
              {bad.length > 0 ? t('d.take.anyway') : known ? t('d.take.go.due', { due: formatMoment(due.data.due) }) : t('d.take.go')}
            </Button>
          </div>
        </div>
      </Compare>
    </div>
  )
}

function DuePart({ due, error, pending, retry }: { due: Due | undefined; error: unknown; pending: boolean; retry: () => void }) {
  const { t } = useText()
  if (pending) return <Loading />
  if (!due) return <ProblemNotice error={error} retry={retry} />
  return due.due > 0 ? <DueReasons due={due} /> : <Notice title={t('d.take.due.none')} />
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
