// The staff's side of the queue numbers: call the next, confirm what was not
// printed. It names nobody, because nobody is known.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import { BadgeCheck, Megaphone, Star, UserX, X } from 'lucide-react'
import { queue, type Board, type QueueRow, type QueueStep } from '../api/queue'
import { Button } from '../components/Button/Button'
import { Loading } from '../components/Loading/Loading'
import { Notice } from '../components/Notice/Notice'
import { ProblemNotice } from '../components/Problems/Problems'
import { formatTime } from '../text/format'
import { useText } from '../text/language'

const slot = 'bendo.counter'
const counters = Array.from({ length: 9 }, (_, i) => i + 1)

/** useCounter remembers which counter this browser stands at, until its window is closed. */
function useCounter() {
  const [counter, setCounter] = useState(() => {
    const kept = globalThis.Number(sessionStorage.getItem(slot))
    return counters.includes(kept) ? kept : 1
  })
  const keep = (n: number) => {
    sessionStorage.setItem(slot, String(n))
    setCounter(n)
  }
  return [counter, keep] as const
}

export function QueuePage() {
  const { t } = useText()
  const board = useQuery({ queryKey: ['board'], queryFn: queue.board, refetchInterval: 3_000, retry: false })
  return (
    <main className="o-main">
      <div className="o-title"><div><h1>{t('d.queue.title')}</h1><p>{t('d.queue.sub')}</p></div></div>
      {board.isPending && <Loading />}
      {board.isError && <ProblemNotice error={board.error} retry={() => void board.refetch()} />}
      {board.data && <BoardView board={board.data} />}
    </main>
  )
}

export function BoardView({ board }: { board: Board }) {
  const { t } = useText()
  const queries = useQueryClient()
  const [counter, setCounter] = useCounter()
  const [letters, setLetters] = useState<readonly string[]>([])
  const here = board.called.filter((r) => r.counter === counter).at(-1)
  const elsewhere = board.called.filter((r) => r !== here)
  const again = () => void queries.invalidateQueries({ queryKey: ['board'] })
  const call = useMutation({ mutationFn: (ticket?: number) => queue.call({ counter, after: here?.id ?? 0, letters: [...letters], ticket }), onSettled: again })
  const step = useMutation({ mutationFn: ({ id, how }: { id: number; how: QueueStep }) => queue.step(id, how), onSettled: again })
  const busy = call.isPending || step.isPending
  useKeys(busy, { g: () => call.mutate(undefined), x: () => here && step.mutate({ id: here.id, how: 'served' }) })
  const failed = call.isError ? call.error : step.isError ? step.error : undefined
  const move = (row: QueueRow, how: QueueStep) => {
    call.reset()
    step.mutate({ id: row.id, how })
  }
  return (
    <>
      {failed !== undefined && <ProblemNotice error={failed} />}
      {board.practice && <Notice tone="note" title={t('k.queue.practice')} />}
      {board.unconfirmed.length > 0 && <Unconfirmed rows={board.unconfirmed} busy={busy} move={move} />}
      <div className="d-queue">
        <section className="o-card d-counter">
          <label className="d-counter__which">
            {t('d.queue.counter')}
            <select value={counter} onChange={(e) => setCounter(globalThis.Number(e.target.value))}>
              {counters.map((n) => <option key={n}>{n}</option>)}
            </select>
          </label>
          <h2>{t('d.queue.now', { n: counter })}</h2>
          {here ? (
            <>
              <p className="d-counter__label">{here.label}</p>
              <p>{here.calls !== undefined && t('d.queue.calls', { n: here.calls })} {here.priority && <PriorityMark />}</p>
              <div className="d-counter__steps">
                <Button disabled={busy} icon={<Megaphone aria-hidden />} onClick={() => move(here, 'recall')}>{t('d.queue.recall')}</Button>
                <Button disabled={busy} icon={<UserX aria-hidden />} onClick={() => move(here, 'absent')}>{t('d.queue.absent')}</Button>
                <Button disabled={busy} icon={<BadgeCheck aria-hidden />} onClick={() => move(here, 'served')}>{t('d.queue.served')} <kbd>X</kbd></Button>
              </div>
            </>
          ) : <p className="o-soft">{t('d.queue.nobody')}</p>}
          <Button
            look="primary"
            className="d-counter__next"
            disabled={busy}
            onClick={() => {
              step.reset()
              call.mutate(undefined)
            }}
          >
            {t('d.queue.next')} <kbd>G</kbd>
          </Button>
          <Mine board={board} letters={letters} setLetters={setLetters} />
        </section>
        <Waiting rows={board.waiting} busy={busy} call={(id) => call.mutate(id)} />
      </div>
      {elsewhere.length > 0 && (
        <p className="d-elsewhere"><strong>{t('d.queue.elsewhere')}:</strong> {elsewhere.map((r) => <span key={r.id} className="bd-number">{r.label} · {t('k.queue.counter', { n: r.counter ?? 0 })}</span>)}</p>
      )}
      <NewDay board={board} done={again} />
      <footer className="d-foot">
        <span>{t('d.queue.keys')}</span>
        <span className="bd-number">{t('d.queue.ended', { served: board.ended.served ?? 0, absent: board.ended.absent ?? 0, void: board.ended.void ?? 0 })}</span>
      </footer>
    </>
  )
}

function useKeys(busy: boolean, keys: Record<string, () => void>) {
  const now = useRef({ busy, keys })
  useEffect(() => {
    now.current = { busy, keys }
  })
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || now.current.busy) return
      if (event.target instanceof HTMLElement && event.target.closest('select, textarea, input:not([type=checkbox])')) return
      now.current.keys[event.key.toLowerCase()]?.()
    }
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  }, [])
}

function PriorityMark() {
  const { t } = useText()
  return <span className="d-priority"><Star aria-hidden />{t('d.queue.priority')}</span>
}

/** Unconfirmed are numbers without a printer's word: only a person can say whose they are. */
function Unconfirmed({ rows, busy, move }: { rows: QueueRow[]; busy: boolean; move: (row: QueueRow, how: QueueStep) => void }) {
  const { t, pick } = useText()
  return (
    <section className="o-card d-unconfirmed">
      <h2>{t('d.queue.unconfirmed', { n: rows.length })}</h2>
      <p>{t('d.queue.unconfirmed.how')}</p>
      <ul>
        {rows.map((r) => (
          <li key={r.id}>
            <strong className="bd-number">{r.label}</strong>
            <span>{pick(r.service)} · {formatTime(r.at)} · {t(r.state === 'printing' ? 'd.queue.state.printing' : 'd.queue.state.drawn')}</span>
            <Button disabled={busy} icon={<X aria-hidden />} aria-label={t('d.queue.void', { label: r.label })} onClick={() => move(r, 'void')}>{t('d.queue.void', { label: '' }).trim()}</Button>
            <Button look="primary" disabled={busy} icon={<BadgeCheck aria-hidden />} onClick={() => move(r, 'confirm')}>{t('d.queue.confirm', { label: r.label })}</Button>
          </li>
        ))}
      </ul>
    </section>
  )
}

/** Mine chooses the services of this counter; none chosen means all. */
function Mine({ board, letters, setLetters }: { board: Board; letters: readonly string[]; setLetters: (letters: readonly string[]) => void }) {
  const { t, pick } = useText()
  return (
    <fieldset className="d-mine">
      <legend>{t('d.queue.mine')}</legend>
      {[{ letter: '', name: t('d.queue.all'), ahead: board.waiting.length }, ...board.services.map((s) => ({ letter: s.letter, name: pick(s.name), ahead: s.wait.ahead }))].map((s) => (
        <label key={s.letter}>
          <input
            type="checkbox"
            checked={s.letter === '' ? letters.length === 0 : letters.includes(s.letter)}
            onChange={(e) => setLetters(s.letter === '' ? [] : e.target.checked ? [...letters, s.letter] : letters.filter((l) => l !== s.letter))}
          />
          <span>{s.letter && <strong>{s.letter} </strong>}{s.name}</span>
          <span className="bd-number">{s.ahead}</span>
        </label>
      ))}
    </fieldset>
  )
}

/** Waiting lists who came in which order; those who ask to be first are marked, and whoever sees them decides. */
function Waiting({ rows, busy, call }: { rows: QueueRow[]; busy: boolean; call: (id: number) => void }) {
  const { t, pick } = useText()
  return (
    <section className="d-waiting">
      <h2>{t('d.queue.waiting', { n: rows.length })}</h2>
      {rows.length > 0 && (
        <div className="o-tablebox">
          <table className="o-table">
            <thead>
              <tr><th scope="col">{t('d.queue.col.number')}</th><th scope="col">{t('d.queue.col.service')}</th><th scope="col">{t('d.queue.col.since')}</th><th scope="col">{t('d.queue.col.call')}</th></tr>
            </thead>
            <tbody>
              {rows.map((r) => (
                <tr key={r.id} data-priority={r.priority || undefined}>
                  <th scope="row" className="bd-number">{r.label}</th>
                  <td>{pick(r.service)} {r.priority && <PriorityMark />}</td>
                  <td className="bd-number">{formatTime(r.at)}</td>
                  <td><Button disabled={busy} icon={<Megaphone aria-hidden />} onClick={() => call(r.id)}>{t('d.queue.callThis', { label: r.label })}</Button></td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  )
}

/** NewDay is the staff's word that it is another day, asked for where the clock cannot say so: it is in doubt, or was days ahead when the numbers began. */
function NewDay({ board, done }: { board: Board; done: () => void }) {
  const { t } = useText()
  const [asking, setAsking] = useState(false)
  const begin = useMutation({
    mutationFn: () => queue.beginDay(board.series),
    onSettled: () => {
      setAsking(false)
      done()
    },
  })
  if (board.series === 0 || !(board.doubt || board.day > board.today)) return null
  return (
    <Notice
      title={t('d.queue.doubt')}
      action={asking
        ? <Button look="harm" disabled={begin.isPending} onClick={() => begin.mutate()}>{t('d.queue.newDay.sure')}</Button>
        : <Button onClick={() => setAsking(true)}>{t('d.queue.newDay')}</Button>}
    >
      {asking && t('d.queue.newDay.how')}
    </Notice>
  )
}
