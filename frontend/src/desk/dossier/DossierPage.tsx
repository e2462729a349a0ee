// One dossier at the staff's desk: what was filed, its papers, the steps this member may take now, what happened.
import { ArrowLeft, Copy } from 'lucide-react'
import type { ReactNode } from 'react'
import { Link } from 'wouter'
import type { Dossier } from '../../api/counter'
import { DueBar } from '../../components/DueBar/DueBar'
import { PersonFacts, relationOf } from '../../components/Facts/Facts'
import { Loading } from '../../components/Loading/Loading'
import { Notice } from '../../components/Notice/Notice'
import { ProblemNotice } from '../../components/Problems/Problems'
import { SlipNumber } from '../../components/SlipNumber/SlipNumber'
import { StatePill } from '../../components/StatePill/StatePill'
import { formatMoment, formatSlip } from '../../text/format'
import { useText } from '../../text/language'
import { Steps } from '../steps/Steps'
import { finished, standsStill, toneOfCode } from '../work/RowTable'
import { OpenNow } from '../work/Rail'
import { useFinding } from '../work/find'
import { Answers } from './Answers'
import { DueReasons } from './DueReasons'
import { Happened } from './Happened'
import { PapersCard } from './PapersCard'
import { Printing } from './Printing'
import { useDossier } from './useDossier'

export function DossierPage({ id }: { id: string }) {
  const read = useDossier(id)
  return (
    <DossierFrame id={id}>
      {read.isPending && <Loading />}
      {read.isError && <ProblemNotice error={read.error} retry={() => void read.refetch()} />}
      {read.data && <Page d={read.data} now={read.dataUpdatedAt} />}
    </DossierFrame>
  )
}

/** DossierFrame is the way back and the other open dossiers, above every page of one dossier. */
export function DossierFrame({ id, children }: { id: string; children: ReactNode }) {
  const { t } = useText()
  const { words } = useFinding()
  return (
    <main className="d-dossier">
      <div className="d-dossier__ways">
        <Link href={words ? '/find' : '/list/waiting'} className="d-back"><ArrowLeft aria-hidden />{t('d.one.back')}</Link>
        <OpenNow at={id} />
      </div>
      {children}
    </main>
  )
}

const channels = ['kiosk', 'desk', 'file'] as const

export function DossierHead({ d, now }: { d: Dossier; now: number }) {
  const { t, pick } = useText()
  const { row } = d
  const channel = channels.find((c) => c === d.filing.channel)
  return (
    <header className="d-dossier__head">
      <div>
        <h1><span>{row.applicant || pick(row.procedure.name)}</span>{row.applicant && <small className="o-clamp" title={pick(row.procedure.name)}>{pick(row.procedure.name)}</small>}</h1>
        <p>
          <SlipNumber slip={row.slip} />
          {(d.official_code ?? row.official_code) && <strong className="bd-number">{d.official_code ?? row.official_code}</strong>}
          <span className="bd-number">{t('d.one.filed', { time: formatMoment(row.filed_at) })}{channel && `, ${t(`d.one.channel.${channel}`)}`}</span>
          <span>{pick(d.custody.text)}</span>
          {(d.supplements ?? 0) > 0 && <span>{t('d.one.supplements', { n: d.supplements ?? 0 })}</span>}
        </p>
      </div>
      {row.due ? <DueBar due={row.due} from={row.received_at} now={now} paused={standsStill(row)} done={finished(row)} /> : null}
      <StatePill tone={toneOfCode(row.code)}>{pick(row.status)}</StatePill>
    </header>
  )
}

function Page({ d, now }: { d: Dossier; now: number }) {
  const { t } = useText()
  const { people, row } = d
  const twins = row.twins ?? []
  return (
    <>
      <DossierHead d={d} now={now} />
      {twins.length > 0 && <Notice title={<><Copy aria-hidden className="d-inline" /> {t('d.one.twins', { slips: twins.map(formatSlip).join(', ') })}</>} />}
      {(d.unknown ?? 0) > 0 && <Notice tone="harm" title={t('d.one.unknown')} />}
      <div className="d-columns">
        <div className="d-column">
          <section className="o-card">
            <h2>{t('d.one.people')}</h2>
            <PersonFacts person={people.applicant} />
            {people.submitter && <><h2 className="d-subhead">{t('d.one.submitter')}{people.submitter.relation && ` (${relationOf(t, people.submitter.relation)})`}</h2><PersonFacts person={people.submitter} /></>}
            {people.helper && <><h2 className="d-subhead">{t('k.read.helper')}</h2><PersonFacts person={people.helper} /></>}
          </section>
          <Answers d={d} />
        </div>
        <PapersCard d={d} />
        <div className="d-column">
          <Steps d={d} />
          <Printing id={row.id} revision={d.revision} />
          {d.due && <DueReasons due={d.due} card />}
          <Happened d={d} />
        </div>
      </div>
    </>
  )
}
