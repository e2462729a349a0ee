import { ArrowRight, Clock, Coins, FileText, Info, Landmark, MapPin, ScrollText, Signpost } from 'lucide-react'
import type { ReactNode } from 'react'
import { useLocation } from 'wouter'
import { desk, type PaperNeeded, type Procedure } from '../../api/kiosk'
import { Loading } from '../../components/Loading/Loading'
import { ProblemNotice } from '../../components/Problems/Problems'
import { useText } from '../../text/language'
import { useFormOf, useProcedure } from '../draft'
import { NextButton, Screen } from '../parts/Screen'
import { TakePaper } from '../parts/TakePaper'
import { useVisit } from '../visit'
import { useStep } from '../parts/useStep'

/** useBeginDraft opens a draft, once it is said that nothing of it is a state secret, and goes to the first question about the person. */
export function useBeginDraft() {
  const { language } = useText()
  const { keepDraft } = useVisit()
  const [, go] = useLocation()
  return useStep({
    mutationFn: (body: { procedure: string; case?: string }) => desk.beginDraft({ ...body, language, secret: false }),
    onSuccess: ({ id }) => {
      keepDraft(id)
      go(`/d/${id}/who`)
    },
  })
}

/** useStart goes to the case, where there are several, else straight into the draft. */
export function useStart(code: string) {
  const [, go] = useLocation()
  const form = useFormOf(code)
  const begin = useBeginDraft()
  const cases = form.data?.cases ?? []
  return { form, begin, start: () => (cases.length > 1 ? go(`/procedure/${code}/case`) : begin.mutate({ procedure: code, case: cases[0]?.id })) }
}

export function ProcedureScreen({ code }: { code: string }) {
  const { t, pick, language } = useText()
  const [, go] = useLocation()
  const procedure = useProcedure(code)
  const p = procedure.data
  return (
    <Screen
      eyebrow={pick(p?.field)}
      title={p ? pick(p.plain) || pick(p.short) || pick(p.name) : t('common.loading')}
      help={p && pick(p.name)}
      aside={p && <TakePaper print={() => desk.printSheet(code, language)} printLabel={t('k.proc.print')} load={() => desk.sheetPDF(code, language)} name={`thu-tuc-${code}.pdf`} label={t('k.proc.save')} />}
      back={() => window.history.back()}
      focusKey={p?.code}
      next={
        p && (
          <NextButton iconAfter={<ArrowRight aria-hidden />} onClick={() => go(`/procedure/${code}/secret`)}>
            {t(p.modelled ? 'k.proc.start' : 'k.proc.start.general')}
          </NextButton>
        )
      }
    >
      {procedure.isPending && <Loading />}
      {procedure.isError && <ProblemNotice error={procedure.error} retry={() => void procedure.refetch()} />}
      {p && <Facts p={p} />}
    </Screen>
  )
}

/** Facts is what a resident wants to know before beginning; what is not stated is said to be not stated. */
export function Facts({ p }: { p: Procedure }) {
  const { t, pick } = useText()
  const unstated = t('k.proc.unstated')
  const papers = p.components ?? []
  const remarks = p.remarks ?? []
  return (
    <div className="k-facts">
      <section className="k-card k-facts__papers" aria-labelledby="papers">
        <h2 id="papers"><FileText aria-hidden />{t('k.proc.papers')}</h2>
        {papers.length === 0 ? <p>{t('k.proc.papers.none')}</p> : (
          <ul>{papers.map((paper) => <PaperLine key={paper.id} paper={paper} />)}</ul>
        )}
      </section>
      <div className="k-facts__side">
        <dl>
          <Fact icon={<Clock aria-hidden />} name={t('k.proc.time')}>{pick(p.time?.text) || unstated}</Fact>
          <Fact icon={<Coins aria-hidden />} name={t('k.proc.fee')}>{pick(p.fee?.text) || unstated}</Fact>
          <Fact icon={<Landmark aria-hidden />} name={t('k.proc.who')}>{pick(p.authority) || unstated}</Fact>
          <Fact icon={<MapPin aria-hidden />} name={t('k.proc.where')}>{pick(p.receiver) || unstated}</Fact>
          {(p.results ?? []).length > 0 && <Fact icon={<ScrollText aria-hidden />} name={t('k.proc.result')}>{p.results?.join('; ')}</Fact>}
        </dl>
        {remarks.length > 0 && (
          <section className="k-card k-card--gold" aria-labelledby="remarks">
            <h2 id="remarks"><Info aria-hidden />{t('k.proc.remarks')}</h2>
            <ul className="k-remarks">{remarks.map((remark) => <li key={remark.vi}>{pick(remark)}</li>)}</ul>
          </section>
        )}
        {p.next && (
          <section className="k-card" aria-labelledby="next">
            <h2 id="next"><Signpost aria-hidden />{t('k.proc.next')}</h2>
            <p>{pick(p.next)}</p>
          </section>
        )}
        <p className="k-help">
          {t('k.proc.code', { code: p.code })}. {p.decision ? t('k.proc.decision', { decision: p.decision }) : t('k.proc.decision.unstated')}.
          {!p.verified && ` ${t('k.proc.unverified')}`}
        </p>
      </div>
    </div>
  )
}

function Fact({ icon, name, children }: { icon: ReactNode; name: string; children: ReactNode }) {
  return (
    <div className="k-card k-fact">
      <dt>{icon}{name}</dt>
      <dd>{children}</dd>
    </div>
  )
}

/** PaperLine is one paper: how many, when, and what replaces it. */
export function PaperLine({ paper }: { paper: PaperNeeded }) {
  const { t, pick } = useText()
  const data = paper.kind === 'dulieu'
  const counts = [
    paper.originals > 0 ? t('k.proc.originals', { n: paper.originals }) : '',
    paper.copies > 0 ? t('k.proc.copies', { n: paper.copies }) : '',
    paper.originals + paper.copies === 0 && !data ? t('k.proc.copies.unstated') : '',
  ].filter(Boolean).join(', ')
  const kind = paper.kind === 'nop' || paper.kind === 'trinh' || data ? t(`k.proc.kind.${paper.kind as 'nop' | 'trinh' | 'dulieu'}`) : ''
  if (paper.written) {
    return (
      <li className="k-paperline">
        <strong>{pick(paper.name)}</strong>
        <span>{t('k.proc.written')}</span>
      </li>
    )
  }
  const condition = pick(paper.condition)
  const found = pick(paper.replaced_by_data) || pick(paper.instead)
  return (
    <li className="k-paperline">
      <strong>{pick(paper.name)}</strong>
      <span>{[kind, counts].filter(Boolean).join(' · ')}</span>
      {condition && !paper.always && <span>{t('k.proc.when', { text: condition })}</span>}
      {found && <span>{t('k.proc.byData', { text: found })}</span>}
    </li>
  )
}
