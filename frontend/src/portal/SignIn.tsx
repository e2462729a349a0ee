import { useState, type FormEvent } from 'react'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Languages, Search } from 'lucide-react'
import { Problem } from '../api/client'
import { portal } from '../api/portal'
import { Button } from '../components/Button/Button'
import { Field } from '../components/Field/Field'
import { ErrorSummary, ProblemNotice } from '../components/Problems/Problems'
import { FerryMark, RiverScene } from '../components/Scene/Scene'
import { languageNames, useText } from '../text/language'

export function SignIn() {
  const { t, pick, language, setLanguage } = useText()
  const queries = useQueryClient()
  const [user, setUser] = useState('')
  const [password, setPassword] = useState('')
  const [empty, setEmpty] = useState(false)
  const enter = useMutation({
    mutationFn: () => portal.signIn(user.trim(), password),
    onSuccess: (me) => queries.setQueryData(['me'], me),
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const lacking = user.trim() === '' || password === ''
    setEmpty(lacking)
    if (!lacking) enter.mutate()
  }
  const refused = enter.error instanceof Problem && enter.error.status === 401
  const other = language === 'vi' ? 'en' : 'vi'
  const message = refused && enter.error instanceof Problem ? `${pick(enter.error.text)} ${pick(enter.error.next)}` : t('p.signin.empty')
  return (
    <div className="p-signin">
      <div className="p-signin__scene"><RiverScene /></div>
      <main className="p-signin__panel">
        <div className="p-signin__brand"><FerryMark /><strong>{t('p.title')}</strong>
          <Button look="quiet" lang={other} icon={<Languages aria-hidden />} onClick={() => setLanguage(other)}>{languageNames[other]}</Button>
        </div>
        <div>
          <h1>{t('p.signin.title')}</h1>
          <p className="o-soft">{t('p.signin.sub')}</p>
        </div>
        <ErrorSummary problems={empty || refused ? [{ target: user ? 'password' : 'user', message }] : []} />
        {enter.isError && !refused && <ProblemNotice error={enter.error} />}
        <form onSubmit={submit} noValidate>
          <Field id="user" label={t('p.signin.user')} value={user} autoComplete="username" onChange={(e) => setUser(e.target.value)} />
          <Field id="password" type="password" label={t('p.signin.password')} value={password} autoComplete="current-password" onChange={(e) => setPassword(e.target.value)} />
          <Button look="primary" type="submit" disabled={enter.isPending}>{t(enter.isPending ? 'p.signin.busy' : 'p.signin.go')}</Button>
        </form>
        <a className="p-signin__resident" href="/tra-cuu"><Search aria-hidden />{t('p.signin.resident')}</a>
      </main>
    </div>
  )
}
