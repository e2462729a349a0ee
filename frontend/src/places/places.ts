// Provinces and communes of the two-tier map (since 01/07/2025). All 34
// provinces are here; communes only for the provinces the product serves
// first. For the others the written address is kept and an officer adds the code.
import data from './places.json'
import { fold } from '../text/format'

export interface Place {
  code: string
  /** with its kind: "Xã Giao Long" */
  name: string
}

export interface Province extends Place {
  /** names of the provinces it took in on 01/07/2025, its own name not among them */
  former?: string[]
  /** other spellings in official use */
  aliases?: string[]
}

export interface Commune extends Place {
  province: string
  /** the province its land belonged to before 01/07/2025, where that had another name */
  former?: string
}

const byName = new Intl.Collator('vi').compare

export const provinces: Province[] = data.provinces.toSorted((a, b) => byName(bare(a.name), bare(b.name)))
export const communes: Commune[] = data.communes.toSorted((a, b) => byName(bare(a.name), bare(b.name)))

/** communesOf lists a province's communes by name; empty where the machine has no list. */
export function communesOf(province: string): Commune[] {
  return communes.filter((commune) => commune.province === province)
}

export function provinceName(code: string | undefined): string | undefined {
  return provinces.find((p) => p.code === code)?.name
}

export function communeName(code: string | undefined): string | undefined {
  return communes.find((c) => c.code === code)?.name
}

/** findCommune finds the office's own commune by code or by its written name. */
export function findCommune(codeOrName: string): Commune | undefined {
  const folded = fold(codeOrName)
  return communes.find((c) => c.code === codeOrName || fold(c.name) === folded)
}

/** matching keeps the places whose name contains the words, marks or not. */
export function matching<T extends Place>(list: T[], words: string): T[] {
  const folded = fold(words.trim())
  return folded === '' ? list : list.filter((place) => fold(place.name).includes(folded))
}

/** bare is a name without its kind: "Giao Long". */
export function bare(name: string): string {
  return name.replace(/^(Tỉnh|Thành phố|Xã|Phường|Đặc khu|Thị trấn) /, '')
}
