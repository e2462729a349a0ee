// Languages beside Vietnamese and English, and the sound of words.
import type { Pack, PackInfo } from '../text/packs'
import { client } from './kiosk'

export interface Languages {
  languages: PackInfo[]
  /** the desk can read something aloud */
  voice: boolean
}

export interface ToSpeak {
  language: string
  text: string
  vi: string
  /** somebody's own words may be in it: nothing of it is kept */
  personal: boolean
}

export const languages = {
  list: () => client.json<Languages>('/api/languages'),
  pack: (code: string) => client.json<Pack>(`/api/languages/${encodeURIComponent(code)}`),
  /** the sound of words, or undefined where nobody can speak them */
  speak: async (words: ToSpeak, signal: AbortSignal): Promise<ArrayBuffer | undefined> => {
    const response = await client.call('/api/voice', { method: 'POST', json: words, signal, headers: { Accept: 'audio/*' } })
    return response.status === 204 ? undefined : response.arrayBuffer()
  },
}
