import { Printer } from 'lucide-react'
import { useState } from 'react'
import type { Print } from '../../api/verify'
import { Button } from '../../components/Button/Button'
import { Notice } from '../../components/Notice/Notice'
import { ProblemNotice } from '../../components/Problems/Problems'
import { useText } from '../../text/language'
import { useStatus } from '../draft'
import { PrintAsk } from './PrintAsk'
import { SavePDF, type SavePDFProps } from './SavePDF'
import { useStep } from './useStep'

export interface TakePaperProps extends SavePDFProps {
  print: () => Promise<Print | void>
  printLabel: string
}

/**
 * TakePaper offers what this screen can do: print where there is a printer, else
 * a file where the screen is somebody's own browser. The shared window without a
 * printer offers neither: a file would stay behind for the next resident.
 */
export function TakePaper({ print, printLabel, ...save }: TakePaperProps) {
  const { t } = useText()
  const status = useStatus().data
  const [asking, setAsking] = useState<number>()
  const [ended, setEnded] = useState<'yes' | 'no'>()
  const job = useStep({
    mutationFn: print,
    onMutate: () => setEnded(undefined),
    // without a number nobody can ask how it ended
    onSuccess: (begun) => setAsking(begun?.print),
  })
  if (!status?.printer) return status?.window ? null : <SavePDF {...save} />
  const again = () => {
    setAsking(undefined)
    job.mutate()
  }
  const known = job.isSuccess && job.data?.print !== undefined
  return (
    <>
      {job.isError && <ProblemNotice error={job.error} />}
      {job.isSuccess && !known && <Notice tone="good">{t('k.print.sent')}</Notice>}
      {known && ended === 'yes' && <Notice tone="good">{t('v.print.done')}</Notice>}
      {asking !== undefined && (
        <PrintAsk
          print={asking}
          onAgain={again}
          onClose={(seen) => {
            setAsking(undefined)
            setEnded(seen)
          }}
        />
      )}
      <Button icon={<Printer aria-hidden />} disabled={job.isPending} onClick={() => job.mutate()}>{job.isSuccess ? t('k.print.again') : printLabel}</Button>
    </>
  )
}
