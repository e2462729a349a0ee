// Somebody who only touches the screen for another (người hỗ trợ): a grandchild, a neighbour, an officer.
// He is named by his own consent and agrees to nothing else; whose the dossier is agrees for herself, at
// the end.
import { useState } from 'react'
import { HandHelping } from 'lucide-react'
import type { Person } from '../../api/kiosk'
import { Button } from '../../components/Button/Button'
import { ChooseMany } from '../../components/Choice/Choice'
import { TextEntry } from '../../components/Keyboard/TextEntry'
import { Notice } from '../../components/Notice/Notice'
import { NumberPad } from '../../components/Pads/NumberPad'
import { ProblemNotice } from '../../components/Problems/Problems'
import { showPhone } from '../../form/show'
import { useText } from '../../text/language'
import { consentVersion } from '../screens/Consent'
import { NextButton, Screen } from './Screen'

type Part = 'name' | 'phone' | 'agree'

interface Props {
  busy: boolean
  error: unknown
  onBack: () => void
  /** version is of the words the helper agreed to */
  onDone: (person: Person, version: string) => void
}

/** Helper asks for his name, a phone if he likes, and for two consents, each by whose it is. */
export function Helper({ busy, error, onBack, onDone }: Props) {
  const { t, beside } = useText()
  const [part, setPart] = useState<Part>('name')
  const [name, setName] = useState('')
  const [phone, setPhone] = useState('')
  const [agreed, setAgreed] = useState<string[]>([])
  const [reminded, setReminded] = useState(false)
  const shared = { eyebrow: t('k.helper.button'), focusKey: part, width: 'narrow' as const }
  if (part === 'name') {
    return (
      <Screen {...shared} title={t('k.helper.name')} help={t('k.helper.name.help')} helpId="help" back={onBack} next={<NextButton disabled={name.trim() === ''} onClick={() => setPart('phone')} />}>
        <TextEntry labelledBy="title" describedBy="help" value={name} onChange={setName} capitals="words" maxLength={100} autoFocus onDone={() => name.trim() !== '' && setPart('phone')} />
      </Screen>
    )
  }
  if (part === 'phone') {
    return (
      <Screen {...shared} title={t('k.helper.phone')} help={t('k.helper.phone.help')} helpId="help" back={() => setPart('name')} next={<NextButton onClick={() => setPart('agree')} />}>
        <NumberPad labelledBy="title" describedBy="help" value={phone} onChange={setPhone} maxLength={11} show={showPhone} onDone={() => setPart('agree')} />
      </Screen>
    )
  }
  const both = agreed.length === 2
  return (
    <Screen
      {...shared}
      title={t('k.helper.agree.title')}
      back={() => setPart('phone')}
      next={<NextButton busy={busy} onClick={() => (both ? onDone({ full_name: name, phone, evidence: 'typed' }, consentVersion) : setReminded(true))} />}
    >
      {error ? <ProblemNotice error={error} /> : null}
      {reminded && !both && <Notice tone="harm" title={t('k.helper.missing')} />}
      <ChooseMany
        label={t('k.helper.agree.title')}
        value={agreed}
        onChange={setAgreed}
        options={(['helper', 'person'] as const).map((who) => ({ value: who, label: t(`k.helper.agree.${who}`), hint: beside(`k.helper.agree.${who}`) }))}
      />
    </Screen>
  )
}

/** HelperLine says who helps, with a way to take him out again. */
export function HelperLine({ helper, busy, onRemove }: { helper: Person; busy: boolean; onRemove: () => void }) {
  const { t } = useText()
  return (
    <div className="k-helperline">
      <p data-personal><HandHelping aria-hidden />{t('k.helper.line', { name: helper.full_name ?? '' })}</p>
      <Button look="quiet" disabled={busy} onClick={onRemove}>{t('k.helper.remove')}</Button>
    </div>
  )
}
