// What somebody has typed and not sent, by dossier and by step, in memory only: another dossier may be
// opened at any time, and coming back finds it. A reload, the end of the shift or another person forgets it.
import { createContext, useCallback, useContext, useState, useSyncExternalStore, type ReactNode } from 'react'

class Store {
  private readonly values = new Map<string, Map<string, unknown>>()
  private readonly watchers = new Set<() => void>()
  private open: Opened[] = []

  get(dossier: string, name: string) {
    return this.values.get(dossier)?.get(name)
  }

  set(dossier: string, name: string, value: unknown) {
    const of = this.values.get(dossier) ?? new Map<string, unknown>()
    this.values.set(dossier, of.set(name, value))
    this.mark(dossier, true)
  }

  drop(dossier: string, name: string) {
    const of = this.values.get(dossier)
    for (const key of of?.keys() ?? []) if (key === name || key.startsWith(`${name}.`)) of?.delete(key)
    if (!of?.size) this.mark(dossier, false)
  }

  has(dossier: string, name: string) {
    return [...(this.values.get(dossier)?.keys() ?? [])].some((key) => key === name || key.startsWith(`${name}.`))
  }

  clear() {
    this.values.clear()
    this.open = []
    this.tell()
  }

  show(one: Opened) {
    const known = this.open.find((o) => o.id === one.id)
    if (known && known.title === one.title) return
    this.open = known ? this.open.map((o) => (o.id === one.id ? { ...one, unsent: o.unsent } : o)) : [...this.open, one].slice(-8)
    this.tell()
  }

  close(id: string) {
    this.values.delete(id)
    this.open = this.open.filter((o) => o.id !== id)
    this.tell()
  }

  list = () => this.open

  watch = (tell: () => void) => {
    this.watchers.add(tell)
    return () => this.watchers.delete(tell)
  }

  private mark(id: string, unsent: boolean) {
    if (!this.open.some((o) => o.id === id && o.unsent !== unsent)) return
    this.open = this.open.map((o) => (o.id === id ? { ...o, unsent } : o))
    this.tell()
  }

  private tell() {
    for (const watcher of this.watchers) watcher()
  }
}

/** Opened is a dossier somebody has open beside the one on the screen. */
export interface Opened {
  id: string
  title: string
  unsent: boolean
}

const Context = createContext<Store>(new Store())

export function KeptProvider({ children }: { children: ReactNode }) {
  const [store] = useState(() => new Store())
  return <Context.Provider value={store}>{children}</Context.Provider>
}

/** useKept is a useState that survives leaving the dossier; `name` begins with the step it belongs to. */
export function useKept<T>(dossier: string, name: string, initial: T): [T, (value: T) => void] {
  const store = useContext(Context)
  const [value, setValue] = useState<T>(() => (store.get(dossier, name) as T | undefined) ?? initial)
  const put = useCallback((next: T) => {
    store.set(dossier, name, next)
    setValue(next)
  }, [store, dossier, name])
  return [value, put]
}

/** useDrop forgets what was typed for one step, once it is sent or given up. */
export function useDrop(dossier: string) {
  const store = useContext(Context)
  return useCallback((step: string) => store.drop(dossier, step), [store, dossier])
}

/** useWasTyping says which of the steps has something typed and not sent. */
export function useWasTyping(dossier: string, steps: readonly string[]): string | undefined {
  const store = useContext(Context)
  return steps.find((step) => store.has(dossier, step))
}

export function useForget() {
  const store = useContext(Context)
  return useCallback(() => store.clear(), [store])
}

export function useOpened() {
  const store = useContext(Context)
  const list = useSyncExternalStore(store.watch, store.list)
  return { list, show: useCallback((one: Opened) => store.show(one), [store]), close: useCallback((id: string) => store.close(id), [store]) }
}
