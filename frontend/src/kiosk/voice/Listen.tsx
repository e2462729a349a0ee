// The button that reads a screen aloud, and what it asks before it reads what is
// somebody's own.
import { useRef } from 'react'
import { useQuery } from '@tanstack/react-query'
import { Square, Volume2 } from 'lucide-react'
import { languages } from '../../api/languages'
import { Button } from '../../components/Button/Button'
import { useText } from '../../text/language'
import { useVoice } from './VoiceProvider'

export function useLanguages() {
  return useQuery({ queryKey: ['public', 'languages'], queryFn: languages.list, staleTime: 60_000, retry: 2 })
}

/** Listen reads the nearest screen or dialog around it; a second touch stops. */
export function Listen({ className = '' }: { className?: string }) {
  const { t } = useText()
  const { state, read, stop } = useVoice()
  const button = useRef<HTMLSpanElement>(null)
  const voice = useLanguages().data?.voice
  const local = (window.speechSynthesis?.getVoices() ?? []).some((v) => v.localService)
  if (!voice && !local) return null
  const reading = state === 'reading'
  return (
    <span ref={button} data-unspoken className={`k-listen ${className}`}>
      <Button
        look="quiet"
        icon={reading ? <Square aria-hidden /> : <Volume2 aria-hidden />}
        aria-pressed={reading}
        onClick={() => {
          const root = button.current?.closest('dialog, .k-screen, .k-welcome, .k-blank')
          if (reading) stop()
          else if (root) read(root)
        }}
      >
        {t(reading ? 'k.voice.stop' : 'k.tool.listen')}
      </Button>
    </span>
  )
}

/** ListenBar stands under the header when something was left unread. */
export function ListenBar() {
  const { t } = useText()
  const { state, readPersonal, stop } = useVoice()
  if (state !== 'asks' && state !== 'mute') return null
  return (
    <div className="k-listenbar" role="status" data-unspoken>
      <p>{t(state === 'asks' ? 'k.voice.personal.note' : 'k.voice.silent')}</p>
      <div>
        {state === 'asks' && <Button icon={<Volume2 aria-hidden />} onClick={readPersonal}>{t('k.voice.personal')}</Button>}
        <Button look="quiet" onClick={stop}>{t(state === 'asks' ? 'k.voice.skip' : 'common.close')}</Button>
      </div>
    </div>
  )
}
