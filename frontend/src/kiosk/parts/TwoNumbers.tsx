// The two numbers that open something: the slip, then a second fact.
import { useState, type ReactNode } from 'react'
import { Problem } from '../../api/client'
import { verify } from '../../api/verify'
import { Notice } from '../../components/Notice/Notice'
import { NumberPad } from '../../components/Pads/NumberPad'
import { ProblemNotice } from '../../components/Problems/Problems'
import { SlipVerdict } from '../../components/SlipVerdict/SlipVerdict'
import { formatSlip } from '../../text/format'
import { useText } from '../../text/language'
import { isLong, useWedge } from '../card'
import { NextButton, Screen } from './Screen'
import { useStep } from './useStep'

export interface TwoNumbersProps {
  eyebrow: string
  askSlip: string
  open: string
  /** beside the main action, while the slip is asked for */
  aside?: ReactNode
  notFound: { title: string; next: string }
  busy: boolean
  error: unknown
  reset: () => void
  onOpen: (slip: string, second: string) => void
}

export function TwoNumbers({ eyebrow, askSlip, open, aside, notFound, busy, error, reset, onOpen }: TwoNumbersProps) {
  const { t } = useText()
  const [slip, setSlip] = useState('')
  const [second, setSecond] = useState('')
  const [step, setStep] = useState<'slip' | 'second'>('slip')
  // a slip held under the scanner is as good as its number typed; one that was altered is refused here
  const scan = useStep({
    mutationFn: verify.slip,
    onSuccess: (found) => {
      if (!found.slip) return
      setSlip(found.slip.replace(/\D/g, ''))
      setStep('second')
    },
  })
  useWedge((code) => scan.mutate(code), isLong, step === 'slip')
  if (step === 'slip') {
    return (
      <Screen
        eyebrow={eyebrow}
        title={askSlip}
        help={t('k.track.slip.help')}
        helpId="help"
        focusKey="slip"
        back="/home"
        aside={aside}
        next={<NextButton disabled={slip.length !== 14} onClick={() => setStep('second')} />}
      >
        {scan.data && !scan.data.slip && scan.data.other !== 'slip_number' && <SlipVerdict verdict={scan.data} heading />}
        <NumberPad labelledBy="title" describedBy="help" value={slip} onChange={setSlip} maxLength={14} show={formatSlip} placeholder="00000-0000-00000" onDone={() => slip.length === 14 && setStep('second')} />
      </Screen>
    )
  }
  const ready = second.length === 4 || second.length === 6
  const go = () => onOpen(slip, second)
  return (
    <Screen
      eyebrow={formatSlip(slip)}
      title={t('k.track.second')}
      help={t('k.track.second.help')}
      helpId="help"
      focusKey="second"
      back={() => {
        reset()
        setStep('slip')
      }}
      next={<NextButton busy={busy} disabled={!ready} onClick={go}>{open}</NextButton>}
    >
      {error ? <Refusal error={error} notFound={notFound} /> : null}
      <NumberPad labelledBy="title" describedBy="help" value={second} onChange={setSecond} maxLength={6} onDone={() => ready && go()} />
    </Screen>
  )
}

function Refusal({ error, notFound }: { error: unknown; notFound: TwoNumbersProps['notFound'] }): ReactNode {
  const { t } = useText()
  if (error instanceof Problem && error.code === 'not_found') return <Notice tone="harm" title={notFound.title}>{notFound.next}</Notice>
  if (error instanceof Problem && error.code === 'too_many') {
    return <Notice tone="harm" title={t('k.track.tooMany', { minutes: Math.max(1, Math.ceil((error.retryAfterSeconds ?? 3600) / 60)) })} />
  }
  return <ProblemNotice error={error} />
}
