import { Progress } from './Progress'

export const examples = { half: () => <Progress value={0.5} label="Đã xong 50 phần trăm" /> }
