import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { HandHelping, Ticket as TicketIcon } from 'lucide-react'
import { Redirect, useLocation } from 'wouter'
import { asProblem } from '../../api/client'
import { queue, type QueueNow, type QueueService } from '../../api/queue'
import { Button } from '../../components/Button/Button'
import { Loading } from '../../components/Loading/Loading'
import { Notice } from '../../components/Notice/Notice'
import { ProblemNotice } from '../../components/Problems/Problems'
import { useText } from '../../text/language'
import { NextButton, Screen } from '../parts/Screen'
import { useQueueNow } from './Queue'
import { useStep } from '../parts/useStep'

/** QueueTake asks whether somebody wishes to be called first, and takes the number with the same touch. */
export function QueueTake({ service }: { service: string }) {
  const { t } = useText()
  const now = useQueueNow()
  const chosen = now.data?.services.find((s) => s.code === service)
  if (now.data && !chosen) return <Redirect to="/queue" />
  if (now.data && chosen) return <Take now={now.data} service={chosen} />
  return (
    <Screen eyebrow={t('k.tile.queue')} title={t('k.queue.take')} back="/queue">
      {now.isError ? <ProblemNotice error={now.error} retry={() => void now.refetch()} /> : <Loading />}
    </Screen>
  )
}

/** Take makes one key for this wish: asking again after a lost answer gives the same number. */
export function Take({ now, service }: { now: QueueNow; service: QueueService }) {
  const { t, pick, language } = useText()
  const [, go] = useLocation()
  const queries = useQueryClient()
  const [key] = useState(() => crypto.randomUUID())
  const [asked, setAsked] = useState(false)
  const taking = useStep({
    mutationFn: (priority: boolean) => queue.take({ key, service: service.code, priority, language }),
    onSuccess: (ticket) => {
      queries.setQueryData(['ticket', key], ticket)
      go(`/queue/t/${key}`, { replace: true })
    },
  })
  const take = (priority: boolean) => {
    setAsked(priority)
    taking.mutate(priority)
  }
  const again = () => take(asked)
  const offer = now.priority.offer
  const resting = taking.isError && asProblem(taking.error).status === 429
  if (taking.isPending || taking.isSuccess) {
    return (
      <Screen eyebrow={pick(service.name)} title={t('k.queue.taking')} focusKey="taking">
        <Loading label={t('k.queue.taking')} />
      </Screen>
    )
  }
  return (
    <Screen
      eyebrow={pick(service.name)}
      title={t(offer ? 'k.queue.priority.title' : 'k.queue.take')}
      help={offer ? t('k.queue.priority.help') : pick(service.hint)}
      back="/queue"
      focusKey="asking"
      next={!offer && !taking.isError && <NextButton onClick={() => take(false)}>{t('k.queue.take')}</NextButton>}
    >
      {resting && <Rest error={taking.error} again={again} />}
      {taking.isError && !resting && <ProblemNotice error={taking.error} retry={again} />}
      {offer && (
        <>
          <section className="k-card k-groups">
            <h2>{t('k.queue.priority.groups')}</h2>
            <ul>{now.priority.groups.map((g) => <li key={g.vi}>{pick(g)}</li>)}</ul>
          </section>
          {!taking.isError && (
            <div className="k-takes">
              <button type="button" className="k-take" onClick={() => take(true)}><HandHelping aria-hidden />{t('k.queue.priority.yes')}</button>
              <button type="button" className="k-take k-take--usual" onClick={() => take(false)}><TicketIcon aria-hidden />{t('k.queue.priority.no')}</button>
            </div>
          )}
        </>
      )}
    </Screen>
  )
}

/** Rest is the friendly wait after many numbers; it ends by itself. */
export function Rest({ error, again }: { error: unknown; again: () => void }) {
  const { t, pick } = useText()
  const problem = asProblem(error)
  const [left, setLeft] = useState(Math.max(1, problem.retryAfterSeconds ?? 15))
  useEffect(() => {
    const timer = window.setInterval(() => setLeft((n) => Math.max(0, n - 1)), 1000)
    return () => window.clearInterval(timer)
  }, [])
  return (
    <Notice
      tone="note"
      title={pick(problem.text)}
      action={<Button look="primary" disabled={left > 0} onClick={again}>{left > 0 ? t('k.queue.rest', { n: left }) : t('k.queue.take')}</Button>}
    >
      {pick(problem.next)}
    </Notice>
  )
}
