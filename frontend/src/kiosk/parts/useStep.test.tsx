import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { act, renderHook } from '@testing-library/react'
import type { ReactNode } from 'react'
import { expect, it, vi } from 'vitest'
import { useStep } from './useStep'

function step(onSuccess: (answer: string) => void, onError: (why: Error) => void) {
  let answer: (text: string) => void = () => undefined
  let fail: (why: Error) => void = () => undefined
  const waiting = new Promise<string>((resolve, reject) => {
    answer = resolve
    fail = reject
  })
  const client = new QueryClient()
  const wrapper = ({ children }: { children: ReactNode }) => <QueryClientProvider client={client}>{children}</QueryClientProvider>
  const hook = renderHook(() => useStep({ mutationFn: () => waiting, onSuccess: (text) => onSuccess(text), onError: (why) => onError(why) }), { wrapper })
  return { hook, answer, fail }
}

it('hears the answer while its screen is shown', async () => {
  const heard = vi.fn()
  const { hook, answer } = step(heard, vi.fn())
  act(() => hook.result.current.mutate())
  await act(async () => answer('A007'))
  expect(heard).toHaveBeenCalledWith('A007')
})

it('does not lead the next visitor to the answer of the one before', async () => {
  const heard = vi.fn()
  const failed = vi.fn()
  const first = step(heard, failed)
  act(() => first.hook.result.current.mutate())
  first.hook.unmount()
  await act(async () => first.answer('A007'))
  const second = step(heard, failed)
  act(() => second.hook.result.current.mutate())
  second.hook.unmount()
  await act(async () => second.fail(new Error('no paper')))
  expect(heard).not.toHaveBeenCalled()
  expect(failed).not.toHaveBeenCalled()
})
