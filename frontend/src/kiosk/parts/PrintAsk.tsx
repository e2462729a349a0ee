// A paper is on its way: the screen waits for the printer's word, then asks the
// one who stands in front of it. Only her word, or the printer's, calls it printed.
import { useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { Printer } from 'lucide-react'
import { verify, type Print } from '../../api/verify'
import { Button } from '../../components/Button/Button'
import { Dialog } from '../../components/Dialog/Dialog'
import { Loading } from '../../components/Loading/Loading'
import { useText } from '../../text/language'
import { useStep } from './useStep'

const askMs = 1_500
/** A printer that says nothing for so long is asked about at the tray. */
export const patienceMs = 20_000

export interface PrintAskProps {
  print: number
  onAgain: () => void
  /** yes and no are the person's word; nothing when she goes on without one */
  onClose: (seen?: 'yes' | 'no') => void
}

export function PrintAsk({ print, onAgain, onClose }: PrintAskProps) {
  const [late, setLate] = useState(false)
  useEffect(() => {
    const timer = window.setTimeout(() => setLate(true), patienceMs)
    return () => window.clearTimeout(timer)
  }, [print])
  const now = useQuery({
    queryKey: ['print', print],
    queryFn: () => verify.print(print),
    refetchInterval: ({ state }) => (state.data && over(state.data) ? false : askMs),
    retry: false,
    gcTime: 0,
  })
  const say = useStep({ mutationFn: (out: boolean) => verify.seen(print, out) })
  const saw = (out: boolean) => {
    say.mutate(out)
    if (out) onClose('yes')
  }
  return <Ask state={say.variables === false ? 'failed' : late && !(now.data && over(now.data)) ? 'unknown' : now.data?.state} onSaw={saw} onAgain={onAgain} onClose={() => onClose(say.variables === false ? 'no' : undefined)} />
}

function over(p: Print) {
  return p.state !== 'begun' && p.state !== 'accepted'
}

interface AskProps {
  state: Print['state'] | undefined
  onSaw: (out: boolean) => void
  onAgain: () => void
  onClose: () => void
}

/** Ask is the dialog for a state of a print. */
export function Ask({ state, onSaw, onAgain, onClose }: AskProps) {
  const { t } = useText()
  const icon = <Printer />
  if (state === 'printed' || state === 'unknown') {
    return (
      <Dialog
        key="ask"
        title={t('v.print.ask')}
        icon={icon}
        onClose={onClose}
        actions={
          <>
            <Button onClick={() => onSaw(false)}>{t('v.print.no')}</Button>
            <Button look="primary" onClick={() => onSaw(true)}>{t('v.print.yes')}</Button>
          </>
        }
      >
        <p>{t(`v.print.ask.${state}`)}</p>
      </Dialog>
    )
  }
  if (state === 'failed') {
    return (
      <Dialog
        key="failed"
        title={t('v.print.failed')}
        tone="gold"
        icon={icon}
        onClose={onClose}
        actions={
          <>
            <Button onClick={onClose}>{t('v.print.later')}</Button>
            <Button look="primary" onClick={onAgain}>{t('k.print.again')}</Button>
          </>
        }
      >
        <p>{t('v.print.failed.body')}</p>
      </Dialog>
    )
  }
  return (
    <Dialog key="doing" title={t('v.print.doing')} icon={icon} onClose={onClose} actions={<Button onClick={onClose}>{t('v.print.later')}</Button>}>
      <Loading label={t('v.print.doing.body')} />
    </Dialog>
  )
}
