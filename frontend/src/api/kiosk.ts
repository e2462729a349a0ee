// What the desk server says and takes, as types, and one function per call.
import type { Ack, Copies } from '../components/Acks/Acks'
import type { Answers, Form, Value } from '../form/model'
import type { Localized } from '../text/language'
import type { CallBack } from './calls'
import { Client, contentDigest } from './client'
import type { Print } from './verify'

/** as the agent names it: online, degraded, offline, probing, captive, clock, refused; unknown when nobody carries */
export type LineState = string

export interface Status {
  office: { commune: string; name: string; province: string; commune_code?: string; province_code?: string }
  enrolled: boolean
  practice: boolean
  /** a visit may practise here, beside the office's own work */
  practice_offered?: boolean
  /** in how many places everything lies that the province has not signed for */
  places: 1 | 2
  second?: { kept: boolean; why?: string; unprotected: number; since?: number }
  line: { state: LineState; since?: number; rate_bps?: number }
  waiting: { dossiers: number; bytes: number }
  clock: { quality: string }
  version: string
  languages: string[]
  idle_seconds: number
  /** slips can be printed without a dialog */
  printer?: boolean
  /** the camera can read codes */
  code_reader?: boolean
  /** a serial hand scanner is set up */
  scanner?: boolean
  /** queue numbers are given */
  queue?: boolean
  /** this is the resident's shared window, not somebody's own browser */
  window?: boolean
  /** version of the consent text that is recorded */
  consent?: string
}

export interface LifeEvent {
  id: string
  title: Localized
  /** a sentence that says what belongs there */
  say?: Localized
  icon: string
  first_page?: boolean
  procedures: (string | { code: string })[]
}

export interface ProcedureRow {
  code: string
  name: Localized
  short: Localized
  /** people's words for it; for screens only */
  plain?: Localized
  field: Localized | string
  modelled: boolean
  life_events: string[]
}

/** one page of a list; near is there when words found nothing */
export interface ProcedurePage {
  total: number
  rows: ProcedureRow[]
  near?: { rows: ProcedureRow[]; events: string[] }
}

export interface ProcedureQuery {
  q?: string
  event?: string
  field?: string
  offset?: number
  limit?: number
}

export interface PaperNeeded {
  id: string
  name: Localized
  kind: string
  always?: boolean
  originals: number
  copies: number
  condition?: Localized | string
  replaced_by_data?: Localized | string
  instead?: Localized | string
  /** the declaration itself, which is written here */
  written?: boolean
}

export interface Procedure {
  code: string
  name: Localized
  short: Localized
  field: Localized | string
  authority: Localized | string
  receiver: Localized | string
  route: string
  desk: string
  time?: { text: Localized }
  fee?: { text: Localized }
  components: PaperNeeded[] | null
  form: { code: string; version: string }
  verified: boolean
  modelled: boolean
  /** begins with an officer at one's side, and why */
  assisted?: 'health' | 'dispute' | ''
  plain?: Localized
  /** the decision that announced it; empty: the catalogue names none */
  decision?: string
  results?: string[] | null
  /** what else is to be known of time and cost */
  remarks?: Localized[] | null
  next?: Localized
}

/** prefilled: the machine wrote it from what was said elsewhere */
export type Evidence = 'typed' | 'qr' | 'prefilled'

export interface Person {
  citizen_id?: string
  full_name?: string
  birth_date?: string
  sex?: string
  phone?: string
  address?: string
  /** of who brings a dossier for somebody else: family | authorised | guardian */
  relation?: string
  evidence?: string
}

/** what an officer should compare with the card itself */
export type CardDoubt = 'diacritics_lost' | 'old_number_odd' | 'residence_missing'

export interface Card {
  kind: 'qr'
  number: string
  name: string
  birth_date: string
  sex: string
  residence: string
  issue_date: string
  doubts?: CardDoubt[] | null
  /** fields after the seventh, as read; their meaning is unknown */
  extra?: string[] | null
}

export type ComponentState = 'provided' | 'replaced_by_data' | 'to_be_looked_up' | 'not_applicable' | 'missing'

export interface Scan {
  sha256: string
  name: string
  length: number
  mime: string
  /** before it was made small */
  was_length?: number
  warnings?: PageWarning[] | null
  /** the resident wants it as it is */
  accepted?: boolean
}

export interface PageWarning {
  code: string
  message: Localized
}

/** what the machine sees on a page and proposes; width is 0 for what is no picture */
export interface Look {
  width: number
  height: number
  corners?: { x: number; y: number }[] | null
  by?: 'edges' | 'lines'
  warnings: PageWarning[]
  like?: { component: string; page: number; sha256: string }
  accepted?: boolean
}

export interface DraftComponent {
  id: string
  name?: Localized
  state?: ComponentState | ''
  originals?: number
  copies?: number
  scans?: Scan[] | null
}

export interface Draft {
  id: string
  procedure: string
  case?: string
  /** filing, or supplement for a dossier that waits for papers */
  kind: string
  slip?: string
  pack?: string
  answers: Answers
  /** how each answer came: prefilled, qr, typed */
  evidence?: Record<string, string>
  applicant?: Person | null
  submitter?: Person | null
  /** who only touches the screen for them */
  helper?: Person | null
  components: DraftComponent[] | null
  signature?: string
  visible: string[]
  derived?: Answers
  /** the answers say that this form is not the right one; see Form.elsewhere */
  elsewhere?: string
  /** "unsaid": whether it is a state secret is to be asked before anything else */
  secrecy?: string
}

export interface Judged {
  field?: string
  /** row of a list, from 1 */
  item?: number
  component?: string
  /** the page it is about */
  scan?: string
  where: 'answers' | 'applicant' | 'submitter' | 'helper' | 'papers' | 'signature'
  code: string
  message: Localized
}

export interface Saved {
  saved: boolean
  visible?: string[]
  derived?: Answers
  problems?: { code: string; message: Localized }[] | null
  elsewhere?: string
}

export interface ScanTaken extends Scan {
  /** pages of the file it came in */
  pages?: number
}

export interface TrayItem {
  id: string
  name: string
  length: number
  at: number
  mime: string
}

export interface Filed {
  dossier: string
  slip: string
  slip_pdf: string
  code6?: string
  acks: Ack[]
  answer_by_ms?: number
  /** The machine's clock was in doubt when it was filed: no day is promised yet. */
  clock_doubt?: boolean
}

export interface Tracked extends Copies {
  slip: string
  procedure: { code: string; name: Localized }
  official_code?: string
  acks: Ack[]
  state: { code: string; national?: number; text: Localized }
  steps: { at: number; type: string; office?: string; text: Localized }[] | null
  supplement?: { n: number; reasons: { component: string; name?: Localized; code: string; text: string }[] | null; text?: string } | null
  result?: { where?: string; when?: number } | string | null
  /** it is a petition, with the office's answer */
  petition?: { reply?: { at: number; text: string; office?: string } } | null
  call_back?: CallBack | null
}

/** what is due for a dossier; there is no kind that says it was paid */
export interface Payment {
  slip: string
  procedure: { code: string; name: Localized }
  kind: 'due' | 'free' | 'ask' | 'closed'
  amount?: number
  amount_text: Localized
  words?: string
  why: Localized
  transfer?: { bank: string; holder: string; account: string; purpose: string }
  cash_only?: Localized
  not_paid: Localized
  practice?: boolean
}

export interface OutboxRow extends Copies {
  slip: string
  procedure: { code: string; name: Localized | string }
  submitted_at: number
  acks: Ack[]
  bytes_total: number
  /** of the pictures before they were made small */
  bytes_was?: number
  bytes_left: number
  reason?: { code: string; text: Localized } | null
  next_try?: number | null
}

export interface Outbox {
  line: { state: LineState; since?: number; rate_bps?: number; rtt_ms?: number; next_try?: number | null; problem?: string; detail?: string }
  totals: { dossiers: number; bytes: number; minutes?: number | null }
  dossiers: OutboxRow[] | null
}

export const client = new Client()

const at = (draft: string) => `/api/drafts/${encodeURIComponent(draft)}`
const json = <T>(path: string, method?: string, body?: unknown) => client.json<T>(path, { method, json: body })

async function raw<T>(path: string, bytes: Blob): Promise<T> {
  const buffer = await bytes.arrayBuffer()
  return client.json<T>(path, {
    method: 'PUT',
    body: buffer,
    headers: { 'Content-Type': bytes.type || 'application/octet-stream', 'Content-Digest': await contentDigest(buffer) },
  })
}

export const desk = {
  status: () => json<Status>('/api/status'),
  lifeEvents: () => json<LifeEvent[]>('/api/catalog/life-events'),
  fields: () => json<{ name: Localized; procedures: number }[]>('/api/catalog/fields'),
  procedures: (query: ProcedureQuery) =>
    json<ProcedurePage>(`/api/catalog/procedures?${new URLSearchParams(Object.entries(query).flatMap(([k, v]) => (v === undefined ? [] : [[k, String(v)]])))}`),
  /** elsewhere names a situation of the form that is another procedure */
  sheetPDF: (code: string, language: string, elsewhere = '') => client.blob(`/api/catalog/procedures/${encodeURIComponent(code)}/sheet.pdf?${new URLSearchParams({ language, elsewhere })}`),
  printSheet: (code: string, language: string, elsewhere = '') =>
    json<Print>(`/api/catalog/procedures/${encodeURIComponent(code)}/sheet/print?${new URLSearchParams({ language, elsewhere })}`, 'POST', {}),
  procedure: (code: string, kase = '') => json<Procedure>(`/api/catalog/procedures/${encodeURIComponent(code)}?${new URLSearchParams({ case: kase })}`),
  form: (code: string, pack = '') => json<Form>(`/api/forms/${encodeURIComponent(code)}?${new URLSearchParams({ pack })}`),
  beginVisit: () => json<{ token: string }>('/api/visits', 'POST', {}),
  /** forgets the visit; the slip of an unfinished draft is printed after that */
  endVisit: (print?: string) => json<void>(`/api/visits/current${print ? `?${new URLSearchParams({ print })}` : ''}`, 'DELETE'),
  heartbeat: () => json<void>('/api/heartbeat', 'POST', {}),
  readCard: (text: string, person?: string) => json<Card>('/api/card', 'POST', { raw: text, person }),
  /** looks for a card's code in a picture; found is false where there is none */
  cardPicture: (picture: Blob) => raw<{ found: boolean; card?: Card }>('/api/card/picture', picture),
  /** waits for what the serial scanner reads next; taken: another screen asked after this one */
  nextScan: (signal: AbortSignal) => client.json<{ text?: string; taken?: boolean }>('/api/scanner/next', { method: 'POST', json: {}, signal }),
  beginDraft: (body: { procedure: string; case?: string; language: string; secret?: boolean }) => json<{ id: string }>('/api/drafts', 'POST', body),
  draft: (id: string) => json<Draft>(at(id)),
  resumeDraft: (slip: string, second: string) => json<Draft>('/api/drafts/resume', 'POST', { slip, second }),
  draftSlip: (id: string) => client.blob(`${at(id)}/slip.pdf`),
  saveField: (id: string, field: string, value: Value, evidence?: Evidence) =>
    json<Saved>(`${at(id)}/fields/${encodeURIComponent(field)}`, 'PUT', { value, evidence }),
  saveApplicant: (id: string, person: Person) => json<Saved>(`${at(id)}/applicant`, 'PUT', person),
  /** null removes; without the helper's own consent nothing is stored */
  saveHelper: (id: string, helper: { person: Person; consent: { version: string } } | null) => json<Saved>(`${at(id)}/helper`, 'PUT', helper),
  saveSubmitter: (id: string, person: Person | null) => json<Saved>(`${at(id)}/submitter`, 'PUT', person),
  saveComponent: (id: string, component: string, body: { state: ComponentState; originals?: number; copies?: number }) =>
    json<Saved>(`${at(id)}/components/${encodeURIComponent(component)}`, 'PUT', body),
  addScan: (id: string, component: string, name: string, bytes: Blob) =>
    raw<ScanTaken>(`${at(id)}/scans?${new URLSearchParams({ component, name })}`, bytes),
  scan: (id: string, sha256: string) => client.blob(`${at(id)}/scans/${sha256}`),
  removeScan: (id: string, sha256: string) => json<void>(`${at(id)}/scans/${sha256}`, 'DELETE'),
  look: (id: string, sha256: string) => json<Look>(`${at(id)}/scans/${sha256}/look`),
  mend: (id: string, sha256: string, edit: { corners?: { x: number; y: number }[]; turn: number }) => json<ScanTaken>(`${at(id)}/scans/${sha256}/mend`, 'POST', edit),
  acceptScan: (id: string, sha256: string) => json<void>(`${at(id)}/scans/${sha256}/accept`, 'POST', {}),
  tray: () => json<TrayItem[] | null>('/api/tray'),
  trayPicture: (item: string) => client.blob(`/api/tray/${encodeURIComponent(item)}`),
  takeFromTray: (id: string, item: string, component: string) =>
    json<ScanTaken>(`${at(id)}/tray/${encodeURIComponent(item)}`, 'POST', { component }),
  sign: (id: string, kind: 'drawn' | 'thumb', picture: Blob) => raw<Saved>(`${at(id)}/signature?kind=${kind}`, picture),
  /** secret: true erases the draft */
  saySecrecy: (id: string, secret: boolean) => json<Saved>(`${at(id)}/secrecy`, 'PUT', { secret }),
  /** the filled form with places to sign */
  declarationPDF: (id: string) => client.blob(`${at(id)}/declaration.pdf`),
  printDeclaration: (id: string) => json<Print>(`${at(id)}/declaration/print`, 'POST', {}),
  signOnPaper: (id: string) => json<Saved>(`${at(id)}/signature?kind=paper`, 'PUT'),
  judge: (id: string) => json<{ problems: Judged[] | null }>(`${at(id)}/judge`, 'POST', {}),
  submit: (id: string, body: { consent: { version: string }; as_is?: boolean }) => json<Filed>(`${at(id)}/submit`, 'POST', body),
  /** how a slip of this visit stands now */
  slipNow: (slip: string) => json<{ acks: Ack[] } & Copies>(`/api/slips/${encodeURIComponent(slip)}/now`),
  slipPicture: (slip: string) => client.blob(`/api/slips/${encodeURIComponent(slip)}/qr.svg`),
  printSlip: (slip: string) => json<Print>(`/api/slips/${encodeURIComponent(slip)}/print`, 'POST', {}),
  printDraftSlip: (id: string) => json<Print>(`${at(id)}/slip/print`, 'POST', {}),
  slipPDF: (path: string) => client.blob(path),
  payment: (slip: string) => json<Payment>(`/api/slips/${encodeURIComponent(slip)}/pay`),
  payPicture: (slip: string) => client.blob(`/api/slips/${encodeURIComponent(slip)}/pay/qr.svg`),
  feeSlip: (slip: string) => client.blob(`/api/slips/${encodeURIComponent(slip)}/pay/slip.pdf`),
  printFeeSlip: (slip: string) => json<Print>(`/api/slips/${encodeURIComponent(slip)}/pay/print`, 'POST', {}),
  track: (slip: string, second: string) => json<Tracked>('/api/track', 'POST', { slip, second }),
  beginSupplement: (slip: string, second: string) => json<{ id: string }>('/api/track/supplement', 'POST', { slip, second }),
  outbox: () => json<Outbox>('/api/outbox'),
  ring: () => json<void>('/api/outbox/ring', 'POST', {}),
}
