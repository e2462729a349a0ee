import { showPhone } from '../../form/show'
import { useText } from '../../text/language'
import { LetterSend, type LetterRow } from '../parts/LetterSend'
import { textOf } from '../parts/LetterSteps'
import { photosOf, usePetition } from './FeedbackSteps'
import { noteOf } from './FeedbackVoice'

/** PetitionSend reads a petition back and sends it. */
export function PetitionSend({ id }: { id: string }) {
  const { t } = useText()
  const { draft, choices, error, retry } = usePetition(id)
  const rows = useRows(draft, choices)
  return <LetterSend id={id} words="k.f" eyebrow={t('k.tile.feedback')} base={`/f/${id}`} lastStep="wish" done="/feedback/done" unfinished="petition_unfinished" rows={rows} error={error} retry={retry} />
}

function useRows(draft: ReturnType<typeof usePetition>['draft'], choices: ReturnType<typeof usePetition>['choices']): LetterRow[] | undefined {
  const { t, pick } = useText()
  if (!draft || !choices) return undefined
  const person = draft.applicant
  const address = person?.address || (person?.full_name && !person.phone)
  return [
    { label: t('k.f.check.topic'), shown: pick(choices.topics.find((c) => c.code === textOf(draft, 'topic'))?.name) },
    { step: 'text', label: t('k.f.check.text'), shown: textOf(draft, 'text').trim() },
    ...(choices.max_voice_seconds ? [{ step: 'voice', label: t('k.f.check.voice'), shown: t(noteOf(draft, choices) ? 'k.f.check.spoken' : 'k.f.check.unspoken') }] : []),
    { step: 'photos', label: t('k.f.check.photos'), shown: t('k.f.check.count', { n: photosOf(draft, choices).length }) },
    { step: 'name', label: t('k.f.check.name'), shown: person?.full_name ?? '' },
    { step: 'phone', label: t('k.f.phone'), shown: person?.phone ? showPhone(person.phone) : '' },
    ...(address ? [{ step: 'address', label: t('k.who.address'), shown: person?.address ?? '' }] : []),
    { step: 'wish', label: t('k.f.check.wish'), shown: pick(choices.wishes.find((c) => c.code === textOf(draft, 'publish'))?.name) },
  ]
}
