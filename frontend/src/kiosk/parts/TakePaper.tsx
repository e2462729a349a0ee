import { useMutation } from '@tanstack/react-query'
import { Printer } from 'lucide-react'
import { Button } from '../../components/Button/Button'
import { Notice } from '../../components/Notice/Notice'
import { ProblemNotice } from '../../components/Problems/Problems'
import { useText } from '../../text/language'
import { useStatus } from '../draft'
import { SavePDF, type SavePDFProps } from './SavePDF'

export interface TakePaperProps extends SavePDFProps {
  print: () => Promise<void>
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
  const job = useMutation({ mutationFn: print })
  if (status?.printer) {
    return (
      <>
        {job.isError && <ProblemNotice error={job.error} />}
        {job.isSuccess && <Notice tone="good">{t('k.print.sent')}</Notice>}
        <Button icon={<Printer aria-hidden />} disabled={job.isPending} onClick={() => job.mutate()}>{job.isSuccess ? t('k.print.again') : printLabel}</Button>
      </>
    )
  }
  return status?.window ? null : <SavePDF {...save} />
}
