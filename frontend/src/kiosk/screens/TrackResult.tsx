import { useQuery } from '@tanstack/react-query'
import { FileWarning, MessageSquareReply, PackageCheck } from 'lucide-react'
import { Redirect, useLocation } from 'wouter'
import { desk, type Tracked } from '../../api/kiosk'
import { Acks } from '../../components/Acks/Acks'
import { Button } from '../../components/Button/Button'
import { Journey } from '../../components/Journey/Journey'
import { ProblemNotice } from '../../components/Problems/Problems'
import { SlipNumber } from '../../components/SlipNumber/SlipNumber'
import { StatePill, toneOf } from '../../components/StatePill/StatePill'
import { formatMoment } from '../../text/format'
import { useText } from '../../text/language'
import { NextButton, Screen } from '../parts/Screen'
import { useVisit, type Tracking } from '../visit'
import { CallCard } from '../parts/CallCard'
import { useStep } from '../parts/useStep'

export function TrackResult() {
  const { tracking } = useVisit()
  return tracking ? <Result tracking={tracking} /> : <Redirect to="/track" />
}

function Result({ tracking }: { tracking: Tracking }) {
  const { t, pick } = useText()
  const [, go] = useLocation()
  const { keepDraft } = useVisit()
  const live = useQuery({ queryKey: ['track', tracking.slip, tracking.second], queryFn: () => desk.track(tracking.slip, tracking.second), initialData: tracking.answer, refetchInterval: 20_000, retry: false })
  const d = live.data
  const supply = useStep({
    mutationFn: () => desk.beginSupplement(tracking.slip, tracking.second),
    onSuccess: ({ id }) => {
      keepDraft(id)
      go(`/d/${id}/papers`)
    },
  })
  return (
    <Screen
      eyebrow={<>{t('k.done.slip')} <SlipNumber slip={d.slip} /></>}
      title={<span data-personal>{pick(d.procedure.name)}</span>}
      back="/track"
      next={d.supplement && <NextButton busy={supply.isPending} onClick={() => supply.mutate()}>{t('k.track.supply')}</NextButton>}
      aside={
        <>
          {/* 6: an officer waits for a fee */}
          {d.state.national === 6 && <Button onClick={() => go('/pay/result')}>{t('k.track.pay')}</Button>}
          {/* 9 and 10: the office is done with it */}
          {(d.state.national === 9 || d.state.national === 10) && <Button onClick={() => go('/rate/dossier')}>{t('k.rate.this')}</Button>}
          <Button onClick={() => go('/track')}>{t('k.track.again')}</Button>
        </>
      }
    >
      {supply.isError && <ProblemNotice error={supply.error} />}
      <p className="k-state" data-personal>
        {t('k.track.state')}: <StatePill tone={toneOf(d.state.code)}>{pick(d.state.text)}</StatePill>
        {d.official_code && <span className="k-help">{t('k.track.code')}: <strong>{d.official_code}</strong></span>}
      </p>
      {d.petition && <ReplyCard reply={d.petition.reply} />}
      {d.call_back && <CallCard call={d.call_back} />}
      <section className="k-card"><Acks acks={d.acks} copies={d} /></section>
      {d.supplement && <Supplement supplement={d.supplement} />}
      {d.result && <ResultCard result={d.result} />}
      <section className="k-card">
        <h2>{t('k.track.steps')}</h2>
        {d.steps && d.steps.length > 0
          ? <div data-personal><Journey label={t('k.track.steps')} steps={d.steps.map((s) => ({ at: s.at, text: pick(s.text), who: s.office }))} /></div>
          : <p>{t('k.track.noSteps')}</p>}
        <p className="k-help">{t('k.track.local')}</p>
      </section>
    </Screen>
  )
}

function Supplement({ supplement }: { supplement: NonNullable<Tracked['supplement']> }) {
  const { t, pick } = useText()
  return (
    <section className="k-card k-card--gold" data-personal>
      <h2><FileWarning aria-hidden />{t('k.track.supplement')}</h2>
      <ul className="k-asked">
        {(supplement.reasons ?? []).map((r) => (
          <li key={`${r.component} ${r.code}`}><strong>{pick(r.name) || r.component}</strong><span>{r.text}</span></li>
        ))}
      </ul>
      {supplement.text && <p>{supplement.text}</p>}
    </section>
  )
}

/** ReplyCard is what the office answered to a petition, in its own words. */
function ReplyCard({ reply }: { reply: NonNullable<Tracked['petition']>['reply'] }) {
  const { t } = useText()
  return (
    <section className={reply ? 'k-card k-card--gold' : 'k-card'} data-personal>
      <h2><MessageSquareReply aria-hidden />{t('k.f.reply')}</h2>
      {reply ? (
        <>
          <p className="k-letter__text">{reply.text}</p>
          <p className="k-help">{[reply.office, formatMoment(reply.at)].filter(Boolean).join(' · ')}</p>
        </>
      ) : <p>{t('k.f.reply.none')}</p>}
    </section>
  )
}

function ResultCard({ result }: { result: NonNullable<Tracked['result']> }) {
  const { t } = useText()
  const where = typeof result === 'string' ? result : (result.where ?? '')
  return (
    <section className="k-card k-card--gold" data-personal>
      <h2><PackageCheck aria-hidden />{t('k.track.result')}</h2>
      <p>{where}</p>
    </section>
  )
}
