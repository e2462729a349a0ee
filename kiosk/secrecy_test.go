package kiosk

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"bendo/internal/ledger"
)

// unasked is a draft that nobody was asked about, as an older program left it, opened again in a visit.
func (d *desk) unasked() draftView {
	d.t.Helper()
	draft, err := d.book.CreateDraft(d.t.Context(), ledger.NewDraft{Procedure: "1.001193", Case: "normal", Pack: "2026-11-23", Language: "vi"})
	if err != nil {
		d.t.Fatal(err)
	}
	var v draftView
	d.want(200, "POST", "/api/drafts/resume", map[string]string{"slip": draft.Slip.String(), "second": draft.Code6}, &v)
	return v
}

// TestTheDeskAsksForTheSecrecyAnswerItself: no screen can begin, save or file without it.
func TestTheDeskAsksForTheSecrecyAnswerItself(t *testing.T) {
	d := openDesk(t)
	d.visit()
	d.refused(422, "secrecy_unsaid", "POST", "/api/drafts", map[string]any{"procedure": "1.001193", "language": "vi"})
	v := d.unasked()
	if v.Secrecy != "unsaid" {
		t.Fatalf("the screen is not told: %q", v.Secrecy)
	}
	at, pic := "/api/drafts/"+v.ID, photo(t, 1)
	writes := map[string]any{"/fields/child_name": map[string]any{"value": "Én"}, "/applicant": map[string]any{"full_name": "Nguyễn Thị Én"},
		"/submitter": map[string]any{"full_name": "Nguyễn Văn Hai"}, "/components/p1": map[string]any{"state": "missing"},
		"/helper": map[string]any{"person": map[string]any{"full_name": "A"}, "consent": map[string]string{"version": ConsentVersion}}}
	for path, body := range writes {
		d.refused(422, "secrecy_unsaid", "PUT", at+path, body)
	}
	d.refused(422, "secrecy_unsaid", "POST", at+"/submit", submitAsIs())
	for _, path := range []string{"/scans?component=p1&name=a.jpg", "/signature?kind=drawn"} {
		if status, body := d.call("PUT", at+path, pic, "Content-Digest", contentDigestOf(pic)); status != 422 || !bytes.Contains(body, []byte("secrecy_unsaid")) {
			t.Errorf("%s: %d %s", path, status, body)
		}
	}
	d.want(200, "GET", at, nil, nil)
	d.refused(400, "bad_request", "PUT", at+"/secrecy", map[string]any{})
	d.want(200, "PUT", at+"/secrecy", map[string]any{"secret": false}, nil)
	for path, body := range writes {
		d.want(200, "PUT", at+path, body, nil)
	}
	d.want(200, "POST", at+"/submit", submitAsIs(), nil)
}

// Not even a draft that a visit holds by mistake is filed without the answer: the book's word counts.
func TestTheBooksWordCountsWhenADraftIsFiled(t *testing.T) {
	d := openDesk(t)
	d.visit()
	v := d.unasked()
	for _, one := range d.Desk.visits.open {
		delete(one.silent, v.ID)
	}
	d.refused(422, "secrecy_unsaid", "POST", "/api/drafts/"+v.ID+"/submit", submitAsIs())
}

// TestAYesErasesWhatWasWritten: the draft is nobody's, cannot be resumed, and no file has it.
func TestAYesErasesWhatWasWritten(t *testing.T) {
	const canary = "CHIMYENMAT"
	d := openDesk(t)
	d.visit()
	var v draftView
	d.want(200, "POST", "/api/drafts", map[string]any{"procedure": "1.001193", "language": "vi", "secret": false}, &v)
	at, pic := "/api/drafts/"+v.ID, photo(t, 1)
	d.want(200, "PUT", at+"/applicant", map[string]any{"full_name": canary, "phone": "0912345678"}, nil)
	d.want(200, "PUT", at+"/fields/child_name", map[string]any{"value": canary}, nil)
	d.want(200, "PUT", at+"/scans?component=p1&name="+canary+".jpg", pic, nil, "Content-Digest", contentDigestOf(pic))
	d.want(200, "PUT", at+"/secrecy", map[string]any{"secret": true}, nil)
	d.refused(404, "no_draft", "GET", at, nil)
	d.refused(404, "no_draft", "PUT", at+"/secrecy", map[string]any{"secret": false})
	d.refused(404, "not_found", "POST", "/api/drafts/resume", ticket{v.Slip, "5678"})
	err := filepath.WalkDir(filepath.Dir(d.dir), func(path string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		b, err := os.ReadFile(path)
		if bytes.Contains(b, []byte(canary)) || bytes.Contains(b, pic[:64]) {
			t.Errorf("%s holds it", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
