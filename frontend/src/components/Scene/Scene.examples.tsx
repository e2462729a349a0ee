import { FerryMark, LandingPicture, RiverScene, Waves } from './Scene'

export const examples = {
  mark: () => <FerryMark title="Bến Đò" />,
  river: () => <RiverScene />,
  waves: () => <Waves />,
  landing: () => <LandingPicture />,
}
