import { BookOpenText, FilePenLine, FolderOpen, MapPinned, MessageSquareText, PhoneCall, QrCode, Smile, Tickets } from 'lucide-react'
import { useLocation } from 'wouter'
import { moodOf } from '../../api/line'
import { Button } from '../../components/Button/Button'
import { Notice } from '../../components/Notice/Notice'
import { useText } from '../../text/language'
import { useStatus } from '../draft'
import { Screen } from '../parts/Screen'

// Tiles people know from other kiosks come when they work; a dead tile costs trust.
const tiles = [
  { key: 'file', to: '/find/file', Icon: FilePenLine },
  { key: 'procedures', to: '/find/info', Icon: BookOpenText },
  { key: 'queue', to: '/queue', Icon: Tickets },
  { key: 'track', to: '/track', Icon: MapPinned },
  { key: 'pay', to: '/pay', Icon: QrCode },
  { key: 'rate', to: '/rate', Icon: Smile },
  { key: 'feedback', to: '/feedback', Icon: MessageSquareText },
  { key: 'call', to: '/call', Icon: PhoneCall },
] as const

export function Home() {
  const { t } = useText()
  const [, go] = useLocation()
  const status = useStatus().data
  const line = status?.line
  const shown = tiles.filter(({ key }) => key !== 'queue' || status?.queue)
  return (
    <Screen title={t('k.home.title')}>
      <div className="k-tiles">
        {shown.map(({ key, to, Icon }) => (
          <button key={key} type="button" className={`k-tile k-tile--${key}`} onClick={() => go(to)}>
            <span className="k-tile__icon"><Icon aria-hidden /></span>
            <strong>{t(`k.tile.${key}`)}</strong>
            <span>{t(`k.tile.${key}.sub`)}</span>
          </button>
        ))}
      </div>
      <Button className="k-resume" icon={<FolderOpen aria-hidden />} onClick={() => go('/resume')}>{t('k.resume.tile')}</Button>
      {/* of practice nothing is sent, whatever the line does */}
      {line && !status?.practice && moodOf(line) === 'down' && <Notice tone="offline">{t('k.offline.note')}</Notice>}
    </Screen>
  )
}
