// A QR reader types the card's text like a very fast keyboard (wedge).
import { useEffect, useRef } from 'react'

/** A person does not type this fast; readers take 1–30 ms a key. */
const gapMs = 80

/** isCard: a citizen card's text has six bars. */
export const isCard = (text: string) => (text.match(/\|/g)?.length ?? 0) >= 5

/** isLong: nobody types this much at a scanner's pace. */
export const isLong = (text: string) => text.length >= 12

/** burst collects keys into a scanned text; undefined until one is whole. Pure apart from its own memory. */
export function burst(isWhole: (text: string) => boolean = isCard) {
  let text = ''
  let last = 0
  return (key: string, atMs: number): string | undefined => {
    if (atMs - last > gapMs) text = ''
    last = atMs
    if (key === 'Enter' || key === 'Tab') {
      const whole = text
      text = ''
      return isWhole(whole) ? whole : undefined
    }
    if (key.length === 1) text += key
    return undefined
  }
}

/** useCardReader calls onCard with the raw text of a scanned card while enabled. */
export function useCardReader(onCard: (raw: string) => void, enabled = true) {
  useWedge(onCard, isCard, enabled)
}

/** useWedge calls onText with what a scanner typed, wherever the focus is. isWhole must not change. */
export function useWedge(onText: (raw: string) => void, isWhole: (text: string) => boolean, enabled = true) {
  const handler = useRef(onText)
  useEffect(() => {
    handler.current = onText
  })
  useEffect(() => {
    if (!enabled) return
    const feed = burst(isWhole)
    const onKey = (event: KeyboardEvent) => {
      const raw = feed(event.key, event.timeStamp)
      if (raw === undefined) return
      event.preventDefault()
      event.stopPropagation()
      handler.current(raw)
    }
    window.addEventListener('keydown', onKey, true)
    return () => window.removeEventListener('keydown', onKey, true)
  }, [enabled, isWhole])
}
