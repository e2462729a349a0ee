package kiosk

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"bendo/internal/form"
	"bendo/internal/ledger"
	"bendo/syncproto"
)

// refused calls and wants a refusal with this code and words for people.
func (d *desk) refused(status int, code, method, path string, body any, header ...string) {
	d.t.Helper()
	got, answer := d.call(method, path, body, header...)
	var p struct {
		Error struct {
			Code    string
			Message Text
			Next    Text
		}
	}
	if err := json.Unmarshal(answer, &p); err != nil || got != status || p.Error.Code != code || p.Error.Message.VI == "" || p.Error.Next.VI == "" {
		d.t.Fatalf("%s %s: %d %.300s, want %d %s", method, path, got, answer, status, code)
	}
}

func submitAsIs() map[string]any {
	return map[string]any{"consent": map[string]string{"version": ConsentVersion}, "as_is": true}
}

// TestWhatTheRoadCannotCarryIsRefusedBeforeFiling: one event has 96 KiB of payload. A dossier
// beyond that keeps its draft, is named in the list of what to mend, and gets no slip.
func TestWhatTheRoadCannotCarryIsRefusedBeforeFiling(t *testing.T) {
	d := openDesk(t)
	d.visit()
	id := d.typed(sample(t, aBirth))
	at := "/api/drafts/" + id
	f, _ := d.Packs.Get(d.Packs.Current(time.Now()).Version)
	birth, _ := f.Form("1.001193")
	long := json.RawMessage(`"` + strings.Repeat("dài ", 3000) + `"`)
	n := 0
	var v draftView
	d.want(200, "GET", at, nil, &v)
	for _, field := range birth.Fields {
		if field.Type != form.TypeText || n == 8 || !slices.Contains(v.Visible, field.ID) {
			continue
		}
		n++
		d.want(200, "PUT", at+"/fields/"+url.PathEscape(field.ID), map[string]any{"value": long}, nil)
	}
	var j struct{ Problems []problemView }
	d.want(200, "POST", at+"/judge", nil, &j)
	if !containsCode(j.Problems, "too_much_text") {
		t.Errorf("%d long answers: the list of what to mend does not say too_much_text", n)
	}
	d.refused(422, "too_much_text", "POST", at+"/submit", submitAsIs())
	var box struct{ Dossiers []outboxRow }
	d.want(200, "GET", "/api/outbox", nil, &box)
	if len(box.Dossiers) != 0 {
		t.Fatal("a dossier that nothing can carry lies in the outbox")
	}
	d.want(200, "GET", at, nil, nil) // the draft is still there
}

func containsCode(list []problemView, code string) bool {
	for _, p := range list {
		if p.Code == code {
			return true
		}
	}
	return false
}

// TestNoAnswerPoisonsItsDraft saves what a screen never sends: whatever is accepted can be read
// back, judged and filed; the rest is refused at once.
func TestNoAnswerPoisonsItsDraft(t *testing.T) {
	deep := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	for name, value := range map[string]string{
		"beyond float64": "1e999", "beyond int64": "123456789012345678901234567890", "deep": deep(60), "very deep": deep(9000),
		"same member twice": `[{"a":1,"a":2,"A":3}]`, "bad UTF-8": "\"a\xff\xfeb\"", "half a surrogate": `"\ud800"`,
		"control": `"a\u0000b"`, "bidi": `"a\u202eb"`, "picture": `"😀"`, "object": `{"x":{"y":1}}`,
	} {
		t.Run(name, func(t *testing.T) {
			d := openDesk(t)
			d.visit()
			id := d.typed(sample(t, aBirth))
			at := "/api/drafts/" + id
			status, answer := d.call("PUT", at+"/fields/child_name", []byte(`{"value":`+value+`}`))
			if status != 200 && status != 400 && status != 422 {
				t.Fatalf("saving: %d %.200s", status, answer)
			}
			d.want(200, "GET", at, nil, nil)
			d.want(200, "POST", at+"/judge", nil, nil)
			d.want(200, "POST", at+"/submit", submitAsIs(), nil)
		})
	}
}

// TestNoParticularsStopASlip files persons no judge would pass; the officer sees them.
func TestNoParticularsStopASlip(t *testing.T) {
	for name, person := range map[string]string{
		"picture": `{"full_name":"Nguyễn 😀"}`, "bad UTF-8": "{\"full_name\":\"a\xff\"}", "decomposed": `{"full_name":"Nguye\u0302\u0303n Van"}`,
		"control": `{"full_name":"a\u0000b","address":"x\u0007"}`, "all wrong": `{"citizen_id":"x","birth_date":"9999","sex":"?","phone":"--","evidence":"gold"}`,
	} {
		t.Run(name, func(t *testing.T) {
			d := openDesk(t)
			d.visit()
			id := d.typed(sample(t, aBirth))
			at := "/api/drafts/" + id
			if status, answer := d.call("PUT", at+"/applicant", []byte(person)); status != 200 && status != 400 {
				t.Fatalf("saving: %d %.200s", status, answer)
			}
			var r receiptView
			d.want(200, "POST", at+"/submit", submitAsIs(), &r)
			d.want(200, "GET", r.PDF, nil, nil)
		})
	}
}

// TestPapersThatCannotBeFiledAreRefusedWhenNamed: a state, a count or a paper's id that would
// stop the filing later is refused where it is said.
func TestPapersThatCannotBeFiledAreRefusedWhenNamed(t *testing.T) {
	d := openDesk(t)
	d.visit()
	id := d.typed(sample(t, aBirth))
	at := "/api/drafts/" + id
	pic := photo(t, 7)
	digest := []string{"Content-Digest", contentDigestOf(pic)}
	for _, body := range []map[string]any{{"state": "gone"}, {"state": "provided", "copies": -1}, {"state": "provided", "originals": 1 << 40}} {
		d.refused(400, "bad_request", "PUT", at+"/components/p1", body)
	}
	for _, component := range []string{strings.Repeat("p", 300), "_signature", "a\x00b", "p1/../p2"} {
		d.refused(400, "bad_request", "PUT", at+"/scans?component="+url.QueryEscape(component)+"&name=x.jpg", pic, digest...)
		d.refused(400, "bad_request", "PUT", at+"/components/"+url.PathEscape(component), map[string]any{"state": "missing"})
	}
	d.refused(400, "bad_request", "PUT", at+"/signature?kind=stamp", pic, digest...)
	pdf := []byte("%PDF-1.7\n%%EOF")
	d.refused(422, "scan_refused", "PUT", at+"/signature?kind=drawn", pdf, "Content-Digest", contentDigestOf(pdf))
	name := url.QueryEscape("Nguye\u0302\u0303n/" + strings.Repeat("e\u0301", 300) + "\x07.jpg")
	var s scanView
	d.want(200, "PUT", at+"/scans?component=p1&name="+name, pic, &s, digest...)
	if len(s.Name) > 200 || strings.Contains(s.Name, "\u0301") || strings.Contains(s.Name, "\x07") {
		t.Errorf("the file's name came in as %q", s.Name)
	}
	d.want(200, "POST", at+"/submit", submitAsIs(), nil)
}

// TestMoreScansThanAnEventHolds says so, in words, and leaves what is there.
func TestMoreScansThanAnEventHolds(t *testing.T) {
	d := openDesk(t)
	d.visit()
	id := d.typed(sample(t, aBirth))
	at := "/api/drafts/" + id
	for i := range 128 {
		pdf := fmt.Appendf(nil, "%%PDF-1.7\n%d\n%%%%EOF", i)
		d.want(200, "PUT", at+"/scans?component=p1", pdf, nil, "Content-Digest", contentDigestOf(pdf))
	}
	pdf := []byte("%PDF-1.7\none more\n%%EOF")
	d.refused(422, "too_many_files", "PUT", at+"/scans?component=p1", pdf, "Content-Digest", contentDigestOf(pdf))
	d.want(200, "POST", at+"/submit", submitAsIs(), nil)
}

// TestADraftOfNoCaseIsNotBegun: a case the form does not have would leave a draft nobody can read.
func TestADraftOfNoCaseIsNotBegun(t *testing.T) {
	d := openDesk(t)
	d.visit()
	d.refused(400, "bad_request", "POST", "/api/drafts", map[string]any{"procedure": "1.001193", "case": "none", "secret": false})
	var v draftView
	d.want(200, "POST", "/api/drafts", map[string]any{"procedure": "1.001193", "language": strings.Repeat("x", 500), "secret": false}, &v)
	d.want(200, "POST", "/api/drafts/"+v.ID+"/submit", submitAsIs(), nil)
}

// TestABadFolderDoesNotStopTheBatch: folders no event can hold, or that are not text, are
// problems of their own.
func TestABadFolderDoesNotStopTheBatch(t *testing.T) {
	d := openDesk(t)
	with := func(reference, rest string) string {
		return `{"reference":"` + reference + `","procedure":"1.001193","applicant":{"full_name":"A B"}` + rest + `}`
	}
	dir := folder(t, map[string]map[string]string{
		"1-big":   {"dossier.json": with("big", `,"note":"`+strings.Repeat("x", 120<<10)+`"`)},
		"2-bytes": {"dossier.json": with("bytes", `,"answers":{"child_name":"`+"\xff"+`"}`)},
		"3-deep":  {"dossier.json": with("deep", `,"answers":{"child_name":`+strings.Repeat("[", 90)+strings.Repeat("]", 90)+`}`)},
		"4-twice": {"dossier.json": with("twice", `,"answers":{"child_name":"a","child_name":"b"}`)},
		"5-huge":  {"dossier.json": with("huge", `,"answers":{"x":1e999}`)},
		"6-nfd":   {"dossier.json": with("nfd", `,"answers":{"child_name":"Nguye\u0302\u0303n","birth_facility":"e\u0301"}`)},
		"9-good":  {"dossier.json": with("good", "")},
	})
	report := fileAll(t, d, dir, false)
	filed, codes := map[string]string{}, map[string]string{}
	for _, f := range report.Filed {
		filed[f.Reference] = f.Slip
	}
	for _, p := range report.Problems {
		codes[p.Folder] = p.Code
	}
	if filed["good"] == "" || filed["nfd"] == "" {
		t.Errorf("filed %v; problems %+v", filed, report.Problems)
	}
	for sub, want := range map[string]string{"1-big": "too_large", "2-bytes": "unreadable_json", "3-deep": "unreadable_json", "5-huge": "unreadable_json", "4-twice": "unreadable_json"} {
		if codes[sub] != want {
			t.Errorf("%s: %q, want %q", sub, codes[sub], want)
		}
	}
	for _, row := range must(d.book.Outbox(t.Context(), ledger.OutboxQuery{}))(t) {
		p := must(d.book.Filing(t.Context(), row.Dossier))(t)
		if bytes.Contains(p.Answers, []byte(`\u03`)) || bytes.Contains(p.Answers, []byte("\u0302")) {
			t.Errorf("a dossier carries decomposed letters: %s", p.Answers)
		}
	}
}

func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// TestAFileThatChangesWhileItIsFiledIsNotFiled: what is stored unchanged is read twice.
func TestAFileThatChangesWhileItIsFiledIsNotFiled(t *testing.T) {
	dir := folder(t, map[string]map[string]string{"x": {"a.pdf": "%PDF-1.7 one %%EOF"}})
	root := must(os.OpenRoot(filepath.Join(dir, "x")))(t)
	defer root.Close()
	for _, asIs := range []bool{true, false} {
		if err := root.WriteFile("a.pdf", []byte("%PDF-1.7 one %%EOF"), 0o600); err != nil {
			t.Fatal(err)
		}
		a, _, err := readAttachment(root, PreparedScan{File: "a.pdf"}, asIs)
		if err != nil {
			t.Fatal(err)
		}
		if r, err := a.Open(); err != nil || string(must(io.ReadAll(r))(t)) != "%PDF-1.7 one %%EOF" {
			t.Fatal(err)
		}
		if err := root.WriteFile("a.pdf", []byte("%PDF-1.7 two %%EOF"), 0o600); err != nil {
			t.Fatal(err)
		}
		var p *FolderProblem
		if _, err := a.Open(); !errors.As(err, &p) || p.Code != "changed" {
			t.Errorf("as is %v: %v, want changed", asIs, err)
		}
	}
	if _, _, err := readAttachments(root, make([]PreparedScan, 129), true); err == nil {
		t.Error("129 attachments were taken")
	}
}

// TestTheOutboxShowsWhatWaits: with more done than a page holds, the waiting ones are there.
func TestTheOutboxShowsWhatWaits(t *testing.T) {
	book := &pagedBook{}
	d := &Desk{}
	d.Use(Office{Book: book})
	now := time.Now()
	book.add(now.Add(-30*24*time.Hour), 600, false)
	book.add(now.Add(-time.Hour), 3, false)
	book.add(now.Add(-time.Minute), 4, true)
	rows := must(d.outboxRows(t.Context(), now))(t)
	if len(rows) != 7 {
		t.Fatalf("%d rows, want 4 that wait and 3 of this week", len(rows))
	}
	for i, row := range rows {
		if row.Acks[2].Done == (i < 4) {
			t.Errorf("row %d: done %v", i, row.Acks[2].Done)
		}
	}
}

// pagedBook answers Outbox as the ledger does: the oldest first, a page at a time.
type pagedBook struct {
	Book
	rows []ledger.OutboxRow
}

func (b *pagedBook) add(at time.Time, n int, waiting bool) {
	for range n {
		row := ledger.OutboxRow{SavedAt: at.UnixMilli(), Event: syncproto.EventID{byte(len(b.rows)), byte(len(b.rows) >> 8)}}
		row.Acks[2].Done = !waiting
		b.rows = append(b.rows, row)
	}
}

func (b *pagedBook) Outbox(_ context.Context, q ledger.OutboxQuery) (out []ledger.OutboxRow, err error) {
	for _, row := range b.rows {
		if len(out) < q.Limit && row.SavedAt > q.AfterTime && (!q.WaitingOnly || !row.Acks[2].Done) {
			out = append(out, row)
		}
	}
	return out, nil
}

// shortBook is a book on a disk with little room.
type shortBook struct {
	*ledger.Book
	room int64
}

func (b shortBook) Room() (int64, error) { return b.room, nil }

// TestAFullDiskRefusesBeforeTheResidentStarts: nothing is begun or added when there is no room
// for it; what was begun is still filed.
func TestAFullDiskRefusesBeforeTheResidentStarts(t *testing.T) {
	d := openDesk(t)
	d.visit()
	id := d.typed(sample(t, aBirth))
	d.Use(Office{Book: shortBook{d.book, roomToAdd}})
	d.refused(507, "disk_full", "POST", "/api/drafts", map[string]any{"procedure": "1.001193", "secret": false})
	pic := photo(t, 3)
	d.refused(507, "disk_full", "PUT", "/api/drafts/"+id+"/scans?component=p1", pic, "Content-Digest", contentDigestOf(pic))
	dir := folder(t, map[string]map[string]string{"x": {"dossier.json": plainDossier}})
	if report, err := d.FileFolder(t.Context(), dir, false); err == nil || len(report.Filed) > 0 {
		t.Errorf("a batch was filed on a full disk: %+v", report)
	}
	d.want(200, "POST", "/api/drafts/"+id+"/submit", submitAsIs(), nil)
}
