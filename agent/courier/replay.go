package courier

import (
	"context"

	"bendo/syncproto"
)

// replay takes back every event of this book's logs that the portal stored.
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
		t := taking{log: l, heads: []syncproto.Digest{syncproto.ChainStart(l.Log)}}
		for t.next() <= l.Applied {
			from := t.next()
			resp, err := x.askReplay(ctx, road, syncproto.ReplayRequest{Log: l.Log, From: from, MaxBytes: 48 << 10})
			if err != nil {
				return err
			}
			for _, b := range resp.Batches {
				if err := x.takeBatch(ctx, &t, b); err != nil {
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
	log   syncproto.ReplayLog
	heads []syncproto.Digest
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
