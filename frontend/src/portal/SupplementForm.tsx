import { useState } from 'react'
import { portal, type Dossier } from '../api/portal'
import { ChooseMany } from '../components/Choice/Choice'
import { Area, Field } from '../components/Field/Field'
import type { FieldProblem } from '../components/Problems/Problems'
import { useText } from '../text/language'
import { StepForm, type Step } from './Actions'

const reasonCodes = ['missing', 'unreadable', 'expired', 'mismatch', 'wrong', 'other'] as const
type ReasonCode = (typeof reasonCodes)[number]

interface Asked {
  code: ReasonCode
  text: string
}

/**
 * SupplementForm asks for everything at once: every paper that is not right,
 * each with its code and its words, because the law allows one round.
 */
export function SupplementForm({ d, step, onClose }: { d: Dossier; step: Step; onClose: () => void }) {
  const { t, pick } = useText()
  const papers = d.components ?? []
  const [picked, setPicked] = useState<string[]>(papers.filter((c) => c.state === 'missing').map((c) => c.id))
  const [asked, setAsked] = useState<Record<string, Asked>>({})
  const [note, setNote] = useState('')
  const [tried, setTried] = useState(false)
  const of = (id: string): Asked => asked[id] ?? { code: papers.find((c) => c.id === id)?.state === 'missing' ? 'missing' : 'unreadable', text: '' }
  const set = (id: string, change: Partial<Asked>) => setAsked((before) => ({ ...before, [id]: { ...of(id), ...change } }))
  const name = (id: string) => pick(papers.find((c) => c.id === id)?.name)

  const problems: FieldProblem[] = []
  if (picked.length === 0) problems.push({ target: 'papers-asked', message: t('p.supp.pick') })
  for (const id of picked) {
    if (!of(id).text.trim()) problems.push({ target: `why-${id}`, message: t('p.supp.each', { name: name(id) }) })
  }
  const send = () => {
    setTried(true)
    if (problems.length > 0) return
    const reasons = picked.map((id) => ({ component: id, code: of(id).code, text: of(id).text.trim() }))
    step.mutate((dossier, revision) => portal.supplement(dossier, { revision, reasons, text: note.trim() }))
  }
  return (
    <StepForm title={t('p.supp.title')} body={t('p.supp.body')} send={t('p.supp.send')} step={step} onClose={onClose} problems={tried ? problems : []} onSend={send}>
      <div id="papers-asked" tabIndex={-1}>
        <ChooseMany label={t('p.dossier.papers')} value={picked} onChange={setPicked} options={papers.map((c) => ({ value: c.id, label: pick(c.name) }))} />
      </div>
      {picked.map((id) => (
        <fieldset key={id} className="p-why">
          <legend>{name(id)}</legend>
          <div className="p-codes" role="group" aria-label={t('p.supp.code')}>
            {reasonCodes.map((code) => (
              <button key={code} type="button" className="p-filter" aria-pressed={of(id).code === code} onClick={() => set(id, { code })}>{t(`p.supp.code.${code}`)}</button>
            ))}
          </div>
          <Area id={`why-${id}`} rows={2} label={t('p.supp.text')} value={of(id).text} onChange={(e) => set(id, { text: e.target.value })} error={tried ? problems.find((p) => p.target === `why-${id}`)?.message : undefined} />
        </fieldset>
      ))}
      <Field label={t('p.supp.note')} value={note} onChange={(e) => setNote(e.target.value)} />
    </StepForm>
  )
}
