// A shared screen forgets. After a quiet time it warns by sight and sound; the
// resident may ask for more time as often as he likes; then it wipes itself.
import { useCallback, useEffect, useRef, useState, type ReactNode } from 'react'
import { Clock } from 'lucide-react'
import { useLocation } from 'wouter'
import { Button } from '../../components/Button/Button'
import { Dialog } from '../../components/Dialog/Dialog'
import { FerryMark } from '../../components/Scene/Scene'
import { useText } from '../../text/language'
import { useStatus } from '../draft'
import { chime } from '../senses'
import { Listen } from '../voice/Listen'
import { useVisit } from '../visit'
import { useComfort } from './Comfort'
import { DraftNote } from './DraftNote'

/** Seconds of warning: WCAG 2.2.1 asks for at least 20. */
export const warningSeconds = 30
const usualIdleSeconds = 120

export function IdleWatch({ children }: { children: ReactNode }) {
  const { active, draft, end } = useVisit()
  const { setLanguage } = useText()
  const comfort = useComfort()
  const [, go] = useLocation()
  const status = useStatus().data
  const idleSeconds = Math.max(status?.idle_seconds ?? usualIdleSeconds, 20)
  const prints = status?.printer === true
  const [left, setLeft] = useState<number>()
  const [blank, setBlank] = useState(false)
  const touched = useRef(0)

  const stay = useCallback(() => {
    touched.current = Date.now()
    setLeft(undefined)
  }, [])

  const finish = useCallback(
    async (blanked: boolean) => {
      setLeft(undefined)
      setBlank(blanked)
      go('/')
      comfort.reset()
      setLanguage('vi')
      // the paper is the way back; a slow printer must not keep the screen from forgetting
      await end(blanked && prints ? draft : undefined)
    },
    [go, comfort, setLanguage, end, prints, draft],
  )

  useEffect(() => {
    if (!active) return
    touched.current = Date.now()
    const touch = () => {
      touched.current = Date.now()
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
  useEffect(() => {
    if (warning) chime(2)
  }, [warning])
  useEffect(() => {
    if (active && left === 0) void finish(true)
  }, [active, left, finish])

  if (blank) return <Blank onStart={() => setBlank(false)} />
  return (
    <>
      {children}
      {warning && <Warning left={left} onStay={stay} onEnd={() => void finish(false)} />}
    </>
  )
}

function Warning({ left, onStay, onEnd }: { left: number; onStay: () => void; onEnd: () => void }) {
  const { t } = useText()
  return (
    <Dialog
      title={t('k.idle.title')}
      tone="gold"
      icon={<Clock />}
      onClose={onStay}
      actions={
        <>
          <Button onClick={onEnd}>{t('k.idle.end')}</Button>
          <Button look="primary" onClick={onStay} autoFocus>{t('k.idle.stay')}</Button>
        </>
      }
    >
      <p className="k-idle__count bd-number" aria-hidden>{left}</p>
      <p>{t('k.idle.body', { n: left })}</p>
      <DraftNote />
    </Dialog>
  )
}

function Blank({ onStart }: { onStart: () => void }) {
  const { t } = useText()
  return (
    <main className="k-blank">
      <FerryMark />
      <h1>{t('k.blank.title')}</h1>
      <p>{t('k.blank.body')}</p>
      <Button look="primary" onClick={onStart} autoFocus>{t('k.blank.start')}</Button>
      <Listen />
    </main>
  )
}
