// A shared screen forgets. After a quiet time it warns by sight and sound; the resident may ask for more
// time ten times running (WCAG 2.2.1); doing anything else begins the count anew. Then it wipes itself: a
// hand that only asks for time may be a child's, or an elbow on the desk.
import { useCallback, useEffect, useRef, useState, type ReactNode } from 'react'
import { Clock } from 'lucide-react'
import { Button } from '../../components/Button/Button'
import { Dialog } from '../../components/Dialog/Dialog'
import { FerryMark } from '../../components/Scene/Scene'
import { useText } from '../../text/language'
import { useStatus } from '../draft'
import { chime } from '../senses'
import { Listen } from '../voice/Listen'
import { useVisit } from '../visit'
import { DraftNote } from './DraftNote'
import { useFinish } from './useFinish'

/** Seconds of warning: WCAG 2.2.1 asks for at least 20. */
export const warningSeconds = 30
/** How often running more time may be asked for (WCAG 2.2.1: at least ten times). */
export const mostExtensions = 10
const secondChimeAt = 10
const usualIdleSeconds = 120
// The blank screen outlives the page that blanked; it names nobody.
const blankSlot = 'bendo.blank'

export function IdleWatch({ children }: { children: ReactNode }) {
  const { active, leaving, draft } = useVisit()
  const { t } = useText()
  const wipe = useFinish()
  const status = useStatus().data
  const idleSeconds = Math.max(status?.idle_seconds ?? usualIdleSeconds, 20)
  const prints = status?.printer === true
  const [left, setLeft] = useState<number>()
  const [blank, setBlank] = useState(() => sessionStorage.getItem(blankSlot) !== null)
  const [extensions, setExtensions] = useState(0)
  const touched = useRef(0)
  const warned = useRef(false)

  const stay = useCallback(() => {
    touched.current = Date.now()
    setExtensions((n) => n + 1)
    setLeft(undefined)
  }, [])

  const finish = useCallback(
    async (blanked: boolean) => {
      setLeft(undefined)
      setExtensions(0)
      setBlank(blanked)
      if (blanked) sessionStorage.setItem(blankSlot, '1')
      // the paper is the way back; a slow printer must not keep the screen from forgetting
      await wipe(blanked && prints ? draft : undefined)
    },
    [wipe, prints, draft],
  )

  useEffect(() => {
    if (!active) return
    touched.current = Date.now()
    const touch = () => {
      if (warned.current) return // the warning asks, and its own buttons answer
      touched.current = Date.now()
      setExtensions(0)
    }
    const names = ['pointerdown', 'keydown', 'wheel', 'touchmove'] as const
    for (const name of names) window.addEventListener(name, touch, { passive: true })
    const timer = window.setInterval(() => {
      const quiet = (Date.now() - touched.current) / 1000
      setLeft(quiet < idleSeconds ? undefined : Math.max(0, Math.ceil(idleSeconds + warningSeconds - quiet)))
    }, 500)
    return () => {
      for (const name of names) window.removeEventListener(name, touch)
      window.clearInterval(timer)
    }
  }, [active, idleSeconds])

  const warning = left !== undefined && active
  const last = extensions >= mostExtensions
  const lateCall = warning && left <= secondChimeAt
  useEffect(() => {
    warned.current = warning
    if (warning) chime(2)
  }, [warning])
  useEffect(() => {
    if (lateCall) chime(1)
  }, [lateCall])
  useEffect(() => {
    if (active && left === 0) void finish(true)
  }, [active, left, finish])

  const start = () => {
    sessionStorage.removeItem(blankSlot)
    setBlank(false)
  }
  if (blank) return <Blank onStart={leaving ? undefined : start} />
  if (leaving) return <main className="k-blank" aria-busy><FerryMark /><h1 className="bd-hidden">{t('k.blank.title')}</h1></main>
  return (
    <>
      {children}
      {warning && <Warning left={left} onStay={last ? undefined : stay} onEnd={() => void finish(false)} />}
    </>
  )
}

// Without onStay it is the last one: time was asked for often enough.
function Warning({ left, onStay, onEnd }: { left: number; onStay?: () => void; onEnd: () => void }) {
  const { t } = useText()
  return (
    <Dialog
      title={t('k.idle.title')}
      tone="gold"
      icon={<Clock />}
      onClose={() => onStay?.()}
      actions={
        <>
          <Button onClick={onEnd}>{t('k.idle.end')}</Button>
          {onStay && <Button look="primary" onClick={onStay} autoFocus>{t('k.idle.stay')}</Button>}
        </>
      }
    >
      <p className="k-idle__count bd-number" aria-hidden>{left}</p>
      <p>{t('k.idle.body', { n: left })}</p>
      {!onStay && <p>{t('k.idle.last')}</p>}
      <DraftNote />
    </Dialog>
  )
}

function Blank({ onStart }: { onStart?: () => void }) {
  const { t } = useText()
  return (
    <main className="k-blank">
      <FerryMark />
      <h1>{t('k.blank.title')}</h1>
      <p>{t('k.blank.body')}</p>
      {/* once the old page has gone */}
      {onStart && <Button look="primary" onClick={onStart} autoFocus>{t('k.blank.start')}</Button>}
      <Listen />
    </main>
  )
}
