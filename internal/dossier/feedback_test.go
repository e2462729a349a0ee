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

func petition() SubmittedPayload {
	p := filing(HandoverAtSubmit)
	p.Procedure = feedback.Procedure
	p.Answers = json.RawMessage(`{"publish":"no_name","text":"Cầu ấp 3 hỏng","topic":"place"}`)
	p.Components = []Component{{ID: feedback.Photo, State: Provided, Blobs: []Blob{
		{Name: "1.jpg", SHA256: syncproto.Digest{1}, Length: 10, MIME: "image/jpeg"}}}}
	return p
}

func beginPetition() *story {
	y := &story{}
	y.add(bookA, must(Submit(petition(), syncproto.DossierID{9}, y.meta())))
	return y
}

func TestPetitionBodyIsStrict(t *testing.T) {
	for _, c := range []struct {
		name string
		ok   bool
		make func(*SubmittedPayload)
	}{
		{"as the kiosk makes it", true, func(*SubmittedPayload) {}},
		{"without a name", true, func(p *SubmittedPayload) { p.Applicant = Person{} }},
		{"a picture alone", true, func(p *SubmittedPayload) {
			p.Answers = json.RawMessage(`{"publish":"no","text":"","topic":"place"}`)
		}},
		{"neither text nor picture", false, func(p *SubmittedPayload) {
			p.Answers, p.Components = json.RawMessage(`{"publish":"no","text":"","topic":"place"}`), nil
		}},
		{"another answer", false, func(p *SubmittedPayload) { p.Answers = json.RawMessage(`{"ten":"Én"}`) }},
		{"too long", false, func(p *SubmittedPayload) {
			p.Answers = json.RawMessage(`{"publish":"no","text":"` + strings.Repeat("a", feedback.MaxText+1) + `","topic":"place"}`)
		}},
		{"a paper", false, func(p *SubmittedPayload) { p.Components[0].ID = "chung_sinh" }},
		{"a PDF", false, func(p *SubmittedPayload) { p.Components[0].Blobs[0].MIME = "application/pdf" }},
		{"six pictures", false, func(p *SubmittedPayload) {
			for i := range 5 {
				p.Components[0].Blobs = append(p.Components[0].Blobs, Blob{SHA256: syncproto.Digest{9, byte(i)}, Length: 1, MIME: "image/png"})
			}
		}},
		{"a signature", false, func(p *SubmittedPayload) { p.Signature = &Signature{Kind: "paper"} }},
	} {
		p := petition()
		c.make(&p)
		_, err := Submit(p, syncproto.DossierID{9}, (&story{}).meta())
		if (err == nil) != c.ok {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// A petition is taken in, then answered; the answer may be mended; it is never a dossier's way.
func TestPetitionIsAnswered(t *testing.T) {
	y := beginPetition()
	if got := LegalSteps(y.state(), Province); !slices.Equal(got, []string{TakenIn, Refused, Withdrawn, ExternalRefGiven, HandedOver}) {
		t.Fatalf("a new petition offers %v", got)
	}
	if Legal(y.state(), Province, Answered) == nil {
		t.Fatal("answered before anybody took it in")
	}
	y.step(Province, TakenIn, &TakenInPayload{Office: "UBND xã Giao Long"})
	if got := Sentence(y.state().Journal[0]).VI; got != "Phản ánh đã được gửi và lưu tại xã" {
		t.Errorf("%q", got)
	}
	if got := LegalSteps(y.state(), Province); !slices.Equal(got, []string{Processing, Answered, Withdrawn, ExternalRefGiven, HandedOver}) {
		t.Fatalf("a petition taken in offers %v", got)
	}
	y.step(Province, Answered, &AnsweredPayload{Text: "Đã giao ấp sửa cầu.", Office: "UBND xã Giao Long"})
	y.step(Province, Answered, &AnsweredPayload{Text: "Cầu đã sửa xong.", Office: "UBND xã Giao Long"})
	s := y.state()
	if s.NationalCode != 9 || s.Reply == nil || s.Reply.Text != "Cầu đã sửa xong." || len(s.Irregular) > 0 || s.Decision != nil {
		t.Fatalf("%+v", s)
	}
	if StateText(s).VI != "Đã có trả lời" || !strings.Contains(Sentence(s.Journal[3]).VI, "đã trả lời phản ánh") {
		t.Errorf("%q, %q", StateText(s).VI, Sentence(s.Journal[3]).VI)
	}
	if _, err := author(Answered, &AnsweredPayload{Text: " "}, s.ID, 9, 9, y.meta()); err == nil {
		t.Error("an empty answer was written")
	}
	y.step(Province, Processing, &ProcessingPayload{Office: "UBND xã Giao Long"})
	if s := y.state(); s.Reply != nil || s.NationalCode != 4 {
		t.Errorf("taken up again it still counts as answered: %+v", s.Reply)
	}
	d := begin(HandoverAtSubmit)
	d.takeIn(Province)
	if Legal(d.state(), Province, Answered) == nil {
		t.Error("a dossier is decided, not answered")
	}
}

// One rating stands: the first, as changed by whoever gave it; in every order of arrival.
func TestRatingOfADossier(t *testing.T) {
	y := begin(HandoverAtSubmit)
	if Legal(y.state(), bookA, VisitRated) == nil {
		t.Error("a visit was rated in a dossier")
	}
	first := y.ask(bookA, Rated, &RatedPayload{Score: 4, Reasons: []string{"time"}, N: 1})
	y.ask(bookA, Rated, &RatedPayload{Score: 1, N: 1})                            // a second one
	y.ask(bookB, Rated, &RatedPayload{Score: 1, N: 2, Replaces: first})           // somebody else's change
	second := y.ask(bookA, Rated, &RatedPayload{Score: 2, N: 2, Replaces: first}) // a change
	y.takeIn(Province)
	y.ask(bookA, Rated, &RatedPayload{Score: 5, N: 4, Replaces: second}) // a change left out
	s := y.state()
	if s.Rating == nil || s.Rating.Score != 2 || s.Rating.N != 2 || len(s.Pending) > 0 || len(s.Proposals) > 0 || s.Version != 2 {
		t.Fatalf("%+v, pending %v", s.Rating, s.Pending)
	}
	for seed := range uint64(20) {
		shuffled := append(slices.Clone(y.entries), y.entries...)
		rand.New(rand.NewPCG(seed, 1)).Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		if got := Fold(shuffled); !reflect.DeepEqual(got, s) {
			t.Fatalf("another order, another state: %+v", got.Rating)
		}
	}
}

// A clock that was set back gives the change a lower id than what it changes.
func TestRatingChangedWhileTheClockWentBack(t *testing.T) {
	y := begin(HandoverAtSubmit)
	m := y.meta()
	first := y.ask(bookA, Rated, &RatedPayload{Score: 4, N: 1})
	y.add(bookA, must(Ask(y.state(), Rated, &RatedPayload{Score: 3, N: 2, Replaces: first}, m)))
	if r := y.state().Rating; r == nil || r.Score != 3 {
		t.Fatalf("%+v", r)
	}
}

func TestRatingOfAVisit(t *testing.T) {
	y := &story{}
	first := y.add(bookA, must(RateVisit(syncproto.DossierID{8}, RatedPayload{Score: 5, N: 1}, y.meta())))
	y.add(bookA, must(RateVisit(syncproto.DossierID{8}, RatedPayload{Score: 3, N: 2, Replaces: first}, y.meta())))
	s := y.state()
	if s.Rating == nil || s.Rating.Score != 3 || s.Version != 0 || len(s.Proposals)+len(s.Unknown)+len(s.Pending) > 0 {
		t.Fatalf("%+v", s)
	}
	for _, p := range []RatedPayload{{Score: 5}, {Score: 5, N: 2}, {Score: 5, N: 1, Replaces: first}, {Score: 5, N: feedback.MaxChanges + 2, Replaces: first}, {Score: 9, N: 1}} {
		if _, err := RateVisit(syncproto.DossierID{8}, p, y.meta()); err == nil {
			t.Errorf("%+v was written", p)
		}
	}
}

// An older program keeps ratings and answers as bytes and shows the code in the header.
func TestFeedbackBeforeItWasKnown(t *testing.T) {
	y := beginPetition()
	y.step(Province, TakenIn, &TakenInPayload{Office: "UBND xã Giao Long"})
	y.step(Province, Answered, &AnsweredPayload{Text: "Đã sửa."})
	y.ask(bookA, Rated, &RatedPayload{Score: 5, N: 1})
	old := slices.Clone(y.entries)
	for i := range old {
		if typ := old[i].Event.Header.Type; typ == Answered || typ == Rated {
			old[i].Event.Header.Type = "later." + typ
		}
	}
	s := Fold(old)
	if s.NationalCode != 9 || len(s.Unknown) != 2 || s.Version != 3 {
		t.Fatalf("code %d, unknown %v", s.NationalCode, s.Unknown)
	}
}

// Whatever an office does with a petition, what is reported follows the national table.
func TestPetitionNeverLiesUpward(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		y := beginPetition()
		last := y.state().NationalCode
		for range rapid.IntRange(0, 8).Draw(t, "steps") {
			s := y.state()
			legal := LegalSteps(s, s.Holder)
			if len(legal) == 0 {
				return
			}
			step := rapid.SampledFrom(legal).Draw(t, "type")
			if step == Answered {
				y.step(s.Holder, Answered, &AnsweredPayload{Text: "r"})
			} else {
				randomStep(t, y, s, step)
			}
			s = y.state()
			if s.NationalCode != last && !slices.Contains(nextCodes[last], s.NationalCode) || s.NationalCode == 9 && s.Reply == nil {
				t.Fatalf("code %d → %d at %s", last, s.NationalCode, step)
			}
			last = s.NationalCode
		}
	})
}
