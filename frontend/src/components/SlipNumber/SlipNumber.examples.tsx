import { SlipNumber } from './SlipNumber'

export const examples = { one: () => <SlipNumber slip="12345678901234" /> }
