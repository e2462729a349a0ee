// The languages of the screens. Every message exists in Vietnamese and English:
// the catalogue's type does not compile with one missing. Further languages are
// packs; what a pack lacks is shown in Vietnamese.

import { createContext, useContext, useEffect, useMemo, useState, useSyncExternalStore, type ReactNode } from 'react'
import { IntlMessageFormat } from 'intl-messageformat'
import { messages, type MessageKey } from './messages'
import { packOf, packsChanged, packsVersion } from './packs'
import { note } from './spoken'

export type OwnLanguage = 'vi' | 'en'
/** one of the program's own, or the code of a pack */
export type Language = OwnLanguage | (string & {})

/** Localized is a text that came from the server in every language. */
export interface Localized {
  vi: string
  en: string
}

/** Languages name themselves; flags stand for countries, not for languages. */
export const languageNames: Record<OwnLanguage, string> = { vi: 'Tiếng Việt', en: 'English' }

export const isOwn = (language: Language): language is OwnLanguage => language === 'vi' || language === 'en'

export type Values = Record<string, string | number>

const compiled = new Map<string, IntlMessageFormat>()

function format(language: Language, message: string, values?: Values): string {
  const id = `${language} ${message}`
  let known = compiled.get(id)
  if (!known) {
    known = new IntlMessageFormat(message, language, undefined, { ignoreTag: true })
    compiled.set(id, known)
  }
  return String(known.format(values))
}

/** say formats one message of the catalogue (ICU plurals and selects) and tells in which language it came out. */
export function say(language: Language, key: MessageKey, values?: Values): { text: string; language: Language } {
  if (isOwn(language)) return { text: format(language, messages[key][language], values), language }
  const foreign = packOf(language)?.strings[key]
  if (foreign !== undefined) {
    try {
      return { text: format(language, foreign, values), language }
    } catch {
      // the desk has judged the pack; what this browser still cannot format stands in Vietnamese
    }
  }
  return { text: format('vi', messages[key].vi, values), language: 'vi' }
}

/** translate formats one message of the catalogue. */
export const translate = (language: Language, key: MessageKey, values?: Values): string => say(language, key, values).text

export interface Text {
  language: Language
  setLanguage: (language: Language) => void
  t: (key: MessageKey, values?: Values) => string
  /** pick reads a server text; Vietnamese stands in where a translation is missing. */
  pick: (text: Partial<Localized> | string | undefined) => string
  /**
   * beside is the Vietnamese of a message whose words bind somebody: a pack's
   * words stand on the screen with it, never instead of it. Undefined where the
   * screen is in Vietnamese or English.
   */
  beside: (what: MessageKey | Partial<Localized>, values?: Values) => string | undefined
}

const Context = createContext<Text | null>(null)

export function LanguageProvider({ initial = 'vi', children }: { initial?: Language; children: ReactNode }) {
  const [language, setLanguage] = useState<Language>(initial)
  const packs = useSyncExternalStore(packsChanged, packsVersion)
  useEffect(() => {
    document.documentElement.lang = language
    const fonts = packOf(language)?.language.fonts ?? []
    if (fonts.length === 0) document.documentElement.style.removeProperty('--font-pack')
    else document.documentElement.style.setProperty('--font-pack', fonts.map((name) => JSON.stringify(name)).join(', '))
  }, [language, packs])
  const text = useMemo<Text>(() => textOf(language, setLanguage, packs), [language, packs])
  return <Context.Provider value={text}>{children}</Context.Provider>
}

// A pack that comes later gives every screen its words: its number makes the text another one.
function textOf(language: Language, setLanguage: (language: Language) => void, _packs: number): Text {
  return {
    language,
    setLanguage,
    t: (key, values) => {
      const said = say(language, key, values)
      return note(said.text, { language: said.language, vi: translate('vi', key, values) })
    },
    pick: (value) => {
      const shown = pickText(language, value)
      if (value && typeof value !== 'string' && value.vi) note(shown, { language: languageOf(language, value), vi: value.vi })
      return shown
    },
    beside: (what, values) => {
      if (isOwn(language)) return undefined
      const vi = typeof what === 'string' ? translate('vi', what, values) : (what.vi ?? '')
      const shown = typeof what === 'string' ? translate(language, what, values) : pickText(language, what)
      return vi === shown || vi === '' ? undefined : vi
    },
  }
}

export function pickText(language: Language, value: Partial<Localized> | string | undefined): string {
  if (value === undefined || value === null) return ''
  if (typeof value === 'string') return value
  if (isOwn(language)) return value[language] || value.vi || value.en || ''
  return (value.vi && packOf(language)?.texts?.[value.vi]) || value.vi || value.en || ''
}

/** languageOf says in which language pickText gave a server text. */
function languageOf(language: Language, value: Partial<Localized>): Language {
  if (isOwn(language)) return value[language] ? language : value.vi ? 'vi' : 'en'
  if (value.vi && packOf(language)?.texts?.[value.vi]) return language
  return value.vi ? 'vi' : 'en'
}

export function useText(): Text {
  const text = useContext(Context)
  if (!text) throw new Error('useText outside LanguageProvider')
  return text
}
