// What the portal's web says and takes.
import type { Ack } from '../components/Acks/Acks'
import type { Localized } from '../text/language'
import { Client } from './client'
import type { Person } from './kiosk'

export interface Me {
  name: string
  role: 'officer' | 'it' | 'leader'
  office: string
}

export interface State {
  code: string
  national?: number
  text: Localized
}

export interface InboxRow {
  id: string
  slip: string
  official_code?: string
  procedure: { code: string; name: Localized }
  applicant_name: string
  state: State
  received_at: number
  complete: boolean
  due_at?: number
  office: string
}

export interface Inbox {
  counts: Record<string, number>
  dossiers: InboxRow[] | null
  more?: boolean
}

export interface ScanHere {
  sha256: string
  name: string
  length: number
  mime: string
  complete: boolean
}

export interface ComponentHere {
  id: string
  name: Localized
  state: string
  originals: number
  copies: number
  scans: ScanHere[] | null
}

export interface Reason {
  component?: string
  name?: Localized
  code: string
  text?: string
}

export interface Dossier extends InboxRow {
  /** what the officer looked at; a step on another revision is refused */
  revision: number
  filed_at?: number
  channel?: string
  reference?: string
  applicant: Person
  submitter?: Person | null
  helper?: Person | null
  answers: { section: Localized; fields: { id: string; label: Localized; value_text: string }[] | null }[] | null
  components: ComponentHere[] | null
  signature?: { kind: string; scan?: ScanHere } | null
  verdict: { code: string; where?: string; field?: string; component?: string }[] | null
  note?: string
  journal: { at: number; type: string; who?: string; text: Localized }[] | null
  legal: string[] | null
  supplement?: { n: number; at?: number; reasons: Reason[] | null; text?: string } | null
  requests?: { event: string; type: string; at: number; n?: number; reason?: string }[] | null
  /** a petition has this in place of answers */
  petition?: {
    topic: Localized
    text: string
    wish: Localized
    no_name: boolean
    private: boolean
    reply?: { at: number; text: string; office?: string }
  }
  /** so has a call-back request; whom to call stands in the applicant's place */
  call_back?: {
    about?: { code: string; name: Localized }
    text: string
    when: Localized
    calls: { at: number; reached: boolean; text?: string; office?: string }[]
    enough?: boolean
    reply?: { at: number; text: string; office?: string }
  }
}

export interface PublicStatus {
  slip?: string
  official_code?: string
  procedure: { code: string; name: Localized }
  office: string
  state: State
  steps: { at: number; text: Localized }[] | null
  acks?: Ack[]
}

export const client = new Client()

const json = <T>(path: string, method?: string, body?: unknown) => client.json<T>(path, { method, json: body })
const at = (id: string) => `/api/dossiers/${encodeURIComponent(id)}`
const step = (name: string) => (id: string, body: Record<string, unknown>) => json<Dossier>(`${at(id)}/${name}`, 'POST', body)

export const portal = {
  signIn: (user: string, password: string) => json<Me>('/api/session', 'POST', { user, password }),
  signOut: () => json<void>('/api/session', 'DELETE'),
  me: () => json<Me>('/api/me'),
  /** kind: dossiers, petitions, calls; empty lists all */
  inbox: (state: string, q: string, kind = '') => json<Inbox>(`/api/inbox?${new URLSearchParams({ state, q, kind })}`),
  dossier: (id: string) => json<Dossier>(at(id)),
  scanAddress: (id: string, sha256: string) => `${at(id)}/scans/${sha256}`,
  /** the pictures of one paper as one PDF */
  pagesAddress: (id: string, component: string) => `${at(id)}/components/${encodeURIComponent(component)}/pages.pdf`,
  takeIn: step('take-in'),
  supplement: step('supplement'),
  answer: step('answer'),
  decide: step('decide'),
  reply: step('reply'),
  called: step('called'),
  resultReady: step('result-ready'),
  returned: step('returned'),
  refuse: step('refuse'),
  status: (slip: string, second: string) => json<PublicStatus>('/api/public/status', 'POST', { slip, second }),
}
