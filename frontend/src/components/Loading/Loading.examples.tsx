import { Loading } from './Loading'

export const examples = { plain: () => <Loading /> }
