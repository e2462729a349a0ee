import { useMutation } from '@tanstack/react-query'
import { useLocation } from 'wouter'
import { desk } from '../../api/kiosk'
import { useText } from '../../text/language'
import { TwoNumbers } from '../parts/TwoNumbers'
import { useVisit } from '../visit'

/** Pay opens a filed dossier as Track does; what is due is shown by PayResult. */
export function Pay() {
  const { t } = useText()
  const [, go] = useLocation()
  const visit = useVisit()
  const look = useMutation({
    mutationFn: async ({ slip, second }: { slip: string; second: string }) => ({ second, answer: await desk.track(slip, second) }),
    onSuccess: ({ second, answer }) => {
      visit.setTracking({ slip: answer.slip, second, answer })
      go('/pay/result')
    },
  })
  return (
    <TwoNumbers
      eyebrow={t('k.tile.pay')}
      askSlip={t('k.track.slip')}
      open={t('k.pay.open')}
      notFound={{ title: t('k.track.notFound'), next: t('k.track.notFound.next') }}
      busy={look.isPending}
      error={look.error}
      reset={look.reset}
      onOpen={(slip, second) => look.mutate({ slip, second })}
    />
  )
}
