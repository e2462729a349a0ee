import { useText } from '../../text/language'
import { LookUp } from '../parts/LookUp'

/** Pay opens a filed dossier as Track does; what is due is shown by PayResult. */
export function Pay() {
  const { t } = useText()
  return <LookUp eyebrow={t('k.tile.pay')} open={t('k.pay.open')} then="/pay/result" />
}
