import { useState, type ReactNode } from 'react'
import { useQuery } from '@tanstack/react-query'
import { CircleCheckBig, CloudUpload, Lock, PencilLine } from 'lucide-react'
import { useLocation } from 'wouter'
import { feedback, type Opinion, type Rating, type RatingChoices } from '../../api/feedback'
import { Button } from '../../components/Button/Button'
import { ChooseMany } from '../../components/Choice/Choice'
import { Loading } from '../../components/Loading/Loading'
import { Notice } from '../../components/Notice/Notice'
import { ProblemNotice } from '../../components/Problems/Problems'
import { formatMoment } from '../../text/format'
import { useText } from '../../text/language'
import { Face, Faces } from './Faces'
import { NextButton, Screen } from './Screen'

/** as many as the book takes; it says so itself, too */
const maxChanges = 5

export interface RateFormProps {
  eyebrow: ReactNode
  back: string
  /** undefined while it is read */
  rating: Rating | null | undefined
  /** what to know before touching a face */
  note?: ReactNode
  busy: boolean
  error: unknown
  /** resolves when it is on disk */
  onSave: (opinion: Opinion) => Promise<unknown>
}

/** RateForm asks for a face and, if somebody wishes, what it is about; then it shows what is kept. */
export function RateForm(props: RateFormProps) {
  const { t } = useText()
  const [changing, setChanging] = useState(false)
  const choices = useQuery({ queryKey: ['public', 'rating-choices'], queryFn: feedback.ratingChoices })
  const { rating, eyebrow, back } = props
  if (rating === undefined || !choices.data) {
    const error = props.error ?? choices.error
    return <Screen eyebrow={eyebrow} title={t('k.rate.title')} back={back}>{error ? <ProblemNotice error={error} retry={() => void choices.refetch()} /> : <Loading />}</Screen>
  }
  if (rating && !changing) return <Kept {...props} rating={rating} choices={choices.data} onChange={() => setChanging(true)} />
  return <Asking {...props} choices={choices.data} onKept={() => setChanging(false)} />
}

function Asking({ eyebrow, back, rating, note, busy, error, onSave, choices, onKept }: RateFormProps & { choices: RatingChoices; onKept: () => void }) {
  const { t, pick } = useText()
  const [score, setScore] = useState<number | undefined>(rating?.score)
  const [reasons, setReasons] = useState<string[]>(rating?.reasons ?? [])
  const [reminded, setReminded] = useState(false)
  const send = async () => {
    if (score === undefined) return setReminded(true)
    await onSave({ score, reasons })
    onKept()
  }
  return (
    <Screen
      eyebrow={eyebrow}
      title={t('k.rate.title')}
      help={t('k.rate.help')}
      back={rating ? onKept : back}
      next={<NextButton busy={busy} onClick={() => void send().catch(() => undefined)}>{t('k.rate.send')}</NextButton>}
    >
      {error ? <ProblemNotice error={error} /> : null}
      {reminded && score === undefined && <Notice tone="harm" title={t('k.rate.pick')} />}
      <Faces scores={choices.scores} value={score} onChange={setScore} labelledBy="title" />
      {score !== undefined && (
        <section className="k-rate__why" aria-labelledby="why">
          <h2 id="why">{t('k.rate.why')} <span className="k-optional">({t('common.optional')})</span></h2>
          <ChooseMany labelledBy="why" columns={3} options={choices.reasons.map((r) => ({ value: r.code, label: pick(r.name) }))} value={reasons} onChange={setReasons} />
        </section>
      )}
      {note}
      <p className="k-cardhint"><Lock aria-hidden />{t('k.rate.private')}</p>
    </Screen>
  )
}

function Kept({ eyebrow, rating, choices, onChange }: RateFormProps & { rating: Rating; choices: RatingChoices; onChange: () => void }) {
  const { t, pick } = useText()
  const [, go] = useLocation()
  const named = choices.reasons.filter((r) => rating.reasons.includes(r.code))
  const mayChange = !rating.sent && rating.changes < maxChanges
  return (
    <Screen
      eyebrow={eyebrow}
      title={t('k.rate.thanks')}
      focusKey={`kept ${rating.changes}`}
      next={<NextButton onClick={() => go('/home')}>{t('k.rate.home')}</NextButton>}
      aside={mayChange && <Button icon={<PencilLine aria-hidden />} onClick={onChange}>{t('k.rate.change')}</Button>}
    >
      <div className="k-rate__kept" data-personal>
        <span className={`k-rate__face k-face--${rating.score}`}><Face score={rating.score} /></span>
        <p className="k-rate__word">{pick(choices.scores.find((s) => s.score === rating.score)?.name)}</p>
        {named.length > 0 && <p className="k-help">{named.map((r) => pick(r.name)).join(' · ')}</p>}
      </div>
      <ul className="k-rate__facts">
        <li><CircleCheckBig aria-hidden />{t('k.rate.saved', { time: formatMoment(rating.at) })}</li>
        <li><CloudUpload aria-hidden />{t(rating.practice ? 'k.rate.practice' : rating.sent ? 'k.rate.sent' : 'k.rate.waiting')}</li>
        {rating.changes > 0 && <li><PencilLine aria-hidden />{t('k.rate.changed', { n: rating.changes })}</li>}
      </ul>
    </Screen>
  )
}
