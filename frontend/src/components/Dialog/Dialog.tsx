import { createContext, useContext, useEffect, useId, useRef, type ReactNode } from 'react'
import './Dialog.css'

/** DialogTools stand in every dialog: what is behind it cannot be reached while it is open. */
export const DialogTools = createContext<ReactNode>(null)

export interface DialogProps {
  title: ReactNode
  children?: ReactNode
  actions: ReactNode
  /** Escape and the like; the dialog never closes by itself */
  onClose: () => void
  tone?: 'plain' | 'gold'
  icon?: ReactNode
}

/** Dialog is a native modal dialog: the rest of the page is inert and focus stays inside. */
export function Dialog({ title, children, actions, onClose, tone = 'plain', icon }: DialogProps) {
  const box = useRef<HTMLDialogElement>(null)
  const titleId = useId()
  const tools = useContext(DialogTools)
  useEffect(() => {
    const dialog = box.current
    if (!dialog) return
    if (!dialog.open) {
      // jsdom knows no modal dialogs; showing it plainly keeps tests honest about its content
      if (typeof dialog.showModal === 'function') dialog.showModal()
      else dialog.setAttribute('open', '')
    }
    return () => {
      if (typeof dialog.close === 'function') dialog.close()
    }
  }, [])
  return (
    <dialog
      ref={box}
      className={`bd-dialog bd-dialog--${tone}`}
      aria-labelledby={titleId}
      onCancel={(event) => {
        event.preventDefault()
        onClose()
      }}
    >
      {icon && <div className="bd-dialog__icon" aria-hidden>{icon}</div>}
      {tools && <div className="bd-dialog__tools">{tools}</div>}
      <h2 id={titleId} className="bd-dialog__title">{title}</h2>
      {children && <div className="bd-dialog__body">{children}</div>}
      <div className="bd-dialog__actions">{actions}</div>
    </dialog>
  )
}
