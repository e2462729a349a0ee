import { useEffect, useRef, type ReactNode } from 'react'
import { Problem } from '../../api/client'
import type { Dossier } from '../../api/counter'
import { Button } from '../../components/Button/Button'
import { Notice } from '../../components/Notice/Notice'
import { ProblemNotice, type FieldProblem } from '../../components/Problems/Problems'
import { StepForm } from '../../components/StepForm/StepForm'
import { useText } from '../../text/language'
import { Happened } from '../dossier/Happened'
import { codeOf, type Step } from '../dossier/useDossier'

interface FrameProps {
  d: Dossier
  name: string
  step: Step
  title: string
  body?: ReactNode
  send: string
  harm?: boolean
  problems?: FieldProblem[]
  onSend: () => void
  onClose: () => void
  children?: ReactNode
}

/** Frame is the kit's form with what else may happen to a step: a refusal, or somebody who was faster. */
export function Frame({ d, name, step, problems, onSend, children, ...rest }: FrameProps) {
  return (
    <StepForm {...rest} busy={step.busy} held={step.behind} problems={problems} onSend={onSend}>
      <Changed d={d} name={name} step={step} />
      <Refused step={step} />
      {children}
    </StepForm>
  )
}

const confirmations = { clock_doubt: { confirm_clock: true }, second_supplement: { confirm_again: true } } as const
const isAsked = (code: string): code is keyof typeof confirmations => code in confirmations

/** Refused shows why a step was not recorded; where a person's word is enough, with the button that gives it. */
export function Refused({ step }: { step: Step }) {
  const { t, pick } = useText()
  if (!step.error) return null
  const code = codeOf(step.error)
  if (!(step.error instanceof Problem) || !isAsked(code)) return <ProblemNotice error={step.error} />
  return (
    <Notice title={pick(step.error.text)} action={<Button disabled={step.busy} onClick={() => step.confirm(confirmations[code])}>{t(code === 'clock_doubt' ? 'd.take.clock.yes' : 'd.step.again')}</Button>}>
      {pick(step.error.next)}
    </Notice>
  )
}

/** Changed tells what somebody else did meanwhile. Nothing typed is lost; nothing is sent before it was looked at. */
export function Changed({ d, name, step }: { d: Dossier; name: string; step: Step }) {
  const { t } = useText()
  const box = useRef<HTMLDivElement>(null)
  const tell = step.behind && step.late
  useEffect(() => {
    // whoever pressed the button far below does not see what stands above it
    if (tell) box.current?.querySelector('button')?.focus()
  }, [tell])
  if (!step.behind) return null
  const still = (d.steps ?? []).includes(name)
  return (
    <div ref={box}>
      <Notice tone="harm" title={t('d.step.changed')}>
        <p>{t(still ? 'd.step.changed.kept' : 'd.step.changed.gone')}</p>
        <Happened d={d} from={Math.max(1, step.looked.lines)} />
        {still && <Button onClick={step.see}>{t('d.step.changed.seen')}</Button>}
      </Notice>
    </div>
  )
}
