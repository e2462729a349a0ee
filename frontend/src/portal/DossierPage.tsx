// One dossier: what was declared, the papers beside it, what happened, and
// the steps this officer may take now.
import { useState } from 'react'
import { useQuery } from '@tanstack/react-query'
import { ArrowLeft, CircleAlert, EyeOff } from 'lucide-react'
import { Link } from 'wouter'
import { portal, type Dossier } from '../api/portal'
import { PersonFacts, relationOf } from '../components/Facts/Facts'
import { Journey } from '../components/Journey/Journey'
import { Loading } from '../components/Loading/Loading'
import { Notice } from '../components/Notice/Notice'
import { ProblemNotice } from '../components/Problems/Problems'
import { SlipNumber } from '../components/SlipNumber/SlipNumber'
import { StatePill, toneOf } from '../components/StatePill/StatePill'
import { showPhone } from '../form/show'
import { formatMoment } from '../text/format'
import { useText } from '../text/language'
import { Actions } from './Actions'
import { Papers } from './Papers'

export function DossierPage({ id }: { id: string }) {
  const { t } = useText()
  const dossier = useQuery({ queryKey: ['dossier', id], queryFn: () => portal.dossier(id), refetchInterval: (query) => (query.state.data?.complete === false ? 10_000 : false) })
  return (
    <main className="p-dossier">
      <Link href="/" className="p-back"><ArrowLeft aria-hidden />{t('p.dossier.back')}</Link>
      {dossier.isPending && <Loading />}
      {dossier.isError && <ProblemNotice error={dossier.error} retry={() => void dossier.refetch()} />}
      {dossier.data && <Page d={dossier.data} />}
    </main>
  )
}

function Page({ d }: { d: Dossier }) {
  const { t, pick } = useText()
  const verdict = d.verdict ?? []
  return (
    <>
      <header className="p-dossier__head">
        <div>
          <h1 className="o-clamp" title={pick(d.procedure.name)}>{pick(d.procedure.name)}</h1>
          <p>
            <SlipNumber slip={d.slip} />
            {d.official_code && <span>{t('p.dossier.code', { code: d.official_code })}</span>}
            <span>{d.office}</span>
            <span className="bd-number">{t('p.dossier.received', { time: formatMoment(d.received_at) })}</span>
            {d.due_at ? <span className="bd-number">{t('p.dossier.due', { time: formatMoment(d.due_at) })}</span> : null}
          </p>
        </div>
        <StatePill tone={toneOf(d.state.code)}>{pick(d.state.text)}</StatePill>
      </header>
      {!d.complete && <Notice title={t('p.dossier.incomplete')} />}
      <div className="p-columns">
        <div className="p-column">
          {verdict.length > 0 && <Verdict d={d} />}
          <section className="o-card">
            <h2>{t('p.dossier.applicant')}</h2>
            <PersonFacts person={d.applicant} />
            {d.submitter && (
              <>
                <h2 className="p-subhead">{t('p.dossier.submitter')}{d.submitter.relation && ` (${relationOf(t, d.submitter.relation)})`}</h2>
                <PersonFacts person={d.submitter} />
              </>
            )}
            {d.helper && (
              <>
                <h2 className="p-subhead">{t('k.read.helper')}</h2>
                <PersonFacts person={d.helper} />
              </>
            )}
          </section>
          {d.petition ? <Petition p={d.petition} /> : !d.call_back && <Answers d={d} />}
        </div>
        {/* a call-back request has no papers: it stands where they would */}
        {d.call_back ? <div className="p-column"><CallBack c={d.call_back} phone={d.applicant?.phone} /></div> : <Papers d={d} />}
        <div className="p-column">
          <Actions d={d} />
          <section className="o-card">
            <h2>{t('p.dossier.journal')}</h2>
            {(d.journal ?? []).length > 0
              ? <Journey label={t('p.dossier.journal')} steps={(d.journal ?? []).map((j) => ({ at: j.at, text: pick(j.text), who: j.who }))} />
              : <p className="o-soft">{t('p.dossier.noJournal')}</p>}
          </section>
        </div>
      </div>
    </>
  )
}

/** Petition shows what somebody wrote, what may be made public of it, and the answer. */
function Petition({ p }: { p: NonNullable<Dossier['petition']> }) {
  const { t, pick } = useText()
  return (
    <section className="o-card">
      <h2>{t('p.petition')}</h2>
      <dl className="bd-facts">
        <div><dt>{t('p.petition.topic')}</dt><dd>{pick(p.topic)}</dd></div>
      </dl>
      <p className="p-petition__text">{p.text || <span className="o-soft">{t('p.petition.noText')}</span>}</p>
      <p className={p.no_name ? 'p-petition__wish p-petition__wish--kept' : 'p-petition__wish'}>{p.no_name && <EyeOff aria-hidden />}{pick(p.wish)}</p>
      {p.reply && (
        <>
          <h2 className="p-subhead">{t('p.petition.reply')}</h2>
          <p className="p-petition__text">{p.reply.text}</p>
          <p className="o-soft">{p.reply.office} · <span className="bd-number">{formatMoment(p.reply.at)}</span></p>
        </>
      )}
    </section>
  )
}

/** CallBack shows whom to call, when and why, the calls made, and the written answer. */
function CallBack({ c, phone }: { c: NonNullable<Dossier['call_back']>; phone: string | undefined }) {
  const { t, pick } = useText()
  return (
    <section className="o-card">
      <h2>{t('p.call')}</h2>
      {c.enough && <Notice title={t('p.call.enough')} />}
      <dl className="bd-facts">
        <div><dt>{t('p.call.phone')}</dt><dd className="p-call__phone bd-number">{phone ? showPhone(phone) : <span className="o-soft">{t('p.call.hidden')}</span>}</dd></div>
        <div><dt>{t('p.call.when')}</dt><dd>{pick(c.when)}</dd></div>
        {c.about && <div><dt>{t('p.call.about')}</dt><dd>{pick(c.about.name)} <span className="o-soft bd-number">{c.about.code}</span></dd></div>}
      </dl>
      <p className="p-petition__text">{c.text || <span className="o-soft">{t('p.call.noText')}</span>}</p>
      {c.calls.length > 0 && (
        <>
          <h2 className="p-subhead">{t('p.call.made')}</h2>
          <ol className="p-calls">
            {c.calls.map((one) => (
              <li key={one.at}>
                <strong>{t(one.reached ? 'p.call.reached' : 'p.call.notReached')}</strong> <span className="o-soft bd-number">{formatMoment(one.at)}</span>
                {one.text && <p className="p-petition__text">{one.text}</p>}
              </li>
            ))}
          </ol>
        </>
      )}
      {c.reply && (
        <>
          <h2 className="p-subhead">{t('p.call.reply')}</h2>
          <p className="p-petition__text">{c.reply.text}</p>
          <p className="o-soft">{c.reply.office} · <span className="bd-number">{formatMoment(c.reply.at)}</span></p>
        </>
      )}
    </section>
  )
}

function Answers({ d }: { d: Dossier }) {
  const { t, pick } = useText()
  return (
    <section className="o-card">
      <h2>{t('p.dossier.answers')}</h2>
      {(d.answers ?? []).map((section) => (
        <div key={pick(section.section)} className="p-section">
          <h3>{pick(section.section)}</h3>
          <dl className="bd-facts">
            {(section.fields ?? []).map((field) => (
              <div key={field.id + field.value_text}>
                <dt>{pick(field.label)}</dt>
                <dd>{field.value_text || <span className="o-soft">{t('p.dossier.empty')}</span>}</dd>
              </div>
            ))}
          </dl>
        </div>
      ))}
      {d.note && <p>{d.note}</p>}
    </section>
  )
}

// The verdict carries codes, never answers; the words stand here.
const codes = ['required', 'not_a_date', 'in_future', 'not_a_citizen_id', 'not_a_phone', 'pattern', 'not_in_list', 'paper_missing', 'paper_undecided', 'paper_not_scanned', 'page_blank', 'page_blurred', 'page_cut', 'page_duplicate', 'page_locked', 'page_skewed', 'page_too_dark', 'page_too_small', 'signature_missing', 'too_few', 'address_incomplete'] as const

function Verdict({ d }: { d: Dossier }) {
  const { t, pick } = useText()
  const [open, setOpen] = useState(false)
  const list = d.verdict ?? []
  const labels = new Map((d.answers ?? []).flatMap((s) => s.fields ?? []).map((f) => [f.id, pick(f.label)]))
  const papers = new Map((d.components ?? []).map((c) => [c.id, pick(c.name)]))
  const about = (v: { field?: string; component?: string; where?: string }) => (v.component ? papers.get(v.component) : v.field ? (labels.get(v.field) ?? v.field) : '') ?? ''
  return (
    <section className="p-verdict">
      <button type="button" aria-expanded={open} onClick={() => setOpen(!open)}>
        <CircleAlert aria-hidden />{t('p.dossier.verdict', { n: list.length })}
      </button>
      {open && (
        <ul>
          {list.map((v, i) => {
            const known = codes.find((c) => c === v.code)
            return <li key={`${i} ${v.code}`}>{known ? t(`p.verdict.${known}`) : t('p.verdict.other')} <strong>{about(v)}</strong></li>
          })}
        </ul>
      )}
    </section>
  )
}
