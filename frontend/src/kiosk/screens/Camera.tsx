import { useState } from 'react'
import { useLocation } from 'wouter'
import { desk } from '../../api/kiosk'
import { ProblemNotice } from '../../components/Problems/Problems'
import { useText } from '../../text/language'
import { useDraftForm, useSave } from '../draft'
import { CameraView } from '../parts/CameraView'
import { papersOf } from '../parts/papers'
import { NextButton, Screen } from '../parts/Screen'
import { useStep } from '../parts/useStep'

/** Camera takes a picture; it is stored at once, and the next screen shows what the machine sees on it. */
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
      return taken.sha256
    },
    onSuccess: (sha256) => go(`${back}/page/${sha256}`, { replace: true }),
  })
  return (
    <Screen
      title={t('k.camera.title', { name: pick(paper?.needed?.name) || component })}
      help={t('k.camera.how')}
      back={back}
      next={picture && <NextButton busy={keep.isPending} onClick={() => keep.mutate(picture)}>{t('k.camera.use')}</NextButton>}
    >
      {keep.isError && <ProblemNotice error={keep.error} retry={picture && (() => keep.mutate(picture))} />}
      <CameraView
        picture={picture}
        onPicture={(next) => {
          keep.reset()
          setPicture(next)
          if (next) keep.mutate(next)
        }}
      />
    </Screen>
  )
}
