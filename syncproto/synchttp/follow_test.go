package synchttp_test

import (
	"net/http"
	"sync"
	"testing"
	"time"

	"bendo/syncproto"
	"bendo/syncproto/synchttp"
)

// slowly holds exchanges back until told, and notes when pieces came and went.
type slowly struct {
	next  http.Handler
	go_   chan struct{}
	piece chan struct{} // one came
}

func (s *slowly) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == synchttp.PathSync {
		<-s.go_
	} else {
		select {
		case s.piece <- struct{}{}:
		default:
		}
	}
	s.next.ServeHTTP(w, r)
}

// TestPieceBehindAGreeting: a first piece may come before the greeting it depends on is judged. It
// waits, unread and unstored, and is stored when the greeting made it possible, or refused with it.
func TestPieceBehindAGreeting(t *testing.T) {
	var gate *slowly
	m, s := portal(t, func(h http.Handler) http.Handler {
		gate = &slowly{next: h, go_: make(chan struct{}, 8), piece: make(chan struct{}, 8)}
		return gate
	})
	for _, c := range []struct {
		name  string
		spoil func(r *syncproto.SyncRequest)
	}{
		{"taken", nil},
		{"refused with its greeting", func(r *syncproto.SyncRequest) { r.Hello.Sig[0] ^= 1 }},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := enrolled(t, m, s)
			data, ref := p.NewBlob(3000)
			e := p.Add("submitted", []byte(`{"x":1}`), ref)
			key := syncproto.BlobKey{Dossier: e.Header.Dossier, SHA256: ref.SHA256}
			greet := p.Request(p.Pending(t)...)
			greet.Hello.Fresh = true
			if c.spoil != nil {
				c.spoil(&greet)
			}
			var work sync.WaitGroup
			var greeted error
			work.Go(func() { _, greeted = p.Sync(t, greet) })
			type half struct {
				a   syncproto.BlobAnswer
				err error
			}
			halves := make(chan half, 2)
			id1, id2 := p.NextID(), p.NextID()
			work.Go(func() {
				a, err := p.Client.AppendBehind(within(t, 20*time.Second), id1, greet.ID, key, 0, data[:1000])
				halves <- half{a, err}
			})
			work.Go(func() {
				a, err := p.Client.AppendBehind(within(t, 20*time.Second), id2, greet.ID, key, 1000, data[1000:])
				halves <- half{a, err}
			})
			<-gate.piece
			<-gate.piece
			select {
			case h := <-halves:
				t.Fatalf("a piece was answered before its greeting: %+v", h)
			case <-time.After(50 * time.Millisecond): // cannot fail falsely: it only looks away too early
			}
			gate.go_ <- struct{}{}
			work.Wait()
			one, two := <-halves, <-halves
			if c.spoil != nil {
				if greeted == nil {
					t.Fatal("the greeting was not refused")
				}
				wants(t, one.err, syncproto.Correction, syncproto.CodeSession)
				wants(t, two.err, syncproto.Correction, syncproto.CodeSession)
				return
			}
			must(t, greeted)
			must(t, one.err)
			must(t, two.err)
			if !one.a.Complete && !two.a.Complete {
				t.Errorf("two pieces gave %+v and %+v", one.a, two.a)
			}
			if !p.Client.Behind() {
				t.Error("a connection of HTTP/2 does not say that it is one")
			}
		})
	}
}

// TestPieceBehindNobody: a piece that follows an unknown greeting is told so, in bounded time, and
// nothing of it is kept.
func TestPieceBehindNobody(t *testing.T) {
	t.Parallel() // it waits
	m, s := portal(t, nil)
	p := enrolled(t, m, s)
	data, ref := p.NewBlob(100)
	e := p.Add("submitted", []byte(`{"x":1}`), ref)
	p.PushAll(t)
	key := syncproto.BlobKey{Dossier: e.Header.Dossier, SHA256: ref.SHA256}
	_, err := p.Client.AppendBehind(within(t, 20*time.Second), p.NextID(), p.NextID(), key, 0, data)
	wants(t, err, syncproto.Correction, syncproto.CodeSession)
	req := p.Request()
	req.BlobStat = []syncproto.BlobKey{key}
	if resp := p.Ok(t, req); resp.Blobs[0].Off != 0 {
		t.Errorf("%d bytes of it were kept", resp.Blobs[0].Off)
	}
}
