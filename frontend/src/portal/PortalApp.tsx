// The province's pages: officers behind sign-in, residents' phones at /tra-cuu.
import { QueryClient, QueryClientProvider, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Languages, LogOut } from 'lucide-react'
import { useEffect, useState, type ReactNode } from 'react'
import { Link, Redirect, Route, Router, Switch } from 'wouter'
import { Problem } from '../api/client'
import { client, portal, type Me } from '../api/portal'
import { Button } from '../components/Button/Button'
import { Loading } from '../components/Loading/Loading'
import { ProblemNotice } from '../components/Problems/Problems'
import { FerryMark } from '../components/Scene/Scene'
import { LanguageProvider, languageNames, useText } from '../text/language'
import { DossierPage } from './DossierPage'
import { InboxPage } from './InboxPage'
import { SignIn } from './SignIn'
import { StatusPage } from './StatusPage'
import '../styles/base.css'
import '../styles/office.css'
import './portal.css'

const lost = new Set(['sign_in', 'no_session', 'unauthorized'])

export function PortalApp() {
  const [queries] = useState(() => new QueryClient({
    defaultOptions: {
      queries: { networkMode: 'always', retry: (count, error) => count < 1 && !(error instanceof Problem && error.status < 500) },
      mutations: { networkMode: 'always' },
    },
  }))
  return (
    <QueryClientProvider client={queries}>
      <LanguageProvider>
        <Router>
          <Switch>
            <Route path="/tra-cuu" component={StatusPage} />
            <Route path="/t/:token" component={StatusPage} />
            <Route component={Office} />
          </Switch>
        </Router>
      </LanguageProvider>
    </QueryClientProvider>
  )
}

/** Office asks who is there and shows the sign-in page or the work. */
function Office() {
  const queries = useQueryClient()
  const me = useQuery({ queryKey: ['me'], queryFn: portal.me, staleTime: Infinity })
  useEffect(() => {
    client.onLost = () => queries.setQueryData(['me'], null)
    return () => {
      client.onLost = undefined
    }
  }, [queries])
  if (me.isPending) return <Loading />
  const signedOut = me.data === null || (me.error instanceof Problem && (me.error.status === 401 || lost.has(me.error.code)))
  if (me.data) return <Work me={me.data} />
  if (signedOut) return <SignIn />
  return <div className="o-main"><ProblemNotice error={me.error} retry={() => void me.refetch()} /></div>
}

function Work({ me }: { me: Me }) {
  return (
    <Frame me={me}>
      <Switch>
        <Route path="/" component={InboxPage} />
        <Route path="/ho-so/:id">{({ id }) => <DossierPage key={id} id={id} />}</Route>
        <Route><Redirect to="/" /></Route>
      </Switch>
    </Frame>
  )
}

function Frame({ me, children }: { me: Me; children: ReactNode }) {
  const { t, language, setLanguage } = useText()
  const queries = useQueryClient()
  const out = useMutation({
    mutationFn: portal.signOut,
    onSettled: () => {
      queries.clear()
      queries.setQueryData(['me'], null)
      // the next person at this computer must not find an open dossier
      window.location.assign('/')
    },
  })
  const other = language === 'vi' ? 'en' : 'vi'
  return (
    <div className="o-page">
      <header className="o-header">
        <Link href="/" className="o-header__home" aria-label={t('p.inbox.title')}><FerryMark /></Link>
        <p className="o-header__name"><strong>{t('p.title')}</strong><span>{t(`p.role.${me.role}`)} · {me.name}</span></p>
        <Button look="quiet" lang={other} icon={<Languages aria-hidden />} onClick={() => setLanguage(other)}>{languageNames[other]}</Button>
        <Button look="quiet" icon={<LogOut aria-hidden />} disabled={out.isPending} onClick={() => out.mutate()}>{t('p.signout')}</Button>
      </header>
      {children}
    </div>
  )
}
