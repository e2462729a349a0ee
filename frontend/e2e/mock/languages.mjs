// Language packs and the voice, as the desk serves them: the shipped Khmer pack, and a very short
// sound for any words. What was asked for is kept, so that a journey can compare it with the screen.
import { readFileSync } from 'node:fs'
import { Refusal } from './http.mjs'

const km = JSON.parse(readFileSync(new URL('../../../internal/langpack/packs/km/pack.json', import.meta.url), 'utf8'))
const view = { code: 'km', name: km.name, start: km.start, state: km.state, fonts: km.fonts, missing: 0 }

export const khmer = km

/** a twentieth of a second of silence, 8 kHz */
function silence() {
  const samples = 400
  const wav = Buffer.alloc(44 + samples * 2)
  wav.write('RIFF', 0)
  wav.writeUInt32LE(36 + samples * 2, 4)
  wav.write('WAVEfmt ', 8)
  wav.writeUInt32LE(16, 16)
  wav.writeUInt16LE(1, 20)
  wav.writeUInt16LE(1, 22)
  wav.writeUInt32LE(8000, 24)
  wav.writeUInt32LE(16000, 28)
  wav.writeUInt16LE(2, 32)
  wav.writeUInt16LE(16, 34)
  wav.write('data', 36)
  wav.writeUInt32LE(samples * 2, 40)
  return wav
}

export function languageRoutes(state) {
  state.spoken = []
  return {
    'GET /api/languages': () => ({
      languages: [{ code: 'vi', name: 'Tiếng Việt', state: 'own', missing: 0 }, { code: 'en', name: 'English', state: 'own', missing: 0 }, view],
      voice: state.voice !== false,
    }),
    'GET /api/languages/{code}': ({ params }) => {
      if (params.code !== 'km') throw new Refusal(404, 'unknown_language', 'Máy này chưa có tiếng đó.', 'This machine does not have that language.')
      return { language: view, strings: km.strings, texts: km.texts }
    },
    'POST /api/voice': ({ body }) => {
      state.spoken.push(body)
      return { bytes: silence(), type: 'audio/wav' }
    },
  }
}
