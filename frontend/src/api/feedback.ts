// What the desk says and takes about ratings and petitions.
import type { Localized } from '../text/language'
import { contentDigest } from './client'
import { client } from './kiosk'

/** under this code a petition is a draft and a filing like any other */
export const petitionProcedure = 'PAKN'

export interface Choice {
  code: string
  name: Localized
}

export interface RatingChoices {
  /** the best first */
  scores: { score: number; name: Localized }[]
  reasons: Choice[]
}

export interface Opinion {
  score: number
  reasons: string[]
}

export interface Rating extends Opinion {
  at: number
  /** how often it was changed */
  changes: number
  /** the province has it; it stands as it is */
  sent: boolean
  practice?: boolean
}

export interface SlipRating {
  slip: string
  procedure: { code: string; name: Localized }
  /** the office is done with the dossier */
  over: boolean
  rating: Rating | null
}

export interface PetitionChoices {
  procedure: string
  topics: Choice[]
  wishes: Choice[]
  /** the component its pictures belong to */
  photo: string
  /** the component of a spoken note, and its longest; 0 where this machine takes none */
  voice?: string
  max_voice_seconds?: number
  max_text: number
  max_photos: number
  name_required: boolean
}

const json = <T>(path: string, method?: string, body?: unknown) => client.json<T>(path, { method, json: body })
const ofSlip = (slip: string) => `/api/slips/${encodeURIComponent(slip)}/rating`

export const feedback = {
  ratingChoices: () => json<RatingChoices>('/api/ratings/choices'),
  visitRating: () => json<{ rating: Rating | null }>('/api/ratings/visit'),
  rateVisit: (opinion: Opinion) => json<{ rating: Rating }>('/api/ratings/visit', 'PUT', opinion),
  slipRating: (slip: string) => json<SlipRating>(ofSlip(slip)),
  rateSlip: (slip: string, opinion: Opinion) => json<SlipRating>(ofSlip(slip), 'PUT', opinion),
  /** a recording: WAV, one channel, 16,000 samples a second; one that was there is replaced */
  addNote: async (id: string, wav: ArrayBuffer) =>
    client.json<void>(`/api/drafts/${encodeURIComponent(id)}/voice`, { method: 'PUT', body: wav, headers: { 'Content-Type': 'audio/wav', 'Content-Digest': await contentDigest(wav) } }),
  petitionChoices: () => json<PetitionChoices>('/api/petitions/choices'),
}
