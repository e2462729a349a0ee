// Queue numbers: what the desk server says of them, and one function per call.
import type { Localized } from '../text/language'
import { client } from './kiosk'

export interface Wait {
  ahead: number
  known: boolean
  low?: number
  high?: number
  /** the guess in words, or that there is none */
  text: Localized
}

export interface QueueService {
  code: string
  letter: string
  icon: string
  name: Localized
  hint: Localized
  wait: Wait
}

export interface QueueNow {
  services: QueueService[]
  calling: { label: string; counter: number }[]
  priority: { offer: boolean; groups: Localized[] }
  practice: boolean
}

export type TicketState = 'drawn' | 'printing' | 'valid' | 'called' | 'served' | 'absent' | 'void'

export interface Ticket {
  key: string
  label: string
  service: Localized
  state: TicketState
  by?: 'printer' | 'staff'
  priority: boolean
  prints: number
  /** it can be printed, again too */
  printer: boolean
  /** handed to a printer that never answered */
  lost: boolean
  counter?: number
  at: number
  doubt: boolean
  over: boolean
  wait: Wait
  practice: boolean
}

export interface QueueRow {
  id: number
  label: string
  letter: string
  service: Localized
  state: TicketState
  priority: boolean
  lost: boolean
  at: number
  called_at?: number
  calls?: number
  counter?: number
}

export interface Board {
  series: number
  day: string
  today: string
  doubt: boolean
  practice: boolean
  services: QueueService[]
  unconfirmed: QueueRow[]
  waiting: QueueRow[]
  called: QueueRow[]
  ended: Partial<Record<TicketState, number>>
}

export type QueueStep = 'confirm' | 'void' | 'recall' | 'served' | 'absent'

const json = <T>(path: string, method?: string, body?: unknown) => client.json<T>(path, { method, json: body })
const at = (key: string) => `/api/queue/tickets/${encodeURIComponent(key)}`

export const queue = {
  now: () => json<QueueNow>('/api/queue'),
  /** the same key gives the same number: asking again is harmless */
  take: (body: { key: string; service: string; priority: boolean; language: string }) => json<Ticket>('/api/queue/tickets', 'POST', body),
  ticket: (key: string) => json<Ticket>(at(key)),
  printAgain: (key: string, language: string) => json<Ticket>(`${at(key)}/print?${new URLSearchParams({ language })}`, 'POST', {}),
  giveUp: (key: string) => json<Ticket>(at(key), 'DELETE'),
  board: () => json<Board>('/api/desk/queue'),
  call: (body: { counter: number; after: number; letters?: string[]; ticket?: number }) => json<QueueRow>('/api/desk/queue/call', 'POST', body),
  step: (id: number, step: QueueStep) => json<QueueRow>(`/api/desk/queue/tickets/${id}/${step}`, 'POST', {}),
  beginDay: (series: number) => json<{ series: number }>('/api/desk/queue/series', 'POST', { series }),
}
