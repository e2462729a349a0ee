import { ChevronRight } from 'lucide-react'
import { useLocation } from 'wouter'
import type { ProcedureRow } from '../../api/kiosk'
import { StatePill } from '../../components/StatePill/StatePill'
import { useText } from '../../text/language'

/** ProcedureList names each procedure in people's words first and as the law does below. */
export function ProcedureList({ rows }: { rows: ProcedureRow[] }) {
  const { t, pick } = useText()
  const [at, go] = useLocation()
  // whoever came with a question goes on to the answers
  const base = at.startsWith('/find/call') ? '/call/about' : '/procedure'
  return (
    <ul className="k-list k-list--pages">
      {rows.map((row) => {
        const plain = pick(row.plain) || pick(row.short) || pick(row.name)
        return (
          <li key={row.code}>
            <button type="button" className="k-row" onClick={() => go(`${base}/${row.code}`)}>
              <span className="k-row__text">
                <strong>{plain}</strong>
                {pick(row.name) !== plain && <span className="k-row__official">{pick(row.name)}</span>}
              </span>
              {!row.modelled && <StatePill tone="quiet">{t('k.find.general')}</StatePill>}
              <ChevronRight aria-hidden />
            </button>
          </li>
        )
      })}
    </ul>
  )
}
