import { useState } from 'react'
import { ArrowRight } from 'lucide-react'
import { useLocation } from 'wouter'
import { ChooseOne } from '../../components/Choice/Choice'
import { Loading } from '../../components/Loading/Loading'
import { ProblemNotice } from '../../components/Problems/Problems'
import { useText } from '../../text/language'
import { useFormOf, useProcedure } from '../draft'
import { NextButton, Screen } from '../parts/Screen'
import { useBeginDraft } from './ProcedureScreen'

/** ChooseCase asks which situation it is, so that later only what matters is asked; some lead to another procedure. */
export function ChooseCase({ code }: { code: string }) {
  const { t, pick } = useText()
  const procedure = useProcedure(code)
  const form = useFormOf(code)
  const begin = useBeginDraft()
  const cases = form.data?.cases ?? []
  const [chosen, setChosen] = useState<string>()
  const [, go] = useLocation()
  const elsewhere = cases.find((c) => c.id === chosen)?.procedure
  const led = form.data?.elsewhere?.find((e) => chosen && e.cases?.includes(chosen))
  const on = () => {
    if (led) go(`/procedure/${code}/elsewhere/${led.id}`)
    else if (elsewhere) go(`/procedure/${elsewhere}`)
    else begin.mutate({ procedure: code, case: chosen })
  }
  return (
    <Screen
      eyebrow={pick(procedure.data?.short)}
      title={t('k.proc.case')}
      help={t('k.proc.case.help')}
      back={`/procedure/${code}`}
      width={cases.length > 5 ? 'wide' : 'narrow'}
      next={
        <NextButton busy={begin.isPending} disabled={!chosen} iconAfter={<ArrowRight aria-hidden />} onClick={on} />
      }
    >
      {form.isPending && <Loading />}
      {begin.isError && <ProblemNotice error={begin.error} />}
      <ChooseOne
        labelledBy="title"
        columns={cases.length > 5 ? 2 : 1}
        options={cases.map((c) => ({ value: c.id, label: pick(c.name), hint: pick(c.choose) === pick(c.name) ? undefined : pick(c.choose) || undefined }))}
        value={chosen}
        onChange={setChosen}
      />
    </Screen>
  )
}
