package dossier

import (
	"errors"
	"slices"
	"testing"

	"bendo/syncproto"
)

func wantStep(t *testing.T, err error, code string) {
	t.Helper()
	var e *StepError
	if !errors.As(err, &e) || e.Code != code {
		t.Fatalf("got %v, want step error %s", err, code)
	}
}

// Rule 1: the first event makes the filing book the holder; the pack says when custody moves.
func TestCustody01Handover(t *testing.T) {
	for _, c := range []struct {
		handover     Handover
		filed, taken Holder
	}{
		{HandoverNever, bookA, bookA},
		{HandoverAtTakeIn, bookA, Province},
		{HandoverAtSubmit, Province, Province},
	} {
		y := begin(c.handover)
		if got := y.state().Holder; got != c.filed {
			t.Errorf("%s: holder after filing is %s, want %s", c.handover, got, c.filed)
		}
		y.takeIn(c.filed)
		if got := y.state().Holder; got != c.taken {
			t.Errorf("%s: holder after take-in is %s, want %s", c.handover, got, c.taken)
		}
	}
}

// Rule 2: only the holder's events carry the next version; everybody else asks.
func TestCustody02OnlyTheHolderAdvances(t *testing.T) {
	y := begin(HandoverAtSubmit)
	wantStep(t, Legal(y.state(), bookB, TakenIn), InTransitNow)
	y.takeIn(Province)
	wantStep(t, Legal(y.state(), bookA, Decided), NotHolder)
	id := y.force(bookA, Decided, 3, &DecidedPayload{Outcome: Granted})
	s := y.state()
	if s.Business != Received || s.Version != 2 || !slices.Contains(s.Proposals, id) {
		t.Fatalf("a stranger's decision took effect: %+v", s)
	}
	y.ask(bookA, WithdrawalRequested, &WithdrawalRequestedPayload{})
	if s := y.state(); s.Business != Received || len(s.Pending) != 1 {
		t.Fatalf("a request took effect by itself: %s, pending %d", s.Business, len(s.Pending))
	}
}

// Rule 3: handed_over is final; until the receiver acts the dossier is in transit.
func TestCustody03InTransit(t *testing.T) {
	y := begin(HandoverNever)
	y.takeIn(bookA)
	y.step(bookA, HandedOver, &HandedOverPayload{To: bookB})
	s := y.state()
	if !s.AwayFrom(bookA) || s.AwayFrom(bookB) || s.Holder != bookB {
		t.Fatalf("holder %s, in transit %v", s.Holder, s.InTransit)
	}
	wantStep(t, Legal(s, bookA, Decided), InTransitNow)
	wantStep(t, Legal(s, Province, Decided), InTransitNow)
	y.entries = append(y.entries, y.entries[len(y.entries)-1]) // a lost answer: the same event again
	if again := y.state(); again.Version != s.Version {
		t.Fatal("the same hand-over counted twice")
	}
	y.step(bookB, Processing, &ProcessingPayload{Office: "UBND xã B"})
	if y.state().InTransit {
		t.Fatal("still in transit after the receiver acted")
	}
}

// Rule 4: withdrawn only on the answer; after the decision it is declined too_late.
func TestCustody04Withdrawal(t *testing.T) {
	y := begin(HandoverAtSubmit)
	y.takeIn(Province)
	req := y.ask(bookA, WithdrawalRequested, &WithdrawalRequestedPayload{Reason: "đổi ý"})
	if got := StateText(y.state()).VI; got != "Đã ghi nhận yêu cầu rút" {
		t.Errorf("the slip says %q", got)
	}
	decided := *y
	decided.entries = slices.Clone(y.entries)
	y.step(Province, Accepted, &AnswerPayload{Event: req})
	if s := y.state(); s.Business != WithdrawnByPerson || s.NationalCode != 7 {
		t.Fatalf("accepted: %s %d", s.Business, s.NationalCode)
	}
	decided.step(Province, Decided, &DecidedPayload{Outcome: Granted})
	wantStep(t, LegalAnswer(decided.state(), Province, Accepted, req), AlreadyDecided)
	decided.step(Province, Declined, &AnswerPayload{Event: req, Reason: ReasonTooLate})
	if s := decided.state(); s.Business != Done || len(s.Pending) != 0 {
		t.Fatalf("declined too late: %s, pending %v", s.Business, s.Pending)
	}
}

// Rule 5: the supplement stops the clock; it resumes from the resident's time only when
// that can be believed.
func TestCustody05SupplementStopsTheClock(t *testing.T) {
	for _, c := range []struct {
		name     string
		clock    syncproto.ClockQuality
		shift    int64 // of the resident's clock against the truth, ms
		received int64 // after the true time of delivery, ms
		want     string
	}{
		{"trusted and between", syncproto.ClockTrusted, 0, 1000, "resident"},
		{"not trusted", syncproto.ClockUnconfirmed, 0, 1000, "portal"},
		{"before the request", syncproto.ClockTrusted, -3_600_000, 1000, "portal"},
		{"after the receipt", syncproto.ClockTrusted, 3_600_000, 1000, "portal"},
	} {
		t.Run(c.name, func(t *testing.T) {
			y := begin(HandoverAtSubmit)
			y.takeIn(Province)
			y.askPapers(1)
			m := y.meta()
			truth := m.At
			m.At, m.Clock = truth+c.shift, c.clock
			id := y.add(bookA, must(Supplement(y.state(), SupplementProvidedPayload{N: 1}, m)))
			received := truth + c.received
			y.step(Province, Accepted, &AnswerPayload{Event: id, ReceivedAt: received})
			s := y.state()
			p := s.Pauses[0]
			want := received
			if c.want == "resident" {
				want = m.At
			}
			if p.To != want || p.ResidentAt != m.At || p.ReceivedAt != received {
				t.Fatalf("pause %+v, want it to end at %d", p, want)
			}
			if s.Business != Received || s.OpenSupplement != nil || len(s.Submissions) != 2 || s.Submissions[1].TookIn == nil {
				t.Fatalf("after acceptance: %+v", s)
			}
			if s.Submissions[0].Manifest == s.Submissions[1].Manifest {
				t.Fatal("a supplement has a manifest of its own")
			}
		})
	}
}

// Rule 6: result_ready, handed_over to the receiving book, returned.
func TestCustody06ResultGoesBack(t *testing.T) {
	y := begin(HandoverAtSubmit)
	y.takeIn(Province)
	y.step(Province, Decided, &DecidedPayload{Outcome: Granted})
	y.step(Province, ResultReady, &ResultReadyPayload{Where: "UBND xã Giao Long"})
	y.step(Province, HandedOver, &HandedOverPayload{To: bookA})
	if s := y.state(); s.NationalCode != 9 || s.HandBack != HandBackReady {
		t.Fatalf("handed back: code %d, %s", s.NationalCode, s.HandBack)
	}
	y.step(bookA, Returned, &ReturnedPayload{Office: "UBND xã Giao Long"})
	if s := y.state(); s.NationalCode != 10 || s.HandBack != HandBackDone {
		t.Fatalf("returned: code %d, %s", s.NationalCode, s.HandBack)
	}
}

// Rule 7: what was folded first stands; a restored book's rival is a proposal.
func TestCustody07FirstFoldedStands(t *testing.T) {
	y := begin(HandoverNever)
	first := y.takeIn(bookA)
	rival := y.force(bookA, Refused, 2, &ReasonPayload{Reason: "x"})
	s := y.state()
	if s.Business != Received || !slices.Equal(s.Proposals, []syncproto.EventID{rival}) {
		t.Fatalf("%s, proposals %v", s.Business, s.Proposals)
	}
	// The portal's word outranks the order of storing: a rebuilt book may store the rival first.
	for i := range y.entries {
		if y.entries[i].Event.Header.ID == first {
			y.entries[i].ReceivedAt += 1 << 40
		}
		if y.entries[i].Event.Header.ID == rival {
			y.entries[i].Proposal = true
		}
	}
	if s := y.state(); s.Business != Received {
		t.Fatalf("a proposal was folded: %s", s.Business)
	}
}

// Rule 8: two machines of a commune are two books.
func TestCustody08TwoBooksOfACommune(t *testing.T) {
	y := begin(HandoverNever)
	wantStep(t, Legal(y.state(), bookB, TakenIn), NotHolder)
	y.step(bookA, HandedOver, &HandedOverPayload{To: bookB})
	if err := Legal(y.state(), bookB, TakenIn); err != nil {
		t.Fatal(err)
	}
}

// Rule 9: the province assigns a dead machine's dossier; what comes up later is a proposal.
func TestCustody09Assigned(t *testing.T) {
	y := begin(HandoverNever)
	wantStep(t, Legal(y.state(), bookB, CustodyAssigned), ProvinceOnly)
	late := y.force(bookA, TakenIn, 2, &TakenInPayload{Office: "cũ"})
	y.force(Province, CustodyAssigned, 2, &CustodyAssignedPayload{To: bookB})
	s := y.state()
	if s.Holder != bookB || s.TakenIn != nil || !slices.Contains(s.Proposals, late) {
		t.Fatalf("holder %s, taken in %v, proposals %v", s.Holder, s.TakenIn, s.Proposals)
	}
	usurped := y.force(bookA, CustodyAssigned, 3, &CustodyAssignedPayload{To: bookA})
	if s := y.state(); s.Holder != bookB || !slices.Contains(s.Proposals, usurped) {
		t.Fatal("a book assigned custody to itself")
	}
}

// Rule 10: stored is not folded: what the portal judged not to be this office's, and what
// a stranger wrote, is in the book and changes nothing.
func TestCustody10StoredIsNotFolded(t *testing.T) {
	y := begin(HandoverAtSubmit)
	y.takeIn(Province)
	before := y.state()
	y.force(bookB, Stopped, 3, &ReasonPayload{})
	y.force(Province, Stopped, 3, &ReasonPayload{})
	y.entries[len(y.entries)-1].Proposal = true
	s := y.state()
	if s.Business != before.Business || s.Version != before.Version || len(s.Proposals) != 2 {
		t.Fatalf("%s v%d, proposals %v", s.Business, s.Version, s.Proposals)
	}
}

// Rule 11: unknown types are kept; the header carries the code.
func TestCustody11UnknownTypes(t *testing.T) {
	y := begin(HandoverAtSubmit)
	y.takeIn(Province)
	m := y.meta()
	ev := syncproto.Event{Salt: m.Salt, Payload: []byte(`{"new":1}`), Header: syncproto.Header{ID: m.Event, At: m.At,
		Type: "inspected_on_site", Schema: 3, Dossier: syncproto.DossierID{9}, Version: 3, Code: 6}}
	id := y.add(Province, ev)
	s := y.state()
	if s.NationalCode != 6 || s.Version != 3 || !slices.Contains(s.Unknown, id) {
		t.Fatalf("code %d, version %d, unknown %v", s.NationalCode, s.Version, s.Unknown)
	}
	if got := CodeText(6).VI; StateText(s).VI != got {
		t.Errorf("the screen says %q, want %q", StateText(s).VI, got)
	}
	y.step(Province, Processing, &ProcessingPayload{Office: "Sở Tư pháp"})
	if s := y.state(); s.NationalCode != 4 || s.Version != 4 {
		t.Fatalf("after a known event: code %d, version %d", s.NationalCode, s.Version)
	}
}
