// Some situations are, by law, another procedure or another form than the one on the screen. They end here:
// what it really is, where to go, what to bring, a sheet to take along and a human. Nothing is filed.
import { useState } from 'react'
import { ArrowRight, BellRing, FileText, House, Info, MapPin } from 'lucide-react'
import { useLocation } from 'wouter'
import { desk } from '../../api/kiosk'
import { Button } from '../../components/Button/Button'
import { Loading } from '../../components/Loading/Loading'
import { Notice } from '../../components/Notice/Notice'
import { ProblemNotice } from '../../components/Problems/Problems'
import type { Form } from '../../form/model'
import { useText } from '../../text/language'
import { useDraftForm, useFormOf, useProcedure } from '../draft'
import { NextButton, Screen } from '../parts/Screen'
import { TakePaper } from '../parts/TakePaper'
import { chime } from '../senses'
import { PaperLine } from './ProcedureScreen'

/** Elsewhere follows a case that was chosen before anything was begun. */
export function Elsewhere({ code, which }: { code: string; which: string }) {
  const form = useFormOf(code)
  return <Led code={code} form={form.data} error={form.error} retry={() => void form.refetch()} which={which} back={`/procedure/${code}/case`} />
}

/** ElsewhereOfDraft follows an answer. Going back to the question and changing it is all it takes. */
export function ElsewhereOfDraft({ id }: { id: string }) {
  const { draft, form, error, retry } = useDraftForm(id)
  const found = form?.elsewhere?.find((one) => one.id === draft?.elsewhere)
  return <Led code={draft?.procedure} form={draft && form} error={error} retry={retry} which={draft?.elsewhere} back={found?.field ? `/d/${id}/q/${found.field}` : `/d/${id}/who`} />
}

function Led({ code, form, error, retry, which, back }: { code?: string; form?: Form; error: unknown; retry: () => void; which?: string; back: string }) {
  const { t, pick, language } = useText()
  const [, go] = useLocation()
  const [called, setCalled] = useState(false)
  const own = useProcedure(code)
  const found = form?.elsewhere?.find((one) => one.id === which)
  const there = useProcedure(found?.procedure)
  if (!found || !code) {
    return <Screen title={t('common.loading')} back={back}>{error ? <ProblemNotice error={error} retry={retry} /> : form ? <Notice tone="harm" title={t('k.q.gone')} /> : <Loading />}</Screen>
  }
  const papers = (there.data?.components ?? []).filter((paper) => !(paper.written && found.procedure === code))
  const other = found.procedure && found.procedure !== code
  return (
    <Screen
      eyebrow={pick(own.data?.short)}
      title={pick(found.name)}
      help={pick(found.why)}
      focusKey={found.id}
      back={back}
      aside={
        <TakePaper
          print={() => desk.printSheet(code, language, found.id)}
          printLabel={t('k.proc.print')}
          load={() => desk.sheetPDF(code, language, found.id)}
          name={`thu-tuc-${found.procedure || found.code || found.id}.pdf`}
          label={t('k.proc.save')}
        />
      }
      next={
        other
          ? <NextButton iconAfter={<ArrowRight aria-hidden />} onClick={() => go(`/procedure/${found.procedure}`)}>{t('k.else.open')}</NextButton>
          : <NextButton iconAfter={<House aria-hidden />} onClick={() => go('/home')}>{t('k.else.home')}</NextButton>
      }
    >
      {called && <Notice title={t('k.secret.called')} />}
      {there.isError && <ProblemNotice error={there.error} retry={() => void there.refetch()} />}
      {found.procedure && there.isPending && <Loading />}
      <div className="k-facts k-else">
        <section className="k-card k-facts__papers" aria-labelledby="papers">
          <h2 id="papers"><FileText aria-hidden />{t('k.else.bring')}</h2>
          <ul>
            {(found.bring ?? []).map((words) => <li key={words.vi} className="k-paperline"><strong>{pick(words)}</strong></li>)}
            {papers.map((paper) => <PaperLine key={paper.id} paper={paper} />)}
          </ul>
        </section>
        <div className="k-facts__side">
          <section className="k-card k-card--gold" aria-labelledby="where">
            <h2 id="where"><MapPin aria-hidden />{t('k.else.where')}</h2>
            <p>{pick(found.office) || pick(there.data?.receiver)}</p>
            <Button icon={<BellRing aria-hidden />} onClick={() => { chime(3); setCalled(true) }}>{t('k.secret.call')}</Button>
          </section>
          <section className="k-card" aria-labelledby="known">
            <h2 id="known"><Info aria-hidden />{t('k.proc.remarks')}</h2>
            <p>{found.procedure ? t('k.proc.code', { code: found.procedure }) : t('k.else.unlisted', { code: found.code ?? '-' })}</p>
            <p>{t('k.else.nothing')}</p>
          </section>
        </div>
      </div>
    </Screen>
  )
}
