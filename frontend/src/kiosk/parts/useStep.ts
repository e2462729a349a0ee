import { useMutation, type UseMutationOptions, type UseMutationResult } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'

/**
 * useStep is useMutation whose answer is heard only while its screen is shown. A printer may take half a
 * minute; whoever started over meanwhile has left, and the answer must not lead the next visitor to somebody
 * else's number. What was asked for is done all the same.
 */
export function useStep<Answer, Asked = void>(options: UseMutationOptions<Answer, Error, Asked>): UseMutationResult<Answer, Error, Asked> {
  const here = useRef(false)
  useEffect(() => {
    here.current = true
    return () => {
      here.current = false
    }
  }, [])
  const { onSuccess, onError } = options
  return useMutation<Answer, Error, Asked>({
    ...options,
    onSuccess: (...heard) => (here.current ? onSuccess?.(...heard) : undefined),
    onError: (...heard) => (here.current ? onError?.(...heard) : undefined),
  })
}
