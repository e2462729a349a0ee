import { useEffect, useRef, useState } from 'react'
import { Eraser, FileSignature, Fingerprint, PenLine, Printer } from 'lucide-react'
import SignaturePad from 'signature_pad'
import { useLocation } from 'wouter'
import { desk } from '../../api/kiosk'
import { Button } from '../../components/Button/Button'
import { ChooseOne } from '../../components/Choice/Choice'
import { Notice } from '../../components/Notice/Notice'
import { ProblemNotice } from '../../components/Problems/Problems'
import { useText } from '../../text/language'
import { useSave } from '../draft'
import { CameraView } from '../parts/CameraView'
import { NextButton, Screen } from '../parts/Screen'
import { TakePaper } from '../parts/TakePaper'
import { useStep } from '../parts/useStep'

type Way = 'drawn' | 'thumb' | 'paper'

/** Sign offers three ways; nobody who cannot write is stopped here. */
export function Sign({ id }: { id: string }) {
  const { t } = useText()
  const [, go] = useLocation()
  const save = useSave(id)
  const [way, setWay] = useState<Way>()
  const [open, setOpen] = useState(false)
  const store = useStep({
    mutationFn: async (picture?: Blob) => {
      if (way === 'paper' || !picture) await desk.signOnPaper(id)
      else await desk.sign(id, way === 'thumb' ? 'thumb' : 'drawn', picture)
      await save.refresh()
    },
    onSuccess: () => (way === 'paper' ? setOpen(true) : go(`/d/${id}/consent`)),
  })
  const error = store.isError && <ProblemNotice error={store.error} />
  if (open && way === 'drawn') return <Draw busy={store.isPending} error={error} onBack={() => setOpen(false)} onSigned={(picture) => store.mutate(picture)} />
  if (open && way === 'paper') return <ByHand id={id} onBack={() => setOpen(false)} onDone={() => go(`/d/${id}/consent`)} />
  if (open && way === 'thumb') return <Thumb busy={store.isPending} error={error} onBack={() => setOpen(false)} onTaken={(picture) => store.mutate(picture)} />
  return (
    <Screen
      title={t('k.sign.title')}
      help={t('k.sign.help')}
      back={`/d/${id}/read`}
      width="narrow"
      focusKey="ways"
      next={<NextButton busy={store.isPending} disabled={!way} onClick={() => (way === 'paper' ? store.mutate(undefined) : setOpen(true))} />}
    >
      {error}
      <ChooseOne
        labelledBy="title"
        value={way}
        onChange={(value) => setWay(value as Way)}
        options={[
          { value: 'drawn', label: t('k.sign.draw'), hint: t('k.sign.draw.sub'), icon: <PenLine /> },
          { value: 'thumb', label: t('k.sign.thumb'), hint: t('k.sign.thumb.sub'), icon: <Fingerprint /> },
          { value: 'paper', label: t('k.sign.paper'), hint: t('k.sign.paper.sub'), icon: <FileSignature /> },
        ]}
      />
    </Screen>
  )
}

// The sheet is printed here and signed in peace: nothing is taken for signed until it is seen.
function ByHand({ id, onBack, onDone }: { id: string; onBack: () => void; onDone: () => void }) {
  const { t } = useText()
  return (
    <Screen title={t('k.sign.sheet.title')} help={t('k.sign.sheet.help')} back={onBack} focusKey="sheet" width="narrow" aside={<TakeDeclaration id={id} />} next={<NextButton onClick={onDone} />}>
      <ul className="k-secret">
        <li><Printer aria-hidden />{t('k.sign.sheet.print.how')}</li>
        <li><PenLine aria-hidden />{t('k.sign.sheet.sign.how')}</li>
        <li><FileSignature aria-hidden />{t('k.sign.sheet.bring')}</li>
      </ul>
    </Screen>
  )
}

/** TakeDeclaration prints the filled form with a place for each who signs. */
export function TakeDeclaration({ id }: { id: string }) {
  const { t } = useText()
  return <TakePaper print={() => desk.printDeclaration(id)} printLabel={t('k.sign.sheet.print')} load={() => desk.declarationPDF(id)} name="to-khai.pdf" label={t('k.sign.sheet.save')} />
}

interface StepProps {
  busy: boolean
  error: React.ReactNode
  onBack: () => void
}

function Draw({ busy, error, onBack, onSigned }: StepProps & { onSigned: (picture: Blob) => void }) {
  const { t } = useText()
  const canvas = useRef<HTMLCanvasElement>(null)
  const pad = useRef<SignaturePad>(null)
  const [empty, setEmpty] = useState(false)
  useEffect(() => {
    const element = canvas.current
    if (!element) return
    // the drawing's own points, so that the line is sharp on every screen
    const ratio = Math.max(window.devicePixelRatio, 1)
    element.width = element.offsetWidth * ratio
    element.height = element.offsetHeight * ratio
    element.getContext('2d')?.scale(ratio, ratio)
    const made = new SignaturePad(element, { penColor: '#0b2a6b', backgroundColor: '#ffffff', minWidth: 1.4, maxWidth: 4 })
    pad.current = made
    return () => made.off()
  }, [])
  const finish = () => {
    if (!pad.current || pad.current.isEmpty()) {
      setEmpty(true)
      return
    }
    canvas.current?.toBlob((blob) => blob && onSigned(blob), 'image/png')
  }
  return (
    <Screen
      title={t('k.sign.here')}
      back={onBack}
      focusKey="draw"
      next={<NextButton busy={busy} onClick={finish}>{t('k.sign.ok')}</NextButton>}
      aside={
        <Button
          icon={<Eraser aria-hidden />}
          onClick={() => {
            pad.current?.clear()
            setEmpty(false)
          }}
        >
          {t('k.sign.again')}
        </Button>
      }
    >
      {error}
      {empty && <Notice tone="harm" title={t('k.sign.empty')} />}
      <div className="k-signbox">
        <canvas ref={canvas} aria-label={t('k.sign.here')} role="img" onPointerDown={() => setEmpty(false)} />
        <span aria-hidden>✕</span>
      </div>
    </Screen>
  )
}

function Thumb({ busy, error, onBack, onTaken }: StepProps & { onTaken: (picture: Blob) => void }) {
  const { t } = useText()
  const [picture, setPicture] = useState<Blob>()
  return (
    <Screen
      title={t('k.sign.thumb.title')}
      help={t('k.sign.thumb.staff')}
      back={onBack}
      focusKey="thumb"
      next={picture && <NextButton busy={busy} onClick={() => onTaken(picture)}>{t('k.camera.use')}</NextButton>}
    >
      {error}
      <CameraView picture={picture} onPicture={setPicture} />
    </Screen>
  )
}
