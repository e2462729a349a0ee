package courier

import (
	"bytes"
	"context"

	"bendo/syncproto"
)

// replay takes back every event of this book's logs that the portal stored. A line that is cut
// meanwhile costs the piece on its way: the next attempt goes on where this one stood, or a long
// log would never come back over a thin line that is cut every few minutes. Only this program
// remembers it; after a restart the replay begins anew, and finds in the book what it took back.
func (x *Exchange) replay(ctx context.Context, c Conn) error {
	road, err := x.connection(ctx, c, dialTime)
	if err != nil {
		return err
	}
	list, err := x.askReplay(ctx, road, syncproto.ReplayRequest{})
	if err != nil {
		return err
	}
	for _, l := range list.Logs {
		t := x.takingOf(l)
		for t.next() <= l.Applied {
			from := t.next()
			resp, err := x.askReplay(ctx, road, syncproto.ReplayRequest{Log: l.Log, From: from, MaxBytes: 48 << 10})
			if err != nil {
				return err
			}
			for _, b := range resp.Batches {
				if err := x.takeBatch(ctx, t, b); err != nil {
					delete(x.taken, l.Log) // whatever it was, nothing is built on it
					return err
				}
			}
			if t.next() == from {
				return syncproto.NewProblem(syncproto.Transient, syncproto.CodeNoProgress, "replay of %s stands at %d", l.Log, from)
			}
		}
	}
	return nil
}

func (x *Exchange) askReplay(ctx context.Context, road Road, req syncproto.ReplayRequest) (syncproto.ReplayResponse, error) {
	var err error
	if req.ID, err = syncproto.NewRequestID(x.Random); err != nil {
		return syncproto.ReplayResponse{}, err
	}
	req.Book, req.Dicts = x.id.Book, x.dicts.IDs()
	ctx, cancel := context.WithTimeout(ctx, lastDeadline)
	defer cancel()
	x.mu.Lock()
	session := x.session
	x.mu.Unlock()
	return road.Replay(ctx, session, req)
}

// taking is a log on its way back: heads[i] is the chain after event i.
type taking struct {
	log        syncproto.ReplayLog
	generation uint64 // of the portal when it was begun
	heads      []syncproto.Digest
}

// takingOf is how far the replay of a log is. What was taken of a longer history, or of one under
// another key, is of no use: the portal was restored since, or the book is another.
func (x *Exchange) takingOf(l syncproto.ReplayLog) *taking {
	if t := x.taken[l.Log]; t != nil && t.generation == x.id.Generation && t.next() <= l.Applied+1 && bytes.Equal(t.log.Key, l.Key) {
		t.log = l
		return t
	}
	if x.taken == nil {
		x.taken = map[syncproto.LogID]*taking{}
	}
	t := &taking{log: l, generation: x.id.Generation, heads: []syncproto.Digest{syncproto.ChainStart(l.Log)}}
	x.taken[l.Log] = t
	return t
}

func (t *taking) next() uint64 { return uint64(len(t.heads)) }

// takeBatch verifies one batch and takes back what is new of it. A batch may begin before
// what it added: one that was sent twice over two connections overlaps the one before.
func (x *Exchange) takeBatch(ctx context.Context, t *taking, b syncproto.Batch) error {
	if b.Log != t.log.Log || b.First == 0 || b.First > t.next() || b.Last() < t.next() {
		return syncproto.NewProblem(syncproto.Version, syncproto.CodeFormat, "replay brings %s from %d to %d, wanted %d", b.Log, b.First, b.Last(), t.next())
	}
	events, _, err := syncproto.OpenBatch(b, t.heads[b.First-1], t.log.Key, x.dicts, syncproto.Limits{})
	if err != nil {
		return err
	}
	from := t.next()
	events = events[from-b.First:]
	if _, err := x.Book.TakeBack(ctx, t.log.Log, from, events); err != nil {
		return err
	}
	head := t.heads[from-1]
	for _, e := range events {
		header, payload, err := syncproto.EventDigests(e)
		if err != nil {
			return err
		}
		head = syncproto.ChainNext(head, header, payload)
		t.heads = append(t.heads, head)
	}
	return nil
}
