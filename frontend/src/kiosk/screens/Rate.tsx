import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Building2, FileText } from 'lucide-react'
import { Redirect, useLocation } from 'wouter'
import { feedback, type Opinion } from '../../api/feedback'
import { Notice } from '../../components/Notice/Notice'
import { SlipNumber } from '../../components/SlipNumber/SlipNumber'
import { useText } from '../../text/language'
import { LookUp } from '../parts/LookUp'
import { RateForm } from '../parts/RateForm'
import { Screen } from '../parts/Screen'
import { useVisit } from '../visit'
import { useStep } from '../parts/useStep'

/** Rate asks what is to be rated: this visit, or a dossier. */
export function Rate() {
  const { t } = useText()
  const [, go] = useLocation()
  const ways = [
    { to: '/rate/visit', Icon: Building2, title: t('k.rate.visit'), sub: t('k.rate.visit.sub') },
    { to: '/rate/find', Icon: FileText, title: t('k.rate.dossier'), sub: t('k.rate.dossier.sub') },
  ]
  return (
    <Screen eyebrow={t('k.tile.rate')} title={t('k.rate.what')} back="/home">
      <div className="k-ways k-ways--large">
        {ways.map(({ to, Icon, title, sub }) => (
          <button key={to} type="button" className="k-way k-way--main" onClick={() => go(to)}>
            <span className="k-way__icon" aria-hidden><Icon /></span>
            <span><strong>{title}</strong><span>{sub}</span></span>
          </button>
        ))}
      </div>
    </Screen>
  )
}

export function RateFind() {
  const { t } = useText()
  return <LookUp eyebrow={t('k.tile.rate')} open={t('k.rate.open')} then="/rate/dossier" />
}

export function RateVisit() {
  const { t } = useText()
  const queries = useQueryClient()
  const now = useQuery({ queryKey: ['rating', 'visit'], queryFn: feedback.visitRating, retry: false })
  const save = useStep({
    mutationFn: (opinion: Opinion) => feedback.rateVisit(opinion),
    onSuccess: (kept) => queries.setQueryData(['rating', 'visit'], kept),
  })
  return <RateForm eyebrow={t('k.rate.visit')} back="/rate" rating={now.data?.rating} busy={save.isPending} error={save.error ?? now.error} onSave={save.mutateAsync} />
}

export function RateDossier() {
  const { tracking } = useVisit()
  return tracking ? <OfSlip slip={tracking.slip} /> : <Redirect to="/rate/find" />
}

function OfSlip({ slip }: { slip: string }) {
  const { t, pick } = useText()
  const queries = useQueryClient()
  const now = useQuery({ queryKey: ['rating', slip], queryFn: () => feedback.slipRating(slip), retry: false })
  const save = useStep({
    mutationFn: (opinion: Opinion) => feedback.rateSlip(slip, opinion),
    onSuccess: (kept) => queries.setQueryData(['rating', slip], kept),
    onError: () => void now.refetch(), // it may have left meanwhile: show what is kept
  })
  const d = now.data
  return (
    <RateForm
      eyebrow={<>{t('k.done.slip')} <SlipNumber slip={slip} />{d && <span data-personal> · {pick(d.procedure.name)}</span>}</>}
      back="/rate"
      rating={d && d.rating}
      note={d && !d.over && <Notice title={t('k.rate.early')}>{t('k.rate.early.next')}</Notice>}
      busy={save.isPending}
      error={save.error ?? now.error}
      onSave={save.mutateAsync}
    />
  )
}
