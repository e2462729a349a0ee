import { StatePill } from './StatePill'

export const examples = {
  wait: () => <StatePill tone="wait">Chờ bổ sung</StatePill>,
  good: () => <StatePill tone="good">Đã có kết quả</StatePill>,
  harm: () => <StatePill tone="harm">Từ chối</StatePill>,
}
