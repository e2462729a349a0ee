import { BadgeCheck } from 'lucide-react'
import { useLocation } from 'wouter'
import { Button } from '../../components/Button/Button'
import { useText } from '../../text/language'
import { LookUp } from '../parts/LookUp'

/** Track looks a filed dossier up. */
export function Track() {
  const { t } = useText()
  const [, go] = useLocation()
  return <LookUp aside={<Button icon={<BadgeCheck aria-hidden />} onClick={() => go('/verify')}>{t('v.open')}</Button>} eyebrow={t('k.track.title')} open={t('k.track.look')} then="/track/result" />
}
