// The kiosk's bell. It is a helper: a machine without sound shows the same.

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
