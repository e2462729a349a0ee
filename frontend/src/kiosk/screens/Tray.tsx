import { useQuery } from '@tanstack/react-query'
import { useLocation } from 'wouter'
import { desk } from '../../api/kiosk'
import { Button } from '../../components/Button/Button'
import { Loading } from '../../components/Loading/Loading'
import { ProblemNotice } from '../../components/Problems/Problems'
import { formatBytes, formatTime } from '../../text/format'
import { useText } from '../../text/language'
import { useDraftForm, useSave } from '../draft'
import { papersOf } from '../parts/papers'
import { ScanPicture } from '../parts/ScanPicture'
import { Screen } from '../parts/Screen'
import { useStep } from '../parts/useStep'

/** Tray shows what the scanner has just put into its folder. */
export function Tray({ id, component }: { id: string; component: string }) {
  const { t, pick } = useText()
  const [, go] = useLocation()
  const save = useSave(id)
  const { draft, procedure } = useDraftForm(id)
  const tray = useQuery({ queryKey: ['tray'], queryFn: desk.tray, refetchInterval: 2000 })
  const paper = draft && papersOf(draft, procedure).find((p) => p.id === component)
  const back = `/d/${id}/papers/${component}`
  const take = useStep({
    mutationFn: async (item: string) => {
      const taken = await desk.takeFromTray(id, item, component)
      await Promise.all([save.refresh(), tray.refetch()])
      return taken
    },
    // a file of several pages is looked through in the list of its paper
    onSuccess: (taken) => go((taken.pages ?? 1) > 1 ? back : `${back}/page/${taken.sha256}`, { replace: true }),
  })
  const items = tray.data ?? []
  return (
    <Screen title={t('k.tray.title', { name: pick(paper?.needed?.name) || component })} help={t('k.tray.how')} back={back}>
      {tray.isError && <ProblemNotice error={tray.error} retry={() => void tray.refetch()} />}
      {take.isError && <ProblemNotice error={take.error} />}
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
