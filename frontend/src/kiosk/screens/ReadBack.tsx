import { useLocation } from 'wouter'
import { Button } from '../../components/Button/Button'
import { Loading } from '../../components/Loading/Loading'
import { ProblemNotice } from '../../components/Problems/Problems'
import { readSections } from '../../form/flow'
import { useText } from '../../text/language'
import { useDraftForm } from '../draft'
import { papersOf, paperState } from '../parts/papers'
import { PersonTable } from '../parts/PersonEntry'
import { NextButton, Screen } from '../parts/Screen'
import { useVisit } from '../visit'
import { AnswerTable } from './Check'

/** ReadBack shows the whole dossier before it is signed. */
export function ReadBack({ id }: { id: string }) {
  const { t, pick } = useText()
  const [, go] = useLocation()
  const visit = useVisit()
  const { draft, form, procedure, error, retry } = useDraftForm(id)
  if (!draft || !form) {
    return <Screen title={t('k.read.title')} back={`/d/${id}/mend`}>{error ? <ProblemNotice error={error} retry={retry} /> : <Loading />}</Screen>
  }
  const away = (to: string) => {
    visit.setReturnTo(`/d/${id}/read`)
    go(to)
  }
  const papers = papersOf(draft, procedure)
  return (
    <Screen
      eyebrow={pick(procedure?.name)}
      title={t('k.read.title')}
      help={t('k.read.help')}
      back={`/d/${id}/mend`}
      next={<NextButton onClick={() => go(`/d/${id}/sign`)}>{t('k.read.sign')}</NextButton>}
    >
      <div className="k-sheet">
        <section>
          <h2>{t('k.read.person')}<Button look="quiet" onClick={() => away(`/d/${id}/who`)}>{t('common.change')}<span className="bd-hidden"> {t('k.read.person')}</span></Button></h2>
          <PersonTable person={draft.applicant ?? {}} />
        </section>
        {draft.submitter && (
          <section>
            <h2>{t('k.read.submitter')}</h2>
            <PersonTable person={draft.submitter} />
          </section>
        )}
        {draft.helper && (
          <section>
            <h2>{t('k.read.helper')}<Button look="quiet" onClick={() => away(`/d/${id}/who`)}>{t('common.change')}<span className="bd-hidden"> {t('k.read.helper')}</span></Button></h2>
            <dl className="k-table"><div><dt>{t('k.who.name')}</dt><dd data-personal>{draft.helper.full_name}</dd></div></dl>
          </section>
        )}
        {readSections(form, draft).map(({ section, fields }) => (
          <section key={section.id}>
            <h2>{pick(section.title)}</h2>
            <AnswerTable fields={fields} draft={draft} onChange={(field) => away(`/d/${id}/q/${field}`)} />
          </section>
        ))}
        {papers.length > 0 && (
          <section>
            <h2>{t('k.read.papers')}</h2>
            <dl className="k-table">
              {papers.map((paper) => (
                <div key={paper.id}>
                  <dt>{pick(paper.needed?.name) || paper.id}</dt>
                  <dd data-personal>{t(`k.state.${paperState(paper.component)}`)}{(paper.component.scans?.length ?? 0) > 0 && ` · ${t('k.papers.pages', { n: paper.component.scans?.length ?? 0 })}`}</dd>
                  <dd><Button look="quiet" onClick={() => away(`/d/${id}/papers/${paper.id}`)}>{t('common.change')}<span className="bd-hidden"> {pick(paper.needed?.name)}</span></Button></dd>
                </div>
              ))}
            </dl>
          </section>
        )}
      </div>
    </Screen>
  )
}
