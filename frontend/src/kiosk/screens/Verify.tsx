import { Camera, Keyboard as KeyboardIcon, ScanQrCode } from 'lucide-react'
import { useState } from 'react'
import { useLocation } from 'wouter'
import { verify, type Verdict } from '../../api/verify'
import { Button } from '../../components/Button/Button'
import { TextEntry } from '../../components/Keyboard/TextEntry'
import { ProblemNotice } from '../../components/Problems/Problems'
import { SlipVerdict, titleOf } from '../../components/SlipVerdict/SlipVerdict'
import { useText } from '../../text/language'
import { isLong, useWedge } from '../card'
import { useStatus } from '../draft'
import { CodeCamera } from '../parts/CodeCamera'
import { NextButton, Screen } from '../parts/Screen'
import { useStep } from '../parts/useStep'

/** Verify says without a line whether a slip is genuine: by camera, by scanner, or typed. */
export function Verify() {
  const { t } = useText()
  const [, go] = useLocation()
  const [verdict, setVerdict] = useState<Verdict>()
  const judge = useStep({ mutationFn: verify.slip, onSuccess: setVerdict })
  // a scanner works on every face of this screen: the next slip may follow at once
  useWedge((code) => judge.mutate(code), isLong)
  if (verdict) {
    const again = () => {
      judge.reset()
      setVerdict(undefined)
    }
    const found = verdict.signed || verdict.code === 'unchecked' || verdict.other === 'slip_number'
    return (
      <Screen
        eyebrow={t('v.open')}
        title={t(titleOf(verdict))}
        focusKey={`${verdict.code} ${verdict.slip}`}
        next={<NextButton onClick={() => go('/home')}>{t('v.home')}</NextButton>}
        aside={
          <>
            {found && <Button onClick={() => go('/track')}>{t('v.track')}</Button>}
            <Button onClick={again}>{t('v.again')}</Button>
          </>
        }
      >
        {judge.isError && <ProblemNotice error={judge.error} />}
        <SlipVerdict verdict={verdict} />
      </Screen>
    )
  }
  return <Ask busy={judge.isPending} error={judge.error} onCode={(code) => judge.mutate(code)} onVerdict={setVerdict} />
}

interface AskProps {
  busy: boolean
  error: unknown
  onCode: (code: string) => void
  onVerdict: (verdict: Verdict) => void
}

function Ask({ busy, error, onCode, onVerdict }: AskProps) {
  const { t } = useText()
  const [typing, setTyping] = useState(false)
  const [code, setCode] = useState('')
  const eyes = useStatus().data?.code_reader === true
  const [unseen, setUnseen] = useState<unknown>()
  const look = async (picture: Blob) => {
    try {
      const seen = await verify.picture(picture)
      setUnseen(undefined)
      // half a code is the ordinary sight while a hand comes near: look again
      if (seen.code === 'none' || seen.code === 'damaged') return false
      onVerdict(seen)
      return true
    } catch (failed) {
      setUnseen(failed)
      return false
    }
  }
  if (typing) {
    return (
      <Screen
        eyebrow={t('v.open')}
        title={t('v.type.label')}
        focusKey="type"
        back={() => setTyping(false)}
        next={<NextButton busy={busy} disabled={code.trim() === ''} onClick={() => onCode(code)}>{t('v.check')}</NextButton>}
      >
        {error ? <ProblemNotice error={error} /> : null}
        <TextEntry value={code} onChange={setCode} labelledBy="title" capitals="none" maxLength={1000} autoFocus onDone={() => code.trim() && onCode(code)} />
      </Screen>
    )
  }
  return (
    <Screen
      eyebrow={t('v.open')}
      title={t('v.title')}
      help={t('v.help')}
      focusKey="scan"
      back="/track"
      aside={<Button icon={<KeyboardIcon aria-hidden />} onClick={() => setTyping(true)}>{t('v.type')}</Button>}
    >
      {error || unseen ? <ProblemNotice error={error ?? unseen} /> : null}
      <div className="k-verify" data-eyes={eyes || undefined}>
        {eyes && (
          <section className="k-card k-verify__way">
            <h2><Camera aria-hidden />{t('v.camera')}</h2>
            <CodeCamera look={look} />
            <p className="k-help">{t('v.camera.how')}</p>
          </section>
        )}
        <section className="k-card k-verify__way">
          <h2><ScanQrCode aria-hidden />{t('v.scanner')}</h2>
          <SlipPicture />
          <p className="k-help">{t('v.scanner.how')}</p>
        </section>
      </div>
    </Screen>
  )
}

/** SlipPicture shows where on the paper the code is, for whoever does not read. */
function SlipPicture() {
  return (
    <svg className="k-verify__slip" viewBox="0 0 200 150" aria-hidden focusable="false">
      <rect x="38" y="6" width="104" height="138" rx="4" className="k-verify__paper" />
      <path d="M50 22h36M50 32h28M50 50h40M50 96h80M50 108h72M50 120h76M50 132h48" className="k-verify__lines" />
      <rect x="50" y="62" width="50" height="14" rx="2" className="k-verify__number" />
      <g className="k-verify__code">
        <rect x="100" y="16" width="32" height="32" rx="1" />
        <path d="M104 20h8v8h-8zM120 20h8v8h-8zM104 36h8v8h-8zM115 31h3v3h-3zM121 36h3v3h-3zM125 40h3v3h-3zM116 41h3v3h-3zM115 22h2v4h-2z" />
      </g>
      <path d="M178 70 138 38" className="k-verify__ray" />
      <path d="M170 76q-3-4 1-7l15-11q4-3 7 1l6 9q3 4-1 7l-4 3 7 24q1 5-4 6l-6 1q-4 1-5-4l-5-19-2 1q-4 3-7-1z" className="k-verify__gun" />
    </svg>
  )
}
