package intake

import (
	"context"
	"errors"
	"time"

	"bendo/portal/store"
	"bendo/syncproto"
)

// feed answers with at most one page behind the device's cursor.
func (x *exchange) feed(ctx context.Context) error {
	ask := x.req.Feed
	if ask == nil {
		return nil
	}
	deadline := time.Duration(ask.WaitS) * time.Second
	if len(x.req.Push)+len(x.req.BlobStat)+len(x.req.Echo)+len(x.resp.Problems)+len(x.resp.Directives) > 0 || x.resp.Welcome != nil || x.resp.Ack != nil {
		deadline = 0 // there is something to say at once
	}
	timer := time.NewTimer(deadline)
	defer timer.Stop()
	for {
		rung := x.p.bell.wait(x.device.Commune)
		answer, err := x.page(ctx, *ask)
		if err != nil {
			return err
		}
		if answer.Page != nil || answer.Reset != nil || deadline == 0 {
			if answer.Page != nil || answer.Reset != nil {
				x.resp.Feed = &answer
			}
			return nil
		}
		// From here nothing is done but waiting: no place, no count.
		x.leave()
		x.done()
		// Where nobody looks for all who wait, each looks for itself: another
		// process may write.
		look := time.Second
		if x.p.watched.Load() {
			look = maxFeedWait
		}
		again := time.NewTimer(look)
		select {
		case <-rung:
		case <-again.C:
		case <-timer.C:
			deadline = 0
		case <-ctx.Done():
			again.Stop()
			return ctx.Err()
		}
		again.Stop()
	}
}

// maxFeedWait is longer than any question waits.
const maxFeedWait = time.Minute

// maxItems bounds what one page is made from.
const maxItems = 256

func (x *exchange) page(ctx context.Context, ask syncproto.FeedAsk) (syncproto.FeedAnswer, error) {
	var answer syncproto.FeedAnswer
	var items []syncproto.FeedItem
	var head uint64
	shared := true
	err := x.p.db.Read(ctx, func(tx *store.Tx) (err error) {
		if x.generation, err = tx.Generation(); err != nil {
			return err
		}
		if items, head, err = tx.FeedAfter(x.device.Commune, ask.Cursor.Pos, maxItems); err != nil {
			return err
		}
		// Data goes back only with connections: once for each is enough.
		if x.cold || x.req.Hello.Fresh || len(ask.Trail) > 0 {
			shared, err = x.shared(tx, ask.Cursor)
		}
		return err
	})
	if err != nil {
		return answer, err
	}
	if ask.Cursor.Epoch != x.generation || ask.Cursor.Pos > head || !shared {
		answer.Reset, err = x.reset(ctx, ask, head)
		return answer, err
	}
	if err := x.echoed(ctx); err != nil {
		return answer, err
	}
	if head == ask.Cursor.Pos {
		return answer, nil
	}
	return x.seal(ctx, ask, items, head)
}

// seal signs as many items as fit; one always goes.
func (x *exchange) seal(ctx context.Context, ask syncproto.FeedAsk, items []syncproto.FeedItem, head uint64) (syncproto.FeedAnswer, error) {
	budget := x.p.limits.FeedBytes
	if ask.MaxBytes > 0 && int(ask.MaxBytes) < budget {
		budget = int(ask.MaxBytes)
	}
	dict := x.dict()
	all := len(items) < maxItems
	marks, err := x.marks(ctx, items, head)
	if err != nil {
		return syncproto.FeedAnswer{}, err
	}
	for n := len(items); ; n = max(1, n*2/3) {
		to := head
		if n < len(items) || !all {
			to = items[n-1].Pos
		}
		page := syncproto.FeedPage{Commune: x.device.Commune, Epoch: x.generation, From: ask.Cursor.Pos, To: to, Items: items[:n], Mark: marks[to]}
		sealed, err := syncproto.SealFeedPage(page, x.p.receipt, dict)
		found := syncproto.ProblemOf(err)
		tooLarge := found != nil && found.Kind == syncproto.Limit || err == nil && len(sealed.Body) > budget
		if n > 1 && tooLarge {
			continue
		}
		if err != nil {
			return syncproto.FeedAnswer{}, err
		}
		return syncproto.FeedAnswer{Page: &sealed, More: to < head}, nil
	}
}

// dict is one that both sides hold. Every program carries the default one; a
// device that names others and not this one gets plain deflate.
func (x *exchange) dict() *syncproto.Dict {
	if len(x.req.Hello.Dicts) == 0 {
		return syncproto.DefaultDict()
	}
	for _, id := range x.req.Hello.Dicts {
		if d := x.p.dicts[id]; d != nil {
			return d
		}
	}
	return nil
}

// Replay gives a book its own stored events back.
func (p *Portal) Replay(ctx context.Context, id syncproto.DeviceID, req syncproto.ReplayRequest) (syncproto.ReplayResponse, error) {
	var resp syncproto.ReplayResponse
	err := p.db.Read(ctx, func(tx *store.Tx) error {
		d, err := knownDevice(tx, id)
		if err != nil {
			return err
		}
		if req.Book != d.Book {
			return syncproto.NewProblem(syncproto.Auth, syncproto.CodeNotYours, "not the book of this device")
		}
		logs, err := tx.LogsOfBook(d.Commune, d.Book)
		if err != nil {
			return err
		}
		if req.Log.IsZero() {
			resp.Logs, err = p.replayLogs(tx, logs)
			return err
		}
		for _, log := range logs {
			if log.ID == req.Log {
				resp, err = p.replay(tx, d.Commune, log, req)
				return err
			}
		}
		if req.Log.Device == id && req.Log.Epoch > 0 && req.Log.Epoch < d.Epoch {
			// An epoch that was granted and ended after the backup we come from: that we
			// have nothing of it is our word, too, and brings its events back.
			resp.Logs, err = p.replayLogs(tx, []store.Log{{ID: req.Log, Head: syncproto.ChainStart(req.Log)}})
			return err
		}
		return syncproto.NewProblem(syncproto.Auth, syncproto.CodeNotYours, "no such log of this book")
	})
	return resp, err
}

// replayLogs lists the logs of a book, each with the portal's present word for it.
func (p *Portal) replayLogs(tx *store.Tx, logs []store.Log) ([]syncproto.ReplayLog, error) {
	generation, err := tx.Generation()
	if err != nil {
		return nil, err
	}
	var found []syncproto.ReplayLog
	for _, log := range logs {
		d, err := tx.FindDevice(log.ID.Device)
		if err != nil {
			return nil, err
		}
		ack := syncproto.SignAck(syncproto.Ack{Log: log.ID, Applied: log.Applied, Head: log.Head, Generation: generation, At: tx.Now}, p.receipt)
		found = append(found, syncproto.ReplayLog{Log: log.ID, Key: d.PublicKey, Applied: log.Applied, Head: log.Head, Ack: &ack})
	}
	return found, nil
}

func (p *Portal) replay(tx *store.Tx, commune string, log store.Log, req syncproto.ReplayRequest) (syncproto.ReplayResponse, error) {
	var resp syncproto.ReplayResponse
	budget := p.limits.FeedBytes
	if req.MaxBytes > 0 && int(req.MaxBytes) < budget {
		budget = int(req.MaxBytes)
	}
	next, size := max(req.From, 1), 0
	for next <= log.Applied {
		b, err := tx.FindBatch(commune, log.ID, next)
		if errors.Is(err, store.ErrNotFound) {
			return resp, syncproto.NewProblem(syncproto.Correction, syncproto.CodeReplayCursor, "event %d is not kept", next)
		}
		if err != nil {
			return resp, err
		}
		if size += len(b.Body); size > budget && len(resp.Batches) > 0 {
			break
		}
		resp.Batches = append(resp.Batches, b)
		next = b.Last() + 1
	}
	resp.Next, resp.More = next, next <= log.Applied
	return resp, nil
}
