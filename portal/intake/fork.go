package intake

import (
	"context"

	"bendo/portal/store"
	"bendo/syncproto"
)

// needsDecision says that a warm hello does not simply continue.
func (x *exchange) needsDecision(log syncproto.LogState) bool {
	if x.log.Frozen || log.Epoch > x.device.Epoch || x.behind() || x.req.Hello.Fork != nil || x.req.Hello.Held != nil {
		return true
	}
	if x.req.Hello.Log == nil {
		return false
	}
	return x.fork(log) != ""
}

// fork tells how the device's log contradicts ours, "" when it does not. In a warm session
// one that merely ends before ours is a request that was overtaken on the way, or a ghost
// of a dead connection: a restored or cloned machine begins with a signed hello. The ack
// tells the device where we are, and its own chain judges.
func (x *exchange) fork(log syncproto.LogState) string {
	v := syncproto.CompareLogs(log, x.state(), nil)
	if v.Relation != syncproto.LogsForked || !x.cold && v.Code == syncproto.CodeAhead {
		return ""
	}
	return v.Code
}

// past says that a run of the machine begins in an epoch behind one that was written in: its disk was put
// back to before that, however well its old log fits. A copy that lives on in its own epoch is known by its
// boot (returned), so a reconnection costs none. Whether a later grant was used yet does not matter: it may
// be the answer to this very disk, which was lost, or heard by a machine that died before it began.
func (x *exchange) past(tx *store.Tx, log syncproto.LogState) (bool, error) {
	if !x.cold || x.returned || log.Epoch >= x.device.Epoch {
		return false, nil
	}
	written, err := tx.LastWritten(x.device.Commune, x.device.ID)
	return written > log.Epoch, err
}

// state is the portal's side of the log the device speaks of.
func (x *exchange) state() syncproto.LogState {
	return syncproto.LogState{Epoch: x.log.ID.Epoch, Next: x.log.Applied + 1, Head: x.log.Head}
}

// behind: the device shows an ack that this portal signed, of this generation or of a later
// one, above what is here: the portal was restored from a backup. What a hello merely claims
// counts for nothing, or one faulty machine could void every receipt of the province.
func (x *exchange) behind() bool {
	return x.req.Hello.ProvesBehind(x.log.ID, x.generation, x.log.Applied, x.p.receiptKey())
}

// compare decides how the device's log stands to ours and acts on it.
func (x *exchange) compare(tx *store.Tx) error {
	log := x.logState()
	if log.Epoch > x.device.Epoch {
		if err := x.adopt(tx, log); err != nil || len(x.resp.Problems) > 0 {
			return err
		}
	}
	var err error
	if x.log, err = tx.FindLog(x.device.Commune, syncproto.LogID{Device: x.device.ID, Epoch: log.Epoch}); err != nil {
		return err
	}
	if x.behind() {
		if err := tx.ShowProof(x.device.Commune, *x.req.Hello.Held); err != nil {
			return err
		}
		if err := x.newGeneration(tx, store.CauseAck); err != nil {
			return err
		}
	}
	if x.log.Frozen {
		return x.forked(tx, syncproto.CodeEpoch)
	}
	if x.req.Hello.Log == nil {
		return nil
	}
	if x.returned {
		// Two machines live as one. The first time it is seen whoever speaks gets an epoch
		// of its own. From then on both go on until IT decides: should they still write
		// one log, its chain shows it, and a reconnection costs no epoch.
		if !x.device.Suspected && log.Epoch == x.device.Epoch {
			return x.forked(tx, syncproto.CodeTwoWriters)
		}
		x.device.Suspected = true
		if err := tx.Alarm(x.device, syncproto.CodeTwoWriters, "two machines live as this one"); err != nil {
			return err
		}
	}
	past, err := x.past(tx, log)
	if err != nil {
		return err
	}
	if past {
		return x.forked(tx, syncproto.CodeEpoch)
	}
	if code := x.fork(log); code != "" {
		return x.forked(tx, code)
	}
	if err := x.remember(tx); err != nil {
		return err
	}
	return x.reported(tx)
}

// remember keeps an ack of an older generation that covers more than is here: the
// report of a restore tells by it what has not come back.
func (x *exchange) remember(tx *store.Tx) error {
	held := x.req.Hello.Held
	if held == nil || held.Log != x.log.ID || held.Applied <= x.log.Applied || held.Verify(x.p.receiptKey()) != nil {
		return nil
	}
	return tx.ShowProof(x.device.Commune, *held)
}

// reported takes a fork that only the device can see: below our end its chain has
// another head. When our own chain shows the same, the device gets a new epoch as
// after any other fork; when it does not, somebody must look at the machine.
func (x *exchange) reported(tx *store.Tx) error {
	told := x.req.Hello.Fork
	if told == nil || told.Epoch != x.log.ID.Epoch || told.Next == 0 {
		return nil
	}
	if log := x.req.Hello.Log; log != nil && *log == *told && x.device.Epoch > told.Epoch {
		return x.forked(tx, syncproto.CodeEpoch) // it froze all it has, and the grant it got was lost before it began
	}
	if told.Next-1 > x.log.Applied {
		return tx.Alarm(x.device, "fork_reported", "the machine reports a fork beyond what is here")
	}
	head, err := x.p.headAt(tx, x.device.Commune, x.log, told.Next-1)
	if err != nil {
		return tx.Alarm(x.device, "fork_reported", "the machine reports a fork in a stretch that is not kept here")
	}
	if head == told.Head {
		if log := x.req.Hello.Log; log.Epoch == told.Epoch && log.Next == told.Next && told.Next <= x.log.Applied {
			return x.forked(tx, syncproto.CodeAhead) // its whole log is our beginning: an old copy of its disk
		}
		return tx.Alarm(x.device, "fork_reported", "the machine reports a fork where both logs agree; its book may be damaged")
	}
	return x.forked(tx, syncproto.CodeHead)
}

// adopt takes back an epoch that this portal granted and forgot. Without the
// grant the device is asked for it.
func (x *exchange) adopt(tx *store.Tx, log syncproto.LogState) (err error) {
	grant := x.req.Hello.Grant
	if grant == nil || grant.Epoch != log.Epoch || grant.Book != x.device.Book || grant.Verify(x.device.ID, x.p.receiptKey()) != nil {
		problem := syncproto.NewProblem(syncproto.Correction, syncproto.CodeEpoch, "epoch %d was not granted here: show the grant", log.Epoch)
		problem.Value = uint64(x.device.Epoch)
		return x.problem(problem)
	}
	if x.device, err = tx.AdoptEpoch(x.device, grant.Epoch, grant.SlipPrefix); err != nil {
		return err
	}
	if grant.Generation < x.generation {
		return nil // lost, and known to be: this generation began after it
	}
	return x.newGeneration(tx, store.CauseGrant)
}

// newGeneration: the portal knows now that it lost its end. Every receipt must be
// confirmed again, and every feed begins a new epoch.
func (x *exchange) newGeneration(tx *store.Tx, cause string) (err error) {
	x.p.log.Warn("Portal is behind its own receipts, a new generation begins", "device", x.device.ID.String())
	known := uint64(0)
	if held := x.req.Hello.Held; held != nil && held.Verify(x.p.receiptKey()) == nil {
		known = held.Generation
	}
	x.generation, err = tx.NewGeneration(store.Begun{Cause: cause, Device: x.device.ID, AtLeast: known})
	return err
}

// forked tells a device that its log does not end where ours does, and grants it
// a new epoch. The log itself stays open: the one who speaks may be the restored
// or cloned machine, and the other one still writes. A grant that nobody has used
// yet is given again, because the answer may have been lost; a second live
// incarnation gets an epoch of its own.
func (x *exchange) forked(tx *store.Tx, code string) error {
	if err := x.grant(tx); err != nil {
		return err
	}
	return x.problem(syncproto.NewProblem(syncproto.Fork, code, "log %s: the portal has %d events with another end", x.log.ID, x.log.Applied))
}

func (x *exchange) grant(tx *store.Tx) error {
	if err := tx.Alarm(x.device, "fork", "log "+x.log.ID.String()+" does not end where the machine's does: restored, or cloned"); err != nil {
		return err
	}
	newest, err := tx.FindLog(x.device.Commune, syncproto.LogID{Device: x.device.ID, Epoch: x.device.Epoch})
	if err != nil {
		return err
	}
	x.device.Suspected = true
	if x.device.Epoch == x.log.ID.Epoch || !newest.Fresh {
		if x.device, err = tx.GrantEpoch(x.device); err != nil {
			return err
		}
	}
	grant := x.p.register.Grant(tx, x.device, x.generation)
	x.resp.Directives = append(x.resp.Directives, syncproto.Directive{Code: syncproto.DirectiveNewEpoch, Grant: &grant, At: tx.Now})
	x.p.log.Warn("Log does not fit what the portal has, a new epoch is granted", "device", x.device.ID.String(), "epoch", x.device.Epoch)
	return tx.SaveDevice(x.device)
}

// suspect grants a new epoch after a batch that does not continue the chain. The
// log is not frozen: a damaged batch may be followed by a good one.
func (x *exchange) suspect(ctx context.Context) error {
	return x.p.db.Write(ctx, func(tx *store.Tx) (err error) {
		if x.device, err = allowed(tx.LockDevice(x.device.ID)); err != nil {
			return err
		}
		x.resp.Directives = nil
		return x.grant(tx)
	})
}

// readmit takes in a machine that this portal enrolled and forgot.
func (x *exchange) readmit(tx *store.Tx, id syncproto.DeviceID) (store.Device, error) {
	h := x.req.Hello
	if err := syncproto.VerifyHello(h, x.req.ID, h.Key); err != nil {
		return store.Device{ID: id}, err
	}
	d, err := x.p.register.Readmit(tx, id, h.Enrolled, h.Key)
	if err != nil {
		return d, err
	}
	x.p.log.Warn("A forgotten machine showed its enrolment and was taken in again", "device", id.String(), "commune", d.Commune)
	return tx.LockDevice(id)
}
