import { Check, Minus, X } from 'lucide-react'
import { useRef, useState, type ReactNode } from 'react'
import type { Dossier, Paper } from '../../api/counter'
import { StatePill } from '../../components/StatePill/StatePill'
import { useText } from '../../text/language'
import { counts, isMarked, nextOpen, type Mark, type Marks } from './marks'
import { SheetView, usePaperState } from './PapersCard'

const yes: Mark = { match: true, skip: undefined }
const no: Mark = { match: false, skip: undefined }
const skip: Mark = { match: undefined, skip: true }

interface CompareProps {
  d: Dossier
  papers: Paper[]
  marks: Marks
  onMarks: (marks: Marks) => void
  /** the last one was marked */
  onAll: () => void
  children: ReactNode
}

/**
 * Compare holds a page large at the left and the list of papers at the right, so that a clerk looks from
 * the paper in the hand to the picture and presses Y or N. The letters listen only inside the list.
 */
export function Compare({ d, papers, marks, onMarks, onAll, children }: CompareProps) {
  const { t, pick } = useText()
  const [at, setAt] = useState(0)
  const [page, setPage] = useState(0)
  const list = useRef<HTMLOListElement>(null)
  const paper = papers[at]
  const scans = paper?.scans ?? []
  const scan = scans[Math.min(page, scans.length - 1)]
  const select = (to: number, focus = true) => {
    if (to < 0 || to >= papers.length) return
    setAt(to)
    setPage(0)
    if (focus) list.current?.querySelectorAll<HTMLElement>('.d-take__paper')[to]?.focus()
  }
  const set = (index: number, change: Mark) => {
    const id = papers[index]?.id
    if (id === undefined) return
    const next = { ...marks, [id]: { ...marks[id], ...change } }
    onMarks(next)
    if (!isMarked(change)) return // only the numbers
    const to = nextOpen(papers, next, index)
    if (to >= 0) select(to)
    else onAll()
  }
  const onKeyDown = (event: React.KeyboardEvent) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.target instanceof HTMLInputElement) return
    const key = event.key.toLowerCase()
    if (/^[1-9]$/.test(key)) select(Number(key) - 1)
    else if (key === 'arrowdown') select(at + 1)
    else if (key === 'arrowup') select(at - 1)
    else if (key === 'arrowright') setPage(Math.min(scans.length - 1, page + 1))
    else if (key === 'arrowleft') setPage(Math.max(0, page - 1))
    else if (key === 'y') set(at, yes)
    else if (key === 'n') set(at, no)
    else if (key === 'k' && paper?.state === 'missing') set(at, skip)
    else return
    event.preventDefault()
  }
  return (
    <>
      <div className="d-take__view">
        {paper && scan
          ? <SheetView id={d.row.id} sheet={{ scan, paper: pick(paper.name), number: Math.min(page, scans.length - 1) + 1 }} />
          : <p className="d-papers__none">{t('d.take.noScan')}</p>}
        {scans.length > 1 && paper && (
          <div className="d-take__pages" role="group" aria-label={pick(paper.name)}>
            {scans.map((s, i) => <button key={s.sha256} type="button" aria-pressed={i === page} aria-label={t('d.take.page', { n: i + 1, of: scans.length, name: pick(paper.name) })} onClick={() => setPage(i)}>{i + 1}</button>)}
          </div>
        )}
      </div>
      <div className="d-take__side">
        <h2>{t('d.take.papers')}</h2>
        <p className="o-soft d-take__keys">{t('d.take.keys')}</p>
        {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions */}
        <ol ref={list} className="d-take__list" onKeyDown={onKeyDown}>
          {papers.map((c, i) => <Line key={c.id} paper={c} index={i} at={i === at} mark={marks[c.id]} onPick={() => select(i, false)} onMark={(change) => set(i, change)} />)}
        </ol>
        {children}
      </div>
    </>
  )
}

interface LineProps {
  paper: Paper
  index: number
  at: boolean
  mark: Mark | undefined
  onPick: () => void
  onMark: (change: Mark) => void
}

function Line({ paper, index, at, mark, onPick, onMark }: LineProps) {
  const { t, pick } = useText()
  const stateOf = usePaperState()
  const name = pick(paper.name)
  const provided = paper.state === 'provided'
  const number = counts(paper, mark)
  return (
    <li data-at={at || undefined} data-match={mark?.match}>
      <button type="button" id={`paper-${paper.id}`} className="d-take__paper" tabIndex={at ? 0 : -1} aria-current={at || undefined} autoFocus={index === 0} onClick={onPick} onFocus={onPick}>
        <kbd aria-hidden>{index + 1}</kbd>
        <span>{name}</span>
        {!provided && <StatePill tone={paper.state === 'missing' ? 'harm' : 'wait'}>{stateOf(paper)}</StatePill>}
      </button>
      <span className="d-take__marks">
        <button type="button" aria-pressed={mark?.match === true} aria-label={t('d.take.yes.of', { name })} title={t(provided ? 'd.take.yes' : 'd.take.brought')} onClick={() => onMark(yes)}><Check aria-hidden /><span aria-hidden>Y</span></button>
        <button type="button" aria-pressed={mark?.match === false} aria-label={t('d.take.no.of', { name })} title={t('d.take.no')} onClick={() => onMark(no)}><X aria-hidden /><span aria-hidden>N</span></button>
        {paper.state === 'missing' && <button type="button" aria-pressed={mark?.skip === true} aria-label={t('d.take.skip.of', { name })} title={t('d.take.skip')} onClick={() => onMark(skip)}><Minus aria-hidden /><span aria-hidden>K</span></button>}
      </span>
      {at && mark?.match && (
        <span className="d-take__counts">
          <label>{t('d.take.originals')}<input type="number" min={0} max={99} value={number.originals} onChange={(e) => onMark({ originals: bounded(e.target.value) })} /></label>
          <label>{t('d.take.copies')}<input type="number" min={0} max={99} value={number.copies} onChange={(e) => onMark({ copies: bounded(e.target.value) })} /></label>
        </span>
      )}
    </li>
  )
}

const bounded = (text: string) => Math.min(99, Math.max(0, Math.trunc(Number(text)) || 0))
