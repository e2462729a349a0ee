// A list of rows (children, members of the household): one row at a time, one
// question at a time inside the row.
import { useEffect, useState } from 'react'
import { Plus, Trash2 } from 'lucide-react'
import { Button } from '../../components/Button/Button'
import { useText } from '../../text/language'
import { cellAsked, residentAnswers, type Field, type Row, type Value } from '../model'
import { showRow } from '../show'
import { FieldInput } from './FieldInput'

export interface RowsInputProps {
  field: Field
  value: Row[]
  onChange: (value: Value) => void
  home?: { commune_code: string; province_code: string }
  today: string
  onRow?: (open: boolean) => void
}

export function RowsInput({ field, value, onChange, home, today, onRow }: RowsInputProps) {
  const { t, language } = useText()
  const [open, setOpen] = useState<number>()
  useEffect(() => {
    onRow?.(open !== undefined)
    return () => onRow?.(false)
  }, [open, onRow])
  const limit = field.max_items || 50
  const row = open === undefined ? undefined : value[open]
  if (open !== undefined && row) {
    return (
      <RowForm
        key={open}
        field={field}
        number={open + 1}
        row={row}
        home={home}
        today={today}
        onChange={(next) => onChange(value.map((r, i) => (i === open ? next : r)))}
        onDone={() => setOpen(undefined)}
      />
    )
  }
  return (
    <div className="k-rows">
      <p className="k-help" role="status">{t('k.rows.count', { n: value.length })}{value.length === 0 && !field.min_items && !field.required && `. ${t('k.rows.empty')}`}</p>
      <ol className="k-list">
        {value.map((r, i) => (
          // oxlint-disable-next-line react/no-array-index-key
          <li key={i} className="k-rows__row">
            <span><strong>{t('k.rows.row', { n: i + 1 })}</strong><span>{showRow(field, r, language) || t('common.none')}</span></span>
            <Button onClick={() => setOpen(i)}>{t('common.change')}<span className="bd-hidden"> {t('k.rows.row', { n: i + 1 })}</span></Button>
            <Button look="harm" icon={<Trash2 aria-hidden />} onClick={() => onChange(value.filter((_, j) => j !== i))}>{t('common.delete')}<span className="bd-hidden"> {t('k.rows.row', { n: i + 1 })}</span></Button>
          </li>
        ))}
      </ol>
      {value.length < limit ? (
        <Button
          className="k-rows__add"
          icon={<Plus aria-hidden />}
          onClick={() => {
            onChange([...value, freshRow(field)])
            setOpen(value.length)
          }}
        >
          {t('k.rows.add')}
        </Button>
      ) : (
        <p>{t('k.rows.limit', { n: limit })}</p>
      )}
    </div>
  )
}

function freshRow(field: Field): Row {
  return Object.fromEntries((field.items ?? []).filter((item) => item.default !== undefined).map((item) => [item.id, item.default]))
}

interface RowFormProps {
  field: Field
  number: number
  row: Row
  onChange: (row: Row) => void
  onDone: () => void
  home?: { commune_code: string; province_code: string }
  today: string
}

function RowForm({ field, number, row, onChange, onDone, home, today }: RowFormProps) {
  const { t, pick } = useText()
  const [at, setAt] = useState(0)
  const items = (field.items ?? []).filter((one) => residentAnswers(one) && cellAsked(one, row))
  const item = items[at]
  if (!item) return null
  const last = at === items.length - 1
  const when = pick(item.when?.text)
  return (
    <div className="k-rowform">
      <h2 id={`row-${item.id}`}>
        <span className="k-eyebrow">{t('k.rows.row', { n: number })} · {at + 1}/{items.length}</span>
        {pick(item.label)}
      </h2>
      {pick(item.help) && <p className="k-help">{pick(item.help)}</p>}
      {when && <p className="k-help">{t('k.q.when', { text: when })}</p>}
      <FieldInput key={item.id} labelId={`row-${item.id}`} field={item} value={row[item.id]} onChange={(v) => onChange({ ...row, [item.id]: v })} home={home} today={today} />
      <div className="k-rowform__nav">
        {at > 0 && <Button onClick={() => setAt(at - 1)}>{t('common.back')}</Button>}
        <Button look="primary" onClick={() => (last ? onDone() : setAt(at + 1))}>{t(last ? 'k.rows.save' : 'common.next')}</Button>
      </div>
    </div>
  )
}
