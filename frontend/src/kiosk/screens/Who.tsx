import { useState } from 'react'
import { User, Users } from 'lucide-react'
import { useLocation } from 'wouter'
import type { Card, Person } from '../../api/kiosk'
import { ChooseOne } from '../../components/Choice/Choice'
import { Loading } from '../../components/Loading/Loading'
import { ProblemNotice } from '../../components/Problems/Problems'
import { datumOfCard } from '../../form/card'
import { stepKey, steps } from '../../form/flow'
import { asksWhoDeclares, told } from '../../form/standing'
import { useText } from '../../text/language'
import { useDraftForm, useSave } from '../draft'
import { PersonEntry } from '../parts/PersonEntry'
import { NextButton, Screen } from '../parts/Screen'
import { useVisit } from '../visit'

type Stage = 'whose' | 'submitter' | 'applicant'

/** Who asks whose dossier it is, then reads or asks for the persons. */
export function Who({ id }: { id: string }) {
  const { t, pick } = useText()
  const [, go] = useLocation()
  const visit = useVisit()
  const { draft, form, procedure, error, retry } = useDraftForm(id)
  const save = useSave(id)
  const [whose, setWhose] = useState<'self' | 'other'>()
  const [stage, setStage] = useState<Stage>('whose')

  if (!draft || !form) {
    return <Screen title={t('k.who.title')} back="/home">{error ? <ProblemNotice error={error} retry={retry} /> : <Loading />}</Screen>
  }
  const chosen = whose ?? (draft.submitter ? 'other' : draft.applicant ? 'self' : undefined)

  const finish = async (person: Person, card?: Card) => {
    await save.person.mutateAsync({ applicant: person, submitter: chosen === 'self' ? null : undefined })
    const other = chosen === 'other'
    const fill = told(form, { applicant: person, card: card && datumOfCard(card), submitter: other ? draft.submitter : undefined }, draft.answers)
    await save.fillings.mutateAsync(fill)
    await save.refresh()
    const declares = other ? asksWhoDeclares(form) : undefined
    if (declares) visit.see(declares)
    if (visit.returnTo) {
      go(visit.returnTo)
      visit.setReturnTo(undefined)
      return
    }
    const first = steps(form, { ...draft, answers: { ...draft.answers, ...Object.fromEntries(fill.map((f) => [f.field, f.value])) }, evidence: { ...draft.evidence, ...Object.fromEntries(fill.map((f) => [f.field, f.evidence])) } }, new Set(declares ? [...visit.visited, declares] : visit.visited))[0]
    go(first ? `/d/${id}/${stepKey(first)}` : `/d/${id}/papers`)
  }

  if (stage === 'whose') {
    return (
      <Screen
        eyebrow={pick(procedure?.short)}
        title={t('k.who.forOther')}
        back={() => go(visit.returnTo ?? `/procedure/${draft.procedure}`)}
        width="narrow"
        next={<NextButton disabled={!chosen} onClick={() => setStage(chosen === 'other' ? 'submitter' : 'applicant')} />}
      >
        <ChooseOne
          labelledBy="title"
          value={chosen}
          onChange={(value) => setWhose(value as 'self' | 'other')}
          options={[
            { value: 'self', label: t('k.who.self'), hint: t('k.who.self.sub'), icon: <User /> },
            { value: 'other', label: t('k.who.someone'), hint: t('k.who.someone.sub'), icon: <Users /> },
          ]}
        />
      </Screen>
    )
  }
  if (stage === 'submitter') {
    return (
      <PersonEntry
        key="submitter"
        title={t('k.who.submitter.title')}
        person={draft.submitter}
        busy={save.person.isPending}
        error={save.person.error}
        onBack={() => setStage('whose')}
        onDone={(person) => save.person.mutate({ submitter: person }, { onSuccess: () => setStage('applicant') })}
      />
    )
  }
  return (
    <PersonEntry
      key="applicant"
      title={t(chosen === 'other' ? 'k.who.applicant.title' : 'k.who.title')}
      person={draft.applicant}
      busy={save.person.isPending || save.fillings.isPending}
      error={save.person.error ?? save.fillings.error}
      onBack={() => setStage(chosen === 'other' ? 'submitter' : 'whose')}
      onDone={(person, card) => void finish(person, card).catch(() => undefined)}
    />
  )
}
