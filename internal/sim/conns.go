package sim

import (
	"context"
	"maps"
	"slices"
	"sort"
	"time"

	"bendo/agent/courier"
	"bendo/internal/ledger"
	"bendo/syncproto"
)

// Another is a road on a connection of its own. The line carries all of them alike.
func (r road) Another(time.Duration) courier.Road { return r }

// Object reads a published thing.
func (r road) Object(ctx context.Context, _ syncproto.RequestID, session []byte, sha syncproto.Digest, off int64, n int) ([]byte, int64, error) {
	return r.read(ctx, session, n, func(device syncproto.DeviceID, into []byte) (int, int64, error) {
		return r.o.w.portal.Object(ctx, device, sha, off, into)
	})
}

// read brings up to n bytes of something the portal holds, and its whole length.
func (r road) read(ctx context.Context, session []byte, n int, from func(device syncproto.DeviceID, into []byte) (int, int64, error)) (p []byte, total int64, err error) {
	c := &call{size: 200, asker: asked(func(_, heard bool) (int, error) {
		device, err := r.o.w.portal.Authorize(ctx, session)
		if err != nil {
			return 100, err
		}
		buf := make([]byte, n)
		down, all, err := from(device, buf)
		if heard {
			p, total = buf[:down], all
		}
		return 100 + down, err
	})}
	err = r.travel(c)
	return p, total, err
}

// Blobs lists every scan by key, for questions about those that are complete.
func (b *memBook) Blobs(_ context.Context, after syncproto.BlobKey, limit int) (list []ledger.BlobState, err error) {
	if len(b.byKey) != len(b.blobs) {
		b.byKey = slices.SortedFunc(maps.Values(b.blobs), func(x, y *memBlob) int {
			if less(x.state.Key, y.state.Key) {
				return -1
			}
			return 1
		})
	}
	for _, m := range b.byKey[sort.Search(len(b.byKey), func(i int) bool { return less(after, b.byKey[i].state.Key) }):] {
		if len(list) == limit {
			break
		}
		list = append(list, m.state)
	}
	return list, nil
}

func less(a, b syncproto.BlobKey) bool {
	if a.Dossier != b.Dossier {
		return string(a.Dossier[:]) < string(b.Dossier[:])
	}
	return a.SHA256.Compare(b.SHA256) < 0
}

// cutOff ends the requests of one connection without an answer, 0 those of all.
func (o *office) cutOff(c courier.Conn) {
	defer o.ex.Drop(c)
	if c == 0 {
		o.cut()
		return
	}
	kept := o.flights[:0:0]
	for _, f := range o.flights {
		if f.conn != c {
			kept = append(kept, f)
			continue
		}
		o.stop(f)
	}
	o.flights = kept
}
