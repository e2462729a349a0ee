package web_test

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"bendo/internal/calendar"
	"bendo/internal/dossier"
	"bendo/internal/feedback"
	"bendo/portal/intake/intaketest"
	"bendo/portal/store"
	"bendo/portal/store/storetest"
	"bendo/syncproto"
)

func petition(publish feedback.Publish) func(*dossier.SubmittedPayload) {
	return func(p *dossier.SubmittedPayload) {
		p.Procedure, p.Source, p.Components = feedback.Procedure, nil, nil
		p.Answers = []byte(`{"publish":"` + string(publish) + `","text":"Cầu ấp 3 hỏng","topic":"place"}`)
	}
}

// A picture of a petition may be the letter she wrote by hand: it is hidden where the name is.
func TestAPicturesSenderIsHiddenAsTheName(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		r := newRig(t, o)
		office := r.Enrol(t, commune, "xã Giao Long")
		for publish, want := range map[feedback.Publish]int{feedback.NoName: 404, feedback.Named: 200} {
			f := office.File(t, [][]byte{jpeg}, func(p *dossier.SubmittedPayload) {
				papers := p.Components
				petition(publish)(p)
				papers[0].ID, p.Components = feedback.Photo, papers
			})
			path := fmt.Sprintf("/api/dossiers/%s/scans/%x", f.ID, sha256.Sum256(jpeg))
			if status, _ := r.signedIn(t, "lan").get(path); status != 200 {
				t.Errorf("%s: the officer gets %d", publish, status)
			}
			if status, _ := r.signedIn(t, "sep").get(path); status != want {
				t.Errorf("%s: a leader gets %d, want %d", publish, status, want)
			}
		}
	})
}

// The kiosk tells the speaker that the officers at work on it hear a spoken note: nobody else does, whatever
// may be published, and no list of theirs names it.
func TestOnlyOfficersHearASpokenNote(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		r := newRig(t, o)
		note := []byte("OggS\x00 a voice of a minute")
		f := r.Enrol(t, commune, "xã Giao Long").File(t, [][]byte{note, jpeg}, func(p *dossier.SubmittedPayload) {
			blobs := p.Components[0].Blobs
			petition(feedback.Named)(p)
			blobs[0].MIME = "audio/ogg"
			p.Components = []dossier.Component{{ID: feedback.Voice, State: dossier.Provided, Blobs: blobs[:1]},
				{ID: feedback.Photo, State: dossier.Provided, Blobs: blobs[1:]}}
		})
		path := "/api/dossiers/" + f.ID.String()
		for name, want := range map[string]struct{ status, papers int }{"lan": {200, 2}, "sep": {404, 1}} {
			b := r.signedIn(t, name)
			if status, _ := b.get(fmt.Sprintf("%s/scans/%x", path, sha256.Sum256(note))); status != want.status {
				t.Errorf("%s hears the note: %d, want %d", name, status, want.status)
			}
			if status, _ := b.get(fmt.Sprintf("%s/scans/%x", path, sha256.Sum256(jpeg))); status != 200 {
				t.Errorf("%s sees the picture: %d", name, status)
			}
			_, body := b.get(path)
			var page struct{ Components []struct{ ID string } }
			intaketest.Check(t, json.Unmarshal(body, &page))
			if len(page.Components) != want.papers {
				t.Errorf("%s is shown %+v", name, page.Components)
			}
			if status, _ := b.get(path + "/components/voice/pages.pdf"); name == "sep" && status != 404 {
				t.Errorf("the note's pages: %d", status)
			}
		}
	})
}

type petitionPage struct {
	detail
	Procedure struct{ Name struct{ VI string } }
	Petition  *struct {
		Topic, Wish     struct{ VI string }
		Text            string
		NoName, Private bool
		Reply           *struct{ Text, Office string }
	}
}

// An officer takes a petition in and answers it; the answer goes into the commune's feed. No
// official code is used up, and no list shows a name that is to be kept.
func TestPetitionIsAnswered(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		r := newRig(t, o)
		office := r.Enrol(t, commune, "xã Giao Long")
		f := office.File(t, nil, petition(feedback.NoName))
		lan, path := r.signedIn(t, "lan"), "/api/dossiers/"+f.ID.String()
		if _, body := lan.get("/api/inbox"); strings.Contains(string(body), "Yến") || !strings.Contains(string(body), "Phản ánh, kiến nghị") {
			t.Errorf("inbox %s", body)
		}
		if _, body := lan.get("/api/inbox?q=yen"); strings.Contains(string(body), f.ID.String()) {
			t.Error("the petition is found by a name that is to be kept")
		}
		_, body := lan.get(path)
		var d petitionPage
		intaketest.Check(t, json.Unmarshal(body, &d))
		if d.Petition == nil || d.Petition.Text != "Cầu ấp 3 hỏng" || d.Petition.Topic.VI != "Đường sá, môi trường, trật tự" || len(d.Answers) > 0 || d.Applicant.FullName != "Nguyễn Thị Yến" {
			t.Fatalf("page %s", body)
		}
		if _, body := r.signedIn(t, "sep").get(path); strings.Contains(string(body), "Yến") || strings.Contains(string(body), "0912345678") {
			t.Errorf("a leader reads the name: %s", body)
		}
		if status, _ := lan.post(path+"/reply", map[string]any{"text": "Đã sửa."}); status != 409 {
			t.Errorf("answered before anybody took it in: %d", status)
		}
		if status, body := lan.post(path+"/take-in", map[string]any{}); status != 200 {
			t.Fatalf("%d %s", status, body)
		}
		for _, empty := range []string{"", " \n "} {
			if status, _ := lan.post(path+"/reply", map[string]any{"text": empty}); status != 422 && status != 400 {
				t.Errorf("an empty answer: %d", status)
			}
		}
		status, body := lan.post(path+"/reply", map[string]any{"text": "Đã giao ấp sửa cầu."})
		intaketest.Check(t, json.Unmarshal(body, &d))
		if status != 200 || d.Petition.Reply == nil || d.Petition.Reply.Text != "Đã giao ấp sửa cầu." || d.OfficialCode != "" || d.DueAt != 0 || d.State.National != 9 {
			t.Fatalf("%d %s", status, body)
		}
		if status, _ := r.signedIn(t, "minh").post(path+"/reply", map[string]any{"text": "x"}); status != 404 {
			t.Errorf("another office answers: %d", status)
		}
		var came []string
		for _, item := range office.Drain(t) {
			if item.Kind == syncproto.FeedEvent {
				e, err := syncproto.DecodeEvent(item.Body)
				intaketest.Check(t, err)
				came = append(came, e.Header.Type)
			}
		}
		if strings.Join(came, " ") != "taken_in answered" {
			t.Errorf("the commune hears %v", came)
		}
		_, body = r.browser(t).post2("/api/public/status", f.Payload.Slip, "5678")
		if strings.Contains(string(body), "Đã giao ấp") || strings.Contains(string(body), "Cầu ấp") || !strings.Contains(string(body), "đã trả lời phản ánh") {
			t.Errorf("the public page says %s", body)
		}
	})
}

func (b *browser) post2(path string, slip dossier.Slip, second string) (int, []byte) {
	return b.post(path, map[string]any{"slip": string(slip), "second": second})
}

// Totals are shown from five on: below that they would be somebody's opinion.
func TestRatingTotals(t *testing.T) { storetest.Each(t, ratingTotals) }

func ratingTotals(t *testing.T, o store.Options) {
	r := newRig(t, o)
	office := r.Enrol(t, commune, "xã Giao Long")
	type totals struct {
		Running bool
		Visits  struct {
			Count   int
			Few     bool
			Scores  []struct{ Score, Count int }
			Reasons map[string]int
		}
	}
	// month gives so many ratings, and reads their month before and after its end.
	month := func(n int) (running, over totals) {
		t.Helper()
		hello, err := office.Greet(t, syncproto.SyncRequest{})
		intaketest.Check(t, err)
		office.Session = hello.Welcome.Session
		for i := range n {
			e, err := dossier.RateVisit(office.NewFiling(t, nil, nil).ID, dossier.RatedPayload{Score: 5 - i%2, Reasons: []string{"time"}, N: 1}, office.Meta(t))
			intaketest.Check(t, err)
			office.Push(t, e)
		}
		name := r.DB.Now().In(calendar.Zone).Format("2006-01")
		for i, got := range []*totals{&running, &over} {
			status, body := r.signedIn(t, "lan").get("/api/ratings?month=" + name)
			intaketest.Check(t, json.Unmarshal(body, got))
			if status != 200 {
				t.Fatalf("%d %s", status, body)
			}
			if i == 0 {
				r.shift.Add(int64(32 * 24 * time.Hour))
			}
		}
		return running, over
	}
	if running, over := month(4); !running.Running || running.Visits.Count != 0 || !over.Visits.Few || over.Visits.Count != 0 || len(over.Visits.Scores) > 0 {
		t.Fatalf("of four: %+v, then %+v", running, over)
	}
	running, got := month(5)
	if !running.Running || running.Visits.Count != 0 || len(running.Visits.Scores) > 0 {
		t.Fatalf("a month that runs tells %+v", running)
	}
	if got.Visits.Count != 5 || got.Visits.Scores[0].Count != 3 || got.Visits.Scores[1].Count != 2 || got.Visits.Reasons["time"] != 5 {
		t.Fatalf("%+v", got)
	}
	lan := r.signedIn(t, "lan")
	if status, _ := lan.get("/api/ratings?month=2026"); status != 400 {
		t.Errorf("a month that is none: %d", status)
	}
	if _, body := r.signedIn(t, "minh").get("/api/ratings"); strings.Contains(string(body), `"count":5`) {
		t.Errorf("another office reads %s", body)
	}
	if status, _ := r.browser(t).get("/api/ratings"); status != 401 {
		t.Errorf("a stranger: %d", status)
	}
}
