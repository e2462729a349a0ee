import { act, fireEvent, render, renderHook, screen } from '@testing-library/react'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { afterPaint, usePressed } from './touch'
import { setTrail, useTrail } from './trail'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => {
  vi.useRealTimers()
  setTrail(undefined)
  window.location.hash = ''
})

it('acts once, after the frame that is due, and also where no frame comes', () => {
  const done = vi.fn()
  afterPaint(done)
  expect(done).not.toHaveBeenCalled()
  act(() => void vi.advanceTimersByTime(40))
  expect(done).toHaveBeenCalledTimes(1)
  act(() => void vi.advanceTimersByTime(1000))
  expect(done).toHaveBeenCalledTimes(1)
  vi.spyOn(window, 'requestAnimationFrame').mockReturnValue(0)
  const unseen = vi.fn()
  afterPaint(unseen)
  act(() => void vi.advanceTimersByTime(200))
  expect(unseen).toHaveBeenCalledTimes(1)
  vi.restoreAllMocks()
})

it('shows what a finger touches, and for long enough to be seen', () => {
  renderHook(usePressed)
  render(<><button type="button"><span>Nộp</span></button><button type="button" disabled>Chờ</button></>)
  const button = screen.getByRole('button', { name: 'Nộp' })
  fireEvent.pointerDown(screen.getByText('Nộp'))
  expect(button).toHaveAttribute('data-pressed')
  fireEvent.pointerUp(screen.getByText('Nộp'))
  act(() => void vi.advanceTimersByTime(100))
  expect(button).toHaveAttribute('data-pressed')
  act(() => void vi.advanceTimersByTime(60))
  expect(button).not.toHaveAttribute('data-pressed')
  fireEvent.pointerDown(screen.getByText('Chờ'))
  expect(screen.getByText('Chờ')).not.toHaveAttribute('data-pressed')
})

it('leads on after the frame; of two touches the last counts; to the start at once; a visit that is over leads nowhere', () => {
  const trail = renderHook(() => useTrail())
  const go = (to: string) => act(() => trail.result.current[1](to))
  const wait = () => act(() => void vi.advanceTimersByTime(200))
  setTrail('one')
  go('/home')
  expect(trail.result.current[0]).toBe('/')
  wait()
  expect(trail.result.current[0]).toBe('/home')
  go('/pay')
  const other = vi.fn()
  render(<button type="button" onClick={other}>Khác</button>)
  fireEvent.click(screen.getByText('Khác'))
  go('/track')
  wait()
  expect(other).not.toHaveBeenCalled() // what stands on the screen that is left acts no more
  fireEvent.click(screen.getByText('Khác'))
  expect(other).toHaveBeenCalledTimes(1)
  expect(trail.result.current[0]).toBe('/track')
  go('/d/her-draft/read')
  setTrail('another')
  wait()
  expect(trail.result.current[0]).toBe('/track')
  go('/d/other/read')
  go('/')
  expect(trail.result.current[0]).toBe('/')
  wait()
  expect(trail.result.current[0]).toBe('/')
})
