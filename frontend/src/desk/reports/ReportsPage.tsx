import { useMutation, useQuery } from '@tanstack/react-query'
import { Eye, FileSpreadsheet, Stamp } from 'lucide-react'
import { useState } from 'react'
import { Link } from 'wouter'
import { counter, type Report, type ReportInfo } from '../../api/counter'
import { Button } from '../../components/Button/Button'
import { Loading } from '../../components/Loading/Loading'
import { ProblemNotice } from '../../components/Problems/Problems'
import { StatePill } from '../../components/StatePill/StatePill'
import { formatMoment } from '../../text/format'
import { useText } from '../../text/language'
import { openPaper } from '../papers'
import { Behind } from './Behind'
import { Corrections } from './Corrections'
import { ReportTable, type Opened } from './ReportTable'

export function ReportsPage({ name }: { name: string | undefined }) {
  const { t, pick } = useText()
  const reports = useQuery({ queryKey: ['counter', 'reports'], queryFn: counter.reports })
  const list = reports.data?.reports ?? []
  const chosen = list.find((r) => r.name === name) ?? list[0]
  return (
    <div className="d-work">
      <div className="d-rail">
        <nav aria-label={t('d.reports.list')}>
          <ul>{list.map((r) => <li key={r.name}><Link href={`/reports/${r.name}`} aria-current={r === chosen ? 'page' : undefined}><span>{pick(r.title)}{r.number && <small>{r.number}</small>}</span></Link></li>)}</ul>
        </nav>
      </div>
      <main className="d-work__main">
        {reports.isPending && <Loading />}
        {reports.isError && <ProblemNotice error={reports.error} retry={() => void reports.refetch()} />}
        {reports.data && list.length === 0 && <div className="o-empty"><p><strong>{t('d.reports.none')}</strong></p></div>}
        {chosen && <One key={chosen.name} info={chosen} />}
      </main>
    </div>
  )
}

function One({ info }: { info: ReportInfo }) {
  const { t, pick } = useText()
  const periods = info.periods ?? []
  const [id, setId] = useState(periods[0]?.id ?? '')
  const [cell, setCell] = useState<Opened>()
  const report = useQuery({ queryKey: ['counter', 'report', info.name, id], queryFn: () => counter.report(info.name, id), enabled: id !== '' })
  const choose = (next: string) => {
    setId(next)
    setCell(undefined)
  }
  const pdf = counter.reportAddress(info.name, id, 'pdf')
  return (
    <>
      <div className="o-title d-reports__title">
        <div>
          <h1>{pick(info.title)}</h1>
          <p>{[info.number, info.legal].filter(Boolean).join(' · ')}</p>
        </div>
        <div className="o-title__actions">
          <label className="d-reports__period">{t('d.reports.period')}
            <select value={id} onChange={(e) => choose(e.target.value)}>{periods.map((p) => <option key={p.id} value={p.id}>{pick(p.title)}</option>)}</select>
          </label>
          {report.data && (
            <>
              <a className="bd-button bd-button--plain" href={pdf} target="_blank" rel="opener" onClick={(e) => { if (openPaper(pdf)) e.preventDefault() }}><Eye aria-hidden /><span>{t('d.reports.pdf')}</span></a>
              <a className="bd-button bd-button--plain" href={counter.reportAddress(info.name, id, 'xlsx')} download><FileSpreadsheet aria-hidden /><span>{t('d.reports.xlsx')}</span></a>
            </>
          )}
        </div>
      </div>
      {report.isPending && id !== '' && <Loading />}
      {report.isError && <ProblemNotice error={report.error} retry={() => void report.refetch()} />}
      {report.data && (
        <>
          <Standing info={info} report={report.data} onIssued={() => void report.refetch()} />
          <ReportTable report={report.data} open={cell} onOpen={setCell} />
          {cell && <Behind key={cell.cell} name={info.name} period={id} cell={cell} onClose={() => setCell(undefined)} />}
          <Corrections report={report.data} onOpen={setCell} />
        </>
      )}
    </>
  )
}

const standingTones = { open: 'wait', closed: 'work', issued: 'good' } as const

/** Standing says how far the figures can be relied on, and issues them where the period is over. */
function Standing({ info, report, onIssued }: { info: ReportInfo; report: Report; onIssued: () => void }) {
  const { t, pick } = useText()
  const known = report.cut_off?.known_at
  const issues = (report.issued ? 1 : 0) + (report.corrections ?? []).length
  const changed = (report.difference ?? []).length
  const issue = useMutation({ mutationFn: () => counter.issue(info.name, report.period.id, issues), onSuccess: onIssued })
  const may = report.state === 'closed' || (report.state === 'issued' && changed > 0)
  return (
    <>
      <p className="d-reports__standing">
        <StatePill tone={standingTones[report.state]}>{t(`d.reports.state.${report.state}`)}</StatePill>
        {known ? <span className="o-soft bd-number">{t('d.reports.cutoff', { time: formatMoment(known) })}</span> : null}
        {report.issued && <span className="o-soft bd-number">{t('d.reports.issued', { time: formatMoment(report.issued.at), who: report.issued.name ?? report.issued.by ?? '' })}</span>}
        {may && <Button icon={<Stamp aria-hidden />} disabled={issue.isPending} onClick={() => issue.mutate()}>{t(changed > 0 ? 'd.reports.correct' : 'd.reports.issue')}</Button>}
      </p>
      {issue.isError && <ProblemNotice error={issue.error} />}
      {(report.unsure ?? []).length > 0 && <details className="d-reports__unsure"><summary>{t('d.reports.unsure')} ({(report.unsure ?? []).length})</summary><ul>{(report.unsure ?? []).map((u) => <li key={u.vi}>{pick(u)}</li>)}</ul></details>}
    </>
  )
}

