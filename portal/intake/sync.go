package intake

import (
	"context"
	"errors"
	"fmt"
	"time"

	"bendo/portal/store"
	"bendo/syncproto"
)

// exchange is one sync request in the making of its answer.
type exchange struct {
	p    *Portal
	req  syncproto.SyncRequest
	resp syncproto.SyncResponse

	device     store.Device
	generation uint64
	log        store.Log // the portal's side of the device's log
	cold       bool      // a signed hello
	returned   bool      // by a run that had been followed by another

	asked       bool               // the hello has looked for unconfirmed receipts
	unconfirmed []store.Submission // what it found

	leave func() // gives the place in the gate back, before a wait for the feed
	done  func() // the request of this machine is no longer counted
}

// Sync answers the combined exchange.
func (p *Portal) Sync(ctx context.Context, req syncproto.SyncRequest) (syncproto.SyncResponse, error) {
	x := &exchange{p: p, req: req, cold: len(req.Hello.Sig) > 0}
	leave, err := p.gate.enter(ctx)
	if err != nil {
		return syncproto.SyncResponse{}, err
	}
	defer leave()
	x.leave = leave
	defer func() {
		if x.done != nil {
			x.done()
		}
	}()
	for _, section := range []func(context.Context) error{x.hello, x.admit, x.push, x.echo, x.blobs, x.reconfirm, x.ack, x.feed} {
		if err := section(ctx); err != nil {
			return syncproto.SyncResponse{}, full(err)
		}
	}
	return x.resp, nil
}

// problem puts what a section refuses into the answer; any other error ends the
// exchange.
func (x *exchange) problem(err error) error {
	if found := syncproto.ProblemOf(err); found != nil {
		x.resp.Problems = append(x.resp.Problems, *found)
		return nil
	}
	return err
}

// hello authenticates, compares the logs and welcomes.
func (x *exchange) hello(ctx context.Context) error {
	id := x.req.Hello.Device
	if !x.cold {
		var err error
		if id, err = x.p.session.Check(x.req.Hello.Session, x.p.db.Now().UnixMilli()); err != nil {
			return err
		}
	}
	proto, err := uint16(0), error(nil)
	if x.cold {
		if proto, err = syncproto.CommonProto(x.req.Hello.ProtoMin, x.req.Hello.ProtoMax); err != nil {
			return err
		}
	}
	// A warm poll that has nothing new writes nothing.
	if !x.cold && !x.req.Hello.Fresh && x.req.Hello.Grant == nil {
		err = x.p.db.Read(ctx, func(tx *store.Tx) error { return x.warm(tx, id) })
		if !errors.Is(err, errMustWrite) {
			return err
		}
	}
	return x.p.db.Write(ctx, func(tx *store.Tx) error {
		x.resp = syncproto.SyncResponse{}
		return x.greet(tx, id, proto)
	})
}

// admit bounds what one machine has at work, once it has proved who it is: a
// stranger must not fill up somebody else's count.
func (x *exchange) admit(context.Context) (err error) {
	x.done, err = x.p.gate.admit(x.device.ID)
	return err
}

var errMustWrite = errors.New("the hello changes something")

// seenEvery is how often the time of last contact is written.
const seenEvery = time.Minute

func (x *exchange) warm(tx *store.Tx, id syncproto.DeviceID) (err error) {
	if x.device, err = knownDevice(tx, id); err != nil {
		return err
	}
	if tx.Now-x.device.LastSeenAt > seenEvery.Milliseconds() {
		return errMustWrite
	}
	if x.generation, err = tx.Generation(); err != nil {
		return err
	}
	log := x.logState()
	if x.log, err = tx.FindLogUnlocked(x.device.Commune, syncproto.LogID{Device: id, Epoch: log.Epoch}); err != nil {
		return err
	}
	if x.needsDecision(log) {
		return errMustWrite
	}
	if x.unconfirmed, err = tx.Unconfirmed(x.device.Commune, x.generation, reconfirmEach); err != nil {
		return err
	}
	x.asked = true
	if x.req.Hello.Generation != x.generation {
		return x.welcome(tx, 0)
	}
	return nil
}

// logState is where the device says its log stands; without a word, the log of
// what it pushes, or the newest epoch it was granted.
func (x *exchange) logState() syncproto.LogState {
	if x.req.Hello.Log != nil {
		return *x.req.Hello.Log
	}
	if len(x.req.Push) > 0 {
		return syncproto.LogState{Epoch: x.req.Push[0].Log.Epoch}
	}
	return syncproto.LogState{Epoch: x.device.Epoch}
}

// greet is the whole hello in one transaction.
func (x *exchange) greet(tx *store.Tx, id syncproto.DeviceID, proto uint16) (err error) {
	x.device, err = tx.LockDevice(id)
	if errors.Is(err, store.ErrNotFound) && x.cold && len(x.req.Hello.Enrolled) > 0 {
		x.device, err = x.readmit(tx, id)
	}
	if x.device, err = allowed(x.device, err); err != nil {
		return err
	}
	if x.cold {
		if err := x.signed(); err != nil {
			return err
		}
	}
	if x.generation, err = tx.Generation(); err != nil {
		return err
	}
	if err := x.compare(tx); err != nil {
		return err
	}
	x.device.LastSeenAt = tx.Now
	if x.cold || x.req.Hello.Fresh {
		x.device.BlobSession = max(x.device.BlobSession+1, x.req.Hello.BlobSession+1, uint64(tx.Now))
	}
	if x.cold || x.req.Hello.Fresh || x.req.Hello.Generation != x.generation {
		if err := x.welcome(tx, proto); err != nil {
			return err
		}
	}
	return tx.SaveDevice(x.device)
}

func (x *exchange) signed() error {
	h := x.req.Hello
	if err := syncproto.VerifyHello(h, x.req.ID, x.device.PublicKey); err != nil {
		return err
	}
	if h.Count <= x.device.HelloCount {
		problem := syncproto.NewProblem(syncproto.Correction, syncproto.CodeHelloCount, "this hello or a later one was heard already")
		problem.Value = x.device.HelloCount
		return problem
	}
	x.device.HelloCount = h.Count
	x.returned = x.device.Speaks(h.Boot)
	return nil
}

func (x *exchange) welcome(tx *store.Tx, proto uint16) error {
	now, err := x.p.signTime(tx, x.req.ID)
	if err != nil {
		return err
	}
	w := &syncproto.Welcome{Proto: proto, Generation: x.generation, FeedEpoch: x.generation, Limits: x.p.limits, Time: now}
	if x.cold {
		w.Session = x.p.session.Issue(x.device.ID, tx.Now+sessionLife.Milliseconds())
		for id := range x.p.dicts {
			w.Dicts = append(w.Dicts, id)
		}
	}
	if x.cold || x.req.Hello.Fresh {
		w.BlobSession = x.device.BlobSession
	}
	x.resp.Welcome = w
	return nil
}

// push takes the batches in order, each in its own transaction: the portal's
// applied seq is then the truth after every one of them.
func (x *exchange) push(ctx context.Context) error {
	for _, b := range x.req.Push {
		if len(x.resp.Problems) > 0 {
			return nil // the hello found that this log must not grow
		}
		if b.Log.Device != x.device.ID {
			return x.problem(syncproto.NewProblem(syncproto.Fork, syncproto.CodeSignature, "a batch of another device"))
		}
		if b.Log != x.log.ID {
			return x.problem(syncproto.NewProblem(syncproto.Fork, syncproto.CodeEpoch, "a batch of an epoch that the hello did not name"))
		}
		judged := x.log
		err := x.p.db.Take(ctx, func(tx *store.Tx) error {
			d, err := allowed(tx.LockDevice(x.device.ID))
			if err != nil {
				return err
			}
			judged, err = x.p.push(tx, d, b)
			return err
		})
		found := syncproto.ProblemOf(err)
		if err != nil && found == nil {
			return fmt.Errorf("taking a batch: %w", err)
		}
		x.log = judged
		if found == nil {
			continue
		}
		x.resp.Problems = append(x.resp.Problems, *found)
		if found.Kind != syncproto.Fork {
			break
		}
		if err := x.suspect(ctx); err != nil {
			return err
		}
		break
	}
	if len(x.req.Push) > 0 {
		x.p.bell.ring(x.device.Commune)
	}
	return nil
}

// ack is signed last: what it says is committed.
func (x *exchange) ack(context.Context) error {
	h := x.req.Hello
	if h.Log == nil && len(x.req.Push) == 0 && h.Generation == x.generation {
		return nil // a question that does not speak of the log is not answered about it
	}
	if x.log.ID.IsZero() || len(x.req.Push) == 0 && h.Generation == x.generation && h.Acked == x.log.Applied && len(x.resp.Problems) == 0 && !x.cold {
		return nil
	}
	signed := syncproto.SignAck(syncproto.Ack{Log: x.log.ID, Applied: x.log.Applied, Head: x.log.Head,
		Generation: x.generation, At: x.p.db.Now().UnixMilli()}, x.p.receipt)
	x.resp.Ack = &signed
	return nil
}

// blobs answers what is there of each scan.
func (x *exchange) blobs(ctx context.Context) error {
	if len(x.req.BlobStat) == 0 {
		return nil
	}
	var unverified []store.Blob
	err := x.p.db.Read(ctx, func(tx *store.Tx) error {
		for _, key := range x.req.BlobStat {
			b, err := tx.FindBlob(x.device.Commune, key.Dossier, key.SHA256)
			if errors.Is(err, store.ErrNotFound) || err == nil && b.Book != x.device.Book {
				x.resp.Blobs = append(x.resp.Blobs, syncproto.BlobAnswer{Unknown: true})
				continue
			}
			if err != nil {
				return err
			}
			if !b.Complete() && b.Size == b.Ref.Length {
				unverified = append(unverified, b)
			}
			x.resp.Blobs = append(x.resp.Blobs, syncproto.BlobAnswer{Off: b.Size, Complete: b.Complete()})
		}
		return nil
	})
	if err != nil || len(unverified) == 0 {
		return err
	}
	return x.verify(ctx, unverified)
}

func (x *exchange) verify(ctx context.Context, blobs []store.Blob) error {
	for _, b := range blobs {
		err := x.p.db.Take(ctx, func(tx *store.Tx) error {
			// Two scans of a dossier that become complete at once: the second sees the first.
			if err := tx.LockDossier(b.Commune, b.Dossier); err != nil {
				return err
			}
			now, err := tx.LockBlob(b.Commune, b.Dossier, b.Ref.SHA256)
			if err != nil {
				return err
			}
			if b, err = tx.VerifyBlob(now); err != nil {
				return err
			}
			return x.p.giveReceipts(tx, b.Commune, b.Dossier)
		})
		if err != nil {
			return err
		}
		for i, key := range x.req.BlobStat {
			if key.Dossier == b.Dossier && key.SHA256 == b.Ref.SHA256 {
				x.resp.Blobs[i] = syncproto.BlobAnswer{Off: b.Size, Complete: b.Complete()}
			}
		}
	}
	return nil
}

// reconfirmEach bounds how many old receipts one exchange gives again.
const reconfirmEach = 32

// reconfirm gives receipts of an older generation again, after looking at the
// files: a restored portal may have rows whose scans it does not have.
func (x *exchange) reconfirm(ctx context.Context) error {
	if !x.asked {
		err := x.p.db.Read(ctx, func(tx *store.Tx) (err error) {
			x.unconfirmed, err = tx.Unconfirmed(x.device.Commune, x.generation, reconfirmEach)
			return err
		})
		if err != nil {
			return err
		}
	}
	for _, s := range x.unconfirmed {
		var unread error
		err := x.p.db.Write(ctx, func(tx *store.Tx) error {
			var whole bool
			if whole, unread = tx.Recheck(s); unread != nil || !whole {
				return unread
			}
			return x.p.giveReceipt(tx, s, s.CompleteAt)
		})
		if unread != nil && ctx.Err() == nil {
			// A disk that does not give one file back must not keep the whole office away. The
			// receipt stays unconfirmed, and the next exchange looks again.
			x.p.log.Warn("A scan could not be read, its receipt is not confirmed again", "commune", s.Commune, "dossier", s.Dossier.String(), "error", err)
			continue
		}
		if err != nil {
			return fmt.Errorf("confirming a receipt again: %w", err)
		}
	}
	return nil
}
