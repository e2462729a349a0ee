// Sound and voice of the kiosk. Both are helpers: where the machine has no
// voice in the language, no button for it is shown.
import { useEffect, useState } from 'react'
import type { Language } from '../text/language'

/** chime plays two soft notes; silence where the machine has no sound. */
export function chime(times = 1) {
  try {
    const audio = new AudioContext()
    for (let i = 0; i < times; i++) {
      note(audio, 660, i * 0.7)
      note(audio, 880, i * 0.7 + 0.22)
    }
    window.setTimeout(() => void audio.close(), times * 700 + 800)
  } catch {
    // a kiosk without a sound device still shows the gold screen
  }
}

function note(audio: AudioContext, hertz: number, afterSeconds: number) {
  const tone = audio.createOscillator()
  const volume = audio.createGain()
  const start = audio.currentTime + afterSeconds
  tone.frequency.value = hertz
  volume.gain.setValueAtTime(0.0001, start)
  volume.gain.exponentialRampToValueAtTime(0.25, start + 0.02)
  volume.gain.exponentialRampToValueAtTime(0.0001, start + 0.5)
  tone.connect(volume).connect(audio.destination)
  tone.start(start)
  tone.stop(start + 0.55)
}

/** useVoice gives a way to speak, or undefined where no local voice knows the language. */
export function useVoice(language: Language): ((text: string) => void) | undefined {
  const [voice, setVoice] = useState<SpeechSynthesisVoice>()
  useEffect(() => {
    const speech = window.speechSynthesis
    if (!speech) return
    // only voices of this machine: a voice on a server would send the text out
    const find = () => setVoice(speech.getVoices().find((v) => v.localService && v.lang.toLowerCase().startsWith(language)))
    find()
    speech.addEventListener?.('voiceschanged', find)
    return () => {
      speech.removeEventListener?.('voiceschanged', find)
      speech.cancel()
    }
  }, [language])
  if (!voice) return undefined
  return (text) => {
    const words = new SpeechSynthesisUtterance(text)
    words.voice = voice
    words.lang = voice.lang
    words.rate = 0.9
    window.speechSynthesis.cancel()
    window.speechSynthesis.speak(words)
  }
}
