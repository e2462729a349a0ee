import { formatMoment } from '../../text/format'
import './Journey.css'

export interface JourneyStep {
  at: number
  text: string
  who?: string
}

/** Journey is the dated list of what happened, newest first. */
export function Journey({ steps, label }: { steps: JourneyStep[]; label: string }) {
  const ordered = steps.toSorted((a, b) => b.at - a.at)
  return (
    <ol className="bd-journey" aria-label={label}>
      {ordered.map((step, index) => (
        <li key={`${step.at} ${index} ${step.text}`}>
          <time className="bd-number" dateTime={new Date(step.at).toISOString()}>{formatMoment(step.at)}</time>
          <span>{step.text}</span>
          {step.who && <span className="bd-journey__who">{step.who}</span>}
        </li>
      ))}
    </ol>
  )
}
