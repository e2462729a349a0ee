// One question, one input. Each type of field has one way to answer it.
import type { Field, PaperAnswer, Row, Value } from '../model'
import { ChooseMany, ChooseOne } from '../../components/Choice/Choice'
import { TextEntry } from '../../components/Keyboard/TextEntry'
import { DatePads } from '../../components/Pads/DatePads'
import { NumberPad } from '../../components/Pads/NumberPad'
import { Button } from '../../components/Button/Button'
import { formatNumber, groupDigits } from '../../text/format'
import { useText } from '../../text/language'
import { showPhone } from '../show'
import { suggestPlaces, type Suggestion } from '../../places/suggest'
import { AddressInput } from './AddressInput'
import { ListChoice } from './ListChoice'
import { PaperInput } from './PaperInput'
import { RowsInput } from './RowsInput'

export interface FieldInputProps {
  field: Field
  value: Value
  onChange: (value: Value) => void
  /** the office's own commune, offered first in addresses */
  home?: { commune_code: string; province_code: string }
  today: string
  onDone?: () => void
  /** id of the heading that asks */
  labelId?: string
  /** a row of a list is open: the screen then hides its own next step */
  onRow?: (open: boolean) => void
}

const longList = 8

export function FieldInput({ field, value, onChange, home, today, onDone, labelId = 'title', onRow }: FieldInputProps) {
  const { t, pick } = useText()
  const labels = { labelledBy: labelId, describedBy: 'help' }
  const text = typeof value === 'string' ? value : value === undefined || value === null ? '' : String(value)
  switch (field.type) {
    case 'enum': {
      const options = (field.options ?? []).filter((o) => !o.hidden)
      if (field.multiple) {
        return <ChooseMany {...labels} columns={options.length > 4 ? 2 : 1} options={options.map((o) => ({ value: o.value, label: pick(o.label) }))} value={Array.isArray(value) ? (value as string[]) : []} onChange={onChange} />
      }
      if (options.length > longList) return <ListChoice labelledBy={labelId} options={options} value={text} onChange={onChange} />
      return <ChooseOne {...labels} columns={options.length > 4 || options.length === 2 ? 2 : 1} options={options.map((o) => ({ value: o.value, label: pick(o.label) }))} value={text || undefined} onChange={onChange} />
    }
    case 'boolean':
      return (
        <ChooseOne {...labels} columns={2} value={value === undefined || value === null ? undefined : String(value)} onChange={(v) => onChange(v === 'true')} options={[{ value: 'true', label: t('common.yes') }, { value: 'false', label: t('common.no') }]} />
      )
    case 'date':
    case 'partial_date':
      return <DatePads labelledBy={labelId} value={text} onChange={onChange} partial={field.type === 'partial_date'} today={field.type === 'date' ? today : undefined} />
    case 'citizen_id':
      // older papers have letters (a passport): then the letters' keyboard
      return acceptsLetters(field) ? (
        <IdInput labelId={labelId} value={text} onChange={onChange} onDone={onDone} />
      ) : (
        <NumberPad {...labels} value={text} onChange={onChange} maxLength={12} show={groupDigits} onDone={onDone} />
      )
    case 'phone':
      return <NumberPad {...labels} value={text} onChange={onChange} maxLength={11} show={showPhone} onDone={onDone} />
    case 'integer':
    case 'money':
      return (
        <div className="k-amount">
          <NumberPad {...labels} value={text} maxLength={12} show={(d) => (d ? formatNumber(Number(d)) : '')} onChange={(d) => onChange(d === '' ? undefined : Number(d))} onDone={onDone} />
          <span className="k-amount__unit">{field.type === 'money' ? 'đồng' : (field.unit ?? '')}</span>
        </div>
      )
    case 'address':
      return <AddressInput labelId={labelId} value={value as never} onChange={onChange} home={home} />
    case 'paper_ref':
      return <PaperInput labelId={labelId} field={field} value={value as PaperAnswer} onChange={onChange} />
    case 'repeat':
      return <RowsInput field={field} value={(value as Row[]) ?? []} onChange={onChange} home={home} today={today} onRow={onRow} />
    default:
      return (
        <div className="k-text">
          {field.suggest && field.suggest.length > 0 && !namesPlaces(field) && (
            <div className="k-suggest" role="group" aria-label={t('k.q.suggest')}>
              {field.suggest.map((s) => (
                <Button key={pick(s.text)} onClick={() => onChange(s.text.vi)}>{s.text.vi}</Button>
              ))}
            </div>
          )}
          <TextEntry {...labels} value={text} onChange={onChange} multiline={field.multiline} capitals={field.type === 'name' ? 'words' : 'sentence'} maxLength={field.max_length ?? (field.type === 'name' ? 100 : field.multiline ? 2000 : 300)} suggest={namesPlaces(field) ? (before) => (before === '' ? usual(field) : suggestPlaces(before, home?.province_code)) : undefined} autoFocus onDone={onDone} />
        </div>
      )
  }
}

/** namesPlaces: the answer is, or holds, the name of a commune or a province (where a paper was issued, who issued it). */
export function namesPlaces(field: Field): boolean {
  return field.type === 'text' && /(^|_)(place|address|issuer|facility|court|authority|boundary|location|origin)(_|$)/.test(field.id)
}

// What the form itself offers stands where names of places will: a row of its own would push the question off the screen.
function usual(field: Field): Suggestion[] {
  return (field.suggest ?? []).flatMap(({ text }) => (text.vi ? [{ text: text.vi, over: 0 }] : []))
}

function acceptsLetters(field: Field & { validation?: { pattern?: string }[] }): boolean {
  return (field.validation ?? []).some((rule) => /\[A-Z/.test(rule.pattern ?? ''))
}

function IdInput({ labelId, value, onChange, onDone }: { labelId: string; value: string; onChange: (value: string) => void; onDone?: () => void }) {
  const letters = /[A-Z]/i.test(value)
  const { t } = useText()
  const options = [
    { value: 'digits', label: t('k.who.number') },
    { value: 'letters', label: t('k.q.otherPaper') },
  ]
  const kind = letters || value === ' ' ? 'letters' : 'digits'
  return (
    <div className="k-text">
      <ChooseOne label={t('k.q.paper.which')} columns={2} options={options} value={kind} onChange={(k) => onChange(k === 'letters' ? ' ' : '')} />
      {kind === 'digits' ? (
        <NumberPad labelledBy={labelId} describedBy="help" value={value} onChange={onChange} maxLength={12} show={groupDigits} onDone={onDone} />
      ) : (
        <TextEntry labelledBy={labelId} describedBy="help" value={value.trim()} onChange={(v) => onChange(v.toUpperCase() || ' ')} capitals="words" maxLength={12} autoFocus onDone={onDone} />
      )}
    </div>
  )
}
