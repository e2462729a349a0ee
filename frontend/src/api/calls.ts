// What the desk says of the tile "Gọi 1022" and of call-back requests.
import type { Localized } from '../text/language'
import { client } from './kiosk'

/** under this code a call-back request is a draft and a filing like any other */
export const callProcedure = 'GOILAI'

export interface CallChoices {
  procedure: string
  /** the information line, for those who have a phone */
  number: string
  /** when somebody answers there; missing: nobody configured it, and nothing is said */
  hours?: Localized
  times: { code: string; name: Localized }[]
  max_text: number
}

/** the calls and the answer of a request, as a look-up shows them */
export interface CallBack {
  calls: { at: number; reached: boolean; text?: string; office?: string }[]
  reply?: { at: number; text: string; office?: string }
  /** nobody was reached often enough to say so */
  missed?: boolean
}

export const calls = {
  choices: () => client.json<CallChoices>('/api/calls'),
}
