import type { ReactNode } from 'react'
import type { Dossier } from '../../api/counter'
import { Button } from '../../components/Button/Button'
import { Notice } from '../../components/Notice/Notice'
import { ProblemNotice, type FieldProblem } from '../../components/Problems/Problems'
import { StepForm } from '../../components/StepForm/StepForm'
import { useText } from '../../text/language'
import { Happened } from '../dossier/Happened'
import type { Step } from '../dossier/useDossier'

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
      {step.error && <ProblemNotice error={step.error} />}
      {children}
    </StepForm>
  )
}

/** Changed tells what somebody else did meanwhile. Nothing typed is lost; nothing is sent before it was looked at. */
export function Changed({ d, name, step }: { d: Dossier; name: string; step: Step }) {
  const { t } = useText()
  if (!step.behind) return null
  const still = (d.steps ?? []).includes(name)
  return (
    <Notice tone="harm" title={t('d.step.changed')}>
      <p>{t(still ? 'd.step.changed.kept' : 'd.step.changed.gone')}</p>
      <Happened d={d} from={Math.max(1, step.looked.lines)} />
      {still && <Button onClick={step.see}>{t('d.step.changed.seen')}</Button>}
    </Notice>
  )
}
