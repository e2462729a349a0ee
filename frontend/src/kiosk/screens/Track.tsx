import { useMutation } from '@tanstack/react-query'
import { useLocation } from 'wouter'
import { desk } from '../../api/kiosk'
import { useText } from '../../text/language'
import { TwoNumbers } from '../parts/TwoNumbers'
import { useVisit } from '../visit'

/** Track looks a filed dossier up. */
export function Track() {
  const { t } = useText()
  const [, go] = useLocation()
  const visit = useVisit()
  const look = useMutation({
    mutationFn: async ({ slip, second }: { slip: string; second: string }) => ({ second, answer: await desk.track(slip, second) }),
    onSuccess: ({ second, answer }) => {
      visit.setTracking({ slip: answer.slip, second, answer })
      go('/track/result')
    },
  })
  return (
    <TwoNumbers
      eyebrow={t('k.track.title')}
      askSlip={t('k.track.slip')}
      open={t('k.track.look')}
      notFound={{ title: t('k.track.notFound'), next: t('k.track.notFound.next') }}
      busy={look.isPending}
      error={look.error}
      reset={look.reset}
      onOpen={(slip, second) => look.mutate({ slip, second })}
    />
  )
}
