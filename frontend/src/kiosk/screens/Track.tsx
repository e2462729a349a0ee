import { useState } from 'react'
import { useMutation } from '@tanstack/react-query'
import { useLocation } from 'wouter'
import { Problem } from '../../api/client'
import { desk } from '../../api/kiosk'
import { Notice } from '../../components/Notice/Notice'
import { NumberPad } from '../../components/Pads/NumberPad'
import { ProblemNotice } from '../../components/Problems/Problems'
import { formatSlip } from '../../text/format'
import { useText } from '../../text/language'
import { NextButton, Screen } from '../parts/Screen'
import { useVisit } from '../visit'

/** Track asks for the slip number, then for the second fact. */
export function Track() {
  const { t } = useText()
  const [, go] = useLocation()
  const visit = useVisit()
  const [slip, setSlip] = useState('')
  const [second, setSecond] = useState('')
  const [step, setStep] = useState<'slip' | 'second'>('slip')
  const look = useMutation({
    mutationFn: () => desk.track(slip, second),
    onSuccess: (answer) => {
      visit.setTracking({ slip: answer.slip, second, answer })
      go('/track/result')
    },
  })
  if (step === 'slip') {
    return (
      <Screen
        eyebrow={t('k.track.title')}
        title={t('k.track.slip')}
        help={t('k.track.slip.help')}
        helpId="help"
        focusKey="slip"
        back="/home"
        next={<NextButton disabled={slip.length !== 14} onClick={() => setStep('second')} />}
      >
        <NumberPad labelledBy="title" describedBy="help" value={slip} onChange={setSlip} maxLength={14} show={formatSlip} placeholder="00000-0000-00000" onDone={() => slip.length === 14 && setStep('second')} />
      </Screen>
    )
  }
  const ready = second.length === 4 || second.length === 6
  return (
    <Screen
      eyebrow={formatSlip(slip)}
      title={t('k.track.second')}
      help={t('k.track.second.help')}
      helpId="help"
      focusKey="second"
      back={() => {
        look.reset()
        setStep('slip')
      }}
      next={<NextButton busy={look.isPending} disabled={!ready} onClick={() => look.mutate()}>{t('k.track.look')}</NextButton>}
    >
      {look.isError && <TrackProblem error={look.error} />}
      <NumberPad labelledBy="title" describedBy="help" value={second} onChange={setSecond} maxLength={6} onDone={() => ready && look.mutate()} />
    </Screen>
  )
}

function TrackProblem({ error }: { error: unknown }) {
  const { t } = useText()
  if (error instanceof Problem && error.code === 'not_found') return <Notice tone="harm" title={t('k.track.notFound')}>{t('k.track.notFound.next')}</Notice>
  if (error instanceof Problem && error.code === 'too_many') {
    return <Notice tone="harm" title={t('k.track.tooMany', { minutes: Math.max(1, Math.ceil((error.retryAfterSeconds ?? 3600) / 60)) })} />
  }
  return <ProblemNotice error={error} />
}
