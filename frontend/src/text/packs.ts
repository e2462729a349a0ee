// Language packs: the words of one more language, as the desk judged them. They are data of the
// machine, not of a visit, and stay when a visit ends.
import type { MessageKey } from './messages'

export interface PackInfo {
  code: string
  /** the language's name in the language itself */
  name: string
  /** "begin", on the first screen */
  start?: string
  /** own: part of the program; draft: no translator has signed it yet */
  state: 'own' | 'draft' | 'signed'
  fonts?: string[]
  /** sentences that stand in Vietnamese */
  missing: number
}

export interface Pack {
  language: PackInfo
  strings: Partial<Record<MessageKey, string>>
  /** by the Vietnamese of what the server says */
  texts?: Record<string, string>
}

const installed = new Map<string, Pack>()
const watchers = new Set<() => void>()
let version = 0

export function installPack(pack: Pack) {
  installed.set(pack.language.code, pack)
  version++
  for (const watcher of watchers) watcher()
}

export const packOf = (language: string): Pack | undefined => installed.get(language)

/** for useSyncExternalStore */
export const packsChanged = (watcher: () => void) => {
  watchers.add(watcher)
  return () => {
    watchers.delete(watcher)
  }
}
export const packsVersion = () => version
