// Larger text and high contrast. They belong to one visit; the next resident
// starts with the usual look.
import { createContext, useContext, useEffect, useMemo, useState, type ReactNode } from 'react'

interface Comfort {
  large: boolean
  setLarge: (large: boolean) => void
  contrast: boolean
  setContrast: (contrast: boolean) => void
  reset: () => void
}

const Context = createContext<Comfort | null>(null)

export function ComfortProvider({ children }: { children: ReactNode }) {
  const [large, setLarge] = useState(false)
  const [contrast, setContrast] = useState(false)
  useEffect(() => {
    document.documentElement.dataset['text'] = large ? 'large' : 'usual'
    document.documentElement.dataset['theme'] = contrast ? 'contrast' : 'usual'
  }, [large, contrast])
  const comfort = useMemo(
    () => ({
      large,
      setLarge,
      contrast,
      setContrast,
      reset: () => {
        setLarge(false)
        setContrast(false)
      },
    }),
    [large, contrast],
  )
  return <Context.Provider value={comfort}>{children}</Context.Provider>
}

export function useComfort(): Comfort {
  const comfort = useContext(Context)
  if (!comfort) throw new Error('useComfort outside ComfortProvider')
  return comfort
}
