import { showPhone } from '../../form/show'
import { useText } from '../../text/language'
import { LetterSend, type LetterRow } from '../parts/LetterSend'
import { textOf } from '../parts/LetterSteps'
import { useAboutName, useCallBack } from './CallSteps'

/** CallSend reads a request back and sends it. */
export function CallSend({ id }: { id: string }) {
  const { t } = useText()
  const { draft, choices, error, retry } = useCallBack(id)
  const rows = useRows(draft, choices)
  return <LetterSend id={id} words="k.call" eyebrow={t('k.tile.call')} base={`/c/${id}`} lastStep="name" done="/call/done" unfinished="call_unfinished" rows={rows} error={error} retry={retry} />
}

function useRows(draft: ReturnType<typeof useCallBack>['draft'], choices: ReturnType<typeof useCallBack>['choices']): LetterRow[] | undefined {
  const { t, pick } = useText()
  const about = useAboutName(draft ? textOf(draft, 'about') : '')
  if (!draft || !choices) return undefined
  const person = draft.applicant
  return [
    ...(about ? [{ label: t('k.call.check.about'), shown: about }] : []),
    { step: 'text', label: t('k.call.check.text'), shown: textOf(draft, 'text').trim() },
    { step: 'phone', label: t('k.call.check.phone'), shown: person?.phone ? showPhone(person.phone) : '' },
    { step: 'when', label: t('k.call.check.when'), shown: pick(choices.times.find((one) => one.code === textOf(draft, 'when'))?.name) },
    { step: 'name', label: t('k.call.check.name'), shown: person?.full_name ?? '' },
  ]
}
