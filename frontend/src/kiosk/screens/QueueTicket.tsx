import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { BadgeCheck, CircleDashed, ClockAlert, HandHelping, Hourglass, Printer, Users, X } from 'lucide-react'
import { useLocation } from 'wouter'
import { queue, type Ticket } from '../../api/queue'
import { Button } from '../../components/Button/Button'
import { Loading } from '../../components/Loading/Loading'
import { ProblemNotice } from '../../components/Problems/Problems'
import { useText } from '../../text/language'
import { NextButton, Screen } from '../parts/Screen'
import { useFinish } from '../parts/useFinish'
import { useStep } from '../parts/useStep'

/** A printer that said nothing for so long is told as one that does not answer. */
const printerPatience = 12_000

/** how often the screen looks again: a printer or an officer may answer at any moment */
const pace = (state: Ticket['state'] | undefined) => (state === 'printing' ? 1_000 : state === 'drawn' ? 2_000 : 5_000)

export function QueueTicket({ ticketKey }: { ticketKey: string }) {
  const { t } = useText()
  const queries = useQueryClient()
  const name = ['ticket', ticketKey]
  const look = useQuery({ queryKey: name, queryFn: () => queue.ticket(ticketKey), staleTime: 0, retry: false, refetchInterval: (q) => pace(q.state.data?.state) })
  if (look.data) return <TicketScreen ticket={look.data} changed={(ticket) => queries.setQueryData(name, ticket)} />
  return (
    <Screen eyebrow={t('k.tile.queue')} title={t('k.queue.yours')} back="/queue">
      {look.isError ? <ProblemNotice error={look.error} retry={() => void look.refetch()} /> : <Loading />}
    </Screen>
  )
}

type Phase = Ticket['state'] | 'over' | 'silent'

/** phaseOf is what the screen speaks of: a printer that keeps silent becomes the officer's business. */
export function phaseOf(ticket: Ticket, silent: boolean): Phase {
  if (ticket.over) return 'over'
  if (ticket.state === 'printing' && (ticket.lost || silent)) return 'silent'
  return ticket.state
}

function useSilence(printing: boolean, prints: number) {
  const [silent, setSilent] = useState<number>()
  useEffect(() => {
    if (!printing) return
    const timer = window.setTimeout(() => setSilent(prints), printerPatience)
    return () => window.clearTimeout(timer)
  }, [printing, prints])
  return printing && silent === prints
}

export function TicketScreen({ ticket, changed }: { ticket: Ticket; changed: (ticket: Ticket) => void }) {
  const { t, language, pick } = useText()
  const [, go] = useLocation()
  const silent = useSilence(ticket.state === 'printing', ticket.prints)
  const phase = phaseOf(ticket, silent)
  const step = useStep({ mutationFn: (what: 'print' | 'void') => (what === 'print' ? queue.printAgain(ticket.key, language) : queue.giveUp(ticket.key)), onSuccess: changed })
  const open = phase === 'drawn' || phase === 'silent'
  const end = useFinish()
  const finish = () => void end()
  return (
    <Screen
      eyebrow={pick(ticket.service)}
      title={<Title ticket={ticket} phase={phase} />}
      focusKey={phase}
      next={<NextStep phase={phase} printer={open && ticket.printer} busy={step.isPending} print={() => step.mutate('print')} finish={finish} />}
      aside={open
        ? <>
            <Button icon={<X aria-hidden />} disabled={step.isPending} onClick={() => step.mutate('void')}>{t('k.queue.giveUp')}</Button>
            {ticket.printer && <Button onClick={finish}>{t('k.queue.done')}</Button>}
          </>
        : phase !== 'printing' && <Button onClick={() => go('/home')}>{t('k.queue.other')}</Button>}
    >
      {step.isError && <ProblemNotice error={step.error} />}
      <div className="k-ticket">
        <Number ticket={ticket} phase={phase} />
        <Facts ticket={ticket} phase={phase} />
      </div>
    </Screen>
  )
}

/** NextStep is the one thing to do: another paper while there is none, else to make room for the next person. */
function NextStep({ phase, printer, busy, print, finish }: { phase: Phase; printer: boolean; busy: boolean; print: () => void; finish: () => void }) {
  const { t } = useText()
  if (phase === 'printing') return null
  if (printer) return <NextButton disabled={busy} icon={<Printer aria-hidden />} onClick={print}>{t('k.queue.again')}</NextButton>
  return <NextButton onClick={finish}>{t('k.queue.done')}</NextButton>
}

function Title({ ticket, phase }: { ticket: Ticket; phase: Phase }) {
  const { t } = useText()
  if (phase === 'valid') return <>{t(ticket.by === 'staff' ? 'k.queue.title.valid.staff' : 'k.queue.title.valid.printer')}</>
  if (phase === 'called') return <>{t('k.queue.title.called', { n: ticket.counter ?? 0 })}</>
  return <>{t(`k.queue.title.${phase === 'silent' ? 'drawn' : phase}`)}</>
}

/** Number is the number, as large as the screen allows; until it is valid it says so and looks it. */
export function Number({ ticket, phase }: { ticket: Ticket; phase: Phase }) {
  const { t } = useText()
  const good = phase === 'valid' || phase === 'called' || phase === 'served'
  return (
    <section className="k-card k-ticket__number" data-good={good || undefined}>
      <h2>{good ? <BadgeCheck aria-hidden /> : <CircleDashed aria-hidden />}{t('k.queue.yours')}</h2>
      {/* a number is nobody's own: the voice may read it */}
      <p className="k-ticket__label">{t('k.queue.label', { label: ticket.label })}</p>
      {(phase === 'printing' || phase === 'drawn' || phase === 'silent') && <p className="k-ticket__not">{t('k.queue.notYet')}</p>}
    </section>
  )
}

export function Facts({ ticket, phase }: { ticket: Ticket; phase: Phase }) {
  const { t, pick } = useText()
  switch (phase) {
    case 'printing':
      return <section className="k-card k-ticket__facts"><Loading label={t('k.queue.title.printing')} /><p>{t('k.queue.how.printing')}</p></section>
    case 'drawn':
    case 'silent':
      return (
        <section className="k-card k-card--gold k-ticket__facts">
          <p>{t(phase === 'silent' ? 'k.queue.why.lost' : ticket.prints > 0 ? 'k.queue.why.failed' : 'k.queue.why.none')}</p>
          <ol>
            <li><strong>{t('k.queue.how.remember')}</strong></li>
            <li>{t('k.queue.how.staff')}</li>
          </ol>
          <p className="k-help">{t('k.queue.how.keep')}</p>
        </section>
      )
    case 'valid':
      return (
        <section className="k-card k-ticket__facts">
          <p className="k-ticket__fact k-ticket__fact--first"><Users aria-hidden />{t('k.queue.ahead', { n: ticket.wait.ahead })}</p>
          <p className="k-ticket__fact"><Hourglass aria-hidden /><span>{pick(ticket.wait.text)}{ticket.wait.known && <span className="k-help">{t('k.queue.guess')}</span>}</span></p>
          {ticket.by === 'staff' && <p className="k-ticket__fact"><BadgeCheck aria-hidden />{t('k.queue.how.remember')}</p>}
          {ticket.priority && <p className="k-ticket__fact" data-personal><HandHelping aria-hidden />{t('k.queue.priority.asked')}</p>}
          {ticket.doubt && <p className="k-ticket__fact"><ClockAlert aria-hidden />{t('k.queue.doubt')}</p>}
          {ticket.practice && <p className="k-ticket__fact"><ClockAlert aria-hidden />{t('k.queue.practice')}</p>}
        </section>
      )
    case 'absent':
      return <section className="k-card k-ticket__facts"><p>{t('k.queue.how.absent')}</p></section>
    case 'void':
    case 'over':
      return <section className="k-card k-ticket__facts"><p>{t('k.queue.how.again')}</p></section>
  }
  return null
}
