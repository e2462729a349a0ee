import { useDeferredValue } from 'react'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { ArrowRight, PencilLine } from 'lucide-react'
import { desk, type ProcedurePage } from '../../api/kiosk'
import { Button } from '../../components/Button/Button'
import { TextEntry } from '../../components/Keyboard/TextEntry'
import { ProblemNotice } from '../../components/Problems/Problems'
import { useText } from '../../text/language'
import { useKept } from '../kept'
import { ProcedureList } from '../parts/ProcedureList'
import { NextButton, Screen } from '../parts/Screen'
import { AskBack } from './Call'
import { EventTiles, Pages, useEvents, Ways } from './Find'

// What fits above the keyboard while somebody types; the rest is one press away.
const shown = 2

/** FindWords finds while it is typed; then the keyboard goes and every hit is there, in pages. */
export function FindWords({ purpose, title }: { purpose: string; title: string }) {
  const { t } = useText()
  const [words, setWords] = useKept('words', '')
  const [typing, setTyping] = useKept('typing', true)
  const q = useDeferredValue(words.trim())
  const found = useQuery({
    queryKey: ['found', 'typed', q],
    queryFn: () => desk.procedures({ q, limit: shown }),
    enabled: q.length > 1,
    placeholderData: keepPreviousData,
  })
  const total = q.length > 1 ? (found.data?.total ?? 0) : 0
  const nothing = q.length > 1 && found.data?.total === 0
  if (!typing) {
    return (
      <Screen title={title} focusKey="hits" back={() => setTyping(true)} aside={<AskBack purpose={purpose} words={words} />}>
        <Button className="k-searchbox" icon={<PencilLine aria-hidden />} onClick={() => setTyping(true)}>{t('k.find.retype', { words: words.trim() })}</Button>
        <Pages query={{ q: words.trim() }} empty={<Nothing found={found.data} base={`/find/${purpose}`} />} />
      </Screen>
    )
  }
  const more = total > shown || nothing
  return (
    <Screen
      title={title}
      focusKey="words"
      quiet
      back={`/find/${purpose}`}
      aside={<AskBack purpose={purpose} words={words} />}
      next={more && <NextButton iconAfter={<ArrowRight aria-hidden />} onClick={() => setTyping(false)}>{nothing ? t('k.find.near') : t('k.find.all', { n: total })}</NextButton>}
    >
      <Ways purpose={purpose} way="words" />
      <div className="k-search">
        {found.isError && <ProblemNotice error={found.error} retry={() => void found.refetch()} />}
        <div className="k-search__list">
          {/* the number of hits stands on the button; above the keyboard there is no room to say it twice */}
          <p role="status" className={total > 0 ? 'bd-hidden' : 'k-help'}>
            {q.length > 1 && found.data ? `${t('k.find.results', { n: total })}${nothing ? `. ${t('k.find.nothing')}` : ''}` : t('k.find.words.hint')}
          </p>
          {total > 0 && found.data && <ProcedureList rows={found.data.rows} />}
        </div>
        <TextEntry label={t('k.find.search')} placeholder={t('k.find.search')} value={words} onChange={setWords} capitals="none" maxLength={120} autoFocus onDone={more ? () => setTyping(false) : undefined} />
      </div>
    </Screen>
  )
}

/** Nothing is never a dead end: what is written alike, what it may be about, and a person. */
export function Nothing({ found, base }: { found?: ProcedurePage; base: string }) {
  const { t } = useText()
  const events = useEvents().data ?? []
  const near = found?.near
  return (
    <>
      <p role="status" className="k-help">{t('k.find.results', { n: 0 })}. {t('k.find.nothing')}</p>
      {near && near.rows.length > 0 && (
        <section className="k-near" aria-labelledby="near">
          <h2 id="near">{t('k.find.near')}</h2>
          <ProcedureList rows={near.rows} />
        </section>
      )}
      <section className="k-near" aria-labelledby="near-events">
        <h2 id="near-events">{t('k.find.nothing.events')}</h2>
        <EventTiles label={t('k.find.byEvent')} events={(near?.events ?? []).flatMap((id) => events.filter((e) => e.id === id)).slice(0, near?.rows.length ? 3 : 6)} base={base} />
      </section>
    </>
  )
}
