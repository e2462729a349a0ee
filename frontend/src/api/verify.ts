// What the desk says about a slip and about a print.
import type { Localized } from '../text/language'
import { client } from './kiosk'
import { contentDigest } from './client'

export type VerdictCode = 'genuine' | 'altered' | 'unchecked' | 'withdrawn' | 'practice' | 'damaged' | 'not_a_slip' | 'none'

export interface Verdict {
  code: VerdictCode
  /** what else was scanned */
  other?: string
  /** proven only where signed */
  slip?: string
  signed: boolean
  procedure?: { code: string; name: Localized }
  at?: number
  office?: string
  own?: boolean
  /** of a machine the province withdrew */
  status?: string
  when?: 'future' | 'absurd'
  clock_doubt?: boolean
  book?: 'fits' | 'differs' | 'absent'
  list_at?: number
}

export type PrintState = 'begun' | 'accepted' | 'printed' | 'failed' | 'unknown'

/** one paper handed to a printer; print is absent when it could not be noted */
export interface Print {
  print?: number
  kind: string
  subject: string
  /** which print of this paper, from 1 */
  copy: number
  state: PrintState
  told_by?: string
  detail?: string
  at?: number
}

export const verify = {
  slip: (code: string) => client.json<Verdict>('/api/slips/verify', { method: 'POST', json: { code } }),
  picture: async (picture: Blob) => {
    const bytes = await picture.arrayBuffer()
    return client.json<Verdict>('/api/slips/verify/picture', { method: 'PUT', body: bytes, headers: { 'Content-Type': picture.type, 'Content-Digest': await contentDigest(bytes) } })
  },
  print: (n: number) => client.json<Print>(`/api/prints/${n}`),
  seen: (n: number, out: boolean) => client.json<Print>(`/api/prints/${n}/seen`, { method: 'POST', json: { out } }),
  prints: () => client.json<Print[] | null>('/api/prints'),
}
