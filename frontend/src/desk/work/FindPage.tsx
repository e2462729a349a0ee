import { useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { Problem } from '../../api/client'
import { counter } from '../../api/counter'
import { Loading } from '../../components/Loading/Loading'
import { ProblemNotice } from '../../components/Problems/Problems'
import { useText } from '../../text/language'
import { enough, useFinding } from './find'
import { RowTable } from './RowTable'
import { Rail } from './Rail'

/** useSettled gives a value once it has stood for `ms`: a whole word is one question, not eight. */
export function useSettled<T>(value: T, ms: number): T {
  const [settled, setSettled] = useState(value)
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), ms)
    return () => clearTimeout(timer)
  }, [value, ms])
  return settled
}

/** isBuilding says that the index of names is still being read from the book. */
export const isBuilding = (error: unknown) => error instanceof Problem && (error.code === 'building' || (error.status === 503 && (error.retryAfterSeconds ?? 0) > 0))

export function FindPage() {
  const { t } = useText()
  const { words } = useFinding()
  const q = useSettled(words.trim(), 120)
  const ready = enough(q)
  const found = useQuery({
    queryKey: ['counter', 'find', q], queryFn: () => counter.find(q), enabled: ready, placeholderData: (before) => before,
    retry: (count, error) => isBuilding(error) || (count < 1 && !(error instanceof Problem && error.status < 500)), retryDelay: 1000,
  })
  const rows = ready ? (found.data?.rows ?? []) : []
  return (
    <div className="d-work">
      <Rail />
      <main className="d-work__main">
        <div className="o-title">
          <div>
            <h1>{t('d.find.title')}</h1>
            <p role="status">{!ready ? t('d.find.short') : found.data && `${t('d.find.count', { n: rows.length })} ${rows.length > 0 ? t(`d.find.how.${found.data.how}`) : ''}`}</p>
          </div>
        </div>
        {ready && found.isPending && <Loading label={isBuilding(found.failureReason) ? t('d.building') : undefined} />}
        {found.isError && <ProblemNotice error={found.error} retry={() => void found.refetch()} />}
        {ready && found.data && rows.length === 0 && (
          <div className="o-empty"><p><strong>{t('d.find.nothing')}</strong></p><p>{t('d.find.nothing.next')}</p></div>
        )}
        {rows.length > 0 && <RowTable rows={rows} now={found.dataUpdatedAt} />}
        {ready && found.data?.more && <p className="o-soft">{t('d.find.more')}</p>}
      </main>
    </div>
  )
}
