import type { Report, ReportCell, ReportColumn } from '../../api/counter'
import { formatDate, formatNumber } from '../../text/format'
import { useText } from '../../text/language'

/** Opened is the number somebody asks about. */
export interface Opened {
  /** row:column, as the server names it */
  cell: string
  value: string
  what: string
}

/** spans gives the heads above the heads: neighbours of one group share one. */
function spans(columns: ReportColumn[]): { title: string; span: number }[] {
  const out: { title: string; span: number }[] = []
  for (const column of columns) {
    const title = column.group?.vi ?? ''
    const last = out.at(-1)
    if (last && last.title === title) last.span++
    else out.push({ title, span: 1 })
  }
  return out
}

// oxlint-disable-next-line jsx-a11y/control-has-associated-label
const empty = (key: string, span = 1) => <td key={key} colSpan={span} />

/** ReportTable is the form as it is printed, but every count opens the dossiers that make it. */
export function ReportTable({ report, open, onOpen }: { report: Report; open: Opened | undefined; onOpen: (cell: Opened) => void }) {
  const { t, pick } = useText()
  const columns = report.columns ?? []
  const rows = report.rows ?? []
  const titled = rows.some((r) => pick(r.title)) && columns[0]?.kind !== 'text' // else the form says it itself
  const grouped = columns.some((c) => c.group)
  if (rows.length === 0) return <div className="o-empty"><p>{t('d.reports.empty')}</p></div>
  return (
    // a wide form is scrolled with the arrow keys
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div className="o-tablebox d-report" tabIndex={0} role="group" aria-label={pick(report.title)}>
      <table className="o-table">
        <thead>
          {grouped && (
            <tr>
              {titled && empty('row')}
              {spans(columns).map((g, i) => (g.title ? <th key={`${i} ${g.title}`} scope="colgroup" colSpan={g.span}>{pick(columns.find((c) => c.group?.vi === g.title)?.group)}</th> : empty(`${i}`, g.span)))}
            </tr>
          )}
          <tr>
            {titled && <th scope="col">{t('d.reports.row')}</th>}
            {columns.map((c) => <th key={c.key} scope="col" data-kind={c.kind}>{pick(c.title)}</th>)}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.key} data-total={row.total || undefined}>
              {titled && <th scope="row">{pick(row.title)}</th>}
              {columns.map((column, i) => (
                <Cell key={column.key} cell={row.cells?.[i]} column={column} id={`${row.key}:${column.key}`} what={[pick(row.title), pick(column.title)].filter(Boolean).join(', ')} open={open} onOpen={onOpen} />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

/** shown writes a value as the printed form does. */
export function shown(cell: ReportCell | null | undefined, kind: ReportColumn['kind']): string {
  if (!cell) return ''
  if (kind === 'date') return cell.at ? formatDate(cell.at) : ''
  if (kind === 'count') return cell.count === undefined ? '' : formatNumber(cell.count)
  if (kind === 'share') return cell.value === undefined ? '–' : `${decimal(cell.value * 100, 1)}%`
  if (kind === 'points') return cell.value === undefined ? '–' : decimal(cell.value, 2)
  return ''
}

const decimal = (value: number, digits: number) => value.toFixed(digits).replace(/\.?0+$/, '').replace('.', ',')

function Cell({ cell, column, id, what, open, onOpen }: { cell: ReportCell | null | undefined; column: ReportColumn; id: string; what: string; open: Opened | undefined; onOpen: (cell: Opened) => void }) {
  const { t, pick } = useText()
  const text = shown(cell, column.kind) || pick(cell?.text)
  const opens = column.kind === 'count' && (cell?.count ?? 0) > 0
  return (
    <td data-kind={column.kind} className={column.kind === 'text' ? undefined : 'bd-number'}>
      {opens
        ? <button type="button" className="d-report__number" aria-expanded={open?.cell === id} aria-label={t('d.reports.cell.open', { value: `${what}: ${text}` })} onClick={() => onOpen({ cell: id, value: text, what })}>{text}</button>
        : text}
    </td>
  )
}
