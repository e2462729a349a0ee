import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { ChevronLeft, ChevronRight } from 'lucide-react'
import { useState } from 'react'
import { useLocation } from 'wouter'
import { Problem } from '../../api/client'
import { counter, views } from '../../api/counter'
import { Button } from '../../components/Button/Button'
import { Loading } from '../../components/Loading/Loading'
import { Notice } from '../../components/Notice/Notice'
import { ProblemNotice } from '../../components/Problems/Problems'
import { LandingPicture } from '../../components/Scene/Scene'
import { formatNumber, formatTime } from '../../text/format'
import { useText } from '../../text/language'
import { isBuilding } from './FindPage'
import { Rail } from './Rail'
import { RowTable } from './RowTable'

/** one page of a list: what a screen shows and a little to scroll, however many there are */
export const pageSize = 50

export function WorkPage({ name }: { name: string }) {
  const { t } = useText()
  const [, go] = useLocation()
  const view = views.find((v) => v === name) ?? 'waiting'
  const [offset, setOffset] = useState(0)
  const list = useQuery({
    queryKey: ['counter', 'list', view, offset], queryFn: () => counter.list(view, offset, pageSize), placeholderData: keepPreviousData, refetchInterval: 60_000,
    retry: (count, error) => isBuilding(error) || (count < 1 && !(error instanceof Problem && error.status < 500)), retryDelay: 1000,
  })
  const rows = list.data?.rows ?? []
  const total = list.data?.total ?? 0
  const move = (by: number) => {
    const next = offset + by * pageSize
    if (next >= 0 && next < total) setOffset(next)
  }
  // The digits and the page keys listen only while the keyboard is in the list.
  const onKeyDown = (event: React.KeyboardEvent) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return
    const chosen = views[Number(event.key) - 1]
    if (event.key === 'PageDown') move(1)
    else if (event.key === 'PageUp') move(-1)
    else if (chosen) go(`/list/${chosen}`)
    else return
    event.preventDefault()
  }
  return (
    <div className="d-work">
      <Rail at={view} counts={list.data?.counts} />
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions */}
      <main className="d-work__main" onKeyDown={onKeyDown}>
        <div className="o-title">
          <div>
            <h1>{t(`d.view.${view}`)}</h1>
            <p role="status">{list.data && t('d.find.count', { n: total })}</p>
          </div>
          {total > pageSize && (
            <div className="d-paging">
              <Button icon={<ChevronLeft aria-hidden />} aria-label={t('d.page.before')} disabled={offset === 0} onClick={() => move(-1)} />
              <span className="bd-number">{t('d.page.of', { from: formatNumber(offset + 1), to: formatNumber(Math.min(total, offset + pageSize)), total: formatNumber(total) })}</span>
              <Button icon={<ChevronRight aria-hidden />} aria-label={t('d.page.after')} disabled={offset + pageSize >= total} onClick={() => move(1)} />
            </div>
          )}
        </div>
        {list.isPending && <Loading label={isBuilding(list.failureReason) ? t('d.building') : undefined} />}
        {list.isError && (list.data
          ? <Notice tone="harm" title={t('d.stale', { time: formatTime(list.dataUpdatedAt) })} />
          : <ProblemNotice error={list.error} retry={() => void list.refetch()} />)}
        {list.data && rows.length === 0 && (
          <div className="o-empty"><LandingPicture /><p><strong>{t(`d.view.empty.${view}`)}</strong></p><p>{t('d.view.empty.next')}</p></div>
        )}
        {rows.length > 0 && <RowTable key={`${view} ${offset}`} rows={rows} now={list.dataUpdatedAt} begin />}
        {rows.length > 0 && <p className="d-work__keys">{t('d.work.keys')}</p>}
      </main>
    </div>
  )
}
