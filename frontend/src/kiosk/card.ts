// What scanners say to a screen. A hand scanner types the text of a code like a
// very fast keyboard (wedge), or speaks over a serial line that the desk reads;
// both arrive here as one text.
//
// A wedge goes through the system's keyboard. Where an input method (Telex, VNI)
// is on, it swallows letters; each one that cannot be known becomes U+FFFD, so
// that the desk refuses the text and says what is wrong instead of guessing.
import { useEffect, useRef, type RefObject } from 'react'
import { desk } from '../api/kiosk'
import { useStatus } from './draft'

/** A person does not type this fast; readers take 1–30 ms a key. */
const gapMs = 80
/** A scanner that sends no Enter is done after this much silence. */
const silenceMs = 300
/** what stands for a letter that an input method kept for itself */
export const unknown = '\ufffd'

/** isLong: nobody types this much at a scanner's pace. */
export const isLong = (text: string) => text.length >= 12

/** isScan: long, and more than a number, which a quick hand may type where one is asked for. */
const isScan = (text: string) => isLong(text) && !/^\d{12,14}$/.test(text)

/** isWholeCard: six bars and a day behind them; what comes after that may be more, but never must. */
const isWholeCard = (text: string) => /^[^|]*(\|[^|]*){5}\|[^|]*\d{8}\s*(\|.*)?$/.test(text)

export interface KeyStroke {
  key: string
  /** the key is held down: no scanner does that */
  repeat?: boolean
  /** an input method is composing */
  isComposing?: boolean
  ctrlKey?: boolean
  altKey?: boolean
  metaKey?: boolean
}

/** burst collects keys into a scanned text; undefined until one is whole. Pure apart from its own memory. */
export function burst(isWhole: (text: string) => boolean = isScan) {
  let text = ''
  let last = 0
  const take = () => {
    const whole = text
    text = ''
    return isWhole(whole) ? whole : undefined
  }
  return {
    key(stroke: KeyStroke, atMs: number): string | undefined {
      if (stroke.repeat || atMs - last > gapMs) text = ''
      last = atMs
      if (stroke.repeat) return undefined
      if (stroke.key === 'Enter' || stroke.key === 'Tab') return take()
      text += letterOf(stroke)
      return undefined
    },
    /** silence ends a text that is whole without an Enter */
    silence: () => (isWholeCard(text) || (text.includes(unknown) && text.length > 40) ? take() : undefined),
    length: () => text.length,
  }
}

function letterOf({ key, isComposing, ctrlKey, altKey, metaKey }: KeyStroke): string {
  if (isComposing || key === 'Process' || key === 'Unidentified' || key === 'Dead') return unknown
  if (key.length !== 1) return '' // Shift and the like
  return ctrlKey || altKey || metaKey ? unknown : key
}

/**
 * useCardReader calls onCard with whatever a scanner reads while enabled: the
 * desk tells a card from everything else and says so. What the scanner typed
 * into a field meanwhile is taken out again.
 */
export function useCardReader(onCard: (raw: string) => void, enabled = true) {
  useWedge(onCard, isScan, enabled, true)
}

/**
 * useWedge calls onText with what a scanner read, wherever the focus is. isWhole
 * must not change. With undo the field that had the focus gets back what it held.
 */
export function useWedge(onText: (raw: string) => void, isWhole: (text: string) => boolean, enabled = true, undo = false) {
  const handler = useRef(onText)
  useEffect(() => {
    handler.current = onText
  })
  useSerialScanner(handler, enabled)
  useEffect(() => {
    if (!enabled) return
    const feed = burst(isWhole)
    let before: Held | undefined
    let timer: number | undefined
    const done = (raw: string | undefined) => {
      if (raw === undefined) return false
      if (undo) putBack(before)
      handler.current(raw)
      return true
    }
    const onKey = (event: KeyboardEvent) => {
      window.clearTimeout(timer)
      const held = hold()
      const raw = feed.key(event, event.timeStamp)
      // the first letter of a text: what the field holds now is what it shall hold again
      if (feed.length() === 1) before = held
      if (done(raw)) {
        event.preventDefault()
        event.stopPropagation()
      } else timer = window.setTimeout(() => done(feed.silence()), silenceMs)
    }
    window.addEventListener('keydown', onKey, true)
    return () => {
      window.clearTimeout(timer)
      window.removeEventListener('keydown', onKey, true)
    }
  }, [enabled, isWhole, undo])
}

interface Held {
  field: HTMLInputElement | HTMLTextAreaElement
  value: string
}

function hold(): Held | undefined {
  const field = document.activeElement
  const holds = field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement
  return holds ? { field, value: field.value } : undefined
}

// React hears of a change only through the field's own setter and an input event.
function putBack(held: Held | undefined) {
  if (!held || held.field.value === held.value) return
  const kind = held.field instanceof HTMLTextAreaElement ? HTMLTextAreaElement : HTMLInputElement
  Object.getOwnPropertyDescriptor(kind.prototype, 'value')?.set?.call(held.field, held.value)
  held.field.dispatchEvent(new Event('input', { bubbles: true }))
}

/** After a call that failed (the desk may be starting again) or that another screen's took over. */
const againMs = 3000

/** useSerialScanner asks the desk for what its serial scanner reads, one text after the other, while enabled. */
function useSerialScanner(handler: RefObject<(raw: string) => void>, enabled: boolean) {
  const there = useStatus().data?.scanner === true
  useEffect(() => {
    if (!enabled || !there) return
    const left = new AbortController()
    const listen = async () => {
      while (!left.signal.aborted) {
        const next = await desk.nextScan(left.signal).catch(() => undefined)
        if (left.signal.aborted) return
        if (next?.text) handler.current(next.text)
        // another screen asked after this one and may be gone soon: this one says that it is ready, so it asks again
        else if (!next || next.taken) await new Promise((again) => window.setTimeout(again, againMs))
      }
    }
    void listen()
    return () => left.abort()
  }, [handler, enabled, there])
}
