// The Vietnamese of what binds somebody, under the words of a language pack.
import { useText, type Localized } from '../../text/language'
import type { MessageKey } from '../../text/messages'

export function Beside({ of, values }: { of: MessageKey | Partial<Localized>; values?: Record<string, string | number> }) {
  const { beside } = useText()
  const vi = beside(of, values)
  return vi === undefined ? null : <span className="bd-beside" lang="vi" data-unspoken>{vi}</span>
}

/** BindingNote says once what the two texts are to each other. */
export function BindingNote() {
  const { t, language } = useText()
  if (language === 'vi' || language === 'en') return null
  return <p className="k-help">{t('k.language.binding')}<Beside of="k.language.binding" /></p>
}
