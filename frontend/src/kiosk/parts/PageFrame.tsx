// A page's picture with the frame of what is kept of it. A corner follows a finger; for whoever cannot
// drag, a touch chooses it and arrows move it.
import { useEffect, useRef, useState } from 'react'
import { useText } from '../../text/language'
import { moved, position, shown, type Corner, type Turn } from './corners'
import { useBlobAddress } from './ScanPicture'

const names = ['k.page.corner.0', 'k.page.corner.1', 'k.page.corner.2', 'k.page.corner.3'] as const
const step = 0.01
const arrows: Record<string, Corner> = { ArrowUp: { x: 0, y: -step }, ArrowDown: { x: 0, y: step }, ArrowLeft: { x: -step, y: 0 }, ArrowRight: { x: step, y: 0 } }

export interface PageFrameProps {
  bytes: Blob | undefined
  alt: string
  turn: Turn
  /** what is kept; undefined: the whole picture */
  corners: Corner[] | undefined
  /** set while the frame is being moved */
  onCorners?: (corners: Corner[]) => void
  chosen?: number
  onChoose?: (corner: number) => void
}

export function PageFrame({ bytes, alt, turn, corners, onCorners, chosen, onChoose }: PageFrameProps) {
  const { t } = useText()
  const box = useRef<HTMLDivElement>(null)
  const seen = corners?.map((c) => shown(c, turn))
  const follow = (corner: number) => (event: React.PointerEvent<HTMLButtonElement>) => {
    const frame = box.current?.getBoundingClientRect()
    if (!frame || !corners || !event.currentTarget.hasPointerCapture(event.pointerId)) return
    onCorners?.(moved(corners, corner, { x: (event.clientX - frame.left) / frame.width, y: (event.clientY - frame.top) / frame.height }, turn))
  }
  return (
    <div className="k-page__frame" ref={box}>
      <TurnedPicture bytes={bytes} turn={turn} alt={alt} />
      {seen && (
        <svg className="k-page__mask" viewBox="0 0 1 1" preserveAspectRatio="none" aria-hidden>
          <path className="k-page__shade" fillRule="evenodd" d={`M0 0h1v1h-1z M${seen.map((c) => `${c.x} ${c.y}`).join('L')}z`} />
          <path className="k-page__edge" d={`M${seen.map((c) => `${c.x} ${c.y}`).join('L')}z`} />
        </svg>
      )}
      {onCorners && corners && seen?.map((c, i) => (
        <button
          type="button"
          key={names[i]}
          className="k-page__corner"
          aria-pressed={chosen === i}
          aria-label={t(names[position(i, turn)] ?? names[0])}
          style={{ left: `${Math.min(1, Math.max(0, c.x)) * 100}%`, top: `${Math.min(1, Math.max(0, c.y)) * 100}%` }}
          onPointerDown={(event) => {
            event.currentTarget.setPointerCapture(event.pointerId)
            onChoose?.(i)
          }}
          onPointerMove={follow(i)}
          onClick={() => onChoose?.(i)}
          onKeyDown={(event) => {
            const by = arrows[event.key]
            if (!by) return
            event.preventDefault()
            onChoose?.(i)
            onCorners(moved(corners, i, { x: c.x + by.x, y: c.y + by.y }, turn))
          }}
        >
          <span aria-hidden />
        </button>
      ))}
    </div>
  )
}

/** nudge moves a chosen corner by one arrow. */
export function nudge(corners: Corner[], corner: number, key: string, turn: Turn): Corner[] {
  const at = corners[corner]
  const by = arrows[key]
  if (!at || !by) return corners
  const here = shown(at, turn)
  return moved(corners, corner, { x: here.x + by.x, y: here.y + by.y }, turn)
}

// A canvas, because a turned <img> keeps the room of the picture that is not turned.
function TurnedPicture({ bytes, turn, alt }: { bytes: Blob | undefined; turn: Turn; alt: string }) {
  const canvas = useRef<HTMLCanvasElement>(null)
  const address = useBlobAddress(bytes)
  const [picture, setPicture] = useState<HTMLImageElement>()
  useEffect(() => {
    if (!address) return
    const image = new Image()
    image.addEventListener('load', () => setPicture(image))
    image.src = address
    return () => {
      image.src = ''
      setPicture(undefined)
    }
  }, [address])
  useEffect(() => {
    const to = canvas.current
    if (!to || !picture) return
    const [w, h] = [picture.naturalWidth, picture.naturalHeight]
    to.width = turn % 2 === 0 ? w : h
    to.height = turn % 2 === 0 ? h : w
    const ink = to.getContext('2d')
    if (!ink) return
    ink.translate(to.width / 2, to.height / 2)
    ink.rotate((turn * Math.PI) / 2)
    ink.drawImage(picture, -w / 2, -h / 2)
  }, [picture, turn])
  return <canvas className="k-page__picture" ref={canvas} role="img" aria-label={alt} data-ready={picture !== undefined} />
}
