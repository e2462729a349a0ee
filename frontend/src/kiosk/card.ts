// A QR reader types the card's text like a very fast keyboard (wedge).
import { useEffect, useRef } from 'react'

/** A person does not type this fast; readers take 1–30 ms a key. */
const gapMs = 80

/** burst collects keys into a card text; undefined until one is whole. Pure apart from its own memory. */
export function burst() {
  let text = ''
  let last = 0
  return (key: string, atMs: number): string | undefined => {
    if (atMs - last > gapMs) text = ''
    last = atMs
    if (key === 'Enter' || key === 'Tab') {
      const whole = text
      text = ''
      return (whole.match(/\|/g)?.length ?? 0) >= 5 ? whole : undefined
    }
    if (key.length === 1) text += key
    return undefined
  }
}

/** useCardReader calls onCard with the raw text of a scanned card while enabled. */
export function useCardReader(onCard: (raw: string) => void, enabled = true) {
  const handler = useRef(onCard)
  useEffect(() => {
    handler.current = onCard
  })
  useEffect(() => {
    if (!enabled) return
    const feed = burst()
    const onKey = (event: KeyboardEvent) => {
      const raw = feed(event.key, event.timeStamp)
      if (raw === undefined) return
      event.preventDefault()
      event.stopPropagation()
      handler.current(raw)
    }
    window.addEventListener('keydown', onKey, true)
    return () => window.removeEventListener('keydown', onKey, true)
  }, [enabled])
}
