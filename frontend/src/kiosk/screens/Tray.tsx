import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useLocation } from 'wouter'
import { desk } from '../../api/kiosk'
import { Button } from '../../components/Button/Button'
import { Loading } from '../../components/Loading/Loading'
import { Notice } from '../../components/Notice/Notice'
import { ProblemNotice } from '../../components/Problems/Problems'
import { formatBytes, formatTime } from '../../text/format'
import { useText } from '../../text/language'
import { useDraftForm, useSave } from '../draft'
import { papersOf } from '../parts/papers'
import { ScanPicture } from '../parts/ScanPicture'
import { NextButton, Screen } from '../parts/Screen'
import { useStep } from '../parts/useStep'

/** Tray shows what the scanner has just put into its folder. */
export function Tray({ id, component }: { id: string; component: string }) {
  const { t, pick } = useText()
  const [, go] = useLocation()
  const save = useSave(id)
  const { draft, procedure } = useDraftForm(id)
  const tray = useQuery({ queryKey: ['tray'], queryFn: desk.tray, refetchInterval: 2000 })
  const [warned, setWarned] = useState<{ vi: string; en: string }[]>([])
  const paper = draft && papersOf(draft, procedure).find((p) => p.id === component)
  const back = `/d/${id}/papers/${component}`
  const take = useStep({
    mutationFn: async (item: string) => {
      const taken = await desk.takeFromTray(id, item, component)
      await Promise.all([save.refresh(), tray.refetch()])
      return taken.warnings ?? []
    },
    onSuccess: (warnings) => {
      if (warnings.length === 0) go(back)
      else setWarned(warnings.map((w) => ({ vi: pick(w.message), en: pick(w.message) })))
    },
  })
  const items = tray.data ?? []
  return (
    <Screen title={t('k.tray.title', { name: pick(paper?.needed?.name) || component })} help={t('k.tray.how')} back={back} next={warned.length > 0 && <NextButton onClick={() => go(back)} />}>
      {tray.isError && <ProblemNotice error={tray.error} retry={() => void tray.refetch()} />}
      {take.isError && <ProblemNotice error={take.error} />}
      {warned.length > 0 && <Notice title={t('k.camera.warn')}>{warned.map((w) => <p key={w.vi}>{pick(w)}</p>)}</Notice>}
      {items.length === 0 && <Loading label={t('k.tray.empty')} />}
      <ul className="k-scans">
        {items.map((item) => (
          <li key={item.id}>
            <ScanPicture name={['tray', item.id]} load={() => desk.trayPicture(item.id)} alt={item.name} />
            <span className="k-help">{formatTime(item.at)} · {formatBytes(item.length)}</span>
            <Button look="primary" disabled={take.isPending} onClick={() => take.mutate(item.id)}>{t('k.tray.take')}<span className="bd-hidden"> {item.name}</span></Button>
          </li>
        ))}
      </ul>
    </Screen>
  )
}
