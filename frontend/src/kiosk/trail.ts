// The way back belongs to one visit: an address that an earlier resident left in the window's history
// (which paper she asked about, the id of her draft) leads the next one to the start and nowhere else.
// No page can empty the history; so each entry says whose it is.
import { navigate, useHashLocation } from 'wouter/use-hash-location'

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

/** useTrail is the address behind the #, each step stamped with its visit. */
export function useTrail(options?: Parameters<typeof useHashLocation>[0]): ReturnType<typeof useHashLocation> {
  const [at, go] = useHashLocation(options)
  return [at, (to, how) => go(to, { ...how, state: { visit } })]
}
useTrail.hrefs = (href: string) => `#${href}`
