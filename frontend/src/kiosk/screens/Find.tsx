import { useDeferredValue, useState } from 'react'
import { useQuery } from '@tanstack/react-query'
import { ChevronRight, Search } from 'lucide-react'
import { useLocation } from 'wouter'
import { desk, type ProcedureRow } from '../../api/kiosk'
import { Button } from '../../components/Button/Button'
import { TextEntry } from '../../components/Keyboard/TextEntry'
import { Loading } from '../../components/Loading/Loading'
import { ProblemNotice } from '../../components/Problems/Problems'
import { StatePill } from '../../components/StatePill/StatePill'
import { useText } from '../../text/language'
import { EventIcon } from '../parts/EventIcon'
import { Screen } from '../parts/Screen'

/** Find goes by what happened in life, with pictures, or by words without marks. */
export function Find({ purpose, event }: { purpose: string; event?: string }) {
  const { t, pick } = useText()
  const [words, setWords] = useState('')
  const [searching, setSearching] = useState(false)
  const events = useQuery({ queryKey: ['public', 'events'], queryFn: desk.lifeEvents, staleTime: Infinity })
  const [, go] = useLocation()
  const here = events.data?.find((e) => e.id === event)
  const title = here ? pick(here.title) : t(purpose === 'info' ? 'k.find.title.info' : 'k.find.title.file')
  const base = `/find/${purpose}`
  return (
    <Screen
      title={title}
      focusKey={event ?? ''}
      quiet={searching}
      back={() => (searching ? setSearching(false) : go(event ? base : '/home'))}
      help={event || searching ? undefined : t('k.find.hint')}
    >
      {events.isError && <ProblemNotice error={events.error} retry={() => void events.refetch()} />}
      {events.isPending && <Loading />}
      {!event && !searching && (
        <Button className="k-searchbox" icon={<Search aria-hidden />} onClick={() => setSearching(true)}>{t('k.find.search')}</Button>
      )}
      {!event && searching && <SearchList words={words} setWords={setWords} />}
      {!event && !searching && events.data && (
        <ul className="k-events" aria-label={t('k.find.byEvent')}>
          {events.data.map((e) => (
            <li key={e.id}>
              <button type="button" className="k-event" onClick={() => go(`${base}/${e.id}`)}>
                <span className="k-event__icon"><EventIcon name={e.icon} /></span>
                <strong>{pick(e.title)}</strong>
                <span>{t('k.find.count', { n: e.procedures.length })}</span>
              </button>
            </li>
          ))}
        </ul>
      )}
      {event && <EventList event={event} />}
    </Screen>
  )
}

function SearchList({ words, setWords }: { words: string; setWords: (words: string) => void }) {
  const { t } = useText()
  const q = useDeferredValue(words.trim())
  const found = useQuery({ queryKey: ['public', 'procedures', q], queryFn: () => desk.procedures({ q }), enabled: q.length > 1, placeholderData: (before) => before })
  return (
    <div className="k-search">
      <div className="k-search__list">
        {q.length > 1 && found.data && (
          <p role="status" className="k-help">
            {t('k.find.results', { n: found.data.length })}
            {found.data.length === 0 && `. ${t('k.find.nothing')}`}
          </p>
        )}
        {q.length > 1 && found.data && <ProcedureList rows={found.data.slice(0, 12)} />}
      </div>
      <TextEntry label={t('k.find.search')} placeholder={t('k.find.search')} value={words} onChange={setWords} capitals="none" autoFocus />
    </div>
  )
}

function EventList({ event }: { event: string }) {
  const rows = useQuery({ queryKey: ['public', 'procedures', 'event', event], queryFn: () => desk.procedures({ event }) })
  if (rows.isError) return <ProblemNotice error={rows.error} retry={() => void rows.refetch()} />
  if (!rows.data) return <Loading />
  return <ProcedureList rows={rows.data} />
}

function ProcedureList({ rows }: { rows: ProcedureRow[] }) {
  const { t, pick } = useText()
  const [, go] = useLocation()
  return (
    <ul className="k-list">
      {rows.map((row) => (
        <li key={row.code}>
          <button type="button" className="k-row" onClick={() => go(`/procedure/${row.code}`)}>
            <span className="k-row__text">
              <strong>{pick(row.short) || pick(row.name)}</strong>
              <span>{pick(row.name)}</span>
            </span>
            {!row.modelled && <StatePill tone="quiet">{t('k.find.general')}</StatePill>}
            <ChevronRight aria-hidden />
          </button>
        </li>
      ))}
    </ul>
  )
}
