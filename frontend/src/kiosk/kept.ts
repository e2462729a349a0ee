// What a screen remembers while a visit lasts: coming back shows the page and the words as they were
// left. It lives beside everything personal and is forgotten with it when the visit ends.
import { useState } from 'react'
import { useQueryClient } from '@tanstack/react-query'

/** useKept is useState that outlives its screen, not its visit. */
export function useKept<T>(key: string, initial: T): [T, (value: T) => void] {
  const queries = useQueryClient()
  const [value, setValue] = useState<T>(() => queries.getQueryData<T>(['kept', key]) ?? initial)
  return [
    value,
    (next) => {
      queries.setQueryData(['kept', key], next)
      setValue(next)
    },
  ]
}
