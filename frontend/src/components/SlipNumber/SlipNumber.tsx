import { formatSlip } from '../../text/format'
import './SlipNumber.css'

/** SlipNumber writes 5-4-5 in big even digits; a screen reader says the digits one by one. */
export function SlipNumber({ slip }: { slip: string }) {
  const written = formatSlip(slip)
  return (
    <span className="bd-slip bd-number">
      <span className="bd-hidden">{[...written.replace(/\D/g, '')].join(' ')}</span>
      <span aria-hidden>
        {written.split('-').map((group, index) => (
          // oxlint-disable-next-line react/no-array-index-key
          <span key={index} className="bd-slip__group">{group}</span>
        ))}
      </span>
    </span>
  )
}
