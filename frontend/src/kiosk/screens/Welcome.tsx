import { useEffect, useState } from 'react'
import { ArrowRight, GraduationCap } from 'lucide-react'
import { useLocation } from 'wouter'
import { Button } from '../../components/Button/Button'
import { Dialog } from '../../components/Dialog/Dialog'
import { Notice } from '../../components/Notice/Notice'
import { ProblemNotice } from '../../components/Problems/Problems'
import { FerryMark, RiverScene } from '../../components/Scene/Scene'
import { isOwn, say, translate, useText, type Language } from '../../text/language'
import type { PackInfo } from '../../text/packs'
import { note } from '../../text/spoken'
import { useStatus } from '../draft'
import { fetchLanguage, useOffered } from '../parts/ChooseLanguage'
import { keptVisit, useVisit } from '../visit'
import { Listen } from '../voice/Listen'
import { useStep } from '../parts/useStep'

// What stands here in its own language is also heard in it.
const inEnglish = (key: 'k.welcome.title') => note(translate('en', key), { language: 'en', vi: translate('vi', key) })

function nameOf(one: PackInfo): string {
  const inVietnamese = isOwn(one.code) ? one.name : (new Intl.DisplayNames('vi', { type: 'language' }).of(one.code) ?? one.name)
  return note(one.name, { language: one.code, vi: inVietnamese })
}

function startOf(one: PackInfo): string {
  const text = isOwn(one.code) ? translate(one.code, `k.start.${one.code}`) : (one.start ?? '')
  return note(text, { language: one.code, vi: translate('vi', 'k.start.vi') })
}

// The screen has no language yet; whoever touched one reads the question in it.
function In({ language, say: key }: { language: Language; say: 'k.practice.title' | 'k.practice.go' | 'k.practice.real' }) {
  const said = say(language, key)
  return <span lang={said.language}>{note(said.text, { language: said.language, vi: translate('vi', key) })}</span>
}

/** Whoever touched "practise" and went away shall not make the next one practise. */
export const practiceMS = 30_000

/** Welcome asks for the language by its own name; touching one begins the visit. */
export function Welcome() {
  const { t, setLanguage } = useText()
  const { active, begin } = useVisit()
  const [, go] = useLocation()
  const status = useStatus()
  const offered = useOffered()
  const [resumed, setResumed] = useState(false)
  const [practising, setPractising] = useState(false)
  const [asked, setAsked] = useState<Language>()
  const start = useStep({
    mutationFn: async ({ language, practice }: { language: Language; practice: boolean }) => {
      await fetchLanguage(language)
      await begin(language, practice)
      setLanguage(language)
    },
    onSuccess: () => go('/home'),
  })
  const ask = useStep({ mutationFn: fetchLanguage, onSuccess: (_, language) => setAsked(language) })
  const touch = (language: Language) => (practising ? ask.mutate(language) : start.mutate({ language, practice: false }))
  const answer = (language: Language, practice: boolean) => {
    setAsked(undefined)
    setPractising(practice)
    start.mutate({ language, practice })
  }
  useEffect(() => {
    if (!practising && !asked) return
    let timer: number
    const again = () => {
      window.clearTimeout(timer)
      timer = window.setTimeout(() => {
        setPractising(false)
        setAsked(undefined)
      }, practiceMS)
    }
    again()
    const touches = ['pointerdown', 'keydown'] as const
    for (const name of touches) window.addEventListener(name, again)
    return () => {
      window.clearTimeout(timer)
      for (const name of touches) window.removeEventListener(name, again)
    }
  }, [practising, asked])
  // before enrolment a machine is for practice only; without a practice book it serves nobody
  const closed = status.data?.enrolled === false && !status.data.practice
  useEffect(() => {
    // a page that came back after a crash goes on with the visit it was in
    const draft = keptVisit()?.draft
    if (active && !resumed && !start.isSuccess) {
      setResumed(true)
      go(draft ? `/d/${draft}/papers` : '/home')
    }
  }, [active, resumed, start.isSuccess, go])

  return (
    <main className="k-welcome">
      <RiverScene />
      <div className="k-welcome__panel">
        <div className="k-welcome__brand">
          <FerryMark />
          <p><strong>{status.data?.office.name ?? t('app.name')}</strong>{status.data?.office.province && <span>{status.data.office.province}</span>}</p>
        </div>
        <h1>{t('k.welcome.title')} <span lang="en">{inEnglish('k.welcome.title')}</span></h1>
        <p className="k-welcome__promise">{t('k.welcome.promise')}</p>
        <div className="k-welcome__languages" data-count={offered.length} role="group" aria-label={t('common.language')}>
          {offered.map((one) => (
            <button key={one.code} type="button" lang={one.code} className="k-welcome__language" disabled={start.isPending || ask.isPending || closed} onClick={() => touch(one.code)}>
              <span>
                <strong>{nameOf(one)}</strong>
                <span>{startOf(one)}</span>
                {one.state === 'draft' && <span lang="vi" className="k-welcome__draft">{t('k.language.draft')}</span>}
              </span>
              <ArrowRight aria-hidden />
            </button>
          ))}
        </div>
        <div className="k-welcome__more">
          <Listen className="k-welcome__listen" />
          {status.data?.practice_offered && (
            <Button look="quiet" icon={<GraduationCap aria-hidden />} aria-pressed={practising} onClick={() => setPractising(!practising)}>{t(practising ? 'k.practice.stop' : 'k.practice.start')}</Button>
          )}
        </div>
        {practising && <Notice title={t('k.practice.title')}>{t('k.practice.body')}</Notice>}
        {asked && (
          <Dialog
            title={<In language={asked} say="k.practice.title" />}
            icon={<GraduationCap />}
            onClose={() => setAsked(undefined)}
            actions={
              <>
                <Button onClick={() => answer(asked, false)}><In language={asked} say="k.practice.real" /></Button>
                <Button onClick={() => answer(asked, true)}><In language={asked} say="k.practice.go" /></Button>
              </>
            }
          />
        )}
        {start.isError && <ProblemNotice error={start.error} />}
        {ask.isError && <ProblemNotice error={ask.error} />}
        {status.data?.enrolled === false && (
          <Notice tone={closed ? 'harm' : 'note'} title={t('k.unenrolled.title')}>{t(closed ? 'k.unenrolled.next' : 'k.unenrolled.practice')}</Notice>
        )}
        {status.isError && !status.data && <ProblemNotice error={status.error} retry={() => void status.refetch()} />}
      </div>
    </main>
  )
}
