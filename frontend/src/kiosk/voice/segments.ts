// What of a screen is read aloud, in the order of the page. One text node is one sentence of the
// catalogue, so that the clip asked for is the one of the words shown.
import { sayingOf } from '../../text/spoken'

export interface Segment {
  /** what is lit while it is read */
  element: Element
  text: string
  language: string
  /** the same in Vietnamese */
  vi: string
  /** somebody's own: read only when asked for */
  personal: boolean
}

// Keys of a keyboard are not read one by one, and Vietnamese beside a draft would be heard twice.
const unread = '[aria-hidden="true"], .bd-key, [data-unspoken], script, style, svg, input, textarea, canvas'

/** segments collects the words below root. */
export function segments(root: Element, language: string): Segment[] {
  const found: Segment[] = []
  const walk = document.createTreeWalker(root, NodeFilter.SHOW_TEXT)
  for (let node = walk.nextNode(); node; node = walk.nextNode()) {
    const element = node.parentElement
    const text = (node.textContent ?? '').replace(/\s+/g, ' ').trim()
    if (!element || !/[\p{L}\p{N}]/u.test(text) || element.closest(unread) || !visible(element)) continue
    const saying = sayingOf(text)
    found.push({
      element,
      text,
      language: saying?.language ?? languageAround(element, language),
      vi: saying?.vi ?? text,
      personal: saying === undefined || element.closest('[data-personal]') !== null,
    })
  }
  return found
}

// Words only screen readers see are part of the sentence; what is folded away is not.
function visible(element: Element): boolean {
  return typeof element.checkVisibility !== 'function' || element.checkVisibility({ visibilityProperty: true })
}

// Somebody's name is Vietnamese whatever the screen speaks, unless the page says otherwise.
function languageAround(element: Element, language: string): string {
  const marked = element.closest('[lang]')?.getAttribute('lang')
  return marked && marked !== language ? marked : 'vi'
}
