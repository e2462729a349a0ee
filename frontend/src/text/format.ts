// Numbers and times as Vietnamese papers write them, in every language of the
// screens: 1.234 and 22/11/2026 09:05. The office's clock is Indochina Time.

const zone = 'Asia/Ho_Chi_Minh'
const day = new Intl.DateTimeFormat('vi-VN', { timeZone: zone, day: '2-digit', month: '2-digit', year: 'numeric' })
const clock = new Intl.DateTimeFormat('vi-VN', { timeZone: zone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })

/** formatDate writes unix milliseconds as dd/mm/yyyy. */
export function formatDate(ms: number): string {
  const parts = Object.fromEntries(day.formatToParts(ms).map((p) => [p.type, p.value]))
  return `${parts['day']}/${parts['month']}/${parts['year']}`
}

/** formatTime writes unix milliseconds as HH:MM. */
export function formatTime(ms: number): string {
  return clock.format(ms)
}

/** formatMoment writes unix milliseconds as dd/mm/yyyy HH:MM. */
export function formatMoment(ms: number): string {
  return `${formatDate(ms)} ${formatTime(ms)}`
}

/** formatPlainDate turns yyyy, yyyy-mm or yyyy-mm-dd into yyyy, mm/yyyy or dd/mm/yyyy. */
export function formatPlainDate(value: string): string {
  return value.split('-').toReversed().join('/')
}

/** formatNumber groups by dots: 1.234.567. */
export function formatNumber(n: number): string {
  return String(Math.trunc(n)).replace(/\B(?=(\d{3})+(?!\d))/g, '.')
}

/** formatBytes gives a short size; kilo is 1000, one digit behind a comma. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`
  if (bytes < 1_000_000) return `${formatNumber(Math.round(bytes / 1000))} kB`
  const tenths = Math.round(bytes / 100_000)
  return `${formatNumber(Math.floor(tenths / 10))},${tenths % 10} MB`
}

/** formatRate gives a line speed; rate is in bits per second. */
export function formatRate(bps: number): string {
  if (bps < 1_000_000) return `${formatNumber(Math.max(1, Math.round(bps / 1000)))} kbit/s`
  const tenths = Math.round(bps / 100_000)
  return `${formatNumber(Math.floor(tenths / 10))},${tenths % 10} Mbit/s`
}

/** groupDigits writes 083090999001 as 083 090 999 001. */
export function groupDigits(digits: string, size = 3): string {
  return digits.replace(new RegExp(`(\\d{${size}})(?=\\d)`, 'g'), '$1 ')
}

/** formatSlip writes the 14 digits of a slip number as 12345-6789-01234, also while it is typed. */
export function formatSlip(digits: string): string {
  const bare = digits.replace(/\D/g, '').slice(0, 14)
  return [bare.slice(0, 5), bare.slice(5, 9), bare.slice(9)].filter(Boolean).join('-')
}

/** fold takes the marks away for searching: "Đồng Nai" gives "dong nai". */
export function fold(text: string): string {
  return text
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .replace(/đ/gi, 'd')
    .toLowerCase()
}
