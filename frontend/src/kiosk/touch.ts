// A touch is answered in the next frame, whatever it leads to: what is touched looks pressed at once, and what
// takes longer comes after that frame is on the screen. A person who sees nothing happen presses again.
import { useEffect } from 'react'

/** how long a control looks pressed at least, in ms: shorter is not seen */
const shownMS = 150
/** a window that is not shown paints nothing and must not wait for it */
const unseenMS = 100

/** afterPaint acts as soon as the frame that is due is on the screen. */
export function afterPaint(act: () => void) {
  let over = false
  const once = () => {
    if (!over) act()
    over = true
  }
  // what is asked for inside a frame comes before its paint; a task of its own comes after
  requestAnimationFrame(() => void setTimeout(once))
  setTimeout(once, unseenMS)
}

const touchable = 'button:not(:disabled), a[href], .bd-choice__card, [role="button"]'

/**
 * usePressed marks what is being touched with data-pressed. :active would do for a mouse; after a finger it comes
 * late or, for a short touch, not before the page has answered.
 */
export function usePressed() {
  useEffect(() => {
    const down = (event: Event) => {
      const control = (event.target as Element | null)?.closest?.(touchable)
      if (!control) return
      control.setAttribute('data-pressed', '')
      const since = performance.now()
      const up = () => {
        for (const end of ends) document.removeEventListener(end, up, true)
        window.setTimeout(() => control.removeAttribute('data-pressed'), Math.max(0, since + shownMS - performance.now()))
      }
      for (const end of ends) document.addEventListener(end, up, true)
    }
    document.addEventListener('pointerdown', down, true)
    return () => document.removeEventListener('pointerdown', down, true)
  }, [])
}

const ends = ['pointerup', 'pointercancel'] as const
