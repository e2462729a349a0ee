import { useText } from '../../text/language'
import './Loading.css'

/** Loading is a boat on its way; its words appear at once for a screen reader. */
export function Loading({ label }: { label?: string }) {
  const { t } = useText()
  return (
    <div className="bd-loading" role="status">
      <svg viewBox="0 0 96 40" aria-hidden>
        <path className="bd-loading__boat" d="M34 16h28l-4 8H38z" />
        <path className="bd-loading__wave" d="M0 32c8-5 12 3 20 0s12-5 20 0 12 3 20 0 12-5 20 0 10 2 16 0" />
      </svg>
      <span>{label ?? t('common.loading')}</span>
    </div>
  )
}
