import { useQuery } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import { Link } from 'wouter'
import { counter } from '../../api/counter'
import { Button } from '../../components/Button/Button'
import { Loading } from '../../components/Loading/Loading'
import { ProblemNotice } from '../../components/Problems/Problems'
import { formatSlip } from '../../text/format'
import { useText } from '../../text/language'
import type { Opened } from './ReportTable'

const atOnce = 50

/** Behind lists the dossiers a number counts. */
export function Behind({ name, period, cell, onClose }: { name: string; period: string; cell: Opened; onClose: () => void }) {
  const { t, pick } = useText()
  const read = useQuery({ queryKey: ['counter', 'cell', name, period, cell.cell], queryFn: () => counter.cell(name, period, cell.cell) })
  const [shown, setShown] = useState(atOnce)
  const head = useRef<HTMLHeadingElement>(null)
  useEffect(() => head.current?.focus(), [])
  const list = read.data?.dossiers ?? []
  return (
    <section className="o-card d-behind">
      <h2 ref={head} tabIndex={-1} data-quiet-focus>{t('d.reports.cell', { value: `${cell.what}: ${cell.value}` })}</h2>
      {read.isPending && <Loading />}
      {read.isError && <ProblemNotice error={read.error} retry={() => void read.refetch()} />}
      <ol>
        {list.slice(0, shown).map((one) => (
          <li key={one.id}><Link href={`/d/${one.id}`}><strong className="bd-number">{formatSlip(one.slip)}</strong><span className="bd-number">{one.official_code}</span><span>{typeof one.procedure === 'string' ? one.procedure : pick(one.procedure.name)}</span></Link></li>
        ))}
      </ol>
      <div className="bd-step__end">
        {list.length > shown && <Button onClick={() => setShown(shown + atOnce)}>{t('d.reports.cell.more', { n: Math.min(atOnce, list.length - shown) })}</Button>}
        <Button onClick={onClose}>{t('d.reports.cell.close')}</Button>
      </div>
    </section>
  )
}
