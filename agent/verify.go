package agent

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"bendo/internal/journal"
	"bendo/internal/ledger"
	"bendo/syncproto"
)

const (
	journalPage = 100 // rows at once: at most some twelve megabytes
	spanEvents  = 256 // under one signature, as on the road
)

// Export writes the book's journal as a file that anybody can check. It reads page by page beside
// whatever else goes on; what is filed meanwhile may or may not be in it.
func (o *Office) Export(ctx context.Context, w io.Writer, content journal.Content) error {
	id, err := o.Book.Identity(ctx)
	if err != nil {
		return err
	}
	key, err := o.Keys.EnrolledDeviceKey()
	if err != nil {
		return err
	}
	j, err := journal.NewWriter(w, journal.Head{By: journal.ByDevice, At: o.Clock.Time().UnixMilli(), Content: content, Device: id.Device,
		DeviceKey: key.Public().(ed25519.PublicKey), PortalKey: id.PortalKey, Book: id.Book, Commune: id.CommuneCode, Program: o.Program})
	if err != nil {
		return err
	}
	logs, err := o.Book.JournalLogs(ctx)
	if err != nil {
		return err
	}
	for _, l := range logs {
		e := exporter{book: o.Book, w: j, key: key, content: content, log: l, head: syncproto.ChainStart(l.Log), prev: syncproto.ChainStart(l.Log), first: 1,
			present: l.Log.Epoch == id.Epoch}
		if err := e.write(ctx, grantOf(id, l.Log.Epoch)); err != nil {
			return fmt.Errorf("exporting log %s: %w", l.Log, err)
		}
	}
	return j.Close(key)
}

// grantOf is the portal's word for an epoch; the book keeps that of the present one.
func grantOf(id ledger.Identity, epoch uint32) *syncproto.EpochGrant {
	var g syncproto.EpochGrant
	if json.Unmarshal(id.Grant, &g) != nil || g.Epoch != epoch {
		return nil
	}
	return &g
}

// exporter writes one log.
type exporter struct {
	book interface {
		JournalRows(ctx context.Context, epoch uint32, after uint64, limit int) ([]ledger.JournalRow, error)
	}
	w       *journal.Writer
	key     ed25519.PrivateKey
	content journal.Content
	log     ledger.JournalLog
	present bool // no event of it can stand in a later epoch

	seq   uint64           // the last written
	head  syncproto.Digest // behind it
	first uint64           // of the span that is not signed yet
	prev  syncproto.Digest // before first
}

func (e *exporter) write(ctx context.Context, grant *syncproto.EpochGrant) error {
	if err := e.w.Log(journal.Log{Log: e.log.Log, Frozen: e.log.Why, Grant: grant}); err != nil {
		return err
	}
	for {
		rows, err := e.book.JournalRows(ctx, e.log.Log.Epoch, e.seq, journalPage)
		if err != nil {
			return err
		}
		if len(rows) == 0 {
			break
		}
		for _, r := range rows {
			if r.Seq >= e.log.Next {
				return e.finish() // filed since the log was read: not of this export
			}
			if err := e.row(r); err != nil {
				return err
			}
		}
	}
	return e.finish()
}

func (e *exporter) row(r ledger.JournalRow) error {
	if r.Seq > e.seq+1 { // replaced by a later epoch: what its header digest was is not kept
		return e.gap(r.Seq, r.Head)
	}
	rec := journal.Event{Seq: r.Seq, HeaderD: r.HeaderDigest, PayD: r.PayloadDigest, Erased: r.Erased, Damaged: r.Damaged}
	if r.Event != nil && r.Damaged == "" {
		var err error
		if rec, err = journal.EventOf(*r.Event, e.content); err != nil {
			return err
		}
	}
	if err := e.w.Event(rec); err != nil {
		return err
	}
	e.seq, e.head = r.Seq, syncproto.ChainNext(e.head, rec.HeaderD, rec.PayD)
	if r.Damaged == "" && e.head != r.Head {
		return fmt.Errorf("the chain behind event %d is another than the book's: %w", r.Seq, ledger.ErrDamaged)
	}
	if r.Receipt != nil {
		if err := e.w.Receipt(journal.Receipt{Seq: r.Seq, Receipt: *r.Receipt}); err != nil {
			return err
		}
	}
	return e.confirm(e.seq-e.first+1 >= spanEvents)
}

// confirm signs what is not signed yet, when a span is full or an ack stands here, and writes the ack.
func (e *exporter) confirm(full bool) error {
	ack := e.log.Held
	here := ack != nil && ack.Applied == e.seq && ack.Log == e.log.Log
	if here && ack.Head != e.head && e.log.Acked == 0 {
		here = false // taken back since: the log was settled anew after a fork
	}
	if (full || here) && e.seq >= e.first {
		s := syncproto.SignSpan(syncproto.Span{Log: e.log.Log, First: e.first, N: uint32(e.seq - e.first + 1), Head: e.head}, e.prev, e.key)
		if err := e.w.Span(s); err != nil {
			return err
		}
		e.first, e.prev = e.seq+1, e.head
	}
	if !here {
		return nil
	}
	e.log.Held = nil // once
	return e.w.Ack(*ack)
}

func (e *exporter) gap(to uint64, head syncproto.Digest) error {
	if e.present {
		return fmt.Errorf("events of %s behind %d are lost: %w", e.log.Log, e.seq, ledger.ErrDamaged)
	}
	if err := e.confirm(true); err != nil {
		return err
	}
	g := journal.Gap{From: e.seq + 1, To: to, Head: head}
	e.seq, e.head, e.first, e.prev = to, head, to+1, head
	if err := e.w.Gap(g); err != nil {
		return err
	}
	return e.confirm(false)
}

func (e *exporter) finish() error {
	if e.seq+1 < e.log.Next {
		return e.gap(e.log.Next-1, e.log.Head)
	}
	if e.head != e.log.Head {
		return fmt.Errorf("the log says its head is %s, its events lead to %s: %w", e.log.Head, e.head, ledger.ErrDamaged)
	}
	return e.confirm(true)
}

// BookCheck is what a check of the live book found.
type BookCheck struct {
	Events      int64    `json:"events"`
	Erased      int64    `json:"erased"`
	Heads       int64    `json:"countersigned_heads"`
	Receipts    int64    `json:"receipts"`
	Unconfirmed uint64   `json:"unconfirmed"` // events the province has not countersigned
	StaffLines  int64    `json:"staff_lines"` // of the local journal of signing in, whose chain was checked
	Read        int      `json:"rows_read"`   // events read again with every byte of their scans, the province's too
	Problems    []string `json:"problems"`
}

// CheckBook reads the whole live book again: the chain of every log, every digest, the province's
// signatures and every byte of every scan. Rows that do not fit are put aside as the weekly scrub
// does. The error is about reading; what is wrong with the book stands in Problems.
func (o *Office) CheckBook(ctx context.Context, say func(string)) (BookCheck, error) {
	c := BookCheck{Problems: []string{}}
	id, err := o.Book.Identity(ctx)
	if err != nil {
		return c, err
	}
	r, w := io.Pipe()
	written := make(chan error, 1)
	go func() {
		err := o.Export(ctx, w, journal.Full)
		w.CloseWithError(err) // nil: the end
		written <- err
	}()
	rep, found := journal.Verify(r, journal.Options{Portal: id.PortalKey, Say: say})
	r.Close()
	err = <-written
	wrong := (*journal.Wrong)(nil)
	switch {
	case errors.As(found, &wrong):
		c.Problems = append(c.Problems, wrong.What+": "+wrong.Why)
	case errors.Is(err, ledger.ErrDamaged):
		c.Problems = append(c.Problems, err.Error())
	case found != nil:
		return c, found
	}
	c.Events, c.Erased, c.Heads, c.Receipts, c.Unconfirmed = rep.End.Events, rep.End.Erased, rep.End.Acks, rep.End.Receipts, rep.Unconfirmed
	return c, o.readAgain(ctx, &c)
}

func (o *Office) readAgain(ctx context.Context, c *BookCheck) error {
	for after := (syncproto.EventID{}); ; {
		n, last, err := o.Book.Scrub(ctx, after, scrubAtOnce)
		if err != nil {
			return err
		}
		if n == 0 {
			break
		}
		c.Read, after = c.Read+n, last
	}
	signing, err := o.Book.CheckStaffLog(ctx)
	if err != nil {
		return err
	}
	c.StaffLines, c.Problems = signing.Lines, append(c.Problems, signing.Problems...)
	aside, err := o.Book.Quarantine(ctx)
	for _, q := range aside {
		c.Problems = append(c.Problems, fmt.Sprintf("%s %s: %s", q.Table, q.ID, q.Reason))
	}
	return err
}
