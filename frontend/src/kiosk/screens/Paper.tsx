import { useQuery } from '@tanstack/react-query'
import { Camera as CameraIcon, CircleHelp, CircleMinus, FileText, Landmark, ScanLine, Trash2, TriangleAlert } from 'lucide-react'
import { useLocation } from 'wouter'
import { desk, type ComponentState } from '../../api/kiosk'
import { Button } from '../../components/Button/Button'
import { Loading } from '../../components/Loading/Loading'
import { ProblemNotice } from '../../components/Problems/Problems'
import { useText } from '../../text/language'
import { useDraftForm, useSave } from '../draft'
import { papersOf, paperState } from '../parts/papers'
import { ScanPicture } from '../parts/ScanPicture'
import { NextButton, Screen } from '../parts/Screen'
import { useVisit } from '../visit'
import { useStep } from '../parts/useStep'
import { TakeDeclaration } from './Sign'

/** Paper asks about one paper: a picture, or why there is none. Every way goes on. */
export function Paper({ id, component }: { id: string; component: string }) {
  const { t, pick } = useText()
  const [, go] = useLocation()
  const visit = useVisit()
  const save = useSave(id)
  const { draft, procedure, error, retry } = useDraftForm(id)
  const tray = useQuery({ queryKey: ['tray'], queryFn: desk.tray, refetchInterval: 4000 })
  const paper = draft && papersOf(draft, procedure).find((p) => p.id === component)
  const done = () => {
    go(visit.returnTo ?? `/d/${id}/papers`)
    visit.setReturnTo(undefined)
  }
  const choose = useStep({
    mutationFn: async (body: { state: ComponentState; originals?: number }) => {
      await desk.saveComponent(id, component, body)
      await save.refresh()
    },
    onSuccess: done,
  })
  const remove = useStep({
    mutationFn: async (sha256: string) => {
      await desk.removeScan(id, sha256)
      await save.refresh()
    },
  })
  if (!draft || !paper) {
    return <Screen title={t('k.papers.title')} back={`/d/${id}/papers`}>{error ? <ProblemNotice error={error} retry={retry} /> : <Loading />}</Screen>
  }
  const scans = paper.component.scans ?? []
  const state = paperState(paper.component)
  const waiting = tray.data?.length ?? 0
  const name = pick(paper.needed?.name) || pick(paper.component.name) || component
  const conditional = pick(paper.needed?.condition)
  const data = pick(paper.needed?.replaced_by_data)
  return (
    <Screen
      title={name}
      help={paper.needed?.written ? t('k.sign.sheet.others') : conditional ? t('k.proc.when', { text: conditional }) : undefined}
      back={done}
      aside={paper.needed?.written && draft.kind !== 'supplement' && <TakeDeclaration id={id} />}
      next={scans.length > 0 && <NextButton busy={choose.isPending} onClick={() => choose.mutate({ state: 'provided' })}>{t('k.paper.keep')}</NextButton>}
    >
      {choose.isError && <ProblemNotice error={choose.error} />}
      {remove.isError && <ProblemNotice error={remove.error} />}
      {scans.length > 0 && (
        <ul className="k-scans" aria-label={t('k.paper.pictures')}>
          {scans.map((scan, index) => (
            <li key={scan.sha256}>
              <button type="button" className="k-scans__open" onClick={() => go(`/d/${id}/papers/${component}/page/${scan.sha256}`)}>
                <ScanPicture name={[id, scan.sha256]} load={() => desk.scan(id, scan.sha256)} alt={t('k.paper.look', { n: index + 1 })} />
                {(scan.warnings ?? []).length > 0 && !scan.accepted && <span className="k-scans__warned"><TriangleAlert aria-hidden />{t('k.paper.warned')}</span>}
              </button>
              <Button look="harm" icon={<Trash2 aria-hidden />} disabled={remove.isPending} onClick={() => remove.mutate(scan.sha256)}>
                {t('common.delete')}<span className="bd-hidden"> {t('k.paper.picture', { n: index + 1 })}</span>
              </Button>
            </li>
          ))}
        </ul>
      )}
      <div className="k-ways">
        <Way main icon={<CameraIcon />} title={t('k.paper.camera')} sub={t('k.paper.camera.sub')} onClick={() => go(`/d/${id}/papers/${component}/camera`)} />
        <Way main icon={<ScanLine />} title={t('k.paper.tray')} sub={t('k.paper.tray.sub', { n: waiting })} onClick={() => go(`/d/${id}/papers/${component}/tray`)} />
        <Way icon={<FileText />} chosen={state === 'on_paper'} title={t('k.paper.here')} sub={t('k.paper.here.sub')} onClick={() => choose.mutate({ state: 'provided', originals: Math.max(1, paper.needed?.originals ?? 1) })} />
        <Way icon={<Landmark />} chosen={state === 'to_be_looked_up'} title={t('k.paper.lookup')} sub={data || t('k.paper.lookup.sub')} onClick={() => choose.mutate({ state: 'to_be_looked_up' })} />
        <Way icon={<CircleHelp />} chosen={state === 'missing'} title={t('k.paper.missing')} sub={t('k.paper.missing.sub')} onClick={() => choose.mutate({ state: 'missing' })} />
        {conditional && <Way icon={<CircleMinus />} chosen={state === 'not_applicable'} title={t('k.paper.notNeeded')} sub={t('k.paper.notNeeded.sub')} onClick={() => choose.mutate({ state: 'not_applicable' })} />}
      </div>
    </Screen>
  )
}

function Way({ icon, title, sub, main, chosen, onClick }: { icon: React.ReactNode; title: string; sub: string; main?: boolean; chosen?: boolean; onClick: () => void }) {
  return (
    <button type="button" className={`k-way ${main ? 'k-way--main' : ''}`} aria-pressed={chosen} onClick={onClick}>
      <span className="k-way__icon" aria-hidden>{icon}</span>
      <span><strong>{title}</strong><span>{sub}</span></span>
    </button>
  )
}
