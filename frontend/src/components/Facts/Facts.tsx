import type { ReactNode } from 'react'
import type { Person } from '../../api/kiosk'
import { showPhone } from '../../form/show'
import { formatPlainDate, groupDigits } from '../../text/format'
import { useText } from '../../text/language'
import './Facts.css'

/** Facts is a list of names and values; a row without a value is left out. */
export function Facts({ rows }: { rows: readonly (readonly [key: string, label: ReactNode, value: ReactNode])[] }) {
  return (
    <dl className="bd-facts">
      {rows.filter(([, , value]) => value).map(([key, label, value]) => <div key={key}><dt>{label}</dt><dd>{value}</dd></div>)}
    </dl>
  )
}

/** PersonFacts is what is claimed of a person, and how far it was compared. */
export function PersonFacts({ person }: { person: Person }) {
  const { t } = useText()
  const evidence = person.evidence as 'typed' | 'qr' | 'compared' | 'chip' | undefined
  const rows = [
    ['full_name', person.full_name],
    ['citizen_id', person.citizen_id && groupDigits(person.citizen_id)],
    ['birth_date', person.birth_date && formatPlainDate(person.birth_date)],
    ['sex', person.sex && t(person.sex === 'female' ? 'k.who.female' : 'k.who.male')],
    ['phone', person.phone && showPhone(person.phone)],
    ['address', person.address],
    ['evidence', evidence && t(`p.evidence.${evidence}`)],
  ] as const
  return <Facts rows={rows.map(([key, value]) => [key, t(`p.field.${key}`), value] as const)} />
}

/** relationOf says what the bringer is; a prepared file may say it in words of its own. */
export function relationOf(t: ReturnType<typeof useText>['t'], relation: string) {
  return relation === 'family' || relation === 'authorised' || relation === 'guardian' ? t(`k.relation.${relation}`) : relation
}
