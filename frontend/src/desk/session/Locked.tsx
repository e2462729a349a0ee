import { useMutation } from '@tanstack/react-query'
import { LockKeyhole, LogOut } from 'lucide-react'
import { useRef, useState, type FormEvent } from 'react'
import { Problem } from '../../api/client'
import { counter, type Session } from '../../api/counter'
import { Button } from '../../components/Button/Button'
import { Field } from '../../components/Field/Field'
import { ErrorSummary, ProblemNotice } from '../../components/Problems/Problems'
import { useText } from '../../text/language'
import { useShift } from './session'
import { Gate, Waiting } from './SignIn'
import { useWait } from './useWait'

/** Locked shows who has the shift and asks for the PIN. Nothing of a dossier is behind it. */
export function Locked({ session }: { session: Session }) {
  const { t, pick } = useText()
  const { put, end } = useShift()
  const [pin, setPin] = useState('')
  const [left, learn] = useWait(session.wait_s)
  const form = useRef<HTMLFormElement>(null)
  const open = useMutation({
    mutationFn: () => counter.unlock(pin),
    onSuccess: put,
    onError: (error) => {
      learn(error)
      form.current?.querySelector('input')?.focus()
    },
    onSettled: () => setPin(''),
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (pin && left === 0) open.mutate()
  }
  const refused = open.error instanceof Problem && (open.error.status === 401 || open.error.status === 429) ? open.error : undefined
  return (
    <Gate>
      <div className="d-gate__lock" aria-hidden><LockKeyhole /></div>
      <div>
        <h1>{t('d.locked.title')}</h1>
        {session.who && <p className="d-gate__who">{session.who.name}</p>}
        <p className="o-soft">{t('d.locked.sub')}</p>
      </div>
      <ErrorSummary problems={refused ? [{ target: 'unlock', message: `${pick(refused.text)} ${left > 0 ? '' : pick(refused.next)}` }] : []} />
      {open.isError && !refused && <ProblemNotice error={open.error} />}
      <Waiting left={left} />
      <form ref={form} onSubmit={submit} noValidate>
        <Field id="unlock" type="password" inputMode="numeric" label={t('d.locked.pin')} value={pin} autoFocus autoComplete="off" maxLength={8} onChange={(e) => setPin(e.target.value)} />
        <Button look="primary" type="submit" disabled={open.isPending || left > 0 || pin === ''}>{t('d.locked.go')}</Button>
      </form>
      <Button look="quiet" icon={<LogOut aria-hidden />} onClick={end}>{t('d.locked.other')}</Button>
    </Gate>
  )
}
