import { useQuery } from '@tanstack/react-query'
import { CircleCheck, Copy, MessageSquareMore, Ship } from 'lucide-react'
import { useEffect, useRef } from 'react'
import { Link } from 'wouter'
import type { Row } from '../../api/counter'
import { desk, type OutboxRow } from '../../api/kiosk'
import { DueBar } from '../../components/DueBar/DueBar'
import { StatePill, type PillTone } from '../../components/StatePill/StatePill'
import { formatBytes, formatDate, formatSlip, formatTime } from '../../text/format'
import { useText } from '../../text/language'

/** toneOfCode gives a national status code its colour; the words say the same. */
export function toneOfCode(code: number): PillTone {
  if (code === 3) return 'harm'
  if (code === 5 || code === 6) return 'wait'
  if (code === 9 || code === 10) return 'good'
  return code === 2 || code === 4 ? 'work' : 'quiet'
}

/** standsStill: the resident has to act; finished: the date is history. */
export const standsStill = (row: Row) => row.code === 5 || row.code === 6
export const finished = (row: Row) => [3, 7, 8, 9, 10].includes(row.code)

const digits = (slip: string) => slip.replace(/\D/g, '')

/** useUnsent finds what the outbox says of a dossier; one that is not in it is not said to have arrived. */
function useUnsent() {
  const outbox = useQuery({ queryKey: ['outbox'], queryFn: desk.outbox, refetchInterval: 60_000 })
  const waiting = new Map<string, OutboxRow>()
  for (const row of outbox.data?.dossiers ?? []) waiting.set(digits(row.slip), row)
  return waiting
}

/** RowTable lists dossiers; the arrow keys walk down the links of the rows, Enter opens. */
export function RowTable({ rows, now, begin = false }: { rows: Row[]; now: number; begin?: boolean }) {
  const { t, pick } = useText()
  const body = useRef<HTMLTableSectionElement>(null)
  const unsent = useUnsent()
  useEffect(() => {
    // the keyboard starts in the list, unless somebody is typing
    if (begin && (document.activeElement === document.body || document.activeElement === null)) body.current?.querySelector('a')?.focus()
  }, [begin])
  const walk = (event: React.KeyboardEvent) => {
    const links = [...(body.current?.querySelectorAll('a') ?? [])]
    const at = links.findIndex((link) => link === document.activeElement)
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: links.length - 1 }[event.key]
    if (to === undefined || at < 0) return
    event.preventDefault()
    links[Math.min(links.length - 1, Math.max(0, to))]?.focus()
  }
  return (
    <div className="o-tablebox">
      <table className="o-table d-rows">
        <thead>
          <tr>
            <th scope="col">{t('d.row.due')}</th>
            <th scope="col">{t('d.row.dossier')}</th>
            <th scope="col">{t('d.row.person')}</th>
            <th scope="col">{t('d.row.state')}</th>
            <th scope="col">{t('d.row.holder')}</th>
            <th scope="col">{t('d.row.filed')}</th>
          </tr>
        </thead>
        {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions */}
        <tbody ref={body} onKeyDown={walk}>
          {rows.map((row) => (
            <tr key={row.id}>
              <td>{row.due ? <DueBar due={row.due} from={row.received_at} now={now} paused={standsStill(row)} done={finished(row)} /> : <span className="o-soft">{t('d.row.noDue')}</span>}</td>
              <th scope="row">
                <Link className="o-clamp" title={pick(row.procedure.name)} href={`/d/${row.id}`}>{pick(row.procedure.name)}</Link>
                <span className="o-soft bd-number">{formatSlip(row.slip)}{row.official_code && ` · ${row.official_code}`}</span>
                {(row.twins ?? []).length > 0 && <span className="d-rows__twins"><Copy aria-hidden />{t('d.row.twins', { slips: (row.twins ?? []).map(formatSlip).join(', ') })}</span>}
              </th>
              <td><strong className="d-rows__name">{row.applicant}</strong>{row.birth_year ? <span className="o-soft bd-number">{t('d.row.born', { year: String(row.birth_year) })}</span> : null}</td>
              <td>
                <StatePill tone={toneOfCode(row.code)}>{pick(row.status)}</StatePill>
                {row.requests > 0 && <span className="d-rows__ask"><MessageSquareMore aria-hidden />{t('d.row.requests', { n: row.requests })}</span>}
              </td>
              <td>{t(`d.holder.${row.holder}`)}<Sync row={unsent.get(digits(row.slip))} /></td>
              <td className="bd-number">{formatDate(row.filed_at)} <span className="o-soft">{formatTime(row.filed_at)}</span></td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function Sync({ row }: { row: OutboxRow | undefined }) {
  const { t } = useText()
  if (!row) return null
  const complete = row.acks.some((ack) => ack.code === 'province_complete' && ack.done)
  if (complete) return <span className="d-sync"><CircleCheck aria-hidden />{t('d.sync.done')}</span>
  return <span className="d-sync" data-waiting><Ship aria-hidden />{row.bytes_left > 0 ? t('d.sync.waiting', { size: formatBytes(row.bytes_left) }) : t('d.sync.answer')}</span>
}
