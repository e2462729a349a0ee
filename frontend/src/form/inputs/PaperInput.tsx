// Which paper the resident has (giấy tờ): the paper itself comes later, here
// only what it is, or why it is not here.
import { ChooseOne } from '../../components/Choice/Choice'
import { useText } from '../../text/language'
import type { Field, PaperAnswer, Value } from '../model'

export function PaperInput({ labelId, field, value, onChange }: { labelId: string; field: Field; value: PaperAnswer | PaperAnswer[] | undefined; onChange: (value: Value) => void }) {
  const { t, pick } = useText()
  const papers = (field.options ?? []).filter((o) => !o.hidden)
  const one = Array.isArray(value) ? value[0] : value
  const wrap = (answer: PaperAnswer): Value => (field.multiple ? [answer] : answer)
  const chosen = one?.state === 'provided' ? `paper:${one.paper ?? ''}` : one?.state
  const data = pick(field.data_option)
  return (
    <ChooseOne
      labelledBy={labelId}
      describedBy="help"
      columns={papers.length > 3 ? 2 : 1}
      value={chosen}
      onChange={(v) => onChange(wrap(v.startsWith('paper:') ? { state: 'provided', paper: v.slice(6) } : { state: v }))}
      options={[
        ...papers.map((o) => ({ value: `paper:${o.value}`, label: pick(o.label) })),
        { value: data ? 'replaced_by_data' : 'to_be_looked_up', label: t(data ? 'k.q.paper.data' : 'k.q.paper.lookup'), hint: data || undefined },
        { value: 'missing', label: t('k.q.paper.missing') },
      ]}
    />
  )
}
