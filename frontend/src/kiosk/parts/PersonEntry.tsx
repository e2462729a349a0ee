// One person: the card first, because scanning is easier than typing; then a
// look over what it gave; then the phone number.
import { useState } from 'react'
import { Keyboard as KeyboardIcon, ScanQrCode } from 'lucide-react'
import { desk, type Card, type Person } from '../../api/kiosk'
import { Button } from '../../components/Button/Button'
import { ChooseOne } from '../../components/Choice/Choice'
import { TextEntry } from '../../components/Keyboard/TextEntry'
import { Loading } from '../../components/Loading/Loading'
import { DatePads } from '../../components/Pads/DatePads'
import { NumberPad } from '../../components/Pads/NumberPad'
import { ProblemNotice } from '../../components/Problems/Problems'
import { StatePill } from '../../components/StatePill/StatePill'
import { formatPlainDate, groupDigits } from '../../text/format'
import { useText } from '../../text/language'
import { showPhone } from '../../form/show'
import { useCardReader } from '../card'
import { NextButton, Screen } from './Screen'
import { useStep } from './useStep'

type Part = 'card' | 'full_name' | 'citizen_id' | 'birth_date' | 'sex' | 'phone' | 'look'
const typed: Part[] = ['full_name', 'citizen_id', 'birth_date', 'sex', 'phone', 'look']

export interface PersonEntryProps {
  title: string
  eyebrow?: string
  person: Person | null | undefined
  onBack: () => void
  /** card is there when the data was read from one */
  onDone: (person: Person, card?: Card) => void
  busy: boolean
  error: unknown
}

export function PersonEntry({ title, eyebrow, person, onBack, onDone, busy, error }: PersonEntryProps) {
  const { t } = useText()
  const [value, setValue] = useState<Person>(person ?? {})
  const [card, setCard] = useState<Card>()
  const [part, setPart] = useState<Part>(person?.full_name ? 'look' : 'card')
  const [trail, setTrail] = useState<Part[]>([])
  const read = useStep({
    mutationFn: (raw: string) => desk.readCard(raw),
    onSuccess: (found) => {
      setCard(found)
      setValue((before) => ({ ...before, citizen_id: found.number, full_name: found.name, birth_date: found.birth_date, sex: found.sex, address: found.residence, evidence: 'qr' }))
      to(value.phone ? 'look' : 'phone')
    },
  })
  useCardReader((raw) => read.mutate(raw), part === 'card' || part === 'look')

  const to = (next: Part) => {
    setTrail((before) => [...before, part])
    setPart(next)
  }
  const back = () => {
    const last = trail.at(-1)
    if (!last) return onBack()
    setTrail((before) => before.slice(0, -1))
    setPart(last)
  }
  const after = (): Part => (card || value.evidence === 'qr' ? 'look' : (typed[typed.indexOf(part) + 1] ?? 'look'))
  const set = (change: Partial<Person>) => setValue((before) => ({ ...before, ...change, evidence: card ? before.evidence : 'typed' }))
  const shared = { eyebrow: eyebrow ?? title, back, focusKey: part }

  if (part === 'card') {
    return (
      <Screen {...shared} eyebrow={eyebrow} title={title} aside={<Button icon={<KeyboardIcon aria-hidden />} onClick={() => to('full_name')}>{t('k.who.type')}</Button>}>
        <div className="k-cardscan">
          <CardPicture />
          <div className="k-cardscan__how">
            <h2><ScanQrCode aria-hidden />{t('k.who.scan')}</h2>
            <p>{t('k.who.scan.how')}</p>
            <p className="k-cardscan__ready" role="status">{t(read.isPending ? 'k.who.scan.reading' : 'k.who.scan.ready')}</p>
            {read.isPending && <Loading />}
            {read.isError && <ProblemNotice error={read.error} />}
          </div>
        </div>
      </Screen>
    )
  }
  if (part === 'look') {
    return (
      <Screen
        {...shared}
        title={t('k.who.check')}
        width="narrow"
        next={<NextButton busy={busy} onClick={() => onDone(value, card)}>{t('k.who.right')}</NextButton>}
        aside={<Button icon={<ScanQrCode aria-hidden />} onClick={() => to('card')}>{t('k.who.other')}</Button>}
      >
        {error ? <ProblemNotice error={error} /> : null}
        <StatePill tone={value.evidence === 'qr' ? 'work' : 'quiet'}>{t(value.evidence === 'qr' ? 'k.who.evidence.qr' : 'k.who.evidence.typed')}</StatePill>
        <PersonTable person={value} onChange={(field) => to(field)} />
      </Screen>
    )
  }
  return (
    <PartScreen key={part} part={part} value={value} set={set} shared={shared} onNext={() => to(after())} />
  )
}

interface PartProps {
  part: Exclude<Part, 'card' | 'look'>
  value: Person
  set: (change: Partial<Person>) => void
  shared: { eyebrow: string; back: () => void; focusKey: string }
  onNext: () => void
}

function PartScreen({ part, value, set, shared, onNext }: PartProps) {
  const { t } = useText()
  const titles = { full_name: 'k.who.name', citizen_id: 'k.who.number', birth_date: 'k.who.birth', sex: 'k.who.sex', phone: 'k.who.phone' } as const
  const help = part === 'citizen_id' ? t('k.who.number.none') : part === 'phone' ? t('k.who.phone.help') : undefined
  const needed = part === 'full_name'
  const text = value[part] ?? ''
  return (
    <Screen
      {...shared}
      title={t(titles[part])}
      help={help}
      helpId="help"
      next={<NextButton disabled={needed && text.trim() === ''} onClick={onNext} />}
      aside={!needed && text === '' && <Button look="quiet" onClick={onNext}>{t('common.skip')}</Button>}
    >
      {part === 'full_name' && <TextEntry labelledBy="title" value={text} onChange={(full_name) => set({ full_name })} capitals="words" maxLength={100} autoFocus onDone={onNext} />}
      {part === 'citizen_id' && <NumberPad labelledBy="title" describedBy="help" value={text} onChange={(citizen_id) => set({ citizen_id })} maxLength={12} show={groupDigits} onDone={onNext} />}
      {part === 'phone' && <NumberPad labelledBy="title" describedBy="help" value={text} onChange={(phone) => set({ phone })} maxLength={11} show={showPhone} onDone={onNext} />}
      {part === 'birth_date' && <DatePads labelledBy="title" value={text} onChange={(birth_date) => set({ birth_date })} partial />}
      {part === 'sex' && (
        <ChooseOne labelledBy="title" columns={2} value={text || undefined} onChange={(sex) => set({ sex })} options={[{ value: 'male', label: t('k.who.male') }, { value: 'female', label: t('k.who.female') }]} />
      )}
    </Screen>
  )
}

/** PersonTable lists what is known about a person, with a way to change each. */
export function PersonTable({ person, onChange }: { person: Person; onChange?: (field: 'full_name' | 'citizen_id' | 'birth_date' | 'sex' | 'phone') => void }) {
  const { t } = useText()
  const rows = [
    ['full_name', 'k.who.name', person.full_name],
    ['citizen_id', 'k.who.number', person.citizen_id && groupDigits(person.citizen_id)],
    ['birth_date', 'k.who.birth', person.birth_date && formatPlainDate(person.birth_date)],
    ['sex', 'k.who.sex', person.sex && t(person.sex === 'female' ? 'k.who.female' : 'k.who.male')],
    ['phone', 'k.who.phone', person.phone && showPhone(person.phone)],
  ] as const
  return (
    <dl className="k-table">
      {rows.map(([field, label, shown]) => (
        <div key={field}>
          <dt>{t(label)}</dt>
          <dd data-personal className={shown ? '' : 'k-table__empty'}>{shown || t('common.none')}</dd>
          {onChange && <dd><Button look="quiet" onClick={() => onChange(field)}>{t('common.change')}<span className="bd-hidden"> {t(label)}</span></Button></dd>}
        </div>
      ))}
      {person.address && (
        <div>
          <dt>{t('k.who.address')}</dt>
          <dd data-personal>{person.address}</dd>
        </div>
      )}
    </dl>
  )
}

function CardPicture() {
  return (
    <svg className="k-cardscan__picture" viewBox="0 0 360 260" aria-hidden>
      <rect x="40" y="150" width="280" height="96" rx="18" fill="#0b332c" />
      <rect x="66" y="168" width="228" height="14" rx="7" fill="#ecbb4d" />
      <path d="M70 212h60" stroke="#5fa592" strokeWidth="7" strokeLinecap="round" />
      <circle cx="286" cy="212" r="8" fill="#7dd0b4" />
      <g transform="rotate(-5 180 90)">
        <rect x="62" y="18" width="236" height="148" rx="14" fill="#dcebe4" stroke="#1d7662" strokeWidth="4" />
        <rect x="80" y="44" width="58" height="74" rx="6" fill="#bcdacf" />
        <circle cx="109" cy="70" r="14" fill="#5fa592" />
        <path d="M86 118c2-26 44-26 46 0z" fill="#5fa592" />
        <path d="M152 54h66M152 72h54M152 90h60M152 108h40" stroke="#1d7662" strokeWidth="7" strokeLinecap="round" />
        <g transform="translate(232 42)" fill="#0b332c">
          <path d="M0 0h20v20H0zM28 0h20v20H28zM0 28h20v20H0z" />
          <path d="M28 28h8v8h-8zM40 28h8v8h-8zM34 38h8v10h-8zM46 42h4v6h-4z" />
        </g>
      </g>
    </svg>
  )
}
