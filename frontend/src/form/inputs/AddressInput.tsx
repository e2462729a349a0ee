// An address in two tiers (province, commune) and a line in one's own words.
// The office's own commune comes first: most people live here.
import { useState } from 'react'
import { Check, Globe, MapPin, MapPinned } from 'lucide-react'
import { Button } from '../../components/Button/Button'
import { ChooseOne } from '../../components/Choice/Choice'
import { TextEntry } from '../../components/Keyboard/TextEntry'
import { Notice } from '../../components/Notice/Notice'
import { communeName, communesOf, provinceName, provinces } from '../../places/places'
import { successorsOf, suggestPlaces } from '../../places/suggest'
import { useText } from '../../text/language'
import type { Address, Value } from '../model'
import { ListChoice } from './ListChoice'

type Stage = 'where' | 'province' | 'commune' | 'detail' | 'raw' | 'card'

export interface AddressInputProps {
  value: Address | undefined
  onChange: (value: Value) => void
  home?: { commune_code: string; province_code: string }
  labelId: string
}

export function AddressInput({ value, onChange, home, labelId }: AddressInputProps) {
  const { t } = useText()
  const [stage, setStage] = useState<Stage>(() => firstStage(value))
  const a = value ?? {}
  const set = (next: Address, then: Stage) => {
    onChange(next)
    setStage(then)
  }
  const here = home && communeName(home.commune_code)
  if (stage === 'card') {
    return (
      <div className="k-text">
        <div className="k-card k-cardaddress">
          <p className="k-help">{t('address.card')}</p>
          <strong>{a.raw_text}</strong>
        </div>
        <Successors written={a.raw_text ?? ''} confirmed={a.commune_code} onConfirm={(place) => onChange({ country: 'VN', raw_text: a.raw_text, ...place })} />
        <Button onClick={() => setStage('where')}>{t('address.changePlace')}</Button>
      </div>
    )
  }
  if (stage === 'where') {
    return (
      <ChooseOne
        labelledBy={labelId}
        value={undefined}
        options={[
          ...(home && here ? [{ value: 'here', label: t('address.here'), hint: `${here}, ${provinceName(home.province_code)}`, icon: <MapPin /> }] : []),
          { value: 'elsewhere', label: t('address.elsewhere'), icon: <MapPinned /> },
          { value: 'abroad', label: t('address.abroad'), icon: <Globe /> },
        ]}
        onChange={(picked) => {
          if (picked === 'here' && home) set({ country: 'VN', ...home, detail: a.detail }, 'detail')
          else if (picked === 'abroad') set({ country: 'other', raw_text: a.country === 'other' ? a.raw_text : '' }, 'raw')
          else setStage('province')
        }}
      />
    )
  }
  if (stage === 'province') {
    return (
      <ListChoice
        label={t('address.chooseProvince')}
        searchLabel={t('address.searchProvince')}
        options={provinces.map((p) => ({ value: p.code, label: { vi: p.name }, aliases: p.aliases, former: p.former }))}
        value={a.province_code ?? ''}
        onChange={(province_code) => set({ country: 'VN', province_code, detail: a.detail }, communesOf(province_code).length > 0 ? 'commune' : 'raw')}
      />
    )
  }
  if (stage === 'commune') {
    return (
      <ListChoice
        label={t('address.chooseCommune')}
        searchLabel={t('address.searchCommune')}
        options={communesOf(a.province_code ?? '').map((c) => ({ value: c.code, label: { vi: c.name } }))}
        value={a.commune_code ?? ''}
        onChange={(commune_code) => set({ ...a, commune_code }, 'detail')}
      />
    )
  }
  const raw = stage === 'raw'
  const place = [communeName(a.commune_code), provinceName(a.province_code)].filter(Boolean).join(', ')
  const label = raw ? (a.country === 'other' ? t('address.abroadDetail') : t('address.typeCommune')) : t('address.detail')
  return (
    <div className="k-text">
      <div className="k-place">
        <div>
          <p><MapPin aria-hidden /><strong>{place || t('address.abroad')}</strong></p>
          <label className="k-sublabel" htmlFor="address-line">{label}</label>
        </div>
        <Button onClick={() => setStage('where')}>{t('address.changePlace')}</Button>
      </div>
      {raw && a.country !== 'other' && <Notice>{t('address.noList')}</Notice>}
      <TextEntry
        id="address-line"
        value={(raw ? a.raw_text : a.detail) ?? ''}
        onChange={(text) => onChange(raw ? { ...a, raw_text: text } : { ...a, detail: text })}
        capitals="words"
        maxLength={raw ? 500 : 300}
        suggest={raw && a.country !== 'other' ? (before) => suggestPlaces(before, a.province_code ?? home?.province_code) : undefined}
        autoFocus
      />
    </div>
  )
}

// What the card's words may have become. Only a tap makes it the answer, and the words stay beside it.
function Successors({ written, confirmed, onConfirm }: { written: string; confirmed?: string; onConfirm: (place?: { province_code: string; commune_code: string }) => void }) {
  const { t } = useText()
  const places = successorsOf(written).flatMap(({ province, former, communes }) => communes.map((commune) => ({ commune, province, former }))).slice(0, 3)
  if (places.length === 0) return <Notice>{t('address.cardOld')}</Notice>
  return (
    <div className="k-card k-successors" role="group" aria-labelledby="successors">
      <p className="k-sublabel" id="successors">{t('address.successor')}</p>
      <div className="k-suggest">
        {places.map(({ commune, province, former }) => (
          <Button
            key={commune.code}
            icon={commune.code === confirmed ? <Check aria-hidden /> : <MapPin aria-hidden />}
            aria-pressed={commune.code === confirmed}
            onClick={() => onConfirm(commune.code === confirmed ? undefined : { province_code: province.code, commune_code: commune.code })}
          >
            {commune.name}, {province.name}{former ? ` (${t('address.was', { was: former })})` : ''}
          </Button>
        ))}
      </div>
      <p className="k-help">{t('address.successor.how')}</p>
    </div>
  )
}

function firstStage(a: Address | undefined): Stage {
  if (!a || (!a.raw_text && !a.province_code)) return a?.country === 'other' ? 'raw' : 'where'
  if (a.commune_code) return a.raw_text && a.country !== 'other' ? 'card' : 'detail'
  return a.province_code || a.country === 'other' ? 'raw' : 'card'
}
