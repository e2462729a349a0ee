package prototest

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"testing"

	"bendo/syncproto"
	"bendo/syncproto/synchttp"
)

// filed adds and pushes a submission with one attachment of n bytes.
func (s *suite) filed(t *testing.T, n int) ([]byte, syncproto.BlobKey, syncproto.Event) {
	t.Helper()
	data, ref := s.p.NewBlob(n)
	e := s.submit(ref)
	s.p.PushAll(t)
	if s.p.Session == nil || s.p.Welcome.BlobSession == 0 {
		s.p.Fresh(t)
	}
	return data, syncproto.BlobKey{Dossier: e.Header.Dossier, SHA256: ref.SHA256}, e
}

func (s *suite) appendOK(t *testing.T, k syncproto.BlobKey, off int64, b []byte, wantOff int64) syncproto.BlobAnswer {
	t.Helper()
	a, err := s.p.AppendBlob(t, k, off, b)
	must(t, err)
	if a.Off != wantOff {
		t.Fatalf("offset %d after an append at %d, want %d", a.Off, off, wantOff)
	}
	return a
}

func (s *suite) stat(t *testing.T, ks ...syncproto.BlobKey) []syncproto.BlobAnswer {
	t.Helper()
	req := s.p.Request()
	req.BlobStat = ks
	resp := s.p.Ok(t, req)
	if len(resp.Blobs) != len(ks) {
		t.Fatalf("%d answers to %d questions", len(resp.Blobs), len(ks))
	}
	return resp.Blobs
}

// receipts counts the verified receipts over an event's manifest.
func (s *suite) receipts(t *testing.T, e syncproto.Event) (n int) {
	t.Helper()
	want := syncproto.ManifestDigest(e.Header, syncproto.PayloadDigest(e.Salt, e.Payload))
	for _, it := range s.p.Items {
		if it.Kind != syncproto.FeedReceipt {
			continue
		}
		r, err := syncproto.DecodeReceipt(it.Body)
		must(t, err)
		must(t, r.Verify(s.p.PortalKey()))
		if r.Manifest == want && r.Dossier == e.Header.Dossier {
			n++
		}
	}
	return n
}

// rawAppend makes an append whose body and digest are the test's own.
func (s *suite) rawAppend(t *testing.T, k syncproto.BlobKey, off int64, length int, session uint64, digest [32]byte, body io.Reader) *http.Request {
	t.Helper()
	u := fmt.Sprintf("%s%s%s/%s?off=%d&len=%d&gen=%d", s.Base, synchttp.PathBlob, k.Dossier, k.SHA256, off, length, session)
	r, err := http.NewRequestWithContext(s.p.ctx(t), http.MethodPost, u, body)
	must(t, err)
	r.ContentLength = int64(length)
	r.Header.Set("Bendo-Request", s.p.NextID().String())
	r.Header.Set("Bendo-Session", base64.RawURLEncoding.EncodeToString(s.p.Session))
	r.Header.Set("Content-Digest", "sha-256=:"+base64.StdEncoding.EncodeToString(digest[:])+":")
	return r
}

// failing ends a body with an error after n bytes, as a cut line does.
type failing struct{ r io.Reader }

func (f failing) Read(p []byte) (int, error) {
	n, err := f.r.Read(p)
	if err == io.EOF {
		err = io.ErrClosedPipe
	}
	return n, err
}

var blobTests = []test{
	{"I9,I12/Blob/pieces, then complete, then one receipt", func(t *testing.T, s *suite) {
		data, k, e := s.filed(t, 50_000)
		s.p.Drain(t)
		if s.receipts(t, e) != 0 {
			t.Fatal("a receipt of completeness before the blob (I12)")
		}
		a := s.appendOK(t, k, 0, data[:20_000], 20_000)
		if a.Complete {
			t.Fatal("complete at 20000 of 50000 bytes")
		}
		s.appendOK(t, k, 20_000, data[20_000:49_999], 49_999)
		if a = s.appendOK(t, k, 49_999, data[49_999:], 50_000); !a.Complete {
			t.Fatal("not complete with all bytes")
		}
		s.p.Drain(t)
		if s.receipts(t, e) == 0 {
			t.Fatal("no receipt although everything is there")
		}
	}},
	{"I10/Blob/a wrong offset is corrected, not an error", func(t *testing.T, s *suite) {
		data, k, _ := s.filed(t, 9_000)
		s.appendOK(t, k, 0, data[:4_000], 4_000)
		s.appendOK(t, k, 6_000, data[6_000:], 4_000) // beyond: told the right one
		s.appendOK(t, k, 2_000, data[2_000:7_000], 7_000)
		s.appendOK(t, k, 0, data[:1_000], 7_000) // all of it known
		if a := s.appendOK(t, k, 7_000, data[7_000:], 9_000); !a.Complete {
			t.Fatal("not complete")
		}
		if a := s.appendOK(t, k, 0, data[:5_000], 9_000); !a.Complete {
			t.Fatal("a late repeat takes completeness back")
		}
	}},
	{"I10,I21/Blob/the place of a piece stands in a header or in the query", func(t *testing.T, s *suite) {
		data, k, _ := s.filed(t, 9_000)
		piece := func(from, to int, place string) *http.Request {
			r := s.rawAppend(t, k, int64(from), to-from, s.p.Welcome.BlobSession, sha256.Sum256(data[from:to]), bytes.NewReader(data[from:to]))
			if place != "" {
				r.URL.RawQuery = fmt.Sprintf("gen=%d", s.p.Welcome.BlobSession)
				r.Header.Set("Bendo-Off", place)
			}
			return r
		}
		for _, c := range []struct {
			r   *http.Request
			off int64
		}{
			{piece(0, 3_000, ""), 3_000}, // as devices of before say it
			{piece(3_000, 6_000, "3000"), 6_000},
			{piece(6_000, 9_000, "-1"), 6_000},
			{piece(6_000, 9_000, "six"), 6_000},
			{piece(6_000, 9_000, "99999999999999999999"), 6_000},
		} {
			resp, err := s.p.Client.HTTP.Do(c.r)
			must(t, err)
			resp.Body.Close()
			if st := s.stat(t, k)[0]; st.Off != c.off {
				t.Errorf("%s %q: %d bytes are there, want %d", c.r.URL.RawQuery, c.r.Header.Get("Bendo-Off"), st.Off, c.off)
			}
		}
	}},
	{"I9/Blob/the end of a body never completes a blob", func(t *testing.T, s *suite) {
		data, k, e := s.filed(t, 30_000)
		r := s.rawAppend(t, k, 0, 20_000, s.p.Welcome.BlobSession, sha256.Sum256(data[:20_000]), failing{bytes.NewReader(data[:9_000])})
		if resp, err := s.p.Client.HTTP.Do(r); err == nil {
			resp.Body.Close()
		}
		s.p.Client.CloseConnections()
		s.p.Fresh(t)
		st := s.stat(t, k)[0]
		if st.Complete || st.Off > 9_000 {
			t.Fatalf("after a cut at 9000 bytes: %+v", st)
		}
		s.p.Drain(t)
		if s.receipts(t, e) != 0 {
			t.Fatal("a receipt for a part of a blob")
		}
		if a := s.appendOK(t, k, st.Off, data[st.Off:], 30_000); !a.Complete {
			t.Fatal("not complete after the rest")
		}
	}},
	{"I9/Blob/bytes with the wrong digest begin anew", func(t *testing.T, s *suite) {
		data, k, _ := s.filed(t, 5_000)
		bad := bytes.Clone(data)
		bad[2_500] ^= 1
		_, err := s.p.AppendBlob(t, k, 0, bad)
		wants(t, err, syncproto.Correction, syncproto.CodeBlobRestart)
		if st := s.stat(t, k)[0]; st.Complete || st.Off != 0 {
			t.Fatalf("after a wrong digest: %+v", st)
		}
		if a := s.appendOK(t, k, 0, data, 5_000); !a.Complete {
			t.Fatal("not complete")
		}
	}},
	{"I9/Blob/a piece changed on the way is not kept", func(t *testing.T, s *suite) {
		data, k, _ := s.filed(t, 8_000)
		s.appendOK(t, k, 0, data[:3_000], 3_000)
		r := s.rawAppend(t, k, 3_000, 2_000, s.p.Welcome.BlobSession, sha256.Sum256(data[3_000:5_000]), bytes.NewReader(make([]byte, 2_000)))
		resp, err := s.p.Client.HTTP.Do(r)
		must(t, err)
		resp.Body.Close()
		if st := s.stat(t, k)[0]; st.Off != 3_000 {
			t.Fatalf("offset %d after a changed piece, want 3000", st.Off)
		}
		s.appendOK(t, k, 3_000, data[3_000:], 8_000)
	}},
	{"I11/Blob/a newer session takes over from a ghost", func(t *testing.T, s *suite) {
		data, k, _ := s.filed(t, 40_000)
		ghost := s.p.Welcome.BlobSession
		pr, pw := io.Pipe()
		ended := make(chan struct{})
		r := s.rawAppend(t, k, 0, 40_000, ghost, sha256.Sum256(data), pr)
		go func() {
			defer close(ended)
			if resp, err := s.p.Client.HTTP.Do(r); err == nil {
				resp.Body.Close()
			}
		}()
		_, err := pw.Write(data[:10_000]) // then silence: the line is dead, the portal does not know
		must(t, err)
		heir := *s.p
		heir.Connect(t, s.Base, synchttp.Trust{CA: s.p.Answer.CA})
		heir.Fresh(t)
		// Answered while the ghost still stands there; a portal that waits for it
		// runs into the context's end.
		a, err := heir.AppendBlob(t, k, 0, data[:16_000])
		must(t, err)
		if a.Off != 16_000 {
			t.Fatalf("offset %d, want 16000", a.Off)
		}
		must(t, pw.CloseWithError(io.ErrClosedPipe))
		<-ended
		s.p.Welcome = heir.Welcome
		if a := s.appendOK(t, k, a.Off, data[a.Off:], 40_000); !a.Complete {
			t.Fatal("not complete: bytes of two writers were mixed")
		}
	}},
	{"I11/Blob/an older session is told the newest", func(t *testing.T, s *suite) {
		data, k, _ := s.filed(t, 6_000)
		old := s.p.Welcome.BlobSession
		newest := s.p.Fresh(t)
		s.appendOK(t, k, 0, data[:1_000], 1_000)
		_, err := s.p.Client.AppendBlob(s.p.ctx(t), s.p.NextID(), s.p.Session, k, 1_000, old, data[1_000:2_000])
		if p := wants(t, err, syncproto.Correction, syncproto.CodeBlobSession); p.Value != newest {
			t.Fatalf("told session %d, newest is %d", p.Value, newest)
		}
		s.appendOK(t, k, 1_000, data[1_000:], 6_000)
	}},
	{"Blob/nobody may send what no event names", func(t *testing.T, s *suite) {
		data, ref := s.p.NewBlob(100)
		k := syncproto.BlobKey{Dossier: s.p.Events[0].Header.Dossier, SHA256: ref.SHA256}
		if st := s.stat(t, k)[0]; !st.Unknown {
			t.Fatalf("stat of an unnamed blob: %+v", st)
		}
		_, err := s.p.AppendBlob(t, k, 0, data)
		wants(t, err, syncproto.Correction, syncproto.CodeBlobUnknown)
	}},
	{"Blob/the same scan in the same book is not sent twice", func(t *testing.T, s *suite) {
		data, k, e := s.filed(t, 3_000)
		s.appendOK(t, k, 0, data, 3_000)
		again := s.submit(e.Header.Blobs[0])
		s.p.PushAll(t)
		k.Dossier = again.Header.Dossier
		if st := s.stat(t, k)[0]; !st.Complete {
			t.Fatalf("stat of a repeated scan: %+v", st)
		}
		s.p.Drain(t)
		if s.receipts(t, again) == 0 {
			t.Fatal("no receipt for a dossier whose scan is there")
		}
	}},
	{"Blob/a digest is no oracle for a neighbour's scan", func(t *testing.T, s *suite) {
		n := s.neighbour(t)
		data, k, e := s.filed(t, 3_000)
		s.appendOK(t, k, 0, data, 3_000)
		own := n.Add("submitted", s.Payload(e.Header.Blobs), e.Header.Blobs[0])
		n.PushAll(t)
		req := n.Request()
		req.BlobStat = []syncproto.BlobKey{k, {Dossier: own.Header.Dossier, SHA256: k.SHA256}}
		resp := n.Ok(t, req)
		if len(resp.Blobs) != 2 || !resp.Blobs[0].Unknown || resp.Blobs[1].Complete || resp.Blobs[1].Off != 0 {
			t.Fatalf("a neighbour learns %+v", resp.Blobs)
		}
		if _, _, err := n.Client.ReadBlob(n.ctx(t), n.NextID(), n.Session, k, 0, 100); err == nil {
			t.Fatal("a neighbour reads another book's scan")
		}
	}},
	{"Blob/the holder's book reads its scan back", func(t *testing.T, s *suite) {
		data, k, _ := s.filed(t, 70_000)
		s.appendOK(t, k, 0, data[:60_000], 60_000)
		s.appendOK(t, k, 60_000, data[60_000:], 70_000)
		var got []byte
		for len(got) < len(data) {
			b, total, err := s.p.Client.ReadBlob(s.p.ctx(t), s.p.NextID(), s.p.Session, k, int64(len(got)), 32_000)
			must(t, err)
			if total != 70_000 || len(b) == 0 {
				t.Fatalf("%d bytes of %d", len(b), total)
			}
			got = append(got, b...)
		}
		if !bytes.Equal(got, data) {
			t.Fatal("other bytes came back")
		}
	}},
	{"I2/Blob/what was acknowledged survives a restart", func(t *testing.T, s *suite) {
		data, k, _ := s.filed(t, 12_000)
		s.appendOK(t, k, 0, data[:7_000], 7_000)
		s.restart(t)
		s.p.Session = nil
		if st := s.stat(t, k)[0]; st.Off != 7_000 || st.Complete {
			t.Fatalf("after a restart: %+v", st)
		}
		s.appendOK(t, k, 7_000, data[7_000:], 12_000)
	}},
}
