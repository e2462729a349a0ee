// The pictures of a petition: of the place, of a paper, or of a handwritten note.
import { useState } from 'react'
import { Camera, CheckCircle2, Trash2 } from 'lucide-react'
import type { PetitionChoices } from '../../api/feedback'
import { desk } from '../../api/kiosk'
import { Button } from '../../components/Button/Button'
import { Notice } from '../../components/Notice/Notice'
import { ProblemNotice } from '../../components/Problems/Problems'
import { useText } from '../../text/language'
import { useSave } from '../draft'
import { CameraView } from '../parts/CameraView'
import { textOf, useLeave, type StepProps } from '../parts/LetterSteps'
import { ScanPicture } from '../parts/ScanPicture'
import { NextButton, Screen } from '../parts/Screen'
import { useStep } from '../parts/useStep'
import { photosOf } from './FeedbackSteps'
import { noteOf } from './FeedbackVoice'

export function Photos({ id, draft, choices }: StepProps<PetitionChoices>) {
  const { t } = useText()
  const save = useSave(id)
  const leave = useLeave(`/f/${id}`)
  const [shooting, setShooting] = useState(false)
  const [missing, setMissing] = useState(false)
  const photos = photosOf(draft, choices)
  const spoken = noteOf(draft, choices)
  const remove = useStep({
    mutationFn: async (sha256: string) => {
      await desk.removeScan(id, sha256)
      await save.refresh()
    },
  })
  if (shooting) return <Shoot id={id} choices={choices} count={photos.length} onDone={() => setShooting(false)} />
  const next = () => {
    if (photos.length === 0 && !spoken && textOf(draft, 'text').trim() === '') setMissing(true)
    else leave('name')
  }
  const full = photos.length >= choices.max_photos
  return (
    <Screen
      eyebrow={t('k.tile.feedback')}
      title={t('k.f.photos')}
      help={t('k.f.photos.help', { n: choices.max_photos })}
      focusKey="photos"
      back={() => leave(spoken && textOf(draft, 'text').trim() === '' ? 'voice' : 'text')}
      next={<NextButton onClick={next}>{photos.length === 0 ? t('k.f.photos.none') : undefined}</NextButton>}
    >
      {remove.isError && <ProblemNotice error={remove.error} />}
      {missing && photos.length === 0 && <Notice tone="harm" title={t('k.f.photos.needed')} />}
      {photos.length > 0 && (
        <ul className="k-scans">
          {photos.map((scan, index) => (
            <li key={scan.sha256}>
              <ScanPicture name={[id, scan.sha256]} load={() => desk.scan(id, scan.sha256)} alt={t('k.f.photo', { n: index + 1 })} />
              <Button look="harm" icon={<Trash2 aria-hidden />} disabled={remove.isPending} onClick={() => remove.mutate(scan.sha256)}>
                {t('common.delete')}<span className="bd-hidden"> {t('k.f.photo', { n: index + 1 })}</span>
              </Button>
            </li>
          ))}
        </ul>
      )}
      {full ? <Notice title={t('k.f.photos.full')} /> : (
        <div className="k-ways">
          <button type="button" className="k-way k-way--main" onClick={() => { setMissing(false); setShooting(true) }}>
            <span className="k-way__icon" aria-hidden><Camera /></span>
            <span><strong>{t(photos.length > 0 ? 'k.f.photos.more' : 'k.f.photos.take')}</strong></span>
          </button>
        </div>
      )}
    </Screen>
  )
}

function Shoot({ id, choices, count, onDone }: { id: string; choices: PetitionChoices; count: number; onDone: () => void }) {
  const { t } = useText()
  const save = useSave(id)
  const [picture, setPicture] = useState<Blob>()
  const keep = useStep({
    mutationFn: async (bytes: Blob) => {
      await desk.addScan(id, choices.photo, `anh-${count + 1}.jpg`, bytes)
      await save.refresh()
    },
    onSuccess: onDone,
  })
  return (
    <Screen
      eyebrow={t('k.tile.feedback')}
      title={t('k.f.photos.shoot')}
      focusKey="shoot"
      back={onDone}
      next={picture && <NextButton busy={keep.isPending} icon={<CheckCircle2 aria-hidden />} onClick={() => keep.mutate(picture)}>{t('k.f.photos.use')}</NextButton>}
    >
      {keep.isError && <ProblemNotice error={keep.error} retry={picture && (() => keep.mutate(picture))} />}
      <CameraView picture={picture} onPicture={(next) => { setPicture(next); keep.reset() }} />
    </Screen>
  )
}
