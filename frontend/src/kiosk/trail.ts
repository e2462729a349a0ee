// The way back belongs to one visit: an address that an earlier resident left in the window's history
// (which paper she asked about, the id of her draft) leads the next one to the start and nowhere else.
// No page can empty the history; so each entry says whose it is.
import { navigate, useHashLocation } from 'wouter/use-hash-location'
import { afterPaint } from './touch'

let visit: string | undefined

/** setTrail names the visit whose steps are being written; undefined between two visits. */
export const setTrail = (stamp: string | undefined) => {
  visit = stamp
}

const stampOf = (state: unknown) => (state as { visit?: unknown } | null)?.visit

/** foreign says that the history's present entry was written by another visit. One without a stamp is the program's own. */
export const foreign = () => {
  const stamp = stampOf(window.history.state)
  return stamp !== undefined && stamp !== null && stamp !== visit
}

/** turnAway leads from somebody else's entry to the start. */
export function turnAway() {
  if (foreign()) navigate('/', { replace: true })
}

let steps = 0

// On the way the screen that is left is still seen, and nothing on it acts any more.
const deaf = (event: Event) => {
  event.stopPropagation()
  event.preventDefault()
}
function going(on: boolean) {
  document.documentElement.toggleAttribute('data-going', on)
  if (on) window.addEventListener('click', deaf, true)
  else window.removeEventListener('click', deaf, true)
}

/**
 * useTrail is the address behind the #, each step stamped with its visit. The touched control shows that it was
 * touched before a whole new screen is made, which takes longer than a frame; until then no other touch counts, and
 * of two steps the last one is taken. The way to the start waits for nothing.
 */
export function useTrail(options?: Parameters<typeof useHashLocation>[0]): ReturnType<typeof useHashLocation> {
  const [at, go] = useHashLocation(options)
  return [
    at,
    (to, how) => {
      const [step, asked] = [++steps, visit]
      const take = () => {
        if (step !== steps) return
        going(false)
        // a visit that has ended meanwhile leads nowhere
        if (asked === visit) go(to, { ...how, state: { visit } })
      }
      if (to === '/') return take()
      going(true)
      return afterPaint(take)
    },
  ]
}
useTrail.hrefs = (href: string) => `#${href}`
