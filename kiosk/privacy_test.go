package kiosk

import (
	"bytes"
	"fmt"
	"os/exec"
	"strings"
	"testing"
	"time"

	"bendo/internal/dossier"
	"bendo/internal/ledger"
	"bendo/syncproto"
)

func textOf(t *testing.T, pdf []byte) string {
	t.Helper()
	cmd := exec.Command("pdftotext", "-layout", "-", "-")
	cmd.Stdin = bytes.NewReader(pdf)
	out, err := cmd.Output()
	if err != nil {
		t.Skipf("LOUD: pdftotext is missing, the paper was not read back: %v", err)
	}
	return string(out)
}

// TestADraftIsResumedByNumberAndSecondFact walks away from a draft and comes back to it.
func TestADraftIsResumedByNumberAndSecondFact(t *testing.T) {
	d := openDesk(t)
	d.visit()
	p := sample(t, aBirth)
	id := d.typed(p)
	at := "/api/drafts/" + id
	var v draftView
	d.want(200, "GET", at, nil, &v)
	status, pdf := d.call("GET", at+"/slip.pdf", nil)
	if status != 200 || v.Code6 != "" {
		t.Fatalf("draft slip: %d; code %q although a number was entered", status, v.Code6)
	}
	text := textOf(t, pdf)
	for _, want := range []string{v.Slip, "CHƯA NỘP", "4 số cuối căn cước"} {
		if !strings.Contains(text, want) {
			t.Errorf("the draft slip does not say %q:\n%s", want, text)
		}
	}
	citizen := p.Applicant["citizen_id"].(string)
	for _, secret := range []string{p.Applicant["full_name"].(string), citizen[8:]} {
		if strings.Contains(text, secret) {
			t.Errorf("the draft slip shows %q", secret)
		}
	}
	d.want(204, "DELETE", "/api/visits/current", nil, nil)
	d.refused(401, "no_visit", "GET", at, nil)
	d.visit()
	d.refused(404, "no_draft", "GET", at, nil)
	d.refused(404, "no_draft", "GET", at+"/slip.pdf", nil)
	d.refused(404, "not_found", "POST", "/api/drafts/resume", ticket{v.Slip, "0000"})
	d.refused(404, "not_found", "POST", "/api/drafts/resume", ticket{"123", "0000"})
	var back draftView
	d.want(200, "POST", "/api/drafts/resume", ticket{v.Slip, citizen[8:]}, &back)
	if back.ID != id || len(back.Answers) != len(v.Answers) || back.Applicant == nil {
		t.Fatalf("resumed %s with %d answers, want %s with %d", back.ID, len(back.Answers), id, len(v.Answers))
	}
	d.want(200, "POST", at+"/submit", submitAsIs(), nil)
	d.visit()
	d.refused(404, "not_found", "POST", "/api/drafts/resume", ticket{v.Slip, citizen[8:]}) // filed: looked up by the same number
	d.want(200, "POST", "/api/track", ticket{v.Slip, citizen[8:]}, nil)
	for range 3 {
		d.refused(404, "not_found", "POST", "/api/drafts/resume", ticket{v.Slip, "0000"})
	}
	d.refused(429, "too_many", "POST", "/api/drafts/resume", ticket{v.Slip, citizen[8:]})
}

// TestAnEmptyDraftIsResumedByItsCode: nothing was entered that could be a second fact.
func TestAnEmptyDraftIsResumedByItsCode(t *testing.T) {
	d := openDesk(t)
	d.visit()
	var v, back draftView
	d.want(200, "POST", "/api/drafts", map[string]any{"procedure": "1.001193", "language": "en", "secret": false}, &v)
	if len(v.Code6) != 6 {
		t.Fatalf("code %q", v.Code6)
	}
	_, pdf := d.call("GET", "/api/drafts/"+v.ID+"/slip.pdf", nil)
	if text := textOf(t, pdf); !strings.Contains(text, v.Code6) || !strings.Contains(text, "not filed") {
		t.Errorf("the draft slip lacks the code or says it was filed:\n%s", text)
	}
	d.visit()
	d.want(200, "POST", "/api/drafts/resume", ticket{v.Slip, v.Code6}, &back)
	if back.ID != v.ID {
		t.Fatal("another draft")
	}
}

// TestGuessingAcrossSlipsIsLimited tries five facts on each of many numbers, as the outbox
// shows them.
func TestGuessingAcrossSlipsIsLimited(t *testing.T) {
	d := openDesk(t)
	wrong := 0
	for n := range 20 {
		d.visit() // a new visit does not help
		slip := must(dossier.NewSlip("00017", uint64(n)))(t)
		for range 5 {
			status, _ := d.call("POST", "/api/track", ticket{string(slip), "0000"})
			if status == 404 {
				wrong++
			} else if status != 429 {
				t.Fatal(status)
			}
		}
	}
	if wrong != maxGuesses {
		t.Fatalf("%d guesses were answered, want %d", wrong, maxGuesses)
	}
	g := guesses{}
	now := time.Unix(1_000_000, 0)
	for range maxGuesses {
		g.note(now)
	}
	if w := g.wait(now.Add(time.Minute)); w != guessWindow-time.Minute {
		t.Errorf("wait %s", w)
	}
	if w := g.wait(now.Add(guessWindow)); w != 0 {
		t.Errorf("after the hour still %s", w)
	}
}

// TestTheNextVisitorDoesNotSeeTheLastOnesPapers: the tray shows a visit its own papers.
func TestTheNextVisitorDoesNotSeeTheLastOnesPapers(t *testing.T) {
	d := openDesk(t)
	put := func(name string) string {
		t.Helper()
		return must(d.book.PutTray(t.Context(), name, "image/jpeg", bytes.NewReader(photo(t, len(name)))))(t).ID
	}
	seen := func() int {
		t.Helper()
		var list []map[string]any
		d.want(200, "GET", "/api/tray", nil, &list)
		return len(list)
	}
	before := put("a.jpg")
	d.visit()
	during := put("bb.jpg")
	if n := seen(); n != 2 {
		t.Fatalf("%d papers, want the one scanned just before and the one scanned now", n)
	}
	d.want(204, "DELETE", "/api/visits/current", nil, nil)
	time.Sleep(2 * time.Millisecond) // a paper's time has milliseconds
	d.visit()
	if n := seen(); n != 0 {
		t.Fatalf("the next visitor sees %d papers", n)
	}
	id := d.typed(sample(t, aBirth))
	for _, paper := range []string{before, during} {
		d.refused(404, "no_paper", "GET", "/api/tray/"+paper, nil)
		d.refused(404, "no_paper", "POST", "/api/drafts/"+id+"/tray/"+paper, map[string]string{"component": "p1"})
	}
	if again := put("bb.jpg"); again != during || seen() != 1 {
		t.Fatal("a paper scanned again is not shown")
	}
	d.want(200, "POST", "/api/drafts/"+id+"/tray/"+during, map[string]string{"component": "p1"}, nil)
	if n := seen(); n != 0 {
		t.Fatalf("%d papers left", n)
	}
}

func TestAVisitWithoutGoodbyeEndsItsPapers(t *testing.T) {
	v := visits{}
	now := time.Unix(1_000_000, 0)
	first := v.begin(now)
	v.with(first, now.Add(time.Minute), func(*visit) {})
	second := v.begin(now.Add(time.Minute + visitLife + time.Second))
	v.with(second, now.Add(time.Minute+visitLife+time.Second), func(one *visit) {
		if want := now.Add(time.Minute + visitLife + time.Second - scannedBefore); !one.since.Equal(want) {
			t.Errorf("since %s, want %s", one.since, want)
		}
	})
	v.end(second, now.Add(2*visitLife))
	third := v.begin(now.Add(2*visitLife + time.Second))
	v.with(third, now.Add(2*visitLife+time.Second), func(one *visit) {
		if !one.since.Equal(now.Add(2 * visitLife)) {
			t.Errorf("since %s", one.since)
		}
	})
}

// TestASupplementsSlipIsHonest: the first filing was complete at the province; of what was added
// now nothing has left, and the slip says so.
func TestASupplementsSlipIsHonest(t *testing.T) {
	d := openDesk(t)
	d.visit()
	p := sample(t, aBirth)
	r := d.filed(p)
	id := must(syncproto.ParseDossierID(r.Dossier))(t)
	d.province(id, 1, dossier.TakenIn, &dossier.TakenInPayload{Office: "Sở Tư pháp"})
	d.province(id, 2, dossier.SupplementRequested, &dossier.SupplementRequestedPayload{N: 1,
		Reasons: []dossier.SupplementReason{{Component: "p1", Code: "unreadable"}}})
	second := p.Applicant["citizen_id"].(string)[8:]
	var s struct{ ID string }
	d.want(200, "POST", "/api/track/supplement", ticket{r.Slip, second}, &s)
	pic := photo(t, 5)
	d.want(200, "PUT", "/api/drafts/"+s.ID+"/scans?component=p1", pic, nil, "Content-Digest", contentDigestOf(pic))
	var added receiptView
	d.want(200, "POST", "/api/drafts/"+s.ID+"/submit", submitAsIs(), &added)
	if added.AnswerBy != 0 {
		t.Error("a supplement promises an answer by a time that is past")
	}
	if added.Acks[3].Done || !added.Acks[0].Done {
		t.Errorf("the supplement's acknowledgements: %+v", added.Acks)
	}
	_, pdf := d.call("GET", added.PDF, nil)
	_, after, found := strings.Cut(textOf(t, pdf), "bổ sung lần 1")
	if !found || strings.Contains(after, "Cán bộ trả lời trước") {
		t.Fatalf("the slip does not name the supplement, or promises an answer:\n%s", after)
	}
	for _, want := range []string{"đã lưu tại xã: ", "đã rời xã: chưa", "tỉnh đã nhận đủ: chưa", "cán bộ đã tiếp nhận: chưa"} {
		if !strings.Contains(after, want) {
			t.Errorf("of the supplement the slip does not say %q:\n%s", want, after)
		}
	}
	d.refused(409, dossier.NothingAsked, "POST", "/api/drafts/"+d.secondSupplement(r.Slip, second)+"/submit", submitAsIs())
}

// secondSupplement begins a supplement whose request is gone when it is submitted.
func (d *desk) secondSupplement(slip, second string) string {
	d.t.Helper()
	number := must(dossier.ParseSlip(slip))(d.t)
	found := must(d.book.Find(d.t.Context(), number))(d.t)
	var answered syncproto.EventID
	for _, s := range found.State.Submissions {
		if s.N == 1 {
			answered = s.Event
		}
	}
	d.province(found.State.ID, 3, dossier.Declined, &dossier.AnswerPayload{Event: answered, Reason: "unreadable"})
	var s struct{ ID string }
	d.want(200, "POST", "/api/track/supplement", ticket{slip, second}, &s)
	d.province(found.State.ID, 4, dossier.Stopped, &dossier.ReasonPayload{Reason: "no papers"})
	return s.ID
}

// province folds the province's next step, as it would come by the feed.
func (d *desk) province(id syncproto.DossierID, n byte, eventType string, payload any) {
	d.t.Helper()
	ctx := d.t.Context()
	found := must(d.book.Get(ctx, id))(d.t)
	m := dossier.Meta{Event: syncproto.EventID{0xee, n}, Salt: [16]byte{n}, At: time.Now().UnixMilli()}
	ev := must(dossier.Advance(found.State, dossier.Province, eventType, payload, m))(d.t)
	c := must(d.book.Cursor(ctx))(d.t)
	page := syncproto.FeedPage{Commune: "28807", Epoch: c.Epoch, From: c.Pos, To: c.Pos + 1,
		Items: []syncproto.FeedItem{{Pos: c.Pos + 1, Kind: syncproto.FeedEvent, Body: must(syncproto.EncodeEvent(ev))(d.t)}}}
	must(d.book.Receive(ctx, page, fmt.Appendf(nil, "page %d", n)))(d.t)
}

// TestTheHintNamesAFactThatWorks: numbers too short to be a fact, or those of who files for
// somebody else, are what the book derives and nothing else.
func TestTheHintNamesAFactThatWorks(t *testing.T) {
	for name, c := range map[string]struct {
		applicant dossier.Person
		submitter *dossier.Person
		want      string
	}{
		"half a phone": {dossier.Person{Phone: "12"}, nil, "mã dưới đây"},
		"submitter":    {dossier.Person{}, &dossier.Person{Phone: "0912345678"}, "điện thoại"},
		"both":         {dossier.Person{CitizenID: "083190000001"}, &dossier.Person{Phone: "0912345678"}, "căn cước hoặc điện thoại"},
		"none":         {dossier.Person{}, nil, "mã dưới đây"},
	} {
		people := []dossier.Person{c.applicant}
		if c.submitter != nil {
			people = append(people, *c.submitter)
		}
		code := "123456"
		if len(dossier.FactsOf(people...)) > 0 {
			code = ""
		}
		if got := secondHint(code, &c.applicant, c.submitter); !strings.Contains(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestCommunePoliceOfASpecialZone(t *testing.T) {
	for commune, want := range map[string]string{"Đặc khu Côn Đảo": "Công an đặc khu Côn Đảo", "Xã Giao Long": "Công an xã Giao Long", "": ""} {
		if got := judgingFor(ledger.Identity{CommuneName: commune}, "", time.Now()).Office.CommunePolice; got != want {
			t.Errorf("%s: %q, want %q", commune, got, want)
		}
	}
}

// TestAScreenCannotClaimAnOfficer: the officer at the province reads the level of evidence, and
// nobody has signed in at a resident's screen.
func TestAScreenCannotClaimAnOfficer(t *testing.T) {
	d := openDesk(t)
	d.visit()
	at := "/api/drafts/" + d.typed(sample(t, aBirth))
	for claimed, want := range map[string]string{"chip": "typed", "compared": "typed", "gold": "typed", "": "typed", "qr": "qr"} {
		d.want(200, "PUT", at+"/applicant", map[string]string{"full_name": "Nguyễn Thị Đượm", "evidence": claimed}, nil)
		var v draftView
		d.want(200, "GET", at, nil, &v)
		if v.Applicant.Evidence != want {
			t.Errorf("claimed %q, stored %q, want %q", claimed, v.Applicant.Evidence, want)
		}
	}
	d.refused(400, "bad_request", "PUT", at+"/fields/child_name", map[string]string{"value": "x", "evidence": "chip"})
	if p := normalPerson(dossier.Person{Evidence: "compared"}, staffEvidence); p.Evidence != "compared" {
		t.Errorf("a prepared file's evidence became %q", p.Evidence)
	}
}

func TestBirthDatesThatCannotBeReadAreNamed(t *testing.T) {
	if p := normalPerson(dossier.Person{BirthDate: "13/2/1990"}, staffEvidence); p.BirthDate != "1990-02-13" {
		t.Errorf("as people write it: %q", p.BirthDate)
	}
	for date, want := range map[string]string{"": "", "1958": "", "1958-03": "", "1958-03-12": "", "13/02/1990": "bad_date", "abc": "bad_date",
		"1990-02-30": "bad_date", "2999-01-01": "in_future"} {
		got := ""
		for _, p := range judgePerson(dossier.Person{FullName: "A B", BirthDate: date}, whereApplicant, "2026-11-22") {
			got = p.Code
		}
		if got != want {
			t.Errorf("%q: %q, want %q", date, got, want)
		}
	}
}
