import { useQuery } from '@tanstack/react-query'
import { X } from 'lucide-react'
import { Link } from 'wouter'
import { counter, views, type View } from '../../api/counter'
import { formatNumber } from '../../text/format'
import { useText } from '../../text/language'
import { useOpened } from '../kept'

/** a view whose count is somebody's duty today */
const pressing = new Set<View>(['late', 'requests'])

/** useCounts gives the counts of all lists without their rows, where no list is on the screen. */
function useCounts(given: Partial<Record<View, number>> | undefined) {
  const own = useQuery({ queryKey: ['counter', 'counts'], queryFn: () => counter.list('waiting', 0, 1), enabled: given === undefined })
  return given ?? own.data?.counts ?? {}
}

/** Rail holds the saved lists with their counts, and the dossiers that are open beside this one. */
export function Rail({ at, counts }: { at?: View; counts?: Partial<Record<View, number>> }) {
  const { t } = useText()
  const known = useCounts(counts)
  return (
    <div className="d-rail">
      <nav aria-label={t('d.view.title')}>
        <ul>
          {views.map((view) => (
            <li key={view}>
              <Link href={`/list/${view}`} aria-current={view === at ? 'page' : undefined} data-pressing={pressing.has(view) && (known[view] ?? 0) > 0 ? true : undefined}>
                <span>{t(`d.view.${view}`)}</span>
                {known[view] !== undefined && <span className="d-rail__count bd-number">{formatNumber(known[view])}</span>}
              </Link>
            </li>
          ))}
        </ul>
      </nav>
      <OpenNow />
    </div>
  )
}

/** OpenNow leads back to what is open: a walk-in is served at once, and nothing typed is lost. */
export function OpenNow({ at }: { at?: string }) {
  const { t } = useText()
  const { list, close } = useOpened()
  if (list.length === 0) return null
  return (
    <nav className="d-open" aria-label={t('d.open.title')}>
      <h2>{t('d.open.title')}</h2>
      <ul>
        {list.map((one) => (
          <li key={one.id} data-at={one.id === at || undefined}>
            <Link href={`/d/${one.id}`} title={one.title} aria-current={one.id === at ? 'page' : undefined}><span className="d-open__title">{one.title}</span>{one.unsent && <em>{t('d.open.unsent')}</em>}</Link>
            <button type="button" aria-label={t('d.open.close', { title: one.title })} onClick={() => close(one.id)}><X aria-hidden /></button>
          </li>
        ))}
      </ul>
    </nav>
  )
}
