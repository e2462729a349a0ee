// The frame every resident screen shares: who we are and help at the top, the
// question in the middle, back at the bottom left, the one next step at the
// bottom right within reach of a seated adult.
import { useEffect, useRef, useState, type ReactNode } from 'react'
import { ALargeSmall, ArrowDown, ArrowLeft, BellRing, Contrast, RotateCcw } from 'lucide-react'
import { useLocation } from 'wouter'
import { Button } from '../../components/Button/Button'
import { Dialog } from '../../components/Dialog/Dialog'
import { FerryMark, Waves } from '../../components/Scene/Scene'
import { useText } from '../../text/language'
import { useStatus } from '../draft'
import { chime } from '../senses'
import { Listen, ListenBar } from '../voice/Listen'
import { LanguageTool } from './ChooseLanguage'
import { useComfort } from './Comfort'
import { useFinish } from './useFinish'
import { DraftNote } from './DraftNote'

export interface ScreenProps {
  title: ReactNode
  /** small line above the title */
  eyebrow?: ReactNode
  help?: ReactNode
  helpId?: string
  titleId?: string
  progress?: ReactNode
  back?: (() => void) | string
  /** the main action, bottom right */
  next?: ReactNode
  /** beside the main action */
  aside?: ReactNode
  children?: ReactNode
  width?: 'wide' | 'narrow'
  /** the title is heard but not seen, to leave room for a keyboard */
  quiet?: boolean
  /** changes when the screen's question changes: the title takes the focus again */
  focusKey?: string
}

export function Screen({ title, eyebrow, help, helpId, titleId = 'title', progress, back, next, aside, children, width = 'wide', quiet, focusKey }: ScreenProps) {
  const { t } = useText()
  const heading = useRef<HTMLHeadingElement>(null)
  const main = useRef<HTMLElement>(null)
  const [, go] = useLocation()
  useEffect(() => {
    // a field that asks for the caret keeps it: it says the question itself, and a keyboard writes at once
    if (!main.current?.contains(document.activeElement) || !document.activeElement?.matches('.bd-entry__field')) heading.current?.focus({ preventScroll: true })
    main.current?.scrollTo?.(0, 0)
  }, [focusKey])
  return (
    <div className="k-screen">
      <Header />
      <ListenBar />
      <div className="k-band" aria-hidden><Waves /></div>
      {progress && <div className="k-progress">{progress}</div>}
      {/* a scrolling area must be reachable by keyboard */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <main className={`k-main k-main--${width}`} ref={main} tabIndex={0} data-quiet-focus>
        <div className="k-content">
          <div className={quiet ? 'bd-hidden' : 'k-title'}>
            {eyebrow && <p className="k-eyebrow">{eyebrow}</p>}
            <h1 id={titleId} tabIndex={-1} ref={heading}>{title}</h1>
            {help && <p className="k-help" id={helpId}>{help}</p>}
          </div>
          {children}
        </div>
      </main>
      <MoreBelow main={main} />
      <nav className="k-footer" aria-label={t('k.nav')}>
        <div className="k-footer__left">
          {back && (
            <Button icon={<ArrowLeft aria-hidden />} onClick={() => (typeof back === 'string' ? go(back) : back())}>{t('common.back')}</Button>
          )}
          <StartOver />
        </div>
        <div className="k-footer__right">
          {aside}
          {next}
        </div>
      </nav>
    </div>
  )
}

function Header() {
  const { t } = useText()
  const comfort = useComfort()
  const status = useStatus().data
  const [calling, setCalling] = useState(false)
  return (
    <header className="k-header">
      <div className="k-brand">
        <FerryMark />
        <p>
          <strong>{status?.office.name ?? t('app.name')}</strong>
          {status?.office.province && <span>{status.office.province}</span>}
        </p>
      </div>
      {status?.practice && <p className="k-practice">{t('app.practice')}</p>}
      <div className="k-tools" role="group" data-unspoken aria-label={t('k.tools')}>
        <Listen />
        <LanguageTool />
        <Button look="quiet" icon={<ALargeSmall aria-hidden />} aria-pressed={comfort.large} onClick={() => comfort.setLarge(!comfort.large)}>
          {t(comfort.large ? 'k.tool.smaller' : 'k.tool.bigger')}
        </Button>
        <Button look="quiet" icon={<Contrast aria-hidden />} aria-pressed={comfort.contrast} onClick={() => comfort.setContrast(!comfort.contrast)}>
          {t('k.tool.contrast')}
        </Button>
        <Button
          look="quiet"
          className="k-tools__staff"
          icon={<BellRing aria-hidden />}
          onClick={() => {
            setCalling(true)
            chime(3)
          }}
        >
          {t('k.tool.staff')}
        </Button>
      </div>
      {calling && (
        <Dialog
          title={t('k.staff.title')}
          tone="gold"
          icon={<BellRing />}
          onClose={() => setCalling(false)}
          actions={
            <>
              <Button onClick={() => chime(3)}>{t('k.staff.again')}</Button>
              <Button look="primary" onClick={() => setCalling(false)}>{t('k.staff.close')}</Button>
            </>
          }
        >
          <p>{t('k.staff.body')}</p>
          <p>{t('k.staff.kept')}</p>
        </Dialog>
      )}
    </header>
  )
}

function StartOver() {
  const { t } = useText()
  const finish = useFinish()
  const [asking, setAsking] = useState(false)
  return (
    <>
      <Button look="quiet" icon={<RotateCcw aria-hidden />} onClick={() => setAsking(true)}>{t('k.tool.restart')}</Button>
      {asking && (
        <Dialog
          title={t('k.restart.title')}
          onClose={() => setAsking(false)}
          actions={
            <>
              <Button onClick={() => setAsking(false)}>{t('common.cancel')}</Button>
              <Button
                look="harm"
                onClick={() => void finish()}
              >
                {t('k.restart.yes')}
              </Button>
            </>
          }
        >
          <p>{t('k.restart.body')}</p>
          <DraftNote save />
        </Dialog>
      )}
    </>
  )
}

// People who never used a screen do not know that a page can be pushed up. What is hidden is told as soon as it is
// more than the page's own margin.
function MoreBelow({ main }: { main: React.RefObject<HTMLElement | null> }) {
  const { t } = useText()
  const strip = useRef<HTMLDivElement>(null)
  const [more, setMore] = useState(false)
  useEffect(() => {
    const element = main.current
    if (!element) return
    // the strip's own height counts as room: it must not be the reason that it is shown
    const look = () => setMore(element.scrollHeight - element.clientHeight - (strip.current?.offsetHeight ?? 0) - element.scrollTop > 28)
    look()
    element.addEventListener('scroll', look, { passive: true })
    const sizes = typeof ResizeObserver === 'undefined' ? undefined : new ResizeObserver(look)
    sizes?.observe(element)
    if (element.firstElementChild) sizes?.observe(element.firstElementChild)
    return () => {
      element.removeEventListener('scroll', look)
      sizes?.disconnect()
    }
  }, [main])
  if (!more) return null
  return (
    <div className="k-more" ref={strip}>
      <Button
        icon={<ArrowDown aria-hidden />}
        onClick={() => main.current?.scrollBy({ top: main.current.clientHeight * 0.75, behavior: 'smooth' })}
      >
        {t('k.more')}
      </Button>
    </div>
  )
}

/** NextButton is the one main action of a screen. */
export function NextButton({ busy, children, ...rest }: React.ComponentProps<typeof Button> & { busy?: boolean }) {
  const { t } = useText()
  return (
    <Button look="primary" className="k-next" disabled={busy || rest.disabled} {...rest}>
      {busy ? t('common.saving') : (children ?? t('common.next'))}
    </Button>
  )
}
