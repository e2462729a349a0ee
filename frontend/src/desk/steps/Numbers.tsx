// Numbers other systems gave, and what is to be paid.
import { useState } from 'react'
import { Field } from '../../components/Field/Field'
import { useText } from '../../text/language'
import { useStep } from '../dossier/useDossier'
import { useKept } from '../kept'
import { Frame } from './Frame'
import type { StepProps } from './Steps'

export function OfficialCode({ d, onClose, onDone }: StepProps) {
  const { t } = useText()
  const step = useStep(d, 'official_code_issued', onDone)
  const [code, setCode] = useKept(d.row.id, 'official_code_issued.code', '')
  const [tried, setTried] = useState(false)
  const error = tried && !code.trim() ? t('d.number.need') : undefined
  const send = () => {
    setTried(true)
    if (code.trim()) step.send({ official_code: code.trim() })
  }
  return (
    <Frame d={d} name="official_code_issued" step={step} title={t('d.step.official_code_issued')} body={t('d.number.code.body')} send={t('d.save')} problems={error ? [{ target: 'code', message: error }] : []} onSend={send} onClose={onClose}>
      <Field id="code" label={t('d.take.code')} value={code} spellCheck={false} onChange={(e) => setCode(e.target.value)} error={error} />
    </Frame>
  )
}

export function ExternalRef({ d, onClose, onDone }: StepProps) {
  const { t } = useText()
  const step = useStep(d, 'external_ref', onDone)
  const [system, setSystem] = useKept(d.row.id, 'external_ref.system', '')
  const [ref, setRef] = useKept(d.row.id, 'external_ref.ref', '')
  const [tried, setTried] = useState(false)
  const whole = system.trim() !== '' && ref.trim() !== ''
  const send = () => {
    setTried(true)
    if (whole) step.send({ system: system.trim(), ref: ref.trim() })
  }
  return (
    <Frame d={d} name="external_ref" step={step} title={t('d.step.external_ref')} send={t('d.save')} problems={tried && !whole ? [{ target: system.trim() ? 'ref' : 'system', message: t('d.number.need') }] : []} onSend={send} onClose={onClose}>
      <Field id="system" label={t('d.number.system')} value={system} onChange={(e) => setSystem(e.target.value)} />
      <Field id="ref" label={t('d.number.ref')} value={ref} spellCheck={false} onChange={(e) => setRef(e.target.value)} />
    </Frame>
  )
}

export function Fee({ d, onClose, onDone }: StepProps) {
  const { t } = useText()
  const step = useStep(d, 'fee_requested', onDone)
  const [amount, setAmount] = useKept(d.row.id, 'fee_requested.amount', '')
  const [text, setText] = useKept(d.row.id, 'fee_requested.text', '')
  const [tried, setTried] = useState(false)
  const dong = Number(amount.replace(/[.\s]/g, ''))
  const whole = Number.isInteger(dong) && dong > 0 && text.trim() !== ''
  const send = () => {
    setTried(true)
    if (whole) step.send({ amount: dong, text: text.trim() })
  }
  return (
    <Frame d={d} name="fee_requested" step={step} title={t('d.step.fee_requested')} send={t('d.save')} problems={tried && !whole ? [{ target: 'amount', message: t('d.fee.need') }] : []} onSend={send} onClose={onClose}>
      <Field id="amount" label={t('d.fee.amount')} inputMode="numeric" value={amount} onChange={(e) => setAmount(e.target.value)} />
      <Field label={t('d.fee.text')} value={text} onChange={(e) => setText(e.target.value)} />
    </Frame>
  )
}
