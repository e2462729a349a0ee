// Reading a screen aloud. It begins when somebody asks and stops when she asks,
// when the screen changes, when the language changes and when the visit ends.
// Names, numbers and answers are read only on a second request, because a kiosk
// stands in a room with other people.
import { createContext, useCallback, useContext, useEffect, useMemo, useRef, useState, type ReactNode } from 'react'
import { useLocation } from 'wouter'
import { languages } from '../../api/languages'
import { useText } from '../../text/language'
import { play, speakLocally, wake } from './player'
import { segments, type Segment } from './segments'

export type Reading = 'silent' | 'reading' | 'asks' | 'mute'

interface Voice {
  state: Reading
  /** reads what the program says; what is somebody's own is left for the second request */
  read: (root: Element) => void
  /** reads what was left */
  readPersonal: () => void
  stop: () => void
}

// A screen shown alone, as in a test of its own, is silent.
const Context = createContext<Voice>({ state: 'silent', read: () => undefined, readPersonal: () => undefined, stop: () => undefined })

export function VoiceProvider({ children }: { children: ReactNode }) {
  const { language } = useText()
  const [place] = useLocation()
  const [state, setState] = useState<Reading>('silent')
  const running = useRef<AbortController>(null)
  const left = useRef<Segment[]>([])

  const stop = useCallback(() => {
    running.current?.abort()
    running.current = null
    left.current = []
    setState('silent')
  }, [])
  useEffect(() => stop, [place, language, stop])

  const run = useCallback(async (list: Segment[], personal: boolean) => {
    running.current?.abort()
    const control = new AbortController()
    running.current = control
    setState('reading')
    const spoken = await readAll(list, personal, control.signal)
    if (control.signal.aborted) return
    running.current = null
    setState(left.current.length > 0 ? 'asks' : spoken || list.length === 0 ? 'silent' : 'mute')
  }, [])

  const voice = useMemo<Voice>(
    () => ({
      state,
      read: (root) => {
        wake()
        const all = segments(root, language)
        left.current = all.filter((s) => s.personal)
        void run(all.filter((s) => !s.personal), false)
      },
      readPersonal: () => {
        wake()
        const list = left.current.filter((s) => s.element.isConnected)
        left.current = []
        void run(list, true)
      },
      stop,
    }),
    [state, language, run, stop],
  )
  return <Context.Provider value={voice}>{children}</Context.Provider>
}

// Words that only a screen reader sees have no place of their own: what they belong to is lit.
const litFor = (element: Element): Element => element.closest('.bd-hidden')?.parentElement ?? element

// Only the page's own area moves: scrollIntoView would push the frame with the buttons as well.
function reveal(element: Element) {
  const area = element.closest('.k-main, dialog')
  if (!area) return
  const box = element.getBoundingClientRect()
  const frame = area.getBoundingClientRect()
  if (box.top < frame.top) area.scrollTop -= frame.top - box.top + 16
  else if (box.bottom > frame.bottom) area.scrollTop += Math.min(box.bottom - frame.bottom + 16, box.top - frame.top)
}

/** readAll speaks one sentence after the other, fetching the next while one is heard. Says whether anything was heard. */
async function readAll(list: Segment[], personal: boolean, signal: AbortSignal): Promise<boolean> {
  const fetchOne = (s: Segment | undefined) =>
    s && languages.speak({ language: s.language, text: s.text, vi: s.vi, personal }, signal).catch(() => undefined)
  let heard = false
  let coming = fetchOne(list[0])
  for (const [i, s] of list.entries()) {
    const sound = await coming
    if (signal.aborted) return heard
    coming = fetchOne(list[i + 1])
    if (!s.element.isConnected) continue
    const lit = litFor(s.element)
    lit.setAttribute('data-speaking', '')
    reveal(lit)
    heard = (sound ? await play(sound, signal) : await speakLocally(s.text, s.language, signal)) || heard
    lit.removeAttribute('data-speaking')
    if (signal.aborted) return heard
  }
  return heard
}

export const useVoice = (): Voice => useContext(Context)
