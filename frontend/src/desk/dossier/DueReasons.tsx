import type { Due } from '../../api/counter'
import { formatMoment } from '../../text/format'
import { useText } from '../../text/language'

/** DueReasons is a due date with everything that led to it, in the order it was counted. */
export function DueReasons({ due, card = false }: { due: Due; card?: boolean }) {
  const { t, pick } = useText()
  const reasons = due.reasons ?? []
  return (
    <section className={card ? 'o-card d-due' : 'd-due'}>
      <h2>{t(card ? 'd.one.due' : 'd.take.due')}</h2>
      <p className="d-due__date bd-number">{pick(due.text) || formatMoment(due.due)}</p>
      {due.original ? <p className="bd-number">{t('d.one.due.first', { due: formatMoment(due.original) })}</p> : null}
      {due.period && <p>{pick(due.period)}</p>}
      {due.provisional && <p className="d-due__unsure">{t('d.one.due.provisional')}</p>}
      {reasons.length > 0 && (
        <>
          <h3>{t('d.one.due.why')}</h3>
          <ol>{reasons.map((r) => <li key={`${r.code} ${r.vi}`}>{pick(r)}</li>)}</ol>
        </>
      )}
      {due.calendar && <p className="o-soft">{t('d.one.due.calendar', { version: due.calendar })}</p>}
    </section>
  )
}
