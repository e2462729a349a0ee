// A petition, one question a screen. Continue and Back both save first, so nothing is ever lost.
import { useState } from 'react'
import { Camera, CheckCircle2, Lock, Trash2 } from 'lucide-react'
import { useLocation } from 'wouter'
import { petitionProcedure, type PetitionChoices } from '../../api/feedback'
import { desk, type Draft, type Person } from '../../api/kiosk'
import { Button } from '../../components/Button/Button'
import { ChooseOne } from '../../components/Choice/Choice'
import { TextEntry } from '../../components/Keyboard/TextEntry'
import { Loading } from '../../components/Loading/Loading'
import { Notice } from '../../components/Notice/Notice'
import { NumberPad } from '../../components/Pads/NumberPad'
import { ProblemNotice } from '../../components/Problems/Problems'
import { showPhone } from '../../form/show'
import { useText } from '../../text/language'
import { useCardReader } from '../card'
import { useDraft, useSave } from '../draft'
import { CameraView } from '../parts/CameraView'
import { ScanPicture } from '../parts/ScanPicture'
import { NextButton, Screen } from '../parts/Screen'
import { useVisit } from '../visit'
import { usePetitionChoices } from './Feedback'
import { useStep } from '../parts/useStep'

export const petitionSteps = ['text', 'photos', 'name', 'phone', 'address', 'wish', 'send'] as const
export type PetitionStep = (typeof petitionSteps)[number]

interface StepProps {
  id: string
  draft: Draft
  choices: PetitionChoices
}

/** usePetition reads the draft and the words of the screens. */
export function usePetition(id: string) {
  const draft = useDraft(id)
  const choices = usePetitionChoices()
  const is = draft.data?.procedure === petitionProcedure
  return {
    draft: is ? draft.data : undefined,
    choices: choices.data,
    error: draft.error ?? choices.error,
    retry: () => void Promise.all([draft.refetch(), choices.refetch()]),
  }
}

/** textOf reads a typed answer of a petition. */
export const textOf = (draft: Draft, field: string) => (typeof draft.answers[field] === 'string' ? draft.answers[field] : '')

/** photosOf lists its pictures. */
export const photosOf = (draft: Draft, choices: PetitionChoices) => draft.components?.find((c) => c.id === choices.photo)?.scans ?? []

export function PetitionText({ id }: { id: string }) {
  return <WithPetition id={id} step={Text} />
}
export function PetitionPhotos({ id }: { id: string }) {
  return <WithPetition id={id} step={Photos} />
}
export function PetitionName({ id }: { id: string }) {
  return <WithPetition id={id} step={Name} />
}
export function PetitionPhone({ id }: { id: string }) {
  return <WithPetition id={id} step={Phone} />
}
export function PetitionAddress({ id }: { id: string }) {
  return <WithPetition id={id} step={Address} />
}
export function PetitionWish({ id }: { id: string }) {
  return <WithPetition id={id} step={Wish} />
}

function WithPetition({ id, step: Step }: { id: string; step: (props: StepProps) => React.ReactNode }) {
  const { t } = useText()
  const { draft, choices, error, retry } = usePetition(id)
  if (draft && choices) return <Step id={id} draft={draft} choices={choices} />
  return <Screen eyebrow={t('k.tile.feedback')} title={t('common.loading')} back="/feedback">{error ? <ProblemNotice error={error} retry={retry} /> : <Loading />}</Screen>
}

/** useSteps goes to the next question, or back to where a change was asked for. */
function useSteps(id: string) {
  const [, go] = useLocation()
  const visit = useVisit()
  return (fallback: string) => {
    go(visit.returnTo ?? (fallback.startsWith('/') ? fallback : `/f/${id}/${fallback}`))
    visit.setReturnTo(undefined)
  }
}

function Text({ id, draft, choices }: StepProps) {
  const { t, pick } = useText()
  const save = useSave(id)
  const leave = useSteps(id)
  const [text, setText] = useState(textOf(draft, 'text'))
  const [told, setTold] = useState<{ vi: string; en: string }[]>([])
  const move = async (to: string) => {
    if (text !== textOf(draft, 'text')) {
      const saved = await save.field.mutateAsync({ field: 'text', value: text === '' ? undefined : text })
      const wrong = (saved.problems ?? []).filter((p) => p.code !== 'required').map((p) => p.message as { vi: string; en: string })
      if (wrong.length > 0 && told.length === 0) return setTold(wrong)
    }
    leave(to)
  }
  const left = choices.max_text - [...text].length
  const go = (to: string) => void move(to).catch(() => undefined)
  return (
    <Screen
      eyebrow={t('k.tile.feedback')}
      title={t('k.f.text')}
      help={t('k.f.text.help')}
      helpId="help"
      back={() => go('/feedback')}
      next={<NextButton busy={save.field.isPending} onClick={() => go('photos')} />}
      aside={text === '' && <Button look="quiet" onClick={() => go('photos')}>{t('common.skip')}</Button>}
    >
      {save.field.isError && <ProblemNotice error={save.field.error} />}
      {told.map((message) => <Notice key={message.vi} tone="harm" title={pick(message)} />)}
      {left < 300 && <p className="k-help" role="status">{t('k.f.text.left', { n: Math.max(0, left) })}</p>}
      <TextEntry labelledBy="title" describedBy="help" multiline value={text} maxLength={choices.max_text} onChange={(next) => { setText(next); setTold([]) }} autoFocus />
    </Screen>
  )
}

function Photos({ id, draft, choices }: StepProps) {
  const { t } = useText()
  const save = useSave(id)
  const leave = useSteps(id)
  const [shooting, setShooting] = useState(false)
  const [missing, setMissing] = useState(false)
  const photos = photosOf(draft, choices)
  const remove = useStep({
    mutationFn: async (sha256: string) => {
      await desk.removeScan(id, sha256)
      await save.refresh()
    },
  })
  if (shooting) return <Shoot id={id} choices={choices} count={photos.length} onDone={() => setShooting(false)} />
  const next = () => {
    if (photos.length === 0 && textOf(draft, 'text').trim() === '') setMissing(true)
    else leave('name')
  }
  const full = photos.length >= choices.max_photos
  return (
    <Screen
      eyebrow={t('k.tile.feedback')}
      title={t('k.f.photos')}
      help={t('k.f.photos.help', { n: choices.max_photos })}
      focusKey="photos"
      back={() => leave('text')}
      next={<NextButton onClick={next}>{photos.length === 0 ? t('k.f.photos.none') : undefined}</NextButton>}
    >
      {remove.isError && <ProblemNotice error={remove.error} />}
      {missing && photos.length === 0 && <Notice tone="harm" title={t('k.f.photos.needed')} />}
      {photos.length > 0 && (
        <ul className="k-scans">
          {photos.map((scan, index) => (
            <li key={scan.sha256}>
              <ScanPicture name={[id, scan.sha256]} load={() => desk.scan(id, scan.sha256)} alt={t('k.f.photo', { n: index + 1 })} />
              <Button look="harm" icon={<Trash2 aria-hidden />} disabled={remove.isPending} onClick={() => remove.mutate(scan.sha256)}>
                {t('common.delete')}<span className="bd-hidden"> {t('k.f.photo', { n: index + 1 })}</span>
              </Button>
            </li>
          ))}
        </ul>
      )}
      {full ? <Notice title={t('k.f.photos.full')} /> : (
        <div className="k-ways">
          <button type="button" className="k-way k-way--main" onClick={() => { setMissing(false); setShooting(true) }}>
            <span className="k-way__icon" aria-hidden><Camera /></span>
            <span><strong>{t(photos.length > 0 ? 'k.f.photos.more' : 'k.f.photos.take')}</strong></span>
          </button>
        </div>
      )}
    </Screen>
  )
}

function Shoot({ id, choices, count, onDone }: { id: string; choices: PetitionChoices; count: number; onDone: () => void }) {
  const { t } = useText()
  const save = useSave(id)
  const [picture, setPicture] = useState<Blob>()
  const keep = useStep({
    mutationFn: async (bytes: Blob) => {
      await desk.addScan(id, choices.photo, `anh-${count + 1}.jpg`, bytes)
      await save.refresh()
    },
    onSuccess: onDone,
  })
  return (
    <Screen
      eyebrow={t('k.tile.feedback')}
      title={t('k.f.photos.shoot')}
      focusKey="shoot"
      back={onDone}
      next={picture && <NextButton busy={keep.isPending} icon={<CheckCircle2 aria-hidden />} onClick={() => keep.mutate(picture)}>{t('k.f.photos.use')}</NextButton>}
    >
      {keep.isError && <ProblemNotice error={keep.error} retry={picture && (() => keep.mutate(picture))} />}
      <CameraView picture={picture} onPicture={(next) => { setPicture(next); keep.reset() }} />
    </Screen>
  )
}

/** usePerson saves what is known of the sender when a question of it is left. */
function usePerson(id: string, draft: Draft) {
  const save = useSave(id)
  const leave = useSteps(id)
  const store = async (change: Partial<Person>) => {
    const before = draft.applicant ?? {}
    const next: Person = { ...before, evidence: 'typed', ...change }
    const changed = (Object.keys(change) as (keyof Person)[]).some((key) => (before[key] ?? '') !== (next[key] ?? ''))
    if (changed) await save.person.mutateAsync({ applicant: next })
    return next
  }
  return { save: save.person, store, leave }
}

function Name({ id, draft, choices }: StepProps) {
  const { t } = useText()
  const { save, store, leave } = usePerson(id, draft)
  const [name, setName] = useState(draft.applicant?.full_name ?? '')
  // of a card only name and address are taken: no more is needed for an answer
  const card = useStep({
    mutationFn: async (raw: string) => {
      const found = await desk.readCard(raw)
      await store({ full_name: found.name, address: found.residence, evidence: 'qr' })
      setName(found.name)
    },
  })
  useCardReader((raw) => card.mutate(raw))
  const move = (to: string) => void store({ full_name: name.trim() }).then(() => leave(to)).catch(() => undefined)
  const optional = !choices.name_required
  return (
    <Screen
      eyebrow={t('k.tile.feedback')}
      title={<>{t('k.f.name')} {optional && <span className="k-optional">({t('common.optional')})</span>}</>}
      help={t(optional ? 'k.f.name.optional' : 'k.f.name.help')}
      helpId="help"
      back={() => move('photos')}
      next={<NextButton busy={save.isPending} disabled={!optional && name.trim() === ''} onClick={() => move('phone')} />}
      aside={optional && name === '' && <Button look="quiet" onClick={() => move('wish')}>{t('common.skip')}</Button>}
    >
      {save.isError && <ProblemNotice error={save.error} />}
      {card.isError && <ProblemNotice error={card.error} />}
      {!optional && <p className="k-cardhint"><Lock aria-hidden />{t('k.f.name.law')}</p>}
      <TextEntry labelledBy="title" describedBy="help" value={name} onChange={setName} capitals="words" maxLength={100} autoFocus onDone={() => name.trim() && move('phone')} />
    </Screen>
  )
}

function Phone({ id, draft }: StepProps) {
  const { t, pick } = useText()
  const { refresh } = useSave(id)
  const leave = useSteps(id)
  const [phone, setPhone] = useState(draft.applicant?.phone ?? '')
  const [told, setTold] = useState<{ vi: string; en: string }>()
  const move = useStep({
    mutationFn: async (to: string) => {
      const saved = phone !== (draft.applicant?.phone ?? '') ? await desk.saveApplicant(id, { ...draft.applicant, phone }) : undefined
      if (saved) await refresh()
      const wrong = saved?.problems?.find((p) => 'field' in p && p.field === 'phone')
      if (phone !== '' && wrong && !told) return setTold(wrong.message as { vi: string; en: string })
      leave(to)
    },
  })
  const next = phone !== '' || draft.applicant?.address ? 'wish' : 'address'
  return (
    <Screen
      eyebrow={t('k.tile.feedback')}
      title={t('k.f.phone')}
      help={t('k.f.phone.help')}
      helpId="help"
      back={() => move.mutate('name')}
      next={<NextButton busy={move.isPending} onClick={() => move.mutate(next)} />}
      aside={phone === '' && <Button look="quiet" onClick={() => move.mutate(next)}>{t('common.skip')}</Button>}
    >
      {move.isError && <ProblemNotice error={move.error} />}
      {told && <Notice tone="harm" title={pick(told)} />}
      <NumberPad labelledBy="title" describedBy="help" value={phone} onChange={(value) => { setPhone(value); setTold(undefined) }} maxLength={11} show={showPhone} onDone={() => move.mutate(next)} />
    </Screen>
  )
}

function Address({ id, draft, choices }: StepProps) {
  const { t } = useText()
  const { save, store, leave } = usePerson(id, draft)
  const [address, setAddress] = useState(draft.applicant?.address ?? '')
  const needed = choices.name_required && !draft.applicant?.phone
  const move = (to: string) => void store({ address: address.trim() }).then(() => leave(to)).catch(() => undefined)
  return (
    <Screen
      eyebrow={t('k.tile.feedback')}
      title={t('k.f.address')}
      help={t('k.f.address.help')}
      helpId="help"
      back={() => move('phone')}
      next={<NextButton busy={save.isPending} disabled={needed && address.trim() === ''} onClick={() => move('wish')} />}
    >
      {save.isError && <ProblemNotice error={save.error} />}
      <TextEntry labelledBy="title" describedBy="help" value={address} onChange={setAddress} maxLength={200} autoFocus onDone={() => move('wish')} />
    </Screen>
  )
}

function Wish({ id, draft, choices }: StepProps) {
  const { t, pick } = useText()
  const save = useSave(id)
  const leave = useSteps(id)
  const [wish, setWish] = useState(textOf(draft, 'publish'))
  // without a name there is none to publish
  const offered = choices.wishes.filter((w) => draft.applicant?.full_name || w.code !== 'named')
  const move = async (to: string) => {
    if (wish !== '' && wish !== textOf(draft, 'publish')) await save.field.mutateAsync({ field: 'publish', value: wish })
    leave(to)
  }
  const back = draft.applicant?.full_name ? (draft.applicant.phone ? 'phone' : 'address') : 'name'
  return (
    <Screen
      eyebrow={t('k.tile.feedback')}
      title={t('k.f.wish')}
      help={t('k.f.wish.help')}
      width="narrow"
      back={() => void move(back).catch(() => undefined)}
      next={<NextButton busy={save.field.isPending} disabled={wish === ''} onClick={() => void move('send').catch(() => undefined)} />}
    >
      {save.field.isError && <ProblemNotice error={save.field.error} />}
      <ChooseOne labelledBy="title" value={wish || undefined} onChange={setWish} options={offered.map((w) => ({ value: w.code, label: pick(w.name) }))} />
    </Screen>
  )
}
