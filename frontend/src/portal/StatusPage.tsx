// For a resident's own phone: slip number and second fact, nothing else.
import { useState, type FormEvent } from 'react'
import { useMutation } from '@tanstack/react-query'
import { Languages, Search } from 'lucide-react'
import { Problem } from '../api/client'
import { portal, type PublicStatus } from '../api/portal'
import { Acks } from '../components/Acks/Acks'
import { Button } from '../components/Button/Button'
import { Field } from '../components/Field/Field'
import { Journey } from '../components/Journey/Journey'
import { Notice } from '../components/Notice/Notice'
import { ErrorSummary, ProblemNotice, type FieldProblem } from '../components/Problems/Problems'
import { FerryMark, Waves } from '../components/Scene/Scene'
import { SlipNumber } from '../components/SlipNumber/SlipNumber'
import { StatePill, toneOf } from '../components/StatePill/StatePill'
import { formatSlip } from '../text/format'
import { languageNames, useText } from '../text/language'

const papers = ['valid', 'not_arrived', 'unchecked', 'unreadable'] as const

export function StatusPage() {
  const { t, language, setLanguage } = useText()
  const [query] = useState(() => new URLSearchParams(window.location.search))
  const [slip, setSlip] = useState(() => formatSlip(query.get('slip') ?? ''))
  const [second, setSecond] = useState('')
  const [tried, setTried] = useState(false)
  const look = useMutation({ mutationFn: () => portal.status(slip.replace(/\D/g, ''), second) })
  const problems: FieldProblem[] = []
  if (slip.replace(/\D/g, '').length !== 14) problems.push({ target: 'slip', message: t('s.slip.short') })
  if (second.length !== 4 && second.length !== 6) problems.push({ target: 'second', message: t('s.second.short') })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setTried(true)
    if (problems.length === 0) look.mutate()
  }
  const error = (target: string) => (tried ? problems.find((p) => p.target === target)?.message : undefined)
  const paper = papers.find((p) => p === query.get('paper'))
  const other = language === 'vi' ? 'en' : 'vi'
  return (
    <div className="s-page">
      <header className="s-header">
        <FerryMark />
        <strong>{t('app.name')}</strong>
        <Button look="quiet" lang={other} icon={<Languages aria-hidden />} onClick={() => setLanguage(other)}>{languageNames[other]}</Button>
      </header>
      <Waves />
      <main className="s-main">
        {look.data ? <Answer status={look.data} slip={slip} onAgain={() => { look.reset(); setSecond(''); setTried(false) }} /> : (
          <>
            <div>
              <h1>{t('s.title')}</h1>
              <p className="o-soft">{t('s.sub')}</p>
            </div>
            {paper && <Notice tone={paper === 'valid' ? 'good' : 'note'} title={t(`s.paper.${paper}`)} />}
            <ErrorSummary problems={tried ? problems : []} />
            {look.isError && <StatusProblem error={look.error} />}
            <form onSubmit={submit} noValidate>
              <Field id="slip" label={t('s.slip')} help={t('s.slip.help')} inputMode="numeric" autoComplete="off" className="bd-field__input s-slip bd-number" placeholder="00000-0000-00000" value={slip} onChange={(e) => setSlip(formatSlip(e.target.value))} error={error('slip')} />
              <Field id="second" label={t('s.second')} help={t('s.second.help')} inputMode="numeric" autoComplete="off" className="bd-field__input s-slip bd-number" maxLength={6} value={second} onChange={(e) => setSecond(e.target.value.replace(/\D/g, ''))} error={error('second')} />
              <Button look="primary" type="submit" icon={<Search aria-hidden />} disabled={look.isPending}>{t(look.isPending ? 's.looking' : 's.look')}</Button>
            </form>
            <p className="o-soft s-private">{t('s.private')}</p>
          </>
        )}
      </main>
    </div>
  )
}

function StatusProblem({ error }: { error: unknown }) {
  const { t } = useText()
  if (error instanceof Problem && error.code === 'not_found') return <Notice tone="harm" title={t('s.notFound')}>{t('s.notFound.next')}</Notice>
  return <ProblemNotice error={error} />
}

function Answer({ status, slip, onAgain }: { status: PublicStatus; slip: string; onAgain: () => void }) {
  const { t, pick } = useText()
  return (
    <>
      <div>
        <p className="o-soft"><SlipNumber slip={slip} /></p>
        <h1>{pick(status.procedure.name)}</h1>
      </div>
      <p className="s-state"><StatePill tone={toneOf(status.state.code)}>{pick(status.state.text)}</StatePill></p>
      <dl className="bd-facts">
        <div><dt>{t('s.office')}</dt><dd>{status.office}</dd></div>
        {status.official_code && <div><dt>{t('k.track.code')}</dt><dd>{status.official_code}</dd></div>}
      </dl>
      {status.acks && <section className="o-card"><Acks acks={status.acks} /></section>}
      <section className="o-card">
        <h2>{t('k.track.steps')}</h2>
        {(status.steps ?? []).length > 0
          ? <Journey label={t('k.track.steps')} steps={(status.steps ?? []).map((s) => ({ at: s.at, text: pick(s.text) }))} />
          : <p className="o-soft">{t('k.track.noSteps')}</p>}
      </section>
      <Button onClick={onAgain}>{t('s.again')}</Button>
    </>
  )
}
