import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Ellipsis, Landmark, MapPin, MessageSquareReply, ScrollText } from 'lucide-react'
import { useLocation } from 'wouter'
import { feedback, petitionProcedure } from '../../api/feedback'
import { desk, type Draft } from '../../api/kiosk'
import { Button } from '../../components/Button/Button'
import { Loading } from '../../components/Loading/Loading'
import { Notice } from '../../components/Notice/Notice'
import { ProblemNotice } from '../../components/Problems/Problems'
import { useText } from '../../text/language'
import { Screen } from '../parts/Screen'
import { useVisit } from '../visit'
import { useStep } from '../parts/useStep'

const icons: Record<string, typeof MapPin> = { service: Landmark, procedure: ScrollText, place: MapPin }

export function usePetitionChoices() {
  return useQuery({ queryKey: ['public', 'petition-choices'], queryFn: feedback.petitionChoices })
}

/** Feedback begins a petition with what it is about; the draft is on disk from here on. */
export function Feedback() {
  const { t, pick, language } = useText()
  const [, go] = useLocation()
  const visit = useVisit()
  const queries = useQueryClient()
  const choices = usePetitionChoices()
  // who comes back to choose another subject goes on with the same draft
  const mine = visit.draft && queries.getQueryData<Draft>(['draft', visit.draft])?.procedure === petitionProcedure ? visit.draft : undefined
  const begin = useStep({
    mutationFn: async (topic: string) => {
      const id = mine ?? (await desk.beginDraft({ procedure: petitionProcedure, language })).id
      await desk.saveField(id, 'topic', topic, 'typed')
      await queries.invalidateQueries({ queryKey: ['draft', id] })
      return id
    },
    onSuccess: (id) => {
      visit.keepDraft(id)
      go(`/f/${id}/${choices.data?.max_voice_seconds ? 'how' : 'text'}`)
    },
  })
  return (
    <Screen
      eyebrow={t('k.tile.feedback')}
      title={t('k.f.topic')}
      help={t('k.f.topic.help')}
      back="/home"
      aside={<Button icon={<MessageSquareReply aria-hidden />} onClick={() => go('/track')}>{t('k.f.answers')}</Button>}
    >
      {choices.isError && <ProblemNotice error={choices.error} retry={() => void choices.refetch()} />}
      {begin.isError && <ProblemNotice error={begin.error} />}
      {!choices.data && !choices.isError && <Loading />}
      {/* before the subjects: a fire waits for no petition */}
      <Notice title={t('k.f.urgent')} />
      <div className="k-ways k-ways--large">
        {choices.data?.topics.map((topic) => {
          const Icon = icons[topic.code] ?? Ellipsis
          return (
            <button key={topic.code} type="button" className="k-way k-way--main" disabled={begin.isPending} onClick={() => begin.mutate(topic.code)}>
              <span className="k-way__icon" aria-hidden><Icon /></span>
              <span><strong>{pick(topic.name)}</strong></span>
            </button>
          )
        })}
      </div>
    </Screen>
  )
}
