import { useCallback } from 'react'
import { useLocation } from 'wouter'
import { useText } from '../../text/language'
import { useVisit } from '../visit'
import { useComfort } from './Comfort'

/** useFinish ends a visit wherever it is ended: the next person finds the first screen, in Vietnamese, as it always looks. draft: its slip is printed before it is forgotten. */
export function useFinish(): (draft?: string) => Promise<void> {
  const [, go] = useLocation()
  const { setLanguage } = useText()
  const { end } = useVisit()
  const comfort = useComfort()
  return useCallback(
    async (draft?: string) => {
      go('/')
      comfort.reset()
      setLanguage('vi')
      await end(draft)
    },
    [go, comfort, setLanguage, end],
  )
}
