package ledger

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"bendo/internal/dossier"
	"bendo/internal/sqlitedb"
	"bendo/syncproto"
)

// factSource is what the acknowledgements of every submission depend on together.
type factSource struct {
	generation uint64
	obstacle   dossier.Reason
	nextTry    int64
	logs       map[uint32]logRow
	portal     ed25519.PublicKey
}

func (b *Book) factSource(ctx context.Context, tx *sql.Tx) (factSource, error) {
	src := factSource{logs: map[uint32]logRow{}}
	id, err := b.identity(ctx, tx)
	if errors.Is(err, ErrNotEnrolled) || err == nil && b.o.Practice {
		src.obstacle = dossier.ReasonNotEnrolled
		return src, nil
	}
	if err != nil {
		return src, err
	}
	src.generation, src.portal = id.Generation, id.PortalKey
	st, err := b.agentStatus(ctx, tx)
	if err != nil {
		return src, err
	}
	src.nextTry = st.NextTry
	switch l, err := b.logRow(ctx, tx, id.Epoch); {
	case err != nil:
		return src, err
	case l.Frozen:
		src.obstacle = dossier.ReasonFrozen
	case !st.Running || b.nowMS()-st.At > agentSilent.Milliseconds():
		src.obstacle = dossier.ReasonAgentStopped
	default:
		src.obstacle = st.Obstacle // none: there is a line
	}
	return src, nil
}

// agentSilent is when an agent that wrote nothing counts as stopped: it writes every 15 s. Without
// this a dead agent's last word "there is a line" would stand for ever.
const agentSilent = time.Minute

// outboxFacts are the facts of one submission and its sizes.
type outboxFacts struct {
	dossier.Facts
	bytesTotal int64
	bytesWas   int64
	blobsLeft  int
}

// facts gathers what the book knows about one submission.
func (b *Book) facts(ctx context.Context, tx *sql.Tx, src factSource, event syncproto.EventID) (f outboxFacts, err error) {
	f.Generation, f.Obstacle = src.generation, src.obstacle
	var manifest, owner, digest []byte
	var n int
	var leftAt int64
	var completeGen uint64
	var receipt []byte
	err = tx.QueryRowContext(ctx, `SELECT dossier, n, manifest, saved_at, epoch, seq, left_at, complete_gen, receipt, digest, was
		FROM outbox WHERE event = ?`, event[:]).
		Scan(&owner, &n, &manifest, &f.SavedAt, &f.Epoch, &f.Seq, &leftAt, &completeGen, &receipt, &digest, &f.bytesWas)
	if errors.Is(err, sql.ErrNoRows) {
		return f, nil // came by the feed: not saved here
	}
	if err != nil {
		return f, fmt.Errorf("reading outbox: %w", err)
	}
	m, err1 := digest32(manifest)
	id, err2 := id16(owner)
	if err := errors.Join(err1, err2); err != nil {
		return f, err
	}
	if !bytes.Equal(digest, sqlitedb.RowDigest(event, id, n, m, f.SavedAt)) {
		f.Obstacle = dossier.ReasonDamaged
	}
	f.Receipt = src.receiptFact(id, completeGen, receipt)
	if err := b.ackFact(ctx, tx, src, &f, leftAt); err != nil {
		return f, err
	}
	return f, scanFacts(ctx, tx, src.generation, event, &f)
}

// ackFact adds the last ack of the log the submission stands in; displaced ones (epoch
// 0) have none.
func (b *Book) ackFact(ctx context.Context, tx *sql.Tx, src factSource, f *outboxFacts, leftAt int64) error {
	if f.Epoch == 0 {
		return nil
	}
	l, ok := src.logs[f.Epoch]
	if !ok {
		var err error
		if l, err = b.logRow(ctx, tx, f.Epoch); err != nil {
			return err
		}
		src.logs[f.Epoch] = l
	}
	if src.proven(l) {
		f.Acked = &dossier.AckFact{Epoch: f.Epoch, Applied: l.Acked, Generation: l.Generation, At: leftAt}
	}
	return nil
}

// receiptFact is what the province signed for a submission, read from the receipt itself. The
// columns beside it only find rows: a flipped bit in one may hide a receipt, never make one.
func (src factSource) receiptFact(id syncproto.DossierID, generation uint64, body []byte) *dossier.ReceiptFact {
	r, err := syncproto.DecodeReceipt(body)
	if err != nil || r.Dossier != id || r.Generation != generation || r.Verify(src.portal) != nil {
		return nil
	}
	return &dossier.ReceiptFact{Manifest: r.Manifest, Generation: r.Generation, At: r.At}
}

// proven says that the province signed for as much of a log as its row says, or for more: what was
// confirmed may be taken back here (a log that is settled anew), never added to.
func (src factSource) proven(l logRow) bool {
	a, err := syncproto.DecodeAck(l.ack)
	return err == nil && a.Log == l.Log && a.Generation == l.Generation && a.Applied >= l.Acked && a.Verify(src.portal) == nil
}

// scanFacts adds what is left of the scans. One counts as complete under the current
// generation only, as everything else does.
func scanFacts(ctx context.Context, tx *sql.Tx, generation uint64, event syncproto.EventID, f *outboxFacts) error {
	err := tx.QueryRowContext(ctx, `SELECT coalesce(sum(length), 0),
		coalesce(sum(CASE WHEN complete_gen < ?2 THEN length - offset ELSE 0 END), 0),
		coalesce(sum(complete_gen < ?2), 0), coalesce(sum(complete_gen < ?2 AND away = 1), 0) > 0 FROM blob WHERE event = ?1`, event[:], int64(max(generation, 1))).
		Scan(&f.bytesTotal, &f.BytesLeft, &f.blobsLeft, &f.Elsewhere)
	if err != nil {
		return fmt.Errorf("reading scans of the outbox: %w", err)
	}
	return nil
}

// OutboxQuery chooses a page of the outbox.
type OutboxQuery struct {
	WaitingOnly bool              // only what is not complete at the province under the current generation
	After       syncproto.EventID // the last row of the page before; zero: the first page
	AfterTime   int64             // SavedAt of that row
	Limit       int               // 0: 100; at most 500
}

// Outbox lists submissions with their acknowledgements, the oldest first.
func (b *Book) Outbox(ctx context.Context, q OutboxQuery) (list []OutboxRow, err error) {
	if q.Limit <= 0 || q.Limit > 500 {
		q.Limit = 100
	}
	if b.o.Practice {
		return nil, nil
	}
	err = b.db.Read(ctx, func(tx *sql.Tx) error {
		src, err := b.factSource(ctx, tx)
		if err != nil {
			return err
		}
		keys, err := outboxKeys(ctx, tx, q, src.generation)
		if err != nil {
			return err
		}
		for _, k := range keys {
			row, err := b.outboxRow(ctx, tx, src, k.event, k.dossier, k.n)
			if err != nil {
				return err
			}
			list = append(list, row)
		}
		return nil
	})
	return list, err
}

type outboxKey struct {
	event   syncproto.EventID
	dossier syncproto.DossierID
	n       int
}

func outboxKeys(ctx context.Context, tx *sql.Tx, q OutboxQuery, generation uint64) (keys []outboxKey, err error) {
	gen := int64(max(generation, 1))
	rows, err := tx.QueryContext(ctx, `SELECT event, dossier, n FROM outbox
		WHERE (saved_at, event) > (?1, ?2) AND (NOT ?3 OR complete_gen < ?4 OR left_gen < ?4)
		ORDER BY saved_at, event LIMIT ?5`, q.AfterTime, q.After[:], q.WaitingOnly, gen, q.Limit)
	if err != nil {
		return nil, fmt.Errorf("reading outbox: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var e, d []byte
		var k outboxKey
		if err := rows.Scan(&e, &d, &k.n); err != nil {
			return nil, fmt.Errorf("reading outbox: %w", err)
		}
		eid, err1 := id16(e)
		did, err2 := id16(d)
		if err := errors.Join(err1, err2); err != nil {
			return nil, err
		}
		k.event, k.dossier = eid, did
		keys = append(keys, k)
	}
	return keys, rows.Err()
}

func (b *Book) outboxRow(ctx context.Context, tx *sql.Tx, src factSource, event syncproto.EventID, id syncproto.DossierID, n int) (OutboxRow, error) {
	s, err := b.state(ctx, tx, id)
	if err != nil {
		return OutboxRow{}, err
	}
	f, err := b.facts(ctx, tx, src, event)
	if err != nil {
		return OutboxRow{}, err
	}
	row := OutboxRow{Dossier: id, Event: event, Slip: s.Slip, Procedure: s.Procedure, N: n, SavedAt: f.SavedAt,
		BytesTotal: f.bytesTotal, BytesWas: f.bytesWas, BytesLeft: f.BytesLeft, BlobsLeft: f.blobsLeft, NextTry: src.nextTry}
	if s.Source != nil {
		row.Reference = s.Source.Reference
	}
	sub := dossier.Submission{Event: event, N: n}
	for _, x := range s.Submissions {
		if x.Event == event {
			sub = x
		}
	}
	var damaged int
	if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM quarantine WHERE tbl = 'event' AND id = ?`, []byte(fmt.Sprintf("%x", event[:]))).Scan(&damaged); err != nil {
		return OutboxRow{}, fmt.Errorf("reading quarantine: %w", err)
	}
	if damaged > 0 {
		f.Obstacle = dossier.ReasonDamaged
	}
	row.Acks = dossier.Acks(sub, f.Facts)
	if row.Copies, err = b.shownCopies(ctx, tx, event, row.Acks); err != nil {
		return OutboxRow{}, err
	}
	for _, a := range row.Acks {
		if !a.Done {
			row.Reason = a.Reason
			break
		}
	}
	return row, nil
}

// Totals sums what is not yet complete at the province.
func (b *Book) Totals(ctx context.Context) (t OutboxTotals, err error) {
	if b.o.Practice {
		return t, nil
	}
	err = b.db.Read(ctx, func(tx *sql.Tx) error {
		id, err := b.identity(ctx, tx)
		if errors.Is(err, ErrNotEnrolled) {
			return nil
		}
		if err != nil {
			return err
		}
		gen := int64(max(id.Generation, 1))
		err = tx.QueryRowContext(ctx, `SELECT count(DISTINCT dossier), coalesce(min(saved_at), 0) FROM outbox
			WHERE complete_gen < ?1 OR left_gen < ?1`, gen).Scan(&t.Dossiers, &t.Oldest)
		if err != nil {
			return fmt.Errorf("summing outbox: %w", err)
		}
		var blobBytes, eventBytes int64
		err = tx.QueryRowContext(ctx, `SELECT count(*), coalesce(sum(length - offset), 0) FROM blob WHERE complete_gen < ?`, gen).Scan(&t.Blobs, &blobBytes)
		if err != nil {
			return fmt.Errorf("summing scans: %w", err)
		}
		l, err := b.logRow(ctx, tx, id.Epoch)
		if err != nil {
			return err
		}
		acked := l.Acked
		if l.Generation != id.Generation {
			acked = 0
		}
		err = tx.QueryRowContext(ctx, `SELECT count(*), coalesce(sum(size), 0) FROM event WHERE epoch = ? AND seq > ?`, int64(id.Epoch), int64(acked)).Scan(&t.Events, &eventBytes)
		if err != nil {
			return fmt.Errorf("summing events: %w", err)
		}
		t.Bytes = blobBytes + eventBytes
		return nil
	})
	return t, err
}
