import { useQuery } from '@tanstack/react-query'
import { desk } from '../../api/kiosk'
import { SlipNumber } from '../../components/SlipNumber/SlipNumber'
import { useText } from '../../text/language'
import { useVisit } from '../visit'
import { TakePaper } from './TakePaper'

/** DraftNote says how to come back to what is not finished; nothing when there is nothing. */
export function DraftNote({ save = false }: { save?: boolean }) {
  const { draft } = useVisit()
  return draft ? <Note id={draft} save={save} /> : null
}

function Note({ id, save }: { id: string; save: boolean }) {
  const { t } = useText()
  const found = useQuery({ queryKey: ['draft', id], queryFn: () => desk.draft(id), staleTime: Infinity }).data
  if (!found?.slip || found.kind === 'supplement') return null
  const people = [found.applicant, found.submitter]
  const known = people.some((p) => p?.citizen_id || p?.phone)
  return (
    <div className="k-draftnote">
      <p>{t('k.draft.note')}</p>
      <p className="k-draftnote__number"><SlipNumber slip={found.slip} /></p>
      <p>{t(known ? 'k.draft.second' : 'k.draft.code')}</p>
      {save && <TakePaper print={() => desk.printDraftSlip(id)} printLabel={t('k.print.draft')} load={() => desk.draftSlip(id)} name="phieu-nhap.pdf" label={t('k.draft.save')} />}
    </div>
  )
}
