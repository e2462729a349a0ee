// A petition, one question a screen.
import { useState } from 'react'
import { Lock } from 'lucide-react'
import { petitionProcedure, type PetitionChoices } from '../../api/feedback'
import { desk, type Draft } from '../../api/kiosk'
import { ProblemNotice } from '../../components/Problems/Problems'
import { useText } from '../../text/language'
import { useCardReader } from '../card'
import { AskChoice, AskPhone, AskText, textOf, Told, useChoice, useLeave, useLetter, usePerson, useWords, WithLetter, type StepProps } from '../parts/LetterSteps'
import { usePetitionChoices } from './Feedback'
import { Photos } from './FeedbackPhotos'
import { How, noteOf, Voice } from './FeedbackVoice'
import { useStep } from '../parts/useStep'

type Props = StepProps<PetitionChoices>

/** usePetition reads the draft and the words of the screens. */
export const usePetition = (id: string) => useLetter(id, petitionProcedure, usePetitionChoices())

/** photosOf lists its pictures. */
export const photosOf = (draft: Draft, choices: PetitionChoices) => draft.components?.find((c) => c.id === choices.photo)?.scans ?? []

export function PetitionText({ id }: { id: string }) {
  return <Step id={id} step={Text} />
}
export function PetitionHow({ id }: { id: string }) {
  return <Step id={id} step={How} />
}
export function PetitionVoice({ id }: { id: string }) {
  return <Step id={id} step={Voice} />
}
export function PetitionPhotos({ id }: { id: string }) {
  return <Step id={id} step={Photos} />
}
export function PetitionName({ id }: { id: string }) {
  return <Step id={id} step={Name} />
}
export function PetitionPhone({ id }: { id: string }) {
  return <Step id={id} step={Phone} />
}
export function PetitionAddress({ id }: { id: string }) {
  return <Step id={id} step={Address} />
}
export function PetitionWish({ id }: { id: string }) {
  return <Step id={id} step={Wish} />
}

function Step({ id, step }: { id: string; step: (props: Props) => React.ReactNode }) {
  const { t } = useText()
  return <WithLetter id={id} letter={usePetition(id)} eyebrow={t('k.tile.feedback')} home="/feedback" step={step} />
}

function Text({ id, draft, choices }: Props) {
  const { t } = useText()
  const leave = useLeave(`/f/${id}`)
  const words = useWords(id, draft)
  const [text, setText] = useState(textOf(draft, 'text'))
  const before = choices.max_voice_seconds ? 'how' : '/feedback'
  const left = choices.max_text - [...text].length
  const move = (to: string) => void words.store(text).then((kept) => (kept || to === before) && leave(to)).catch(() => undefined)
  return (
    <AskText
      eyebrow={t('k.tile.feedback')}
      title={t(noteOf(draft, choices) ? 'k.f.text.more' : 'k.f.text')}
      help={t('k.f.text.help')}
      busy={words.busy}
      error={words.error}
      back={() => move(before)}
      next={() => move('photos')}
      value={text}
      onChange={(next) => { setText(next); words.forget() }}
      max={choices.max_text}
      multiline
      skip={text === '' && { say: t('common.skip'), go: () => move('photos') }}
      left={left < 300 && t('k.f.text.left', { n: Math.max(0, left) })}
      told={<Told told={words.told} />}
    />
  )
}

function Name({ id, draft, choices }: Props) {
  const { t } = useText()
  const leave = useLeave(`/f/${id}`)
  const person = usePerson(id, draft)
  const [name, setName] = useState(draft.applicant?.full_name ?? '')
  // of a card only name and address are taken: no more is needed for an answer
  const card = useStep({
    mutationFn: async (raw: string) => {
      const found = await desk.readCard(raw)
      await person.store({ full_name: found.name, address: found.residence, evidence: 'qr' })
      setName(found.name)
    },
  })
  useCardReader((raw) => card.mutate(raw))
  const move = (to: string) => void person.store({ full_name: name.trim() }).then(() => leave(to)).catch(() => undefined)
  const optional = !choices.name_required
  return (
    <AskText
      eyebrow={t('k.tile.feedback')}
      title={<>{t('k.f.name')} {optional && <span className="k-optional">({t('common.optional')})</span>}</>}
      help={t(optional ? 'k.f.name.optional' : 'k.f.name.help')}
      busy={person.busy}
      disabled={!optional && name.trim() === ''}
      error={person.error}
      back={() => move('photos')}
      next={() => move('phone')}
      value={name}
      onChange={setName}
      max={100}
      capitals="words"
      skip={optional && name === '' && { say: t('common.skip'), go: () => move('wish') }}
      told={
        <>
          {card.isError && <ProblemNotice error={card.error} />}
          {!optional && <p className="k-cardhint"><Lock aria-hidden />{t('k.f.name.law')}</p>}
        </>
      }
    />
  )
}

function Phone({ id, draft }: Props) {
  const { t } = useText()
  return (
    <AskPhone
      id={id}
      draft={draft}
      base={`/f/${id}`}
      eyebrow={t('k.tile.feedback')}
      title={t('k.f.phone')}
      help={t('k.f.phone.help')}
      back="name"
      next={(phone) => (phone !== '' || draft.applicant?.address ? 'wish' : 'address')}
    />
  )
}

function Address({ id, draft, choices }: Props) {
  const { t } = useText()
  const leave = useLeave(`/f/${id}`)
  const person = usePerson(id, draft)
  const [address, setAddress] = useState(draft.applicant?.address ?? '')
  const needed = choices.name_required && !draft.applicant?.phone
  const move = (to: string) => void person.store({ address: address.trim() }).then(() => leave(to)).catch(() => undefined)
  return (
    <AskText
      eyebrow={t('k.tile.feedback')}
      title={t('k.f.address')}
      help={t('k.f.address.help')}
      busy={person.busy}
      disabled={needed && address.trim() === ''}
      error={person.error}
      back={() => move('phone')}
      next={() => move('wish')}
      value={address}
      onChange={setAddress}
      max={200}
      told={null}
    />
  )
}

function Wish({ id, draft, choices }: Props) {
  const { t } = useText()
  const leave = useLeave(`/f/${id}`)
  const wish = useChoice(id, draft, 'publish')
  const move = (to: string) => void wish.store().then(() => leave(to)).catch(() => undefined)
  return (
    <AskChoice
      eyebrow={t('k.tile.feedback')}
      title={t('k.f.wish')}
      help={t('k.f.wish.help')}
      busy={wish.busy}
      error={wish.error}
      back={() => move(draft.applicant?.full_name ? (draft.applicant.phone ? 'phone' : 'address') : 'name')}
      next={() => move('send')}
      value={wish.value}
      onChange={wish.setValue}
      // without a name there is none to publish
      options={choices.wishes.filter((w) => draft.applicant?.full_name || w.code !== 'named')}
    />
  )
}
