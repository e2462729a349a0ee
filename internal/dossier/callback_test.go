package dossier

import (
	"encoding/json"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"bendo/internal/feedback"
	"bendo/syncproto"
)

func callBack() SubmittedPayload {
	p := filing(HandoverAtSubmit)
	p.Procedure = feedback.CallProcedure
	p.Answers = json.RawMessage(`{"about":"1.001193","text":"Con sinh ở xa thì đăng ký ở đâu?","when":"morning"}`)
	p.Applicant = Person{Phone: "+84912345678"}
	p.Components = nil
	return p
}

func beginCallBack() *story {
	y := &story{}
	y.add(bookA, must(Submit(callBack(), syncproto.DossierID{7}, y.meta())))
	return y
}

func TestCallBackBodyIsStrict(t *testing.T) {
	for _, c := range []struct {
		name string
		ok   bool
		make func(*SubmittedPayload)
	}{
		{"as the kiosk makes it", true, func(*SubmittedPayload) {}},
		{"with a name", true, func(p *SubmittedPayload) { p.Applicant.FullName = "Nguyễn Thị Én" }},
		{"nobody to call", false, func(p *SubmittedPayload) { p.Applicant.Phone = "" }},
		{"neither question nor procedure", false, func(p *SubmittedPayload) {
			p.Answers = json.RawMessage(`{"about":"","text":" ","when":"any"}`)
		}},
		{"another answer", false, func(p *SubmittedPayload) {
			p.Answers = json.RawMessage(`{"about":"","text":"a","when":"any","phone":"0912345678"}`)
		}},
		{"too long", false, func(p *SubmittedPayload) {
			p.Answers = json.RawMessage(`{"about":"","text":"` + strings.Repeat("a", feedback.MaxQuestion+1) + `","when":"any"}`)
		}},
		{"a paper", false, func(p *SubmittedPayload) { p.Components = []Component{{ID: "x", State: Missing}} }},
		{"a signature", false, func(p *SubmittedPayload) { p.Signature = &Signature{Kind: "paper"} }},
	} {
		p := callBack()
		c.make(&p)
		_, err := Submit(p, syncproto.DossierID{7}, (&story{}).meta())
		if (err == nil) != c.ok {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// A request is taken in, called twice in vain, answered in writing; every order of arrival agrees.
func TestCallBackNotReachedTwiceThenAnswered(t *testing.T) {
	y := beginCallBack()
	if Legal(y.state(), Province, Called) == nil {
		t.Fatal("called before anybody took it in")
	}
	const office = "Trung tâm 1022"
	y.step(Province, TakenIn, &TakenInPayload{Office: office})
	for n, want := range []string{"Đã gọi 1 lần, chưa gặp", "Đã gọi 2 lần, chưa gặp"} {
		y.step(Province, Called, &CalledPayload{Outcome: feedback.NotReached, Office: office})
		if s := y.state(); StateText(s).VI != want || s.NationalCode != 4 || len(s.Calls) != n+1 {
			t.Fatalf("after call %d: %q, code %d", n+1, StateText(s).VI, s.NationalCode)
		}
	}
	y.step(Province, Answered, &AnsweredPayload{Text: "Nộp tại xã nơi đang ở.", Office: office})
	s := y.state()
	if s.NationalCode != 9 || s.Reply == nil || StateText(s).VI != "Đã có trả lời" || len(s.Irregular) > 0 {
		t.Fatalf("%+v", s)
	}
	if got := Sentence(s.Journal[3]); got.VI != office+" đã gọi lần thứ 2 nhưng chưa gặp" || got.EN != office+" called for the 2nd time and reached nobody" {
		t.Errorf("%q", got)
	}
	if Legal(s, Province, Called) == nil {
		t.Error("called after it was answered")
	}
	for seed := range uint64(20) {
		shuffled := append(slices.Clone(y.entries), y.entries...)
		rand.New(rand.NewPCG(seed, 1)).Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		if got := Fold(shuffled); !reflect.DeepEqual(got, s) {
			t.Fatalf("another order, another state: %+v", got.Calls)
		}
	}
}

func TestCallBackReached(t *testing.T) {
	y := beginCallBack()
	y.step(Province, TakenIn, &TakenInPayload{Office: "Trung tâm 1022"})
	y.step(Province, Called, &CalledPayload{Outcome: feedback.Reached, Text: "Đã chỉ nơi nộp.", Office: "Trung tâm 1022"})
	s := y.state()
	if s.NationalCode != 9 || s.Calls[0].Text != "Đã chỉ nơi nộp." || StateText(s).VI != "Đã gọi và trả lời" || len(s.Irregular) > 0 {
		t.Fatalf("%+v", s)
	}
	if got := Sentence(s.Journal[0]).VI; got != "Yêu cầu gọi lại đã được gửi và lưu tại xã" {
		t.Errorf("%q", got)
	}
	if _, err := author(Called, &CalledPayload{Outcome: "busy"}, s.ID, 9, 9, y.meta()); err == nil {
		t.Error("an outcome nobody knows was written")
	}
	for name, other := range map[string]*story{"petition": beginPetition(), "dossier": begin(HandoverAtSubmit)} {
		other.step(Province, TakenIn, &TakenInPayload{Office: "o"})
		if Legal(other.state(), Province, Called) == nil {
			t.Errorf("a %s is called back", name)
		}
	}
}

// The notes of one request are bounded; the written answer always stays open.
func TestCallBackHasAnEnd(t *testing.T) {
	y := beginCallBack()
	y.step(Province, TakenIn, &TakenInPayload{Office: "o"})
	for range feedback.MaxCalls {
		y.step(Province, Called, &CalledPayload{Outcome: feedback.NotReached})
	}
	s := y.state()
	if Legal(s, Province, Called) == nil || Legal(s, Province, Answered) != nil || len(s.Irregular) > 0 {
		t.Fatalf("%v", LegalSteps(s, Province))
	}
}

// An older program keeps calls as bytes and shows the code in the header.
func TestCallsBeforeTheyWereKnown(t *testing.T) {
	y := beginCallBack()
	y.step(Province, TakenIn, &TakenInPayload{Office: "o"})
	y.step(Province, Called, &CalledPayload{Outcome: feedback.Reached})
	old := slices.Clone(y.entries)
	old[2].Event.Header.Type = "later.called"
	if s := Fold(old); s.NationalCode != 9 || len(s.Unknown) != 1 || s.Version != 3 {
		t.Fatalf("code %d, unknown %v", s.NationalCode, s.Unknown)
	}
}

// Whatever an office does with a call-back request, what is reported follows the national table, and
// nothing is called finished that nobody answered.
func TestCallBackNeverLiesUpward(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		y := beginCallBack()
		last := y.state().NationalCode
		for range rapid.IntRange(0, 9).Draw(t, "steps") {
			s := y.state()
			legal := LegalSteps(s, s.Holder)
			if len(legal) == 0 {
				return
			}
			switch step := rapid.SampledFrom(legal).Draw(t, "type"); step {
			case Answered:
				y.step(s.Holder, Answered, &AnsweredPayload{Text: "r"})
			case Called:
				y.step(s.Holder, Called, &CalledPayload{Outcome: rapid.SampledFrom([]string{feedback.Reached, feedback.NotReached}).Draw(t, "outcome")})
			default:
				randomStep(t, y, s, step)
			}
			s = y.state()
			if s.NationalCode != last && !slices.Contains(nextCodes[last], s.NationalCode) {
				t.Fatalf("code %d → %d", last, s.NationalCode)
			}
			reached := slices.ContainsFunc(s.Calls, func(c Call) bool { return c.Outcome == feedback.Reached })
			if s.NationalCode == 9 && s.Reply == nil && !reached {
				t.Fatal("finished, and nobody answered")
			}
			last = s.NationalCode
		}
	})
}
