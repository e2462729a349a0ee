import { useEffect, useRef } from 'react'
import { asProblem } from '../../api/client'
import { useText } from '../../text/language'
import { Button } from '../Button/Button'
import { Notice } from '../Notice/Notice'
import './Problems.css'

/** ProblemNotice shows a failed call: what happened, what to do, and a way to try again. */
export function ProblemNotice({ error, retry }: { error: unknown; retry?: () => void }) {
  const { t, pick } = useText()
  const problem = asProblem(error)
  return (
    <Notice
      tone="harm"
      title={pick(problem.text)}
      action={retry && <Button onClick={retry}>{t('common.retry')}</Button>}
    >
      {pick(problem.next)}
    </Notice>
  )
}

export interface FieldProblem {
  /** id of the element to go to */
  target: string
  message: string
}

/**
 * ErrorSummary stands at the top and takes the focus, because a person who
 * presses the button far below does not see a red line further up. Each line
 * goes to the field it speaks of; the field repeats the message.
 */
export function ErrorSummary({ problems }: { problems: FieldProblem[] }) {
  const { t } = useText()
  const box = useRef<HTMLDivElement>(null)
  const count = problems.length
  useEffect(() => {
    if (count > 0) box.current?.focus()
  }, [count])
  if (count === 0) return null
  return (
    <div className="bd-summary" ref={box} role="alert" tabIndex={-1} data-quiet-focus>
      <p className="bd-summary__title">{t('common.problem.title')}</p>
      <ul>
        {problems.map((problem) => (
          <li key={problem.target + problem.message}>
            <button type="button" className="bd-summary__link" onClick={() => goTo(problem.target)}>
              {problem.message}
            </button>
          </li>
        ))}
      </ul>
    </div>
  )
}

function goTo(id: string) {
  const element = document.getElementById(id)
  element?.scrollIntoView({ block: 'center' })
  element?.focus()
}
