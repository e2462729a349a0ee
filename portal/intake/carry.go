package intake

import (
	"context"
	"errors"
	"fmt"

	"bendo/portal/store"
	"bendo/syncproto"
)

// What a stick brings goes the same way as what the line brings: the same push, the same
// store of scans, the same receipts and feed, in the same transactions. Only the hello differs:
// a bundle may be old when it is read, so a log that stands further here than its bundle says
// is no fork.

// Carried is what the intake holds of one machine's log and feed while a stick is read.
type Carried struct {
	x        *exchange
	replaced bool // another machine goes on with its book: nothing is granted to this one
}

// Device is the machine as the register has it.
func (c *Carried) Device() store.Device { return c.x.device }

// CarriedDevice finds the machine whose bundle is on a stick, and whether another machine goes
// on with its book. One that was revoked, or that nobody enrolled, is an auth problem.
func (p *Portal) CarriedDevice(ctx context.Context, id syncproto.DeviceID) (d store.Device, replaced bool, err error) {
	err = p.db.Read(ctx, func(tx *store.Tx) error {
		found, err := tx.FindDevice(id)
		d, replaced, err = carried(tx, found, err)
		return err
	})
	return d, replaced, err
}

// carried is allowed for sticks. A machine whose book another one goes on with is revoked, but
// its second place may hold the only copy of what residents have slips for: that is taken into
// quarantine, as from a suspended machine, and a person decides. Nothing of this is saved with
// the machine.
func carried(tx *store.Tx, d store.Device, err error) (store.Device, bool, error) {
	if err != nil || d.Status != store.Revoked {
		d, err = allowed(d, err)
		return d, false, err
	}
	replaced, err := tx.WasReplaced(d.Commune, d.ID)
	if err != nil {
		return d, false, err
	}
	if !replaced {
		d, err = allowed(d, nil)
		return d, false, err
	}
	d.Status = store.Suspended
	return d, true, nil
}

// Carry begins the reading of a machine's stick with the state its newest verified part told.
// A portal that this state proves to be behind begins a new generation, as on the line.
func (p *Portal) Carry(ctx context.Context, id syncproto.DeviceID, st syncproto.BundleState) (*Carried, error) {
	log := st.Log
	c := &Carried{}
	x := &exchange{p: p, req: syncproto.SyncRequest{Hello: syncproto.Hello{Device: id, Log: &log, Held: st.Held, Grant: st.Grant,
		Generation: st.Generation, Acked: st.Acked, Dicts: st.Dicts}, Feed: &syncproto.FeedAsk{Cursor: st.Cursor}}}
	err := p.db.Write(ctx, func(tx *store.Tx) (err error) {
		x.resp = syncproto.SyncResponse{}
		found, err := tx.LockDevice(id)
		if x.device, c.replaced, err = carried(tx, found, err); err != nil {
			return err
		}
		if x.generation, err = tx.Generation(); err != nil {
			return err
		}
		if log.Epoch > x.device.Epoch && !c.replaced {
			if err := x.adopt(tx, log); err != nil {
				return err
			}
			if len(x.resp.Problems) > 0 {
				return &x.resp.Problems[0]
			}
		}
		if x.log, err = tx.FindLog(x.device.Commune, syncproto.LogID{Device: id, Epoch: log.Epoch}); err != nil {
			return err
		}
		if x.behind() {
			if err := tx.ShowProof(x.device.Commune, *st.Held); err != nil {
				return err
			}
			if err := x.newGeneration(tx, store.CauseAck); err != nil {
				return err
			}
		}
		if c.replaced {
			return nil
		}
		x.device.LastSeenAt = tx.Now
		return tx.SaveDevice(x.device)
	})
	if err != nil {
		return nil, fmt.Errorf("beginning to read a stick: %w", full(err))
	}
	c.x = x
	return c, nil
}

// Batch takes one batch and says how many of its events were new. A gap is correction/seq; a
// log that went another way is a fork, for which the machine gets a new epoch as on the line.
// A batch that does not verify by itself is neither: it is refused as what it is.
func (c *Carried) Batch(ctx context.Context, b syncproto.BundleBatch) (fresh int, err error) {
	x := c.x
	if b.Batch.Log.Device != x.device.ID {
		return 0, syncproto.NewProblem(syncproto.Version, syncproto.CodeFormat, "a batch of another device")
	}
	if _, _, err := syncproto.OpenBatch(b.Batch, b.Prev, x.device.PublicKey, x.p.dicts, x.p.limits); err != nil {
		if p := syncproto.ProblemOf(err); p != nil && p.Kind == syncproto.Fork {
			err = &syncproto.Problem{Kind: syncproto.Version, Code: syncproto.CodeFormat, Err: err}
		}
		return 0, err
	}
	before := uint64(0)
	var after store.Log
	err = x.p.db.Take(ctx, func(tx *store.Tx) error {
		found, err := tx.LockDevice(x.device.ID)
		d, _, err := carried(tx, found, err)
		if err != nil {
			return err
		}
		log, err := tx.FindLog(d.Commune, b.Batch.Log)
		if err != nil {
			return err
		}
		before = log.Applied
		after, err = x.p.push(tx, d, b.Batch)
		return err
	})
	if p := syncproto.ProblemOf(err); p != nil && p.Kind == syncproto.Fork && p.Code != syncproto.CodeEpoch {
		if c.replaced {
			return 0, err
		}
		x.log.ID = b.Batch.Log
		return 0, errors.Join(err, x.suspect(ctx))
	}
	if err != nil {
		return 0, full(err)
	}
	if after.Applied > before {
		x.p.bell.ring(x.device.Commune)
		return int(after.Applied - before), nil
	}
	return 0, nil
}

// Piece stores bytes of a scan. It writes on behalf of the newest session there is, so that it
// never takes a scan away from a living connection; the offset decides. What is there already
// is skipped; a piece beyond it is correction/offset. It says how many bytes were new, and
// whether they made the scan complete.
func (c *Carried) Piece(ctx context.Context, piece syncproto.BundlePiece) (added int, completed bool, err error) {
	x, p := c.x, c.x.p
	var answer store.Appended
	err = p.db.Take(ctx, func(tx *store.Tx) error {
		d, b, err := c.blob(tx, piece.Key)
		if err != nil {
			return err
		}
		added, completed, answer = 0, false, store.Appended{}
		if b.Ref.Length != piece.Length {
			return syncproto.NewProblem(syncproto.Version, syncproto.CodeFormat, "a piece of a scan of another length")
		}
		if end := piece.Off + int64(len(piece.Bytes)); b.Complete() || end <= b.Size && end < piece.Length {
			return nil
		}
		if piece.Off > b.Size {
			problem := syncproto.NewProblem(syncproto.Correction, syncproto.CodeOffset, "%d bytes of the scan are here", b.Size)
			problem.Value = uint64(b.Size)
			return problem
		}
		fresh := piece.Bytes[min(b.Size-piece.Off, int64(len(piece.Bytes))):]
		if len(fresh) == 0 { // every byte is here and not yet verified
			if b, err = tx.VerifyBlob(b); err != nil {
				return err
			}
			answer = store.Appended{Offset: b.Size, Complete: b.Complete()}
		} else if answer, _, err = tx.Append(d.Commune, piece.Key.Dossier, piece.Key.SHA256, b.Session, b.Size, fresh); err != nil {
			return err
		}
		added, completed = len(fresh), answer.Complete
		if !completed {
			return nil
		}
		return p.giveReceipts(tx, d.Commune, piece.Key.Dossier)
	})
	if err != nil {
		return 0, false, full(err)
	}
	if answer.Restarted {
		return 0, false, syncproto.NewProblem(syncproto.Correction, syncproto.CodeBlobRestart, "the bytes did not have the signed digest")
	}
	if completed {
		p.bell.ring(x.device.Commune)
	}
	return added, completed, nil
}

// blob finds a scan that a stored event of this machine's book names, and keeps its dossier for
// this transaction: the line may complete another scan of it at this moment, and one of the two
// must see the other, or neither gives the receipt.
func (c *Carried) blob(tx *store.Tx, key syncproto.BlobKey) (store.Device, store.Blob, error) {
	found, err := tx.FindDevice(c.x.device.ID)
	d, _, err := carried(tx, found, err)
	if err != nil {
		return d, store.Blob{}, err
	}
	if err := tx.LockDossier(d.Commune, key.Dossier); err != nil {
		return d, store.Blob{}, err
	}
	b, err := tx.LockBlob(d.Commune, key.Dossier, key.SHA256)
	if errors.Is(err, store.ErrNotFound) || err == nil && b.Book != d.Book {
		return d, b, syncproto.NewProblem(syncproto.Correction, syncproto.CodeBlobUnknown, "no stored event of this book names the blob")
	}
	return d, b, err
}

// Echo takes in again a page of the feed that this portal signed and lost.
func (c *Carried) Echo(ctx context.Context, page syncproto.SealedPage) error {
	c.x.req.Echo = []syncproto.SealedPage{page}
	defer func() { c.x.req.Echo = nil }()
	return c.x.echo(ctx)
}

// Answers are what the portal says to a machine by stick.
type Answers struct {
	Ack      *syncproto.Ack
	Receipts []syncproto.Receipt
	Reset    *syncproto.FeedReset
	Pages    []syncproto.SealedPage
	Orders   []syncproto.Directive
	Replays  []syncproto.BundleReplay
	More     bool // the feed goes on beyond Pages
}

// Bounds of one answer; the rest comes with the next stick, or by the line.
const (
	maxCarriedPages   = 400
	maxCarriedReplays = 200
)

// Answers gathers what the line would have answered: the ack of the log, every receipt of the
// machine's book that its cursor may not have seen, the feed beyond the cursor, and a new epoch
// with what the book lacks of its own log.
func (c *Carried) Answers(ctx context.Context, st syncproto.BundleState) (a Answers, err error) {
	x := c.x
	if err := x.reconfirm(ctx); err != nil {
		return a, err
	}
	err = x.p.db.Read(ctx, func(tx *store.Tx) (err error) {
		found, err := tx.FindDevice(x.device.ID)
		if x.device, _, err = carried(tx, found, err); err != nil {
			return err
		}
		if x.generation, err = tx.Generation(); err != nil {
			return err
		}
		if x.log, err = tx.FindLogUnlocked(x.device.Commune, syncproto.LogID{Device: x.device.ID, Epoch: st.Log.Epoch}); err != nil {
			return err
		}
		return c.newEpoch(tx, st, &a)
	})
	if err != nil {
		return a, fmt.Errorf("gathering answers: %w", err)
	}
	signed := syncproto.SignAck(syncproto.Ack{Log: x.log.ID, Applied: x.log.Applied, Head: x.log.Head,
		Generation: x.generation, At: x.p.db.Now().UnixMilli()}, x.p.receipt)
	a.Ack = &signed
	return a, c.feed(ctx, st.Cursor, &a)
}

// newEpoch adds a grant the machine does not have yet, and before it what is stored here beyond
// the events that it knows to be acknowledged.
func (c *Carried) newEpoch(tx *store.Tx, st syncproto.BundleState, a *Answers) error {
	x := c.x
	if x.device.Epoch <= st.Log.Epoch || c.replaced {
		return nil
	}
	grant := x.p.register.Grant(tx, x.device, x.generation)
	a.Orders = append(a.Orders, syncproto.Directive{Code: syncproto.DirectiveNewEpoch, Grant: &grant, At: tx.Now})
	l := syncproto.ReplayLog{Log: x.log.ID, Key: x.device.PublicKey, Applied: x.log.Applied, Head: x.log.Head}
	from := uint64(1)
	if st.Generation == x.generation && st.Acked < x.log.Applied {
		from = st.Acked + 1
	}
	for from <= x.log.Applied && len(a.Replays) < maxCarriedReplays {
		b, err := tx.FindBatch(x.device.Commune, x.log.ID, from)
		if errors.Is(err, store.ErrNotFound) {
			return nil // not kept: the machine re-heads from what it knows
		}
		if err != nil {
			return err
		}
		a.Replays = append(a.Replays, syncproto.BundleReplay{Log: l, Batch: b})
		from = b.Last() + 1
	}
	return nil
}

// Receipts adds the receipts of some dossiers: they count whatever the machine's cursor is.
func (c *Carried) Receipts(ctx context.Context, dossiers []syncproto.DossierID, a *Answers) error {
	x := c.x
	return x.p.db.Read(ctx, func(tx *store.Tx) error {
		for _, id := range dossiers {
			if one, err := tx.FindCase(x.device.Commune, id); err == nil && one.Book != x.device.Book {
				continue // a neighbour's
			}
			list, err := tx.SubmissionsOf(x.device.Commune, id)
			if err != nil {
				return err
			}
			for _, s := range list {
				if s.CompleteAt == 0 || s.Generation != x.generation {
					continue
				}
				_, body, err := x.p.signReceipt(s)
				if err != nil {
					return err
				}
				r, err := syncproto.DecodeReceipt(body)
				if err != nil {
					return err
				}
				a.Receipts = append(a.Receipts, r)
			}
		}
		return nil
	})
}

// feed adds pages from the machine's cursor on, or leads it into the present feed. Only a cursor
// in the present feed says that the machine has echoed what an older one had.
func (c *Carried) feed(ctx context.Context, cursor syncproto.Cursor, a *Answers) error {
	x := c.x
	for len(a.Pages) < maxCarriedPages {
		items, head, here, err := c.after(ctx, cursor)
		if err != nil {
			return err
		}
		if !here && a.Reset == nil {
			if a.Reset, err = x.reset(ctx, syncproto.FeedAsk{Cursor: cursor}, head); err != nil {
				return err
			}
			cursor = a.Reset.Cursor
			continue
		}
		if a.Reset == nil && len(a.Pages) == 0 {
			if err := x.echoed(ctx); err != nil {
				return err
			}
		}
		if head <= cursor.Pos {
			return nil
		}
		answer, err := x.seal(ctx, syncproto.FeedAsk{Cursor: cursor}, items, head)
		if err != nil {
			return err
		}
		a.Pages = append(a.Pages, *answer.Page)
		if !answer.More {
			return nil
		}
		page, err := syncproto.OpenFeedPage(*answer.Page, x.p.receiptKey(), x.p.dicts, x.p.limits)
		if err != nil {
			return err
		}
		cursor = page.Next()
	}
	a.More = true
	return nil
}

// after reads the feed beyond a cursor and says whether the cursor is a place in it.
func (c *Carried) after(ctx context.Context, cursor syncproto.Cursor) (items []syncproto.FeedItem, head uint64, here bool, err error) {
	x := c.x
	err = x.p.db.Read(ctx, func(tx *store.Tx) (err error) {
		if items, head, err = tx.FeedAfter(x.device.Commune, cursor.Pos, maxItems); err != nil {
			return err
		}
		here, err = x.shared(tx, cursor)
		return err
	})
	return items, head, here && cursor.Epoch == x.generation && cursor.Pos <= head, err
}
