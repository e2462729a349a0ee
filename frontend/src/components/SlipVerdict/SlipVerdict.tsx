// What a slip came to, in words a resident acts on. Only what a known machine
// signed is shown as a fact; the colour repeats the words.
import { BadgeCheck, CircleHelp, ScanQrCode, ShieldAlert, TriangleAlert } from 'lucide-react'
import type { Verdict } from '../../api/verify'
import type { MessageKey } from '../../text/messages'
import { formatDate, formatMoment, formatSlip } from '../../text/format'
import { useText } from '../../text/language'
import './SlipVerdict.css'

type Tone = 'good' | 'note' | 'harm'

const looks = {
  genuine: { tone: 'good', Icon: BadgeCheck },
  altered: { tone: 'harm', Icon: ShieldAlert },
  unchecked: { tone: 'note', Icon: CircleHelp },
  withdrawn: { tone: 'note', Icon: TriangleAlert },
  practice: { tone: 'note', Icon: TriangleAlert },
  damaged: { tone: 'note', Icon: ScanQrCode },
  not_a_slip: { tone: 'note', Icon: ScanQrCode },
  none: { tone: 'note', Icon: ScanQrCode },
} as const satisfies Record<Verdict['code'], { tone: Tone; Icon: typeof BadgeCheck }>

const others = ['slip_number', 'card', 'transfer', 'typing', 'empty'] as const

/** titleOf is the verdict in one line; it is the screen's title on the kiosk. */
export function titleOf(v: Verdict): MessageKey {
  if (v.code === 'genuine' && v.book === 'differs') return 'v.differs'
  return v.code === 'not_a_slip' ? 'v.not' : `v.${v.code}`
}

function next(v: Verdict): MessageKey {
  switch (v.code) {
    case 'genuine':
      if (v.book === 'differs') return 'v.differs.next'
      return v.own ? 'v.genuine.own' : 'v.genuine.other'
    case 'withdrawn':
      return v.status === 'suspended' ? 'v.withdrawn.suspended' : 'v.withdrawn.revoked'
    case 'not_a_slip':
      return `v.not.${others.find((o) => o === v.other) ?? 'other'}`
    default:
      return `v.${v.code}.next`
  }
}

/** SlipVerdict says what to do first, then what is proven. */
export function SlipVerdict({ verdict: v, heading = false }: { verdict: Verdict; heading?: boolean }) {
  const { t } = useText()
  const { tone, Icon } = v.code === 'genuine' && v.book === 'differs' ? looks.altered : looks[v.code]
  return (
    <section className={`bd-verdict bd-verdict--${tone}`} data-verdict={v.code} aria-label={t(titleOf(v))}>
      <div className="bd-verdict__say">
        <Icon aria-hidden className="bd-verdict__icon" />
        <div>
          {heading && <h2>{t(titleOf(v))}</h2>}
          <p>{t(next(v))}</p>
        </div>
      </div>
      <Facts v={v} />
      <Remarks v={v} />
    </section>
  )
}

function Facts({ v }: { v: Verdict }) {
  const { t, pick } = useText()
  if (!v.slip) return null
  return (
    <dl className="bd-verdict__facts">
      <div><dt>{t(v.signed ? 'v.slip' : 'v.slip.claimed')}</dt><dd className="bd-number">{formatSlip(v.slip)}</dd></div>
      {v.procedure && <div><dt>{t('v.procedure')}</dt><dd data-personal>{pick(v.procedure.name)}</dd></div>}
      {v.office && <div><dt>{t('v.office')}</dt><dd>{v.office}</dd></div>}
      {v.at !== undefined && <div><dt>{t('v.at')}</dt><dd className="bd-number">{formatMoment(v.at)}</dd></div>}
    </dl>
  )
}

function Remarks({ v }: { v: Verdict }) {
  const { t } = useText()
  const lines: string[] = []
  if (v.when === 'absurd') lines.push(t('v.when.odd'))
  if (v.when === 'future') lines.push(t(v.clock_doubt ? 'v.when.doubt' : 'v.when.future'))
  if (v.book === 'fits') lines.push(t('v.book.fits'))
  if (v.book === 'absent') lines.push(t(v.own ? 'v.book.absent.own' : 'v.book.absent'))
  if (v.code === 'genuine' && v.book !== 'differs') lines.push(t('v.proves'))
  if (v.signed && !v.own && v.list_at) lines.push(t('v.list', { date: formatDate(v.list_at) }))
  if (v.code === 'unchecked') lines.push(v.list_at ? t('v.list', { date: formatDate(v.list_at) }) : t('v.list.none'))
  if (lines.length === 0) return null
  return <ul className="bd-verdict__remarks">{lines.map((line) => <li key={line}>{line}</li>)}</ul>
}
