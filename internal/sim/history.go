package sim

import (
	"time"

	"github.com/anishathalye/porcupine"

	"bendo/syncproto"
)

// Access is one access to the register every log is at the portal: how many of its
// events are applied, in which generation.
type Access struct {
	Restore      bool   // the portal's data became those of a backup, which had Applied events
	First, Last  uint64 // the batch that was pushed; 0, 0 none
	Applied      uint64 // what the answer's ack says
	Generation   uint64 // of the answer's ack
	Lost         bool   // no answer came: it may have happened or not
	Call, Return time.Duration
}

// register is the sequential model of it.
type register struct{ applied, generation uint64 }

// RegisterModel is the log of one device as one number (I25): a batch that follows moves
// it to its end, a batch beyond it moves nothing, a restore moves it back and raises the
// generation. What got no answer may or may not have happened.
var RegisterModel = porcupine.NondeterministicModel{
	Init: func() []any { return []any{register{}} },
	Step: func(state, input, _ any) []any {
		s, a := state.(register), input.(Access)
		next := s
		if a.First > 0 && a.First <= s.applied+1 {
			next.applied = max(s.applied, a.Last)
		}
		switch {
		case a.Restore:
			return []any{register{a.Applied, a.Generation}}
		case a.Lost && next != s:
			return []any{s, next}
		case a.Lost:
			return []any{s}
		case a.Applied != next.applied || a.Generation < s.generation:
			return nil
		}
		next.generation = a.Generation
		return []any{next}
	},
	Equal: func(a, b any) bool { return a == b },
}

// Linear says whether one order of the accesses explains every answer.
func Linear(history []Access) bool {
	var ops []porcupine.Operation
	for i, a := range history {
		ops = append(ops, porcupine.Operation{ClientId: i, Input: a, Call: int64(a.Call), Return: int64(a.Return)})
	}
	m := RegisterModel.ToModel()
	return porcupine.CheckOperations(m, ops)
}

// access keeps a step of the place's history.
func (p *place) access(a Access) {
	if p.w.o.History && !p.forked {
		p.history = append(p.history, a)
	}
}

// pushed keeps an exchange that pushed something or was told an ack.
func (p *place) pushed(req *syncproto.SyncRequest, resp *syncproto.SyncResponse, err error, sent, back time.Duration) {
	if !p.w.o.History || p.forked || err == nil && resp.Ack == nil {
		return
	}
	a := Access{Call: sent, Return: back}
	if len(req.Push) > 0 {
		a.First, a.Last = req.Push[0].First, req.Push[len(req.Push)-1].Last()
	}
	switch {
	case err != nil && a.First == 0:
		return
	case err != nil: // it may arrive as long as the line holds messages back
		a.Lost, a.Return = true, back+lateAtMost
	default:
		a.Applied, a.Generation = resp.Ack.Applied, resp.Ack.Generation
	}
	p.access(a)
	if err == nil && a.First > 0 { // and once more, doubled
		p.access(Access{First: a.First, Last: a.Last, Lost: true, Call: sent, Return: back + lateAtMost})
	}
}
