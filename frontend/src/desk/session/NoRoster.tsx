import { Button } from '../../components/Button/Button'
import { Notice } from '../../components/Notice/Notice'
import { useText } from '../../text/language'
import { useShift } from './session'

/** NoRoster says what the province has to do before anybody can sign in, and what works meanwhile. */
export function NoRoster() {
  const { t } = useText()
  const { again } = useShift()
  return (
    <main className="o-main d-noroster">
      <div className="o-title"><div><h1>{t('d.roster.title')}</h1><p>{t('d.roster.sub')}</p></div></div>
      <section className="o-card">
        <h2>{t('d.roster.province')}</h2>
        <ol>
          <li>{t('d.roster.step1')}</li>
          <li>{t('d.roster.step2')}</li>
          <li>{t('d.roster.step3')}</li>
        </ol>
        <Button onClick={again}>{t('d.roster.again')}</Button>
      </section>
      <Notice tone="good" title={t('d.roster.meanwhile')}>{t('d.roster.meanwhile.how')}</Notice>
    </main>
  )
}
