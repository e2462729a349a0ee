// A petition that is spoken: for who does not write, or not well enough for what there is to say.
import { useEffect, useRef, useState } from 'react'
import { useQuery } from '@tanstack/react-query'
import { Ear, Keyboard, Mic, RotateCcw, Square, Trash2 } from 'lucide-react'
import { feedback, type PetitionChoices } from '../../api/feedback'
import { desk, type Draft } from '../../api/kiosk'
import { Button } from '../../components/Button/Button'
import { Notice } from '../../components/Notice/Notice'
import { ProblemNotice } from '../../components/Problems/Problems'
import { useText } from '../../text/language'
import { useSave } from '../draft'
import { useLeave, type StepProps } from '../parts/LetterSteps'
import { NextButton, Screen } from '../parts/Screen'
import { useStep } from '../parts/useStep'
import { record, type Recording } from '../voice/capture'
import { play, wake } from '../voice/player'

const notesOf = (draft: Draft, choices: PetitionChoices) => draft.components?.find((c) => c.id === choices.voice)?.scans ?? []

/** noteOf is the spoken note of a petition. */
export const noteOf = (draft: Draft, choices: PetitionChoices) => notesOf(draft, choices).at(-1)

/** How asks whether to speak or to write; both may be done. */
export function How({ id }: StepProps<PetitionChoices>) {
  const { t } = useText()
  const leave = useLeave(`/f/${id}`)
  const ways = [['voice', Mic, 'k.f.how.speak'], ['text', Keyboard, 'k.f.how.write']] as const
  return (
    <Screen eyebrow={t('k.tile.feedback')} title={t('k.f.how')} help={t('k.f.how.help')} back={() => leave('/feedback')}>
      <div className="k-ways">
        {ways.map(([step, Icon, say]) => (
          <button key={step} type="button" className="k-way k-way--main" onClick={() => leave(step)}>
            <span className="k-way__icon" aria-hidden><Icon /></span>
            <span><strong>{t(say)}</strong><small>{t(`${say}.sub`)}</small></span>
          </button>
        ))}
      </div>
    </Screen>
  )
}

/** Voice records, plays back, and keeps one note. */
export function Voice({ id, draft, choices }: StepProps<PetitionChoices>) {
  const { t } = useText()
  const leave = useLeave(`/f/${id}`)
  const note = noteOf(draft, choices)
  const most = choices.max_voice_seconds ?? 0
  const save = useSave(id)
  const keep = useStep({
    mutationFn: async (file: ArrayBuffer) => {
      await feedback.addNote(id, file)
      await save.refresh()
    },
  })
  const remove = useStep({
    mutationFn: async () => {
      // a crash may have left an older one beside it
      for (const one of notesOf(draft, choices)) await desk.removeScan(id, one.sha256)
      await save.refresh()
    },
  })
  const mic = useMicrophone(most, (file) => keep.mutate(file))
  const busy = keep.isPending || remove.isPending
  return (
    <Screen
      eyebrow={t('k.tile.feedback')}
      title={t(mic.state === 'listening' ? 'k.f.voice.listening' : note ? 'k.f.voice.kept' : 'k.f.voice')}
      help={t('k.f.voice.help', { n: most })}
      focusKey={mic.state}
      back={() => leave('how')}
      next={<NextButton busy={busy} disabled={mic.state === 'listening' || !note} onClick={() => leave('photos')} />}
      aside={!note && mic.state !== 'listening' && <Button look="quiet" icon={<Keyboard aria-hidden />} onClick={() => leave('text')}>{t('k.f.voice.write')}</Button>}
    >
      {keep.isError && <ProblemNotice error={keep.error} />}
      {remove.isError && <ProblemNotice error={remove.error} />}
      {mic.state === 'none' && <Notice tone="harm" title={t('k.f.voice.none')}>{t('k.f.voice.none.next')}</Notice>}
      <div className="k-mic" data-state={mic.state}>
        {mic.state === 'listening' ? (
          <>
            <Meter level={mic.level} />
            <p className="k-mic__left" aria-live="off">{t('k.f.voice.left', { n: mic.left })}</p>
            <Button look="primary" className="k-mic__button" icon={<Square aria-hidden />} onClick={mic.stop}>{t('k.f.voice.stop')}</Button>
          </>
        ) : note && !keep.isError ? (
          <>
            <Listen id={id} sha256={note.sha256} disabled={busy} />
            <div className="k-mic__again">
              <Button icon={<RotateCcw aria-hidden />} disabled={busy || mic.state === 'opening'} onClick={mic.start}>{t('k.f.voice.again')}</Button>
              <Button look="harm" icon={<Trash2 aria-hidden />} disabled={busy || mic.state === 'opening'} onClick={() => remove.mutate()}>{t('common.delete')}</Button>
            </div>
          </>
        ) : (
          <Button look="primary" className="k-mic__button" icon={<Mic aria-hidden />} disabled={busy || mic.state === 'opening'} onClick={mic.start}>{t('k.f.voice.start')}</Button>
        )}
      </div>
    </Screen>
  )
}

/** useMicrophone listens until it is stopped, the time is over, or the screen is left. */
function useMicrophone(most: number, done: (file: ArrayBuffer) => void) {
  const [state, setState] = useState<'ready' | 'opening' | 'listening' | 'none'>('ready')
  const [left, setLeft] = useState(most)
  const [level, setLevel] = useState(0)
  const recording = useRef<Recording>(undefined)
  const gone = useRef(false)
  const stop = () => {
    const file = recording.current?.stop()
    recording.current = undefined
    setState('ready')
    if (file) done(file)
  }
  const finish = useRef(stop)
  useEffect(() => {
    finish.current = stop
  })
  useEffect(() => {
    gone.current = false
    return () => {
      gone.current = true
      recording.current?.drop()
      recording.current = undefined
    }
  }, [])
  useEffect(() => {
    if (state !== 'listening') return
    const ends = performance.now() + most * 1000
    const timer = window.setInterval(() => {
      const rest = Math.ceil((ends - performance.now()) / 1000)
      setLeft(Math.max(0, rest))
      if (rest <= 0) finish.current()
    }, 250)
    return () => window.clearInterval(timer)
  }, [state, most])
  const start = () => {
    if (state !== 'ready' && state !== 'none') return // one microphone is enough, however often it is touched
    wake()
    setState('opening')
    setLeft(most)
    record(most, setLevel).then(
      (begun) => {
        if (gone.current || recording.current) return begun.drop()
        recording.current = begun
        setState('listening')
      },
      () => !gone.current && setState('none'),
    )
  }
  return { state, left, level, start, stop }
}

/** Meter shows that somebody is heard; nothing of it has to be read. */
function Meter({ level }: { level: number }) {
  const bars = 12
  return (
    <div className="k-mic__meter" aria-hidden>
      {Array.from({ length: bars }, (_, i) => <span key={i} data-on={level * bars > i} />)}
    </div>
  )
}

/** Listen plays what was said, from the desk's own copy: what is heard is what is sent. */
function Listen({ id, sha256, disabled }: { id: string; sha256: string; disabled: boolean }) {
  const { t } = useText()
  const sound = useQuery({ queryKey: ['scan', id, sha256], queryFn: () => desk.scan(id, sha256), staleTime: Infinity, gcTime: 60_000 })
  const [playing, setPlaying] = useState<AbortController>()
  const [silent, setSilent] = useState(false)
  useEffect(() => () => playing?.abort(), [playing])
  const listen = async () => {
    wake()
    const here = new AbortController()
    setPlaying(here)
    setSilent(!(await play(await (sound.data as Blob).arrayBuffer(), here.signal)) && !here.signal.aborted)
    setPlaying(undefined)
  }
  return (
    <>
      {sound.isError && <ProblemNotice error={sound.error} retry={() => void sound.refetch()} />}
      {silent && <Notice title={t('k.f.voice.mute')} />}
      <Button look="primary" className="k-mic__button" icon={playing ? <Square aria-hidden /> : <Ear aria-hidden />} disabled={disabled || !sound.data} onClick={() => (playing ? playing.abort() : void listen())}>
        {t(playing ? 'k.f.voice.stopListening' : 'k.f.voice.listen')}
      </Button>
    </>
  )
}
