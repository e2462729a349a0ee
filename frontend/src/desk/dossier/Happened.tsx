import type { Dossier } from '../../api/counter'
import { Journey } from '../../components/Journey/Journey'
import { useText } from '../../text/language'

/** Happened is the journal: what, when, who, and where the clock was not certain. */
export function Happened({ d, from = 0 }: { d: Dossier; from?: number }) {
  const { t, pick } = useText()
  const lines = (d.journal ?? []).slice(from)
  const steps = lines.map((j) => ({ at: j.at, text: j.note ? `${pick(j.text)}: ${j.note}` : pick(j.text), who: [j.who, j.clock === 'jumped' || j.clock === 'unknown' ? t('d.one.clock') : ''].filter(Boolean).join(' · ') || undefined }))
  if (from > 0) return <Journey label={t('d.one.journal')} steps={steps} />
  return (
    <section className="o-card">
      <h2>{t('d.one.journal')}</h2>
      {steps.length > 0 ? <Journey label={t('d.one.journal')} steps={steps} /> : <p className="o-soft">{t('p.dossier.noJournal')}</p>}
    </section>
  )
}
