// Gọi 1022: this machine has no telephone and says so. It answers from the catalogue, shows the
// number, and takes a request to be called back.
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Clock, Coins, FileText, Info, MapPin, MessageSquareReply, PhoneIncoming, PhoneOff, Search } from 'lucide-react'
import { Redirect, useLocation } from 'wouter'
import { calls } from '../../api/calls'
import type { Procedure } from '../../api/kiosk'
import { Button } from '../../components/Button/Button'
import { Loading } from '../../components/Loading/Loading'
import { Notice } from '../../components/Notice/Notice'
import { ProblemNotice } from '../../components/Problems/Problems'
import { useText } from '../../text/language'
import { useProcedure } from '../draft'
import { NextButton, Screen } from '../parts/Screen'
import { PaperLine } from './ProcedureScreen'

export function useCallChoices() {
  return useQuery({ queryKey: ['public', 'call-choices'], queryFn: calls.choices })
}

/** useAskBack opens the request: about a procedure, with the words somebody already typed, or bare. */
export function useAskBack() {
  const queries = useQueryClient()
  const [, go] = useLocation()
  return (from: { about?: string; words?: string } = {}) => {
    queries.setQueryData(['kept', 'call-about'], from.about ?? '')
    queries.setQueryData(['kept', 'call-words'], from.words ?? '')
    go('/call/back')
  }
}

/** AskBack is the way out of every list of the catalogue that was opened with a question. */
export function AskBack({ purpose, words }: { purpose: string; words?: string }) {
  const { t } = useText()
  const ask = useAskBack()
  if (purpose !== 'call') return null
  return <Button icon={<PhoneIncoming aria-hidden />} onClick={() => ask({ words })}>{t('k.call.notFound')}</Button>
}

export function Call() {
  const { t, pick } = useText()
  const [, go] = useLocation()
  const ask = useAskBack()
  const choices = useCallChoices()
  const ways = [
    { Icon: Search, title: t('k.call.ask'), sub: t('k.call.ask.sub'), open: () => go('/find/call') },
    { Icon: PhoneIncoming, title: t('k.call.back'), sub: t('k.call.back.sub'), open: () => ask() },
  ]
  return (
    <Screen
      eyebrow={t('k.tile.call')}
      title={t('k.call.title')}
      back="/home"
      aside={<Button icon={<MessageSquareReply aria-hidden />} onClick={() => go('/track')}>{t('k.call.answers')}</Button>}
    >
      {choices.isError && <ProblemNotice error={choices.error} retry={() => void choices.refetch()} />}
      <div className="k-hotline">
        <div className="k-ways k-ways--large k-hotline__ways">
          {ways.map(({ Icon, title, sub, open }) => (
            <button key={title} type="button" className="k-way k-way--main" onClick={open}>
              <span className="k-way__icon" aria-hidden><Icon /></span>
              <span><strong>{title}</strong><span>{sub}</span></span>
            </button>
          ))}
        </div>
        {choices.data && (
          <section className="k-card k-hotline__number" aria-labelledby="no-phone">
            <h2 id="no-phone"><PhoneOff aria-hidden />{t('k.call.noPhone')}</h2>
            <p>{t('k.call.own')}</p>
            <p className="k-hotline__digits bd-number">{choices.data.number}</p>
            {choices.data.hours && <p>{t('k.call.hours', { hours: pick(choices.data.hours) })}</p>}
          </section>
        )}
      </div>
    </Screen>
  )
}

/** the parts of a procedure that people ask about, in the order they ask */
export const callParts = ['papers', 'time', 'fee', 'where'] as const
export type CallPartName = (typeof callParts)[number]
const icons = { papers: FileText, time: Clock, fee: Coins, where: MapPin }

const nameOf = (p: Procedure, pick: ReturnType<typeof useText>['pick']) => pick(p.plain) || pick(p.short) || pick(p.name)

/** useAnswer says a part in one line; nothing where the catalogue does not state it. */
export function useAnswer() {
  const { t, pick } = useText()
  return (p: Procedure, part: CallPartName) => {
    switch (part) {
      case 'papers':
        return t('k.call.papers.n', { n: p.components?.length ?? 0 })
      case 'time':
        return pick(p.time?.text)
      case 'fee':
        return pick(p.fee?.text)
      case 'where':
        return pick(p.receiver)
    }
  }
}

/** CallAbout gives the answers people ask for, each short, each to be opened. */
export function CallAbout({ code }: { code: string }) {
  const { t, pick } = useText()
  const [, go] = useLocation()
  const ask = useAskBack()
  const answer = useAnswer()
  const procedure = useProcedure(code)
  const p = procedure.data
  return (
    <Screen
      eyebrow={p ? nameOf(p, pick) : t('k.tile.call')}
      title={t('k.call.about')}
      focusKey={p?.code}
      back={() => window.history.back()}
      aside={<Button icon={<PhoneIncoming aria-hidden />} onClick={() => ask({ about: code })}>{t('k.call.unclear')}</Button>}
    >
      {procedure.isError && <ProblemNotice error={procedure.error} retry={() => void procedure.refetch()} />}
      {procedure.isPending && <Loading />}
      {p && (
        <div className="k-ways k-ways--large k-callparts">
          {callParts.map((part) => {
            const Icon = icons[part]
            return (
              <button key={part} type="button" className="k-way k-way--main" onClick={() => go(`/call/about/${code}/${part}`)}>
                <span className="k-way__icon" aria-hidden><Icon /></span>
                <span><strong>{t(`k.call.${part}`)}</strong><span className="k-callparts__short">{answer(p, part) || t('k.call.unstated')}</span></span>
              </button>
            )
          })}
        </div>
      )}
    </Screen>
  )
}

/** CallPart opens one part of a procedure, in full. */
export function CallPart({ code, part }: { code: string; part: string }) {
  const { t, pick } = useText()
  const [, go] = useLocation()
  const ask = useAskBack()
  const procedure = useProcedure(code)
  const p = procedure.data
  const name = callParts.find((one) => one === part)
  if (!name) return <Redirect to={`/call/about/${code}`} />
  return (
    <Screen
      eyebrow={p ? nameOf(p, pick) : t('k.tile.call')}
      title={t(`k.call.${name}`)}
      focusKey={`${code} ${name}`}
      back={`/call/about/${code}`}
      aside={<Button onClick={() => go(`/procedure/${code}`)}>{t('k.call.whole')}</Button>}
      next={<NextButton icon={<PhoneIncoming aria-hidden />} onClick={() => ask({ about: code })}>{t('k.call.unclear')}</NextButton>}
    >
      {procedure.isError && <ProblemNotice error={procedure.error} retry={() => void procedure.refetch()} />}
      {procedure.isPending && <Loading />}
      {p && <Part p={p} part={name} />}
    </Screen>
  )
}

function Part({ p, part }: { p: Procedure; part: CallPartName }) {
  const { t, pick } = useText()
  const answer = useAnswer()
  const papers = p.components ?? []
  const said = answer(p, part)
  const remarks = part === 'time' || part === 'fee' ? (p.remarks ?? []) : []
  if (part === 'papers' && papers.length > 0) {
    return (
      <section className="k-card k-facts__papers" aria-labelledby="title">
        <ul>{papers.map((paper) => <PaperLine key={paper.id} paper={paper} />)}</ul>
      </section>
    )
  }
  return (
    <>
      {said ? <p className="k-card k-callanswer">{said}</p> : <Notice title={t('k.call.unstated')}>{t('k.call.unstated.next')}</Notice>}
      {part === 'where' && pick(p.authority) && <p className="k-help">{t('k.call.who', { text: pick(p.authority) })}</p>}
      {remarks.length > 0 && (
        <section className="k-card k-card--gold" aria-labelledby="remarks">
          <h2 id="remarks"><Info aria-hidden />{t('k.proc.remarks')}</h2>
          <ul className="k-remarks">{remarks.map((remark) => <li key={remark.vi}>{pick(remark)}</li>)}</ul>
        </section>
      )}
      {!p.verified && <p className="k-help">{t('k.proc.unverified')}</p>}
    </>
  )
}
