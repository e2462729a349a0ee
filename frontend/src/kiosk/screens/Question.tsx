import { useEffect, useState } from 'react'
import { Info, Lock, ScanQrCode } from 'lucide-react'
import { useLocation } from 'wouter'
import { desk, type Draft, type Judged } from '../../api/kiosk'
import { Button } from '../../components/Button/Button'
import { Loading } from '../../components/Loading/Loading'
import { Notice } from '../../components/Notice/Notice'
import { ProblemNotice } from '../../components/Problems/Problems'
import { Progress } from '../../components/Progress/Progress'
import { datumOfCard, fillings, replaced, type Filling } from '../../form/card'
import { held, place, stepKey, steps } from '../../form/flow'
import { FieldInput } from '../../form/inputs/FieldInput'
import { showValue } from '../../form/show'
import { isEmpty, type Field, type Form, type Value } from '../../form/model'
import { findCommune } from '../../places/places'
import { useText } from '../../text/language'
import { useCardReader } from '../card'
import { useDraftForm, useSave, useStatus } from '../draft'
import { NextButton, Screen } from '../parts/Screen'
import { useVisit } from '../visit'
import { useStep } from '../parts/useStep'

/** Question shows one field. Continue and Back both save first, so nothing is ever lost. */
export function Question({ id, fieldId }: { id: string; fieldId: string }) {
  const { t } = useText()
  const [, go] = useLocation()
  const { draft, form, error, retry } = useDraftForm(id)
  const field = form?.sections.flatMap((s) => s.fields).find((f) => f.id === fieldId)
  if (draft && form && field) return <Asking id={id} field={field} form={form} draft={draft} />
  const lost = draft && form
  return (
    <Screen title={t('common.loading')} back={() => go(`/d/${id}/papers`)}>
      {error ? <ProblemNotice error={error} retry={retry} /> : lost ? <Notice tone="harm" title={t('k.q.gone')} /> : <Loading />}
    </Screen>
  )
}

function Asking({ id, field, form, draft }: { id: string; field: Field; form: Form; draft: Draft }) {
  const { t, pick, language } = useText()
  const [, go] = useLocation()
  const visit = useVisit()
  const save = useSave(id)
  const status = useStatus().data
  const [value, setValue] = useState<Value>(held(field, draft))
  const [missing, setMissing] = useState(false)
  const [told, setTold] = useState<Judged['message'][]>([])
  const [rowOpen, setRowOpen] = useState(false)
  /** answers a card has replaced, as they were */
  const [before, setBefore] = useState<Filling[]>([])
  const [notHere, setNotHere] = useState(false)
  const [fills, setFills] = useState(0)
  const { see } = visit
  useEffect(() => see(field.id), [see, field.id])

  // what has been seen stays in the list, also this one
  const list = steps(form, draft, new Set(visit.visited).add(field.id))
  const here = place(list, `q/${field.id}`)
  const changed = JSON.stringify(value ?? null) !== JSON.stringify(draft.answers[field.id] ?? null)
  const home = homeOf(status?.office)

  const card = useStep({
    mutationFn: async (raw: string) => {
      const found = await desk.readCard(raw, field.from_card?.person)
      if (!field.from_card) return setNotHere(true)
      const filled = fillings(form, field.from_card?.person ?? '', datumOfCard(found), draft.answers, 'qr', true)
      const wasThere = replaced(form, { ...draft.answers, [field.id]: value }, draft.evidence, filled)
      await save.fillings.mutateAsync(filled)
      setBefore(wasThere)
      setValue(filled.find((f) => f.field === field.id)?.value ?? value)
      setFills((n) => n + 1)
    },
  })
  // also where nothing comes from a card: what a scanner types must not stand in the answer
  useCardReader((raw) => card.mutate(raw))
  const keepTyped = useStep({
    mutationFn: () => save.fillings.mutateAsync(before),
    onSuccess: () => {
      setValue(before.find((f) => f.field === field.id)?.value ?? value)
      setBefore([])
      setFills((n) => n + 1)
    },
  })

  const store = async () => {
    if (!changed) return []
    const saved = await save.field.mutateAsync({ field: field.id, value: isEmpty(value) ? undefined : trimmed(value) })
    return saved.problems ?? []
  }
  const leave = async (forward: boolean) => {
    setMissing(false)
    if (forward && field.required && isEmpty(value) && !missing) {
      setMissing(true)
      return
    }
    const problems = await store()
    if (forward && !isEmpty(value) && problems.length > 0 && told.length === 0) {
      // said once, here where it can be mended; a second Continue leaves it to the list at the end
      setTold(problems.map((p) => p.message))
      return
    }
    if (visit.returnTo) {
      go(visit.returnTo)
      visit.setReturnTo(undefined)
      return
    }
    const fresh = (await save.fresh()) ?? draft
    if (forward && fresh.elsewhere && form.elsewhere?.some((one) => one.id === fresh.elsewhere && one.field)) return go(`/d/${id}/elsewhere`)
    const now = steps(form, fresh, new Set(visit.visited).add(field.id))
    const at = now.findIndex((s) => stepKey(s) === `q/${field.id}`)
    const target = now[at + (forward ? 1 : -1)]
    go(target ? `/d/${id}/${stepKey(target)}` : forward ? `/d/${id}/papers` : `/d/${id}/who`)
  }
  const move = (forward: boolean) => void leave(forward).catch(() => undefined)
  const busy = save.field.isPending
  const when = field.required ? '' : t('common.optional')
  return (
    <Screen
      eyebrow={
        here && (
          <>
            {pick(here.step.section.title)} <span className="k-eyebrow__count">{t('k.q.count', { n: here.question, all: here.questions })}</span>
          </>
        )
      }
      title={
        <>
          {pick(field.label)} {when && <span className="k-optional">({when})</span>}
        </>
      }
      help={pick(field.help)}
      helpId="help"
      focusKey={field.id}
      progress={here && <FlowProgress value={here.index / list.length} label={t('k.q.part', { part: here.part, parts: here.parts })} />}
      back={() => move(false)}
      next={!rowOpen && <NextButton busy={busy} onClick={() => move(true)} />}
      aside={
        !rowOpen && (missing ? (
          <Button onClick={() => { setMissing(false); void skip() }}>{t('k.q.leave')}</Button>
        ) : (
          !field.required && isEmpty(value) && <Button look="quiet" onClick={() => move(true)}>{t('common.skip')}</Button>
        ))
      }
    >
      {missing && <Notice tone="harm" title={t('k.q.required')} />}
      {told.map((message) => <Notice key={message.vi} tone="harm" title={pick(message)} />)}
      {save.field.isError && <ProblemNotice error={save.field.error} retry={() => move(true)} />}
      {card.isError && <ProblemNotice error={card.error} />}
      {notHere && !card.isError && <Notice title={t('k.card.notHere')} />}
      {before.length > 0 && (
        <Notice title={t('k.card.replaced')} action={<Button onClick={() => keepTyped.mutate()}>{t('k.card.keepTyped')}</Button>}>
          {before.map((was) => {
            const asked = form.sections.flatMap((s) => s.fields).find((one) => one.id === was.field)
            return asked && <p key={was.field} data-personal>{pick(asked.label)}: {showValue(asked, was.value, language)}</p>
          })}
        </Notice>
      )}
      {field.from_card && isEmpty(value) && <p className="k-cardhint"><ScanQrCode aria-hidden />{t('k.q.card')}</p>}
      {(field.sensitive === 'health' || pick(field.privacy)) && <p className="k-cardhint">{field.sensitive === 'health' ? <Lock aria-hidden /> : <Info aria-hidden />}{pick(field.privacy) || t('k.q.sensitive')}</p>}
      <FieldInput
        key={String(fills)}
        field={field}
        value={value}
        onChange={(next) => {
          setValue(next)
          setMissing(false)
          setTold([])
        }}
        home={home}
        today={officeDay()}
        onDone={() => move(true)}
        onRow={setRowOpen}
      />
    </Screen>
  )

  async function skip() {
    const at = list.findIndex((s) => stepKey(s) === `q/${field.id}`)
    const target = list[at + 1]
    await store().catch(() => undefined)
    if (visit.returnTo) {
      go(visit.returnTo)
      visit.setReturnTo(undefined)
    } else go(target ? `/d/${id}/${stepKey(target)}` : `/d/${id}/papers`)
  }
}

function trimmed(value: Value): Value {
  return typeof value === 'string' ? value.trim().replace(/ {2,}/g, ' ') : value
}

/** officeDay is today in Viet Nam, yyyy-mm-dd. */
export function officeDay(now = Date.now()): string {
  return new Date(now + 7 * 3600_000).toISOString().slice(0, 10)
}

/** homeOf finds the codes of the office's commune. */
export function homeOf(office: { commune: string; commune_code?: string } | undefined) {
  const commune = office && findCommune(office.commune_code ?? office.commune)
  return commune && { commune_code: commune.code, province_code: commune.province }
}

/** FlowProgress is the line under the top: which part, how far. */
export function FlowProgress({ value, label }: { value: number; label: string }) {
  const { t } = useText()
  return (
    <>
      <span>{label}</span>
      <Progress value={value} label={t('k.q.progress', { percent: Math.round(value * 100) })} />
    </>
  )
}
