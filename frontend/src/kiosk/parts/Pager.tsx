import { useSyncExternalStore } from 'react'
import { ArrowLeft, ArrowRight } from 'lucide-react'
import { Button } from '../../components/Button/Button'
import { useText } from '../../text/language'
import { useComfort } from './Comfort'

const upright = '(min-height: 1200px) and (orientation: portrait)'

/** useFits says how many tiles and rows a screen holds without being pushed up. */
export function useFits(): { tiles: number; rows: number } {
  const { large } = useComfort()
  const tall = useSyncExternalStore(watchUpright, () => window.matchMedia?.(upright).matches ?? false)
  if (tall) return large ? { tiles: 4, rows: 4 } : { tiles: 6, rows: 5 }
  return large ? { tiles: 3, rows: 4 } : { tiles: 6, rows: 6 }
}

function watchUpright(changed: () => void) {
  const query = window.matchMedia?.(upright)
  query?.addEventListener('change', changed)
  return () => query?.removeEventListener('change', changed)
}

/** pagesOf counts pages; an empty list still has one. */
export const pagesOf = (total: number, size: number) => Math.max(1, Math.ceil(total / size))

export interface PagerProps {
  /** from 0 */
  page: number
  pages: number
  onPage: (page: number) => void
  /** how many there are in all, in words */
  total?: string
}

/** Pager turns pages with two large buttons; a list of one page needs none. */
export function Pager({ page, pages, onPage, total }: PagerProps) {
  const { t } = useText()
  if (pages < 2) return null
  return (
    <nav className="k-pager" aria-label={t('k.page')}>
      <Button icon={<ArrowLeft aria-hidden />} disabled={page <= 0} onClick={() => onPage(page - 1)}>{t('k.page.before')}</Button>
      <p role="status">{total && `${total} · `}{t('k.page.at', { page: page + 1, pages })}</p>
      <Button iconAfter={<ArrowRight aria-hidden />} disabled={page >= pages - 1} onClick={() => onPage(page + 1)}>{t('k.page.next')}</Button>
    </nav>
  )
}
