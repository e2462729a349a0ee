// Plays one sound after another through Web Audio: the bytes stay in the page's memory, no address
// is made for them, and nothing is left when the page forgets.

let audio: AudioContext | undefined

/** wake is called inside a touch: a browser gives no sound before one. */
export function wake() {
  try {
    audio ??= new AudioContext()
    if (audio.state === 'suspended') void audio.resume()
  } catch {
    // a kiosk without a sound device still shows everything
  }
}

/** play resolves when the sound is over or stopped; false when this machine cannot play it. */
export async function play(bytes: ArrayBuffer, signal: AbortSignal): Promise<boolean> {
  if (!audio || signal.aborted) return false
  let sound: AudioBuffer
  try {
    sound = await audio.decodeAudioData(bytes)
  } catch {
    return false
  }
  if (signal.aborted) return false
  const source = audio.createBufferSource()
  source.buffer = sound
  source.connect(audio.destination)
  await new Promise<void>((over) => {
    // without a sound device the end never comes; the length is known all the same
    const timer = window.setTimeout(done, sound.duration * 1000 + 400)
    function done() {
      window.clearTimeout(timer)
      signal.removeEventListener('abort', done)
      try {
        source.stop()
      } catch {
        // it had not begun
      }
      source.disconnect()
      over()
    }
    source.onended = done
    signal.addEventListener('abort', done)
    source.start()
  })
  return true
}

/** speakLocally uses a voice of this machine's browser; a voice on a server would send the text out. */
export function speakLocally(text: string, language: string, signal: AbortSignal): Promise<boolean> {
  const speech = window.speechSynthesis
  const voice = speech?.getVoices().find((v) => v.localService && v.lang.toLowerCase().startsWith(language))
  if (!voice) return Promise.resolve(false)
  return new Promise((over) => {
    const words = new SpeechSynthesisUtterance(text)
    words.voice = voice
    words.lang = voice.lang
    words.rate = 0.9
    words.onend = words.onerror = () => over(true)
    signal.addEventListener('abort', () => {
      speech.cancel()
      over(true)
    })
    speech.speak(words)
  })
}
