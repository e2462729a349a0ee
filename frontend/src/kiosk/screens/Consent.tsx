import { useState } from 'react'
import { Send } from 'lucide-react'
import { useLocation } from 'wouter'
import { Problem } from '../../api/client'
import { desk } from '../../api/kiosk'
import { ChooseMany } from '../../components/Choice/Choice'
import { Loading } from '../../components/Loading/Loading'
import { Notice } from '../../components/Notice/Notice'
import { ProblemNotice } from '../../components/Problems/Problems'
import { useText } from '../../text/language'
import { useDraftForm } from '../draft'
import { Beside, BindingNote } from '../parts/Beside'
import { PrivacyNotice } from '../parts/PrivacyNotice'
import { NextButton, Screen } from '../parts/Screen'
import { useVisit } from '../visit'
import { useStep } from '../parts/useStep'

/**
 * The version of the words somebody agrees to on the screens (and of the notice what is kept), recorded
 * with what is filed. It is the page's own: a page that was shown before an update must not claim the
 * words of the one after. Consent.test.ts holds each version to its words.
 */
export const consentVersion = 'c1'

/** Consent is the last step: what is declared, what is agreed, and the button that files. */
export function Consent({ id }: { id: string }) {
  const { t, pick, beside } = useText()
  const [, go] = useLocation()
  const visit = useVisit()
  const { draft, form } = useDraftForm(id)
  const [agreed, setAgreed] = useState(false)
  const [reminded, setReminded] = useState(false)
  const file = useStep({
    mutationFn: () => desk.submit(id, { consent: { version: consentVersion }, as_is: visit.leftToOfficer > 0 }),
    onSuccess: (filed) => {
      visit.keepDraft(undefined)
      visit.setFiled(filed)
      go('/done')
    },
    onError: (error) => {
      if (error instanceof Problem && error.code === 'problems_left') go(`/d/${id}/mend`)
    },
  })
  const supplement = draft?.kind === 'supplement'
  const declared = supplement ? [] : (form?.declarations ?? [])
  return (
    <Screen
      title={t('k.consent.title')}
      back={supplement ? `/d/${id}/mend` : `/d/${id}/sign`}
      width="narrow"
      aside={<PrivacyNotice />}
      next={
        <NextButton busy={file.isPending} icon={<Send aria-hidden />} onClick={() => (agreed ? file.mutate() : setReminded(true))}>
          {t('k.consent.file')}
        </NextButton>
      }
    >
      {file.isPending ? <Loading label={t('k.consent.filing')} /> : (
        <>
          {file.isError && <ProblemNotice error={file.error} retry={() => file.mutate()} />}
          {visit.leftToOfficer > 0 && <Notice title={t('k.consent.asIs', { n: visit.leftToOfficer })} />}
          <div className="k-card k-declare">
            <h2>{t('k.consent.declare')}<Beside of="k.consent.declare" /></h2>
            <ul>
              {declared.length > 0 ? declared.map((d) => <li key={d.id}>{pick(d.plain) || pick(d.text)}<Beside of={d.plain ?? d.text} /></li>) : <li>{t('k.consent.true')}<Beside of="k.consent.true" /></li>}
              <li>{t('k.consent.data')}<Beside of="k.consent.data" /></li>
            </ul>
            <p className="k-help">{t('k.consent.once')}<Beside of="k.consent.once" /></p>
            <BindingNote />
          </div>
          {draft?.helper && <Notice title={t('k.consent.helper')}><Beside of="k.consent.helper" /></Notice>}
          {reminded && !agreed && <Notice tone="harm" title={t('k.consent.missing')} />}
          <ChooseMany label={t('k.consent.title')} options={[{ value: 'yes', label: t('k.consent.agree'), hint: beside('k.consent.agree') }]} value={agreed ? ['yes'] : []} onChange={(v) => setAgreed(v.length > 0)} />
        </>
      )}
    </Screen>
  )
}
