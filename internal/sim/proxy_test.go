package sim

import (
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"bendo/agent/courier"
	"bendo/syncproto"
)

// proxy stands before the portal, behind its certificate: a firewall that ends TLS, and means well.
type proxy struct {
	portal http.Handler

	mu   sync.Mutex
	how  string
	kept map[string]*httptest.ResponseRecorder
}

func (p *proxy) set(how string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.how = how
	p.kept = map[string]*httptest.ResponseRecorder{}
}

func (p *proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	how, was := p.how, p.kept[r.Method+r.URL.String()]
	p.mu.Unlock()
	switch how {
	case "":
		p.portal.ServeHTTP(w, r)
		return
	case "caches": // whatever the answer says about that
		if was != nil {
			give(w, was, was.Body.Bytes())
			return
		}
	case "strips headers":
		for name := range r.Header {
			if name != "Content-Length" && name != "Content-Type" {
				r.Header.Del(name)
			}
		}
	}
	if body, err := io.ReadAll(r.Body); err == nil { // all of it, before a byte goes on
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	answer := httptest.NewRecorder()
	p.portal.ServeHTTP(answer, r)
	out := answer.Body.Bytes()
	switch how {
	case "packs":
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		z.Write(out)
		z.Close()
		out = b.Bytes()
		answer.Header().Set("Content-Encoding", "gzip")
	case "caches":
		p.mu.Lock()
		p.kept[r.Method+r.URL.String()] = answer
		p.mu.Unlock()
	case "cuts answers":
		out = out[:len(out)/2]
	}
	answer.Header().Del("Content-Length")
	give(w, answer, out)
}

func give(w http.ResponseWriter, answer *httptest.ResponseRecorder, body []byte) {
	for name, values := range answer.Header() {
		w.Header()[name] = values
	}
	w.WriteHeader(answer.Code)
	w.Write(body)
}

// TestSmokeProxies: proxies that buffer, cache, pack, strip and cut (T8). Either everything arrives
// once through them, or nothing is believed that did not come (I14) and the office does not say
// that it is online; without them everything arrives once.
func TestSmokeProxies(t *testing.T) {
	for _, how := range []string{"buffers", "caches", "packs", "strips headers", "cuts answers"} {
		t.Run(how, func(t *testing.T) {
			dir := t.TempDir()
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				p := newPipeProvince(t)
				defer p.close()
				o := p.office(t, filepath.Join(dir, "office"), 1)
				defer o.book.Close()
				var work sync.WaitGroup
				defer work.Wait()
				defer cancel()
				p.proxy.set(how)
				work.Go(func() { o.live(ctx, t) })
				for range 2 {
					o.file(t, 2)
					time.Sleep(5 * time.Minute)
				}
				s, err := courier.Look(ctx, o.book)
				if err != nil {
					t.Fatal(err)
				}
				there := len(p.portal.Events(syncproto.LogID{Device: s.Log.Log.Device, Epoch: 1}))
				if int(s.Log.Acked) > there {
					t.Errorf("I14: %d events are believed to be there, %d are", s.Log.Acked, there)
				}
				st, err := o.book.AgentStatus(ctx)
				if err != nil {
					t.Fatal(err)
				}
				if !s.Empty() && st.Line == string(courier.Online) && st.Problem == "" {
					t.Errorf("nothing moves and the office says %q", st.Line)
				}
				dials, asked := p.wire.dialed(), p.portal.Requests()
				t.Logf("through it: %d of 2 events, complete %t, the office says %s; %d dials, %d exchanges", there, s.Empty(), st.Line, dials, asked)
				if dials > 10*60 || asked > 10*60 {
					t.Errorf("I18: a tight loop: %d dials and %d exchanges in ten minutes", dials, asked)
				}
				p.proxy.set("")
				time.Sleep(30 * time.Minute)
				if s, err := courier.Look(ctx, o.book); err != nil || !s.Empty() {
					t.Errorf("without the proxy %d events and %d scans are left: %v", s.Waiting(), len(s.Blobs), err)
				}
				o.compare(ctx, t, 1, p.portal)
			})
		})
	}
}
