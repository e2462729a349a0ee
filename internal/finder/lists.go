package finder

import "slices"

// View is one of the saved lists.
type View string

// The saved lists. A dossier may stand in several.
const (
	Waiting    View = "waiting"    // filed, nobody has taken it in
	DueSoon    View = "due_soon"   // due within the time the caller calls soon
	Late       View = "late"       // the due moment has passed and the clock runs
	Supplement View = "supplement" // the resident was asked for papers
	Ready      View = "ready"      // the result waits to be fetched
	LookUps    View = "lookups"    // papers to be looked up, now that there is a line
	Requests   View = "requests"   // a withdrawal, supplement or correction to answer
	All        View = "all"
)

// views are all of them, in the order of a screen.
var views = [...]View{Waiting, DueSoon, Late, Supplement, Ready, LookUps, Requests, All}

// The places of the views in that order: every dossier is held against every view for each answer, and
// comparing texts would be most of it.
const (
	atWaiting = iota
	atDueSoon
	atLate
	atSupplement
	atReady
	atLookUps
	atRequests
	atAll
)

// Views are all of them, in the order of a screen.
func Views() []View { return slices.Clone(views[:]) }

// Moment is what the lists ask of the time, in unix milliseconds. The caller has a calendar and the
// index none.
type Moment struct {
	Now  int64
	Soon int64 // what is due until then is due soon
}

// in says whether a row stands in a view, and by what it is sorted there: what has waited longest, or
// is due first, comes first; the whole book begins with the newest.
func (r *row) in(view int, m Moment) (when int64, ok bool) {
	switch view {
	case atWaiting:
		return r.filed, r.waiting
	case atDueSoon:
		return r.due, r.due > 0 && m.Now <= r.due && r.due <= m.Soon
	case atLate:
		return r.due, r.late(m.Now)
	case atSupplement:
		return r.asked, r.asked > 0
	case atReady:
		return r.ready, r.ready > 0
	case atLookUps:
		return r.filed, r.lookUp && r.open
	case atRequests:
		return r.request, r.request > 0
	case atAll:
		return -r.filed, true
	}
	return 0, false
}

func (r *row) late(now int64) bool { return r.due > 0 && r.due < now }

// Counts says how many dossiers stand in each list.
func (x *Index) Counts(m Moment) map[View]int {
	var n [len(views)]int
	for i := range x.rows {
		r := &x.rows[i]
		if !r.used {
			continue
		}
		for k := range views {
			if _, ok := r.in(k, m); ok {
				n[k]++
			}
		}
	}
	counts := make(map[View]int, len(views))
	for k, v := range views {
		counts[v] = n[k]
	}
	return counts
}

// List gives a part of a list, of one procedure or (with "") of all, and how long it is as a whole. A
// view nobody knows is empty.
func (x *Index) List(v View, procedure string, m Moment, offset, limit int) (ids []ID, total int) {
	view := slices.Index(views[:], v)
	only, known := x.words.find(procedure)
	if procedure != "" && !known {
		return nil, 0
	}
	offset = max(offset, 0)
	b := best{x: x, limit: min(offset+max(limit, 0), len(x.rows))}
	for i := range x.rows {
		r := &x.rows[i]
		if !r.used || procedure != "" && r.procedure != only {
			continue
		}
		if when, ok := r.in(view, m); ok {
			b.add(place{at: uint32(i), when: when})
		}
	}
	for _, p := range b.sorted()[min(offset, len(b.heap)):] {
		ids = append(ids, x.rows[p.at].id)
	}
	return ids, b.seen
}

// IsLate says whether a dossier is late: an attribute of it, never a lock.
func (x *Index) IsLate(id ID, now int64) bool {
	at, ok := x.byID[id]
	return ok && x.rows[at].late(now)
}
