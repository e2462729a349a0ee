// A recording as the desk takes it: one channel, 16,000 samples a second, 16 bits.
export const rate = 16_000

/** narrow makes samples of another rate into ours: each is the mean of those it stands for, so that nothing above half the rate folds back as noise. */
export function narrow(chunks: Float32Array[], from: number): Float32Array {
  const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0)
  const all = new Float32Array(length)
  let at = 0
  for (const chunk of chunks) {
    all.set(chunk, at)
    at += chunk.length
  }
  if (from === rate) return all
  const step = from / rate
  const out = new Float32Array(Math.floor(length / step))
  for (let i = 0; i < out.length; i++) {
    const begin = Math.floor(i * step)
    const end = Math.max(begin + 1, Math.min(length, Math.floor((i + 1) * step)))
    let sum = 0
    for (let j = begin; j < end; j++) sum += all[j] ?? 0
    out[i] = sum / (end - begin)
  }
  return out
}

/** wav writes samples between -1 and 1 as a file. */
export function wav(samples: Float32Array): ArrayBuffer {
  const out = new DataView(new ArrayBuffer(44 + 2 * samples.length))
  const text = (at: number, letters: string) => [...letters].forEach((letter, i) => out.setUint8(at + i, letter.charCodeAt(0)))
  text(0, 'RIFF')
  out.setUint32(4, 36 + 2 * samples.length, true)
  text(8, 'WAVEfmt ')
  out.setUint32(16, 16, true)
  out.setUint16(20, 1, true)
  out.setUint16(22, 1, true)
  out.setUint32(24, rate, true)
  out.setUint32(28, 2 * rate, true)
  out.setUint16(32, 2, true)
  out.setUint16(34, 16, true)
  text(36, 'data')
  out.setUint32(40, 2 * samples.length, true)
  samples.forEach((sample, i) => out.setInt16(44 + 2 * i, Math.round(Math.max(-1, Math.min(1, sample)) * 32_767), true))
  return out.buffer
}

/** loudness is 0 to 1 on a scale as ears have it: a whisper moves it, a shout does not leave it. */
export function loudness(chunk: Float32Array): number {
  let sum = 0
  for (const sample of chunk) sum += sample * sample
  const decibel = 10 * Math.log10(sum / Math.max(1, chunk.length) + 1e-9)
  return Math.max(0, Math.min(1, (decibel + 60) / 50))
}

/** How often a meter moves, in milliseconds, and how much of its height it loses each time when nothing more is said. */
const beat = 60
const fall = 0.12

/**
 * meter makes of the loudness of many short pieces something an eye can follow: it
 * rises at once, falls in half a second, and speaks at most sixteen times a second.
 * A piece comes every 3 ms; to draw each would flicker, and keep the page from its taps.
 */
export function meter(tell: (level: number) => void): (loud: number, now: number) => void {
  let level = 0
  let told = -Infinity
  return (loud, now) => {
    level = Math.max(level, loud)
    if (now - told < beat) return
    told = now
    tell(level)
    level = Math.max(0, level - fall)
  }
}
