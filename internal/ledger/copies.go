package ledger

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"bendo/internal/dossier"
	"bendo/syncproto"
)

// Copies says where a submission lies besides this disk. It is never a receipt: a stick
// may be lost on the way, so only "copied to USB at …, not confirmed" is said of it.
type Copies struct {
	USB    int64 // unix ms of the last whole copy on a stick, 0 none
	Second int64 // unix ms when it was found whole in the second place, 0: it is not there now
}

// Unreceipted is one submission the province has not signed for completely.
type Unreceipted struct {
	Event   syncproto.EventID
	Dossier syncproto.DossierID
	Epoch   uint32 // 0: displaced, waits for a new epoch
	Seq     uint64
	SavedAt int64
	Left    bool // an ack of the current generation covers its event
	Copies
}

// Unreceipted lists every submission that is not both acknowledged and complete under
// the current generation, the oldest first. It opens nothing that is sealed.
func (b *Book) Unreceipted(ctx context.Context) (list []Unreceipted, err error) {
	if b.o.Practice {
		return nil, nil
	}
	err = b.db.Read(ctx, func(tx *sql.Tx) error {
		id, err := b.identity(ctx, tx)
		if err != nil {
			return err
		}
		rows, err := tx.QueryContext(ctx, `SELECT o.event, o.dossier, o.epoch, o.seq, o.saved_at, o.left_gen >= ?1, coalesce(c.usb_at, 0), coalesce(c.second_at, 0)
			FROM outbox o LEFT JOIN copy c ON c.event = o.event
			WHERE o.complete_gen < ?1 OR o.left_gen < ?1 ORDER BY o.saved_at, o.event`, int64(max(id.Generation, 1)))
		if err != nil {
			return fmt.Errorf("listing what has no receipt: %w", err)
		}
		defer rows.Close()
		for rows.Next() {
			var u Unreceipted
			var event, owner []byte
			if err := rows.Scan(&event, &owner, &u.Epoch, &u.Seq, &u.SavedAt, &u.Left, &u.USB, &u.Second); err != nil {
				return fmt.Errorf("listing what has no receipt: %w", err)
			}
			e, err1 := id16(event)
			d, err2 := id16(owner)
			if err := errors.Join(err1, err2); err != nil {
				return err
			}
			u.Event, u.Dossier = e, d
			list = append(list, u)
		}
		return rows.Err()
	})
	return list, err
}

// MarkUSB notes that these submissions lie whole on a stick since at (unix ms). A later
// copy replaces an earlier one.
func (b *Book) MarkUSB(ctx context.Context, at int64, events []syncproto.EventID) error {
	return b.mark(ctx, `INSERT INTO copy (event, usb_at) SELECT event, ?2 FROM outbox WHERE event = ?1
		ON CONFLICT (event) DO UPDATE SET usb_at = max(usb_at, excluded.usb_at)`, "", at, events)
}

// MarkSecond says which submissions lie whole in the second place now; all others are
// noted as not there.
func (b *Book) MarkSecond(ctx context.Context, at int64, events []syncproto.EventID) error {
	return b.mark(ctx, `INSERT INTO copy (event, second_at) SELECT event, ?2 FROM outbox WHERE event = ?1
		ON CONFLICT (event) DO UPDATE SET second_at = excluded.second_at`, `UPDATE copy SET second_at = 0 WHERE second_at > 0`, at, events)
}

func (b *Book) mark(ctx context.Context, query, before string, at int64, events []syncproto.EventID) error {
	return b.db.Write(ctx, func(tx *sql.Tx) error {
		if before != "" {
			if _, err := tx.ExecContext(ctx, before); err != nil {
				return fmt.Errorf("noting copies: %w", err)
			}
		}
		for _, e := range events {
			if _, err := tx.ExecContext(ctx, query, e[:], at); err != nil {
				return fmt.Errorf("noting copies: %w", err)
			}
		}
		return nil
	})
}

func (b *Book) copies(ctx context.Context, tx *sql.Tx, event syncproto.EventID) (c Copies, err error) {
	err = tx.QueryRowContext(ctx, `SELECT usb_at, second_at FROM copy WHERE event = ?`, event[:]).Scan(&c.USB, &c.Second)
	if errors.Is(err, sql.ErrNoRows) {
		return Copies{}, nil
	}
	if err != nil {
		return c, fmt.Errorf("reading copies: %w", err)
	}
	if c.Second == 0 {
		return c, nil
	}
	st, err := b.second(ctx, tx)
	if err != nil || !st.Kept || b.nowMS()-st.At > secondSilent.Milliseconds() {
		c.Second = 0 // a place that nobody has seen lately is not a place
	}
	return c, err
}

// shownCopies are what a screen may say of a submission: nothing once it is complete at
// the province, for then its copies are taken away.
func (b *Book) shownCopies(ctx context.Context, tx *sql.Tx, event syncproto.EventID, acks [4]dossier.Ack) (Copies, error) {
	if acks[1].Done && acks[2].Done {
		return Copies{}, nil
	}
	return b.copies(ctx, tx, event)
}

// SecondStatus is how the second place stands, as the agent last saw it. Times are unix ms.
type SecondStatus struct {
	At    int64  `json:"at"`            // when the agent last looked
	Kept  bool   `json:"kept"`          // the place is there and takes bundles
	Since int64  `json:"since"`         // since when Kept and Why are as they are
	Why   string `json:"why,omitempty"` // why it is not kept, stable: see agent.SecondWhy…
	// Unprotected counts submissions that lie on this disk only; Oldest is when the oldest of
	// them was saved, 0 when there is none.
	Unprotected int   `json:"unprotected"`
	Oldest      int64 `json:"oldest,omitempty"`
	Files       int   `json:"files"`
	Bytes       int64 `json:"bytes"`
}

// The agent looks at the second place at least every 30 s; three missed looks and nobody
// knows. A submission has a minute to get there (product: within 60 s) before the office
// is told that it lies in one place.
const (
	secondSilent = 2 * time.Minute
	secondWithin = 75 * time.Second
)

// Whole says whether everything unreceipted lies in two places, seen lately.
func (s SecondStatus) Whole(now int64) bool {
	if !s.Kept || now-s.At > secondSilent.Milliseconds() {
		return false
	}
	return s.Unprotected == 0 || now-s.Oldest <= secondWithin.Milliseconds()
}

// Names of the notes about copies.
const (
	noteSecond = "second"
	noteCarry  = "carry"
)

// SetSecond is the agent's word about the second place.
func (b *Book) SetSecond(ctx context.Context, s SecondStatus) error {
	body, err := json.Marshal(s)
	if err != nil {
		return fmt.Errorf("storing the second place's status: %w", err)
	}
	return b.putNote(ctx, noteSecond, body)
}

// Second is the last word about the second place, the zero value when there is none.
func (b *Book) Second(ctx context.Context) (s SecondStatus, err error) {
	err = b.db.Read(ctx, func(tx *sql.Tx) error {
		s, err = b.second(ctx, tx)
		return err
	})
	return s, err
}

func (b *Book) second(ctx context.Context, tx *sql.Tx) (s SecondStatus, err error) {
	body, err := b.note(ctx, tx, noteSecond)
	if err != nil || body == nil {
		return s, err
	}
	if json.Unmarshal(body, &s) != nil {
		return SecondStatus{}, nil // of another version: nothing is known then
	}
	return s, nil
}

// CarryState is what carrying by file remembers between two calls.
type CarryState struct {
	Serial uint64 `json:"serial"`           // of the newest bundle written
	Marker string `json:"marker,omitempty"` // of the second place's medium
	// Echo: pages of the old feed that a restored portal asked for by stick, and the serial of
	// the bundle that carries them to their end (0: not yet written).
	EchoAfter  syncproto.Cursor `json:"echo_after,omitzero"`
	EchoSerial uint64           `json:"echo_serial,omitempty"`
}

// Carry reads what carrying by file remembers.
func (b *Book) Carry(ctx context.Context) (s CarryState, err error) {
	err = b.db.Read(ctx, func(tx *sql.Tx) error {
		s, err = b.carry(ctx, tx)
		return err
	})
	return s, err
}

func (b *Book) carry(ctx context.Context, tx *sql.Tx) (s CarryState, err error) {
	body, err := b.note(ctx, tx, noteCarry)
	if err != nil || body == nil {
		return s, err
	}
	if err := json.Unmarshal(body, &s); err != nil {
		return s, fmt.Errorf("reading what carrying by file remembers: %w", err)
	}
	return s, nil
}

// ChangeCarry changes what carrying by file remembers, in one transaction: two processes
// never get the same serial.
func (b *Book) ChangeCarry(ctx context.Context, change func(CarryState) CarryState) (s CarryState, err error) {
	err = b.db.Write(ctx, func(tx *sql.Tx) error {
		if s, err = b.carry(ctx, tx); err != nil {
			return err
		}
		s = change(s)
		body, err := json.Marshal(s)
		if err != nil {
			return err
		}
		return b.setNote(ctx, tx, noteCarry, body)
	})
	return s, err
}
