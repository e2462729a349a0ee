package dossier

import (
	"bytes"
	"cmp"
	"slices"

	"bendo/syncproto"
)

// item is an entry with its payload read. value is nil for what is not known here.
type item struct {
	Entry
	value any
}

// Fold makes the state of one dossier from its events. It is a function of the set:
// order of arrival and duplicates do not matter. It never fails; what cannot take
// effect is named in the state (Waiting, Proposals, Unknown, Absent).
//
// Version v+1 takes effect when its author is the holder after v, or when the
// province assigns custody. Of several such, an assignment stands before anything
// else, then what was stored first.
func Fold(entries []Entry) State {
	items, reused := settle(entries)
	chain := map[uint32][]item{}
	f := folder{requests: map[syncproto.EventID]item{}, effect: map[syncproto.EventID]bool{}}
	for _, it := range items {
		switch v := it.Event.Header.Version; {
		case v == 0 && (IsRequest(it.Event.Header.Type) || it.value == nil):
			f.requests[it.Event.Header.ID] = it
		case v > 0 && !IsRequest(it.Event.Header.Type):
			chain[v] = append(chain[v], it)
		default: // a status event without a version, or a request with one
			f.state.Proposals = append(f.state.Proposals, it.Event.Header.ID)
		}
	}
	f.addRequests(items)
	for {
		it, ok := f.next(chain[f.state.Version+1])
		if !ok {
			break
		}
		f.step(it)
	}
	f.finish(items, reused)
	f.rate(items)
	return f.state
}

// settle orders the entries by event id and keeps one of each. Two entries of one id
// with other bytes (id_reused) are both kept in the book; the first stored stands
// and the id is named as a proposal.
func settle(entries []Entry) (items []item, reused []syncproto.EventID) {
	sorted := slices.Clone(entries)
	slices.SortFunc(sorted, func(a, b Entry) int {
		return cmp.Or(
			compareID(a.Event.Header.ID, b.Event.Header.ID),
			cmp.Compare(a.ReceivedAt, b.ReceivedAt),
			bytes.Compare(a.Event.Payload, b.Event.Payload),
			bytes.Compare(a.Event.Salt[:], b.Event.Salt[:]),
			cmp.Compare(a.Author, b.Author),
		)
	})
	for _, e := range sorted {
		h := e.Event.Header
		if n := len(items); n > 0 && items[n-1].Event.Header.ID == h.ID {
			last := &items[n-1]
			if last.Event.Salt == e.Event.Salt && bytes.Equal(last.Event.Payload, e.Event.Payload) {
				last.Proposal = last.Proposal || e.Proposal
			} else if !slices.Contains(reused, h.ID) {
				reused = append(reused, h.ID)
			}
			continue
		}
		value := e.Read
		if value == nil {
			if read, err := Parse(h.Type, h.Schema, e.Event.Payload); err == nil {
				value = read
			}
		}
		items = append(items, item{Entry: e, value: value})
	}
	return items, reused
}

// folder is the fold in progress.
type folder struct {
	state    State
	requests map[syncproto.EventID]item
	effect   map[syncproto.EventID]bool // chain events that took effect
}

// next chooses among the candidates of the next version.
func (f *folder) next(candidates []item) (item, bool) {
	best, found := item{}, false
	for _, c := range candidates {
		if c.Proposal || !f.mayAdvance(c) {
			continue
		}
		if !found || precedes(c, best) {
			best, found = c, true
		}
	}
	return best, found
}

func (f *folder) mayAdvance(c item) bool {
	t := c.Event.Header.Type
	if f.state.Version == 0 {
		return t == Submitted
	}
	if t == Submitted {
		return false
	}
	if t == CustodyAssigned {
		return c.Author == Province
	}
	return c.Author == f.state.Holder
}

func precedes(a, b item) bool {
	aa, ba := a.Event.Header.Type == CustodyAssigned, b.Event.Header.Type == CustodyAssigned
	if aa != ba {
		return aa
	}
	return cmp.Or(cmp.Compare(a.ReceivedAt, b.ReceivedAt),
		compareID(a.Event.Header.ID, b.Event.Header.ID)) < 0
}

// step folds one chain event and notes whether the table foresaw it. An unforeseen
// step of the holder is folded all the same: it happened, and refusing it here would
// stop every later one.
func (f *folder) step(it item) {
	h := it.Event.Header
	f.effect[h.ID] = true
	if it.value == nil {
		f.stepUnknown(it)
		return
	}
	if f.state.Version > 0 {
		if legalFor(f.state, it.Author, h.Type, it.value, f.requestType) != nil {
			f.state.Irregular = append(f.state.Irregular, h.ID)
		}
	}
	target, known := f.target(it.value)
	f.state.apply(it, target)
	if !known {
		f.state.Absent = append(f.state.Absent, it.value.(*AnswerPayload).Event)
		f.state.trustHeader(h)
	}
}

func (f *folder) requestType(id syncproto.EventID) string {
	if r, ok := f.requests[id]; ok && r.value != nil {
		return r.Event.Header.Type
	}
	return ""
}

// target finds the request an answer answers; known is false when it is not here.
func (f *folder) target(value any) (target *item, known bool) {
	a, ok := value.(*AnswerPayload)
	if !ok {
		return nil, true
	}
	if r, ok := f.requests[a.Event]; ok && r.value != nil {
		return &r, true
	}
	return nil, false
}

// stepUnknown lets an event of a later vocabulary take its version. Its header says
// which national code results; everything else stays as it was.
func (f *folder) stepUnknown(it item) {
	h := it.Event.Header
	s := &f.state
	if s.Version == 0 {
		s.ID, s.FiledBy, s.FiledAt, s.Holder = h.Dossier, it.Author, h.At, it.Author
	}
	s.Version, s.InTransit = h.Version, false
	s.trustHeader(h)
	s.Unknown = append(s.Unknown, h.ID)
	s.Journal = append(s.Journal, Step{Event: h.ID, At: h.At, Clock: h.Clock, Type: h.Type, Author: it.Author, By: h.Actor, ForResident: true})
}

// trustHeader shows the code the author derived, where we cannot derive it.
func (s *State) trustHeader(h syncproto.Header) {
	if h.Code >= 1 && h.Code <= 10 {
		s.NationalCode = h.Code
	}
}

// addRequests lists the supplements and requests before the chain is folded, so that
// an answer finds them whatever came first.
func (f *folder) addRequests(items []item) {
	for _, it := range items {
		h := it.Event.Header
		if r, ok := f.requests[h.ID]; !ok || r.value == nil {
			if ok {
				f.state.Unknown = append(f.state.Unknown, h.ID)
			}
			continue
		}
		req := Request{Event: h.ID, Type: h.Type, Author: it.Author, At: h.At, Clock: h.Clock}
		switch p := it.value.(type) {
		case *SupplementProvidedPayload:
			req.N = p.N
			f.state.Submissions = append(f.state.Submissions, submission(it, p.N))
		case *WithdrawalRequestedPayload:
			req.Reason = p.Reason
		case *CorrectionProposedPayload:
			req.Reason = p.Reason
		case *LookupPayload:
			req.Lookup = p
		case *NotePayload, *RatedPayload:
			continue // want no answer
		}
		f.state.Pending = append(f.state.Pending, req)
	}
}

// finish names what took no effect and puts the requests into the journal.
func (f *folder) finish(items []item, reused []syncproto.EventID) {
	s := &f.state
	for _, it := range items {
		h := it.Event.Header
		if h.Version == 0 || IsRequest(h.Type) || f.effect[h.ID] {
			continue
		}
		if h.Version > s.Version+1 && !it.Proposal {
			s.Waiting = append(s.Waiting, h.ID)
		} else {
			s.Proposals = append(s.Proposals, h.ID)
		}
	}
	for _, id := range reused {
		if !slices.Contains(s.Proposals, id) {
			s.Proposals = append(s.Proposals, id)
		}
	}
	slices.SortFunc(s.Proposals, compareID)
	slices.SortFunc(s.Unknown, compareID)
	slices.SortStableFunc(s.Submissions, func(a, b Submission) int { return cmp.Compare(a.N, b.N) })
	s.Pending = slices.DeleteFunc(s.Pending, func(r Request) bool { return s.answered(r.Event) })
	if len(s.Pending) == 0 {
		s.Pending = nil
	}
	f.journalRequests(items)
}

// rate keeps one rating: the first that was given (by event id), then each that replaces it and
// comes from the same book. Whatever else came is kept as an event and changes nothing. The ids
// of a chain need not rise: a clock may have been set back in between.
func (f *folder) rate(items []item) {
	want := Rated
	if f.state.Version == 0 {
		want = VisitRated // of a visit: nothing was filed here
	}
	for {
		next := slices.IndexFunc(items, func(it item) bool { return it.Event.Header.Type == want && f.rates(it) })
		if next < 0 {
			return
		}
		h, p := items[next].Event.Header, items[next].value.(*RatedPayload)
		f.state.Rating = &Rating{Event: h.ID, At: h.At, Author: items[next].Author, Score: p.Score, Reasons: p.Reasons, N: p.N}
	}
}

// rates says whether it is the rating that follows the one that stands. N rises with each, so
// the search ends.
func (f *folder) rates(it item) bool {
	p, ok := it.value.(*RatedPayload)
	if !ok || it.Event.Header.Version != 0 {
		return false
	}
	now := f.state.Rating
	if now == nil {
		return p.N == 1
	}
	return p.N == now.N+1 && p.Replaces == now.Event && it.Author == now.Author
}

func (s *State) answered(id syncproto.EventID) bool {
	return slices.ContainsFunc(s.Answers, func(a Answer) bool { return a.Request == id })
}

// journalRequests inserts each request where it belongs: not before the supplement
// it answers, before its own answer, and otherwise by time.
func (f *folder) journalRequests(items []item) {
	s := &f.state
	var steps []Step
	for _, it := range items {
		h := it.Event.Header
		if r, ok := f.requests[h.ID]; !ok || r.value == nil {
			continue
		}
		st := Step{Event: h.ID, At: h.At, Clock: h.Clock, Type: h.Type, Author: it.Author, By: h.Actor, ForResident: h.Type != Note && h.Type != LookupReported}
		if p, ok := it.value.(*SupplementProvidedPayload); ok {
			st.N = p.N
		}
		steps = append(steps, st)
	}
	slices.SortStableFunc(steps, func(a, b Step) int {
		return cmp.Or(cmp.Compare(a.At, b.At), compareID(a.Event, b.Event))
	})
	for _, st := range steps {
		s.Journal = slices.Insert(s.Journal, s.place(st), st)
	}
}

func (s *State) place(st Step) int {
	low, high := 0, len(s.Journal)
	for i, j := range s.Journal {
		if j.Type == Submitted || (st.N > 0 && j.Type == SupplementRequested && j.N == st.N) {
			low = i + 1
		}
	}
	for _, a := range s.Answers {
		if a.Request == st.Event {
			if i := slices.IndexFunc(s.Journal, func(j Step) bool { return j.Event == a.By }); i >= 0 {
				high = i
			}
		}
	}
	at := min(low, high)
	for at < high && s.Journal[at].At <= st.At {
		at++
	}
	return at
}

func submission(it item, n int) Submission {
	h, payload := it.Event.Header, it.Payload
	if payload.IsZero() {
		payload = syncproto.PayloadDigest(it.Event.Salt, it.Event.Payload)
	}
	return Submission{
		Event: h.ID, N: n, At: h.At, Clock: h.Clock, Author: it.Author, Blobs: h.Blobs,
		Manifest: syncproto.ManifestDigest(h, payload),
	}
}

func compareID(a, b syncproto.EventID) int { return bytes.Compare(a[:], b[:]) }
