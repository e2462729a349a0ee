package sim

import (
	"time"

	"github.com/anishathalye/porcupine"
)

// How far a dossier is, as somebody sees it.
const (
	Unknown  = -1 // nobody has heard of it
	Saved    = 0  // at the office alone
	Received = 1  // the province has its event
	Whole    = 2  // and every scan
)

// Who looks at a dossier.
type Who uint8

// The readers, and the desk that files.
const (
	Desk     Who = iota // files it; Level is not used
	Office              // reads the office's acknowledgements
	Province            // reads what the province has
	Restored            // the province's data became older ones
)

// Sight is one act on a dossier or one look at it.
type Sight struct {
	Who          Who
	Level        int
	Call, Return time.Duration
}

// dossierState is what a dossier is at a moment of the sequential model: the office
// never knows more than the province has.
type dossierState struct{ province, office int }

// DossierModel is one dossier's life (T16): filed once, then the province gets it and
// completes it, and the office learns of either some time later, never before. Nothing
// goes back but by a restore.
var DossierModel = porcupine.NondeterministicModel{
	Init: func() []any { return []any{dossierState{Unknown, Unknown}} },
	Step: func(state, input, _ any) (next []any) {
		s, in := state.(dossierState), input.(Sight)
		if in.Who == Desk {
			if s.office != Unknown {
				return nil
			}
			return []any{dossierState{Saved, Saved}}
		}
		if s.office == Unknown { // nobody may have heard of it
			if in.Level == Unknown || in.Level == Saved && in.Who == Province {
				return []any{s}
			}
			return nil
		}
		if in.Who == Restored {
			for p := Saved; p <= s.province; p++ {
				for o := Saved; o <= p; o++ {
					next = append(next, dossierState{p, o})
				}
			}
			return next
		}
		for p := s.province; p <= Whole; p++ { // what happened unseen
			for o := s.office; o <= p; o++ {
				if in.Who == Office && o == in.Level || in.Who == Province && p == in.Level {
					next = append(next, dossierState{p, o})
				}
			}
		}
		return next
	},
	Equal: func(a, b any) bool { return a == b },
}

// DossierLinear says whether one order of what was done and seen explains every look.
func DossierLinear(history []Sight) bool {
	var ops []porcupine.Operation
	for i, s := range history {
		ops = append(ops, porcupine.Operation{ClientId: i, Input: s, Call: int64(s.Call), Return: int64(s.Return)})
	}
	return porcupine.CheckOperations(DossierModel.ToModel(), ops)
}
