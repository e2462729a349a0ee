// What a clerk marked while holding the papers, and what of it goes into the book.
import type { Paper } from '../../api/counter'

export interface Mark {
  /** the original was seen and matches; undefined: not looked at yet */
  match?: boolean
  /** the officer judged that this case does not need it */
  skip?: boolean
  originals?: number
  copies?: number
}

export type Marks = Record<string, Mark>

/** toCompare lists the papers a clerk goes through: all but those that do not apply. */
export const toCompare = (papers: Paper[]) => papers.filter((c) => c.state !== 'not_applicable' && c.state !== 'replaced_by_data')

export const isMarked = (mark: Mark | undefined) => mark?.match !== undefined || mark?.skip === true

/** nextOpen is the paper after `at` that has no mark yet, from the top again; -1 where all have one. */
export function nextOpen(papers: Paper[], marks: Marks, at: number): number {
  const order = papers.map((_, i) => (at + 1 + i) % papers.length)
  return order.find((i) => !isMarked(marks[papers[i]?.id ?? ''])) ?? -1
}

/** counts are the numbers of originals and copies as the receipt will list them. */
export function counts(paper: Paper, mark: Mark | undefined) {
  const none = paper.originals + paper.copies === 0
  return { originals: mark?.originals ?? paper.originals, copies: mark?.copies ?? (none && mark?.match ? 1 : paper.copies) }
}

export interface Compared {
  originals: number
  copies: number
  compared: boolean
  state?: string
}

/**
 * compared is what goes with "taken_in": each paper with a mark, in the receipt's
 * numbers. One that was missing or to be looked up and is on the counter now becomes provided.
 */
export function compared(papers: Paper[], marks: Marks): Record<string, Compared> {
  const out: Record<string, Compared> = {}
  for (const paper of papers) {
    const mark = marks[paper.id]
    if (mark === undefined || !isMarked(mark)) continue
    if (mark.skip) out[paper.id] = { originals: 0, copies: 0, compared: false, state: 'not_applicable' }
    else out[paper.id] = { ...counts(paper, mark), compared: mark.match === true, ...(mark.match && paper.state !== 'provided' ? { state: 'provided' } : {}) }
  }
  return out
}
