import { useLocation } from 'wouter'
import { Button } from '../../components/Button/Button'
import { Loading } from '../../components/Loading/Loading'
import { ProblemNotice } from '../../components/Problems/Problems'
import { askedSections, held, place, stepKey, steps } from '../../form/flow'
import type { Draft } from '../../api/kiosk'
import { isEmpty, residentAnswers, type Field } from '../../form/model'
import { showValue } from '../../form/show'
import { useText } from '../../text/language'
import { useDraftForm } from '../draft'
import { NextButton, Screen } from '../parts/Screen'
import { useVisit } from '../visit'
import { FlowProgress } from './Question'

/** Check reads one section back, with what the machine filled in. */
export function Check({ id, sectionId }: { id: string; sectionId: string }) {
  const { t, pick } = useText()
  const [, go] = useLocation()
  const visit = useVisit()
  const { draft, form, error, retry } = useDraftForm(id)
  if (!draft || !form) {
    return <Screen title={t('common.loading')} back="/home">{error ? <ProblemNotice error={error} retry={retry} /> : <Loading />}</Screen>
  }
  const list = steps(form, draft, visit.visited)
  const here = place(list, `check/${sectionId}`)
  const asked = askedSections(form, draft.visible).find(({ section }) => section.id === sectionId)
  const before = here && list[here.index - 1]
  const after = here && list[here.index + 1]
  const self = `/d/${id}/check/${sectionId}`
  return (
    <Screen
      title={t('k.section.title', { title: pick(asked?.section.title) })}
      help={t('k.section.help')}
      focusKey={sectionId}
      progress={here && <FlowProgress value={here.index / list.length} label={t('k.q.part', { part: here.part, parts: here.parts })} />}
      back={before ? `/d/${id}/${stepKey(before)}` : `/d/${id}/who`}
      next={<NextButton onClick={() => go(after ? `/d/${id}/${stepKey(after)}` : `/d/${id}/papers`)}>{t(after ? 'k.section.ok' : 'k.section.okLast')}</NextButton>}
    >
      <AnswerTable
        fields={asked?.fields ?? []}
        draft={draft}
        onChange={(field) => {
          visit.setReturnTo(self)
          go(`/d/${id}/q/${field}`)
        }}
      />
    </Screen>
  )
}

/** AnswerTable lists answers in words, each with a way to change it. */
export function AnswerTable({ fields, draft, onChange }: { fields: Field[]; draft: Draft; onChange: (field: string) => void }) {
  const { t, pick, language } = useText()
  return (
    <dl className="k-table">
      {fields.map((field) => {
        const value = held(field, draft)
        return (
          <div key={field.id}>
            <dt>{pick(field.label)}</dt>
            <dd data-personal className={isEmpty(value) ? 'k-table__empty' : ''} data-needed={isEmpty(value) && field.required ? true : undefined}>
              {isEmpty(value) ? t('common.none') : showValue(field, value, language)}
            </dd>
            {residentAnswers(field) && (
              <dd><Button look="quiet" onClick={() => onChange(field.id)}>{t('common.change')}<span className="bd-hidden"> {pick(field.label)}</span></Button></dd>
            )}
          </div>
        )
      })}
    </dl>
  )
}
