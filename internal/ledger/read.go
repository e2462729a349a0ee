package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"bendo/internal/dossier"
	"bendo/internal/seal"
	"bendo/syncproto"
)

// Limits of looking up: five wrong tries per slip number and hour (product.md).
const (
	maxWrong    = 5
	wrongWindow = time.Hour
)

// TooMany says how long to wait. errors.Is(err, ErrTooMany) holds.
type TooMany struct{ RetryAfter time.Duration }

func (e *TooMany) Error() string        { return fmt.Sprintf("%v (%s)", ErrTooMany, e.RetryAfter) }
func (e *TooMany) Is(target error) bool { return target == ErrTooMany }

// Find reads a dossier by its number, for staff; ErrNotFound when the book has none.
func (b *Book) Find(ctx context.Context, slip dossier.Slip) (f Found, err error) {
	err = b.db.Read(ctx, func(tx *sql.Tx) error {
		id, err := bySlip(ctx, tx, slip)
		if err != nil {
			return err
		}
		f, err = b.found(ctx, tx, id)
		return err
	})
	return f, err
}

// Get reads a dossier by its id, for staff.
func (b *Book) Get(ctx context.Context, id syncproto.DossierID) (f Found, err error) {
	err = b.db.Read(ctx, func(tx *sql.Tx) error {
		f, err = b.found(ctx, tx, id)
		return err
	})
	return f, err
}

func bySlip(ctx context.Context, tx *sql.Tx, slip dossier.Slip) (id syncproto.DossierID, err error) {
	var raw []byte
	err = tx.QueryRowContext(ctx, `SELECT id FROM dossier WHERE slip = ?`, string(slip)).Scan(&raw)
	if errors.Is(err, sql.ErrNoRows) {
		return id, fmt.Errorf("slip number: %w", ErrNotFound)
	}
	if err != nil {
		return id, fmt.Errorf("looking for the slip number: %w", err)
	}
	return id16(raw)
}

func (b *Book) found(ctx context.Context, tx *sql.Tx, id syncproto.DossierID) (Found, error) {
	s, err := b.state(ctx, tx, id)
	if err != nil {
		return Found{}, err
	}
	f := Found{State: s, SupplementAcks: map[int][4]dossier.Ack{}, Copies: map[int]Copies{}, Practice: b.o.Practice}
	src, err := b.factSource(ctx, tx)
	if err != nil {
		return Found{}, err
	}
	for _, sub := range s.Submissions {
		facts, err := b.facts(ctx, tx, src, sub.Event)
		if err != nil {
			return Found{}, err
		}
		acks := dossier.Acks(sub, facts.Facts)
		if sub.N == 0 {
			f.Acks = acks
		} else {
			f.SupplementAcks[sub.N] = acks
		}
		if f.Copies[sub.N], err = b.shownCopies(ctx, tx, sub.Event, acks); err != nil {
			return Found{}, err
		}
	}
	f.Outcomes, err = b.outcomes(ctx, tx, id)
	return f, err
}

func (b *Book) outcomes(ctx context.Context, tx *sql.Tx, id syncproto.DossierID) (list []Outcome, err error) {
	key, err := b.key(ctx, tx, bookScope)
	if err != nil {
		return nil, err
	}
	rows, err := tx.QueryContext(ctx, `SELECT o.event, o.code, o.detail, o.at FROM outcome o JOIN event e ON e.id = o.event
		WHERE e.dossier = ? ORDER BY o.at, o.event`, id[:])
	if err != nil {
		return nil, fmt.Errorf("reading outcomes: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var raw, sealed []byte
		var o Outcome
		if err := rows.Scan(&raw, &o.Code, &sealed, &o.At); err != nil {
			return nil, fmt.Errorf("reading outcomes: %w", err)
		}
		id, err := id16(raw)
		if err != nil {
			return nil, err
		}
		o.Event = id
		if detail, err := seal.Open(key, place("outcome", raw, 0, "detail"), sealed); err == nil {
			o.Detail = string(detail)
		}
		list = append(list, o)
	}
	return list, rows.Err()
}

// Filing reads what was filed: for the slip's PDF and the desk.
func (b *Book) Filing(ctx context.Context, id syncproto.DossierID) (p *dossier.SubmittedPayload, err error) {
	err = b.db.Read(ctx, func(tx *sql.Tx) error {
		p, _, err = b.submitted(ctx, tx, id)
		return err
	})
	return p, err
}

func (b *Book) submitted(ctx context.Context, tx *sql.Tx, id syncproto.DossierID) (*dossier.SubmittedPayload, syncproto.Event, error) {
	key, err := b.key(ctx, tx, id)
	if err != nil {
		return nil, syncproto.Event{}, err
	}
	entries, _, err := b.entries(ctx, tx, id, key)
	if err != nil {
		return nil, syncproto.Event{}, err
	}
	i := slices.IndexFunc(entries, func(e dossier.Entry) bool { return e.Event.Header.Type == dossier.Submitted })
	if i < 0 {
		return nil, syncproto.Event{}, fmt.Errorf("the filing of dossier %s: %w", id, ErrNotFound)
	}
	ev := entries[i].Event
	p, err := dossier.ParseSubmitted(ev.Header.Schema, ev.Payload)
	return p, ev, err
}

// FiledOf is what the slip of a dossier says, to print it again.
func (b *Book) FiledOf(ctx context.Context, id syncproto.DossierID) (f Filed, err error) {
	err = b.db.Read(ctx, func(tx *sql.Tx) error {
		f, err = b.filedOf(ctx, tx, id)
		return err
	})
	return f, err
}

// Track is a resident's look-up by number and second fact. A wrong number and a wrong
// fact look the same (ErrNotFound) and both count; after five within an hour it is
// *TooMany, also for the right fact, and it stays so after a restart.
func (b *Book) Track(ctx context.Context, slip dossier.Slip, second string) (f Found, err error) {
	err = b.tried(ctx, slip, func(tx *sql.Tx) error {
		id, err := b.proven(ctx, tx, slip, second)
		if err != nil {
			return err
		}
		f, err = b.found(ctx, tx, id)
		return err
	})
	return f, err
}

// proven is the dossier of slip when second is one of its facts, else ErrNotFound.
func (b *Book) proven(ctx context.Context, tx *sql.Tx, slip dossier.Slip, second string) (syncproto.DossierID, error) {
	id, err := bySlip(ctx, tx, slip)
	if err != nil {
		return id, err
	}
	fact, ok := dossier.NormalFact(second)
	if !ok {
		return id, ErrNotFound
	}
	var n int
	err = tx.QueryRowContext(ctx, `SELECT count(*) FROM second_fact WHERE dossier = ? AND token = ?`, id[:], b.factToken(id, fact)).Scan(&n)
	if err == nil && n == 0 {
		err = ErrNotFound
	}
	return id, err
}

// tried runs a look-up under the limit and counts it when it finds nothing.
func (b *Book) tried(ctx context.Context, slip dossier.Slip, look func(*sql.Tx) error) error {
	if !slip.Valid() {
		return ErrNotFound // not a number at all: nothing to guess, nothing to count
	}
	var answer error
	err := b.db.Write(ctx, func(tx *sql.Tx) error {
		now, window := b.nowMS(), wrongWindow.Milliseconds()
		// Tries "from the future" are a clock that was set back; they must not lock for years.
		_, err := tx.ExecContext(ctx, `DELETE FROM attempt WHERE at <= ? OR at > ?`, now-window, now+window)
		if err != nil {
			return err
		}
		var wrong int
		var oldest sql.NullInt64
		err = tx.QueryRowContext(ctx, `SELECT count(*), min(at) FROM attempt WHERE slip = ?`, string(slip)).Scan(&wrong, &oldest)
		if err != nil {
			return err
		}
		if wrong >= maxWrong {
			answer = &TooMany{RetryAfter: time.Duration(oldest.Int64+window-now) * time.Millisecond}
			return nil
		}
		if answer = look(tx); errors.Is(answer, ErrNotFound) {
			_, err = tx.ExecContext(ctx, `INSERT INTO attempt (slip, at) VALUES (?, ?)`, string(slip), now)
			return err
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("looking up: %w", err)
	}
	if errors.Is(answer, ErrNotFound) {
		return ErrNotFound
	}
	return answer
}

// StartSupplement begins the draft that answers the open supplement request of a
// dossier; number and second fact as in Track.
func (b *Book) StartSupplement(ctx context.Context, slip dossier.Slip, second string, n NewDraft) (Draft, error) {
	f, err := b.Track(ctx, slip, second)
	if err != nil {
		return Draft{}, err
	}
	if f.State.OpenSupplement == nil {
		return Draft{}, &dossier.StepError{Code: dossier.NothingAsked, Step: dossier.SupplementProvided}
	}
	n.Kind, n.Dossier = DraftSupplement, f.State.ID
	n.Procedure, n.Case, n.Pack = f.State.Procedure, f.State.Case, f.State.Pack
	if n.Language == "" {
		n.Language = f.State.Language
	}
	return b.createDraft(ctx, n, f.State.OpenSupplement.N)
}
