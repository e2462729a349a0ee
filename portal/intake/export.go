package intake

import (
	"context"
	"errors"
	"fmt"
	"io"

	"bendo/internal/journal"
	"bendo/portal/store"
	"bendo/syncproto"
)

// ErrUnlike means that two places of the store tell different stories about a log.
var ErrUnlike = errors.New("the store contradicts itself")

// Export writes the journal of a machine as a file that anybody can check: the batches as the
// machine signed them, what was erased since as its digests alone, heads and receipts with the
// portal's signature, and, when acts names an office, who of it looked at what. What the machine
// sends meanwhile is not in it.
func (p *Portal) Export(ctx context.Context, w io.Writer, device syncproto.DeviceID, content journal.Content, acts string) error {
	var d store.Device
	var logs []store.Log
	var generation uint64
	err := p.db.Read(ctx, func(tx *store.Tx) (err error) {
		if d, err = tx.FindDevice(device); err != nil {
			return err
		}
		if generation, err = tx.Generation(); err != nil {
			return err
		}
		logs, err = tx.LogsOfBook(d.Commune, d.Book)
		return err
	})
	if err != nil {
		return err
	}
	head := journal.Head{By: journal.ByPortal, At: p.db.Now().UnixMilli(), Content: content, Device: d.ID, DeviceKey: d.PublicKey,
		PortalKey: p.receiptKey(), Book: d.Book, Commune: d.Commune}
	head.State(d.EnrolledAt, p.receipt)
	j, err := journal.NewWriter(w, head)
	if err != nil {
		return err
	}
	for _, l := range logs {
		if l.ID.Device != device {
			continue
		}
		e := exporter{p: p, w: j, d: d, content: content, log: l, generation: generation,
			heads: map[uint64]syncproto.Digest{0: syncproto.ChainStart(l.ID)}}
		if err := e.write(ctx); err != nil {
			return fmt.Errorf("exporting log %s: %w", l.ID, err)
		}
	}
	if acts != "" {
		if err := p.exportActs(ctx, j, acts); err != nil {
			return err
		}
	}
	return j.Close(p.receipt)
}

func (p *Portal) exportActs(ctx context.Context, j *journal.Writer, office string) error {
	return p.db.Read(ctx, func(tx *store.Tx) error {
		return tx.EachAct(office, func(l store.Looked, digest []byte) error {
			return j.Act(journal.Act{Office: office, N: l.N, At: l.At, Who: l.Who, Act: l.Act, Dossier: l.Dossier, Digest: digest})
		})
	})
}

// exporter writes one log.
type exporter struct {
	p          *Portal
	w          *journal.Writer
	d          store.Device
	content    journal.Content
	log        store.Log
	generation uint64

	seq   uint64                      // the last written
	heads map[uint64]syncproto.Digest // behind the events of the last two batches
}

func (e *exporter) write(ctx context.Context) error {
	l := journal.Log{Log: e.log.ID}
	if e.log.Frozen {
		l.Frozen = "fork"
	}
	if err := e.w.Log(l); err != nil {
		return err
	}
	for e.seq < e.log.Applied {
		if err := e.p.db.Read(ctx, e.batch); err != nil {
			return err
		}
	}
	if e.heads[e.seq] != e.log.Head {
		return fmt.Errorf("its events lead to another head than its cursor's: %w", ErrUnlike)
	}
	if e.seq == 0 {
		return nil
	}
	return e.w.Ack(syncproto.SignAck(syncproto.Ack{Log: e.log.ID, Applied: e.seq, Head: e.log.Head,
		Generation: e.generation, At: e.p.db.Now().UnixMilli()}, e.p.receipt))
}

// batch writes what the next stored batch brings; batches may overlap after a lost answer.
func (e *exporter) batch(tx *store.Tx) error {
	b, err := tx.FindBatch(e.d.Commune, e.log.ID, e.seq+1)
	if err != nil {
		return fmt.Errorf("batch of event %d: %w", e.seq+1, err)
	}
	prev, known := e.heads[b.First-1]
	if !known {
		return fmt.Errorf("batch from %d does not continue what is before it: %w", b.First, ErrUnlike)
	}
	events, _, err := syncproto.OpenBatch(b, prev, e.d.PublicKey, e.p.dicts, e.p.limits)
	if err != nil {
		return err
	}
	for i, ev := range events {
		header, payload, err := syncproto.EventDigests(ev)
		if err != nil {
			return err
		}
		prev = syncproto.ChainNext(prev, header, payload)
		seq := b.First + uint64(i)
		e.heads[seq] = prev
		if seq <= e.seq {
			continue
		}
		if err := e.event(tx, ev, payload); err != nil {
			return err
		}
		e.seq = seq
	}
	for seq := range e.heads {
		if seq+512 < e.seq {
			delete(e.heads, seq)
		}
	}
	return e.w.Span(syncproto.SpanOf(b))
}

func (e *exporter) event(tx *store.Tx, ev syncproto.Event, payload syncproto.Digest) error {
	h := ev.Header
	rec, err := journal.EventOf(ev, e.content)
	if err != nil {
		return err
	}
	erased, err := tx.Erased(e.d.Commune, h.Dossier)
	if err != nil {
		return err
	}
	if erased {
		rec = journal.Event{Seq: rec.Seq, HeaderD: rec.HeaderD, PayD: rec.PayD, Erased: true}
	}
	// What the officers work on must be what the machine signed.
	if seen, err := tx.SeenEvent(e.d.Commune, h.ID, payload); err != nil {
		return err
	} else if seen != store.SameEvent {
		return fmt.Errorf("event %d is in its batch and not in its dossier: %w", h.Seq, ErrUnlike)
	}
	if err := e.w.Event(rec); err != nil {
		return err
	}
	s, err := tx.ReceiptOf(e.d.Commune, h.Dossier, h.ID)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return e.w.Receipt(journal.Receipt{Seq: h.Seq, Receipt: syncproto.SignReceipt(syncproto.Receipt{
		Dossier: s.Dossier, Manifest: s.Manifest, Generation: s.Generation, At: s.CompleteAt}, e.p.receipt)})
}
