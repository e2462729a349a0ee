import type { Report, ReportChange } from '../../api/counter'
import { formatMoment, formatNumber } from '../../text/format'
import { useText } from '../../text/language'
import type { Opened } from './ReportTable'

/** Corrections says what came to be known after the figures were issued, and what the notes of the form are. */
export function Corrections({ report, onOpen }: { report: Report; onOpen: (cell: Opened) => void }) {
  const { t, pick } = useText()
  const notes = report.notes ?? []
  const issued = report.corrections ?? []
  const waiting = report.difference ?? []
  return (
    <>
      {waiting.length > 0 && <Changes title={t('d.reports.corrections')} changes={waiting} onOpen={onOpen} />}
      {issued.map((c) => <Changes key={c.n} title={t('d.reports.correction', { n: c.n, time: formatMoment(c.at) })} changes={c.changes ?? []} onOpen={onOpen} />)}
      {notes.length > 0 && (
        <section className="o-card d-behind">
          <h2>{t('d.reports.notes')}</h2>
          <ul>
            {notes.map((note) => (
              <li key={note.text.vi}>{pick(note.text)}{note.count ? <> <button type="button" className="d-report__number" onClick={() => note.cell && onOpen({ cell: note.cell, value: formatNumber(note.count ?? 0), what: pick(note.text) })}>{formatNumber(note.count)}</button></> : null}</li>
            ))}
          </ul>
        </section>
      )}
    </>
  )
}

function Changes({ title, changes, onOpen }: { title: string; changes: ReportChange[]; onOpen: (cell: Opened) => void }) {
  const { pick } = useText()
  return (
    <section className="o-card d-behind">
      <h2>{title}</h2>
      <ul>
        {changes.map((c) => {
          const what = `${pick(c.row)}, ${pick(c.column)}`
          return <li key={c.cell}>{what}: <span className="bd-number">{formatNumber(c.was)} → </span><button type="button" className="d-report__number" onClick={() => onOpen({ cell: c.cell, value: formatNumber(c.now), what })}>{formatNumber(c.now)}</button></li>
        })}
      </ul>
    </section>
  )
}
