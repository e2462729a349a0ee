package dossier

import (
	"encoding/json"
	"errors"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"bendo/internal/calendar"
	"bendo/syncproto"
)

// waiting is a filing with one paper that an office can look up.
func waiting(h Handover) SubmittedPayload {
	p := filing(h)
	p.Components = append(p.Components, Component{ID: "cu_tru", State: ToBeLookedUp})
	return p
}

func beginWaiting(h Handover) *story {
	y := &story{}
	y.add(bookA, must(Submit(waiting(h), syncproto.DossierID{9}, y.meta())))
	return y
}

func at(text string) int64 {
	return must(time.ParseInLocation("2006-01-02 15:04", text, calendar.Zone)).UnixMilli()
}

// stepAt lets actor take a legal step at a moment.
func (y *story) stepAt(actor Holder, when int64, eventType string, payload any) syncproto.EventID {
	m := y.meta()
	m.At, y.at = when, when-1_700_000_000_000
	return y.add(actor, must(Advance(y.state(), actor, eventType, payload, m)))
}

// What a program of the first vocabulary reads, it still gets: schema 2 is written only where it is used.
func TestSchemaOnlyWhereItIsUsed(t *testing.T) {
	for _, c := range []struct {
		typ     string
		payload any
		want    uint16
	}{
		{TakenIn, &TakenInPayload{Office: "x", Due: 1, Calendar: "c", OfficialCode: "h"}, 1},
		{TakenIn, &TakenInPayload{Office: "x", Compared: []Compared{{Component: "a", Compared: true}}}, 2},
		{SupplementRequested, &SupplementRequestedPayload{N: 1, Reasons: []SupplementReason{{Code: "missing"}}}, 1},
		{SupplementRequested, &SupplementRequestedPayload{N: 1, Reasons: []SupplementReason{{Code: "missing"}}, Remaining: new(int64)}, 2},
		{Accepted, &AnswerPayload{Event: syncproto.EventID{1}}, 1},
		{Accepted, &AnswerPayload{Event: syncproto.EventID{1}, Due: 9}, 2},
		{Refused, &ReasonPayload{Reason: "x"}, 1},
		{Refused, &ReasonPayload{Reason: "x", Second: "m2"}, 2},
		{HandedOver, &HandedOverPayload{To: Province}, 1},
		{HandedOver, &HandedOverPayload{To: Province, Desk: "tu_phap"}, 2},
		{Returned, &ReturnedPayload{}, 1},
		{Returned, &ReturnedPayload{How: ByPost}, 2},
		{LookedUp, &LookupPayload{Component: "a"}, 2},
	} {
		ev := must(author(c.typ, c.payload, syncproto.DossierID{1}, 2, 2, (&story{}).meta()))
		if ev.Header.Schema != c.want {
			t.Errorf("%s %+v has schema %d, want %d", c.typ, c.payload, ev.Header.Schema, c.want)
		}
		if c.want == 2 {
			if _, err := Parse(c.typ, 1, ev.Payload); err == nil || c.typ != LookedUp && errors.Is(err, ErrUnknown) {
				t.Errorf("%s: members of schema 2 were read in schema 1: %v", c.typ, err)
			}
		}
	}
}

// A program that does not know schema 2 keeps the step, its version and its code, and the next step of
// the holder is folded after it.
func TestOlderProgramKeepsTheDesksSteps(t *testing.T) {
	y := beginWaiting(HandoverNever)
	y.step(bookA, TakenIn, &TakenInPayload{Office: "UBND xã", Due: 9, Compared: []Compared{{Component: "chung_sinh", Originals: 1, Compared: true}}})
	y.step(bookA, LookedUp, &LookupPayload{Component: "cu_tru", Found: true, Ref: "CT-1"})
	y.step(bookA, Processing, &ProcessingPayload{Office: "Tư pháp"})
	older := make([]Entry, len(y.entries))
	for i, e := range y.entries {
		if older[i] = e; e.Event.Header.Schema > 1 {
			older[i].Event.Header.Type += "_unknown" // what it cannot read is what it does not know
		}
	}
	s := Fold(older)
	if s.Version != 4 || len(s.Unknown) != 2 || s.NationalCode != 4 || len(s.Proposals) != 0 {
		t.Fatalf("version %d, unknown %d, code %d, proposals %v", s.Version, len(s.Unknown), s.NationalCode, s.Proposals)
	}
}

func TestBadDeskPayloads(t *testing.T) {
	png := append([]byte(nil), pngMagic...)
	for name, c := range map[string]struct {
		typ     string
		payload any
	}{
		"found without a reference":    {LookedUp, &LookupPayload{Component: "a", Found: true}},
		"no component":                 {LookedUp, &LookupPayload{}},
		"compared twice":               {TakenIn, &TakenInPayload{Office: "x", Compared: []Compared{{Component: "a"}, {Component: "a"}}}},
		"compared below zero":          {TakenIn, &TakenInPayload{Office: "x", Compared: []Compared{{Component: "a", Copies: -1}}}},
		"compared in an unknown state": {TakenIn, &TakenInPayload{Office: "x", Compared: []Compared{{Component: "a", State: "lost"}}}},
		"a period without a unit":      {TakenIn, &TakenInPayload{Office: "x", Period: &calendar.Period{Value: 3}}},
		"a reason without a code":      {TakenIn, &TakenInPayload{Office: "x", Reasons: []DueReason{{}}}},
		"an unknown stage":             {SupplementRequested, &SupplementRequestedPayload{N: 1, Stage: "later", Reasons: []SupplementReason{{Code: "missing"}}}},
		"a delegate and nobody":        {Returned, &ReturnedPayload{How: ByDelegate}},
		"a delegate by post":           {Returned, &ReturnedPayload{How: ByPost, Delegate: &Person{FullName: "x"}}},
		"an unknown way":               {Returned, &ReturnedPayload{How: "drone"}},
		"a picture on paper":           {Returned, &ReturnedPayload{Signature: &HandSign{Kind: "paper", PNG: png}}},
		"no picture":                   {Returned, &ReturnedPayload{Signature: &HandSign{Kind: "drawn", PNG: []byte("GIF89a")}}},
		"a huge picture":               {Returned, &ReturnedPayload{Signature: &HandSign{Kind: "drawn", PNG: append(png, make([]byte, maxSignature)...)}}},
	} {
		if _, err := author(c.typ, c.payload, syncproto.DossierID{1}, 2, 2, (&story{}).meta()); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
	signed := &ReturnedPayload{To: "người nộp", How: ByDelegate, Delegate: &Person{FullName: "Trần Văn B"}, Signature: &HandSign{Kind: "drawn", PNG: png}}
	if _, err := author(Returned, signed, syncproto.DossierID{1}, 2, 2, (&story{}).meta()); err != nil {
		t.Error(err)
	}
}

func TestLookedUp(t *testing.T) {
	y := beginWaiting(HandoverNever)
	wantStep(t, legalPayload(y.state(), bookA, LookedUp, &LookupPayload{Component: "chung_sinh"}), NotAwaited)
	y.takeIn(bookA)
	found := *y
	found.entries = append([]Entry(nil), y.entries...)
	found.step(bookA, LookedUp, &LookupPayload{Component: "cu_tru", Found: true, Ref: "CT-77"})
	if c := found.state().Components[1]; c.State != ReplacedByData || c.Ref != "CT-77" {
		t.Fatalf("found: %+v", c)
	}
	wantStep(t, Legal(found.state(), bookA, LookedUp), NotAwaited)
	y.step(bookA, LookedUp, &LookupPayload{Component: "cu_tru"})
	if c := y.state().Components[1]; c.State != Missing {
		t.Fatalf("not found: %+v", c)
	}
	if err := Legal(y.state(), bookA, SupplementRequested); err != nil {
		t.Fatal("what could not be found cannot be asked for: ", err)
	}
}

// Custody 2: an office that no longer keeps the dossier reports; the holder's answer settles it.
func TestLookupReportedTakesEffectByTheAnswer(t *testing.T) {
	for _, accept := range []bool{true, false} {
		y := beginWaiting(HandoverAtTakeIn)
		y.takeIn(bookA)
		wantStep(t, Legal(y.state(), bookA, LookedUp), InTransitNow)
		id := y.ask(bookA, LookupReported, &LookupPayload{Component: "cu_tru", Found: true, Ref: "CT-1"})
		if s := y.state(); s.Components[1].State != ToBeLookedUp || len(s.Pending) != 1 || s.Pending[0].Lookup.Ref != "CT-1" {
			t.Fatalf("before the answer: %+v", s.Components[1])
		}
		want, answer := ToBeLookedUp, Declined
		if accept {
			want, answer = ReplacedByData, Accepted
		}
		y.step(Province, answer, &AnswerPayload{Event: id, Reason: "đã xem"})
		if got := y.state().Components[1].State; got != want {
			t.Errorf("%s: the paper is %s, want %s", answer, got, want)
		}
	}
}

// Mẫu 02 stops the clock; the resumption counts on the office time that remained, and the date the
// resident was given first is kept.
func TestSupplementResumesByRemainingWorkingTime(t *testing.T) {
	cal := calendar.Builtin()
	y := beginWaiting(HandoverNever)
	taken := at("2026-11-16 09:00") // Monday
	in := &TakenInPayload{Office: "UBND xã"}
	if _, err := in.SetDue(cal, taken, calendar.Period{Unit: calendar.WorkingDays, Value: 3}); err != nil {
		t.Fatal(err)
	}
	y.stepAt(bookA, taken, TakenIn, in)
	first := at("2026-11-19 17:00")
	if s := y.state(); s.Due != first || s.Dues[0].Calendar != cal.Version || len(s.Dues[0].Reasons) == 0 || s.Period.Value != 3 {
		t.Fatalf("due %+v", s.Dues)
	}
	asked := at("2026-11-18 15:00") // Wednesday: two hours of the day and eight of Thursday are left
	ask := &SupplementRequestedPayload{N: 1, Stage: StageProcessing, Reasons: []SupplementReason{{Component: "cu_tru", Code: PaperMissing}}}
	if err := ask.StopClock(cal, y.state(), asked); err != nil {
		t.Fatal(err)
	}
	if *ask.Remaining != (10 * time.Hour).Milliseconds() {
		t.Fatalf("remaining %v", time.Duration(*ask.Remaining)*time.Millisecond)
	}
	y.stepAt(bookA, asked, SupplementRequested, ask)
	if y.state().LateAt(at("2026-12-30 08:00")) {
		t.Fatal("late while the clock stands")
	}
	given := at("2026-11-25 08:00") // Wednesday after; the 24th is a holiday since 2026
	m := y.meta()
	m.At, m.Clock = given, syncproto.ClockTrusted
	id := y.add(bookA, must(Supplement(y.state(), SupplementProvidedPayload{N: 1}, m)))
	answer := &AnswerPayload{Event: id}
	if _, ok, err := answer.ResumeClock(cal, y.state(), at("2026-11-25 10:00")); err != nil || !ok {
		t.Fatal(ok, err)
	}
	y.stepAt(bookA, at("2026-11-25 10:00"), Accepted, answer)
	s := y.state()
	if want := at("2026-11-26 10:00"); s.Due != want { // seven hours of Wednesday, three of Thursday
		t.Errorf("due %s", time.UnixMilli(s.Due).In(calendar.Zone))
	}
	left := must(cal.Remaining(time.UnixMilli(given), time.UnixMilli(s.Due)))
	if left != 10*time.Hour {
		t.Fatalf("after the pause %v are left, want 10 h", left)
	}
	if s.OriginalDue() != first || len(s.Dues) != 2 || s.Dues[1].Why != DueResumed || s.Pauses[0].To != given {
		t.Fatalf("dues %+v, pauses %+v", s.Dues, s.Pauses)
	}
}

// Any pause and any resumption: no office time is lost or given.
func TestPausesNeitherLoseNorGiveTime(t *testing.T) {
	cal := calendar.Builtin()
	start := at("2026-03-02 07:00")
	rapid.Check(t, func(t *rapid.T) {
		y := begin(HandoverNever)
		taken := start + rapid.Int64Range(0, 90*24*3600_000).Draw(t, "taken")
		in := &TakenInPayload{Office: "UBND xã"}
		must(in.SetDue(cal, taken, calendar.Period{Unit: calendar.WorkingDays, Value: rapid.IntRange(1, 30).Draw(t, "days")}))
		y.stepAt(bookA, taken, TakenIn, in)
		asked := taken + rapid.Int64Range(1, 60*24*3600_000).Draw(t, "asked")
		ask := &SupplementRequestedPayload{N: 1, Reasons: []SupplementReason{{Code: PaperMissing}}}
		if err := ask.StopClock(cal, y.state(), asked); err != nil {
			t.Fatal(err)
		}
		y.stepAt(bookA, asked, SupplementRequested, ask)
		m := y.meta()
		m.At, m.Clock = asked+rapid.Int64Range(1, 60*24*3600_000).Draw(t, "given"), syncproto.ClockTrusted
		id := y.add(bookA, must(Supplement(y.state(), SupplementProvidedPayload{N: 1}, m)))
		answer := &AnswerPayload{Event: id}
		due, ok, err := answer.ResumeClock(cal, y.state(), m.At+1)
		if err != nil || !ok {
			t.Fatal(ok, err)
		}
		left := must(cal.Remaining(time.UnixMilli(m.At), due.At))
		if want := max(time.Duration(*ask.Remaining)*time.Millisecond, 0); left != want {
			t.Fatalf("%v are left, want %v", left, want)
		}
	})
}

func TestApologyOnceAndTheFirstDateIsKept(t *testing.T) {
	y := begin(HandoverNever)
	y.step(bookA, TakenIn, &TakenInPayload{Office: "UBND xã", Due: 1000, Calendar: "c"})
	y.step(bookA, Apology, &ApologyPayload{OriginalDue: 1000, NewDue: 5000, Reason: "mất điện"})
	s := y.state()
	if s.Due != 5000 || s.OriginalDue() != 1000 {
		t.Fatalf("due %d, original %d", s.Due, s.OriginalDue())
	}
	wantStep(t, Legal(s, bookA, Apology), AlreadyRedated)
	for _, late := range []string{Decided, Processing} {
		if err := Legal(s, bookA, late); err != nil {
			t.Errorf("late must not lock %s: %v", late, err)
		}
	}
	if !s.LateAt(6000) || s.LateAt(4000) {
		t.Error("late is by the date that stands")
	}
	y.step(bookA, Decided, &DecidedPayload{Outcome: Granted})
	if err := Legal(y.state(), bookA, ResultReady); err != nil {
		t.Error("a late result cannot be given back: ", err)
	}
}

func TestComparedWithOriginals(t *testing.T) {
	y := begin(HandoverNever)
	m := y.meta()
	m.Actor, m.Clock = "member-7", syncproto.ClockSuspect
	in := &TakenInPayload{Office: "UBND xã", ClockConfirmed: true, Compared: []Compared{{Component: "chung_sinh", Originals: 1, Copies: 2, Compared: true}}}
	y.add(bookA, must(Advance(y.state(), bookA, TakenIn, in, m)))
	s := y.state()
	c, ok := s.ComparedOf("chung_sinh")
	if !ok || c.By != "member-7" || !c.Compared.Compared || s.Components[0].Copies != 2 {
		t.Fatalf("%+v, paper %+v", c, s.Components[0])
	}
	if s.TakenIn.By != "member-7" || s.TakenIn.Clock != syncproto.ClockSuspect || !s.TakenIn.Vouched {
		t.Fatalf("taken in %+v", s.TakenIn)
	}
	y.step(bookA, SupplementRequested, &SupplementRequestedPayload{N: 1, Reasons: []SupplementReason{{Component: "chung_sinh", Code: PaperUnreadable}}})
	id := y.supply(1)
	y.step(bookA, Accepted, &AnswerPayload{Event: id})
	if _, still := y.state().ComparedOf("chung_sinh"); still {
		t.Error("a paper that was replaced still counts as compared")
	}
}

func TestHandedBetweenDesks(t *testing.T) {
	y := begin(HandoverNever)
	y.takeIn(bookA)
	y.step(bookA, HandedOver, &HandedOverPayload{To: bookA, Desk: "tu_phap", Taker: "member-2"})
	s := y.state()
	if s.Holder != bookA || s.InTransit || s.Desk != "tu_phap" || s.Handings[0].Taker != "member-2" {
		t.Fatalf("%+v", s.Handings)
	}
	if err := Legal(s, bookA, Decided); err != nil {
		t.Fatal(err)
	}
}

func TestRefusalNamesBoth(t *testing.T) {
	y := begin(HandoverNever)
	m := y.meta()
	m.Actor = "member-1"
	y.add(bookA, must(Advance(y.state(), bookA, Refused, &ReasonPayload{Reason: "không thuộc thẩm quyền", Second: "member-9", Guidance: "nộp tại huyện"}, m)))
	if e := y.state().Ended; e == nil || e.By != "member-1" || e.Second != "member-9" || e.Guidance == "" || e.Type != Refused {
		t.Fatalf("%+v", e)
	}
}

// The projection is stored as JSON: what the desk added survives it.
func TestDesksStateSurvivesStoring(t *testing.T) {
	y := beginWaiting(HandoverNever)
	y.step(bookA, TakenIn, &TakenInPayload{Office: "x", Due: 5, Period: &calendar.Period{Unit: calendar.SameDay}, Compared: []Compared{{Component: "chung_sinh", Compared: true}}})
	y.ask(bookB, LookupReported, &LookupPayload{Component: "cu_tru"})
	s := y.state()
	var back State
	if err := json.Unmarshal(must(json.Marshal(s)), &back); err != nil {
		t.Fatal(err)
	}
	if string(must(json.Marshal(back))) != string(must(json.Marshal(s))) || back.Pending[0].Lookup.Component != "cu_tru" {
		t.Fatal("JSON and back changed the state")
	}
}

// TestASupplementThatWaitsIsAnsweredFirst: taking in over it would close the request, and what was
// supplied could never be accepted; nor is a date put off while the clock stands.
func TestASupplementThatWaitsIsAnsweredFirst(t *testing.T) {
	open := State{ID: syncproto.DossierID{1}, Version: 2, Holder: Province, NationalCode: 5, Business: AwaitingSupplement, OpenSupplement: &OpenSupplement{N: 1}}
	if err := legalPayload(open, Province, TakenIn, nil); err != nil {
		t.Errorf("nothing has come and the step is refused: %v", err)
	}
	var step *StepError
	if err := legalPayload(open, Province, Apology, nil); !errors.As(err, &step) || step.Code != NotNow {
		t.Errorf("an apology while the clock stands: %v", err)
	}
	open.Pending = []Request{{Type: SupplementProvided, N: 1}}
	for _, s := range []string{TakenIn, Processing} {
		if err := legalPayload(open, Province, s, nil); !errors.As(err, &step) || step.Code != AnswerFirst {
			t.Errorf("%s over a supplement that waits: %v", s, err)
		}
	}
	if slices.Contains(LegalSteps(open, Province), TakenIn) {
		t.Error("the step is offered")
	}
}
