import { useState } from 'react'
import { useText } from '../../text/language'
import { Button } from '../Button/Button'
import { Notice } from '../Notice/Notice'
import { NumberPad } from './NumberPad'
import { daysInMonth, joinDate, splitDate, type DateParts } from './date'
import './Pads.css'

type Part = 'day' | 'month' | 'year'

export interface DatePadsProps {
  /** yyyy-mm-dd; with partial also yyyy-mm and yyyy */
  value: string
  /** gets '' until the date is whole */
  onChange: (value: string) => void
  partial?: boolean
  /** yyyy-mm-dd, offered as a button */
  today?: string
  labelledBy?: string
}

/**
 * DatePads asks day, month and year one after the other with big keys. People
 * here say dates in that order. When only part is remembered the year comes
 * first and the rest may stay unknown.
 */
export function DatePads({ value, onChange, partial = false, today, labelledBy }: DatePadsProps) {
  const { t } = useText()
  const [parts, setParts] = useState<DateParts>(() => splitDate(value))
  const order: Part[] = partial ? ['year', 'month', 'day'] : ['day', 'month', 'year']
  const [active, setActive] = useState<Part>(() => order.find((p) => !splitDate(value)[p]) ?? (partial ? 'year' : 'day'))

  const set = (change: Partial<DateParts>, next?: Part) => {
    const merged = { ...parts, ...change }
    setParts(merged)
    onChange(joinDate(merged, partial))
    if (next) setActive(next)
  }
  const impossible = parts.day && parts.month && parts.year.length === 4 && Number(parts.day) > daysInMonth(parts)
  const after = (part: Part) => order[order.indexOf(part) + 1]

  return (
    <div className="bd-date" role="group" aria-labelledby={labelledBy}>
      <div className="bd-date__boxes">
        {order.map((part) => (
          <button key={part} type="button" className="bd-date__box" data-active={active === part} aria-pressed={active === part} onClick={() => setActive(part)}>
            <span className="bd-date__label">{t(`date.${part}`)}</span>
            <span className="bd-date__value bd-number">{parts[part] || '–'}</span>
          </button>
        ))}
        {today && (
          <Button className="bd-date__today" onClick={() => set(splitDate(today))}>{t('date.today')}</Button>
        )}
      </div>
      {impossible && <Notice tone="harm" title={t('date.impossible', { date: `${parts.day}/${parts.month}/${parts.year}` })} />}
      {active === 'day' && (
        <Grid label={t('date.chooseDay')} columns={8} values={range(1, 31)} chosen={parts.day} onPick={(v) => set({ day: v }, after('day'))} />
      )}
      {active === 'month' && (
        <Grid label={t('date.chooseMonth')} columns={4} values={range(1, 12)} chosen={parts.month} write={(n) => t('date.monthN', { n: String(n) })} onPick={(v) => set({ month: v }, after('month'))} />
      )}
      {active === 'year' && (
        <NumberPad label={t('date.typeYear')} value={parts.year} maxLength={4} onChange={(year) => set({ year }, year.length === 4 && partial ? 'month' : undefined)} />
      )}
      {partial && active === 'month' && <Button look="quiet" onClick={() => set({ month: '', day: '' })}>{t('date.unknownMonth')}</Button>}
      {partial && active === 'day' && <Button look="quiet" onClick={() => set({ day: '' })}>{t('date.unknownDay')}</Button>}
    </div>
  )
}

interface GridProps {
  label: string
  columns: number
  values: number[]
  chosen: string
  write?: (n: number) => string
  onPick: (value: string) => void
}

function Grid({ label, columns, values, chosen, write = String, onPick }: GridProps) {
  return (
    <div className={`bd-date__grid bd-date__grid--${columns}`} role="group" aria-label={label}>
      {values.map((n) => {
        const value = String(n).padStart(2, '0')
        return (
          <button key={n} type="button" className="bd-key" data-chosen={value === chosen} aria-pressed={value === chosen} onClick={() => onPick(value)}>
            {write(n)}
          </button>
        )
      })}
    </div>
  )
}

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i)
