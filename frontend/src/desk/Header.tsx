import { Languages, LockKeyhole, LogOut, UserRound } from 'lucide-react'
import { useEffect, useState } from 'react'
import { Link, useLocation } from 'wouter'
import type { Member } from '../api/counter'
import type { Status } from '../api/kiosk'
import { Button } from '../components/Button/Button'
import { FerryMark } from '../components/Scene/Scene'
import type { MessageKey } from '../text/messages'
import { languageNames, useText } from '../text/language'
import { useShift } from './session/session'
import { FindField } from './work/FindField'

/** Header names the office and the member signed in, and leads to every page. */
export function Header({ status }: { status: Status | undefined }) {
  const { t, language, setLanguage } = useText()
  const { session, may } = useShift()
  const [path] = useLocation()
  const other = language === 'vi' ? 'en' : 'vi'
  const working = session?.state === 'in'
  const home = session?.state === 'absent' || session?.state === 'no_roster' || session === undefined
  const at = path === '/' ? (home ? 'outbox' : 'list') : path.startsWith('/d/') || path === '/find' ? 'list' : path.split('/')[1]
  // a bare letter is a key only where nothing is typed and no list listens to letters
  const bare = at === 'outbox' || at === 'queue'
  useEffect(() => {
    if (!bare) return undefined
    const onKey = (event: KeyboardEvent) => {
      if (event.target instanceof HTMLElement && /INPUT|TEXTAREA|SELECT/.test(event.target.tagName)) return
      if (!event.ctrlKey && !event.metaKey && !event.altKey && event.key.toLowerCase() === 'n') setLanguage(other)
    }
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  }, [bare, other, setLanguage])
  const item = (name: string, key: MessageKey, href = `/${name}`) => <Link href={href} aria-current={at === name ? 'page' : undefined}>{t(key)}</Link>
  return (
    <header className="o-header d-header">
      <FerryMark />
      <p className="o-header__name"><strong>{status?.office.name ?? t('app.name')}</strong><span>{t('d.office')}</span></p>
      {working && may('read') && <FindField />}
      <nav className="d-nav" aria-label={t('d.nav')}>
        {session && session.state !== 'absent' && item('list', 'd.nav.work', '/list/waiting')}
        {status?.queue && item('queue', 'd.nav.queue')}
        {item('outbox', 'd.nav.outbox')}
        {item('slips', 'd.nav.slips')}
        {working && may('report') && item('reports', 'd.nav.reports')}
      </nav>
      {status?.practice && <strong className="o-practice" title={t('app.practice')}>{t(working ? 'd.practice' : 'app.practice')}</strong>}
      {working && session.who && <Shift who={session.who} />}
      <Button look="quiet" lang={other} icon={<Languages aria-hidden />} onClick={() => setLanguage(other)}>{working ? <><span aria-hidden>{other.toUpperCase()}</span><span className="bd-hidden">{languageNames[other]}</span></> : languageNames[other]}</Button>
    </header>
  )
}

const roles = ['clerk', 'specialist', 'head', 'police', 'post', 'helper', 'inspector'] as const

/** Shift is who is signed in, how to lock, how to end. Ending asks once more by the same button, never by a dialog. */
function Shift({ who }: { who: Member }) {
  const { t } = useText()
  const { lock, end } = useShift()
  const [sure, setSure] = useState(false)
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (!(event.ctrlKey || event.metaKey) || event.altKey || event.key.toLowerCase() !== 'l') return
      event.preventDefault()
      lock()
    }
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  }, [lock])
  useEffect(() => {
    if (!sure) return undefined
    const timer = setTimeout(() => setSure(false), 5000)
    return () => clearTimeout(timer)
  }, [sure])
  const known = roles.filter((role) => who.roles.includes(role)).map((role) => t(`d.role.${role}`))
  return (
    <div className="d-shift">
      <UserRound aria-hidden />
      <p><strong>{who.name}</strong><span>{known.join(', ')}</span></p>
      <Button look="quiet" icon={<LockKeyhole aria-hidden />} aria-label={t('d.who.lock')} title={`${t('d.who.lock')} (Ctrl+L)`} onClick={lock} />
      <Button look="quiet" icon={<LogOut aria-hidden />} aria-label={t(sure ? 'd.who.end.sure' : 'd.who.end')} title={t('d.who.end')} data-sure={sure || undefined} onBlur={() => setSure(false)} onClick={() => (sure ? end() : setSure(true))}>
        {sure ? t('d.who.end.sure') : undefined}
      </Button>
    </div>
  )
}
