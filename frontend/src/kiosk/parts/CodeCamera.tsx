// The camera as a reader of codes: it looks by itself until a code is seen. A
// picture goes to this machine's own server and is kept nowhere.
import { useEffect, useRef, useState } from 'react'
import { Loading } from '../../components/Loading/Loading'
import { Notice } from '../../components/Notice/Notice'
import { useText } from '../../text/language'

/** Between two looks; a picture takes the server about a fifth of a second. */
const pauseMs = 700
/** enough for a code that fills a third of the picture */
const wide = 1280

export interface CodeCameraProps {
  /** says whether it has seen enough */
  look: (picture: Blob) => Promise<boolean>
}

export function CodeCamera({ look }: CodeCameraProps) {
  const { t } = useText()
  const video = useRef<HTMLVideoElement>(null)
  const [state, setState] = useState<'opening' | 'live' | 'none'>('opening')
  const handler = useRef(look)
  useEffect(() => {
    handler.current = look
  })
  useEffect(() => {
    const left = new AbortController()
    let stream: MediaStream | undefined
    const run = async () => {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment', width: { ideal: 1920 }, height: { ideal: 1080 } }, audio: false })
      if (left.signal.aborted || !video.current) return
      video.current.srcObject = stream
      await video.current.play()
      setState('live')
      while (!left.signal.aborted) {
        const picture = await shot(video.current)
        if (picture && !left.signal.aborted && (await handler.current(picture))) return
        await new Promise((again) => window.setTimeout(again, pauseMs))
      }
    }
    void run()
      .catch(() => left.signal.aborted || setState('none'))
      .finally(() => left.signal.aborted && stop(stream))
    return () => {
      left.abort()
      stop(stream)
    }
  }, [])
  return (
    <div className="k-camera__frame k-codecamera" data-state={state}>
      {/* oxlint-disable-next-line jsx-a11y/media-has-caption */}
      <video ref={video} muted playsInline aria-hidden hidden={state !== 'live'} />
      {state === 'live' && <span className="k-codecamera__guide" aria-hidden />}
      {state === 'opening' && <Loading label={t('k.camera.opening')} />}
      {state === 'none' && <Notice title={t('v.camera.none')} />}
    </div>
  )
}

function shot(source: HTMLVideoElement | null): Promise<Blob | null> {
  if (!source?.videoWidth) return Promise.resolve(null)
  const canvas = document.createElement('canvas')
  const scale = Math.min(1, wide / source.videoWidth)
  canvas.width = Math.round(source.videoWidth * scale)
  canvas.height = Math.round(source.videoHeight * scale)
  canvas.getContext('2d')?.drawImage(source, 0, 0, canvas.width, canvas.height)
  return new Promise((done) => canvas.toBlob(done, 'image/jpeg', 0.8))
}

function stop(stream: MediaStream | undefined) {
  for (const track of stream?.getTracks() ?? []) track.stop()
}
