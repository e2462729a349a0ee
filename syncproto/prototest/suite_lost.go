package prototest

import (
	"bytes"
	"compress/flate"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"bendo/syncproto"
)

func sum(b []byte) syncproto.Digest { return sha256.Sum256(b) }

// roundTrip makes a RoundTripper of a function.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

var errLine = errors.New("the line broke")

// notDone: the request never arrives.
func notDone(http.RoundTripper) http.RoundTripper {
	return roundTrip(func(r *http.Request) (*http.Response, error) { return nil, errLine })
}

// doneButLost: the portal does everything and its answer never arrives.
func doneButLost(next http.RoundTripper) http.RoundTripper {
	return roundTrip(func(r *http.Request) (*http.Response, error) {
		resp, err := next.RoundTrip(r)
		if err != nil {
			return nil, err
		}
		_, _ = io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
		return nil, errLine
	})
}

// doneTwice: a proxy repeats the request; the second answer arrives.
func doneTwice(next http.RoundTripper) http.RoundTripper {
	return roundTrip(func(r *http.Request) (*http.Response, error) {
		var body []byte
		if r.Body != nil {
			body, _ = io.ReadAll(r.Body)
		}
		first := r.Clone(r.Context())
		first.Body, r.Body = io.NopCloser(bytes.NewReader(body)), io.NopCloser(bytes.NewReader(body))
		if resp, err := next.RoundTrip(first); err == nil {
			_, _ = io.Copy(io.Discard, resp.Body)
			resp.Body.Close()
		}
		return next.RoundTrip(r)
	})
}

type weather struct {
	name string
	rt   func(http.RoundTripper) http.RoundTripper
	lost bool // the caller gets no answer
}

var weathers = []weather{
	{"not done", notDone, true}, {"done but the answer lost", doneButLost, true}, {"done twice", doneTwice, false},
}

// lostTests are the fault table: each message, in each weather, then again in
// good weather; afterwards everything must be as if it had happened once.
var lostTests = []test{
	{"I1/Lost/push", func(t *testing.T, s *suite) {
		for _, w := range weathers {
			t.Run(w.name, func(t *testing.T) {
				e := s.submit()
				s.stormy(t, w, func() error { _, err := s.p.Sync(t, s.p.Request(s.p.Pending(t)...)); return err })
				s.p.PushAll(t)
				s.p.Drain(t)
				if n := len(s.outcomes(t, e.Header.ID)); n != 1 {
					t.Fatalf("%d outcomes of one event", n)
				}
			})
		}
	}},
	{"I1/Lost/cold hello with push", func(t *testing.T, s *suite) {
		for _, w := range weathers {
			t.Run(w.name, func(t *testing.T) {
				s.submit()
				s.p.Session = nil
				err := s.storm(w, func() error { _, err := s.p.Sync(t, s.p.Request(s.p.Pending(t)...)); return err })
				if !w.lost { // the repeated hello is corrected; the first one counted
					wants(t, err, syncproto.Correction, syncproto.CodeHelloCount)
				} else {
					wants(t, err, syncproto.Transient, "")
				}
				s.p.PushAll(t)
			})
		}
	}},
	{"I10/Lost/append", func(t *testing.T, s *suite) {
		for _, w := range weathers {
			t.Run(w.name, func(t *testing.T) {
				data, k, e := s.filed(t, 10_000)
				s.appendOK(t, k, 0, data[:4_000], 4_000)
				s.stormy(t, w, func() error { _, err := s.p.AppendBlob(t, k, 4_000, data[4_000:9_000]); return err })
				st := s.stat(t, k)[0]
				if st.Off != 4_000 && st.Off != 9_000 {
					t.Fatalf("offset %d", st.Off)
				}
				s.stormy(t, w, func() error { _, err := s.p.AppendBlob(t, k, st.Off, data[st.Off:]); return err })
				if a := s.appendOK(t, k, 0, data, 10_000); !a.Complete {
					t.Fatal("not complete")
				}
				s.p.Drain(t)
				if s.receipts(t, e) == 0 {
					t.Fatal("no receipt")
				}
			})
		}
	}},
	{"I6/Lost/feed page", func(t *testing.T, s *suite) {
		for _, w := range weathers {
			t.Run(w.name, func(t *testing.T) {
				e := s.submit()
				s.p.PushAll(t)
				s.stormy(t, w, func() error {
					req := s.p.Request()
					req.Feed = &syncproto.FeedAsk{Cursor: s.p.Cursor}
					_, err := s.p.Sync(t, req)
					return err
				})
				s.p.Drain(t)
				if n := len(s.outcomes(t, e.Header.ID)); n != 1 {
					t.Fatalf("%d outcomes of one event", n)
				}
			})
		}
	}},
	{"Lost/enrol", func(t *testing.T, s *suite) {
		for _, w := range weathers {
			t.Run(w.name, func(t *testing.T) {
				c := s.pinned(t, s.code)
				old := c.HTTP.Transport
				c.HTTP.Transport = w.rt(old)
				_, err := c.Enrol(s.p.ctx(t), s.p.EnrolRequest(s.code))
				if (err == nil) == w.lost {
					t.Fatalf("in this weather: %v", err)
				}
				c.HTTP.Transport = old
				ans, err := c.Enrol(s.p.ctx(t), s.p.EnrolRequest(s.code))
				must(t, err)
				if !bytes.Equal(ans.Sig, s.p.Answer.Sig) {
					t.Fatal("another answer for the same key")
				}
			})
		}
	}},
}

// storm runs f in a weather and gives its error.
func (s *suite) storm(w weather, f func() error) (err error) {
	s.p.through(w.rt, func() { err = f() })
	return err
}

// stormy demands that f fails exactly when its answer is lost.
func (s *suite) stormy(t *testing.T, w weather, f func() error) {
	t.Helper()
	err := s.storm(w, f)
	if w.lost {
		wants(t, err, syncproto.Transient, "")
	} else {
		must(t, err)
	}
}

// replaced gives a transport that lets the portal do its work and hands over
// what change makes of the answer.
func replaced(change func(*http.Response, []byte)) func(http.RoundTripper) http.RoundTripper {
	return func(next http.RoundTripper) http.RoundTripper {
		return roundTrip(func(r *http.Request) (*http.Response, error) {
			resp, err := next.RoundTrip(r)
			if err != nil {
				return nil, err
			}
			body, err := io.ReadAll(resp.Body)
			if err != nil {
				return nil, err
			}
			resp.Body.Close()
			change(resp, body)
			return resp, nil
		})
	}
}

func setBody(r *http.Response, b []byte) { r.Body = io.NopCloser(bytes.NewReader(b)) }

const captivePage = `<!DOCTYPE html><html><head><title>Wi-Fi</title></head><body>Đăng nhập</body></html>`

// hostileTests: what is not the portal's answer changes nothing (I14), and what
// is not a device's honest message costs nothing (I22).
var hostileTests = []test{
	{"I14/Answer/of somebody else changes no state", func(t *testing.T, s *suite) {
		var earlier []byte
		for _, c := range []struct {
			name   string
			kind   syncproto.Kind
			change func(*http.Response, []byte)
		}{
			{"a page of HTML", syncproto.Intercepted, func(r *http.Response, _ []byte) {
				r.Header.Set("Content-Type", "text/html; charset=utf-8")
				setBody(r, []byte(captivePage))
			}},
			{"HTML under our content type", syncproto.Intercepted, func(r *http.Response, _ []byte) { setBody(r, []byte(captivePage)) }},
			{"a redirect", syncproto.Intercepted, func(r *http.Response, b []byte) {
				r.StatusCode = http.StatusFound
				r.Header.Set("Location", "http://login.invalid/")
				setBody(r, b)
			}},
			{"network authentication required", syncproto.Intercepted, func(r *http.Response, b []byte) { r.StatusCode = 511; setBody(r, b) }},
			{"the answer to another request", syncproto.Intercepted, func(r *http.Response, b []byte) { b[len(syncproto.Magic)+3] ^= 1; setBody(r, b) }},
			{"half an answer", syncproto.Transient, func(r *http.Response, b []byte) { setBody(r, b[:len(b)/2]) }},
			{"nothing at all", syncproto.Intercepted, func(r *http.Response, _ []byte) { setBody(r, nil) }},
			{"a gateway's error page", syncproto.Transient, func(r *http.Response, _ []byte) {
				r.StatusCode = http.StatusBadGateway
				r.Header.Set("Content-Type", "text/html")
				setBody(r, []byte(captivePage))
			}},
			{"a cached answer", syncproto.Intercepted, func(r *http.Response, _ []byte) { setBody(r, earlier) }},
		} {
			t.Run(c.name, func(t *testing.T) {
				s.p.through(replaced(func(r *http.Response, b []byte) { earlier = bytes.Clone(b); setBody(r, b) }), func() {
					s.p.Ok(t, s.p.Request())
				})
				s.submit()
				acked := s.p.Ack
				s.p.through(replaced(c.change), func() {
					_, err := s.p.Sync(t, s.p.Request(s.p.Pending(t)...))
					wants(t, err, c.kind, "")
				})
				if s.p.Ack.Applied != acked.Applied {
					t.Fatal("the device's state moved")
				}
				s.p.PushAll(t)
			})
		}
	}},
	{"I22/Bomb/a batch that unpacks to 64 MiB is refused", func(t *testing.T, s *suite) {
		bomb := deflated(64 << 20)
		for _, claim := range []uint32{64 << 20, 1 << 20, 100} {
			s.refusedAnyhow(t, s.signedBody(t, bomb, claim))
		}
	}},
	{"I22/Bomb/deep and broken bodies are refused", func(t *testing.T, s *suite) {
		for _, raw := range [][]byte{
			bytes.Repeat([]byte{0x81}, 5_000), bytes.Repeat([]byte{0x9f}, 5_000), {0x83, 0x80, 0x40, 0x80},
			{0xff}, {0x9a, 0xff, 0xff, 0xff, 0xff}, {0xbb, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
		} {
			b := s.signedBody(t, raw, uint32(len(raw)))
			b.Codec = syncproto.CodecPlain
			s.refusedAnyhow(t, b)
		}
	}},
	{"I22/Bomb/a message over the limit is refused before it is read", func(t *testing.T, s *suite) {
		r, err := http.NewRequestWithContext(s.p.ctx(t), http.MethodPost, s.Base+"/s1/sync", io.LimitReader(zeros{}, 10<<20))
		must(t, err)
		r.ContentLength = 10 << 20
		r.Header.Set("Content-Type", syncproto.ContentType)
		resp, err := s.p.Client.HTTP.Do(r)
		if err == nil { // the portal may also just close the connection
			body, _ := io.ReadAll(resp.Body)
			resp.Body.Close()
			_, err = syncproto.DecodeAnswer(body, syncproto.RequestID{}, &struct{}{})
			wants(t, err, syncproto.Limit, syncproto.CodeTooLarge)
		}
	}},
	{"I22/Bomb/rubbish is answered with a problem", func(t *testing.T, s *suite) {
		for _, body := range []string{"", "GET / HTTP/1.1", string(syncproto.Magic[:]), string(syncproto.Magic[:]) + strings.Repeat("\x00", 16) + "\xbf"} {
			r, err := http.NewRequestWithContext(s.p.ctx(t), http.MethodPost, s.Base+"/s1/sync", strings.NewReader(body))
			must(t, err)
			r.Header.Set("Content-Type", syncproto.ContentType)
			resp, err := s.p.Client.HTTP.Do(r)
			must(t, err)
			b, _ := io.ReadAll(resp.Body)
			resp.Body.Close()
			_, err = syncproto.DecodeAnswer(b, syncproto.RequestID{}, &struct{}{})
			if p := syncproto.ProblemOf(err); p == nil || p.Kind != syncproto.Version {
				t.Fatalf("%q was answered with %v", body, err)
			}
		}
	}},
	{"I21/An unknown message is a version problem", func(t *testing.T, s *suite) {
		r, err := http.NewRequestWithContext(s.p.ctx(t), http.MethodGet, s.Base+"/s1/of-the-year-2040", nil)
		must(t, err)
		resp, err := s.p.Client.HTTP.Do(r)
		must(t, err)
		b, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		_, err = syncproto.DecodeAnswer(b, syncproto.RequestID{}, &struct{}{})
		wants(t, err, syncproto.Version, syncproto.CodeNoEndpoint)
	}},
}

// lastTests end the device's life.
var lastTests = []test{
	{"I23/Revoked/a device cannot push any more", func(t *testing.T, s *suite) {
		if s.Revoke == nil {
			t.Skip("MISSING: Target.Revoke, so revocation was not looked at")
		}
		n := s.neighbour(t)
		n.PushAll(t)
		s.Revoke(t, n.ID)
		n.Add("note", []byte(`{}`))
		_, err := n.Client.Sync(n.ctx(t), n.Request(n.Batch(t, 1, 1)))
		wants(t, err, syncproto.Auth, syncproto.CodeRevoked)
		_, err = n.Client.Sync(n.ctx(t), s.signedAgain(n))
		wants(t, err, syncproto.Auth, syncproto.CodeRevoked)
		s.p.PushAll(t) // others go on
	}},
}

func (s *suite) signedAgain(n *Peer) syncproto.SyncRequest {
	req := n.Request()
	n.Sign(&req)
	return req
}

// refusedAnyhow demands a problem and that nothing was stored.
func (s *suite) refusedAnyhow(t *testing.T, b syncproto.Batch) {
	t.Helper()
	before := s.p.Ack.Applied
	resp, err := s.p.Sync(t, s.p.Request(b))
	if err == nil && len(resp.Problems) == 0 {
		t.Fatal("taken without a problem")
	}
	s.p.Ok(t, s.p.Request())
	if s.p.Ack.Applied != before {
		t.Fatal("something was stored")
	}
}

// signedBody makes a batch with any body and a true signature of this device.
func (s *suite) signedBody(t *testing.T, body []byte, rawLen uint32) syncproto.Batch {
	t.Helper()
	b := syncproto.Batch{Log: s.p.Log(), First: uint64(len(s.p.Events)) + 1, N: 1, Codec: syncproto.CodecFlate,
		RawLen: rawLen, Body: body, Head: sum(body)}
	prev := s.p.Heads[len(s.p.Heads)-1]
	m := append([]byte("bendo-s1 batch\x00"), b.Log.Device[:]...)
	m = binary.BigEndian.AppendUint32(m, b.Log.Epoch)
	m = binary.BigEndian.AppendUint64(m, b.First)
	m = binary.BigEndian.AppendUint32(m, b.N)
	m = append(append(m, prev[:]...), b.Head[:]...)
	b.Sig = ed25519.Sign(s.p.Key, m)
	return b
}

func deflated(n int) []byte {
	var out bytes.Buffer
	w, err := flate.NewWriter(&out, flate.BestCompression)
	if err == nil {
		_, err = io.CopyN(w, zeros{}, int64(n))
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		panic(err)
	}
	return out.Bytes()
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }
