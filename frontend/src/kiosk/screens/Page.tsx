import { useState } from 'react'
import { useQuery } from '@tanstack/react-query'
import { ArrowDown, ArrowLeft, ArrowRight, ArrowUp, Camera as CameraIcon, Crop, Maximize, RotateCw, Trash2 } from 'lucide-react'
import { useLocation } from 'wouter'
import { desk, type Look } from '../../api/kiosk'
import { Button } from '../../components/Button/Button'
import { Loading } from '../../components/Loading/Loading'
import { Notice } from '../../components/Notice/Notice'
import { ProblemNotice } from '../../components/Problems/Problems'
import { useText } from '../../text/language'
import { useDraftForm, useSave } from '../draft'
import { nextTurn, whole, type Corner, type Turn } from '../parts/corners'
import { nudge, PageFrame } from '../parts/PageFrame'
import { papersOf } from '../parts/papers'
import { ScanPicture } from '../parts/ScanPicture'
import { NextButton, Screen } from '../parts/Screen'
import { useStep } from '../parts/useStep'

export interface PageProps {
  id: string
  component: string
  sha256: string
  /** where it goes on: the paper it belongs to, or the list of what to mend */
  back: string
}

/** Page shows one page with what the machine noticed and proposes; the person decides. */
export function Page({ id, component, sha256, back }: PageProps) {
  const [sha, setSha] = useState({ now: sha256, mended: false })
  const look = useQuery({ queryKey: ['look', id, sha.now], queryFn: () => desk.look(id, sha.now), gcTime: 0, staleTime: Infinity })
  const { t } = useText()
  if (!look.data) {
    return (
      <Screen title={t('k.page.ask')} back={back}>
        {look.isError ? <ProblemNotice error={look.error} retry={() => void look.refetch()} /> : <Loading label={t('k.page.looking')} />}
      </Screen>
    )
  }
  // what was just mended is not proposed to be mended again
  const proposal = sha.mended ? undefined : (look.data.corners ?? undefined)
  return <Seen key={sha.now} id={id} component={component} sha={sha.now} look={look.data} proposal={proposal} back={back} onMended={(now) => setSha({ now, mended: true })} />
}

interface SeenProps {
  id: string
  component: string
  sha: string
  look: Look
  proposal: Corner[] | undefined
  back: string
  onMended: (sha256: string) => void
}

function Seen({ id, component, sha, look, proposal, back, onMended }: SeenProps) {
  const { t, pick } = useText()
  const [, go] = useLocation()
  const save = useSave(id)
  const { draft, procedure } = useDraftForm(id)
  const bytes = useQuery({ queryKey: ['scan', id, sha], queryFn: () => desk.scan(id, sha), staleTime: Infinity, gcTime: 60_000 })
  const [corners, setCorners] = useState(proposal)
  const [turn, setTurn] = useState<Turn>(0)
  const [framing, setFraming] = useState<{ before: Corner[] | undefined; chosen: number }>()
  const paper = draft && papersOf(draft, procedure).find((p) => p.id === component)
  const number = (paper?.component.scans?.findIndex((s) => s.sha256 === sha) ?? 0) + 1
  const edited = corners !== undefined || turn !== 0
  const use = useStep({
    mutationFn: async () => {
      const taken = edited ? await desk.mend(id, sha, { corners, turn }) : undefined
      const left = taken?.warnings ?? []
      if (!taken && look.warnings.length > 0) await desk.acceptScan(id, sha)
      await save.refresh()
      return left.length > 0 ? taken?.sha256 : undefined
    },
    onSuccess: (again) => (again ? onMended(again) : go(back)),
  })
  const drop = useStep({
    mutationFn: async () => {
      await desk.removeScan(id, sha)
      await save.refresh()
    },
    // a page that was there already is only taken away; another is taken anew
    onSuccess: () => go(look.like ? back : `/d/${id}/papers/${component}/camera`),
  })
  const picture = look.width > 0
  const alt = t('k.paper.picture', { n: Math.max(1, number) })
  if (framing && corners) {
    return (
      <Screen
        title={t('k.page.frame.title')}
        help={t('k.page.frame.help')}
        focusKey="frame"
        back={() => {
          setCorners(framing.before)
          setFraming(undefined)
        }}
        next={<NextButton onClick={() => setFraming(undefined)}>{t('k.page.frame.done')}</NextButton>}
      >
        <div className="k-page">
          <PageFrame bytes={bytes.data} alt={alt} turn={turn} corners={corners} onCorners={setCorners} chosen={framing.chosen} onChoose={(chosen) => setFraming({ ...framing, chosen })} />
          <Arrows onArrow={(key) => setCorners(nudge(corners, framing.chosen, key, turn))} />
        </div>
      </Screen>
    )
  }
  // a frame straightens and may leave the cut edge out: what is said of the whole picture need not hold
  const warnings = edited ? look.warnings.filter((w) => w.code !== 'skewed' && w.code !== 'cut') : look.warnings
  const plain = warnings.length === 0 || edited
  return (
    <Screen
      eyebrow={t('k.page.title', { n: Math.max(1, number), name: pick(paper?.needed?.name) || pick(paper?.component.name) || component })}
      title={t('k.page.ask')}
      help={corners && t('k.page.kept')}
      focusKey={sha}
      back={back}
      next={<NextButton busy={use.isPending} onClick={() => use.mutate()}>{t(plain ? 'k.camera.use' : 'k.page.anyway')}</NextButton>}
    >
      {(use.isError || drop.isError) && <ProblemNotice error={use.error ?? drop.error} />}
      <div className="k-page">
        {picture ? <PageFrame bytes={bytes.data} alt={alt} turn={turn} corners={corners} /> : <ScanPicture name={[id, sha]} load={() => desk.scan(id, sha)} alt={alt} />}
        <div className="k-page__side">
          {warnings.length > 0 && (
            <Notice title={t('k.page.noticed')}>
              {warnings.map((w) => <p key={w.code}>{pick(w.message)}</p>)}
              {look.like && <Twin id={id} like={look.like} />}
            </Notice>
          )}
          <div className="k-page__ways">
            {picture && <Button icon={<RotateCw aria-hidden />} onClick={() => setTurn(nextTurn(turn))}>{t('k.page.turn')}</Button>}
            {picture && (
              <Button
                icon={<Crop aria-hidden />}
                onClick={() => {
                  setFraming({ before: corners, chosen: 0 })
                  setCorners(corners ?? proposal ?? whole)
                }}
              >
                {t('k.page.frame')}
              </Button>
            )}
            {corners && <Button icon={<Maximize aria-hidden />} onClick={() => setCorners(undefined)}>{t('k.page.whole')}</Button>}
            {look.like
              ? <Button look="harm" icon={<Trash2 aria-hidden />} disabled={drop.isPending} onClick={() => drop.mutate()}>{t('common.delete')}</Button>
              : <Button icon={<CameraIcon aria-hidden />} disabled={drop.isPending} onClick={() => drop.mutate()}>{t('k.camera.again')}</Button>}
          </div>
        </div>
      </div>
    </Screen>
  )
}

/** Twin shows the page that this one repeats. */
function Twin({ id, like }: { id: string; like: NonNullable<Look['like']> }) {
  const { t } = useText()
  return (
    <figure className="k-page__twin">
      <ScanPicture name={[id, like.sha256]} load={() => desk.scan(id, like.sha256)} alt={t('k.paper.picture', { n: like.page })} />
      <figcaption>{t('k.page.like', { n: like.page })}</figcaption>
    </figure>
  )
}

const pad = [
  ['ArrowUp', 'k.page.up', ArrowUp],
  ['ArrowLeft', 'k.page.left', ArrowLeft],
  ['ArrowRight', 'k.page.right', ArrowRight],
  ['ArrowDown', 'k.page.down', ArrowDown],
] as const

/** Arrows move the chosen corner, for whoever cannot drag. */
function Arrows({ onArrow }: { onArrow: (key: string) => void }) {
  const { t } = useText()
  return (
    <div className="k-page__arrows" role="group" aria-label={t('k.page.arrows')}>
      {pad.map(([key, label, Icon]) => (
        <Button key={key} className={`k-page__arrow k-page__arrow--${key}`} icon={<Icon aria-hidden />} aria-label={t(label)} onClick={() => onArrow(key)} />
      ))}
    </div>
  )
}
