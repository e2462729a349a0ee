// What the staff's side of the desk says and takes: who is signed in, lists, one dossier, its papers, reports.
import type { Localized } from '../text/language'
import { Client, type CallOptions } from './client'
import type { Person } from './kiosk'
import type { Print } from './verify'

export interface Member {
  id: string
  name: string
  roles: string[]
  /** kinds of work this member may do */
  acts: string[]
}

export interface Session {
  /** absent: this machine has no staff side at all */
  state: 'none' | 'in' | 'locked' | 'no_roster' | 'absent'
  who?: Member
  roster?: { version: number | string; at?: number }
  /** people made up to practise with, in a book of its own */
  practice?: boolean
  /** seconds of silence until the screen is locked */
  locks_after_s: number
  /** seconds until a PIN or a password is listened to again */
  wait_s?: number
}

export const views = ['waiting', 'due_soon', 'late', 'supplement', 'ready', 'lookups', 'requests', 'all'] as const
export type View = (typeof views)[number]

export type Holding = 'here' | 'province' | 'transit' | 'elsewhere'

export interface Row {
  id: string
  slip: string
  official_code?: string
  procedure: { code: string; name: Localized | string }
  applicant: string
  birth_year?: number
  status: Localized
  business: string
  /** the national code, 1 to 10 */
  code: number
  filed_at: number
  received_at?: number
  due?: number
  late: boolean
  holder: Holding
  /** how many wait for an answer */
  requests: number
  /** slips of others that may be the same: a hint, never merged */
  twins?: string[] | null
}

export interface Listing {
  rows: Row[] | null
  total: number
  counts: Partial<Record<View, number>>
}

export interface Found {
  rows: Row[] | null
  more: boolean
  how: 'name' | 'slip' | 'code' | 'citizen' | 'phone' | 'old'
}

export interface Due {
  due: number
  text: Localized | string
  reasons: { code: string; vi: string; en: string }[] | null
  calendar: string
  /** trusted | unsure | jumped | unknown */
  clock: string
  /** nobody can vouch for the clock but a person who looks at another */
  clock_doubt?: boolean
  /** what the office's clock shows, unix ms */
  now?: number
  period?: Localized | string
  /** what the resident was given first, where it differs */
  original?: number
  /** it stands in the dossier; else it is what taking in now would give */
  set?: boolean
  paused?: boolean
  /** the catalogue states no period: the officer may */
  ask_period?: boolean
  /** rests on a day that is not announced yet */
  provisional?: boolean
}

export interface Scan {
  sha256: string
  mime: string
  length: number
  /** its bytes are on this machine */
  here: boolean
}

export interface Paper {
  id: string
  name: Localized
  state: string
  originals: number
  copies: number
  compared?: { at: number; who: string; compared: boolean } | null
  /** number of the record that stands for it */
  ref?: string
  scans: Scan[] | null
}

export interface Pending {
  event: string
  type: string
  n?: number
  at: number
  text?: Localized | string
  /** in the resident's own words */
  reason?: string
}

export interface Dossier {
  /** what was looked at; a step on another revision is refused */
  revision: number
  row: Row
  filing: { procedure: { code: string; name: Localized }; case?: string; channel?: string; language?: string; filed_at: number; pack?: string }
  people: { applicant: Person; submitter?: Person | null; helper?: Person | null }
  answers: { section?: Localized | string; question: Localized; answer: string; evidence?: string }[] | null
  components: Paper[] | null
  signature?: { kind: string; scan?: Scan | null } | null
  verdict: { code: string; where?: string; field?: string; component?: string }[] | null
  journal: { at: number; who?: string; text: Localized; note?: string; clock?: string }[] | null
  pending: Pending[] | null
  /** the steps this member may take now */
  steps: string[] | null
  custody: { holder: Holding | string; handover?: string; text: Localized }
  due?: Due | null
  official_code?: string
  /** what the resident is asked for now */
  supplement?: { n: number; at: number; reasons: { component?: string; name?: Localized | null; code: string; text?: string }[] | null; text?: string; deadline?: number } | null
  supplements?: number
  /** papers that wait to be looked up */
  lookups?: string[] | null
  /** a refusal needs a second person here */
  two_refuse?: boolean
  /** events of a newer program, which this one cannot show */
  unknown?: number
}

export interface OfficePaper {
  form: string
  number?: string
  title: Localized
  legal?: string
  ready: boolean
  why?: Localized | string
  /** how far number, title and basis were read in the law */
  confidence?: 'verified' | 'secondary' | 'unverified'
  /** how often it was handed to a printer */
  printed?: number
  printed_at?: number
}

export interface Period {
  id: string
  title: Localized
  from: number
  to: number
  closed: boolean
  issued: boolean
  corrections: number
}

export interface ReportInfo {
  name: string
  title: Localized
  /** of the form, as the law numbers it */
  number?: string
  legal?: string
  /** names people; stays in the office */
  personal?: boolean
  periods: Period[] | null
}

export interface ReportCell {
  count?: number
  text?: string | Localized
  at?: number
  value?: number
}

export interface ReportColumn {
  key: string
  title: Localized
  group?: Localized
  kind: 'text' | 'count' | 'date' | 'share' | 'points'
  ours?: boolean
}

export interface ReportRow {
  key: string
  title?: Localized
  total?: boolean
  cells: (ReportCell | null)[] | null
}

export interface ReportChange {
  cell: string
  row: Localized | string
  column: Localized | string
  was: number
  now: number
  delta: number
}

export interface Report {
  report: string
  title: Localized
  period: Period
  office?: string
  columns: ReportColumn[] | null
  rows: ReportRow[] | null
  notes?: { text: Localized; count?: number; cell?: string }[] | null
  /** what the law leaves open, told beside the figures */
  unsure?: Localized[] | null
  cut_off?: { period_end?: number; known_at?: number; clock?: string }
  state: 'open' | 'closed' | 'issued'
  issued?: { n: number; at: number; by?: string; name?: string } | null
  corrections?: { n: number; at: number; by?: string; changes: ReportChange[] | null }[] | null
  /** what has changed since it was last issued */
  difference?: ReportChange[] | null
}

export interface Behind {
  id: string
  slip: string
  official_code?: string
  procedure: { code: string; name: Localized | string } | string
}

/** for how long after a touch a call is somebody's; later ones are the screen asking by itself */
const touchLasts = 10_000
let touched = 0

/** touch notes that somebody is at the screen. */
export function touch() {
  touched = Date.now()
}

/** A screen that asks by itself says so: it must not keep the session of somebody who left open. */
class CounterClient extends Client {
  override call(path: string, options: CallOptions = {}): Promise<Response> {
    const alone = (options.method ?? 'GET') === 'GET' && Date.now() - touched > touchLasts
    return super.call(path, alone ? { ...options, headers: { ...options.headers, 'Bendo-Poll': '1' } } : options)
  }
}

export const counterClient = new CounterClient(['sign_in', 'locked', 'no_roster'])

const json = <T>(path: string, method?: string, body?: unknown) => counterClient.json<T>(path, { method, json: body })
const at = (id: string) => `/api/counter/dossiers/${encodeURIComponent(id)}`
const report = (name: string) => `/api/counter/reports/${encodeURIComponent(name)}`
const asked = (values: Record<string, string | number | undefined>) =>
  new URLSearchParams(Object.entries(values).flatMap(([k, v]) => (v === undefined || v === '' ? [] : [[k, String(v)]]))).toString()

export const counter = {
  session: () => json<Session>('/api/counter/session'),
  signIn: (body: { login: string; password: string; pin: string }) => json<Session>('/api/counter/session', 'POST', body),
  unlock: (pin: string) => json<Session>('/api/counter/session/unlock', 'POST', { pin }),
  lock: () => json<Session | undefined>('/api/counter/session/lock', 'POST', {}),
  signOut: () => json<void>('/api/counter/session', 'DELETE'),

  list: (view: View, offset: number, limit: number, procedure = '') => json<Listing>(`/api/counter/dossiers?${asked({ view, offset, limit, procedure })}`),
  find: (q: string, limit = 50) => json<Found>(`/api/counter/find?${asked({ q, limit })}`),

  dossier: (id: string) => json<Dossier>(at(id)),
  due: (id: string) => json<Due>(`${at(id)}/due`),
  step: (id: string, step: string, body: object) => json<Dossier>(`${at(id)}/steps/${step}`, 'POST', body),
  scanAddress: (id: string, sha256: string) => `${at(id)}/scans/${sha256}`,

  papers: (id: string) => json<{ papers: OfficePaper[] | null }>(`${at(id)}/papers`),
  paperAddress: (id: string, form: string) => `${at(id)}/papers/${encodeURIComponent(form)}.pdf`,
  print: (id: string, form: string) => json<Print>(`${at(id)}/papers/${encodeURIComponent(form)}/print`, 'POST', {}),

  printed: (n: number) => json<Print>(`/api/counter/prints/${n}`),
  seen: (n: number, out: boolean) => json<Print>(`/api/counter/prints/${n}/seen`, 'POST', { out }),

  reports: () => json<{ reports: ReportInfo[] | null }>('/api/counter/reports'),
  report: (name: string, period: string) => json<Report>(`${report(name)}?${asked({ period })}`),
  reportAddress: (name: string, period: string, kind: 'pdf' | 'xlsx') => `${report(name)}.${kind}?${asked({ period })}`,
  cell: (name: string, period: string, cell: string) => json<{ ids: string[] | null; dossiers: Behind[] | null }>(`${report(name)}/cells/${encodeURIComponent(cell)}?${asked({ period })}`),
  /** n is how many issues this screen knows of, so that two people do not issue the same twice */
  issue: (name: string, period: string, n: number) => json<Report>(`${report(name)}/issue`, 'POST', { period, n }),
}
