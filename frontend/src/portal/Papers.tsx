import { useState } from 'react'
import { FileDown, Volume2 } from 'lucide-react'
import { portal, type Dossier, type ScanHere } from '../api/portal'
import { ScanView } from '../components/ScanView/ScanView'
import { StatePill } from '../components/StatePill/StatePill'
import { formatBytes } from '../text/format'
import { useText } from '../text/language'

interface Sheet {
  scan: ScanHere
  paper: string
  number: number
}

/** Papers shows every paper with its state, and the chosen picture large beside the answers. */
export function Papers({ d }: { d: Dossier }) {
  const { t, pick } = useText()
  const sheets: Sheet[] = [
    ...(d.components ?? []).flatMap((c) => (c.scans ?? []).map((scan, i) => ({ scan, paper: pick(c.name), number: i + 1 }))),
    ...(d.signature?.scan ? [{ scan: d.signature.scan, paper: t('p.dossier.signature'), number: 1 }] : []),
  ]
  const [chosen, setChosen] = useState(sheets.find((s) => s.scan.complete)?.scan.sha256)
  const sheet = sheets.find((s) => s.scan.sha256 === chosen)
  return (
    <section className="o-card p-papers" aria-labelledby="papers">
      <h2 id="papers">{t('p.dossier.papers')}</h2>
      <ul className="p-papers__list">
        {(d.components ?? []).map((c) => (
          <li key={c.id}>
            <span className="p-papers__name">{pick(c.name)}</span>
            <StatePill tone={c.state === 'missing' ? 'harm' : c.state === 'provided' ? 'work' : 'quiet'}>
              {c.state === 'provided' && (c.scans ?? []).length === 0 ? t('k.state.on_paper') : t(`k.state.${c.state as 'missing'}`)}
            </StatePill>
            <span className="p-papers__scans">
              {sheets.filter((s) => (c.scans ?? []).includes(s.scan)).map((s) => <Thumb key={s.scan.sha256} d={d} sheet={s} active={s.scan.sha256 === chosen} onPick={setChosen} />)}
            </span>
            {pagesOf(c.scans) > 1 && (
              <a className="bd-button bd-button--quiet p-papers__pdf" href={portal.pagesAddress(d.id, c.id)} download>
                <FileDown aria-hidden /><span>{t('p.dossier.onePDF', { n: pagesOf(c.scans) })}<span className="bd-hidden"> {pick(c.name)}</span></span>
              </a>
            )}
          </li>
        ))}
        {d.signature && (
          <li>
            <span className="p-papers__name">{t('p.dossier.signature')}</span>
            <StatePill tone="quiet">{t(`p.signature.${d.signature.kind as 'drawn'}`)}</StatePill>
            <span className="p-papers__scans">
              {sheets.filter((s) => s.scan === d.signature?.scan).map((s) => <Thumb key={s.scan.sha256} d={d} sheet={s} active={s.scan.sha256 === chosen} onPick={setChosen} />)}
            </span>
          </li>
        )}
      </ul>
      {sheet ? <Viewer key={sheet.scan.sha256} d={d} sheet={sheet} /> : <p className="p-viewer__none">{t(sheets.length > 0 ? 'p.dossier.choose' : 'p.dossier.noScans')}</p>}
    </section>
  )
}

/** pagesOf counts the pages of a paper that can be one PDF: all of them are there, and all are pictures that fit. */
function pagesOf(scans: ScanHere[] | null): number {
  const pages = (scans ?? []).filter((s) => s.length > 0)
  return pages.every((s) => s.complete && s.mime === 'image/jpeg') ? pages.length : 0
}

function Thumb({ d, sheet, active, onPick }: { d: Dossier; sheet: Sheet; active: boolean; onPick: (sha256: string) => void }) {
  const { t } = useText()
  const { scan } = sheet
  const label = t('p.dossier.scan', { n: sheet.number, name: sheet.paper })
  return (
    <button type="button" className="p-thumb" aria-pressed={active} aria-label={scan.complete ? label : `${label}. ${t('p.dossier.scanWaiting')}`} disabled={!scan.complete} onClick={() => onPick(scan.sha256)}>
      {scan.complete && scan.mime.startsWith('image/') ? <img src={portal.scanAddress(d.id, scan.sha256)} alt="" loading="lazy" /> : <span>{!scan.complete ? t('p.files.incomplete') : scan.mime.startsWith('audio/') ? <Volume2 aria-hidden /> : '…'}</span>}
    </button>
  )
}

function Viewer({ d, sheet }: { d: Dossier; sheet: Sheet }) {
  const { t } = useText()
  const { scan } = sheet
  const address = portal.scanAddress(d.id, scan.sha256)
  if (scan.mime === 'audio/ogg') return <Spoken address={address} sheet={sheet} />
  return <ScanView className="p-viewer" address={address} label={t('p.dossier.scan', { n: sheet.number, name: sheet.paper })} paper={sheet.paper} mime={scan.mime} length={scan.length} fileName={scan.name} />
}

/** Spoken is what somebody said instead of writing; nobody else can have written it down. */
function Spoken({ address, sheet }: { address: string; sheet: Sheet }) {
  const { t } = useText()
  const { scan } = sheet
  return (
    <figure className="bd-scan p-viewer">
      <figcaption>
        <span>{t('p.dossier.scan', { n: sheet.number, name: sheet.paper })} <span className="o-soft">{formatBytes(scan.length)}</span></span>
        <a className="bd-button bd-button--quiet" href={address} download={scan.name}><FileDown aria-hidden /><span className="bd-hidden">{t('p.dossier.open')}</span></a>
      </figcaption>
      <div className="p-viewer__spoken">
        {/* oxlint-disable-next-line jsx-a11y/media-has-caption */}
        <audio controls preload="none" src={address} aria-label={sheet.paper} />
        <p>{t('p.dossier.spoken')}</p>
      </div>
    </figure>
  )
}
