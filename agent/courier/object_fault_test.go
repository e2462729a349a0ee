package courier_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"bendo/agent/courier"
	"bendo/syncproto"
	"bendo/syncproto/prototest"
)

// damaged: another byte than the portal's.
const damaged = killed + 1

// shelf keeps objects in memory, with the promises of the agent's.
type shelf struct {
	mu    sync.Mutex
	parts map[syncproto.Digest][]byte
	whole map[syncproto.Digest]bool
}

func (s *shelf) State(ref syncproto.ObjectRef) (int64, bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return int64(len(s.parts[ref.SHA256])), s.whole[ref.SHA256], nil
}

func (s *shelf) Append(ref syncproto.ObjectRef, off int64, p []byte) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := append(bytes.Clone(s.parts[ref.SHA256][:off]), p...)
	s.parts[ref.SHA256] = all
	if int64(len(all)) < ref.Length {
		return false, nil
	}
	if syncproto.Digest(sha256.Sum256(all)) != ref.SHA256 {
		delete(s.parts, ref.SHA256)
		return false, &syncproto.Problem{Kind: syncproto.Fork, Code: syncproto.CodeDigest}
	}
	s.whole[ref.SHA256] = true
	return true, nil
}

// objectRoad fails one read of an object.
type objectRoad struct {
	*directRoad
	at    int
	fault fault

	mu    sync.Mutex
	reads int
	bytes int64
}

func (r *objectRoad) Another(time.Duration) courier.Road { return r }

func (r *objectRoad) Object(ctx context.Context, id syncproto.RequestID, session []byte, sha syncproto.Digest, off int64, n int) ([]byte, int64, error) {
	r.mu.Lock()
	r.reads++
	f := none
	if r.reads == r.at {
		f = r.fault
	}
	r.mu.Unlock()
	if f == notDone {
		return nil, 0, noLine
	}
	p, total, err := r.directRoad.Object(ctx, id, session, sha, off, n)
	if err != nil {
		return nil, 0, err
	}
	if err := r.end(f, nil); err != nil {
		return nil, 0, err
	}
	if f == damaged {
		p = bytes.Clone(p)
		p[0] ^= 1
	}
	r.mu.Lock()
	r.bytes += int64(len(p))
	r.mu.Unlock()
	return p, total, nil
}

// TestObjectFaultTable fails each read of a published thing in each way. It becomes whole, with its own
// bytes, after a few bytes more than it has; damaged ones are begun anew, once.
func TestObjectFaultTable(t *testing.T) {
	dir := t.TempDir()
	for f, name := range map[fault]string{none: "none", notDone: "not done", lost: "answer lost", killed: "killed", damaged: "damaged"} {
		for at := 1; at <= 3; at++ {
			if f == damaged && at != 2 {
				continue // it rests for an hour, two seconds of it at a time
			}
			t.Run(fmt.Sprintf("%s at %d", name, at), func(t *testing.T) {
				place := filepath.Join(dir, fmt.Sprintf("%d-%d", f, at))
				synctest.Test(t, func(t *testing.T) { oneObjectFault(t, place, f, at) })
			})
		}
	}
}

func oneObjectFault(t *testing.T, dir string, f fault, at int) {
	time.Sleep(14 * time.Hour) // false time begins at 7:00 in Viet Nam; objects come at night
	portal, err := prototest.NewMemory(prototest.MemoryOptions{})
	if err != nil {
		t.Fatal(err)
	}
	book, key := newBook(t, dir, portal)
	defer book.Close()
	data := bytes.Repeat([]byte("gói thủ tục "), 20_000)
	ref := portal.AddObject("pack", "birth", "2", data)
	direct := &directRoad{portal: portal, sent: map[syncproto.BlobKey]int64{}}
	road := &objectRoad{directRoad: direct, at: at, fault: f}
	kept := &shelf{parts: map[syncproto.Digest][]byte{}, whole: map[syncproto.Digest]bool{}}
	whole := false
	for run := 0; run < 2 && !whole; run++ { // a killed agent is started again
		ctx, stop := context.WithTimeout(t.Context(), 48*time.Hour)
		direct.kill = stop
		c := &courier.Courier{Exchange: &courier.Exchange{Book: book, Road: road, Time: noClock{}, Key: key, Random: rand.Reader, Objects: kept}, Watch: book, Seed: 1,
			Idle: func(courier.Snapshot, bool) bool {
				_, whole, _ = kept.State(ref)
				return whole
			}}
		if err := c.Run(ctx); err != nil {
			t.Fatal(err)
		}
		stop()
	}
	if !whole || !bytes.Equal(kept.parts[ref.SHA256], data) {
		t.Fatalf("after %d reads and %d bytes the object is whole: %t", road.reads, road.bytes, whole)
	}
	most := ref.Length
	if f == damaged {
		most *= 2
	}
	if road.bytes > most {
		t.Errorf("%d bytes were fetched, the object has %d", road.bytes, ref.Length)
	}
	if road.reads <= at {
		t.Logf("the object came in %d reads: read %d was not failed", road.reads, at)
	}
}
