import type { ButtonHTMLAttributes, ReactNode } from 'react'
import './Button.css'

export interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  /** primary: the one next step; plain: other steps; quiet: beside text; harm: throws something away */
  look?: 'primary' | 'plain' | 'quiet' | 'harm'
  icon?: ReactNode
  iconAfter?: ReactNode
}

/** Button is a native button; on the kiosk its style grows it to the touch target. */
export function Button({ look = 'plain', icon, iconAfter, className = '', children, type = 'button', ...rest }: ButtonProps) {
  return (
    // oxlint-disable-next-line react/button-has-type
    <button type={type} className={`bd-button bd-button--${look} ${className}`} {...rest}>
      {icon}
      {children !== undefined && <span className="bd-button__text">{children}</span>}
      {iconAfter}
    </button>
  )
}
