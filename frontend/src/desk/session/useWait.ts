import { useCallback, useEffect, useState } from 'react'
import { Problem } from '../../api/client'

/** useWait counts down the seconds in which nothing is listened to. */
export function useWait(begin = 0): [number, (error: unknown) => void] {
  const [until, setUntil] = useState(() => Date.now() + begin * 1000)
  const [left, setLeft] = useState(begin)
  useEffect(() => {
    const tick = () => setLeft(Math.max(0, Math.ceil((until - Date.now()) / 1000)))
    tick()
    if (until <= Date.now()) return undefined
    const timer = setInterval(tick, 250)
    return () => clearInterval(timer)
  }, [until])
  const learn = useCallback((error: unknown) => {
    if (error instanceof Problem && error.retryAfterSeconds) setUntil(Date.now() + error.retryAfterSeconds * 1000)
  }, [])
  return [left, learn]
}

/** clockOf writes seconds as m:ss. */
export const clockOf = (seconds: number) => `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
