package dossier

import (
	"slices"

	"bendo/internal/feedback"
	"bendo/syncproto"
)

// apply folds one known chain event into s. target is the request an answer answers,
// nil when it is not here. Each case only moves what its event is about.
func (s *State) apply(it item, target *item) {
	h := it.Event.Header
	st := Step{Event: h.ID, At: h.At, Clock: h.Clock, Type: h.Type, Author: it.Author, By: h.Actor, ForResident: true}
	from := s.Holder
	s.Version, s.InTransit = h.Version, false
	if p, ok := it.value.(*SubmittedPayload); ok {
		s.applySubmitted(it, p)
	}
	if feedback.Reserved(s.Procedure) {
		st.Of = s.Procedure
	}
	switch p := it.value.(type) {
	case *TakenInPayload:
		s.applyTakenIn(h, p, &st)
	case *SupplementRequestedPayload:
		s.applySupplementRequested(h, p, &st)
	case *AnswerPayload:
		s.applyAnswer(h, p, target, &st)
	case *ProcessingPayload:
		st.Office = p.Office
		s.enter(InProcess)
		s.Decision, s.Reply, s.Ready, s.Ended, s.HandBack = nil, nil, nil, nil, HandBackNone // a decision that was reopened
	case *FeeRequestedPayload:
		st.Office, s.Finance = p.Office, FeeWaiting
		s.Fees = append(s.Fees, FeeAsk{At: h.At, Amount: p.Amount, Text: p.Text, Office: p.Office})
	case *DecidedPayload:
		st.Office, st.Detail = p.Office, p.Outcome
		s.enter(Done)
		s.Decision = &Decision{At: h.At, Outcome: p.Outcome, Reason: p.Reason, Document: p.Document, Office: p.Office}
	case *AnsweredPayload:
		st.Office = p.Office
		s.enter(Done)
		s.Reply = &Reply{At: h.At, Text: p.Text, Office: p.Office}
	case *CalledPayload:
		s.applyCalled(h, p, &st)
	case *ReasonPayload:
		st.Office, st.Detail = p.Office, p.Reason
		s.applyReason(h, p)
	case *ResultReadyPayload:
		st.Detail, st.When = p.Where, p.When
		s.HandBack, s.Ready = HandBackReady, &Ready{At: h.At, Where: p.Where, When: p.When, Blobs: p.Blobs}
		s.enter(Done)
	case *HandedOverPayload:
		st.Detail, st.ForResident = string(p.To), false
		s.Handings = append(s.Handings, Handing{At: h.At, From: from, To: p.To, Desk: p.Desk, By: h.Actor, Taker: p.Taker, Note: p.Note})
		s.Desk = p.Desk
		s.moveTo(p.To)
	case *CustodyAssignedPayload:
		st.Detail, st.ForResident = string(p.To), false
		s.moveTo(p.To)
	case *ReturnedPayload:
		st.Office, s.HandBack = p.Office, HandBackDone
		s.enter(Closed)
		s.GivenBack = givenBack(h, p)
	case *OfficialCodePayload:
		st.Detail, s.OfficialCode = p.Code, p.Code
	case *ExternalRef:
		st.Detail, st.ForResident = p.System, false
		s.External = append(s.External, *p)
	case *ApologyPayload:
		st.Office, st.Detail, st.When = p.Office, p.Reason, p.NewDue
		s.setDue(h, DueApology, p.NewDue, "", nil)
	case *LookupPayload:
		st.Office, st.Detail, st.ForResident = p.Office, p.Component, false
		s.applyLookup(p)
	}
	if st.Office != "" {
		s.Office = st.Office
	}
	s.NationalCode = NationalCode(s.Business, s.Finance, s.Supplements > 0 && s.TakenIn == nil)
	s.Journal = append(s.Journal, st)
}

// applyCalled notes a call. Whoever was reached has his answer; else the request stays in hand.
func (s *State) applyCalled(h syncproto.Header, p *CalledPayload, st *Step) {
	st.Office, st.Detail = p.Office, p.Outcome
	s.Calls = append(s.Calls, Call{At: h.At, Outcome: p.Outcome, Text: p.Text, Office: p.Office})
	if p.Outcome == feedback.Reached {
		s.enter(Done)
		return
	}
	s.enter(InProcess)
	st.N = s.missedCalls()
}

// missedCalls counts how often nobody was reached.
func (s *State) missedCalls() (n int) {
	for _, c := range s.Calls {
		if c.Outcome == feedback.NotReached {
			n++
		}
	}
	return n
}

// enter moves the business status. The handling going on means that it no longer
// waits for a fee; whether that was paid is another matter.
func (s *State) enter(b Business) {
	s.Business = b
	if s.Finance == FeeWaiting {
		s.Finance = FeeOutstanding
	}
	if b != AwaitingSupplement {
		s.closeSupplement(0, 0, 0)
	}
}

// moveTo hands the dossier over: in transit until the new holder acts.
func (s *State) moveTo(to Holder) {
	s.InTransit = s.Holder != to
	s.Holder = to
}

func (s *State) applySubmitted(it item, p *SubmittedPayload) {
	h := it.Event.Header
	s.ID, s.FiledBy, s.FiledAt, s.SubmittedAt = h.Dossier, it.Author, h.At, p.SubmittedAt
	s.Slip, s.Procedure, s.Case, s.Pack = p.Slip, p.Procedure, p.Case, p.Pack
	s.Route, s.Channel, s.Language, s.Handover = p.Route, p.Channel, p.Language, p.Handover
	s.Source, s.Components = p.Source, slices.Clone(p.Components)
	s.Submissions = append(s.Submissions, submission(it, 0))
	s.Business, s.Holder = Registered, it.Author
	if p.Handover == HandoverAtSubmit {
		s.moveTo(Province)
	}
}

func (s *State) applyTakenIn(h syncproto.Header, p *TakenInPayload, st *Step) {
	st.Office = p.Office
	took := &TookIn{At: h.At, Office: p.Office, Officer: p.Officer, By: h.Actor, Clock: h.Clock, Vouched: p.ClockConfirmed}
	if s.TakenIn == nil {
		s.TakenIn = took
	}
	for i := range s.Submissions {
		if s.Submissions[i].N == 0 && s.Submissions[i].TookIn == nil {
			s.Submissions[i].TookIn = took
		}
	}
	s.enter(Received)
	if p.Due > 0 {
		s.setDue(h, DueTakenIn, p.Due, p.Calendar, p.Reasons)
		s.Period = p.Period
	}
	for _, c := range p.Compared {
		s.compare(Comparison{Compared: c, At: h.At, By: h.Actor})
	}
	if p.OfficialCode != "" {
		s.OfficialCode = p.OfficialCode
	}
	if s.Handover == HandoverAtTakeIn && s.Holder == s.FiledBy {
		s.moveTo(Province)
	}
}

func (s *State) applySupplementRequested(h syncproto.Header, p *SupplementRequestedPayload, st *Step) {
	st.Office, st.N, st.Detail = p.Office, p.N, p.Text
	if s.Business != AwaitingSupplement {
		s.Before = s.Business
	}
	s.enter(AwaitingSupplement)
	s.Supplements++
	s.OpenSupplement = &OpenSupplement{N: p.N, At: h.At, Office: p.Office, Reasons: p.Reasons, Text: p.Text, Deadline: p.Deadline,
		Stage: p.Stage, Basis: p.Basis, By: h.Actor}
	pause := Pause{N: p.N, From: h.At, Calendar: p.Calendar}
	if p.Remaining != nil {
		pause.Remaining, pause.Counted = *p.Remaining, true
	}
	s.Pauses = append(s.Pauses, pause)
}

func (s *State) applyReason(h syncproto.Header, p *ReasonPayload) {
	s.Ended = &Ending{At: h.At, Type: h.Type, Reason: p.Reason, Guidance: p.Guidance, Office: p.Office, By: h.Actor, Second: p.Second}
	switch h.Type {
	case Refused:
		s.enter(NotReceived)
	case Stopped:
		s.enter(StoppedByOffice)
	case Withdrawn:
		s.enter(WithdrawnByPerson)
	}
}

func (s *State) applyAnswer(h syncproto.Header, p *AnswerPayload, target *item, st *Step) {
	st.Office, st.Detail = p.Office, p.Reason
	if s.answered(p.Event) {
		return // the first answer stands
	}
	accepted := h.Type == Accepted
	s.Answers = append(s.Answers, Answer{Request: p.Event, By: h.ID, Accepted: accepted, Reason: p.Reason, At: h.At})
	if target == nil {
		return
	}
	st.Of = target.Event.Header.Type
	switch q := target.value.(type) {
	case *SupplementProvidedPayload:
		st.N = q.N
		s.answerSupplement(h, p, target, q, accepted)
	case *WithdrawalRequestedPayload:
		if accepted {
			s.enter(WithdrawnByPerson)
			s.Ended = &Ending{At: h.At, Type: Withdrawn, Reason: q.Reason, Office: p.Office, By: h.Actor}
		}
	case *LookupPayload:
		if accepted {
			s.applyLookup(q)
		}
	}
}

func (s *State) answerSupplement(h syncproto.Header, p *AnswerPayload, target *item, q *SupplementProvidedPayload, accepted bool) {
	for i := range s.Submissions {
		if s.Submissions[i].Event != p.Event {
			continue
		}
		if accepted {
			s.Submissions[i].TookIn = &TookIn{At: h.At, Office: p.Office}
		} else {
			s.Submissions[i].Declined = p.Reason
		}
	}
	if !accepted {
		return
	}
	s.Components = mergeComponents(s.Components, q.Components)
	s.Compared = slices.DeleteFunc(s.Compared, func(c Comparison) bool { // of the paper that was replaced
		return slices.ContainsFunc(q.Components, func(n Component) bool { return n.ID == c.Component })
	})
	if s.OpenSupplement == nil || s.OpenSupplement.N != q.N {
		return
	}
	t := target.Event.Header
	received := p.ReceivedAt
	if received == 0 {
		received = h.At
	}
	s.closeSupplement(resumes(s.OpenSupplement.At, t.At, t.Clock, received), t.At, received)
	s.Business = s.Before
	if p.Due > 0 {
		s.setDue(h, DueResumed, p.Due, p.Calendar, p.Reasons)
	}
}

// resumes is when the clock goes on after a supplement: from the time the resident's machine gave,
// where that clock was trusted and lies between the request and the receipt, else from the receipt.
func resumes(asked, given int64, clock syncproto.ClockQuality, received int64) int64 {
	if clock == syncproto.ClockTrusted && asked <= given && given <= received {
		return given
	}
	return received
}

// closeSupplement ends the open supplement. With resume 0 the holder went on without
// an accepted supplement; the pause then ends at no known time and stays open for
// the office to settle.
func (s *State) closeSupplement(resume, residentAt, receivedAt int64) {
	if s.OpenSupplement == nil {
		return
	}
	if n := len(s.Pauses); n > 0 && resume > 0 {
		p := &s.Pauses[n-1]
		p.To, p.ResidentAt, p.ReceivedAt = resume, residentAt, receivedAt
	}
	s.OpenSupplement = nil
}

// mergeComponents lays newer papers over older ones by id; scans are added, not
// replaced, because the older ones stay part of the dossier.
func mergeComponents(old, added []Component) []Component {
	out := slices.Clone(old)
	for _, c := range added {
		i := slices.IndexFunc(out, func(o Component) bool { return o.ID == c.ID })
		if i < 0 {
			out = append(out, c)
			continue
		}
		c.Blobs = append(slices.Clone(out[i].Blobs), c.Blobs...)
		out[i] = c
	}
	return out
}
