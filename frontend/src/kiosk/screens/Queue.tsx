import { useQuery } from '@tanstack/react-query'
import { Megaphone, Users } from 'lucide-react'
import { useLocation } from 'wouter'
import { queue, type QueueNow, type Wait } from '../../api/queue'
import { Loading } from '../../components/Loading/Loading'
import { Notice } from '../../components/Notice/Notice'
import { ProblemNotice } from '../../components/Problems/Problems'
import { useText } from '../../text/language'
import { EventIcon } from '../parts/EventIcon'
import { Screen } from '../parts/Screen'

/** useQueueNow is the queue as everybody may see it; it names nobody. */
export function useQueueNow() {
  return useQuery({ queryKey: ['public', 'queue'], queryFn: queue.now, refetchInterval: 5_000, staleTime: 0, retry: false })
}

/** Queue asks for what the resident has come. */
export function Queue() {
  const { t } = useText()
  const now = useQueueNow()
  return (
    <Screen eyebrow={t('k.tile.queue')} title={t('k.queue.title')} back="/home">
      {now.isError && <ProblemNotice error={now.error} retry={() => void now.refetch()} />}
      {now.data ? <Services now={now.data} /> : !now.isError && <Loading />}
    </Screen>
  )
}

export function Services({ now }: { now: QueueNow }) {
  const { pick, t } = useText()
  const [, go] = useLocation()
  return (
    <>
      {now.practice && <Notice tone="note" title={t('k.queue.practice')} />}
      {now.calling.length > 0 && <Calling calling={now.calling} />}
      <ul className="k-services" data-few={now.services.length < 5 || undefined}>
        {now.services.map((s) => (
          <li key={s.code}>
            <button type="button" className="k-service" onClick={() => go(`/queue/${encodeURIComponent(s.code)}`)}>
              <span className="k-service__icon"><EventIcon name={s.icon} /></span>
              <span className="k-service__letter" aria-hidden>{s.letter}</span>
              <strong>{pick(s.name)}</strong>
              <span className="k-service__hint">{pick(s.hint)}</span>
              <span className="k-service__wait"><Users aria-hidden /><WaitLine wait={s.wait} /></span>
            </button>
          </li>
        ))}
      </ul>
    </>
  )
}

/** WaitLine is how many wait and, where today's calls allow it, how long. */
function WaitLine({ wait }: { wait: Wait }) {
  const { t, pick } = useText()
  return (
    <span>
      {t('k.queue.waiting', { n: wait.ahead })}
      {wait.ahead > 0 && wait.known && <>. {pick(wait.text)}</>}
    </span>
  )
}

function Calling({ calling }: { calling: QueueNow['calling'] }) {
  const { t } = useText()
  return (
    <p className="k-calling">
      <Megaphone aria-hidden />
      <span>{t('k.queue.calling')}:</span>
      {calling.map((c) => (
        <span key={c.label} className="k-calling__one"><strong>{t('k.queue.label', { label: c.label })}</strong> {t('k.queue.counter', { n: c.counter })}</span>
      ))}
    </p>
  )
}
