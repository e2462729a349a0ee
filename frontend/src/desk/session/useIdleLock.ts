import { useEffect } from 'react'
import { counter, touch as noteTouch } from '../../api/counter'

const signs = ['keydown', 'pointerdown', 'wheel'] as const
/** how often somebody who types long is told to the server, which sees no calls meanwhile */
const tellEvery = 60_000

/**
 * useIdleLock locks a screen nobody touches. The server counts for itself; this clears the
 * screen at the same time, because a list that refreshes by itself is no sign of a person.
 */
export function useIdleLock(seconds: number, lock: () => void) {
  useEffect(() => {
    if (seconds <= 0) return undefined
    let touched = Date.now()
    let told = touched
    const touch = () => {
      touched = Date.now()
      noteTouch()
      if (touched - told < tellEvery) return
      told = touched
      void counter.session().catch(() => undefined) // one that ended is told by the next call
    }
    const look = () => {
      if (Date.now() - touched >= seconds * 1000) lock()
    }
    for (const sign of signs) window.addEventListener(sign, touch, { passive: true })
    document.addEventListener('visibilitychange', look)
    const timer = setInterval(look, 1000)
    return () => {
      for (const sign of signs) window.removeEventListener(sign, touch)
      document.removeEventListener('visibilitychange', look)
      clearInterval(timer)
    }
  }, [seconds, lock])
}
