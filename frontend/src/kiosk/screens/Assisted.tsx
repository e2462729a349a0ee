import { useState } from 'react'
import { ArrowRight, BellRing, Tickets, User, UserRoundCheck } from 'lucide-react'
import { useLocation } from 'wouter'
import { Button } from '../../components/Button/Button'
import { ChooseOne } from '../../components/Choice/Choice'
import { Loading } from '../../components/Loading/Loading'
import { ProblemNotice } from '../../components/Problems/Problems'
import { useText } from '../../text/language'
import { useProcedure, useStatus } from '../draft'
import { NextButton, Screen } from '../parts/Screen'
import { chime } from '../senses'
import { useStart } from './ProcedureScreen'

/**
 * Assisted stands before what is told of an illness or a quarrel: an officer at one's side is the
 * usual way, and whoever wishes does it alone. Nothing has been asked yet, so nothing can be seen.
 */
export function Assisted({ code }: { code: string }) {
  const { t, pick } = useText()
  const procedure = useProcedure(code)
  const { form, begin, start } = useStart(code)
  const [chosen, setChosen] = useState('officer')
  const [ringing, setRinging] = useState(false)
  const why = procedure.data?.assisted
  if (ringing) return <Ringing title={pick(procedure.data?.short)} busy={begin.isPending} error={begin.error} start={start} back={() => setRinging(false)} />
  const next = () => {
    if (chosen !== 'officer') return start()
    chime(3)
    setRinging(true)
  }
  return (
    <Screen
      eyebrow={pick(procedure.data?.short)}
      title={t('k.assist.title')}
      help={why && t(`k.assist.${why}`)}
      helpId="help"
      focusKey="with"
      back={`/procedure/${code}`}
      width="narrow"
      next={<NextButton busy={begin.isPending || form.isPending} iconAfter={<ArrowRight aria-hidden />} onClick={next} />}
    >
      {procedure.isPending && <Loading />}
      {procedure.isError && <ProblemNotice error={procedure.error} retry={() => void procedure.refetch()} />}
      {form.isError && <ProblemNotice error={form.error} retry={() => void form.refetch()} />}
      {begin.isError && <ProblemNotice error={begin.error} />}
      <ChooseOne
        labelledBy="title"
        describedBy="help"
        value={chosen}
        onChange={setChosen}
        options={[
          { value: 'officer', label: t('k.assist.officer'), hint: t('k.assist.officer.sub'), icon: <UserRoundCheck /> },
          { value: 'alone', label: t('k.assist.alone'), hint: t('k.assist.alone.sub'), icon: <User /> },
        ]}
      />
    </Screen>
  )
}

function Ringing({ title, busy, error, start, back }: { title: string; busy: boolean; error: unknown; start: () => void; back: () => void }) {
  const { t } = useText()
  const [, go] = useLocation()
  const queue = useStatus().data?.queue
  return (
    <Screen
      eyebrow={title}
      title={t('k.assist.ringing')}
      help={t('k.assist.ringing.body')}
      focusKey="ringing"
      back={back}
      width="narrow"
      next={<NextButton busy={busy} onClick={start}>{t('k.assist.came')}</NextButton>}
    >
      {error ? <ProblemNotice error={error} /> : null}
      <section className="k-card k-card--gold k-ringing">
        <BellRing aria-hidden />
        <div>
          <p>{t('k.assist.ringing.else')}</p>
          <div className="k-ringing__ways">
            <Button icon={<BellRing aria-hidden />} onClick={() => chime(3)}>{t('k.staff.again')}</Button>
            {queue && <Button icon={<Tickets aria-hidden />} onClick={() => go('/queue')}>{t('k.tile.queue')}</Button>}
          </div>
        </div>
      </section>
    </Screen>
  )
}
