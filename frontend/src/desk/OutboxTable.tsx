import { useRef } from 'react'
import type { OutboxRow } from '../api/kiosk'
import { AckDots } from '../components/Acks/Acks'
import { StatePill } from '../components/StatePill/StatePill'
import { Progress } from '../components/Progress/Progress'
import { formatBytes, formatMoment, formatSlip, formatTime } from '../text/format'
import { useText } from '../text/language'

/** OutboxTable says of every dossier where it is and why; arrow keys walk the rows. */
export function OutboxTable({ rows }: { rows: OutboxRow[] }) {
  const { t, pick } = useText()
  const body = useRef<HTMLTableSectionElement>(null)
  const walk = (event: React.KeyboardEvent<HTMLTableSectionElement>) => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0
    const all = [...(body.current?.rows ?? [])]
    const at = all.findIndex((row) => row === document.activeElement)
    if (step === 0 || at < 0) return
    event.preventDefault()
    all[Math.min(all.length - 1, Math.max(0, at + step))]?.focus()
  }
  return (
    <div className="o-tablebox">
      <table className="o-table">
        <thead>
          <tr>
            <th scope="col">{t('d.col.slip')}</th>
            <th scope="col">{t('d.col.procedure')}</th>
            <th scope="col">{t('d.col.submitted')}</th>
            <th scope="col">{t('d.col.acks')}</th>
            <th scope="col">{t('d.col.left')}</th>
            <th scope="col">{t('d.col.reason')}</th>
            <th scope="col">{t('d.col.next')}</th>
          </tr>
        </thead>
        {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions */}
        <tbody ref={body} onKeyDown={walk}>
          {rows.map((row) => (
            // a row is a stop for the keyboard: the page is read down a counter's queue
            // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
            <tr key={`${row.slip} ${row.submitted_at}`} tabIndex={0}>
              <th scope="row" className="bd-number o-nowrap">{formatSlip(row.slip)}</th>
              <td><span className="o-clamp" title={pick(row.procedure.name)}>{pick(row.procedure.name)}</span></td>
              <td className="bd-number o-nowrap">{formatMoment(row.submitted_at)}</td>
              <td className="d-stages">
                <span className="d-stages__line">
                  <AckDots acks={row.acks} />
                  {row.places ? <StatePill tone={row.places === 2 ? 'work' : 'wait'}>{t('d.place', { n: row.places })}</StatePill> : null}
                </span>
                {row.copied_at ? <span className="o-soft bd-number">{t('copy.usb', { time: formatMoment(row.copied_at) })}</span> : null}
              </td>
              <td className="d-left">
                {row.bytes_left > 0 ? (
                  <>
                    <span className="bd-number">{formatBytes(row.bytes_left)}</span>
                    <Progress value={row.bytes_total > 0 ? 1 - row.bytes_left / row.bytes_total : 0} label={t('d.sentPart', { percent: Math.round((1 - row.bytes_left / Math.max(1, row.bytes_total)) * 100) })} />
                  </>
                ) : (
                  <span className="o-soft">{t('d.complete')}</span>
                )}
                {row.bytes_was !== undefined && row.bytes_was > row.bytes_total && (
                  <span className="o-soft bd-number d-left__was">{formatBytes(row.bytes_total)} · {t('d.was', { size: formatBytes(row.bytes_was) })}</span>
                )}
              </td>
              <td className="d-reason">{row.reason ? pick(row.reason.text) : ''}</td>
              <td className="bd-number o-nowrap">{row.next_try && row.bytes_left > 0 ? formatTime(row.next_try) : ''}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
