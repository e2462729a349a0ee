import { useQueryClient } from '@tanstack/react-query'
import { useLocation } from 'wouter'
import { callProcedure } from '../../api/calls'
import { petitionProcedure } from '../../api/feedback'
import { desk } from '../../api/kiosk'
import { stepKey, steps } from '../../form/flow'
import { isEmpty } from '../../form/model'
import { useText } from '../../text/language'
import { TwoNumbers } from '../parts/TwoNumbers'
import { useVisit } from '../visit'
import { useStep } from '../parts/useStep'

/** Resume opens an unfinished dossier and goes to the first question without an answer. */
export function Resume() {
  const { t } = useText()
  const [, go] = useLocation()
  const visit = useVisit()
  const queries = useQueryClient()
  const open = useStep({
    mutationFn: async ({ slip, second }: { slip: string; second: string }) => {
      const draft = await desk.resumeDraft(slip, second)
      // a petition and a call-back request have screens of their own and no form
      return { draft, form: draft.procedure === petitionProcedure || draft.procedure === callProcedure ? undefined : await desk.form(draft.procedure, draft.pack) }
    },
    onSuccess: ({ draft, form }) => {
      queries.setQueryData(['draft', draft.id], draft)
      visit.keepDraft(draft.id)
      if (!form) return go(`/${draft.procedure === callProcedure ? 'c' : 'f'}/${draft.id}/text`)
      if (draft.secrecy === 'unsaid') return go(`/d/${draft.id}/secret`)
      const list = steps(form, draft, new Set())
      const waiting = list.find((s) => s.kind === 'question' && isEmpty(draft.answers[s.field.id]))
      if (!draft.applicant) go(`/d/${draft.id}/who`)
      else go(waiting ? `/d/${draft.id}/${stepKey(waiting)}` : `/d/${draft.id}/papers`)
    },
  })
  return (
    <TwoNumbers
      eyebrow={t('k.resume.tile')}
      askSlip={t('k.resume.slip')}
      open={t('k.resume.open')}
      notFound={{ title: t('k.resume.notFound'), next: t('k.resume.notFound.next') }}
      busy={open.isPending}
      error={open.error}
      reset={open.reset}
      onOpen={(slip, second) => open.mutate({ slip, second })}
    />
  )
}
