// The staff's screen. Where the province has given the office a roster it is the working screen of
// whoever is signed in; without one the outbox, the queue and the slips are what they always were.
import { QueryClient, QueryClientProvider, useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useState, type ReactNode } from 'react'
import { Redirect, Route, Router, Switch } from 'wouter'
import { useHashLocation } from 'wouter/use-hash-location'
import { Problem } from '../api/client'
import { desk } from '../api/kiosk'
import { Loading } from '../components/Loading/Loading'
import { ProblemNotice } from '../components/Problems/Problems'
import { LanguageProvider } from '../text/language'
import { DossierPage } from './dossier/DossierPage'
import { Header } from './Header'
import { KeptProvider } from './kept'
import { OutboxPage } from './OutboxPage'
import { QueuePage } from './QueuePage'
import { ReportsPage } from './reports/ReportsPage'
import { Locked } from './session/Locked'
import { NoRoster } from './session/NoRoster'
import { SessionProvider, useShift } from './session/session'
import { SignIn } from './session/SignIn'
import { useIdleLock } from './session/useIdleLock'
import { SlipsPage } from './SlipsPage'
import { TakeInPage } from './dossier/TakeInPage'
import { FindPage } from './work/FindPage'
import { FindProvider } from './work/find'
import { WorkPage } from './work/WorkPage'
import '../styles/base.css'
import '../styles/office.css'
import './desk.css'
import './queue.css'
import './slips.css'
import './session.css'
import './work.css'
import './dossier.css'
import './takein.css'
import './reports.css'

export function DeskApp() {
  const [queries] = useState(() => new QueryClient({
    defaultOptions: {
      queries: { networkMode: 'always', retry: (count, error) => count < 1 && !(error instanceof Problem && error.status > 0 && error.status < 500) },
      mutations: { networkMode: 'always' },
    },
  }))
  return (
    <QueryClientProvider client={queries}>
      <LanguageProvider>
        <KeptProvider>
          <SessionProvider>
            <FindProvider>
              {/* oxlint-disable-next-line react/hooks */}
              <Router hook={useHashLocation}><Pages /></Router>
            </FindProvider>
          </SessionProvider>
        </KeptProvider>
      </LanguageProvider>
    </QueryClientProvider>
  )
}

/** useChanges asks again when the book changes; a slow poll stands in when the stream breaks. */
function useChanges() {
  const queries = useQueryClient()
  useEffect(() => {
    if (typeof EventSource === 'undefined') return
    const source = new EventSource('/api/events')
    source.addEventListener('changed', () => void queries.invalidateQueries({ predicate: (q) => q.queryKey[0] !== 'session' }))
    return () => source.close()
  }, [queries])
}

function Pages() {
  useChanges()
  const [path] = useHashLocation()
  useEffect(() => void window.scrollTo(0, 0), [path]) // a page begins at its top
  const { session, lock } = useShift()
  const status = useQuery({ queryKey: ['status'], queryFn: desk.status, refetchInterval: 15_000 })
  const working = session?.state === 'in'
  useIdleLock(working ? session.locks_after_s : 0, lock)
  // an enrolled office with a roster asks who calls numbers and who prints
  const own = session?.state === 'none' || session?.state === 'locked' ? !status.data?.practice : false
  return (
    <div className="o-page">
      <Header status={status.data} />
      <Switch>
        <Route path="/outbox"><OutboxPage status={status.data} /></Route>
        <Route path="/queue">{own ? <Staff><QueuePage /></Staff> : <QueuePage />}</Route>
        <Route path="/slips">{own ? <Staff><SlipsPage /></Staff> : <SlipsPage />}</Route>
        <Route path="/">{session === undefined ? <Loading /> : session.state === 'absent' || session.state === 'no_roster' ? <OutboxPage status={status.data} /> : <Staff><Redirect to="/list/waiting" /></Staff>}</Route>
        <Route path="/list/:view">{({ view }) => <Staff><WorkPage key={view} name={view} /></Staff>}</Route>
        <Route path="/find"><Staff><FindPage /></Staff></Route>
        <Route path="/d/:id/take-in">{({ id }) => <Staff><TakeInPage key={id} id={id} /></Staff>}</Route>
        <Route path="/d/:id">{({ id }) => <Staff><DossierPage key={id} id={id} /></Staff>}</Route>
        <Route path="/reports/:name?">{({ name }) => <Staff><ReportsPage name={name} /></Staff>}</Route>
        <Route><Redirect to="/" /></Route>
      </Switch>
    </div>
  )
}

/** Staff shows its children to whoever is signed in, and to everybody else what comes before. */
function Staff({ children }: { children: ReactNode }) {
  const { session, error, again } = useShift()
  if (error && !session) return <main className="o-main"><ProblemNotice error={error} retry={again} /></main>
  if (!session) return <Loading />
  switch (session.state) {
    case 'in':
      return <>{children}</>
    case 'none':
      return <SignIn session={session} />
    case 'locked':
      return <Locked session={session} />
    case 'no_roster':
      return <NoRoster />
    default:
      return <Redirect to="/outbox" />
  }
}
