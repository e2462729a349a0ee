package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"bendo/internal/seal"
	"bendo/syncproto"
)

// JournalLog is one log of the book, for a check or an export of the journal.
type JournalLog struct {
	LogState        // Held is the newest ack of any generation
	Why      string // it is frozen; "" it is not
}

// JournalRow is one event of a log as it is stored. Nothing here is judged: whoever checks the
// journal does.
type JournalRow struct {
	Seq           uint64
	HeaderDigest  syncproto.Digest
	PayloadDigest syncproto.Digest
	Head          syncproto.Digest   // of the chain behind it
	Event         *syncproto.Event   // nil when it was erased or its row is damaged
	Erased        bool               // the dossier's key was dropped
	Damaged       string             // why the row does not fit its own digests
	Receipt       *syncproto.Receipt // the submission's, when the province gave one
}

// JournalLogs lists the logs of the book, the oldest epoch first.
func (b *Book) JournalLogs(ctx context.Context) (list []JournalLog, err error) {
	err = b.db.Read(ctx, func(tx *sql.Tx) error {
		epochs, err := epochs(ctx, tx)
		if err != nil {
			return err
		}
		for _, epoch := range epochs {
			r, err := b.logRow(ctx, tx, epoch)
			if err != nil {
				return err
			}
			l := JournalLog{LogState: r.LogState, Why: r.why}
			if len(r.ack) > 0 {
				ack, err := syncproto.DecodeAck(r.ack)
				if err != nil {
					return fmt.Errorf("the held ack of epoch %d: %w: %w", epoch, ErrDamaged, err)
				}
				l.Held = &ack
			}
			list = append(list, l)
		}
		return nil
	})
	return list, err
}

func epochs(ctx context.Context, tx *sql.Tx) (list []uint32, err error) {
	rows, err := tx.QueryContext(ctx, `SELECT epoch FROM log ORDER BY epoch`)
	if err != nil {
		return nil, fmt.Errorf("listing logs: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var epoch uint32
		if err := rows.Scan(&epoch); err != nil {
			return nil, fmt.Errorf("listing logs: %w", err)
		}
		list = append(list, epoch)
	}
	return list, rows.Err()
}

// JournalRows reads up to limit events of a log behind seq after, in order.
func (b *Book) JournalRows(ctx context.Context, epoch uint32, after uint64, limit int) (list []JournalRow, err error) {
	err = b.db.Read(ctx, func(tx *sql.Tx) error {
		rows, err := pendingRows(ctx, tx, epoch, after+1, min(max(limit, 1), 1000))
		if err != nil {
			return err
		}
		for i := range rows {
			j, err := b.journalRow(ctx, tx, &rows[i])
			if err != nil {
				return err
			}
			list = append(list, j)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("reading the journal: %w", err)
	}
	return list, nil
}

func (b *Book) journalRow(ctx context.Context, tx *sql.Tx, r *row) (j JournalRow, err error) {
	j.Seq = uint64(r.seq.Int64)
	hd, err1 := digest32(r.headerDigest)
	pd, err2 := digest32(r.payloadDigest)
	head, err3 := digest32(r.head)
	scope, err4 := id16(r.dossier)
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		j.Damaged = err.Error()
		return j, nil
	}
	j.HeaderDigest, j.PayloadDigest, j.Head = hd, pd, head
	key, err := b.key(ctx, tx, scope)
	var ev syncproto.Event
	if err == nil {
		ev, err = r.open(key)
	}
	switch {
	case errors.Is(err, seal.ErrErased):
		j.Erased = true
	case errors.Is(damagedKey(err), ErrDamaged):
		j.Damaged = err.Error()
		return j, nil
	case err != nil:
		return j, err
	default:
		j.Event = &ev
	}
	j.Receipt, err = storedReceipt(ctx, tx, r.id)
	if errors.Is(err, ErrDamaged) {
		j.Damaged, err = err.Error(), nil
	}
	return j, err
}

// storedReceipt is the signed receipt of a submission, nil when there is none. Its signature is
// not checked here.
func storedReceipt(ctx context.Context, tx *sql.Tx, event []byte) (*syncproto.Receipt, error) {
	var body []byte
	var at int64
	var generation uint64
	err := tx.QueryRowContext(ctx, `SELECT receipt, complete_at, complete_gen FROM outbox WHERE event = ?`, event).Scan(&body, &at, &generation)
	if errors.Is(err, sql.ErrNoRows) || err == nil && body == nil && generation == 0 {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading a receipt: %w", err)
	}
	r, err := syncproto.DecodeReceipt(body)
	if err == nil && (r.At != at || r.Generation != generation) {
		err = errors.New("the columns beside it tell of another one")
	}
	if err != nil {
		return nil, fmt.Errorf("the receipt of event %x: %w: %w", event, ErrDamaged, err)
	}
	return &r, nil
}
