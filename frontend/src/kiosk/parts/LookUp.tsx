import type { ReactNode } from 'react'
import { useLocation } from 'wouter'
import { desk } from '../../api/kiosk'
import { useText } from '../../text/language'
import { useVisit } from '../visit'
import { TwoNumbers } from './TwoNumbers'
import { useStep } from './useStep'

/** LookUp opens a filed dossier by its slip number and a second fact, and goes on to `then`. */
export function LookUp({ eyebrow, open, then, aside }: { eyebrow: string; open: string; then: string; aside?: ReactNode }) {
  const { t } = useText()
  const [, go] = useLocation()
  const visit = useVisit()
  const look = useStep({
    mutationFn: async ({ slip, second }: { slip: string; second: string }) => ({ second, answer: await desk.track(slip, second) }),
    onSuccess: ({ second, answer }) => {
      visit.setTracking({ slip: answer.slip, second, answer })
      go(then)
    },
  })
  return (
    <TwoNumbers
      eyebrow={eyebrow}
      askSlip={t('k.track.slip')}
      open={open}
      aside={aside}
      notFound={{ title: t('k.track.notFound'), next: t('k.track.notFound.next') }}
      busy={look.isPending}
      error={look.error}
      reset={look.reset}
      onOpen={(slip, second) => look.mutate({ slip, second })}
    />
  )
}
