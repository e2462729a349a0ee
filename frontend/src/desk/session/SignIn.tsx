import { useMutation } from '@tanstack/react-query'
import { useState, type FormEvent, type ReactNode } from 'react'
import { Problem } from '../../api/client'
import { counter, type Session } from '../../api/counter'
import { Button } from '../../components/Button/Button'
import { Field } from '../../components/Field/Field'
import { Notice } from '../../components/Notice/Notice'
import { ErrorSummary, ProblemNotice, type FieldProblem } from '../../components/Problems/Problems'
import { RiverScene } from '../../components/Scene/Scene'
import { useText } from '../../text/language'
import { useShift } from './session'
import { clockOf, useWait } from './useWait'

/** a PIN is four to eight digits: it opens a locked screen, never an account */
export const pinOK = (pin: string) => /^\d{4,8}$/.test(pin)

/** SignIn begins a shift: the province's login and password once, and a PIN for the hours that follow. */
export function SignIn({ session }: { session: Session }) {
  const { t, pick } = useText()
  const { put } = useShift()
  const [login, setLogin] = useState('')
  const [password, setPassword] = useState('')
  const [pin, setPin] = useState('')
  const [again, setAgain] = useState('')
  const [tried, setTried] = useState(false)
  const [left, learn] = useWait(session.wait_s)
  const enter = useMutation({
    mutationFn: () => counter.signIn({ login: login.trim(), password, pin }),
    onSuccess: put,
    onError: (error) => {
      setPassword('')
      learn(error)
    },
  })
  const problems: FieldProblem[] = []
  if (!login.trim()) problems.push({ target: 'login', message: t('d.in.login.empty') })
  if (!password) problems.push({ target: 'password', message: t('d.in.password.empty') })
  if (!pinOK(pin)) problems.push({ target: 'pin', message: t('d.in.pin.bad') })
  else if (pin !== again) problems.push({ target: 'pin2', message: t('d.in.pin.differ') })
  const refused = enter.error instanceof Problem && (enter.error.status === 401 || enter.error.status === 429) ? enter.error : undefined
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setTried(true)
    enter.reset()
    if (problems.length === 0 && left === 0) enter.mutate()
  }
  const told = refused ? [{ target: 'password', message: `${pick(refused.text)} ${left > 0 ? '' : pick(refused.next)}` }] : tried && enter.isIdle ? problems : []
  const error = (id: string) => (tried && enter.isIdle ? problems.find((p) => p.target === id)?.message : undefined)
  return (
    <Gate>
      <div>
        <h1>{t('d.in.title')}</h1>
        <p className="o-soft">{t('d.in.sub')}</p>
      </div>
      {session.practice && <Notice title={t('d.in.practice')}>{t('d.in.practice.how')}</Notice>}
      <ErrorSummary problems={told} />
      {enter.isError && !refused && <ProblemNotice error={enter.error} />}
      <Waiting left={left} />
      <form onSubmit={submit} noValidate>
        <Field id="login" label={t('d.in.login')} value={login} autoFocus autoComplete="username" autoCapitalize="none" spellCheck={false} onChange={(e) => setLogin(e.target.value)} error={error('login')} />
        <Field id="password" type="password" label={t('d.in.password')} value={password} autoComplete="current-password" onChange={(e) => setPassword(e.target.value)} error={error('password')} />
        <fieldset className="d-gate__pins">
          <legend>{t('d.in.pin.legend')}</legend>
          <Field id="pin" type="password" inputMode="numeric" label={t('d.in.pin')} value={pin} autoComplete="off" maxLength={8} onChange={(e) => setPin(e.target.value)} error={error('pin')} />
          <Field id="pin2" type="password" inputMode="numeric" label={t('d.in.pin.again')} value={again} autoComplete="off" maxLength={8} onChange={(e) => setAgain(e.target.value)} error={error('pin2')} />
          <p className="bd-field__help">{t('d.in.pin.help')}</p>
        </fieldset>
        <Button look="primary" type="submit" disabled={enter.isPending || left > 0}>{t(enter.isPending ? 'd.in.busy' : 'd.in.go')}</Button>
      </form>
    </Gate>
  )
}

/** Gate is the frame of everything that stands before the work. */
export function Gate({ children }: { children: ReactNode }) {
  return (
    <div className="d-gate">
      <div className="d-gate__scene"><RiverScene /></div>
      <main className="d-gate__panel">{children}</main>
    </div>
  )
}

/** Waiting counts the seconds down; a screen reader is told once. */
export function Waiting({ left }: { left: number }) {
  const { t } = useText()
  if (left <= 0) return null
  return (
    <Notice tone="note" title={<>{t('d.in.wait')} <span className="bd-number" aria-hidden>{clockOf(left)}</span></>}>
      {t('d.in.wait.why')}
    </Notice>
  )
}
