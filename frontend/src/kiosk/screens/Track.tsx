import { useText } from '../../text/language'
import { LookUp } from '../parts/LookUp'

/** Track looks a filed dossier up. */
export function Track() {
  const { t } = useText()
  return <LookUp eyebrow={t('k.track.title')} open={t('k.track.look')} then="/track/result" />
}
