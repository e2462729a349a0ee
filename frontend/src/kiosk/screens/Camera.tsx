import { useState } from 'react'
import { useLocation } from 'wouter'
import { desk } from '../../api/kiosk'
import { Notice } from '../../components/Notice/Notice'
import { ProblemNotice } from '../../components/Problems/Problems'
import { useText } from '../../text/language'
import { useDraftForm, useSave } from '../draft'
import { CameraView } from '../parts/CameraView'
import { papersOf } from '../parts/papers'
import { NextButton, Screen } from '../parts/Screen'
import { useStep } from '../parts/useStep'

export function Camera({ id, component }: { id: string; component: string }) {
  const { t, pick } = useText()
  const [, go] = useLocation()
  const save = useSave(id)
  const { draft, procedure } = useDraftForm(id)
  const [picture, setPicture] = useState<Blob>()
  const paper = draft && papersOf(draft, procedure).find((p) => p.id === component)
  const back = `/d/${id}/papers/${component}`
  const keep = useStep({
    mutationFn: async (bytes: Blob) => {
      const number = (paper?.component.scans?.length ?? 0) + 1
      const taken = await desk.addScan(id, component, `anh-${number}.jpg`, bytes)
      await save.refresh()
      return { sha256: taken.sha256, warnings: taken.warnings ?? [] }
    },
    onSuccess: ({ warnings }) => {
      if (warnings.length === 0) go(back)
    },
  })
  // taking it again after a warning means: not that one
  const again = useStep({
    mutationFn: async (sha256: string) => {
      await desk.removeScan(id, sha256)
      await save.refresh()
    },
  })
  const warnings = keep.data?.warnings ?? []
  return (
    <Screen
      title={t('k.camera.title', { name: pick(paper?.needed?.name) || component })}
      help={t('k.camera.how')}
      back={back}
      next={
        picture && (warnings.length > 0
          ? <NextButton onClick={() => go(back)} />
          : <NextButton busy={keep.isPending} onClick={() => keep.mutate(picture)}>{t('k.camera.use')}</NextButton>)
      }
    >
      {keep.isError && <ProblemNotice error={keep.error} retry={picture && (() => keep.mutate(picture))} />}
      {warnings.length > 0 && (
        <Notice title={t('k.camera.warn')}>{warnings.map((w) => <p key={w.code}>{pick(w.message)}</p>)}</Notice>
      )}
      <CameraView
        picture={picture}
        onPicture={(next) => {
          if (!next && keep.data) again.mutate(keep.data.sha256)
          keep.reset()
          setPicture(next)
        }}
      />
    </Screen>
  )
}
