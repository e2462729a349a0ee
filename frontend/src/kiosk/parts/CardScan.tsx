import { useState } from 'react'
import { Camera, ScanQrCode } from 'lucide-react'
import { desk, type Card } from '../../api/kiosk'
import { Button } from '../../components/Button/Button'
import { Loading } from '../../components/Loading/Loading'
import { Notice } from '../../components/Notice/Notice'
import { ProblemNotice } from '../../components/Problems/Problems'
import type { Difference } from '../../form/card'
import { formatPlainDate, groupDigits } from '../../text/format'
import { useText } from '../../text/language'
import { useStatus } from '../draft'
import { CodeCamera } from './CodeCamera'

/** CardScan waits for a card: the hand scanner needs no touch, the camera stands behind a button. */
export function CardScan({ busy, error, onCard }: { busy: boolean; error: unknown; onCard: (card: Card) => void }) {
  const { t } = useText()
  const eyes = useStatus().data?.code_reader === true
  const [camera, setCamera] = useState(false)
  const [unseen, setUnseen] = useState<unknown>()
  const look = async (picture: Blob) => {
    try {
      const seen = await desk.cardPicture(picture)
      setUnseen(undefined)
      if (seen.card) onCard(seen.card)
      return seen.found
    } catch (failed) {
      setUnseen(failed)
      return false
    }
  }
  return (
    <div className="k-cardscan">
      {camera ? <CodeCamera look={look} /> : <CardPicture />}
      <div className="k-cardscan__how">
        <h2><ScanQrCode aria-hidden />{t('k.who.scan')}</h2>
        <p>{t(camera ? 'k.card.camera.how' : 'k.who.scan.how')}</p>
        <p className="k-cardscan__ready" role="status">{t(busy ? 'k.who.scan.reading' : 'k.who.scan.ready')}</p>
        {busy && <Loading />}
        {error || unseen ? <ProblemNotice error={error ?? unseen} /> : null}
        {eyes && <Button icon={<Camera aria-hidden />} onClick={() => setCamera(!camera)}>{t(camera ? 'k.card.camera.close' : 'k.card.camera.open')}</Button>}
      </div>
    </div>
  )
}

export interface ApartProps {
  title: string
  list: Difference[]
  note?: string
  action: string
  onAction: () => void
}

/** Apart says where a card and what was typed disagree; the person decides which stands. */
export function Apart({ title, list, note, action, onAction }: ApartProps) {
  const { t } = useText()
  const labels = { full_name: 'k.who.name', citizen_id: 'k.who.number', birth_date: 'k.who.birth', sex: 'k.who.sex' } as const
  const show = (field: Difference['field'], value: string) =>
    field === 'birth_date' ? formatPlainDate(value) : field === 'citizen_id' ? groupDigits(value) : field === 'sex' ? t(value === 'female' ? 'k.who.female' : 'k.who.male') : value
  return (
    <Notice title={title} action={<Button onClick={onAction}>{action}</Button>}>
      {list.map(({ field, typed: wrote, card }) => (
        <p key={field} data-personal>{t('k.card.row', { field: t(labels[field]), card: show(field, card), typed: show(field, wrote) })}</p>
      ))}
      {note && <p>{note}</p>}
    </Notice>
  )
}

/** Doubts says what of a card was read with less than full confidence. */
export function Doubts({ card }: { card: Card }) {
  const { t } = useText()
  return (card.doubts ?? []).map((doubt) =>
    doubt === 'old_number_odd' ? null : <Notice key={doubt} title={t(`k.card.doubt.${doubt}`)} />,
  )
}

function CardPicture() {
  return (
    <svg className="k-cardscan__picture" viewBox="0 0 360 260" aria-hidden>
      <rect x="40" y="150" width="280" height="96" rx="18" fill="#0b332c" />
      <rect x="66" y="168" width="228" height="14" rx="7" fill="#ecbb4d" />
      <path d="M70 212h60" stroke="#5fa592" strokeWidth="7" strokeLinecap="round" />
      <circle cx="286" cy="212" r="8" fill="#7dd0b4" />
      <g transform="rotate(-5 180 90)">
        <rect x="62" y="18" width="236" height="148" rx="14" fill="#dcebe4" stroke="#1d7662" strokeWidth="4" />
        <rect x="80" y="44" width="58" height="74" rx="6" fill="#bcdacf" />
        <circle cx="109" cy="70" r="14" fill="#5fa592" />
        <path d="M86 118c2-26 44-26 46 0z" fill="#5fa592" />
        <path d="M152 54h66M152 72h54M152 90h60M152 108h40" stroke="#1d7662" strokeWidth="7" strokeLinecap="round" />
        <g transform="translate(232 42)" fill="#0b332c">
          <path d="M0 0h20v20H0zM28 0h20v20H28zM0 28h20v20H0z" />
          <path d="M28 28h8v8h-8zM40 28h8v8h-8zM34 38h8v10h-8zM46 42h4v6h-4z" />
        </g>
      </g>
    </svg>
  )
}
