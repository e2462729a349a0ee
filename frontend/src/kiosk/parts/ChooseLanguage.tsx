// The languages by their own names. A pack is fetched from the desk before the
// screen turns, so that nobody sees a screen half in one language.
import { Languages as LanguagesIcon } from 'lucide-react'
import { useState } from 'react'
import { languages } from '../../api/languages'
import { Button } from '../../components/Button/Button'
import { Dialog } from '../../components/Dialog/Dialog'
import { ProblemNotice } from '../../components/Problems/Problems'
import { isOwn, languageNames, useText, type Language } from '../../text/language'
import { installPack, packOf, type PackInfo } from '../../text/packs'
import { useVisit } from '../visit'
import { useLanguages } from '../voice/Listen'
import { useStep } from './useStep'

const own: PackInfo[] = [
  { code: 'vi', name: languageNames.vi, state: 'own', missing: 0 },
  { code: 'en', name: languageNames.en, state: 'own', missing: 0 },
]

/** useOffered gives the languages of this machine; the program's own while the desk has not answered. */
export function useOffered(): PackInfo[] {
  return useLanguages().data?.languages ?? own
}

/** fetchLanguage has a language's words ready when it resolves. */
export async function fetchLanguage(language: Language): Promise<void> {
  if (isOwn(language) || packOf(language)) return
  installPack(await languages.pack(language))
}

/** LanguageTool is the header's switch: the other language at once where there are two, else a choice. */
export function LanguageTool() {
  const { t, language, setLanguage } = useText()
  const { keepLanguage } = useVisit()
  const offered = useOffered()
  const [open, setOpen] = useState(false)
  const turn = useStep({
    mutationFn: fetchLanguage,
    onSuccess: (_, to) => {
      setLanguage(to)
      keepLanguage(to)
      setOpen(false)
    },
  })
  const others = offered.filter((one) => one.code !== language)
  const only = others.length === 1 ? others[0] : undefined
  return (
    <>
      {only ? (
        <Button look="quiet" icon={<LanguagesIcon aria-hidden />} lang={only.code} onClick={() => turn.mutate(only.code)}>{only.name}</Button>
      ) : (
        <Button look="quiet" icon={<LanguagesIcon aria-hidden />} onClick={() => setOpen(true)}>{t('k.tool.language')}</Button>
      )}
      {open && (
        <Dialog title={t('common.language')} onClose={() => setOpen(false)} actions={<Button onClick={() => setOpen(false)}>{t('common.close')}</Button>}>
          <div className="k-languages">
            {offered.map((one) => (
              <Button key={one.code} aria-pressed={one.code === language} disabled={turn.isPending} onClick={() => turn.mutate(one.code)}>
                <span lang={one.code}>{one.name}</span>
                {one.state === 'draft' && <span className="k-languages__state">{t('k.language.draft')}</span>}
              </Button>
            ))}
          </div>
          {turn.isError && <ProblemNotice error={turn.error} />}
        </Dialog>
      )}
    </>
  )
}
