import { useId } from 'react'
import { Angry, Frown, Laugh, Meh, Smile } from 'lucide-react'
import type { RatingChoices } from '../../api/feedback'
import { useText } from '../../text/language'

const icons = [Angry, Frown, Meh, Smile, Laugh]

/** Face is a score as a picture: 1 the worst, 5 the best. */
export function Face({ score }: { score: number }) {
  const Icon = icons[score - 1] ?? Meh
  return <Icon aria-hidden />
}

/** Faces are five native radio buttons, each a large face with its word; the best stands first. */
export function Faces({ scores, value, onChange, labelledBy }: { scores: RatingChoices['scores']; value: number | undefined; onChange: (score: number) => void; labelledBy: string }) {
  const { pick } = useText()
  const name = useId()
  return (
    <div className="k-faces" role="radiogroup" aria-labelledby={labelledBy}>
      {scores.map((s) => (
        <label key={s.score} className={`k-face k-face--${s.score}`}>
          <input type="radio" name={name} value={s.score} checked={value === s.score} onChange={() => onChange(s.score)} />
          <span className="k-face__picture"><Face score={s.score} /></span>
          <span className="k-face__word">{pick(s.name)}</span>
        </label>
      ))}
    </div>
  )
}
