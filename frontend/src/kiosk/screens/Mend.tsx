import { useEffect } from 'react'
import { useQuery } from '@tanstack/react-query'
import { CircleCheck, FilePenLine, FileText, PenLine, User } from 'lucide-react'
import { useLocation } from 'wouter'
import { desk, type Judged } from '../../api/kiosk'
import { Button } from '../../components/Button/Button'
import { Loading } from '../../components/Loading/Loading'
import { ProblemNotice } from '../../components/Problems/Problems'
import { useText } from '../../text/language'
import { ScanPicture } from '../parts/ScanPicture'
import { NextButton, Screen } from '../parts/Screen'
import { useVisit } from '../visit'
import { useDraftForm } from '../draft'

const icons = { answers: FilePenLine, applicant: User, submitter: User, helper: User, papers: FileText, signature: PenLine }

/** Mend shows everything that is wrong at once, each with the way to mend it. */
export function Mend({ id }: { id: string }) {
  const { t, pick } = useText()
  const [, go] = useLocation()
  const visit = useVisit()
  const { draft } = useDraftForm(id)
  const judged = useQuery({ queryKey: ['judged', id], queryFn: () => desk.judge(id), gcTime: 0, staleTime: 0 })
  // the signature comes later in the journey; it is not something to mend yet
  const problems = (judged.data?.problems ?? []).filter((p) => p.where !== 'signature')
  const { setLeftToOfficer } = visit
  useEffect(() => setLeftToOfficer(problems.length), [setLeftToOfficer, problems.length])
  const clean = judged.isSuccess && problems.length === 0
  const on = () => go(draft?.kind === 'supplement' ? `/d/${id}/consent` : `/d/${id}/read`)
  const fix = (p: Judged) => {
    visit.setReturnTo(`/d/${id}/mend`)
    go(target(id, p))
  }
  return (
    <Screen
      title={clean ? t('k.mend.clean') : judged.isSuccess ? t('k.mend.title', { n: problems.length }) : t('k.papers.next')}
      help={clean ? t('k.mend.clean.help') : judged.isSuccess ? t('k.mend.help') : undefined}
      focusKey={String(judged.dataUpdatedAt)}
      back={`/d/${id}/papers`}
      next={clean && <NextButton onClick={on}>{t('k.mend.readback')}</NextButton>}
      aside={problems.length > 0 && !problems.some((p) => p.code === 'elsewhere') && <Button onClick={on}>{t('k.mend.leave')}</Button>}
    >
      {judged.isFetching && !judged.data && <Loading />}
      {judged.isError && <ProblemNotice error={judged.error} retry={() => void judged.refetch()} />}
      {clean && <div className="k-bigicon"><CircleCheck aria-hidden /></div>}
      <ul className="k-list">
        {problems.map((p) => {
          const Icon = icons[p.where] ?? FilePenLine
          const group = p.where === 'submitter' || p.where === 'helper' ? 'applicant' : p.where
          return (
            <li key={`${p.where} ${p.field} ${p.item} ${p.component} ${p.scan} ${p.code}`}>
              <button type="button" className="k-row k-row--mend" onClick={() => fix(p)}>
                {p.scan
                  ? <span className="k-row__scan"><ScanPicture name={[id, p.scan]} load={() => desk.scan(id, p.scan ?? '')} alt="" /></span>
                  : <Icon aria-hidden className="k-row__icon" />}
                <span className="k-row__text">
                  <span>{t(`k.mend.where.${group}`)}<FieldName id={id} problem={p} /></span>
                  <strong>{pick(p.message)}</strong>
                </span>
                <span className="k-row__go">{t('k.mend.fix')}</span>
              </button>
            </li>
          )
        })}
      </ul>
      {problems.length > 0 && <p className="k-help">{t('k.mend.leave.sub')}</p>}
    </Screen>
  )
}

function FieldName({ id, problem }: { id: string; problem: Judged }) {
  const { t, pick } = useText()
  const { form } = useDraftForm(id)
  const [top, item] = (problem.field ?? '').split('.')
  const field = form?.sections.flatMap((s) => s.fields).find((f) => f.id === top)
  if (!field) return null
  const inner = item && field.items?.find((f) => f.id === item)
  const row = problem.item ? `, ${t('k.rows.row', { n: problem.item }).toLowerCase()}` : ''
  return <> · {pick(field.label)}{row}{inner ? `, ${pick(inner.label)}` : ''}</>
}

function target(id: string, p: Judged): string {
  if (p.code === 'elsewhere') return `/d/${id}/elsewhere`
  if (p.scan && p.component) return `/d/${id}/mend/${p.component}/${p.scan}`
  if (p.where === 'papers' && p.component) return `/d/${id}/papers/${p.component}`
  if (p.where === 'papers') return `/d/${id}/papers`
  if (p.where === 'applicant' || p.where === 'submitter' || p.where === 'helper') return `/d/${id}/who`
  return p.field ? `/d/${id}/q/${p.field.split('.')[0]}` : `/d/${id}/papers`
}
