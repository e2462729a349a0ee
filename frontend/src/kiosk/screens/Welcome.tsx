import { useEffect, useState } from 'react'
import { ArrowRight, GraduationCap } from 'lucide-react'
import { useLocation } from 'wouter'
import { Button } from '../../components/Button/Button'
import { Notice } from '../../components/Notice/Notice'
import { ProblemNotice } from '../../components/Problems/Problems'
import { FerryMark, RiverScene } from '../../components/Scene/Scene'
import { isOwn, translate, useText, type Language } from '../../text/language'
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

/** Welcome asks for the language by its own name; touching one begins the visit. */
export function Welcome() {
  const { t, setLanguage } = useText()
  const { active, begin } = useVisit()
  const [, go] = useLocation()
  const status = useStatus()
  const offered = useOffered()
  const [resumed, setResumed] = useState(false)
  const [practising, setPractising] = useState(false)
  const start = useStep({
    mutationFn: async (language: Language) => {
      await fetchLanguage(language)
      await begin(language, practising)
      setLanguage(language)
    },
    onSuccess: () => go('/home'),
  })
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
            <button key={one.code} type="button" lang={one.code} className="k-welcome__language" disabled={start.isPending || closed} onClick={() => start.mutate(one.code)}>
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
        {start.isError && <ProblemNotice error={start.error} />}
        {status.data?.enrolled === false && (
          <Notice tone={closed ? 'harm' : 'note'} title={t('k.unenrolled.title')}>{t(closed ? 'k.unenrolled.next' : 'k.unenrolled.practice')}</Notice>
        )}
        {status.isError && !status.data && <ProblemNotice error={status.error} retry={() => void status.refetch()} />}
      </div>
    </main>
  )
}
