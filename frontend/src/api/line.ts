// How the line is, from the agent's words (State in agent/courier/state.go).

export type LineMood = 'up' | 'slow' | 'down' | 'unknown'

/** Below this a scan of 100 kB takes longer than ten seconds. */
const slowBps = 80_000

/** moodOf reads the agent's line state. Between two tries the agent is offline, in one it is probing: to staff both are no line. */
export function moodOf(line: { state: string; rate_bps?: number }): LineMood {
  switch (line.state) {
    case 'online':
      return line.rate_bps !== undefined && line.rate_bps > 0 && line.rate_bps < slowBps ? 'slow' : 'up'
    case 'degraded':
      return 'slow'
    case 'offline':
    case 'probing':
    case 'captive':
    case 'clock':
    case 'refused':
      return 'down'
    default: // nobody carries, or a newer agent has another word
      return 'unknown'
  }
}
