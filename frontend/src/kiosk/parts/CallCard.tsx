import { PhoneCall, PhoneIncoming, PhoneMissed } from 'lucide-react'
import type { CallBack } from '../../api/calls'
import { Notice } from '../../components/Notice/Notice'
import { formatMoment } from '../../text/format'
import { useText } from '../../text/language'

/** CallCard is what became of a request: each call, and the answer in the officer's own words. */
export function CallCard({ call }: { call: CallBack }) {
  const { t } = useText()
  const { calls, reply, missed } = call
  const told = calls.some((one) => one.reached) || reply
  return (
    <section className={told ? 'k-card k-card--gold' : 'k-card'} data-personal>
      <h2><PhoneIncoming aria-hidden />{t('k.call.card')}</h2>
      {calls.length === 0 && !reply && <p>{t('k.call.card.none')}</p>}
      {missed && <Notice title={t('k.call.card.missed', { n: calls.filter((one) => !one.reached).length })}>{t('k.call.card.missed.next')}</Notice>}
      {reply && (
        <div className="k-callreply">
          <h3>{t('k.call.card.reply')}</h3>
          <p className="k-letter__text k-callreply__text">{reply.text}</p>
          <p className="k-help">{[reply.office, formatMoment(reply.at)].filter(Boolean).join(' · ')}</p>
        </div>
      )}
      {calls.length > 0 && (
        <ul className="k-calls">
          {calls.map((one) => (
            <li key={one.at}>
              {one.reached ? <PhoneCall aria-hidden /> : <PhoneMissed aria-hidden />}
              <div>
                <strong>{t(one.reached ? 'k.call.card.reached' : 'k.call.card.notReached')}</strong>
                <p className="k-help">{[one.office, formatMoment(one.at)].filter(Boolean).join(' · ')}</p>
                {one.text && <p className="k-letter__text">{one.text}</p>}
              </div>
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}
