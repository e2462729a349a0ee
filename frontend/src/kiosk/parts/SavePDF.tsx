import { Download } from 'lucide-react'
import { Button } from '../../components/Button/Button'
import { ProblemNotice } from '../../components/Problems/Problems'
import { useStep } from './useStep'

export interface SavePDFProps {
  load: () => Promise<Blob>
  name: string
  label: string
}

/**
 * SavePDF fetches a paper (its bytes need the visit's header) and hands it to
 * the system as a file; nothing is opened or printed from inside the page.
 */
export function SavePDF({ load, name, label }: SavePDFProps) {
  const save = useStep({
    mutationFn: async () => {
      const address = URL.createObjectURL(await load())
      const link = document.createElement('a')
      link.href = address
      link.download = name
      link.click()
      window.setTimeout(() => URL.revokeObjectURL(address), 10_000)
    },
  })
  return (
    <>
      {save.isError && <ProblemNotice error={save.error} />}
      <Button icon={<Download aria-hidden />} disabled={save.isPending} onClick={() => save.mutate()}>{label}</Button>
    </>
  )
}
