import { useQuery } from '@tanstack/react-query'
import { ClockAlert, FileText, MapPinned, Send, UserRoundCheck } from 'lucide-react'
import { Redirect } from 'wouter'
import { desk, type Filed } from '../../api/kiosk'
import { Acks } from '../../components/Acks/Acks'
import { SlipNumber } from '../../components/SlipNumber/SlipNumber'
import { formatMoment, formatSlip } from '../../text/format'
import { useText } from '../../text/language'
import { TakePaper } from '../parts/TakePaper'
import { ScanPicture } from '../parts/ScanPicture'
import { NextButton, Screen } from '../parts/Screen'
import { useFinish } from '../parts/useFinish'
import { useStatus } from '../draft'
import { useVisit } from '../visit'

/** Done shows the slip number, what is certain now, and what happens next. */
export function Done({ kind = 'dossier' }: { kind?: Kind }) {
  const { t } = useText()
  const { filed, practice: practises } = useVisit()
  const finish = useFinish()
  const status = useStatus().data
  // a practice slip promises nothing: it is never sent. The visit knows that it practises; before enrolment the whole machine does
  const practice = practises || status?.practice === true
  // the dossier may cross, or reach the second place, while the resident reads
  const now = useQuery({ queryKey: ['slip-now', filed?.slip], queryFn: () => desk.slipNow(filed?.slip ?? ''), enabled: filed !== undefined && filed !== null && !practice, refetchInterval: 10_000, retry: false }).data
  if (!filed) return <Redirect to="/home" />
  const bare = filed.slip.replace(/\D/g, '')
  return (
    <Screen title={t(words[kind].title[practice ? 1 : 0])} help={t(words[kind].help[practice ? 1 : 0])} next={<NextButton onClick={() => void finish()}>{t('k.done.finish')}</NextButton>} aside={<TakePaper print={() => desk.printSlip(filed.slip)} printLabel={t('k.print.slip')} load={() => desk.slipPDF(filed.slip_pdf)} name={`phieu-${formatSlip(filed.slip)}.pdf`} label={t('k.done.pdf')} />}>
      <div className="k-done">
        <section className="k-card k-done__slip">
          <h2>{t('k.done.slip')}</h2>
          <p className="k-done__number"><SlipNumber slip={filed.slip} /></p>
          {filed.code6 ? (
            <>
              <h3>{t('k.done.code6')}</h3>
              <p className="k-done__code bd-number" data-personal>{filed.code6}</p>
              <p className="k-help">{t('k.done.code6.help')}</p>
            </>
          ) : (
            <p className="k-help">{t(words[kind].second)}</p>
          )}
          {filed.clock_doubt && !practice && <ClockDoubt />}
        </section>
        <figure className="k-card k-done__qr">
          <ScanPicture name={['qr', bare]} load={() => desk.slipPicture(filed.slip)} alt={t('k.done.qr')} />
          <figcaption className="k-help">{t('k.done.qr.help')}</figcaption>
        </figure>
        <section className="k-card k-done__acks"><Acks acks={now?.acks ?? filed.acks} copies={now} explain /></section>
        {!practice && (kind === 'dossier' ? <WhatNext filed={filed} /> : <AnswerNext kind={kind} />)}
      </div>
    </Screen>
  )
}

// what was filed, as it is called: for real, and in practice
type Kind = 'dossier' | 'petition' | 'call'
const words = {
  dossier: { title: ['k.done.title', 'k.done.practice.title'], help: ['k.done.thanks', 'k.done.practice'], second: 'k.done.second' },
  petition: { title: ['k.f.done', 'k.f.done.practice.title'], help: ['k.f.done.thanks', 'k.f.done.practice'], second: 'k.f.done.second' },
  call: { title: ['k.call.done', 'k.call.done.practice.title'], help: ['k.call.done.thanks', 'k.call.done.practice'], second: 'k.call.done.second' },
} as const

/** AnswerNext says what happens to a petition or a call-back request from here. No day is named: no text of law was at hand that sets one. */
function AnswerNext({ kind }: { kind: 'petition' | 'call' }) {
  const { t } = useText()
  const key = kind === 'call' ? 'k.call.done' : 'k.f.done'
  return (
    <section className="k-card k-done__next">
      <h2>{t('k.done.next')}</h2>
      <ul>
        <li><Send aria-hidden />{t(`${key}.send`)}</li>
        <li><UserRoundCheck aria-hidden />{t(`${key}.officer`)}</li>
        <li><MapPinned aria-hidden />{t(`${key}.track`)}</li>
      </ul>
    </section>
  )
}

/** ClockDoubt stands beside the number, above the fold: the date on the paper may be wrong, and why no day is promised. */
export function ClockDoubt() {
  const { t } = useText()
  return <p className="k-done__doubt"><ClockAlert aria-hidden />{t('k.done.clockDoubt')}</p>
}

/** WhatNext says what happens to the dossier from here. A day is named only where the clock is trusted. */
export function WhatNext({ filed }: { filed: Pick<Filed, 'answer_by_ms'> }) {
  const { t } = useText()
  return (
    <section className="k-card k-done__next">
      <h2>{t('k.done.next')}</h2>
      <ul>
        <li><Send aria-hidden />{t('k.done.next.send')}</li>
        <li><UserRoundCheck aria-hidden />{filed.answer_by_ms ? t('k.done.answerBy', { time: formatMoment(filed.answer_by_ms) }) : t('k.done.next.officer')}</li>
        <li><MapPinned aria-hidden />{t('k.done.next.track')}</li>
        <li><FileText aria-hidden />{t('k.done.notMau01')}</li>
      </ul>
    </section>
  )
}
