package intake

import (
	"context"
	"crypto/sha256"
	"errors"
	"time"

	"bendo/internal/dossier"
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
		// Another process may write: look again every second.
		again := time.NewTimer(time.Second)
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

// maxItems bounds what one page is made from.
const maxItems = 256

func (x *exchange) page(ctx context.Context, ask syncproto.FeedAsk) (syncproto.FeedAnswer, error) {
	var answer syncproto.FeedAnswer
	var items []syncproto.FeedItem
	var head uint64
	err := x.p.db.Read(ctx, func(tx *store.Tx) (err error) {
		if x.generation, err = tx.Generation(); err != nil {
			return err
		}
		items, head, err = tx.FeedAfter(x.device.Commune, ask.Cursor.Pos, maxItems)
		return err
	})
	if err != nil {
		return answer, err
	}
	if ask.Cursor.Epoch != x.generation || ask.Cursor.Pos > head {
		answer.Reset, err = x.reset(ctx, ask.Cursor, head)
		return answer, err
	}
	if head == ask.Cursor.Pos {
		return answer, nil
	}
	return x.seal(ask, items, head)
}

// seal signs as many items as fit; one always goes.
func (x *exchange) seal(ask syncproto.FeedAsk, items []syncproto.FeedItem, head uint64) (syncproto.FeedAnswer, error) {
	budget := x.p.limits.FeedBytes
	if ask.MaxBytes > 0 && int(ask.MaxBytes) < budget {
		budget = int(ask.MaxBytes)
	}
	dict := x.dict()
	all := len(items) < maxItems
	for n := len(items); ; n = max(1, n*2/3) {
		to := head
		if n < len(items) || !all {
			to = items[n-1].Pos
		}
		page := syncproto.FeedPage{Commune: x.device.Commune, Epoch: x.generation, From: ask.Cursor.Pos, To: to, Items: items[:n]}
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

// reset begins the feed's new epoch for a device. A cursor beyond the end proves
// that the portal lost its end; the device echoes what it has from there.
func (x *exchange) reset(ctx context.Context, cursor syncproto.Cursor, head uint64) (*syncproto.FeedReset, error) {
	if cursor.Epoch == x.generation || cursor.Epoch > x.generation {
		err := x.p.db.Write(ctx, func(tx *store.Tx) error {
			current, err := tx.Generation()
			if err != nil || current > max(cursor.Epoch, x.generation) {
				x.generation = current
				return err
			}
			x.generation, err = tx.NewGeneration(cursor.Epoch)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	reset := &syncproto.FeedReset{Cursor: syncproto.Cursor{Epoch: x.generation}}
	if cursor.IsZero() {
		return reset, nil
	}
	err := x.p.db.Read(ctx, func(tx *store.Tx) error {
		ended, err := tx.FeedEnded(x.device.Commune, cursor.Epoch)
		reset.Cursor.Pos = min(ended, cursor.Pos)
		reset.EchoEpoch, reset.EchoAfter = cursor.Epoch, reset.Cursor.Pos
		return err
	})
	return reset, err
}

// echo takes in again what this portal signed and lost. Doing it twice changes
// nothing; a page that this portal did not sign for this commune changes nothing.
func (x *exchange) echo(ctx context.Context) error {
	for _, sealed := range x.req.Echo {
		page, err := syncproto.OpenFeedPage(sealed, x.p.receiptKey(), x.p.dicts, x.p.limits)
		if err != nil || page.Commune != x.device.Commune {
			// Not ours, or not for this commune: it changes nothing, and the
			// rest of the exchange is answered.
			x.p.log.Warn("Echoed page was not taken", "device", x.device.ID.String())
			continue
		}
		if page.Epoch >= x.generation {
			continue // it lies in the present feed
		}
		if err := x.p.db.Write(ctx, func(tx *store.Tx) error { return x.takeBack(tx, page) }); err != nil {
			return err
		}
	}
	if len(x.req.Echo) > 0 {
		x.p.bell.ring(x.device.Commune)
	}
	return nil
}

func (x *exchange) takeBack(tx *store.Tx, page syncproto.FeedPage) error {
	ended, err := tx.FeedEnded(x.device.Commune, page.Epoch)
	if err != nil {
		return err
	}
	for _, item := range page.Items {
		if item.Pos <= ended {
			continue // not lost
		}
		digest := syncproto.Digest(sha256.Sum256(item.Body))
		fresh, err := tx.PutEcho(x.device.Commune, page.Epoch, x.device.ID, item, digest)
		if err != nil || !fresh {
			if err != nil {
				return err
			}
			continue
		}
		switch item.Kind {
		case syncproto.FeedEvent:
			err = x.takeBackEvent(tx, item)
		case syncproto.FeedOutcome, syncproto.FeedObject:
			_, err = tx.AppendFeed(x.device.Commune, item.Kind, item.Key, item.Body)
		}
		// Receipts are given again by looking at the files; directives belong to
		// the moment they were made for.
		if err != nil {
			return err
		}
	}
	return nil
}

func (x *exchange) takeBackEvent(tx *store.Tx, item syncproto.FeedItem) error {
	e, err := syncproto.DecodeEvent(item.Body)
	if err != nil {
		return nil // signed by us and unreadable: kept among the echoes for a person
	}
	seen, err := tx.SeenEvent(x.device.Commune, e.Header.ID, syncproto.PayloadDigest(e.Salt, e.Payload))
	if err != nil || seen == store.SameEvent {
		return err
	}
	state := store.StateFolded
	if seen == store.OtherBytes {
		state = syncproto.OutcomeIDReused
	}
	err = tx.PutEvent(x.device.Commune, store.StoredEvent{Event: e, Author: dossier.Province, ReceivedAt: tx.Now, State: state})
	if err != nil {
		return err
	}
	if _, err := tx.AppendFeed(x.device.Commune, item.Kind, item.Key, item.Body); err != nil {
		return err
	}
	known, err := tx.FindCase(x.device.Commune, e.Header.Dossier)
	if errors.Is(err, store.ErrNotFound) {
		return nil // its filing comes again by the push
	}
	if err != nil {
		return err
	}
	folded, card, err := tx.Fold(x.device.Commune, e.Header.Dossier)
	if err != nil {
		return err
	}
	return tx.PutCase(x.device.Commune, known.Book, folded, card)
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
			resp.Logs, err = replayLogs(tx, logs)
			return err
		}
		for _, log := range logs {
			if log.ID == req.Log {
				resp, err = p.replay(tx, d.Commune, log, req)
				return err
			}
		}
		return syncproto.NewProblem(syncproto.Auth, syncproto.CodeNotYours, "no such log of this book")
	})
	return resp, err
}

func replayLogs(tx *store.Tx, logs []store.Log) ([]syncproto.ReplayLog, error) {
	var found []syncproto.ReplayLog
	for _, log := range logs {
		d, err := tx.FindDevice(log.ID.Device)
		if err != nil {
			return nil, err
		}
		found = append(found, syncproto.ReplayLog{Log: log.ID, Key: d.PublicKey, Applied: log.Applied, Head: log.Head})
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
