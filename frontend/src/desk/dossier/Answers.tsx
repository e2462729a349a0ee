import type { Dossier } from '../../api/counter'
import { Facts } from '../../components/Facts/Facts'
import { useText } from '../../text/language'

/** Answers shows what was asked and what was answered, under the form's own headings. */
export function Answers({ d }: { d: Dossier }) {
  const { t, pick } = useText()
  const sections = new Map<string, NonNullable<Dossier['answers']>>()
  for (const one of d.answers ?? []) {
    const name = pick(one.section)
    sections.set(name, [...(sections.get(name) ?? []), one])
  }
  if (sections.size === 0) return null
  return (
    <section className="o-card">
      <h2>{t('d.one.answers')}</h2>
      {[...sections].map(([name, answers]) => (
        <div key={name} className="d-section">
          {name && <h3>{name}</h3>}
          <Facts rows={answers.map((a, i) => [`${i}`, pick(a.question), <>{a.answer || <span className="o-soft">{t('p.dossier.empty')}</span>}<Evidence of={a.evidence} /></>] as const)} />
        </div>
      ))}
    </section>
  )
}

/** Evidence is told where an answer is more than typed. */
function Evidence({ of }: { of: string | undefined }) {
  const { t } = useText()
  if (of !== 'qr' && of !== 'compared' && of !== 'chip') return null
  return <small className="d-evidence">{t(`p.evidence.${of}`)}</small>
}
