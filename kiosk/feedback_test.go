package kiosk

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"bendo/internal/dossier"
	"bendo/internal/feedback"
	"bendo/internal/ledger"
)

type ratedAnswer struct {
	Over   bool
	Rating *struct {
		Score, Changes int
		Reasons        []string
		Sent           bool
	}
}

func TestRatingOfADossier(t *testing.T) {
	d := openDesk(t)
	d.visit()
	r := d.filed(sample(t, aBirth))
	at := "/api/slips/" + r.Slip + "/rating"
	var got ratedAnswer
	d.want(200, "GET", at, nil, &got)
	if got.Rating != nil || got.Over {
		t.Fatalf("%+v", got)
	}
	d.want(200, "PUT", at, map[string]any{"score": 5, "reasons": []string{"time", "attitude"}}, &got)
	d.want(200, "PUT", at, map[string]any{"score": 5, "reasons": []string{"attitude", "time"}}, &got) // touched in another order
	if got.Rating == nil || got.Rating.Score != 5 || got.Rating.Changes != 0 || got.Rating.Sent {
		t.Fatalf("%+v", got.Rating)
	}
	d.want(200, "PUT", at, map[string]any{"score": 2, "reasons": []string{}}, &got)
	if got.Rating.Score != 2 || got.Rating.Changes != 1 {
		t.Fatalf("%+v", got.Rating)
	}
	for i := range feedback.MaxChanges - 1 {
		d.want(200, "PUT", at, map[string]any{"score": 3 + i%2}, nil)
	}
	status, body := d.call("PUT", at, map[string]any{"score": 1})
	if status != 429 || !strings.Contains(string(body), "rated_often") {
		t.Fatalf("%d %s", status, body)
	}
}

func TestRatingsThatAreRefused(t *testing.T) {
	d := openDesk(t)
	d.visit()
	r := d.filed(sample(t, aBirth))
	for _, path := range []string{"/api/slips/" + r.Slip + "/rating", "/api/ratings/visit"} {
		for name, c := range map[string]struct {
			body   any
			status int
			code   string
		}{
			"no face":             {map[string]any{"score": 0}, 422, "bad_rating"},
			"a sixth face":        {map[string]any{"score": 6}, 422, "bad_rating"},
			"words for a chip":    {map[string]any{"score": 3, "reasons": []string{"Cán bộ A"}}, 422, "bad_rating"},
			"a chip nobody has":   {map[string]any{"score": 3, "reasons": []string{"parking"}}, 400, "bad_request"},
			"a name besides":      {map[string]any{"score": 3, "name": "A"}, 400, "bad_request"},
			"something else":      {[]byte("[]"), 400, "bad_request"},
			"a number with parts": {[]byte(`{"score":3.5}`), 400, "bad_request"},
		} {
			status, body := d.call("PUT", path, c.body)
			if status != c.status || !strings.Contains(string(body), `"`+c.code+`"`) {
				t.Errorf("%s, %s: %d %s", path, name, status, body)
			}
		}
	}
	d.visit() // the next person
	if status, _ := d.call("GET", "/api/slips/"+r.Slip+"/rating", nil); status != 404 {
		t.Errorf("another visit reads a rating: %d", status)
	}
	if status, _ := d.call("PUT", "/api/slips/"+r.Slip+"/rating", map[string]any{"score": 1}); status != 404 {
		t.Errorf("another visit rates: %d", status)
	}
	d.token = ""
	if status, _ := d.call("PUT", "/api/ratings/visit", map[string]any{"score": 1}); status != 401 {
		t.Errorf("rated without a visit: %d", status)
	}
}

// One rating a visit, without a name, and no more in an hour than an office has visitors.
func TestRatingOfAVisit(t *testing.T) {
	d := openDesk(t)
	d.visit()
	var got ratedAnswer
	d.want(200, "GET", "/api/ratings/visit", nil, &got)
	if got.Rating != nil {
		t.Fatalf("%+v", got)
	}
	d.want(200, "PUT", "/api/ratings/visit", map[string]any{"score": 5}, &got)
	d.want(200, "PUT", "/api/ratings/visit", map[string]any{"score": 4, "reasons": []string{"machine"}}, &got)
	if got.Rating.Score != 4 || got.Rating.Changes != 1 {
		t.Fatalf("%+v", got.Rating)
	}
	d.want(200, "GET", "/api/ratings/visit", nil, &got)
	if got.Rating.Score != 4 {
		t.Fatalf("%+v", got.Rating)
	}
	d.visit()
	d.want(200, "GET", "/api/ratings/visit", nil, &got)
	if got.Rating != nil {
		t.Fatal("the next visit sees the rating of the one before")
	}
	events, err := d.book.PendingEvents(context.Background(), 1, 100, 1<<20)
	if err != nil || len(events) != 2 || events[0].Header.Type != dossier.VisitRated || events[0].Header.Dossier != events[1].Header.Dossier {
		t.Fatalf("%d events, %v", len(events), err)
	}
	var kept opinions
	now := time.Now()
	for range maxVisitRatings {
		if !kept.take(now) {
			t.Fatal("refused too early")
		}
	}
	if kept.take(now.Add(visitRatingsWindow - 1)) {
		t.Fatal("one too many was taken")
	}
	if !kept.take(now.Add(visitRatingsWindow)) {
		t.Fatal("an hour later it is still closed")
	}
}

// petitioned begins a petition and fills it in, as the screens do.
func (d *desk) petitioned(fields map[string]any, person map[string]any, photos ...[]byte) string {
	d.t.Helper()
	var draft draftView
	d.want(200, "POST", "/api/drafts", map[string]any{"procedure": feedback.Procedure, "language": "vi"}, &draft)
	at := "/api/drafts/" + draft.ID
	for field, value := range fields {
		d.want(200, "PUT", at+"/fields/"+field, map[string]any{"value": value}, nil)
	}
	if person != nil {
		d.want(200, "PUT", at+"/applicant", person, nil)
	}
	for _, pic := range photos {
		d.want(200, "PUT", at+"/scans?component="+feedback.Photo+"&name=anh.jpg", pic, nil, "Content-Digest", contentDigestOf(pic))
	}
	return draft.ID
}

var (
	bridge = map[string]any{"topic": "place", "text": " Cầu ấp 3\n\n\nhỏng ", "publish": "no_name"}
	en     = map[string]any{"full_name": "Nguyễn Thị Én", "phone": "0912345678"}
	agreed = map[string]any{"consent": map[string]string{"version": ConsentVersion}, "as_is": true}
)

func TestPetitionFromTileToSlipAndLookUp(t *testing.T) {
	d := openDesk(t)
	d.visit()
	id := d.petitioned(bridge, en, photo(t, 1), photo(t, 2))
	var judged struct{ Problems []problemView }
	d.want(200, "POST", "/api/drafts/"+id+"/judge", map[string]any{}, &judged)
	if len(judged.Problems) > 0 {
		t.Fatalf("%+v", judged.Problems)
	}
	r, tracked := d.sentAndTracked(id)
	if tracked.Petition == nil || tracked.Petition.Reply != nil || tracked.Procedure.Name.VI != "Phản ánh, kiến nghị" || tracked.Steps[0].Text.VI != "Phản ánh đã được gửi và lưu tại xã" {
		t.Fatalf("%+v", tracked)
	}
	filing := d.filing(r.Slip)
	if string(filing.Answers) != `{"publish":"no_name","text":"Cầu ấp 3\n\nhỏng","topic":"place"}` || filing.Handover != dossier.HandoverAtSubmit ||
		len(filing.Components) != 1 || len(filing.Components[0].Blobs) != 2 || filing.Signature != nil || filing.Consent == nil {
		t.Fatalf("filed %s, %+v", filing.Answers, filing)
	}
}

// Everything wrong is listed at once, nothing is filed, and the draft is kept.
func TestPetitionsThatAreNotSent(t *testing.T) {
	d := openDesk(t)
	with := func(change map[string]any) map[string]any {
		all := map[string]any{}
		for k, v := range bridge {
			all[k] = v
		}
		for k, v := range change {
			all[k] = v
		}
		return all
	}
	for name, c := range map[string]struct {
		fields map[string]any
		person map[string]any
		want   string
	}{
		"nothing at all":       {nil, nil, "answers/topic/required answers/text/required answers/publish/required applicant/full_name/required applicant/phone/required"},
		"blank text":           {with(map[string]any{"text": " \n "}), en, "answers/text/required"},
		"too long":             {with(map[string]any{"text": strings.Repeat("a", feedback.MaxText+1)}), en, "answers/text/too_long"},
		"a control character":  {with(map[string]any{"text": "a\x07b"}), en, "answers/text/bad_text"},
		"an unknown topic":     {with(map[string]any{"topic": "weather"}), en, "answers/topic/required"},
		"an unknown wish":      {with(map[string]any{"publish": "everywhere"}), en, "answers/publish/required"},
		"a number as text":     {with(map[string]any{"text": 7}), en, "answers/text/required"},
		"no name":              {bridge, map[string]any{"phone": "0912345678"}, "applicant/full_name/required"},
		"no way to answer":     {bridge, map[string]any{"full_name": "Nguyễn Thị Én"}, "applicant/phone/required"},
		"a phone that is none": {bridge, map[string]any{"full_name": "Nguyễn Thị Én", "phone": "12"}, "applicant/phone/"},
	} {
		d.visit()
		d.kept(name, d.petitioned(c.fields, c.person), c.want, "petition_unfinished")
	}
	if totals, err := d.book.Totals(context.Background()); err != nil || totals.Dossiers != 0 {
		t.Fatalf("%+v, %v", totals, err)
	}
}

func TestPetitionWithSixPicturesOrAPaper(t *testing.T) {
	d := openDesk(t)
	d.visit()
	var six [][]byte
	for i := range feedback.MaxPhotos + 1 {
		six = append(six, photo(t, 10+i))
	}
	id := d.petitioned(bridge, en, six...)
	if status, body := d.call("POST", "/api/drafts/"+id+"/submit", agreed); status != 422 || !strings.Contains(string(body), "petition_unfinished") {
		t.Errorf("six pictures: %d %s", status, body)
	}
	id = d.petitioned(bridge, en)
	pic := photo(t, 30)
	d.want(200, "PUT", "/api/drafts/"+id+"/scans?component=p1&name=a.jpg", pic, nil, "Content-Digest", contentDigestOf(pic))
	if status, body := d.call("POST", "/api/drafts/"+id+"/submit", agreed); status != 422 || !strings.Contains(string(body), "unfit") {
		t.Errorf("a paper: %d %s", status, body)
	}
}

// A petition survives a restart field by field, and is found again with the draft slip.
func TestPetitionDraftSurvivesARestart(t *testing.T) {
	d := openDesk(t)
	d.visit()
	id := d.petitioned(bridge, en, photo(t, 1))
	var before draftView
	d.want(200, "GET", "/api/drafts/"+id, nil, &before)
	if status, pdf := d.call("GET", "/api/drafts/"+id+"/slip.pdf", nil); status != 200 || !bytes.HasPrefix(pdf, []byte("%PDF-")) {
		t.Fatalf("draft slip: %d", status)
	}
	d.reopen()
	d.visit()
	var after draftView
	d.want(200, "POST", "/api/drafts/resume", map[string]string{"slip": before.Slip, "second": "5678"}, &after)
	a, _ := json.Marshal(after)
	b, _ := json.Marshal(before)
	if !bytes.Equal(a, b) {
		t.Fatalf("before %s\nafter  %s", b, a)
	}
	d.want(200, "POST", "/api/drafts/"+id+"/submit", agreed, nil)
}

// Whether a petition may be nameless is configuration; the default is no.
func TestNamelessPetitions(t *testing.T) {
	d := openDesk(t)
	d.NamelessPetitions = true
	d.visit()
	id := d.petitioned(bridge, nil)
	var r struct {
		receiptView
		Code6 string
	}
	d.want(200, "POST", "/api/drafts/"+id+"/submit", agreed, &r)
	if len(r.Code6) != 6 {
		t.Fatalf("no code to look it up with: %+v", r)
	}
	d.want(200, "POST", "/api/track", map[string]string{"slip": r.Slip, "second": r.Code6}, nil)
	var choices struct {
		NameRequired bool `json:"name_required"`
	}
	d.want(200, "GET", "/api/petitions/choices", nil, &choices)
	if choices.NameRequired {
		t.Error("the screen is told that a name is required")
	}
}

// The slip that lies in a printer says no name that its sender wants kept.
func TestPetitionSlipKeepsTheName(t *testing.T) {
	d := openDesk(t)
	d.visit()
	for wish, shown := range map[string]string{"no_name": "", "no": "", "named": "Nguyễn Thị Én"} {
		fields := map[string]any{"topic": "place", "text": "Cầu hỏng", "publish": wish}
		var r receiptView
		d.want(200, "POST", "/api/drafts/"+d.petitioned(fields, en)+"/submit", agreed, &r)
		s, err := d.slipOf(context.Background(), d.found(r.Slip))
		if err != nil || s.Applicant != shown || !s.Petition || s.Code != "" || !s.AnswerBy.IsZero() {
			t.Errorf("%s: %+v, %v", wish, s, err)
		}
	}
}

// What an office answers reaches the screen.
func TestPetitionAnswerIsShown(t *testing.T) {
	s := dossier.State{Procedure: feedback.Procedure, Reply: &dossier.Reply{At: 5, Text: "Đã sửa cầu.", Office: "UBND xã Giao Long"}}
	d := openDesk(t)
	v := d.viewTrack(ledger.Found{State: s})
	if v.Petition == nil || v.Petition.Reply == nil || v.Petition.Reply.Text != "Đã sửa cầu." {
		t.Fatalf("%+v", v.Petition)
	}
	if v := d.viewTrack(ledger.Found{State: dossier.State{Procedure: "1.001193"}}); v.Petition != nil {
		t.Fatal("a dossier is shown as a petition")
	}
}
