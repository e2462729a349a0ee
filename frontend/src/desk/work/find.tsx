// What is being looked for, in memory only: an address would keep a resident's name in the browser's history.
import { createContext, useContext, useState, type ReactNode } from 'react'

interface Finding {
  words: string
  setWords: (words: string) => void
  /** the list or dossier to go back to */
  from: string
  setFrom: (path: string) => void
}

const Context = createContext<Finding>({ words: '', setWords: () => undefined, from: '/list/waiting', setFrom: () => undefined })

export function FindProvider({ children }: { children: ReactNode }) {
  const [words, setWords] = useState('')
  const [from, setFrom] = useState('/list/waiting')
  return <Context.Provider value={{ words, setWords, from, setFrom }}>{children}</Context.Provider>
}

export const useFinding = () => useContext(Context)

/** enough says whether there is something to look for: two letters, or four digits. */
export const enough = (words: string) => words.replace(/\D/g, '').length >= 4 || words.trim().replace(/[\d\s.-]/g, '').length >= 2
