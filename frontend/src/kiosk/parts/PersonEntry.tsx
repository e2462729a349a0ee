// One person: the card first, because scanning is easier than typing; then a
// look over what it gave; then the phone number.
import { useState } from 'react'
import { Keyboard as KeyboardIcon, ScanQrCode } from 'lucide-react'
import { desk, type Card, type Person } from '../../api/kiosk'
import { Button } from '../../components/Button/Button'
import { ChooseOne } from '../../components/Choice/Choice'
import { TextEntry } from '../../components/Keyboard/TextEntry'
import { DatePads } from '../../components/Pads/DatePads'
import { NumberPad } from '../../components/Pads/NumberPad'
import { ProblemNotice } from '../../components/Problems/Problems'
import { StatePill } from '../../components/StatePill/StatePill'
import { formatPlainDate, groupDigits } from '../../text/format'
import { useText } from '../../text/language'
import { differences } from '../../form/card'
import { showPhone } from '../../form/show'
import { useCardReader } from '../card'
import { Apart, CardScan, Doubts } from './CardScan'
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
  /** what was typed before a card said otherwise */
  const [typedBefore, setTypedBefore] = useState<Person>()
  const take = (found: Card) => {
    setTypedBefore(differences(value, found).length > 0 ? value : undefined)
    setCard(found)
    setValue((before) => ({ ...before, ...personOf(found) }))
    if (part !== 'look') to(value.phone ? 'look' : 'phone')
  }
  const read = useStep({ mutationFn: (raw: string) => desk.readCard(raw), onSuccess: take })
  // a card may come at any question: reading it is better than what is being typed
  useCardReader((raw) => read.mutate(raw))

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
  // a phone is on no card; anything else that is changed by hand is typed, unless it is what the card says
  const set = (change: Partial<Person>) =>
    setValue((before) => {
      const next = { ...before, ...change }
      if ('phone' in change) return { ...next, evidence: before.evidence ?? 'typed' }
      return { ...next, evidence: card && differences(next, card).length === 0 ? 'qr' : 'typed' }
    })
  const shared = { eyebrow: eyebrow ?? title, back, focusKey: part }

  if (part === 'card') {
    return (
      <Screen {...shared} eyebrow={eyebrow} title={title} aside={<Button icon={<KeyboardIcon aria-hidden />} onClick={() => to('full_name')}>{t('k.who.type')}</Button>}>
        <CardScan busy={read.isPending} error={read.error} onCard={take} />
      </Screen>
    )
  }
  if (part === 'look') {
    const apart = card ? differences(value, card) : []
    return (
      <Screen
        {...shared}
        title={t('k.who.check')}
        width="narrow"
        next={<NextButton busy={busy} onClick={() => onDone(value, apart.length === 0 ? card : undefined)}>{t('k.who.right')}</NextButton>}
        aside={<Button icon={<ScanQrCode aria-hidden />} onClick={() => to('card')}>{t('k.who.other')}</Button>}
      >
        {error ? <ProblemNotice error={error} /> : null}
        {read.isError && <ProblemNotice error={read.error} />}
        {card && typedBefore && apart.length === 0 && (
          <Apart title={t('k.card.replaced')} list={differences(typedBefore, card)} action={t('k.card.keepTyped')} onAction={() => {
            setValue({ ...typedBefore, evidence: 'typed' })
            setTypedBefore(undefined)
          }} />
        )}
        {card && apart.length > 0 && (
          <Apart title={t('k.card.differs')} list={apart} note={t('k.card.officer')} action={t('k.card.takeCard')} onAction={() => setValue((before) => ({ ...before, ...personOf(card) }))} />
        )}
        {card && apart.length === 0 && <Doubts card={card} />}
        <StatePill tone={value.evidence === 'qr' ? 'work' : 'quiet'}>{t(value.evidence === 'qr' ? 'k.who.evidence.qr' : 'k.who.evidence.typed')}</StatePill>
        <PersonTable person={value} onChange={(field) => to(field)} />
      </Screen>
    )
  }
  return (
    <PartScreen key={part} part={part} value={value} set={set} shared={shared} problem={read.error} onNext={() => to(after())} />
  )
}

interface PartProps {
  part: Exclude<Part, 'card' | 'look'>
  value: Person
  set: (change: Partial<Person>) => void
  shared: { eyebrow: string; back: () => void; focusKey: string }
  /** why a card that was read meanwhile is none */
  problem: unknown
  onNext: () => void
}

function PartScreen({ part, value, set, shared, problem, onNext }: PartProps) {
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
      {problem ? <ProblemNotice error={problem} /> : null}
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

function personOf(card: Card): Person {
  return { citizen_id: card.number, full_name: card.name, birth_date: card.birth_date, sex: card.sex, address: card.residence, evidence: 'qr' }
}
