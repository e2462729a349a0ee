// The languages of the screens. Every message exists in every language: the
// catalogue's type does not compile with one missing.

import { createContext, useContext, useEffect, useMemo, useState, type ReactNode } from 'react'
import { IntlMessageFormat } from 'intl-messageformat'
import { messages, type MessageKey } from './messages'

export type Language = 'vi' | 'en'

/** Localized is a text that came from the server in every language. */
export interface Localized {
  vi: string
  en: string
}

/** Languages name themselves; flags stand for countries, not for languages. */
export const languageNames: Record<Language, string> = { vi: 'Tiếng Việt', en: 'English' }

export type Values = Record<string, string | number>

const compiled = new Map<string, IntlMessageFormat>()

/** translate formats one message of the catalogue (ICU plurals and selects). */
export function translate(language: Language, key: MessageKey, values?: Values): string {
  const id = `${language} ${key}`
  let message = compiled.get(id)
  if (!message) {
    message = new IntlMessageFormat(messages[key][language], language, undefined, { ignoreTag: true })
    compiled.set(id, message)
  }
  return String(message.format(values))
}

export interface Text {
  language: Language
  setLanguage: (language: Language) => void
  t: (key: MessageKey, values?: Values) => string
  /** pick reads a server text; Vietnamese stands in where a translation is missing. */
  pick: (text: Partial<Localized> | string | undefined) => string
}

const Context = createContext<Text | null>(null)

export function LanguageProvider({ initial = 'vi', children }: { initial?: Language; children: ReactNode }) {
  const [language, setLanguage] = useState<Language>(initial)
  useEffect(() => {
    document.documentElement.lang = language
  }, [language])
  const text = useMemo<Text>(
    () => ({
      language,
      setLanguage,
      t: (key, values) => translate(language, key, values),
      pick: (value) => pickText(language, value),
    }),
    [language],
  )
  return <Context.Provider value={text}>{children}</Context.Provider>
}

export function pickText(language: Language, value: Partial<Localized> | string | undefined): string {
  if (value === undefined || value === null) return ''
  if (typeof value === 'string') return value
  return value[language] || value.vi || value.en || ''
}

export function useText(): Text {
  const text = useContext(Context)
  if (!text) throw new Error('useText outside LanguageProvider')
  return text
}
