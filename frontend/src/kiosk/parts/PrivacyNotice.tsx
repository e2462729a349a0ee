// What is kept about whoever files, in plain words, at any time before consent is given. The words are a
// template (law 91/2025/QH15, decree 356/2025/NĐ-CP): the province's own lawyers settle them.
import { useState } from 'react'
import { Lock } from 'lucide-react'
import { Button } from '../../components/Button/Button'
import { Dialog } from '../../components/Dialog/Dialog'
import { useText } from '../../text/language'
import { Beside } from './Beside'

/** The notice, in the order it is read. */
export const privacyLines = ['k.privacy.what', 'k.privacy.why', 'k.privacy.who', 'k.privacy.where', 'k.privacy.long', 'k.privacy.rights'] as const

/** PrivacyNotice is the button that opens it. */
export function PrivacyNotice() {
  const { t } = useText()
  const [open, setOpen] = useState(false)
  return (
    <>
      <Button look="quiet" icon={<Lock aria-hidden />} onClick={() => setOpen(true)}>{t('k.privacy.title')}</Button>
      {open && (
        <Dialog title={t('k.privacy.title')} icon={<Lock />} onClose={() => setOpen(false)} actions={<Button look="primary" autoFocus onClick={() => setOpen(false)}>{t('common.close')}</Button>}>
          <ul>{privacyLines.map((line) => <li key={line}>{t(line)}<Beside of={line} /></li>)}</ul>
        </Dialog>
      )}
    </>
  )
}
