// A date as clerks write it: 26/11/2026, 26-11-2026, 26.11.26 or 26112026. The office's clock is Indochina Time, seven hours ahead.

/** parseDay gives unix ms of that day at `hour` o'clock at the office; undefined where there is no such day. */
export function parseDay(text: string, hour = 17): number | undefined {
  const bare = text.trim()
  const found = /^(\d{1,2})[/.\- ](\d{1,2})[/.\- ](\d{2}|\d{4})$/.exec(bare) ?? /^(\d{2})(\d{2})(\d{4})$/.exec(bare)
  if (!found) return undefined
  const [day, month, short] = found.slice(1).map(Number) as [number, number, number]
  const year = short < 100 ? 2000 + short : short
  const at = new Date(Date.UTC(year, month - 1, day))
  if (at.getUTCDate() !== day || at.getUTCMonth() !== month - 1) return undefined
  return at.getTime() + (hour - 7) * 3_600_000
}
