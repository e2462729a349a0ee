package syncproto

// Relation is how a device's log and the portal's copy of it stand.
type Relation uint8

const (
	// LogsEqual: nothing to send.
	LogsEqual Relation = 1
	// PortalBehind: send from Verdict.From. This is also a portal restored from a
	// backup: what was acknowledged under an older generation is sent again.
	PortalBehind Relation = 2
	// LogsForked: stop sending this log (never stop filing), keep the evidence.
	LogsForked Relation = 3
	// EpochForgotten: the device writes a later epoch than the portal knows: the
	// portal was restored to before the grant. The device shows its grant.
	EpochForgotten Relation = 4
)

// Verdict is the result of CompareLogs.
type Verdict struct {
	Relation Relation
	From     uint64 // PortalBehind: first seq to send
	Code     string // LogsForked: CodeEpoch, CodeAhead or CodeHead
}

// CompareLogs compares the device's log with the portal's. headAt gives the
// device's own chain head after a seq (0 gives ChainStart) and whether it is
// still known; the device passes its book, the portal passes nil and then cannot
// tell a fork below its own head: the device, or the next batch's signature,
// will.
//
// A head that the device no longer knows (pruned past retention) is a fork: what
// cannot be shown to be one's own must not be built upon.
func CompareLogs(device, portal LogState, headAt func(seq uint64) (Digest, bool)) Verdict {
	switch {
	case device.Epoch < portal.Epoch:
		return Verdict{Relation: LogsForked, Code: CodeEpoch}
	case device.Epoch > portal.Epoch:
		return Verdict{Relation: EpochForgotten, Code: CodeEpoch}
	case portal.Next > device.Next:
		return Verdict{Relation: LogsForked, Code: CodeAhead}
	case portal.Next == device.Next:
		if portal.Head != device.Head {
			return Verdict{Relation: LogsForked, Code: CodeHead}
		}
		return Verdict{Relation: LogsEqual, From: device.Next}
	}
	if headAt != nil {
		if own, ok := headAt(portal.Next - 1); !ok || own != portal.Head {
			return Verdict{Relation: LogsForked, Code: CodeHead}
		}
	}
	return Verdict{Relation: PortalBehind, From: portal.Next}
}

// State gives the portal's side of a comparison as an ack tells it.
func (a Ack) State() LogState {
	return LogState{Epoch: a.Log.Epoch, Next: a.Applied + 1, Head: a.Head}
}
