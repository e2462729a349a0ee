import type { ReactNode } from 'react'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { CalendarHeart, ChevronRight, LayoutList, Search } from 'lucide-react'
import { useLocation } from 'wouter'
import { desk, type LifeEvent } from '../../api/kiosk'
import { Loading } from '../../components/Loading/Loading'
import { ProblemNotice } from '../../components/Problems/Problems'
import { useText } from '../../text/language'
import { useKept } from '../kept'
import { EventIcon } from '../parts/EventIcon'
import { Pager, pagesOf, useFits } from '../parts/Pager'
import { ProcedureList } from '../parts/ProcedureList'
import { Screen } from '../parts/Screen'
import { AskBack } from './Call'
import { FindWords } from './FindWords'

export type Way = 'events' | 'fields' | 'words'

/** useEvents lists the life events, those of the first page first. */
export function useEvents() {
  return useQuery({
    queryKey: ['public', 'events'],
    queryFn: desk.lifeEvents,
    staleTime: Infinity,
    select: (events) => [...events.filter((e) => e.first_page), ...events.filter((e) => !e.first_page)],
  })
}

/** Find has three ways, each named on the screen: what happened, the field, or words. */
export function Find({ purpose, way }: { purpose: string; way: Way }) {
  const { t } = useText()
  const title = t(purpose === 'call' ? 'k.call.find' : purpose === 'info' ? 'k.find.title.info' : 'k.find.title.file')
  if (way === 'words') return <FindWords purpose={purpose} title={title} />
  return (
    <Screen title={title} focusKey={way} back={purpose === 'call' ? '/call' : '/home'} aside={<AskBack purpose={purpose} />}>
      <Ways purpose={purpose} way={way} />
      {way === 'events' ? <Events base={`/find/${purpose}`} /> : <Fields base={`/find/${purpose}/in`} />}
    </Screen>
  )
}

const ways = [
  { way: 'events', to: '', Icon: CalendarHeart },
  { way: 'fields', to: '/by/fields', Icon: LayoutList },
  { way: 'words', to: '/by/words', Icon: Search },
] as const

export function Ways({ purpose, way }: { purpose: string; way: Way }) {
  const { t } = useText()
  const [, go] = useLocation()
  return (
    <nav className="k-findways" aria-label={t('k.find.ways')}>
      {ways.map((one) => (
        <button key={one.way} type="button" className="k-findway" aria-current={one.way === way ? 'page' : undefined} onClick={() => go(`/find/${purpose}${one.to}`, { replace: true })}>
          <one.Icon aria-hidden />
          {t(`k.find.way.${one.way}`)}
        </button>
      ))}
    </nav>
  )
}

function Events({ base }: { base: string }) {
  const { t } = useText()
  const events = useEvents()
  const { tiles } = useFits()
  const [page, setPage] = useKept('events', 0)
  if (events.isError) return <ProblemNotice error={events.error} retry={() => void events.refetch()} />
  if (!events.data) return <Loading />
  const pages = pagesOf(events.data.length, tiles)
  const at = Math.min(page, pages - 1)
  return (
    <>
      <EventTiles label={t('k.find.byEvent')} events={events.data.slice(at * tiles, (at + 1) * tiles)} base={base} />
      <Pager page={at} pages={pages} onPage={setPage} />
    </>
  )
}

/** EventTiles are pictures with a name and a sentence that says what belongs there. */
export function EventTiles({ events, base, label }: { events: LifeEvent[]; base: string; label: string }) {
  const { t, pick } = useText()
  const [, go] = useLocation()
  return (
    <ul className="k-events" aria-label={label}>
      {events.map((e) => (
        <li key={e.id}>
          <button type="button" className="k-event" onClick={() => go(`${base}/${e.id}`)}>
            <span className="k-event__icon"><EventIcon name={e.icon} /></span>
            <strong>{pick(e.title)}</strong>
            <span>{pick(e.say) || t('k.find.count', { n: e.procedures.length })}</span>
          </button>
        </li>
      ))}
    </ul>
  )
}

function Fields({ base }: { base: string }) {
  const { t, pick } = useText()
  const [, go] = useLocation()
  const fields = useQuery({ queryKey: ['public', 'fields'], queryFn: desk.fields, staleTime: Infinity })
  const { rows } = useFits()
  const [page, setPage] = useKept('fields', 0)
  if (fields.isError) return <ProblemNotice error={fields.error} retry={() => void fields.refetch()} />
  if (!fields.data) return <Loading />
  const pages = pagesOf(fields.data.length, rows)
  const at = Math.min(page, pages - 1)
  return (
    <>
      <ul className="k-list k-list--pages" aria-label={t('k.find.byField')}>
        {fields.data.slice(at * rows, (at + 1) * rows).map((field) => (
          <li key={field.name.vi}>
            <button type="button" className="k-row" onClick={() => go(`${base}/${encodeURIComponent(field.name.vi)}`)}>
              <span className="k-row__text">
                <strong>{pick(field.name)}</strong>
                <span>{t('k.find.count', { n: field.procedures })}</span>
              </span>
              <ChevronRight aria-hidden />
            </button>
          </li>
        ))}
      </ul>
      <Pager page={at} pages={pages} onPage={setPage} />
    </>
  )
}

/** FindInEvent lists what belongs to a life event, in the order people need it. */
export function FindInEvent({ purpose, event }: { purpose: string; event: string }) {
  const { t, pick } = useText()
  const here = useEvents().data?.find((e) => e.id === event)
  return (
    <Screen title={here ? pick(here.title) : t('common.loading')} help={pick(here?.say)} focusKey={event} back={`/find/${purpose}`} aside={<AskBack purpose={purpose} />}>
      <Pages query={{ event }} />
    </Screen>
  )
}

/** FindInField lists a field by the alphabet. */
export function FindInField({ purpose, field }: { purpose: string; field: string }) {
  const { pick } = useText()
  const fields = useQuery({ queryKey: ['public', 'fields'], queryFn: desk.fields, staleTime: Infinity })
  // the router may or may not have undone the address's percent signs
  const here = fields.data?.find((f) => f.name.vi === field || encodeURIComponent(f.name.vi) === field)
  return (
    <Screen title={here ? pick(here.name) : field} focusKey={field} back={`/find/${purpose}/by/fields`} aside={<AskBack purpose={purpose} />}>
      {fields.data && <Pages query={{ field: here?.name.vi ?? field }} />}
    </Screen>
  )
}

/** Pages shows one page of what a query lists; the server cuts it, however long the catalogue is. */
export function Pages({ query, empty }: { query: { q?: string; event?: string; field?: string }; empty?: ReactNode }) {
  const { t } = useText()
  const { rows } = useFits()
  const [page, setPage] = useKept(`page of ${JSON.stringify(query)}`, 0)
  // not under "public": what somebody looked for is his own and goes with the visit
  const found = useQuery({
    queryKey: ['found', query, page, rows],
    queryFn: () => desk.procedures({ ...query, offset: page * rows, limit: rows }),
    placeholderData: keepPreviousData,
  })
  if (found.isError) return <ProblemNotice error={found.error} retry={() => void found.refetch()} />
  if (!found.data) return <Loading />
  if (found.data.total === 0) return empty
  const pages = pagesOf(found.data.total, rows)
  const total = t('k.find.listed', { n: found.data.total })
  return (
    <>
      {pages === 1 && <p className="k-help" role="status">{total}</p>}
      <ProcedureList rows={found.data.rows} />
      <Pager page={page} pages={pages} onPage={setPage} total={total} />
    </>
  )
}
