import { Check, House, Landmark, Ship, UserRoundCheck, Usb } from 'lucide-react'
import { formatMoment } from '../../text/format'
import { useText, type Localized } from '../../text/language'
import './Acks.css'

export type AckCode = 'saved_at_commune' | 'left_commune' | 'province_complete' | 'officer_took_in'

/** One of the four acknowledgements of a submission. None is inferred from another. */
export interface Ack {
  code: AckCode
  done: boolean
  at?: number
  label?: Localized
  reason?: { code: string; text: Localized }
}

/** Where a submission lies besides this machine. None of it is an acknowledgement: a stick may be lost on its way. */
export interface Copies {
  /** 2 when it lies in the office's second place too; absent once the province has all of it */
  places?: number
  /** unix ms of the last copy to a stick */
  copied_at?: number
}

export const ackCodes: AckCode[] = ['saved_at_commune', 'left_commune', 'province_complete', 'officer_took_in']
const icons = { saved_at_commune: House, left_commune: Ship, province_complete: Landmark, officer_took_in: UserRoundCheck }

/**
 * Acks draws the four stages as a crossing, in exactly the words of the
 * product, each with its time. A stage that is not done says so in words, not
 * by colour alone, and a later stage may be done before an earlier one. A
 * resident reads of two places and of a stick; that there is one place only is
 * the office's to mend.
 */
export function Acks({ acks, explain = false, copies = {} }: { acks: Ack[]; explain?: boolean; copies?: Copies }) {
  const { t, pick, beside } = useText()
  const byCode = new Map(acks.map((ack) => [ack.code, ack]))
  return (
    <>
      <ol className="bd-acks" aria-label={t('ack.caption')}>
        {ackCodes.map((code) => {
          const ack = byCode.get(code) ?? { code, done: false }
          const Icon = icons[code]
          return (
            <li key={code} className="bd-acks__stage" data-done={ack.done}>
              <span className="bd-acks__disc" aria-hidden>
                {ack.done ? <Check /> : <Icon />}
              </span>
              <span className="bd-acks__text">
                <strong>{t(`ack.${code}`)}</strong>
                {beside(`ack.${code}`) && <span className="bd-beside" lang="vi" data-unspoken>{beside(`ack.${code}`)}</span>}
                {ack.done ? (
                  <span className="bd-acks__time bd-number">
                    <span className="bd-hidden">{t('ack.done')} </span>
                    {ack.at ? formatMoment(ack.at) : t('ack.done')}
                  </span>
                ) : (
                  <span className="bd-acks__time">{ack.reason ? pick(ack.reason.text) : t('ack.waiting')}</span>
                )}
                {code === 'saved_at_commune' && copies.places === 2 && <span className="bd-acks__time">{t('copy.two')}</span>}
                {explain && <span className="bd-acks__meaning">{t(`ack.meaning.${code}`)}</span>}
              </span>
            </li>
          )
        })}
      </ol>
      {copies.copied_at ? (
        <p className="bd-copied bd-number"><Usb aria-hidden />{t('copy.usb', { time: formatMoment(copies.copied_at) })}</p>
      ) : null}
    </>
  )
}

/** AckDots is the same in one line of a table. */
export function AckDots({ acks }: { acks: Ack[] }) {
  const { t } = useText()
  const byCode = new Map(acks.map((ack) => [ack.code, ack]))
  return (
    <ol className="bd-ackdots" aria-label={t('ack.caption')}>
      {ackCodes.map((code) => {
        const ack = byCode.get(code)
        const Icon = icons[code]
        const when = ack?.done && ack.at ? formatMoment(ack.at) : t(ack?.done ? 'ack.done' : 'ack.waiting')
        return (
          <li key={code} data-done={ack?.done ?? false} title={`${t(`ack.${code}`)}: ${when}`}>
            <span className="bd-ackdots__disc" aria-hidden>{ack?.done ? <Check /> : <Icon />}</span>
            <span className="bd-hidden">{`${t(`ack.${code}`)}: ${when}`}</span>
          </li>
        )
      })}
    </ol>
  )
}
