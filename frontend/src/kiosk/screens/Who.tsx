import { useState } from 'react'
import { HandHelping, User, Users } from 'lucide-react'
import { useLocation } from 'wouter'
import type { Card, Person } from '../../api/kiosk'
import { Button } from '../../components/Button/Button'
import { ChooseOne } from '../../components/Choice/Choice'
import { Loading } from '../../components/Loading/Loading'
import { ProblemNotice } from '../../components/Problems/Problems'
import { datumOfCard } from '../../form/card'
import { stepKey, steps } from '../../form/flow'
import { asksWhoDeclares, told } from '../../form/standing'
import { useText } from '../../text/language'
import { useDraftForm, useSave } from '../draft'
import { Helper, HelperLine } from '../parts/Helper'
import { PersonEntry } from '../parts/PersonEntry'
import { NextButton, Screen } from '../parts/Screen'
import { useVisit } from '../visit'

type Stage = 'whose' | 'helper' | 'submitter' | 'relation' | 'applicant'

/** What somebody who brings a dossier may be to whom it belongs. */
export const relations = ['family', 'authorised', 'guardian'] as const

/** Who asks whose dossier it is, then reads or asks for the persons. */
export function Who({ id }: { id: string }) {
  const { t, pick } = useText()
  const [, go] = useLocation()
  const visit = useVisit()
  const { draft, form, procedure, error, retry } = useDraftForm(id)
  const save = useSave(id)
  const [whose, setWhose] = useState<'self' | 'other'>()
  const [stage, setStage] = useState<Stage>('whose')
  const [relation, setRelation] = useState<string>()

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
        aside={!draft.helper && <Button icon={<HandHelping aria-hidden />} onClick={() => setStage('helper')}>{t('k.helper.button')}</Button>}
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
        {draft.helper && <HelperLine helper={draft.helper} busy={save.helper.isPending} onRemove={() => save.helper.mutate(null)} />}
        {save.helper.isError && <ProblemNotice error={save.helper.error} />}
      </Screen>
    )
  }
  if (stage === 'helper') {
    return (
      <Helper
        busy={save.helper.isPending}
        error={save.helper.error}
        onBack={() => setStage('whose')}
        onDone={(person, version) => save.helper.mutate({ person, version }, { onSuccess: () => setStage('whose') })}
      />
    )
  }
  if (stage === 'relation') {
    const now = relation ?? draft.submitter?.relation
    return (
      <Screen
        eyebrow={t('k.who.someone')}
        title={t('k.relation.title')}
        back={() => setStage('submitter')}
        width="narrow"
        next={<NextButton busy={save.person.isPending} disabled={!now} onClick={() => save.person.mutate({ submitter: { ...draft.submitter, relation: now } }, { onSuccess: () => setStage('applicant') })} />}
      >
        {save.person.isError && <ProblemNotice error={save.person.error} />}
        <ChooseOne labelledBy="title" value={now || undefined} onChange={setRelation} options={relations.map((value) => ({ value, label: t(`k.relation.${value}`), hint: t(`k.relation.${value}.sub`) }))} />
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
        onDone={(person) => save.person.mutate({ submitter: { ...person, relation: draft.submitter?.relation } }, { onSuccess: () => setStage('relation') })}
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
      onBack={() => setStage(chosen === 'other' ? 'relation' : 'whose')}
      onDone={(person, card) => void finish(person, card).catch(() => undefined)}
    />
  )
}
