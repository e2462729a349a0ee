package dossier

import (
	"encoding/json"
	"errors"
	"math/rand/v2"
	"os"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"bendo/syncproto"
)

// randomStory draws a history in which the holder takes legal steps, others ask, and
// strangers and rivals write what they may not.
func randomStory(t *rapid.T) *story { return drawStory(t, false) }

// judgedStory is randomStory in which the portal has judged every stranger's event, as it
// does: what remains is a legal history.
func judgedStory(t *rapid.T) *story { return drawStory(t, true) }

func drawStory(t *rapid.T, judged bool) *story {
	y := beginWaiting(rapid.SampledFrom([]Handover{HandoverNever, HandoverAtTakeIn, HandoverAtSubmit}).Draw(t, "handover"))
	for range rapid.IntRange(0, 10).Draw(t, "steps") {
		s := y.state()
		legal := LegalSteps(s, s.Holder)
		kind := rapid.IntRange(0, 9).Draw(t, "kind")
		switch {
		case kind < 6 && len(legal) > 0:
			randomStep(t, y, s, rapid.SampledFrom(legal).Draw(t, "type"))
		case kind == 6:
			if Legal(s, bookA, WithdrawalRequested) == nil {
				y.ask(bookA, WithdrawalRequested, &WithdrawalRequestedPayload{})
			}
		case kind == 7 && s.OpenSupplement != nil:
			y.supply(s.OpenSupplement.N)
		case kind == 8:
			y.force(rapid.SampledFrom([]Holder{bookA, bookB, Province}).Draw(t, "rival"), Processing,
				uint32(rapid.IntRange(2, int(s.Version)+3).Draw(t, "version")), &ProcessingPayload{Office: "x"})
			y.entries[len(y.entries)-1].Proposal = judged || rapid.Bool().Draw(t, "judged")
		case kind == 9:
			if Legal(s, bookB, LookupReported) == nil && rapid.Bool().Draw(t, "reported") {
				y.ask(bookB, LookupReported, &LookupPayload{Component: "cu_tru"})
				break
			}
			y.ask(bookB, Note, &NotePayload{Text: "ghi chú"})
		}
	}
	return y
}

func randomStep(t *rapid.T, y *story, s State, eventType string) {
	var payload any
	switch eventType {
	case TakenIn:
		payload = &TakenInPayload{Office: "UBND xã Giao Long"}
	case SupplementRequested:
		payload = &SupplementRequestedPayload{N: s.Supplements + 1, Reasons: []SupplementReason{{Code: "missing"}}}
	case Accepted, Declined:
		req := rapid.SampledFrom(s.Pending).Draw(t, "request").Event
		if LegalAnswer(s, s.Holder, eventType, req) != nil {
			return
		}
		payload = &AnswerPayload{Event: req, Reason: "r"}
	case Processing:
		payload = &ProcessingPayload{Office: "Phòng Tư pháp"}
	case FeeRequested:
		payload = &FeeRequestedPayload{Amount: 8000}
	case Decided:
		payload = &DecidedPayload{Outcome: Granted}
	case ResultReady:
		payload = &ResultReadyPayload{Where: "UBND xã Giao Long"}
	case HandedOver:
		payload = &HandedOverPayload{To: rapid.SampledFrom([]Holder{bookA, bookB, Province}).Draw(t, "to")}
	case Returned:
		payload = &ReturnedPayload{}
	case OfficialCodeIssued:
		payload = &OfficialCodePayload{Code: "H56.14-240823-0001"}
	case ExternalRefGiven:
		payload = &ExternalRef{System: "ho_tich", Ref: "42"}
	case LookedUp:
		payload = &LookupPayload{Component: "cu_tru", Found: true, Ref: "CT-1"}
	case Apology:
		payload = &ApologyPayload{NewDue: 1, Reason: "mất điện"}
	default:
		payload = &ReasonPayload{Reason: "r"}
	}
	y.step(s.Holder, eventType, payload)
}

// Any order of arrival and any duplicates give the same state.
func TestFoldIsAFunctionOfTheSet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		y := randomStory(t)
		want := y.state()
		shuffled := append(slices.Clone(y.entries), y.entries[:rapid.IntRange(0, len(y.entries)).Draw(t, "twice")]...)
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		r.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		if got := Fold(shuffled); !reflect.DeepEqual(got, want) {
			a, _ := json.Marshal(got)
			b, _ := json.Marshal(want)
			t.Fatalf("another order, another state:\n%s\n%s", a, b)
		}
	})
}

// The harness must see a fold that depends on order: this one lets the last arrival win.
func TestOrderHarnessSeesAPlantedBug(t *testing.T) {
	broken := func(entries []Entry) uint32 { return entries[len(entries)-1].Event.Header.Version }
	y := begin(HandoverAtSubmit)
	y.takeIn(Province)
	forward := broken(y.entries)
	slices.Reverse(y.entries)
	if broken(y.entries) == forward {
		t.Fatal("the planted bug was not visible")
	}
}

// Every prefix arrives at some time: the version never falls as events arrive, and
// legal histories leave nothing irregular, unknown or waiting.
func TestLegalHistoriesFoldWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		y := judgedStory(t)
		s := y.state()
		if len(s.Irregular) > 0 || len(s.Unknown) > 0 || len(s.Absent) > 0 {
			t.Fatalf("irregular %v unknown %v absent %v", s.Irregular, s.Unknown, s.Absent)
		}
		var last uint32
		for i := range y.entries {
			v := Fold(y.entries[:i+1]).Version
			if v < last {
				t.Fatalf("version fell from %d to %d", last, v)
			}
			last = v
		}
		if len(s.Journal)+len(s.Proposals)+len(s.Waiting) != len(y.entries) {
			t.Fatalf("%d events: %d in the journal, %d proposals, %d waiting", len(y.entries), len(s.Journal), len(s.Proposals), len(s.Waiting))
		}
	})
}

// The code an author writes into the header is the code the fold derives.
func TestCodeAfterIsWhatFoldDerives(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		y := judgedStory(t)
		s := y.state()
		legal := LegalSteps(s, s.Holder)
		if len(legal) == 0 {
			return
		}
		n := len(y.entries)
		randomStep(t, y, s, rapid.SampledFrom(legal).Draw(t, "type"))
		if len(y.entries) == n {
			return
		}
		h := y.entries[n].Event.Header
		if got := y.state().NationalCode; got != h.Code {
			t.Fatalf("%s: header says %d, the fold %d", h.Type, h.Code, got)
		}
	})
}

type nationalTable struct {
	Statuses []struct {
		Code  uint8   `json:"code"`
		Label string  `json:"label_vi"`
		Next  []uint8 `json:"next"`
	} `json:"statuses"`
}

func readTable(t *testing.T) nationalTable {
	t.Helper()
	data, err := os.ReadFile("testdata/statuses.json")
	if err != nil {
		t.Fatal(err)
	}
	var table nationalTable
	if err := json.Unmarshal(data, &table); err != nil {
		t.Fatal(err)
	}
	return table
}

// The program's transitions and labels are those of the national table.
func TestNationalTable(t *testing.T) {
	for _, s := range readTable(t).Statuses {
		if got := nextCodes[s.Code]; !slices.Equal(got, s.Next) && len(got)+len(s.Next) > 0 {
			t.Errorf("code %d goes to %v, the table says %v", s.Code, got, s.Next)
		}
		if got := CodeText(s.Code).VI; got != s.Label {
			t.Errorf("code %d is called %q, the table says %q", s.Code, got, s.Label)
		}
	}
}

// No legal history ever reports a transition the national table does not have, and
// nothing is reported better than it is.
func TestNeverLiesUpward(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		y := judgedStory(t)
		last := uint8(0)
		for i := range y.entries {
			s := Fold(y.entries[:i+1])
			if last != 0 && s.NationalCode != last && !slices.Contains(nextCodes[last], s.NationalCode) {
				t.Fatalf("code %d → %d at %s", last, s.NationalCode, y.entries[i].Event.Header.Type)
			}
			last = s.NationalCode
			switch {
			case s.TakenIn == nil && (last == 2 || last == 4 || last == 9 || last == 10):
				t.Fatalf("code %d, though nobody took it in", last)
			case last == 9 && s.Decision == nil:
				t.Fatal("code 9 without a decision")
			case last == 10 && s.HandBack != HandBackDone:
				t.Fatal("code 10 without a return")
			case s.OpenSupplement != nil && last != 5:
				t.Fatalf("code %d while papers are asked for", last)
			}
		}
	})
}

// An answer that comes before its request takes effect when the request is there; until
// then the header's code is shown.
func TestAnswerBeforeRequest(t *testing.T) {
	y := begin(HandoverAtSubmit)
	y.takeIn(Province)
	req := y.ask(bookA, WithdrawalRequested, &WithdrawalRequestedPayload{})
	y.step(Province, Accepted, &AnswerPayload{Event: req})
	without := slices.Delete(slices.Clone(y.entries), 2, 3)
	s := Fold(without)
	if s.NationalCode != 7 || !slices.Equal(s.Absent, []syncproto.EventID{req}) {
		t.Fatalf("code %d, absent %v", s.NationalCode, s.Absent)
	}
	if s := y.state(); s.Business != WithdrawnByPerson || len(s.Absent) != 0 {
		t.Fatalf("with the request: %s", s.Business)
	}
}

func TestGapWaits(t *testing.T) {
	y := begin(HandoverAtSubmit)
	y.takeIn(Province)
	last := y.step(Province, Processing, &ProcessingPayload{Office: "x"})
	gap := slices.Delete(slices.Clone(y.entries), 1, 2)
	if s := Fold(gap); s.Version != 1 || !slices.Equal(s.Waiting, []syncproto.EventID{last}) || s.NationalCode != 1 {
		t.Fatalf("version %d, waiting %v, code %d", s.Version, s.Waiting, s.NationalCode)
	}
}

// Advance must not disturb the state it was given.
func TestAdvanceLeavesTheStateAlone(t *testing.T) {
	y := begin(HandoverAtSubmit)
	y.takeIn(Province)
	s := y.state()
	before, _ := json.Marshal(s)
	must(Advance(s, Province, SupplementRequested, &SupplementRequestedPayload{N: 1, Reasons: []SupplementReason{{Code: "c"}}}, y.meta()))
	if after, _ := json.Marshal(s); string(before) != string(after) {
		t.Fatal("the state changed under its owner")
	}
	if _, err := Advance(s, bookB, Decided, &DecidedPayload{Outcome: Granted}, y.meta()); err == nil {
		t.Fatal("a stranger advanced")
	}
	var e *StepError
	if _, err := Ask(s, SupplementProvided, &SupplementProvidedPayload{N: 1}, y.meta()); !errors.As(err, &e) {
		t.Fatalf("a supplement nobody asked for: %v", err)
	}
}

// A projection survives being stored: JSON and back is the same state.
func TestStateSurvivesStoring(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := randomStory(t).state()
		a, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		var back State
		if err := json.Unmarshal(a, &back); err != nil {
			t.Fatal(err)
		}
		if b, _ := json.Marshal(back); string(a) != string(b) {
			t.Fatal("JSON and back changed the state")
		}
		if !slices.Equal(LegalSteps(s, s.Holder), LegalSteps(back, s.Holder)) {
			t.Fatal("JSON and back changed what is legal")
		}
	})
}
