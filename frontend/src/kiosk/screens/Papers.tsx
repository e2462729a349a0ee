import { ChevronRight, CircleCheck, CircleDashed, CircleHelp, CircleMinus, FileText, Landmark } from 'lucide-react'
import { useLocation } from 'wouter'
import { Loading } from '../../components/Loading/Loading'
import { Notice } from '../../components/Notice/Notice'
import { ProblemNotice } from '../../components/Problems/Problems'
import { StatePill } from '../../components/StatePill/StatePill'
import { stepKey, steps } from '../../form/flow'
import { useText } from '../../text/language'
import { useDraftForm } from '../draft'
import { papersOf, paperState, type PaperHere } from '../parts/papers'
import { NextButton, Screen } from '../parts/Screen'
import { useVisit } from '../visit'

const icons = {
  provided: CircleCheck,
  on_paper: FileText,
  replaced_by_data: Landmark,
  to_be_looked_up: Landmark,
  not_applicable: CircleMinus,
  missing: CircleHelp,
  todo: CircleDashed,
}

/** Papers lists every paper with its state; each has its own screen. */
export function Papers({ id }: { id: string }) {
  const { t, pick } = useText()
  const [, go] = useLocation()
  const visit = useVisit()
  const { draft, form, procedure, error, retry } = useDraftForm(id)
  if (!draft || !procedure) {
    return <Screen title={t('k.papers.title')} back="/home">{error ? <ProblemNotice error={error} retry={retry} /> : <Loading />}</Screen>
  }
  const papers = papersOf(draft, procedure)
  const supplement = draft.kind === 'supplement'
  const last = form && steps(form, draft, visit.visited).at(-1)
  return (
    <Screen
      eyebrow={supplement && visit.tracking ? t('k.track.supplied', { slip: visit.tracking.slip }) : pick(procedure.short)}
      title={t('k.papers.title')}
      help={papers.length > 0 ? t('k.papers.help') : undefined}
      back={() => go(supplement ? '/track/result' : visit.returnTo === undefined && last ? `/d/${id}/${stepKey(last)}` : `/d/${id}/who`)}
      next={<NextButton onClick={() => go(`/d/${id}/mend`)}>{t('k.papers.next')}</NextButton>}
    >
      {papers.length === 0 && <Notice tone="good" title={t('k.papers.none')} />}
      <ul className="k-list">
        {papers.map((paper) => (
          <li key={paper.id}><PaperRow paper={paper} onOpen={() => go(`/d/${id}/papers/${paper.id}`)} /></li>
        ))}
      </ul>
    </Screen>
  )
}

function PaperRow({ paper, onOpen }: { paper: PaperHere; onOpen: () => void }) {
  const { t, pick } = useText()
  const state = paperState(paper.component)
  const Icon = icons[state]
  const scans = paper.component.scans?.length ?? 0
  const condition = pick(paper.needed?.condition)
  // a paper for another case, or one only shown, is not something to answer
  const open = state !== 'todo' ? undefined : condition ? 'ifNeeded' : paper.needed?.kind === 'trinh' ? 'show' : undefined
  const tone = open ? 'quiet' : state === 'todo' ? 'wait' : state === 'missing' ? 'harm' : state === 'provided' || state === 'on_paper' ? 'good' : 'quiet'
  return (
    <button type="button" className="k-row" data-state={open ?? state} onClick={onOpen}>
      <Icon aria-hidden className="k-row__icon" />
      <span className="k-row__text">
        <strong>{pick(paper.needed?.name) || pick(paper.component.name) || paper.id}</strong>
        {condition && <span>{t('k.proc.when', { text: condition })}</span>}
        {scans > 0 && <span>{t('k.papers.pages', { n: scans })}</span>}
      </span>
      <StatePill tone={tone}>{t(`k.state.${open ?? state}`)}</StatePill>
      <ChevronRight aria-hidden />
    </button>
  )
}
