package processes

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"
)

// expected is one dossier as it must stand at the province. A dossier of the screens has neither
// reference nor source.
type expected struct {
	Reference, Source string
	Attachments       []attachment
}

// told is what people outside the programs know: what they handed in and what they were answered.
// It is the one yardstick of every run.
type told struct {
	mu       sync.Mutex
	handed   map[string]expected // reference → what the folder held
	slips    map[string]expected // slip that was printed or shown → the dossier
	slipOf   map[string]string   // reference → slip that was printed
	unheard  []expected          // handed in at the screen; the answer is on its way or was lost
	complete map[string]bool     // slips an acknowledgement called complete
}

func newTold() *told {
	return &told{handed: map[string]expected{}, slips: map[string]expected{}, slipOf: map[string]string{}, complete: map[string]bool{}}
}

func (k *told) hand(list ...expected) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, e := range list {
		k.handed[e.Reference] = e
	}
}

// heard notes what a run of kiosk file printed. A reference keeps its slip, and no slip is given twice.
func (k *told) heard(r report) (wrong []string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, f := range r.Filed {
		e, handed := k.handed[f.Reference]
		before, again := k.slipOf[f.Reference]
		other, taken := k.slips[f.Slip]
		switch {
		case !handed:
			wrong = append(wrong, fmt.Sprintf("%q was reported as filed and nobody handed it in", f.Reference))
		case again && before != f.Slip:
			wrong = append(wrong, fmt.Sprintf("%q had slip %s and got %s when it was filed again", f.Reference, before, f.Slip))
		case taken && other.Reference != f.Reference:
			wrong = append(wrong, fmt.Sprintf("slip %s was given to %q and to %q", f.Slip, other.Reference, f.Reference))
		default:
			k.slipOf[f.Reference], k.slips[f.Slip] = f.Slip, e
		}
	}
	return wrong
}

// offered notes what is about to be handed in at the screen: the agent may carry it before the screen
// has answered.
func (k *told) offered(e expected) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.unheard = append(k.unheard, e)
}

// shown notes a slip the screen showed; answered false: the answer was lost.
func (k *told) shown(slip string, answered bool, e expected) (wrong []string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.unheard = slices.DeleteFunc(k.unheard, func(o expected) bool { return sameScans(o.Attachments, e.Attachments, false) })
	if !answered {
		k.unheard = append(k.unheard, e)
		return nil
	}
	if _, taken := k.slips[slip]; taken {
		return []string{fmt.Sprintf("slip %s was shown for a second dossier", slip)}
	}
	k.slips[slip] = e
	return nil
}

// known is a copy of the slips people hold.
func (k *told) known() map[string]expected {
	k.mu.Lock()
	defer k.mu.Unlock()
	out := make(map[string]expected, len(k.slips))
	for s, e := range k.slips {
		out[s] = e
	}
	return out
}

// judge compares the province's list with what was told. During a run, scans may be on their way; at
// the end (whole) every dossier of known must stand there with every byte.
func (k *told) judge(list []listed, known map[string]expected, whole bool) (wrong []string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	say := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	slips, references := map[string]bool{}, map[string]bool{}
	unheard := slices.Clone(k.unheard)
	for _, d := range list {
		if slips[d.Slip] || d.Reference != "" && references[d.Reference] {
			say("slip %s (%q) stands twice at the province", d.Slip, d.Reference)
		}
		slips[d.Slip], references[d.Reference] = true, true
		want, found := k.slips[d.Slip]
		if !found && d.Reference != "" {
			want, found = k.handed[d.Reference] // filed by a program that was killed before it could say so
		} else if !found {
			i := slices.IndexFunc(unheard, func(e expected) bool { return sameScans(d.Attachments, e.Attachments, false) })
			if found = i >= 0; found {
				want = unheard[i]
				unheard = slices.Delete(unheard, i, i+1)
			}
		}
		switch {
		case !found:
			say("slip %s (%q) stands at the province and nobody filed it", d.Slip, d.Reference)
		case want.Reference != d.Reference || want.Source != "" && want.Source != d.Source:
			say("slip %s: the province has %q made from %s, handed in was %q made from %s", d.Slip, d.Reference, d.Source, want.Reference, want.Source)
		case !sameScans(d.Attachments, want.Attachments, whole):
			say("slip %s (%q): the province has scans %v, handed in were %v", d.Slip, d.Reference, d.Attachments, want.Attachments)
		}
	}
	if whole {
		for slip, e := range known {
			if !slips[slip] {
				say("slip %s (%q) was given to somebody and is not at the province", slip, e.Reference)
			}
		}
	}
	return wrong
}

// sameScans compares names, digests and lengths, in any order; complete ones only when asked.
func sameScans(have, want []attachment, complete bool) bool {
	order := func(list []attachment) []attachment {
		out := slices.Clone(list)
		for i := range out {
			out[i].Complete = out[i].Complete || !complete
		}
		slices.SortFunc(out, func(a, b attachment) int {
			return cmp.Or(strings.Compare(a.SHA256, b.SHA256), strings.Compare(a.Name, b.Name), cmp.Compare(a.Length, b.Length))
		})
		return out
	}
	return slices.Equal(order(have), order(want))
}

// early judges acknowledgements: s was read before list was. What s calls complete, list must have
// whole; what was called complete once stays so; who held a slip before s was read finds it saved.
func (k *told) early(s status, list []listed, known map[string]expected) (wrong []string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	say := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	at := map[string]listed{}
	for _, d := range list {
		at[d.Slip] = d
	}
	saved := map[string]bool{}
	for _, a := range s.Dossiers {
		if a.N != 0 {
			continue
		}
		saved[a.Slip] = a.Acks["saved_at_commune"] != nil
		if complete := a.Acks["province_complete"] != nil; complete {
			k.complete[a.Slip] = true
		}
		if !k.complete[a.Slip] {
			continue
		}
		d, there := at[a.Slip]
		whole := there
		for _, one := range d.Attachments {
			whole = whole && one.Complete
		}
		if a.Acks["province_complete"] == nil {
			say("slip %s was acknowledged as complete and is not any more", a.Slip)
		}
		if !whole {
			say("slip %s is acknowledged as complete and the province has not every byte: there %v, scans %v", a.Slip, there, d.Attachments)
		}
	}
	for slip := range known {
		if !saved[slip] {
			say("slip %s was given to somebody and the office's status does not call it saved", slip)
		}
	}
	return wrong
}
