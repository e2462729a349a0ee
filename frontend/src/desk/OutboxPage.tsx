// The outbox that explains itself. No names: it may be open on a counter where everybody can see it.
import { useMutation, useQuery } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import { Send } from 'lucide-react'
import { desk, type Outbox, type Status } from '../api/kiosk'
import { Button } from '../components/Button/Button'
import { Loading } from '../components/Loading/Loading'
import { Notice } from '../components/Notice/Notice'
import { ProblemNotice } from '../components/Problems/Problems'
import { LandingPicture } from '../components/Scene/Scene'
import { formatBytes, formatNumber, formatTime } from '../text/format'
import { useText } from '../text/language'
import { LinePanel } from './LinePanel'
import { OutboxTable } from './OutboxTable'

export function OutboxPage({ status }: { status: Status | undefined }) {
  const { t } = useText()
  const outbox = useQuery({ queryKey: ['outbox'], queryFn: desk.outbox, refetchInterval: 15_000 })
  const ring = useMutation({ mutationFn: desk.ring, onSuccess: () => void outbox.refetch() })
  const press = useRef(() => ring.mutate())
  useEffect(() => {
    press.current = () => ring.mutate()
  })
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (!event.ctrlKey && !event.metaKey && !event.altKey && event.key.toLowerCase() === 'g') press.current()
    }
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  }, [])
  return (
    <main className="o-main">
      <div className="o-title">
        <div>
          <h1>{t('d.title')}</h1>
          <p>{t('d.sub')}</p>
        </div>
        <div className="o-title__actions">
          <span role="status" className="o-soft">{ring.isSuccess && t('d.sent')}</span>
          <Button look="primary" icon={<Send aria-hidden />} disabled={ring.isPending} onClick={() => ring.mutate()}>
            {t('d.send')} <kbd>G</kbd>
          </Button>
        </div>
      </div>
      {ring.isError && <ProblemNotice error={ring.error} retry={() => ring.mutate()} />}
      {outbox.isPending && <Loading />}
      {outbox.isError && (outbox.data
        ? <Notice tone="harm" title={t('d.stale', { time: formatTime(outbox.dataUpdatedAt) })} />
        : <ProblemNotice error={outbox.error} retry={() => void outbox.refetch()} />)}
      {outbox.data && <Content outbox={outbox.data} status={status} updated={outbox.dataUpdatedAt} />}
    </main>
  )
}

function Content({ outbox, status, updated }: { outbox: Outbox; status: Status | undefined; updated: number }) {
  const { t } = useText()
  const rows = outbox.dossiers ?? []
  const { dossiers, bytes, minutes } = outbox.totals
  const known = minutes !== undefined && minutes !== null && minutes >= 0
  return (
    <>
      <div className="d-top">
        <LinePanel line={outbox.line} />
        <dl className="d-totals">
          <Total value={formatNumber(dossiers)} label={t('d.total.dossiers', { n: dossiers })} strong={dossiers > 0} />
          <Total value={formatBytes(bytes)} label={t('d.total.bytes')} />
          <Total value={known ? formatNumber(minutes) : '–'} label={known ? t('d.total.minutes', { n: minutes }) : t('d.total.noEstimate')} />
        </dl>
      </div>
      {status?.places === 1 && dossiers > 0 && <OnePlace second={status.second} />}
      {status?.clock.quality === 'doubtful' && <Notice tone="harm" title={t('d.clock')} />}
      {rows.length > 0 ? <OutboxTable rows={rows} /> : (
        <div className="o-empty">
          <LandingPicture />
          <p><strong>{t('d.empty')}</strong></p>
          <p>{t('d.empty.sub')}</p>
        </div>
      )}
      <footer className="d-foot">
        <span>{t('d.keys')}</span>
        <span>{t('d.noNames')} {status?.places === 2 && t('d.places.2')}</span>
        <span className="bd-number">{t('d.updated', { time: formatTime(updated) })}</span>
      </footer>
    </>
  )
}

const whys = ['off', 'gone', 'no_medium', 'same_disk', 'full', 'read_only'] as const

/** OnePlace says in amber that a dead disk would lose something, and what to do. */
export function OnePlace({ second }: { second: Status['second'] }) {
  const { t } = useText()
  const code = second?.kept && !second.why ? 'catching' : (whys.find((w) => w === (second?.why ?? 'off')) ?? 'other')
  return (
    <Notice title={t('d.places.1')}>
      {second && second.unprotected > 0 && code !== 'off' && <>{t('d.places.unprotected', { n: second.unprotected })} </>}
      {t(`d.second.${code}`)}
    </Notice>
  )
}

function Total({ value, label, strong }: { value: string; label: string; strong?: boolean }) {
  return (
    <div className="d-total" data-strong={strong || undefined}>
      <dt>{label}</dt>
      <dd className="bd-number">{value}</dd>
    </div>
  )
}
