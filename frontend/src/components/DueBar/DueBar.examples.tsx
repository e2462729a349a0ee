import { DueBar } from './DueBar'

const now = Date.UTC(2026, 10, 23, 3)
const day = 86_400_000

export const examples = {
  far: () => <DueBar now={now} from={now - day} due={now + 6 * day} />,
  today: () => <DueBar now={now} from={now - 2 * day} due={now + 3 * 3_600_000} />,
  late: () => <DueBar now={now} from={now - 6 * day} due={now - 2 * day} />,
  paused: () => <DueBar now={now} from={now - 6 * day} due={now + 2 * day} paused />,
}
