// Dates as their three written parts; '' means not known (yet).

export interface DateParts {
  day: string
  month: string
  year: string
}

/** splitDate reads yyyy, yyyy-mm or yyyy-mm-dd. */
export function splitDate(value: string): DateParts {
  const [year = '', month = '', day = ''] = value.split('-')
  return { year, month, day }
}

/** joinDate writes the date, or '' while it is not whole or does not exist. */
export function joinDate(parts: DateParts, partial: boolean): string {
  const { year, month, day } = parts
  if (!/^\d{4}$/.test(year)) return ''
  if (!month) return partial && !day ? year : ''
  if (!day) return partial ? `${year}-${month}` : ''
  return Number(day) <= daysInMonth(parts) ? `${year}-${month}-${day}` : ''
}

/** daysInMonth counts by the Gregorian calendar. */
export function daysInMonth({ month, year }: Pick<DateParts, 'month' | 'year'>): number {
  return new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate()
}
