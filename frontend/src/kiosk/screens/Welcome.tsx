import { useEffect, useState } from 'react'
import { useMutation } from '@tanstack/react-query'
import { ArrowRight } from 'lucide-react'
import { useLocation } from 'wouter'
import { Notice } from '../../components/Notice/Notice'
import { ProblemNotice } from '../../components/Problems/Problems'
import { FerryMark, RiverScene } from '../../components/Scene/Scene'
import { languageNames, translate, useText, type Language } from '../../text/language'
import { useStatus } from '../draft'
import { keptVisit, useVisit } from '../visit'

const languages: Language[] = ['vi', 'en']

/** Welcome asks for the language by its own name; touching one begins the visit. */
export function Welcome() {
  const { t, setLanguage } = useText()
  const { active, begin } = useVisit()
  const [, go] = useLocation()
  const status = useStatus()
  const [resumed, setResumed] = useState(false)
  const start = useMutation({
    mutationFn: async (language: Language) => {
      await begin(language)
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
        <h1>{t('k.welcome.title')} <span lang="en">Welcome</span></h1>
        <p className="k-welcome__promise">{t('k.welcome.promise')}</p>
        <div className="k-welcome__languages" role="group" aria-label={t('common.language')}>
          {languages.map((language) => (
            <button key={language} type="button" lang={language} className="k-welcome__language" disabled={start.isPending || closed} onClick={() => start.mutate(language)}>
              <span>
                <strong>{languageNames[language]}</strong>
                <span>{translate(language, `k.start.${language}`)}</span>
              </span>
              <ArrowRight aria-hidden />
            </button>
          ))}
        </div>
        {start.isError && <ProblemNotice error={start.error} />}
        {status.data?.enrolled === false && (
          <Notice tone={closed ? 'harm' : 'note'} title={t('k.unenrolled.title')}>{t(closed ? 'k.unenrolled.next' : 'k.unenrolled.practice')}</Notice>
        )}
        {status.isError && !status.data && <ProblemNotice error={status.error} retry={() => void status.refetch()} />}
      </div>
    </main>
  )
}
