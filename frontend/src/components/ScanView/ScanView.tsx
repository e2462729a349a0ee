import { useState } from 'react'
import { FileDown, RotateCw, ZoomIn, ZoomOut } from 'lucide-react'
import { formatBytes } from '../../text/format'
import { useText } from '../../text/language'
import { Button } from '../Button/Button'
import './ScanView.css'

export interface ScanViewProps {
  address: string
  /** what the picture is of, with its number */
  label: string
  paper: string
  mime: string
  /** bytes */
  length: number
  /** what a saved copy is called; without it the file opens in a page of its own */
  fileName?: string
  className?: string
}

const zooms = [1, 1.5, 2.2, 3.2]

/** ScanView shows one page large: nearer, turned, or as the file itself. A zoomed page is scrolled with the arrow keys. */
export function ScanView({ address, label, paper, mime, length, fileName, className = '' }: ScanViewProps) {
  const { t } = useText()
  const [zoom, setZoom] = useState(0)
  const [turn, setTurn] = useState(0)
  return (
    <figure className={`bd-scan ${className}`}>
      <figcaption>
        <span>{label} <span className="o-soft">{formatBytes(length)}</span></span>
        <Button look="quiet" icon={<ZoomOut aria-hidden />} aria-label={t('p.dossier.zoomOut')} disabled={zoom === 0} onClick={() => setZoom(zoom - 1)} />
        <Button look="quiet" icon={<ZoomIn aria-hidden />} aria-label={t('p.dossier.zoomIn')} disabled={zoom === zooms.length - 1} onClick={() => setZoom(zoom + 1)} />
        <Button look="quiet" icon={<RotateCw aria-hidden />} aria-label={t('p.dossier.turn')} onClick={() => setTurn((turn + 90) % 360)} />
        <a className="bd-button bd-button--quiet" href={address} {...(fileName ? { download: fileName } : { target: '_blank', rel: 'noopener' })}><FileDown aria-hidden /><span className="bd-hidden">{t('p.dossier.open')}</span></a>
      </figcaption>
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <div className="bd-scan__frame" tabIndex={0} role="group" aria-label={paper}>
        {mime.startsWith('image/')
          ? <img src={address} alt={label} style={{ width: `${(zooms[zoom] ?? 1) * 100}%`, transform: `rotate(${turn}deg)` }} />
          : <p>{t('p.dossier.notPicture', { mime, size: formatBytes(length) })}</p>}
      </div>
    </figure>
  )
}
