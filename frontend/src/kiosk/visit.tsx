// One visit: from the touched language to the wiped screen. Everything a visit
// knows lives here and in the query cache, so that ending it forgets all at
// once. The token and the draft's id also stand in the tab's own storage: if
// the page crashes and comes back, the resident stands where he stood.
import { createContext, useCallback, useContext, useEffect, useMemo, useRef, useState, type ReactNode } from 'react'
import { useQueryClient } from '@tanstack/react-query'
import { client, desk, type Filed, type Tracked } from '../api/kiosk'
import type { Language } from '../text/language'
import { forgetSayings } from '../text/spoken'
import { renewPage } from './renew'
import { setTrail, turnAway } from './trail'

interface Kept {
  token: string
  language: Language
  /** marks this visit's steps in the window's history; no secret */
  stamp: string
  draft?: string
  /** it practises: nothing of it reaches the office's book */
  practice?: boolean
}

export interface Tracking {
  slip: string
  second: string
  answer: Tracked
}

export interface Visit {
  active: boolean
  /** a visit has ended and the page is about to be made new: nothing is shown and nothing begins */
  leaving: boolean
  /** this visit practises: nothing of it reaches the office's book */
  practice: boolean
  begin: (language: Language, practice?: boolean) => Promise<void>
  /** the language a page that crashed comes back in */
  keepLanguage: (language: Language) => void
  /** wipes at once; print names the draft whose slip shall come out of the printer */
  end: (print?: string) => Promise<void>
  /** the dossier being filled, until it is filed or left */
  draft: string | undefined
  keepDraft: (id: string | undefined) => void
  /** questions seen in this visit; see form/flow */
  visited: ReadonlySet<string>
  see: (field: string) => void
  /** where a side trip (mending, changing) returns to */
  returnTo: string | undefined
  setReturnTo: (path: string | undefined) => void
  leftToOfficer: number
  setLeftToOfficer: (count: number) => void
  filed: Filed | undefined
  setFiled: (filed: Filed | undefined) => void
  tracking: Tracking | undefined
  setTracking: (tracking: Tracking | undefined) => void
}

const slot = 'bendo.visit'
// A printer may take its time over the draft slip; the screen does not wait longer for the desk's goodbye.
const goodbyeMS = 3000
// A page that is to be made new and is not (nobody is there to do it) is used again.
const renewMS = 15_000
const Context = createContext<Visit | null>(null)

/** keptVisit reads what a crashed page left behind, or nothing. */
export function keptVisit(): Kept | undefined {
  try {
    const kept = JSON.parse(sessionStorage.getItem(slot) ?? 'null') as Kept | null
    return kept?.token ? kept : undefined
  } catch {
    return undefined
  }
}

/** VisitProvider holds the visit; renew is how the page is made new between two. */
export function VisitProvider({ children, renew = renewPage }: { children: ReactNode; renew?: () => Promise<boolean> }) {
  const queries = useQueryClient()
  const [atStart] = useState(() => {
    const found = keptVisit()
    client.setVisit(found?.token)
    client.setPractice(found?.practice === true)
    setTrail(found?.stamp)
    turnAway()
    return found
  })
  const [leaving, setLeaving] = useState(false)
  const kept = useRef(atStart)
  const [active, setActive] = useState(atStart !== undefined)
  const [practice, setPractice] = useState(atStart?.practice === true)
  const [draft, setDraft] = useState(atStart?.draft)
  const [visited, setVisited] = useState<ReadonlySet<string>>(() => new Set())
  const [returnTo, setReturnTo] = useState<string>()
  const [leftToOfficer, setLeftToOfficer] = useState(0)
  const [filed, setFiled] = useState<Filed>()
  const [tracking, setTracking] = useState<Tracking>()

  const keep = useCallback((next: Kept | undefined) => {
    kept.current = next
    client.setVisit(next?.token)
    client.setPractice(next?.practice === true)
    setTrail(next?.stamp)
    if (next) sessionStorage.setItem(slot, JSON.stringify(next))
    else sessionStorage.removeItem(slot)
    setActive(next !== undefined)
    setPractice(next?.practice === true)
    setDraft(next?.draft)
  }, [])

  const forget = useCallback(() => {
    const practised = kept.current?.practice === true
    keep(undefined)
    setVisited(new Set())
    setReturnTo(undefined)
    setLeftToOfficer(0)
    setFiled(undefined)
    setTracking(undefined)
    forgetSayings()
    // the catalogue is public and may stay; everything personal goes, also what was sent last
    queries.removeQueries({ predicate: (query) => query.queryKey[0] !== 'public' })
    queries.getMutationCache().clear()
    // what the desk said of itself in practice is not so for the next visit: unknown rather than wrong
    if (practised) {
      queries.removeQueries({ queryKey: ['public', 'queue'] })
      void queries.resetQueries({ queryKey: ['public', 'status'] })
    }
  }, [keep, queries])

  // Wipe first: whatever the server answers, this screen shows nothing more. Then the page goes.
  const leave = useCallback(
    async (goodbye: Promise<unknown>) => {
      setLeaving(true)
      forget()
      await Promise.race([goodbye.catch(() => undefined), pause(goodbyeMS)])
      if (await renew()) await pause(renewMS)
      setLeaving(false)
    },
    [forget, renew],
  )

  // the server forgot the visit (a restart, a long silence): this screen forgets too
  useEffect(() => {
    client.onLost = () => {
      if (kept.current) void leave(Promise.resolve())
    }
    window.addEventListener('popstate', turnAway)
    return () => {
      client.onLost = undefined
      window.removeEventListener('popstate', turnAway)
    }
  }, [leave])

  const visit = useMemo<Visit>(
    () => ({
      active,
      leaving,
      practice,
      begin: async (language, practising = false) => {
        client.setPractice(practising)
        const { token } = await desk.beginVisit().catch((error: unknown) => {
          client.setPractice(false)
          throw error
        })
        forget()
        keep({ token, language, stamp: crypto.randomUUID(), practice: practising })
        // what the desk says of itself, of numbers and of waiting is another's in practice
        if (practising) queries.removeQueries({ queryKey: ['public'], predicate: ({ queryKey }) => queryKey[1] === 'queue' })
        const known = queries.invalidateQueries({ queryKey: ['public', 'status'] })
        if (practising) await known
      },
      keepLanguage: (language) => {
        if (kept.current) keep({ ...kept.current, language })
      },
      end: (print) => leave(kept.current === undefined ? Promise.resolve() : desk.endVisit(print)),
      draft,
      keepDraft: (id) => {
        if (kept.current) keep({ ...kept.current, draft: id })
        setVisited(new Set())
        setReturnTo(undefined)
        setLeftToOfficer(0)
      },
      visited,
      see: (field) => setVisited((before) => (before.has(field) ? before : new Set(before).add(field))),
      returnTo,
      setReturnTo,
      leftToOfficer,
      setLeftToOfficer,
      filed,
      setFiled,
      tracking,
      setTracking,
    }),
    [active, leaving, practice, draft, visited, returnTo, leftToOfficer, filed, tracking, keep, forget, leave, queries],
  )
  return <Context.Provider value={visit}>{children}</Context.Provider>
}

const pause = (ms: number) => new Promise<void>((done) => void setTimeout(done, ms))

export function useVisit(): Visit {
  const visit = useContext(Context)
  if (!visit) throw new Error('useVisit outside VisitProvider')
  return visit
}
