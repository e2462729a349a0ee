// Before the first question of any form: papers that are a state secret (bí mật nhà nước; marked Mật, Tối
// mật or Tuyệt mật) are no business of this machine. A yes, or a doubt, asks the desk for nothing and
// stores nothing: it ends at a human.
import { useState } from 'react'
import { BellRing, CircleHelp, FileLock, FileText, Footprints, Lock, ShieldCheck } from 'lucide-react'
import { useLocation } from 'wouter'
import { Button } from '../../components/Button/Button'
import { Loading } from '../../components/Loading/Loading'
import { Notice } from '../../components/Notice/Notice'
import { ProblemNotice } from '../../components/Problems/Problems'
import { useText } from '../../text/language'
import { desk } from '../../api/kiosk'
import { useProcedure, useSave } from '../draft'
import { NextButton, Screen } from '../parts/Screen'
import { useFinish } from '../parts/useFinish'
import { chime } from '../senses'
import { useStep } from '../parts/useStep'
import { useStart } from './ProcedureScreen'

type Answer = 'no' | 'yes' | 'unsure'
const answers = [
  { answer: 'no', Icon: FileText },
  { answer: 'yes', Icon: FileLock },
  { answer: 'unsure', Icon: CircleHelp },
] as const

export function Secrecy({ code }: { code: string }) {
  const { t, pick } = useText()
  const [, go] = useLocation()
  const procedure = useProcedure(code)
  const { form, begin, start } = useStart(code)
  const [stopped, setStopped] = useState<Exclude<Answer, 'no'>>()
  if (stopped) return <AtTheCounter answer={stopped} back={() => setStopped(undefined)} />
  const say = (answer: Answer) => {
    if (answer !== 'no') setStopped(answer)
    else if (procedure.data?.assisted) go(`/procedure/${code}/with`)
    else start()
  }
  return (
    <Screen eyebrow={pick(procedure.data?.short)} title={t('k.secret.title')} help={t('k.secret.help')} back={`/procedure/${code}`} width="narrow">
      {form.isPending && <Loading />}
      {form.isError && <ProblemNotice error={form.error} retry={() => void form.refetch()} />}
      {begin.isError && <ProblemNotice error={begin.error} />}
      {form.data && procedure.data && <Ways busy={begin.isPending} say={say} />}
    </Screen>
  )
}

/** SecrecyOfDraft asks it of a draft that was begun without: a yes erases it, a doubt leaves it as it lies. */
export function SecrecyOfDraft({ id }: { id: string }) {
  const { t } = useText()
  const [, go] = useLocation()
  const save = useSave(id)
  const [stopped, setStopped] = useState<Exclude<Answer, 'no'>>()
  const tell = useStep({
    mutationFn: async (secret: boolean) => {
      await desk.saySecrecy(id, secret)
      if (!secret) await save.refresh()
      return secret
    },
    onSuccess: (secret) => (secret ? setStopped('yes') : go(`/d/${id}/who`)),
  })
  if (stopped) return <AtTheCounter answer={stopped} back={stopped === 'yes' ? () => go('/home') : () => setStopped(undefined)} />
  return (
    <Screen title={t('k.secret.title')} help={t('k.secret.help')} back="/home" width="narrow">
      {tell.isError && <ProblemNotice error={tell.error} />}
      <Ways busy={tell.isPending} say={(answer) => (answer === 'unsure' ? setStopped(answer) : tell.mutate(answer === 'yes'))} />
    </Screen>
  )
}

function Ways({ busy, say }: { busy: boolean; say: (answer: Answer) => void }) {
  const { t } = useText()
  return (
    <div className="k-ways">
      {answers.map(({ answer, Icon }) => (
        <button key={answer} type="button" data-secret={answer} className={`k-way ${answer === 'no' ? 'k-way--main' : ''}`} disabled={busy} onClick={() => say(answer)}>
          <span className="k-way__icon" aria-hidden><Icon /></span>
          <span><strong>{t(`k.secret.${answer}`)}</strong><span>{t(`k.secret.${answer}.sub`)}</span></span>
        </button>
      ))}
    </div>
  )
}

// Nothing is printed either: the book notes every paper that leaves.
function AtTheCounter({ answer, back }: { answer: 'yes' | 'unsure'; back: () => void }) {
  const { t } = useText()
  const [called, setCalled] = useState(false)
  const finish = useFinish()
  return (
    <Screen
      title={t(`k.secret.stop.${answer}`)}
      focusKey={answer}
      back={back}
      width="narrow"
      aside={<Button icon={<BellRing aria-hidden />} onClick={() => { chime(3); setCalled(true) }}>{t('k.secret.call')}</Button>}
      next={<NextButton onClick={() => void finish()}>{t('k.secret.finish')}</NextButton>}
    >
      {called && <Notice title={t('k.secret.called')} />}
      <ul className="k-secret">
        <li><Footprints aria-hidden />{t('k.secret.stop.go')}</li>
        <li><Lock aria-hidden />{t('k.secret.stop.keep')}</li>
        <li><ShieldCheck aria-hidden />{t('k.secret.stop.nothing')}</li>
      </ul>
    </Screen>
  )
}
