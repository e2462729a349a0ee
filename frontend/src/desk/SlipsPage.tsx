// Staff check a slip that somebody brings, and see what was printed here and
// what came of it. Numbers of papers only: the page may be open on a counter.
import { useMutation, useQuery } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import { verify, type Print } from '../api/verify'
import { Button } from '../components/Button/Button'
import { Loading } from '../components/Loading/Loading'
import { ProblemNotice } from '../components/Problems/Problems'
import { SlipVerdict } from '../components/SlipVerdict/SlipVerdict'
import { StatePill, type PillTone } from '../components/StatePill/StatePill'
import type { MessageKey } from '../text/messages'
import { formatMoment } from '../text/format'
import { useText } from '../text/language'

export function SlipsPage() {
  const { t } = useText()
  const prints = useQuery({ queryKey: ['prints'], queryFn: verify.prints, refetchInterval: 10_000 })
  return (
    <main className="o-main">
      <div className="o-title"><div><h1>{t('d.slips.title')}</h1><p>{t('d.slips.sub')}</p></div></div>
      <CheckSlip />
      <div className="o-title"><div><h2>{t('d.prints.title')}</h2><p>{t('d.prints.sub')}</p></div></div>
      {prints.isPending && <Loading />}
      {prints.isError && <ProblemNotice error={prints.error} retry={() => void prints.refetch()} />}
      {prints.data !== undefined && <PrintTable prints={prints.data ?? []} />}
    </main>
  )
}

/** CheckSlip takes a scanner's keys wherever they fall, because the field has the focus. */
export function CheckSlip() {
  const { t } = useText()
  const [code, setCode] = useState('')
  const field = useRef<HTMLInputElement>(null)
  const judge = useMutation({ mutationFn: verify.slip, onSettled: () => field.current?.focus() })
  useEffect(() => field.current?.focus(), [])
  return (
    <section className="d-check">
      <form
        className="d-check__form"
        onSubmit={(event) => {
          event.preventDefault()
          judge.mutate(code)
          setCode('') // the next scan must not be added to this one
        }}
      >
        <label htmlFor="code">{t('v.type.label')}</label>
        <input id="code" ref={field} value={code} autoComplete="off" autoCorrect="off" spellCheck={false} onChange={(event) => setCode(event.target.value)} />
        <Button look="primary" type="submit" disabled={judge.isPending}>{t('v.check')}</Button>
      </form>
      <div aria-live="polite">
        {judge.isError && <ProblemNotice error={judge.error} />}
        {judge.data && <SlipVerdict verdict={judge.data} heading />}
      </div>
    </section>
  )
}

const tones: Record<Print['state'], PillTone> = { begun: 'work', accepted: 'work', printed: 'good', failed: 'harm', unknown: 'wait' }
const kinds = ['slip', 'draft_slip', 'fee_slip'] as const
const tellers = ['desk', 'system', 'person'] as const

function kindKey(kind: string): MessageKey {
  return `d.prints.kind.${kinds.find((k) => k === kind) ?? 'paper'}`
}

function tellerKey(by: string | undefined): MessageKey {
  return `d.prints.by.${tellers.find((b) => b === by) ?? 'desk'}`
}

export function PrintTable({ prints }: { prints: Print[] }) {
  const { t } = useText()
  if (prints.length === 0) return <p className="o-soft">{t('d.prints.empty')}</p>
  return (
    <div className="o-tablebox">
      <table className="o-table">
        <thead>
          <tr>
            <th scope="col">{t('d.prints.at')}</th>
            <th scope="col">{t('d.prints.paper')}</th>
            <th scope="col">{t('d.prints.number')}</th>
            <th scope="col">{t('d.prints.copy')}</th>
            <th scope="col">{t('d.prints.state')}</th>
            <th scope="col">{t('d.prints.by')}</th>
          </tr>
        </thead>
        <tbody>
          {prints.map((p) => (
            <tr key={p.print}>
              <td className="bd-number o-nowrap">{p.at ? formatMoment(p.at) : ''}</td>
              <td>{t(kindKey(p.kind))}</td>
              <th scope="row" className="bd-number o-nowrap">{p.subject}</th>
              <td className="o-nowrap">{p.copy > 1 ? t('d.prints.copy.again', { n: p.copy - 1 }) : t('d.prints.copy.first')}</td>
              <td>
                <StatePill tone={tones[p.state]}>{t(`d.prints.state.${p.state}`)}</StatePill>
                {p.detail && <span className="o-soft d-prints__detail">{p.detail}</span>}
              </td>
              <td className="o-soft">{t(tellerKey(p.told_by))}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
