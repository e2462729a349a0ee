import { useDeferredValue, useEffect, useRef, useState } from 'react'
import { useQuery } from '@tanstack/react-query'
import { CircleCheck, LoaderCircle, Search } from 'lucide-react'
import { useLocation } from 'wouter'
import { portal, type InboxRow } from '../api/portal'
import { Loading } from '../components/Loading/Loading'
import { Notice } from '../components/Notice/Notice'
import { ProblemNotice } from '../components/Problems/Problems'
import { LandingPicture } from '../components/Scene/Scene'
import { StatePill, toneOf } from '../components/StatePill/StatePill'
import { formatDate, formatMoment, formatSlip } from '../text/format'
import { useText } from '../text/language'

const kinds = ['', 'dossiers', 'petitions', 'calls'] as const

const filters = ['registered', 'received', 'processing', 'awaiting_supplement', 'decided', 'returned', 'refused', 'withdrawn', 'stopped'] as const
/** Always offered; the others appear when there is something in them. */
const usual = new Set<string>(['registered', 'received', 'awaiting_supplement', 'decided'])

export function InboxPage() {
  const { t } = useText()
  const [state, setState] = useState('')
  const [kind, setKind] = useState<(typeof kinds)[number]>('')
  const [words, setWords] = useState('')
  const q = useDeferredValue(words.trim())
  const field = useRef<HTMLInputElement>(null)
  const inbox = useQuery({ queryKey: ['inbox', state, kind, q], queryFn: () => portal.inbox(state, q, kind), refetchInterval: 20_000, placeholderData: (before) => before })
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const typing = event.target instanceof HTMLElement && /INPUT|TEXTAREA/.test(event.target.tagName)
      if (event.key !== '/' || typing) return
      event.preventDefault()
      field.current?.focus()
    }
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  }, [])
  const counts = inbox.data?.counts ?? {}
  const rows = inbox.data?.dossiers ?? []
  const shown = filters.filter((f) => usual.has(f) || (counts[f] ?? 0) > 0 || f === state)
  return (
    <main className="o-main">
      <div className="o-title">
        <div>
          <h1>{t('p.inbox.title')}</h1>
          <p role="status">{inbox.data && t('p.inbox.count', { n: rows.length })}</p>
        </div>
        <label className="p-search">
          <Search aria-hidden />
          <span className="bd-hidden">{t('p.inbox.search')}</span>
          <input ref={field} type="search" placeholder={t('p.inbox.search')} value={words} onChange={(e) => setWords(e.target.value)} />
          <kbd aria-hidden>/</kbd>
        </label>
      </div>
      <div className="p-filters" role="group" aria-label={t('p.kind')}>
        {kinds.map((one) => <Filter key={one} label={t(one === '' ? 'p.kind.all' : `p.kind.${one}`)} count={undefined} active={kind === one} onPick={() => setKind(one)} />)}
      </div>
      <div className="p-filters" role="group" aria-label={t('p.inbox.filter')}>
        <Filter label={t('p.inbox.all')} count={counts['all']} active={state === ''} onPick={() => setState('')} />
        {shown.map((f) => <Filter key={f} label={t(`p.filter.${f}`)} count={counts[f] ?? 0} active={state === f} onPick={() => setState(f)} />)}
      </div>
      {inbox.isError && <ProblemNotice error={inbox.error} retry={() => void inbox.refetch()} />}
      {inbox.isPending && <Loading />}
      {inbox.data && rows.length === 0 && (
        <div className="o-empty">
          <LandingPicture />
          <p><strong>{q ? t('p.inbox.nothing') : t('p.inbox.empty')}</strong></p>
          {!q && <p>{t('p.inbox.empty.sub')}</p>}
        </div>
      )}
      {rows.length > 0 && <InboxTable rows={rows} now={inbox.dataUpdatedAt} />}
      {inbox.data?.more && <Notice title={t('p.inbox.more')} />}
    </main>
  )
}

function Filter({ label, count, active, onPick }: { label: string; count: number | undefined; active: boolean; onPick: () => void }) {
  return (
    <button type="button" className="p-filter" aria-pressed={active} onClick={onPick}>
      {label} {count !== undefined && <span className="bd-number">{count}</span>}
    </button>
  )
}

function InboxTable({ rows, now }: { rows: InboxRow[]; now: number }) {
  const { t, pick } = useText()
  const [, go] = useLocation()
  return (
    <div className="o-tablebox">
      <table className="o-table p-inbox">
        <thead>
          <tr>
            <th scope="col">{t('p.col.dossier')}</th>
            <th scope="col">{t('p.col.person')}</th>
            <th scope="col">{t('p.col.office')}</th>
            <th scope="col">{t('p.col.received')}</th>
            <th scope="col">{t('p.col.files')}</th>
            <th scope="col">{t('p.col.due')}</th>
            <th scope="col">{t('p.col.state')}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            // the link is the row's door; a click anywhere on the row is a convenience
            // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/no-noninteractive-element-interactions
            <tr key={row.id} onClick={() => go(`/ho-so/${row.id}`)}>
              <th scope="row">
                <a className="o-clamp" title={pick(row.procedure.name)} href={`/ho-so/${row.id}`} onClick={(e) => { e.preventDefault(); e.stopPropagation(); go(`/ho-so/${row.id}`) }}>{pick(row.procedure.name)}</a>
                <span className="o-soft bd-number">{formatSlip(row.slip)}{row.official_code && ` · ${row.official_code}`}</span>
              </th>
              <td>{row.applicant_name}</td>
              <td>{row.office}</td>
              <td className="bd-number o-nowrap">{formatMoment(row.received_at)}</td>
              <td className="o-nowrap">
                <span className="p-files" data-complete={row.complete}>
                  {row.complete ? <CircleCheck aria-hidden /> : <LoaderCircle aria-hidden />}
                  {t(row.complete ? 'p.files.complete' : 'p.files.incomplete')}
                </span>
              </td>
              <td className="bd-number o-nowrap"><Due at={row.due_at} state={row.state.code} now={now} /></td>
              <td><StatePill tone={toneOf(row.state.code)}>{pick(row.state.text)}</StatePill></td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function Due({ at, state, now }: { at: number | undefined; state: string; now: number }) {
  const { t } = useText()
  if (!at) return null
  const over = at < now && (state === 'received' || state === 'processing')
  return over ? <strong className="p-overdue">{formatDate(at)} · {t('p.due.overdue')}</strong> : <>{formatDate(at)}</>
}
