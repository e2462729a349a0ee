// Who is signed in at this screen. When nobody is any more, everything that was read of dossiers is
// forgotten here first; the server has already stopped answering.
import { useQuery, useQueryClient, type QueryClient } from '@tanstack/react-query'
import { createContext, useCallback, useContext, useEffect, useMemo, useRef, type ReactNode } from 'react'
import { Problem } from '../../api/client'
import { counter, counterClient, type Session } from '../../api/counter'
import { closePapers } from '../papers'
import { useForget } from '../kept'

const absent: Session = { state: 'absent', locks_after_s: 0 }
const key = ['session']

/** asked gives the session, or that this machine has none: older machines do not know the call. */
async function asked(): Promise<Session> {
  try {
    return await counter.session()
  } catch (error) {
    if (error instanceof Problem && error.status === 404) return absent
    throw error
  }
}

interface Shift {
  session: Session | undefined
  error: unknown
  again: () => void
  put: (session: Session) => void
  lock: () => void
  end: () => void
  may: (act: string) => boolean
}

const Context = createContext<Shift | null>(null)

export function useShift(): Shift {
  const shift = useContext(Context)
  if (!shift) throw new Error('useShift outside SessionProvider')
  return shift
}

/** wipe forgets what was read of dossiers and closes the papers that were opened beside the screen. */
function wipe(queries: QueryClient) {
  queries.removeQueries({ predicate: (q) => q.queryKey[0] === 'counter' })
  queries.getMutationCache().clear()
  closePapers()
}

export function SessionProvider({ children }: { children: ReactNode }) {
  const queries = useQueryClient()
  const forget = useForget()
  const read = useQuery({ queryKey: key, queryFn: asked, staleTime: Infinity, retry: 1 })
  const session = read.data
  const channel = useRef<BroadcastChannel | null>(null)
  const last = useRef<string | undefined>(undefined)

  const put = useCallback((next: Session) => queries.setQueryData(key, next), [queries])
  // An answer that was asked for before must not open again what is left now.
  const leave = useCallback((state: 'none' | 'locked' | 'no_roster') => {
    void queries.cancelQueries({ queryKey: key })
    const before = queries.getQueryData<Session>(key)
    if (before) put({ ...before, state, who: state === 'locked' ? before.who : undefined })
  }, [put, queries])
  // The server's word, to this tab and to the others, once it has it.
  const told = useCallback(() => {
    void queries.invalidateQueries({ queryKey: key })
    channel.current?.postMessage('changed')
  }, [queries])

  useEffect(() => {
    counterClient.onLost = (code) => {
      leave(code === 'locked' ? 'locked' : code === 'no_roster' ? 'no_roster' : 'none')
      told()
    }
    return () => {
      counterClient.onLost = undefined
    }
  }, [leave, told])

  // Every tab of this browser is the same session: one that is locked locks all.
  useEffect(() => {
    if (typeof BroadcastChannel === 'undefined') return undefined
    const open = new BroadcastChannel('bendo-counter')
    channel.current = open
    open.onmessage = () => void queries.invalidateQueries({ queryKey: key })
    return () => open.close()
  }, [queries])

  const state = session?.state
  const who = session?.who?.id
  useEffect(() => {
    if (state === undefined) return
    if (state !== 'in') wipe(queries)
    // what was typed waits for the same person only
    if (state === 'none' || (who !== undefined && last.current !== undefined && who !== last.current)) forget()
    if (who !== undefined) last.current = who
  }, [state, who, queries, forget])

  const lock = useCallback(() => {
    leave('locked')
    void counter.lock().then(told, () => undefined) // not reached: this screen stays locked all the same
  }, [leave, told])
  const end = useCallback(() => {
    leave('none')
    void counter.signOut().then(told, () => undefined)
  }, [leave, told])

  const refetch = read.refetch
  const shift = useMemo<Shift>(() => ({
    session, error: read.error, again: () => void refetch(), put, lock, end,
    may: (act) => session?.state === 'in' && (session.who?.acts ?? []).includes(act),
  }), [session, read.error, refetch, put, lock, end])
  return <Context.Provider value={shift}>{children}</Context.Provider>
}
