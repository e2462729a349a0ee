package kiosk

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"image"
	"image/color"
	"image/jpeg"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"bendo/internal/calendar"
	"bendo/internal/catalog"
	"bendo/internal/dossier"
	"bendo/internal/ledger"
	"bendo/internal/seal"
	"bendo/syncproto"
)

// desk is a whole office on a real disk, without a line.
type desk struct {
	*Desk
	t     testing.TB
	dir   string
	keys  *seal.Keeper
	book  *ledger.Book
	h     http.Handler
	token string
}

func openDesk(t testing.TB) *desk {
	t.Helper()
	d := &desk{t: t, dir: filepath.Join(t.TempDir(), "office")}
	d.reopen()
	id := ledger.Identity{Device: syncproto.DeviceID{1}, Book: syncproto.BookID{2}, Epoch: 1, Prefix: "00017",
		CommuneCode: "28807", OfficeName: "UBND xã Giao Long", CommuneName: "Xã Giao Long", ProvinceName: "Tỉnh Vĩnh Long",
		Portal: "https://tinh.example:8443", EnrolledAt: 1}
	if err := d.book.SetIdentity(context.Background(), id); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.book.Close() })
	return d
}

// reopen is what a restart of the service does: visits are gone, drafts are not.
func (d *desk) reopen() {
	d.t.Helper()
	if d.book != nil {
		d.book.Close()
	}
	keys, err := seal.LoadOrCreate(seal.Options{DataDir: d.dir})
	if err != nil {
		d.t.Fatal(err)
	}
	book, err := ledger.Open(context.Background(), d.dir, keys, ledger.Options{})
	if err != nil {
		d.t.Fatal(err)
	}
	pack, err := catalog.Embedded()
	if err != nil {
		d.t.Fatal(err)
	}
	key := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	d.keys, d.book = keys, book
	d.Desk = &Desk{Packs: catalog.NewShelf(pack), Calendar: calendar.Builtin(), PublicURL: "https://tinh.example",
		Pages: fstest.MapFS{"kiosk.html": {Data: []byte("kiosk")}, "desk.html": {Data: []byte("desk")}, "assets/a.js": {Data: []byte("js")}},
		Log:   slog.New(slog.NewTextHandler(io.Discard, nil))}
	d.Use(Office{Book: book, Sign: func(q dossier.SlipQR) (string, error) { return dossier.EncodeSlipQR(q, key) }})
	d.h = d.Handler()
	d.token = ""
}

// call sends one request and returns status and body.
func (d *desk) call(method, path string, body any, header ...string) (int, []byte) {
	d.t.Helper()
	var reader io.Reader
	switch b := body.(type) {
	case nil:
	case []byte:
		reader = bytes.NewReader(b)
	default:
		raw, err := json.Marshal(b)
		if err != nil {
			d.t.Fatal(err)
		}
		reader = bytes.NewReader(raw)
	}
	r := httptest.NewRequest(method, path, reader)
	r.Header.Set("X-Visit", d.token)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	d.h.ServeHTTP(w, r)
	return w.Code, w.Body.Bytes()
}

// want calls and decodes, and fails the test on any other status.
func (d *desk) want(status int, method, path string, body, into any, header ...string) {
	d.t.Helper()
	got, answer := d.call(method, path, body, header...)
	if got != status {
		d.t.Fatalf("%s %s: %d, want %d: %s", method, path, got, status, answer)
	}
	if into != nil {
		if err := json.Unmarshal(answer, into); err != nil {
			d.t.Fatalf("%s %s: %v in %s", method, path, err, answer)
		}
	}
}

// found is the dossier of a slip, as the book has it.
func (d *desk) found(slip string) ledger.Found {
	d.t.Helper()
	found, err := d.book.Find(context.Background(), dossier.Slip(strings.ReplaceAll(slip, "-", "")))
	if err != nil {
		d.t.Fatal(err)
	}
	return found
}

// filing is what was filed under a slip.
func (d *desk) filing(slip string) *dossier.SubmittedPayload {
	d.t.Helper()
	filing, err := d.book.Filing(context.Background(), d.found(slip).State.ID)
	if err != nil {
		d.t.Fatal(err)
	}
	return filing
}

func (d *desk) visit() {
	d.t.Helper()
	var v struct{ Token string }
	d.want(200, "POST", "/api/visits", nil, &v)
	d.token = v.Token
}

func photo(t testing.TB, seed int) []byte {
	t.Helper()
	img := image.NewGray(image.Rect(0, 0, 700, 900))
	for y := range 900 {
		for x := range 700 {
			img.SetGray(x, y, color.Gray{Y: byte(200 + (x*y+seed)%50 - 120*((y/9)%2))})
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 60}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func contentDigestOf(data []byte) string {
	sum := sha256.Sum256(data)
	return "sha-256=:" + base64.StdEncoding.EncodeToString(sum[:]) + ":"
}

type prepared struct {
	Procedure, Case string
	Applicant       map[string]any
	Submitter       map[string]any
	Answers         map[string]json.RawMessage
}

func sample(t *testing.T, name string) prepared {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "testdata", "dossiers", name, "dossier.json"))
	if err != nil {
		t.Fatal(err)
	}
	var p prepared
	if err := json.Unmarshal(b, &p); err != nil {
		t.Fatal(err)
	}
	return p
}

// typed goes through the journey up to the read-back and returns the draft's id.
func (d *desk) typed(p prepared) string {
	d.t.Helper()
	var draft draftView
	d.want(200, "POST", "/api/drafts", map[string]any{"procedure": p.Procedure, "case": p.Case, "language": "vi", "secret": false}, &draft)
	at := "/api/drafts/" + draft.ID
	d.want(200, "PUT", at+"/applicant", p.Applicant, nil)
	for field, value := range p.Answers {
		d.want(200, "PUT", at+"/fields/"+url.PathEscape(field), map[string]any{"value": value}, nil)
	}
	return draft.ID
}

const aBirth = "01-1.001193"

type receiptView struct {
	Dossier, Slip string
	PDF           string `json:"slip_pdf"`
	Acks          []ackView
	AnswerBy      int64 `json:"answer_by_ms"`
	ClockDoubt    bool  `json:"clock_doubt"`
}

func (d *desk) filed(p prepared) receiptView {
	d.t.Helper()
	id := d.typed(p)
	pic := photo(d.t, 1)
	at := "/api/drafts/" + id
	d.want(200, "PUT", at+"/scans?component=p1&name=gi%E1%BA%A5y.jpg", pic, nil, "Content-Digest", contentDigestOf(pic))
	d.want(200, "PUT", at+"/signature?kind=paper", nil, nil)
	var r receiptView
	d.want(200, "POST", at+"/submit", map[string]any{"consent": map[string]string{"version": ConsentVersion}, "as_is": true}, &r)
	return r
}

func TestFromTileToSlipAndBack(t *testing.T) {
	d := openDesk(t)
	d.visit()
	p := sample(t, aBirth)
	r := d.filed(p)
	if len(r.Acks) != 4 || !r.Acks[0].Done || r.Acks[1].Done || r.Acks[1].Reason == nil {
		t.Fatalf("acknowledgements %+v: want saved here and nothing else, each with its reason", r.Acks)
	}
	status, pdf := d.call("GET", r.PDF, nil)
	if status != 200 || !bytes.HasPrefix(pdf, []byte("%PDF-")) {
		t.Fatalf("slip: %d, %.20q", status, pdf)
	}
	if status, svg := d.call("GET", "/api/slips/"+r.Slip+"/qr.svg", nil); status != 200 || !bytes.Contains(svg, []byte("<svg")) {
		t.Fatalf("slip code: %d", status)
	}
	id := p.Applicant["citizen_id"].(string)
	d.visit() // another resident's visit
	if status, _ := d.call("GET", r.PDF, nil); status != 404 {
		t.Fatalf("the next visit reads the slip: %d, want 404", status)
	}
	var found trackView
	d.want(200, "POST", "/api/track", map[string]string{"slip": r.Slip, "second": id[len(id)-4:]}, &found)
	if found.Procedure.Code != p.Procedure || len(found.Steps) == 0 || found.Slip != r.Slip {
		t.Fatalf("track: %+v", found)
	}
}

func TestSubmittingTwiceGivesOneSlip(t *testing.T) {
	d := openDesk(t)
	d.visit()
	id := d.typed(sample(t, aBirth))
	consent := map[string]any{"consent": map[string]string{"version": ConsentVersion}, "as_is": true}
	var first, second receiptView
	d.want(200, "POST", "/api/drafts/"+id+"/submit", consent, &first)
	d.want(200, "POST", "/api/drafts/"+id+"/submit", consent, &second) // the first answer was lost
	if first.Slip != second.Slip || first.Dossier != second.Dossier {
		t.Fatalf("two slips: %s and %s", first.Slip, second.Slip)
	}
	var box struct{ Dossiers []outboxRow }
	d.want(200, "GET", "/api/outbox", nil, &box)
	if len(box.Dossiers) != 1 {
		t.Fatalf("%d dossiers in the outbox, want 1", len(box.Dossiers))
	}
}

func TestWhatWasSavedSurvivesARestart(t *testing.T) {
	d := openDesk(t)
	d.visit()
	p := sample(t, aBirth)
	id := d.typed(p)
	d.reopen()
	d.visit()
	if status, _ := d.call("GET", "/api/drafts/"+id, nil); status != 404 {
		t.Fatalf("a new visit reads another one's draft: %d, want 404", status)
	}
	parsed, err := syncproto.ParseDossierID(id)
	if err != nil {
		t.Fatal(err)
	}
	draft, err := d.book.Draft(context.Background(), parsed)
	if err != nil {
		t.Fatal(err)
	}
	for field, value := range p.Answers {
		if got := draft.Answers[field].Value; !sameJSON(t, got, value) {
			t.Errorf("%s is %s after the restart, was %s", field, got, value)
		}
	}
}

func sameJSON(t *testing.T, a, b []byte) bool {
	t.Helper()
	var x, y any
	if json.Unmarshal(a, &x) != nil || json.Unmarshal(b, &y) != nil {
		return false
	}
	ax, _ := json.Marshal(x)
	by, _ := json.Marshal(y)
	return bytes.Equal(ax, by)
}

func TestEverythingWrongIsListedAtOnce(t *testing.T) {
	d := openDesk(t)
	d.visit()
	var draft draftView
	d.want(200, "POST", "/api/drafts", map[string]any{"procedure": "1.001193", "secret": false}, &draft)
	at := "/api/drafts/" + draft.ID
	d.want(200, "PUT", at+"/applicant", map[string]string{"full_name": "", "phone": "12", "citizen_id": "1"}, nil)
	var j struct{ Problems []problemView }
	d.want(200, "POST", at+"/judge", nil, &j)
	seen := map[string]bool{}
	for _, p := range j.Problems {
		seen[p.Where+" "+p.Field+p.Component] = true
		if p.Message.VI == "" || p.Message.EN == "" || p.Code == "" {
			t.Errorf("a problem without words: %+v", p)
		}
	}
	for _, want := range []string{"answers child_name", "applicant full_name", "applicant phone", "applicant citizen_id", "papers p1", "signature "} {
		if !seen[want] {
			t.Errorf("the list lacks %q", want)
		}
	}
	status, body := d.call("POST", at+"/submit", map[string]any{"consent": map[string]string{"version": ConsentVersion}})
	if status != 422 || !bytes.Contains(body, []byte("problems_left")) {
		t.Fatalf("submit with problems: %d %s", status, body)
	}
}

func TestRefusals(t *testing.T) {
	d := openDesk(t)
	if status, body := d.call("POST", "/api/drafts", map[string]any{"procedure": "1.001193", "secret": false}); status != 401 || !bytes.Contains(body, []byte("no_visit")) {
		t.Fatalf("without a visit: %d %s", status, body)
	}
	d.visit()
	var draft draftView
	d.want(200, "POST", "/api/drafts", map[string]any{"procedure": "1.001193", "secret": false}, &draft)
	at := "/api/drafts/" + draft.ID
	pic := photo(t, 2)
	for _, c := range []struct {
		name, method, path string
		body               any
		digest             string
		status             int
		code               string
	}{
		{"unknown procedure", "POST", "/api/drafts", map[string]any{"procedure": "9.999999", "secret": false}, "", 404, "unknown_procedure"},
		{"a state secret", "POST", "/api/drafts", map[string]any{"procedure": "1.001193", "secret": true}, "", 422, "state_secret"},
		{"unknown key", "POST", "/api/drafts", map[string]any{"procedure": "1.001193", "x": 1}, "", 400, "bad_request"},
		{"no consent", "POST", at + "/submit", map[string]any{}, "", 422, "consent_missing"},
		{"another's draft", "GET", "/api/drafts/0193f000-0000-7000-8000-000000000001", nil, "", 404, "no_draft"},
		{"a broken upload", "PUT", at + "/scans?component=p1", pic, contentDigestOf(pic[:10]), 422, "digest_mismatch"},
		{"an upload without digest", "PUT", at + "/scans?component=p1", pic, "", 400, "bad_request"},
		{"a program as a scan", "PUT", at + "/scans?component=p1", []byte("MZ not a picture"), contentDigestOf([]byte("MZ not a picture")), 422, "scan_unknown_kind"},
		{"half a number", "POST", "/api/track", map[string]string{"slip": "123", "second": "0000"}, "", 404, "not_found"},
		{"not a card", "POST", "/api/card", map[string]string{"raw": "hello"}, "", 422, "card_not_a_card"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var header []string
			if c.digest != "" {
				header = []string{"Content-Digest", c.digest}
			}
			status, body := d.call(c.method, c.path, c.body, header...)
			var p struct {
				Error struct {
					Code          string
					Message, Next Text
				}
			}
			if err := json.Unmarshal(body, &p); err != nil {
				t.Fatalf("%d %s", status, body)
			}
			if status != c.status || p.Error.Code != c.code {
				t.Fatalf("%d %s, want %d %s", status, p.Error.Code, c.status, c.code)
			}
			if p.Error.Message.VI == "" || p.Error.Message.EN == "" || p.Error.Next.VI == "" {
				t.Fatalf("%s does not say what to do: %s", c.code, body)
			}
		})
	}
}

func TestWrongSecondFactsAreLimited(t *testing.T) {
	d := openDesk(t)
	d.visit()
	r := d.filed(sample(t, aBirth))
	for i := range 5 {
		if status, _ := d.call("POST", "/api/track", map[string]string{"slip": r.Slip, "second": "0000"}); status != 404 {
			t.Fatalf("wrong try %d: %d, want 404", i+1, status)
		}
	}
	d.visit()
	if status, _ := d.call("POST", "/api/track", map[string]string{"slip": r.Slip, "second": "0000"}); status != 429 {
		t.Fatalf("the sixth wrong try in another visit: %d, want 429", status)
	}
}

// TestADossierCarriesWhatTheFormSays: the machine's values are in, answers nobody was asked are out.
func TestADossierCarriesWhatTheFormSays(t *testing.T) {
	d := openDesk(t)
	d.visit()
	p := sample(t, "06-2.000815") // certified copies: the fee is computed
	p.Answers["no_such_question"] = json.RawMessage(`"x"`)
	r := d.filed(p)
	id, err := syncproto.ParseDossierID(r.Dossier)
	if err != nil {
		t.Fatal(err)
	}
	filing, err := d.book.Filing(context.Background(), id)
	if err != nil {
		t.Fatal(err)
	}
	var answers map[string]any
	if err := json.Unmarshal(filing.Answers, &answers); err != nil {
		t.Fatal(err)
	}
	if _, there := answers["no_such_question"]; there {
		t.Error("an answer nobody was asked was filed")
	}
	pack, err := catalog.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	f, _ := pack.Form("2.000815")
	derived := 0
	for _, field := range f.Fields {
		if field.Derive != "" && answers[field.ID] != nil {
			derived++
		}
	}
	if derived == 0 {
		t.Error("no computed value was filed")
	}
}

func TestPagesAndAddresses(t *testing.T) {
	d := openDesk(t)
	for path, want := range map[string]string{"/": "kiosk", "/desk": "desk", "/desk/": "desk", "/thu-tuc": "kiosk", "/assets/a.js": "js"} {
		if status, body := d.call("GET", path, nil); status != 200 || string(body) != want {
			t.Errorf("%s: %d %q, want %q", path, status, body, want)
		}
	}
	for _, path := range []string{"/assets/none.js", "/api/none"} {
		if status, _ := d.call("GET", path, nil); status != 404 {
			t.Errorf("%s: %d, want 404", path, status)
		}
	}
}

// TestNothingReadableOnTheDisk plants canaries in every input of the journey and looks for them
// in every file of the data directory.
func TestNothingReadableOnTheDisk(t *testing.T) {
	d := openDesk(t)
	d.visit()
	p := sample(t, aBirth)
	const name, address, answer = "HOÀNG CANARY THỊ MỘT", "Ấp Canary Hai", "CANARYBA"
	p.Applicant["full_name"], p.Applicant["address"] = name, address
	p.Answers["birth_facility"] = json.RawMessage(`"` + answer + `"`)
	r := d.filed(p)
	d.want(200, "POST", "/api/track", map[string]string{"slip": r.Slip, "second": p.Applicant["citizen_id"].(string)[8:]}, nil)
	needles := []string{name, address, answer, p.Applicant["citizen_id"].(string), p.Applicant["phone"].(string), string(photo(t, 1)[200:240])}
	files := 0
	err := filepath.WalkDir(filepath.Dir(d.dir), func(path string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		files++
		b, err := os.ReadFile(path)
		for _, n := range needles {
			if bytes.Contains(b, []byte(n)) {
				t.Errorf("%s holds %q in the clear", filepath.Base(path), n)
			}
		}
		return err
	})
	if err != nil || files < 3 {
		t.Fatalf("%d files looked at, %v", files, err)
	}
	if strings.Contains(string(mustRead(t, filepath.Join(d.dir, "book.db"))), r.Slip) {
		t.Log("the slip number is in the clear, as designed")
	}
}

func mustRead(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
