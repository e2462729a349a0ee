import { useMutation, useQuery } from '@tanstack/react-query'
import { Eye, Printer } from 'lucide-react'
import { counter, type OfficePaper } from '../../api/counter'
import type { Print } from '../../api/verify'
import { Button } from '../../components/Button/Button'
import { Loading } from '../../components/Loading/Loading'
import { ProblemNotice } from '../../components/Problems/Problems'
import { StatePill, type PillTone } from '../../components/StatePill/StatePill'
import { useText } from '../../text/language'
import { openPaper } from '../papers'

/** Printing lists the forms this dossier can have now. What is previewed is what prints. */
export function Printing({ id, revision }: { id: string; revision: number }) {
  const { t, pick } = useText()
  const papers = useQuery({ queryKey: ['counter', 'papers', id, revision], queryFn: () => counter.papers(id) })
  const list = papers.data?.papers ?? []
  const later = list.filter((p) => !p.ready)
  return (
    <section className="o-card d-printing" aria-labelledby="printing">
      <h2 id="printing">{t('d.print.title')}</h2>
      {papers.isPending && <Loading />}
      {papers.isError && <ProblemNotice error={papers.error} retry={() => void papers.refetch()} />}
      {papers.data && list.length === 0 && <p className="o-soft">{t('d.print.none')}</p>}
      <ul>{list.filter((p) => p.ready).map((paper) => <Form key={paper.form} id={id} paper={paper} />)}</ul>
      {later.length > 0 && (
        <details>
          <summary>{t('d.print.later', { n: later.length })}</summary>
          <ul>{later.map((paper) => <li key={paper.form}><p><span>{pick(paper.title)}</span><span className="d-printing__why">{pick(paper.why)}</span></p></li>)}</ul>
        </details>
      )}
    </section>
  )
}

function Form({ id, paper }: { id: string; paper: OfficePaper }) {
  const { t, pick } = useText()
  const print = useMutation({ mutationFn: () => counter.print(id, paper.form) })
  const title = pick(paper.title)
  const address = counter.paperAddress(id, paper.form)
  return (
    <li>
      <p>
        <strong>{title}</strong>
        {paper.number && <span className="o-soft" title={paper.legal}>{t('d.print.number', { number: paper.number })}</span>}
        {paper.printed ? <span className="o-soft">{t('d.print.times', { n: paper.printed })}</span> : null}
        {paper.confidence === 'unverified' && <span className="d-printing__unsure">{t('d.print.unsure')}</span>}
      </p>
      <div className="d-printing__do">
        {/* a page of its own, which a lock closes again */}
        <a className="bd-button bd-button--quiet" href={address} target="_blank" rel="opener" aria-label={t('d.print.view.of', { title })} onClick={(e) => { if (openPaper(address)) e.preventDefault() }}><Eye aria-hidden /><span>{t('d.print.view')}</span></a>
        <Button icon={<Printer aria-hidden />} aria-label={t('d.print.go.of', { title })} disabled={print.isPending} onClick={() => print.mutate()}>{t(print.isPending ? 'd.print.busy' : 'd.print.go')}</Button>
      </div>
      {print.isError && <ProblemNotice error={print.error} />}
      {print.data && <Outcome key={print.data.print} print={print.data} />}
    </li>
  )
}

const tones: Record<Print['state'], PillTone> = { begun: 'work', accepted: 'work', printed: 'good', failed: 'harm', unknown: 'wait' }

/** Outcome follows a print until the printer, or a person who looks, says what came of it. */
function Outcome({ print }: { print: Print }) {
  const { t } = useText()
  const number = print.print
  const now = useQuery({
    queryKey: ['counter', 'print', number], queryFn: () => counter.printed(number ?? 0), enabled: number !== undefined, initialData: print,
    refetchInterval: (q) => (q.state.data?.state === 'begun' || q.state.data?.state === 'accepted' ? 1000 : false),
  })
  const seen = useMutation({ mutationFn: (out: boolean) => counter.seen(number ?? 0, out), onSuccess: () => void now.refetch() })
  const job = seen.data ?? now.data
  return (
    <div className="d-printing__outcome" role="status">
      <StatePill tone={tones[job.state]}>{t(`d.prints.state.${job.state}`)}</StatePill>
      {job.copy > 1 && <span className="o-soft">{t('d.prints.copy.again', { n: job.copy - 1 })}</span>}
      {job.detail && <span className="o-soft">{job.detail}</span>}
      {job.state === 'unknown' && number !== undefined && (
        <span>{t('d.print.ask')} <Button onClick={() => seen.mutate(true)}>{t('d.print.out')}</Button> <Button onClick={() => seen.mutate(false)}>{t('d.print.notOut')}</Button></span>
      )}
    </div>
  )
}
