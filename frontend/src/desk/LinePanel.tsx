import type { Outbox } from '../api/kiosk'
import { type LineMood, moodOf } from '../api/line'
import { Ferry } from '../components/Scene/Scene'
import { StatePill } from '../components/StatePill/StatePill'
import { formatMoment, formatNumber, formatRate, formatTime } from '../text/format'
import { useText } from '../text/language'

/** LinePanel draws the line as a crossing and says the same in words. */
export function LinePanel({ line }: { line: Outbox['line'] }) {
  const { t } = useText()
  const mood = moodOf(line)
  const problems = ['agent_not_running', 'transient', 'intercepted', 'clock', 'auth', 'fork', 'version'] as const
  const problem = line.problem ? (problems.find((p) => line.problem === p) ?? 'other') : undefined
  return (
    <section className="d-line" data-mood={mood} aria-label={t('d.line')}>
      <LinePicture mood={mood} />
      <div className="d-line__facts">
        <p className="d-line__state">
          <StatePill tone={mood === 'up' ? 'good' : mood === 'unknown' ? 'quiet' : 'wait'}>{t(`line.${mood}`)}</StatePill>
          {line.since ? <span className="o-soft bd-number">{t('d.line.since', { time: formatMoment(line.since) })}</span> : null}
        </p>
        <dl>
          <div><dt>{t('d.line.rate')}</dt><dd className="bd-number">{line.rate_bps ? formatRate(line.rate_bps) : t('d.line.unmeasured')}</dd></div>
          <div><dt>{t('d.line.rtt')}</dt><dd className="bd-number">{line.rtt_ms ? `${formatNumber(line.rtt_ms)} ms` : t('d.line.unmeasured')}</dd></div>
          {line.next_try ? <div><dt>{t('d.line.next')}</dt><dd className="bd-number">{formatTime(line.next_try)}</dd></div> : null}
        </dl>
        {problem && <p className="d-line__problem">{t(`d.problem.${problem}`)}</p>}
      </div>
    </section>
  )
}

function LinePicture({ mood }: { mood: LineMood }) {
  const { t } = useText()
  const title = mood === 'unknown' ? t('line.unknown') : t(`d.line.picture.${mood}`)
  const x = mood === 'up' ? 214 : mood === 'slow' ? 150 : 92
  return (
    <svg className="d-line__picture" viewBox="0 0 560 170" role="img" aria-label={title}>
      <rect width="560" height="170" rx="12" fill={mood === 'down' || mood === 'unknown' ? '#ece6d8' : '#dcebe4'} />
      <rect y="112" width="560" height="58" fill={mood === 'down' || mood === 'unknown' ? '#9db3aa' : '#1d7662'} />
      <g transform="translate(18 44)">
        <rect x="10" y="32" width="64" height="44" fill="#fcfaf4" />
        <path d="M0 34L42 4l42 30z" fill="#9c3a2c" />
        <rect x="34" y="48" width="18" height="28" fill="#15604f" />
      </g>
      <g transform="translate(452 24)">
        <rect x="6" y="34" width="78" height="62" fill="#fcfaf4" />
        <path d="M0 36L45 8l45 28z" fill="#15604f" />
        <path d="M18 44v48M36 44v48M54 44v48M72 44v48" stroke="#bcdacf" strokeWidth="8" />
      </g>
      <path d="M0 116h112l-14 14H0zM448 116h112v14H462z" fill="#2c6b4f" />
      {(mood === 'down' || mood === 'unknown') && <path d="M268 40l34 34M302 40l-34 34" stroke={mood === 'down' ? '#9c2219' : '#63726c'} strokeWidth="9" strokeLinecap="round" opacity={mood === 'down' ? 1 : 0} />}
      {mood !== 'down' && mood !== 'unknown' && <path d="M120 60h300" stroke="#5fa592" strokeWidth="5" strokeDasharray="4 12" strokeLinecap="round" />}
      <g transform={`translate(${x} 62) scale(0.36)`}><Ferry /></g>
      <path d="M110 128c16-6 24 3 40 0s24-6 40 0 24 3 40 0 24-6 40 0 24 3 40 0 24-6 40 0 24 3 40 0 24-6 40 0" fill="none" stroke="#fcfaf4" strokeWidth="3" opacity="0.7" />
      <text x="60" y="158" textAnchor="middle" fontSize="17" fontWeight="600" fill="#fff">{t('d.line.commune')}</text>
      <text x="498" y="158" textAnchor="middle" fontSize="17" fontWeight="600" fill="#fff">{t('d.line.province')}</text>
    </svg>
  )
}
