import {
  Baby, FilePenLine, FileText, Flower2, Hammer, HandCoins, HandHeart, Heart, House, IdCard, LandPlot, Medal, Scale, ScrollText, Sprout, Stamp, Store, Users,
  type LucideIcon,
} from 'lucide-react'

// The catalogue names icons; only these are carried along.
const icons: Record<string, LucideIcon> = {
  baby: Baby, heart: Heart, 'flower-2': Flower2, house: House, 'id-card': IdCard, stamp: Stamp, 'scroll-text': ScrollText,
  'file-pen-line': FilePenLine, users: Users, 'land-plot': LandPlot, store: Store, hammer: Hammer, 'hand-heart': HandHeart,
  'hand-coins': HandCoins, medal: Medal, sprout: Sprout, scale: Scale,
}

/** EventIcon draws a life event; one the screens do not know gets a sheet of paper. */
export function EventIcon({ name }: { name: string }) {
  const Icon = icons[name] ?? FileText
  return <Icon aria-hidden />
}
