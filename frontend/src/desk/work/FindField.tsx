import { Search } from 'lucide-react'
import { useEffect, useRef } from 'react'
import { useLocation } from 'wouter'
import { useText } from '../../text/language'
import { useFinding } from './find'

/** FindField is in the header of every page; "/" brings the keyboard to it from anywhere. */
export function FindField() {
  const { t } = useText()
  const { words, setWords, from, setFrom } = useFinding()
  const [path, go] = useLocation()
  const field = useRef<HTMLInputElement>(null)
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const typing = event.target instanceof HTMLElement && /INPUT|TEXTAREA|SELECT/.test(event.target.tagName)
      if (event.key !== '/' || typing || event.ctrlKey || event.altKey || event.metaKey) return
      event.preventDefault()
      field.current?.focus()
      field.current?.select()
    }
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  }, [])
  useEffect(() => () => setWords(''), [setWords]) // nobody signed in: nothing was looked for
  const change = (value: string) => {
    setWords(value)
    if (path !== '/find' && value.trim()) {
      setFrom(path)
      go('/find')
    }
  }
  const onKeyDown = (event: React.KeyboardEvent<HTMLInputElement>) => {
    const row = document.querySelector<HTMLElement>('.d-rows a')
    if (event.key === 'Escape') {
      setWords('')
      if (path === '/find') go(from)
    } else if (event.key === 'ArrowDown') row?.focus()
    else if (event.key === 'Enter') {
      event.currentTarget.blur() // the dossier's own keys begin
      row?.click()
    }
    else return
    event.preventDefault()
  }
  return (
    <search className="d-find">
      <label>
        <Search aria-hidden />
        <span className="bd-hidden">{t('d.find.label')}</span>
        <input ref={field} type="search" value={words} placeholder={t('d.find.hint')} title={t('d.find.hint')} autoComplete="off" spellCheck={false} onChange={(e) => change(e.target.value)} onKeyDown={onKeyDown} />
        <kbd aria-hidden>/</kbd>
      </label>
    </search>
  )
}
