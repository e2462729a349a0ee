// The camera of the kiosk. The picture goes to the server only; it is never
// kept in the page after the screen closes.
import { useCallback, useEffect, useRef, useState } from 'react'
import { Camera as CameraIcon, RotateCcw } from 'lucide-react'
import { Button } from '../../components/Button/Button'
import { Loading } from '../../components/Loading/Loading'
import { Notice } from '../../components/Notice/Notice'
import { useText } from '../../text/language'
import { useBlobAddress } from './ScanPicture'

export interface CameraViewProps {
  picture: Blob | undefined
  onPicture: (picture: Blob | undefined) => void
}

/** CameraView shows the live picture, then the one taken. */
export function CameraView({ picture, onPicture }: CameraViewProps) {
  const { t } = useText()
  const video = useRef<HTMLVideoElement>(null)
  const [state, setState] = useState<'opening' | 'live' | 'none'>('opening')
  const address = useBlobAddress(picture)

  const open = useCallback(async (gone: () => boolean) => {
    try {
      // 200 dpi of A4 along its long side; a camera that has less gives what it has
      const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment', width: { ideal: 2592 }, height: { ideal: 1944 } }, audio: false })
      if (gone() || !video.current) {
        stop(stream)
        return
      }
      video.current.srcObject = stream
      await video.current.play()
      setState('live')
    } catch {
      if (!gone()) setState('none')
    }
  }, [])

  useEffect(() => {
    let left = false
    const element = video.current
    void open(() => left)
    return () => {
      left = true
      if (element?.srcObject instanceof MediaStream) stop(element.srcObject)
    }
  }, [open])

  const shoot = () => {
    const source = video.current
    if (!source?.videoWidth) return
    const canvas = document.createElement('canvas')
    canvas.width = source.videoWidth
    canvas.height = source.videoHeight
    canvas.getContext('2d')?.drawImage(source, 0, 0)
    // 0.85 keeps small print readable at about a third of the bytes of 0.95
    canvas.toBlob((blob) => blob && onPicture(blob), 'image/jpeg', 0.85)
  }

  return (
    <div className="k-camera">
      <div className="k-camera__frame" data-state={picture ? 'taken' : state}>
        {/* oxlint-disable-next-line jsx-a11y/media-has-caption */}
        <video ref={video} muted playsInline aria-hidden hidden={picture !== undefined || state !== 'live'} />
        {picture && address && <img src={address} alt={t('k.camera.shot')} />}
        {!picture && state === 'live' && <span className="k-camera__guide" aria-hidden />}
        {!picture && state === 'opening' && <Loading label={t('k.camera.opening')} />}
        {state === 'none' && <Notice tone="harm" title={t('k.camera.none')}>{t('k.camera.none.next')}</Notice>}
      </div>
      {picture ? (
        <Button icon={<RotateCcw aria-hidden />} onClick={() => onPicture(undefined)}>{t('k.camera.again')}</Button>
      ) : (
        <Button look="primary" className="k-camera__shoot" icon={<CameraIcon aria-hidden />} disabled={state !== 'live'} onClick={shoot}>{t('k.camera.shoot')}</Button>
      )}
    </div>
  )
}

function stop(stream: MediaStream) {
  for (const track of stream.getTracks()) track.stop()
}
