import { useQuery } from '@tanstack/react-query'
import { Banknote, HandCoins, QrCode, TriangleAlert } from 'lucide-react'
import { Redirect, useLocation } from 'wouter'
import { desk, type Payment } from '../../api/kiosk'
import { Loading } from '../../components/Loading/Loading'
import { Notice } from '../../components/Notice/Notice'
import { ProblemNotice } from '../../components/Problems/Problems'
import { SlipNumber } from '../../components/SlipNumber/SlipNumber'
import { formatSlip } from '../../text/format'
import { useText } from '../../text/language'
import { ScanPicture } from '../parts/ScanPicture'
import { NextButton, Screen } from '../parts/Screen'
import { TakePaper } from '../parts/TakePaper'
import { useVisit } from '../visit'

export function PayResult() {
  const { tracking } = useVisit()
  return tracking ? <Result slip={tracking.slip} /> : <Redirect to="/pay" />
}

function Result({ slip }: { slip: string }) {
  const { t, pick } = useText()
  const [, go] = useLocation()
  // an officer may ask for money, or a new account come, while the resident reads
  const bill = useQuery({ queryKey: ['pay', slip], queryFn: () => desk.payment(slip), refetchInterval: 20_000, retry: false })
  const b = bill.data
  const paper = b && (b.kind === 'due' || b.kind === 'ask')
  return (
    <Screen
      eyebrow={<>{t('k.done.slip')} <SlipNumber slip={slip} />{b && <span data-personal> · {pick(b.procedure.name)}</span>}</>}
      title={b ? <Title bill={b} /> : t('k.tile.pay')}
      focusKey={b?.kind}
      back="/pay"
      next={<NextButton onClick={() => go('/home')}>{t('k.pay.finish')}</NextButton>}
      aside={paper && (
        <TakePaper
          print={() => desk.printFeeSlip(slip)}
          printLabel={t('k.pay.print')}
          load={() => desk.feeSlip(slip)}
          name={`phieu-bao-phi-${formatSlip(slip)}.pdf`}
          label={t('k.pay.pdf')}
        />
      )}
    >
      {bill.isError && <ProblemNotice error={bill.error} />}
      {b ? <Bill bill={b} /> : !bill.isError && <Loading />}
    </Screen>
  )
}

/** Title says the one thing the resident came for; it is read aloud first. */
function Title({ bill }: { bill: Payment }) {
  const { t, pick } = useText()
  if (bill.kind === 'due') return <>{t('k.pay.due')} <span className="k-pay__amount">{pick(bill.amount_text)}</span></>
  return <>{t(`k.pay.title.${bill.kind}`)}</>
}

/** Bill shows how a fee is paid. No part of it ever says that it was. */
export function Bill({ bill }: { bill: Payment }) {
  const { t, pick } = useText()
  if (bill.kind === 'free' || bill.kind === 'closed') {
    return <Notice tone={bill.kind === 'free' ? 'good' : 'note'} title={pick(bill.why)}>{t('k.pay.doubt')}</Notice>
  }
  return (
    <div className="k-pay">
      {bill.transfer && <Transfer bill={bill} transfer={bill.transfer} />}
      <section className="k-card k-pay__cash">
        <h2><HandCoins aria-hidden />{t(bill.transfer ? 'k.pay.cash.or' : 'k.pay.cash')}</h2>
        <p>{t('k.pay.cash.how')}</p>
        {bill.cash_only && <p className="k-help">{pick(bill.cash_only)}</p>}
      </section>
      <section className="k-card k-pay__notes">
        <h2><Banknote aria-hidden />{t('k.pay.notes')}</h2>
        <ul>
          <li>{pick(bill.why)}</li>
          {!bill.transfer && <li>{t('k.pay.once')}</li>}
          {bill.kind === 'due' && <li>{t('k.pay.exempt')}</li>}
        </ul>
      </section>
    </div>
  )
}

function Transfer({ bill, transfer }: { bill: Payment; transfer: NonNullable<Payment['transfer']> }) {
  const { t, pick } = useText()
  const facts = [
    ['k.pay.bank', transfer.bank],
    ['k.pay.holder', transfer.holder],
    ['k.pay.account', transfer.account],
    ['k.pay.purpose', transfer.purpose],
  ] as const
  return (
    <section className="k-card k-pay__transfer">
      <figure className="k-pay__qr">
        <ScanPicture
          name={['pay', bill.slip, transfer.account, String(bill.amount)]}
          load={() => desk.payPicture(bill.slip)}
          alt={t('k.pay.qr', { amount: pick(bill.amount_text), holder: transfer.holder, purpose: transfer.purpose })}
        />
      </figure>
      <div className="k-pay__how">
        <h2><QrCode aria-hidden />{t('k.pay.scan')}</h2>
        <p>{t('k.pay.scan.how')}</p>
        <p className="k-pay__warning"><TriangleAlert aria-hidden /><span>{pick(bill.not_paid)} {t('k.pay.once')}</span></p>
        <dl>
          {facts.map(([label, value]) => (
            <div key={label}><dt>{t(label)}</dt><dd>{value}</dd></div>
          ))}
        </dl>
        {bill.practice && <p className="k-pay__practice">{t('k.pay.practice')}</p>}
      </div>
    </section>
  )
}
