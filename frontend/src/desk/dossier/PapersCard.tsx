import { CheckCheck } from 'lucide-react'
import { useState } from 'react'
import { counter, type Dossier, type Paper, type Scan } from '../../api/counter'
import { ScanView } from '../../components/ScanView/ScanView'
import { StatePill } from '../../components/StatePill/StatePill'
import { useText } from '../../text/language'

interface Sheet {
  scan: Scan
  paper: string
  number: number
}

/** stateOf is a paper's state in words: one that is provided without a picture lies on the counter. */
export function usePaperState() {
  const { t } = useText()
  return (c: Paper) => (c.state === 'provided' && (c.scans ?? []).length === 0 ? t('k.state.on_paper') : t(`k.state.${c.state as 'missing'}`))
}

/** PapersCard shows every paper with its state and the chosen page large beside the answers. */
export function PapersCard({ d }: { d: Dossier }) {
  const { t, pick } = useText()
  const stateOf = usePaperState()
  const sheets: Sheet[] = [
    ...(d.components ?? []).flatMap((c) => (c.scans ?? []).map((scan, i) => ({ scan, paper: pick(c.name), number: i + 1 }))),
    ...(d.signature?.scan ? [{ scan: d.signature.scan, paper: t('p.dossier.signature'), number: 1 }] : []),
  ]
  const [chosen, setChosen] = useState<string>()
  const sheet = sheets.find((s) => s.scan.sha256 === chosen) ?? sheets.find((s) => s.scan.here)
  const thumbs = (scans: Scan[] | null | undefined) => sheets.filter((s) => (scans ?? []).includes(s.scan)).map((s) => (
    <Thumb key={s.scan.sha256} id={d.row.id} sheet={s} active={s === sheet} onPick={setChosen} />
  ))
  return (
    <section className="o-card d-papers" aria-labelledby="papers">
      <h2 id="papers">{t('d.one.papers')}</h2>
      {/* a long list is scrolled with the arrow keys */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <ul className="d-papers__list" tabIndex={0} aria-labelledby="papers">
        {(d.components ?? []).map((c) => (
          <li key={c.id}>
            <span className="d-papers__name">{pick(c.name)}{c.ref && <span className="o-soft bd-number"> {c.ref}</span>}</span>
            <span className="d-papers__state">
              <StatePill tone={c.state === 'missing' ? 'harm' : c.state === 'provided' ? 'work' : c.state === 'to_be_looked_up' ? 'wait' : 'quiet'}>{stateOf(c)}</StatePill>
              {c.compared?.compared && <span className="d-papers__compared"><CheckCheck aria-hidden />{t('d.one.compared')}</span>}
              {c.originals + c.copies > 0 && <span className="o-soft">{t('d.one.counts', { originals: c.originals, copies: c.copies })}</span>}
            </span>
            <span className="d-papers__scans">{thumbs(c.scans)}</span>
          </li>
        ))}
        {d.signature && (
          <li>
            <span className="d-papers__name">{t('p.dossier.signature')}</span>
            <span className="d-papers__state"><StatePill tone="quiet">{t(`p.signature.${d.signature.kind as 'drawn'}`)}</StatePill></span>
            <span className="d-papers__scans">{thumbs(d.signature.scan ? [d.signature.scan] : [])}</span>
          </li>
        )}
      </ul>
      {sheet ? <SheetView id={d.row.id} sheet={sheet} /> : <p className="d-papers__none">{t(sheets.length > 0 ? 'd.one.notHere' : 'p.dossier.noScans')}</p>}
    </section>
  )
}

export function SheetView({ id, sheet }: { id: string; sheet: Sheet }) {
  const { t } = useText()
  const { scan } = sheet
  if (!scan.here) return <p className="d-papers__none">{t('d.one.notHere')}</p>
  return <ScanView key={scan.sha256} address={counter.scanAddress(id, scan.sha256)} label={t('p.dossier.scan', { n: sheet.number, name: sheet.paper })} paper={sheet.paper} mime={scan.mime} length={scan.length} />
}

function Thumb({ id, sheet, active, onPick }: { id: string; sheet: Sheet; active: boolean; onPick: (sha256: string) => void }) {
  const { t } = useText()
  const { scan } = sheet
  const label = t('p.dossier.scan', { n: sheet.number, name: sheet.paper })
  return (
    <button type="button" className="d-thumb" aria-pressed={active} aria-label={scan.here ? label : `${label}. ${t('d.one.notHere')}`} onClick={() => onPick(scan.sha256)}>
      {scan.here && scan.mime.startsWith('image/') ? <img src={counter.scanAddress(id, scan.sha256)} alt="" loading="lazy" /> : <span>{scan.mime === 'application/pdf' ? 'PDF' : '…'}</span>}
    </button>
  )
}
