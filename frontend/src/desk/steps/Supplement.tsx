import { useState } from 'react'
import type { Dossier, Paper } from '../../api/counter'
import { Field } from '../../components/Field/Field'
import { Notice } from '../../components/Notice/Notice'
import type { FieldProblem } from '../../components/Problems/Problems'
import { useText, type Text } from '../../text/language'
import { useStep } from '../dossier/useDossier'
import { useKept } from '../kept'
import { parseDay } from './day'
import { Frame } from './Frame'
import type { StepProps } from './Steps'

export const reasonCodes = ['missing', 'unreadable', 'wrong', 'expired', 'not_signed', 'other'] as const
export type ReasonCode = (typeof reasonCodes)[number]

export interface Wanted {
  code: ReasonCode
  text: string
}

/** wantedAtFirst proposes what the clerk marked while comparing, and every paper that is missing. */
export const supplementKeys = { picked: 'supplement_requested.picked', wanted: 'supplement_requested.wanted' } as const

/** preview is the request as the resident reads it: one line a paper. */
export function preview(d: Dossier, picked: string[], of: (id: string) => Wanted, note: string, { t, pick }: Pick<Text, 't' | 'pick'>): string[] {
  const papers = d.components ?? []
  const lines = papers.filter((c) => picked.includes(c.id)).map((c) => `${pick(c.name)} ${t(`d.supp.line.${of(c.id).code}`)}${of(c.id).text.trim() ? ` ${of(c.id).text.trim()}` : ''}`)
  return note.trim() ? [...lines, note.trim()] : lines
}

/** Supplement asks for everything at once, coded paper by paper, with what the resident will read beside it. */
export function Supplement({ d, onClose, onDone }: StepProps) {
  const { t, pick } = useText()
  const id = d.row.id
  const papers = (d.components ?? []).filter((c) => c.state !== 'not_applicable')
  const step = useStep(d, 'supplement_requested', onDone)
  const [picked, setPicked] = useKept<string[]>(id, supplementKeys.picked, papers.filter((c) => c.state === 'missing').map((c) => c.id))
  const [wanted, setWanted] = useKept<Record<string, Wanted>>(id, supplementKeys.wanted, {})
  const [note, setNote] = useKept(id, 'supplement_requested.note', '')
  const [deadline, setDeadline] = useKept(id, 'supplement_requested.deadline', '')
  const [tried, setTried] = useState(false)
  const of = (paper: string): Wanted => wanted[paper] ?? { code: papers.find((c) => c.id === paper)?.state === 'missing' ? 'missing' : 'unreadable', text: '' }
  const set = (paper: string, change: Partial<Wanted>) => setWanted({ ...wanted, [paper]: { ...of(paper), ...change } })
  const name = (paper: string) => pick(papers.find((c) => c.id === paper)?.name)

  const problems: FieldProblem[] = []
  if (picked.length === 0) problems.push({ target: 'wanted', message: t('d.supp.pick') })
  for (const paper of picked) if (of(paper).code === 'other' && !of(paper).text.trim()) problems.push({ target: `why-${paper}`, message: t('d.supp.words.need', { name: name(paper) }) })
  if (deadline.trim() && parseDay(deadline) === undefined) problems.push({ target: 'deadline', message: t('d.date.bad') })
  const send = () => {
    setTried(true)
    if (problems.length > 0) return
    step.send({
      reasons: papers.filter((c) => picked.includes(c.id)).map((c) => ({ component: c.id, code: of(c.id).code, text: of(c.id).text.trim() })),
      text: note.trim(), ...(deadline.trim() ? { deadline: parseDay(deadline, 17) } : {}),
    })
  }
  const lines = preview(d, picked, of, note, { t, pick })
  return (
    <Frame d={d} name="supplement_requested" step={step} title={t('d.supp.title')} body={t('d.supp.body')} send={t('d.supp.send')} problems={tried ? problems : []} onSend={send} onClose={onClose}>
      {(d.supplements ?? 0) > 0 && <Notice title={t('d.supp.second')} />}
      <ul id="wanted" className="d-wanted" tabIndex={-1} aria-label={t('d.one.papers')}>
        {papers.map((c) => <Asking key={c.id} paper={c} picked={picked.includes(c.id)} wanted={of(c.id)} error={tried ? problems.find((p) => p.target === `why-${c.id}`)?.message : undefined} onPick={(on) => setPicked(on ? [...picked, c.id] : picked.filter((p) => p !== c.id))} onWant={(change) => set(c.id, change)} />)}
      </ul>
      <Field label={t('d.supp.note')} value={note} onChange={(e) => setNote(e.target.value)} />
      <Field id="deadline" label={t('d.supp.deadline')} help={t('d.date.hint')} inputMode="numeric" value={deadline} onChange={(e) => setDeadline(e.target.value)} error={tried ? problems.find((p) => p.target === 'deadline')?.message : undefined} />
      <div className="d-preview" aria-live="polite">
        <h4>{t('d.supp.preview')}</h4>
        {lines.length > 0 ? <ol>{lines.map((line) => <li key={line}>{line}</li>)}</ol> : <p className="o-soft">{t('d.supp.preview.empty')}</p>}
      </div>
    </Frame>
  )
}

interface AskingProps {
  paper: Paper
  picked: boolean
  wanted: Wanted
  error: string | undefined
  onPick: (on: boolean) => void
  onWant: (change: Partial<Wanted>) => void
}

/** Asking is one paper of the list; what is wrong with it opens under its own name. */
function Asking({ paper, picked, wanted, error, onPick, onWant }: AskingProps) {
  const { t, pick } = useText()
  const name = pick(paper.name)
  return (
    <li data-picked={picked || undefined}>
      <label className="d-wanted__paper"><input type="checkbox" checked={picked} onChange={(e) => onPick(e.target.checked)} /><span>{name}</span></label>
      {picked && (
        <>
          <div className="d-codes" role="radiogroup" aria-label={`${t('d.supp.code')}: ${name}`}>
            {reasonCodes.map((code) => (
              <label key={code}><input type="radio" name={`code-${paper.id}`} checked={wanted.code === code} onChange={() => onWant({ code })} /><span>{t(`d.supp.code.${code}`)}</span></label>
            ))}
          </div>
          <Field id={`why-${paper.id}`} label={t('d.supp.words')} value={wanted.text} onChange={(e) => onWant({ text: e.target.value })} error={error} />
        </>
      )}
    </li>
  )
}
