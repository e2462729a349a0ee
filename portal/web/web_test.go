package web_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"bendo/internal/dossier"
	"bendo/portal/casework"
	"bendo/portal/intake/intaketest"
	"bendo/portal/store"
	"bendo/portal/store/storetest"
	"bendo/portal/web"
	"bendo/syncproto"
)

func TestMain(m *testing.M) { os.Exit(storetest.Run(m)) }

const (
	commune  = "28807"
	other    = "28810"
	password = "mật khẩu đủ dài"
)

type rig struct {
	*intaketest.Province
	server *httptest.Server
	shift  *atomic.Int64
}

func newRig(t *testing.T, o store.Options) *rig {
	t.Helper()
	var shift atomic.Int64
	o.Now = func() time.Time { return time.Now().Add(time.Duration(shift.Load())) }
	province := intaketest.NewProvince(t, o)
	work := casework.New(province.DB, casework.Options{Ring: province.Portal.Ring})
	handler, err := web.New(web.Options{DB: province.DB, Work: work, Log: intaketest.Quiet()})
	intaketest.Check(t, err)
	r := &rig{Province: province, server: httptest.NewServer(handler), shift: &shift}
	t.Cleanup(r.server.Close)
	hash, err := web.HashPassword(password)
	intaketest.Check(t, err)
	intaketest.Check(t, province.DB.Write(context.Background(), func(tx *store.Tx) error {
		for _, u := range []store.User{{Name: "lan", Office: commune, Role: store.Officer}, {Name: "hoa", Office: commune, Role: store.Officer},
			{Name: "minh", Office: other, Role: store.Officer}, {Name: "sep", Office: commune, Role: store.Leader}} {
			u.Hash = hash
			if err := tx.AddUser(u); err != nil {
				return err
			}
		}
		return nil
	}))
	return r
}

// browser is one person at one machine.
type browser struct {
	t      *testing.T
	r      *rig
	client *http.Client
}

func (r *rig) browser(t *testing.T) *browser {
	jar, _ := cookiejar.New(nil)
	return &browser{t, r, &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

func (r *rig) signedIn(t *testing.T, name string) *browser {
	t.Helper()
	b := r.browser(t)
	if status, body := b.post("/api/session", map[string]any{"user": name, "password": password}); status != 200 {
		t.Fatalf("signing in: %d %s", status, body)
	}
	return b
}

func (b *browser) post(path string, body any) (int, []byte) {
	b.t.Helper()
	raw, err := json.Marshal(body)
	intaketest.Check(b.t, err)
	req, err := http.NewRequest("POST", b.r.server.URL+path, bytes.NewReader(raw))
	intaketest.Check(b.t, err)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	return b.do(req)
}

func (b *browser) get(path string) (int, []byte) {
	b.t.Helper()
	req, err := http.NewRequest("GET", b.r.server.URL+path, nil)
	intaketest.Check(b.t, err)
	return b.do(req)
}

func (b *browser) do(req *http.Request) (int, []byte) {
	b.t.Helper()
	resp, err := b.client.Do(req)
	intaketest.Check(b.t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	intaketest.Check(b.t, err)
	return resp.StatusCode, body
}

// detail is what the tests read of a dossier's page.
type detail struct {
	ID           string `json:"id"`
	OfficialCode string `json:"official_code"`
	Revision     int64  `json:"revision"`
	State        struct {
		Code     string
		National int
	}
	DueAt       int64    `json:"due_at"`
	DueCalendar string   `json:"due_calendar"`
	Legal       []string `json:"legal"`
	Supplement  *struct{ N int }
	Requests    []struct{ Event, Type string }
	Journal     []struct{ Type string }
	Complete    bool
	Applicant   struct {
		FullName string `json:"full_name"`
	}
	Answers []struct {
		Fields []struct {
			ID    string
			Value string `json:"value_text"`
		}
	}
	Components []struct {
		ID    string
		Scans []struct {
			SHA256   string
			Complete bool
		}
	}
}

func (b *browser) step(id syncproto.DossierID, path string, body map[string]any) detail {
	b.t.Helper()
	status, raw := b.post("/api/dossiers/"+id.String()+"/"+path, body)
	if status != 200 {
		b.t.Fatalf("%s: %d %s", path, status, raw)
	}
	var d detail
	intaketest.Check(b.t, json.Unmarshal(raw, &d))
	return d
}

var jpeg = append([]byte("\xff\xd8\xff\xe0\x00\x10JFIF\x00"), bytes.Repeat([]byte{7}, 50_000)...)

func TestWholeRoadOfADossier(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		r := newRig(t, o)
		office := r.Enrol(t, commune, "xã Giao Long")
		f := office.File(t, [][]byte{jpeg}, func(p *dossier.SubmittedPayload) {
			p.Answers = []byte(`{"something_unknown":"giá trị cũ","flag":true}`)
		})
		office.Drain(t)
		lan := r.signedIn(t, "lan")

		status, raw := lan.get("/api/inbox?q=nguyen+thi+yen")
		if status != 200 || !strings.Contains(string(raw), f.Payload.Slip.String()) {
			t.Fatalf("inbox: %d %s", status, raw)
		}
		if _, raw := lan.get("/api/inbox?q=khong+co+ai"); strings.Contains(string(raw), f.Payload.Slip.String()) {
			t.Error("the search finds what it should not")
		}
		var d detail
		status, raw = lan.get("/api/dossiers/" + f.ID.String())
		intaketest.Check(t, json.Unmarshal(raw, &d))
		if status != 200 || d.Applicant.FullName != "Nguyễn Thị Yến" || !d.Complete || !contains(d.Legal, dossier.TakenIn) || len(d.Components[0].Scans) != 1 {
			t.Fatalf("detail: %d %s", status, raw)
		}
		if !strings.Contains(string(raw), "giá trị cũ") {
			t.Error("an answer the form does not know is hidden from the officer")
		}

		d = lan.step(f.ID, "supplement", map[string]any{"reasons": []map[string]string{{"component": "tk", "code": "unreadable", "text": "ảnh mờ"}, {"code": "missing", "text": "thiếu giấy chứng sinh"}}, "text": "mời bổ sung"})
		if d.Supplement == nil || d.Supplement.N != 1 || d.State.National != 5 {
			t.Fatalf("after asking: %+v", d)
		}
		events := feedEvents(t, office.Drain(t))
		if len(events) != 1 || events[0].Header.Type != dossier.SupplementRequested || events[0].Header.Version != 2 {
			t.Fatalf("the commune's feed: %+v", events)
		}

		state := fold(t, f, events)
		meta := office.Meta(t)
		supplement, err := dossier.Supplement(state, dossier.SupplementProvidedPayload{N: 1, Components: []dossier.Component{{ID: "tk", State: dossier.Provided, Originals: 1}}}, meta)
		intaketest.Check(t, err)
		office.Push(t, supplement)
		_, raw = lan.get("/api/dossiers/" + f.ID.String())
		intaketest.Check(t, json.Unmarshal(raw, &d))
		if len(d.Requests) != 1 || d.Requests[0].Event != meta.Event.String() {
			t.Fatalf("requests: %s", raw)
		}
		d = lan.step(f.ID, "answer", map[string]any{"event": meta.Event, "accept": true})
		d = lan.step(f.ID, "take-in", map[string]any{"official_code": "H61.28807-261122-0001", "revision": d.Revision})
		if d.OfficialCode != "H61.28807-261122-0001" || d.State.National != 2 {
			t.Fatalf("after taking in: %+v", d)
		}
		d = lan.step(f.ID, "decide", map[string]any{"outcome": "granted"})
		d = lan.step(f.ID, "result-ready", map[string]any{"where": "bộ phận một cửa xã Giao Long"})
		d = lan.step(f.ID, "returned", map[string]any{})
		if d.State.National != 10 {
			t.Fatalf("at the end: %+v", d.State)
		}
		got := feedEvents(t, office.Drain(t))
		types := []string{}
		for _, e := range got {
			types = append(types, e.Header.Type)
		}
		if fmt.Sprint(types) != "[accepted taken_in decided result_ready returned]" {
			t.Errorf("feed %v", types)
		}
	})
}

func contains(list []string, s string) bool {
	for _, one := range list {
		if one == s {
			return true
		}
	}
	return false
}

func feedEvents(t *testing.T, items []syncproto.FeedItem) []syncproto.Event {
	var found []syncproto.Event
	for _, item := range items {
		if item.Kind == syncproto.FeedEvent {
			e, err := syncproto.DecodeEvent(item.Body)
			intaketest.Check(t, err)
			found = append(found, e)
		}
	}
	return found
}

func fold(t *testing.T, f intaketest.Filing, more []syncproto.Event) dossier.State {
	entries := []dossier.Entry{{Event: f.Event, Author: "book:00000000-0000-4000-8000-000000000001", ReceivedAt: 1}}
	for _, e := range more {
		entries = append(entries, dossier.Entry{Event: e, Author: dossier.Province, ReceivedAt: 2})
	}
	return dossier.Fold(entries)
}

func TestAnotherOfficeSeesNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		r := newRig(t, o)
		f := r.Enrol(t, commune, "xã Giao Long").File(t, [][]byte{jpeg}, nil)
		sum := sha256.Sum256(jpeg)
		scan := fmt.Sprintf("/api/dossiers/%s/scans/%x", f.ID, sum)
		lan, minh := r.signedIn(t, "lan"), r.signedIn(t, "minh")
		for _, path := range []string{"/api/dossiers/" + f.ID.String(), scan} {
			if status, _ := lan.get(path); status != 200 {
				t.Errorf("own office %s: %d", path, status)
			}
			if status, _ := minh.get(path); status != 404 {
				t.Errorf("another office %s: %d", path, status)
			}
			if status, _ := r.browser(t).get(path); status != 401 {
				t.Errorf("nobody %s: %d", path, status)
			}
		}
		for _, step := range []string{"take-in", "refuse", "decide", "supplement", "answer", "result-ready", "returned"} {
			body := map[string]any{"reason": "x", "event": f.Event.Header.ID, "outcome": "granted", "reasons": []map[string]string{{"code": "missing"}}}
			if status, _ := minh.post("/api/dossiers/"+f.ID.String()+"/"+step, body); status != 404 {
				t.Errorf("another office %s: %d", step, status)
			}
		}
		intaketest.Check(t, r.DB.Read(context.Background(), func(tx *store.Tx) error {
			lines, err := tx.Journal(commune)
			acts := []string{}
			for _, l := range lines {
				acts = append(acts, l.Who+" "+l.Act)
			}
			if fmt.Sprint(acts) != "[lan signed_in lan viewed lan viewed_scan]" {
				t.Errorf("journal %v", acts)
			}
			return err
		}))
		if _, raw := minh.get("/api/inbox"); strings.Contains(string(raw), f.ID.String()) {
			t.Error("another office's inbox lists it")
		}
		if status, _ := r.signedIn(t, "sep").post("/api/dossiers/"+f.ID.String()+"/take-in", map[string]any{}); status != 403 {
			t.Errorf("a leader took a dossier in: %d", status)
		}
	})
}

func TestTwoOfficersAtOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		r := newRig(t, o)
		office := r.Enrol(t, commune, "xã Giao Long")
		f := office.File(t, nil, nil)
		office.Drain(t)
		people := []*browser{r.signedIn(t, "lan"), r.signedIn(t, "hoa")}
		var wait sync.WaitGroup
		var won, told atomic.Int32
		for _, b := range people {
			wait.Go(func() {
				switch status, raw := b.post("/api/dossiers/"+f.ID.String()+"/take-in", map[string]any{}); status {
				case 200:
					won.Add(1)
				case 409:
					told.Add(1)
				default:
					t.Errorf("%d %s", status, raw)
				}
			})
		}
		wait.Wait()
		if won.Load() != 1 || told.Load() != 1 {
			t.Errorf("%d took it in, %d were told", won.Load(), told.Load())
		}
		if events := feedEvents(t, office.Drain(t)); len(events) != 1 {
			t.Errorf("%d entries in the feed", len(events))
		}
		if status, raw := people[0].post("/api/dossiers/"+f.ID.String()+"/decide", map[string]any{"outcome": "granted", "revision": 1}); status != 409 || !strings.Contains(string(raw), `"changed"`) {
			t.Errorf("an old revision: %d %s", status, raw)
		}
	})
}

func TestDueDateIsKeptWithItsCalendar(t *testing.T) {
	r := newRig(t, store.Options{Dir: t.TempDir(), Blobs: t.TempDir(), Keeper: storetest.Keeper(t)})
	office := r.Enrol(t, commune, "xã Giao Long")
	lan := r.signedIn(t, "lan")
	stated := office.File(t, nil, nil) // khai sinh: in the day
	if d := lan.step(stated.ID, "take-in", map[string]any{}); d.DueAt <= time.Now().UnixMilli() || d.DueCalendar == "" {
		t.Errorf("due %d by %q", d.DueAt, d.DueCalendar)
	}
	unknown := office.File(t, nil, func(p *dossier.SubmittedPayload) { p.Procedure = "9.999999" })
	if d := lan.step(unknown.ID, "take-in", map[string]any{}); d.DueAt != 0 || d.DueCalendar != "" {
		t.Errorf("a due date was invented: %d by %q", d.DueAt, d.DueCalendar)
	}
}

func TestSignInDelays(t *testing.T) {
	r := newRig(t, store.Options{Dir: t.TempDir(), Blobs: t.TempDir(), Keeper: storetest.Keeper(t)})
	b := r.browser(t)
	try := func(name, word string) int {
		status, _ := b.post("/api/session", map[string]any{"user": name, "password": word})
		return status
	}
	for i, want := range []int{401, 401, 401, 401, 429} {
		if got := try("lan", "sai rồi, sai rồi"); got != want {
			t.Errorf("try %d: %d, want %d", i+1, got, want)
		}
	}
	if got := try("lan", password); got != 429 {
		t.Errorf("the right password while waiting: %d", got)
	}
	if got := try("khong-co-ai", password); got != 401 {
		t.Errorf("an unknown name: %d", got)
	}
	r.shift.Add(int64(2 * time.Second))
	if got := try("LAN ", password); got != 200 {
		t.Errorf("after the wait: %d", got)
	}
	if status, raw := b.get("/api/me"); status != 200 || !strings.Contains(string(raw), `"office":"28807"`) {
		t.Errorf("me: %d %s", status, raw)
	}
	r.shift.Add(int64(31 * time.Minute))
	if status, _ := b.get("/api/me"); status != 401 {
		t.Errorf("an idle session lives: %d", status)
	}
}

func TestOtherSitesAreRefused(t *testing.T) {
	r := newRig(t, store.Options{Dir: t.TempDir(), Blobs: t.TempDir(), Keeper: storetest.Keeper(t)})
	f := r.Enrol(t, commune, "xã Giao Long").File(t, nil, nil)
	lan := r.signedIn(t, "lan")
	for name, set := range map[string]func(http.Header){
		"fetch metadata": func(h http.Header) { h.Set("Sec-Fetch-Site", "cross-site") },
		"origin":         func(h http.Header) { h.Set("Origin", "https://evil.example") },
	} {
		req, _ := http.NewRequest("POST", r.server.URL+"/api/dossiers/"+f.ID.String()+"/take-in", strings.NewReader("{}"))
		req.Header.Set("Content-Type", "application/json")
		set(req.Header)
		if status, _ := lan.do(req); status != 403 {
			t.Errorf("%s: %d", name, status)
		}
	}
	req, _ := http.NewRequest("POST", r.server.URL+"/api/dossiers/"+f.ID.String()+"/take-in", strings.NewReader("{}"))
	req.Header.Set("Content-Type", "text/plain") // what a form of another site can send
	if status, _ := lan.do(req); status != 400 {
		t.Errorf("a form's body: %d", status)
	}
}

func TestPublicStatus(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		r := newRig(t, o)
		f := r.Enrol(t, commune, "xã Giao Long").File(t, nil, nil)
		b := r.browser(t)
		ask := func(slip, second string) (int, string) {
			status, raw := b.post("/api/public/status", map[string]any{"slip": slip, "second": second})
			return status, string(raw)
		}
		status, raw := ask(f.Payload.Slip.String(), "0777")
		if status != 200 || !strings.Contains(raw, "xã Giao Long") {
			t.Fatalf("with the last digits: %d %s", status, raw)
		}
		for _, secret := range []string{"Yến", "0777", "5678", "HS-", f.ID.String()} {
			if strings.Contains(raw, secret) {
				t.Errorf("the public page shows %q", secret)
			}
		}
		nobody, _ := dossier.NewSlip(f.Payload.Slip.Prefix(), 1)
		_, wrongFact := ask(f.Payload.Slip.String(), "1111")
		_, wrongSlip := ask(nobody.String(), "1111")
		if wrongFact != wrongSlip || !strings.Contains(wrongFact, "not_found") {
			t.Errorf("a stranger learns which slips exist: %s / %s", wrongFact, wrongSlip)
		}
		for range 4 {
			ask(f.Payload.Slip.String(), "2222")
		}
		if status, _ := ask(f.Payload.Slip.String(), "0777"); status != 429 {
			t.Errorf("after five wrong tries: %d", status)
		}
		r.shift.Add(int64(time.Hour))
		if status, _ := ask(f.Payload.Slip.String(), "5678"); status != 200 {
			t.Errorf("an hour later with the phone: %d", status)
		}
	})
}

func TestSlipQR(t *testing.T) {
	r := newRig(t, store.Options{Dir: t.TempDir(), Blobs: t.TempDir(), Keeper: storetest.Keeper(t)})
	office := r.Enrol(t, commune, "xã Giao Long")
	here, away := office.File(t, nil, nil), office.NewFiling(t, nil, nil)
	token := func(f intaketest.Filing) string {
		code, err := dossier.EncodeSlipQR(dossier.SlipQR{Device: office.Answer.Device, Slip: f.Payload.Slip, Procedure: "1.001193", At: time.Now().UnixMilli()}, office.Key)
		intaketest.Check(t, err)
		return code
	}
	stranger := r.Enrol(t, commune, "xã Giao Long")
	forged, err := dossier.EncodeSlipQR(dossier.SlipQR{Device: office.Answer.Device, Slip: here.Payload.Slip, Procedure: "1.001193"}, stranger.Key)
	intaketest.Check(t, err)
	for name, c := range map[string]struct{ token, want string }{
		"valid":       {token(here), "/tra-cuu?paper=valid&slip=" + string(here.Payload.Slip)},
		"not arrived": {token(away), "/tra-cuu?paper=not_arrived&slip=" + string(away.Payload.Slip)},
		"forged":      {forged, "/tra-cuu?paper=unchecked&slip=" + string(here.Payload.Slip)},
		"rubbish":     {"AAAA", "/tra-cuu?paper=unreadable"},
	} {
		resp, err := r.browser(t).client.Get(r.server.URL + "/t/" + c.token)
		intaketest.Check(t, err)
		resp.Body.Close()
		target, err := resp.Location()
		intaketest.Check(t, err)
		vouched := target.String()
		q := target.Query()
		q.Del("sig")
		if got := target.Path + "?" + q.Encode(); resp.StatusCode != 303 || got != c.want {
			t.Errorf("%s: %d to %q, want %q", name, resp.StatusCode, got, c.want)
		}
		status := func(address string) int {
			resp, err := r.browser(t).client.Get(address)
			intaketest.Check(t, err)
			resp.Body.Close()
			return resp.StatusCode
		}
		if got := status(vouched); got == 303 {
			t.Errorf("%s: our own address is not believed", name)
		}
		if got := status(r.server.URL + c.want); got != 303 {
			t.Errorf("%s: an address anybody can write calls a slip %s: %d", name, name, got)
		}
		if got := status(strings.Replace(vouched, "paper=", "paper=x", 1)); got != 303 {
			t.Errorf("%s: a changed address: %d", name, got)
		}
	}
}

func TestScansAreServedHarmless(t *testing.T) {
	r := newRig(t, store.Options{Dir: t.TempDir(), Blobs: t.TempDir(), Keeper: storetest.Keeper(t)})
	office := r.Enrol(t, commune, "xã Giao Long")
	page := []byte("<html><script>alert(1)</script>")
	pdf := append([]byte("%PDF-1.7\n"), bytes.Repeat([]byte("x"), 200)...)
	ogg := append([]byte("OggS\x00\x02"), bytes.Repeat([]byte("x"), 200)...)
	f := office.File(t, [][]byte{jpeg, page, pdf, ogg}, func(p *dossier.SubmittedPayload) {
		p.Components[0].Blobs[1].Name, p.Components[0].Blobs[1].MIME = `giấy "khai".html`, "text/html"
	})
	lan := r.signedIn(t, "lan")
	for _, c := range []struct {
		content []byte
		kind    string
		inline  bool
	}{{jpeg, "image/jpeg", true}, {page, "application/octet-stream", false}, {pdf, "application/pdf", false}, {ogg, "audio/ogg", true}} {
		resp, err := lan.client.Get(fmt.Sprintf("%s/api/dossiers/%s/scans/%x", r.server.URL, f.ID, sha256.Sum256(c.content)))
		intaketest.Check(t, err)
		body, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		h := resp.Header
		if !bytes.Equal(body, c.content) || h.Get("Content-Type") != c.kind || strings.HasPrefix(h.Get("Content-Disposition"), "inline") != c.inline ||
			h.Get("X-Content-Type-Options") != "nosniff" || !strings.Contains(h.Get("Content-Security-Policy"), "sandbox") || h.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %d bytes, %v", c.kind, len(body), h)
		}
	}
}

func TestEveryAnswerIsGuarded(t *testing.T) {
	r := newRig(t, store.Options{Dir: t.TempDir(), Blobs: t.TempDir(), Keeper: storetest.Keeper(t)})
	for _, path := range []string{"/", "/tra-cuu", "/api/me", "/api/nothing", "/healthz", "/nothing"} {
		resp, err := r.browser(t).client.Get(r.server.URL + path)
		intaketest.Check(t, err)
		resp.Body.Close()
		if h := resp.Header; !strings.Contains(h.Get("Content-Security-Policy"), "default-src 'none'") || h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %v", path, h)
		}
	}
}
