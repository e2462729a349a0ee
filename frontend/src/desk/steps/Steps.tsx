// The steps this member may take now. The server says which; nothing else is offered.
import { CircleCheckBig, CirclePause, CircleX, Coins, FilePlus2, FileSearch, Gavel, HandHelping, Hash, HeartHandshake, Link2, PackageCheck, Play, StickyNote, Undo2, Waypoints } from 'lucide-react'
import { useEffect, useRef, useState, type ComponentType, type ReactNode } from 'react'
import { useLocation } from 'wouter'
import type { Dossier } from '../../api/counter'
import { Button } from '../../components/Button/Button'
import { Notice } from '../../components/Notice/Notice'
import { useText } from '../../text/language'
import { useDrop, useWasTyping } from '../kept'
import { Asked } from './Asked'
import { Decide, ResultReady, Returned } from './Results'
import { Apology, HandOver, LookUp, Note, Process } from './Others'
import { Refuse, Stop, Withdraw } from './Endings'
import { ExternalRef, Fee, OfficialCode } from './Numbers'
import { reasonCodes, Supplement } from './Supplement'

export interface StepProps {
  d: Dossier
  onClose: () => void
  onDone: () => void
}

const forms = {
  supplement_requested: Supplement, looked_up: LookUp, processing: Process, decided: Decide, result_ready: ResultReady, returned: Returned,
  apology: Apology, note: Note, official_code_issued: OfficialCode, external_ref: ExternalRef, fee_requested: Fee, handed_over: HandOver, withdrawn: Withdraw, stopped: Stop, refused: Refuse,
} satisfies Record<string, ComponentType<StepProps>>
type FormName = keyof typeof forms
type StepName = 'taken_in' | FormName

/** in the order of a day; what ends a dossier comes last and apart */
const main: StepName[] = ['taken_in', 'supplement_requested', 'looked_up', 'processing', 'decided', 'result_ready', 'returned']
const others: StepName[] = ['note', 'official_code_issued', 'external_ref', 'fee_requested', 'apology', 'handed_over', 'withdrawn', 'stopped', 'refused']

const icons: Record<StepName, ReactNode> = {
  taken_in: <CircleCheckBig aria-hidden />, supplement_requested: <FilePlus2 aria-hidden />, looked_up: <FileSearch aria-hidden />, processing: <Play aria-hidden />,
  decided: <Gavel aria-hidden />, result_ready: <PackageCheck aria-hidden />, returned: <HandHelping aria-hidden />, apology: <HeartHandshake aria-hidden />,
  note: <StickyNote aria-hidden />, official_code_issued: <Hash aria-hidden />, external_ref: <Link2 aria-hidden />, fee_requested: <Coins aria-hidden />, handed_over: <Waypoints aria-hidden />, withdrawn: <Undo2 aria-hidden />, stopped: <CirclePause aria-hidden />, refused: <CircleX aria-hidden />,
}

export function Steps({ d }: { d: Dossier }) {
  const { t, pick } = useText()
  const [, go] = useLocation()
  const id = d.row.id
  const drop = useDrop(id)
  // what was being written is opened again where it was left
  const [open, setOpen] = useState<FormName | undefined>(useWasTyping(id, Object.keys(forms)) as FormName | undefined)
  const [done, setDone] = useState(false)
  const may = (name: StepName) => (d.steps ?? []).includes(name)
  const first = main.filter(may)
  const rest = others.filter(may)
  const pending = (d.pending ?? []).filter((p) => p.type !== 'note')
  const begin = (name: StepName) => {
    setDone(false)
    if (name === 'taken_in') go(`/d/${id}/take-in`)
    else setOpen(name)
  }
  const Form = open && forms[open]
  // the keyboard begins at the next step, here and after each one that was sent or given up
  const box = useRef<HTMLElement>(null)
  useEffect(() => {
    const lost = document.activeElement === null || document.activeElement === document.body
    if (lost) box.current?.querySelector<HTMLElement>(open ? 'input:not([type=hidden]), textarea' : '.d-steps__list button, .d-steps__rest button')?.focus({ preventScroll: open === undefined })
  }, [open, done])
  return (
    <section className="o-card d-steps" aria-labelledby="steps" ref={box}>
      <h2 id="steps">{t('d.step.title')}</h2>
      {done && !open && <Notice tone="good" title={t('d.step.done')} />}
      {d.supplement && (
        <Notice title={t('d.one.asked', { n: d.supplement.n })}>
          <ul className="d-waiting-for">{(d.supplement.reasons ?? []).map((r) => <li key={`${r.component} ${r.code} ${r.text}`}><strong>{pick(r.name ?? undefined)}</strong> {t(`d.supp.line.${reasonCodes.find((c) => c === r.code) ?? 'other'}`)} {r.text}</li>)}</ul>
        </Notice>
      )}
      {pending.map((one) => <Asked key={one.event} d={d} one={one} onDone={() => setDone(true)} />)}
      {!open && first.length + rest.length + pending.length === 0 && (
        <p className="o-soft">{t(d.row.holder === 'here' ? 'd.step.none' : 'd.step.none.elsewhere')}</p>
      )}
      {!open && first.length > 0 && (
        <div className="d-steps__list">
          {first.map((name, i) => <Button key={name} look={i === 0 ? 'primary' : 'plain'} icon={icons[name]} onClick={() => begin(name)}>{t(`d.step.${name}`)}</Button>)}
        </div>
      )}
      {!open && rest.length > 0 && (
        <>
          <h3>{t('d.step.more')}</h3>
          <div className="d-steps__rest">
            {rest.map((name) => <Button key={name} look={name === 'refused' || name === 'stopped' ? 'harm' : 'plain'} icon={icons[name]} onClick={() => begin(name)}>{t(`d.step.${name}`)}</Button>)}
          </div>
        </>
      )}
      {open && Form && (
        <Form
          key={open}
          d={d}
          onClose={() => { drop(open); setOpen(undefined) }}
          onDone={() => { setOpen(undefined); setDone(true) }}
        />
      )}
    </section>
  )
}
