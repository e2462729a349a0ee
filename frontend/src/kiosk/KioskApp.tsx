// The resident's side. Routes live behind the #, so that the server sees one
// page and a page that comes back after a crash stands where it stood.
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { useEffect, useState, type ReactNode } from 'react'
import { Redirect, Route, Router, Switch } from 'wouter'
import { KeyboardProvider } from '../components/Keyboard/TextEntry'
import { LanguageProvider } from '../text/language'
import { ComfortProvider } from './parts/Comfort'
import { DialogTools } from '../components/Dialog/Dialog'
import { fetchLanguage } from './parts/ChooseLanguage'
import { IdleWatch } from './parts/IdleWatch'
import { Listen } from './voice/Listen'
import { VoiceProvider } from './voice/VoiceProvider'
import { Assisted } from './screens/Assisted'
import { Call, CallAbout, CallPart } from './screens/Call'
import { CallSend } from './screens/CallSend'
import { CallBegin, CallName, CallPhone, CallText, CallWhen } from './screens/CallSteps'
import { Camera } from './screens/Camera'
import { Check } from './screens/Check'
import { ChooseCase } from './screens/ChooseCase'
import { Consent } from './screens/Consent'
import { Done } from './screens/Done'
import { Elsewhere, ElsewhereOfDraft } from './screens/Elsewhere'
import { Feedback } from './screens/Feedback'
import { PetitionSend } from './screens/FeedbackSend'
import { PetitionAddress, PetitionHow, PetitionName, PetitionPhone, PetitionPhotos, PetitionText, PetitionVoice, PetitionWish } from './screens/FeedbackSteps'
import { Find, FindInEvent, FindInField } from './screens/Find'
import { Home } from './screens/Home'
import { Mend } from './screens/Mend'
import { Page } from './screens/Page'
import { Paper } from './screens/Paper'
import { Papers } from './screens/Papers'
import { Pay } from './screens/Pay'
import { PayResult } from './screens/PayResult'
import { ProcedureScreen } from './screens/ProcedureScreen'
import { Queue } from './screens/Queue'
import { QueueTake } from './screens/QueueTake'
import { QueueTicket } from './screens/QueueTicket'
import { Question } from './screens/Question'
import { Rate, RateDossier, RateFind, RateVisit } from './screens/Rate'
import { ReadBack } from './screens/ReadBack'
import { Resume } from './screens/Resume'
import { Secrecy, SecrecyOfDraft } from './screens/Secrecy'
import { Sign } from './screens/Sign'
import { Track } from './screens/Track'
import { TrackResult } from './screens/TrackResult'
import { Tray } from './screens/Tray'
import { Verify } from './screens/Verify'
import { Welcome } from './screens/Welcome'
import { Who } from './screens/Who'
import { desk } from '../api/kiosk'
import { useStatus } from './draft'
import { usePressed } from './touch'
import { useTrail } from './trail'
import { keptVisit, useVisit, VisitProvider } from './visit'
import '../styles/base.css'
// The order matters: the last one turns the layout for upright screens.
import './styles/frame.css'
import './styles/welcome.css'
import './styles/finding.css'
import './styles/questions.css'
import './styles/paying.css'
import './styles/verify.css'
import './styles/feedback.css'
import './styles/calls.css'
import './styles/queue.css'
import './styles/beginning.css'
import './styles/page.css'
import './styles/filing.css'
import './styles/languages.css'

/** makeQueries: the desk is on this machine, so "offline" never stops a call. */
export function makeQueries() {
  return new QueryClient({
    defaultOptions: {
      queries: { networkMode: 'always', retry: 1, refetchOnWindowFocus: false, staleTime: 5 * 60_000 },
      mutations: { networkMode: 'always', retry: false },
    },
  })
}

export function KioskApp() {
  const [queries] = useState(makeQueries)
  usePressed()
  return (
    <QueryClientProvider client={queries}>
      <LanguageProvider initial={keptVisit()?.language}>
        <ComfortProvider>
          <VisitProvider>
            <KeyboardProvider>
              {/* oxlint-disable-next-line react/hooks -- the router is given its way of reading the address */}
              <Router hook={useTrail}>
                <Heartbeat />
                <NoCopies />
                <KeptLanguage />
                <VoiceProvider>
                  <DialogTools value={<Listen />}>
                    <IdleWatch>
                      <Screens />
                    </IdleWatch>
                    <Watermark />
                  </DialogTools>
                </VoiceProvider>
              </Router>
            </KeyboardProvider>
          </VisitProvider>
        </ComfortProvider>
      </LanguageProvider>
    </QueryClientProvider>
  )
}

// The supervisor reloads a page whose heart stops.
function Heartbeat() {
  useEffect(() => {
    const beat = () => void desk.heartbeat().catch(() => undefined)
    beat()
    const timer = window.setInterval(beat, 10_000)
    return () => window.clearInterval(timer)
  }, [])
  return null
}

// What is copied lies in the machine's clipboard for whoever comes next, and no page can empty that.
function NoCopies() {
  useEffect(() => {
    const refuse = (event: Event) => event.preventDefault()
    const ways = ['copy', 'cut', 'dragstart'] as const
    for (const way of ways) document.addEventListener(way, refuse)
    return () => {
      for (const way of ways) document.removeEventListener(way, refuse)
    }
  }, [])
  return null
}

// Whoever practises sees it on every screen, whatever is on it.
function Watermark() {
  return useStatus().data?.practice ? <div className="k-watermark" aria-hidden /> : null
}

// A page that came back after a crash gets its language pack again; until then it is in Vietnamese.
function KeptLanguage() {
  useEffect(() => {
    const language = keptVisit()?.language
    if (language) void fetchLanguage(language).catch(() => undefined)
  }, [])
  return null
}

function Screens() {
  return (
    <Switch>
      <Route path="/" component={Welcome} />
      <Visiting>
        <Switch>
          <Route path="/home" component={Home} />
          <Route path="/find/:purpose">{({ purpose }) => <Find purpose={purpose} way="events" />}</Route>
          <Route path="/find/:purpose/by/:way">{({ purpose, way }) => <Find purpose={purpose} way={way === 'fields' ? 'fields' : 'words'} />}</Route>
          <Route path="/find/:purpose/in/:field">{({ purpose, field }) => <FindInField purpose={purpose} field={field} />}</Route>
          <Route path="/find/:purpose/:event">{({ purpose, event }) => <FindInEvent purpose={purpose} event={event} />}</Route>
          <Route path="/procedure/:code">{({ code }) => <ProcedureScreen code={code} />}</Route>
          <Route path="/procedure/:code/with">{({ code }) => <Assisted code={code} />}</Route>
          <Route path="/procedure/:code/secret">{({ code }) => <Secrecy code={code} />}</Route>
          <Route path="/procedure/:code/case">{({ code }) => <ChooseCase code={code} />}</Route>
          <Route path="/procedure/:code/elsewhere/:which">{({ code, which }) => <Elsewhere code={code} which={which} />}</Route>
          <Route path="/d/:id/elsewhere">{({ id }) => <ElsewhereOfDraft id={id} />}</Route>
          <Route path="/d/:id/secret">{({ id }) => <SecrecyOfDraft id={id} />}</Route>
          <Route path="/d/:id/who">{({ id }) => <Who id={id} />}</Route>
          <Route path="/d/:id/q/:field">{({ id, field }) => <Question key={field} id={id} fieldId={field} />}</Route>
          <Route path="/d/:id/check/:section">{({ id, section }) => <Check id={id} sectionId={section} />}</Route>
          <Route path="/d/:id/papers">{({ id }) => <Papers id={id} />}</Route>
          <Route path="/d/:id/papers/:component">{({ id, component }) => <Paper id={id} component={component} />}</Route>
          <Route path="/d/:id/papers/:component/page/:sha">{({ id, component, sha }) => <Page id={id} component={component} sha256={sha} back={`/d/${id}/papers/${component}`} />}</Route>
          <Route path="/d/:id/mend/:component/:sha">{({ id, component, sha }) => <Page id={id} component={component} sha256={sha} back={`/d/${id}/mend`} />}</Route>
          <Route path="/d/:id/papers/:component/camera">{({ id, component }) => <Camera id={id} component={component} />}</Route>
          <Route path="/d/:id/papers/:component/tray">{({ id, component }) => <Tray id={id} component={component} />}</Route>
          <Route path="/d/:id/mend">{({ id }) => <Mend id={id} />}</Route>
          <Route path="/d/:id/read">{({ id }) => <ReadBack id={id} />}</Route>
          <Route path="/d/:id/sign">{({ id }) => <Sign id={id} />}</Route>
          <Route path="/d/:id/consent">{({ id }) => <Consent id={id} />}</Route>
          <Route path="/done"><Done /></Route>
          <Route path="/rate" component={Rate} />
          <Route path="/rate/visit" component={RateVisit} />
          <Route path="/rate/find" component={RateFind} />
          <Route path="/rate/dossier" component={RateDossier} />
          <Route path="/feedback" component={Feedback} />
          <Route path="/feedback/done"><Done kind="petition" /></Route>
          <Route path="/f/:id/text">{({ id }) => <PetitionText id={id} />}</Route>
          <Route path="/f/:id/how">{({ id }) => <PetitionHow id={id} />}</Route>
          <Route path="/f/:id/voice">{({ id }) => <PetitionVoice id={id} />}</Route>
          <Route path="/f/:id/photos">{({ id }) => <PetitionPhotos id={id} />}</Route>
          <Route path="/f/:id/name">{({ id }) => <PetitionName id={id} />}</Route>
          <Route path="/f/:id/phone">{({ id }) => <PetitionPhone id={id} />}</Route>
          <Route path="/f/:id/address">{({ id }) => <PetitionAddress id={id} />}</Route>
          <Route path="/f/:id/wish">{({ id }) => <PetitionWish id={id} />}</Route>
          <Route path="/f/:id/send">{({ id }) => <PetitionSend id={id} />}</Route>
          <Route path="/call" component={Call} />
          <Route path="/call/back" component={CallBegin} />
          <Route path="/call/done"><Done kind="call" /></Route>
          <Route path="/call/about/:code">{({ code }) => <CallAbout code={code} />}</Route>
          <Route path="/call/about/:code/:part">{({ code, part }) => <CallPart code={code} part={part} />}</Route>
          <Route path="/c/:id/text">{({ id }) => <CallText id={id} />}</Route>
          <Route path="/c/:id/phone">{({ id }) => <CallPhone id={id} />}</Route>
          <Route path="/c/:id/when">{({ id }) => <CallWhen id={id} />}</Route>
          <Route path="/c/:id/name">{({ id }) => <CallName id={id} />}</Route>
          <Route path="/c/:id/send">{({ id }) => <CallSend id={id} />}</Route>
          <Route path="/resume" component={Resume} />
          <Route path="/track" component={Track} />
          <Route path="/track/result" component={TrackResult} />
          <Route path="/queue" component={Queue} />
          <Route path="/queue/t/:key">{({ key }) => <QueueTicket ticketKey={key} />}</Route>
          <Route path="/queue/:service">{({ service }) => <QueueTake service={service} />}</Route>
          <Route path="/verify" component={Verify} />
          <Route path="/pay" component={Pay} />
          <Route path="/pay/result" component={PayResult} />
          <Route><Redirect to="/home" /></Route>
        </Switch>
      </Visiting>
    </Switch>
  )
}

function Visiting({ children }: { children?: ReactNode }) {
  const { active } = useVisit()
  return active ? children : <Redirect to="/" />
}
