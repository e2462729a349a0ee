// The microphone. What is said stays in the page's memory until it goes to the
// desk, and nowhere after that; the light of the microphone is on only while the
// screen says that it listens.
import worklet from './capture.worklet.js?url'
import { loudness, meter, narrow, rate, wav } from './wav'

export interface Recording {
  /** ends it and gives the file, with no sound kept behind */
  stop: () => ArrayBuffer
  /** ends it and forgets it */
  drop: () => void
}

/** record begins at once and keeps at most seconds; level is told some sixteen times a second, 0 to 1. It throws where there is no microphone. */
export async function record(seconds: number, level: (loud: number) => void): Promise<Recording> {
  // what a browser does for calls is good for speech in a noisy hall
  const stream = await navigator.mediaDevices.getUserMedia({ audio: { channelCount: 1, echoCancellation: true, noiseSuppression: true, autoGainControl: true }, video: false })
  const close = () => stream.getTracks().forEach((track) => track.stop())
  let context: AudioContext | undefined
  try {
    context = new AudioContext()
    await context.audioWorklet.addModule(worklet)
    const chunks: Float32Array[] = []
    const heard = meter(level)
    const node = new AudioWorkletNode(context, 'capture', { numberOfOutputs: 0 })
    node.port.onmessage = ({ data }: MessageEvent<Float32Array>) => {
      chunks.push(data)
      heard(loudness(data), performance.now())
    }
    const source = context.createMediaStreamSource(stream)
    source.connect(node)
    const from = context.sampleRate
    const end = () => {
      node.port.onmessage = null
      source.disconnect()
      close()
      void context?.close()
    }
    return {
      stop: () => {
        end()
        // a slow machine may stop late: what was said in time is kept, not refused
        const file = wav(narrow(chunks, from).subarray(0, seconds * rate))
        chunks.length = 0
        return file
      },
      drop: () => {
        end()
        chunks.length = 0
      },
    }
  } catch (error) {
    close()
    void context?.close()
    throw error
  }
}
