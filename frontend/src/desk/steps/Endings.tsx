// What ends a dossier: refusal, stop, withdrawal. Each gives a reason the resident reads.
import { useState } from 'react'
import { Area, Field } from '../../components/Field/Field'
import type { FieldProblem } from '../../components/Problems/Problems'
import { useText } from '../../text/language'
import { codeOf, useStep } from '../dossier/useDossier'
import { useKept } from '../kept'
import { Frame } from './Frame'
import type { StepProps } from './Steps'

/** codes by which the server asks for the second person, or does not accept the one who came */
const seconds = new Set(['second_needed', 'same_person', 'second_not_allowed', 'wrong_login', 'wait'])

export function Refuse({ d, onClose, onDone }: StepProps) {
  const { t } = useText()
  const step = useStep(d, 'refused', onDone)
  const [reason, setReason] = useKept(d.row.id, 'refused.reason', '')
  const [login, setLogin] = useState('')
  const [password, setPassword] = useState('')
  const [wanted, setWanted] = useState(false)
  const [tried, setTried] = useState(false)
  const second = d.two_refuse || wanted || seconds.has(codeOf(step.error))
  const problems: FieldProblem[] = []
  if (!reason.trim()) problems.push({ target: 'reason', message: t('d.reason.need') })
  if (second && (!login.trim() || !password)) problems.push({ target: login.trim() ? 'second-password' : 'second-login', message: t('d.second.need') })
  const send = () => {
    setTried(true)
    if (second) setWanted(true)
    if (problems.length > 0) return
    step.send({ reason: reason.trim(), ...(second ? { second: { login: login.trim(), password } } : {}) })
    setPassword('')
    setTried(false)
  }
  return (
    <Frame d={d} name="refused" step={step} harm title={t('d.step.refused')} body={t('d.refuse.body')} send={t('d.refuse.send')} problems={tried ? problems : []} onSend={send} onClose={onClose}>
      <Area id="reason" label={t('d.reason')} value={reason} onChange={(e) => setReason(e.target.value)} error={tried && !reason.trim() ? t('d.reason.need') : undefined} />
      {second && (
        <fieldset className="d-why">
          <legend>{t('d.second.title')}</legend>
          <p className="o-soft">{t('d.second.help')}</p>
          <Field id="second-login" label={t('d.in.login')} value={login} autoComplete="off" autoCapitalize="none" spellCheck={false} onChange={(e) => setLogin(e.target.value)} />
          <Field id="second-password" type="password" label={t('d.in.password')} value={password} autoComplete="off" onChange={(e) => setPassword(e.target.value)} />
        </fieldset>
      )}
    </Frame>
  )
}

export const Stop = (props: StepProps) => <Reasoned {...props} name="stopped" body="d.stop.body" send="d.stop.send" harm />
export const Withdraw = (props: StepProps) => <Reasoned {...props} name="withdrawn" body="d.withdraw.body" send="d.withdraw.send" />

function Reasoned({ d, onClose, onDone, name, body, send, harm }: StepProps & { name: 'stopped' | 'withdrawn'; body: 'd.stop.body' | 'd.withdraw.body'; send: 'd.stop.send' | 'd.withdraw.send'; harm?: boolean }) {
  const { t } = useText()
  const step = useStep(d, name, onDone)
  const [reason, setReason] = useKept(d.row.id, `${name}.reason`, '')
  const [tried, setTried] = useState(false)
  const error = tried && !reason.trim() ? t('d.reason.need') : undefined
  const go = () => {
    setTried(true)
    if (reason.trim()) step.send({ reason: reason.trim() })
  }
  return (
    <Frame d={d} name={name} step={step} harm={harm} title={t(`d.step.${name}`)} body={t(body)} send={t(send)} problems={error ? [{ target: 'reason', message: error }] : []} onSend={go} onClose={onClose}>
      <Area id="reason" label={t('d.reason')} value={reason} onChange={(e) => setReason(e.target.value)} error={error} />
    </Frame>
  )
}
