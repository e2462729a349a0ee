package till

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// By is who writes a line, when, with which key of the screen.
type By struct {
	Key   string // random, new for each line; the same again gives the same line
	Actor string // of the roster
	At    int64  // unix ms of the office's clock
}

func (b By) line(drawer int, kind Kind, means Means, amount int64) Line {
	return Line{Drawer: drawer, Kind: kind, Means: means, Amount: amount, Listed: Unlisted, Actor: b.Actor, At: b.At}
}

// Begin opens a shift at a drawer with what was counted in it. Errors: ErrShiftOpen.
func (t *Till) Begin(ctx context.Context, by By, drawer int, counted int64) (Line, error) {
	return t.write(ctx, by.Key, by.line(drawer, Opening, Cash, counted), func(tx *sql.Tx, l *Line) error {
		s, err := t.shiftAt(ctx, tx, drawer)
		if err == nil && s.ID != 0 && !s.Closed {
			err = ErrShiftOpen
		}
		return err
	})
}

// Payment is what somebody pays. Listed is what the catalogue asks by the dossier's pack, Unlisted where
// it states nothing.
type Payment struct {
	Means     Means
	Amount    int64
	Listed    int64
	Dossier   [16]byte // zero: none, as for a copy made at the desk
	Procedure string
	Ground    string // why another amount than listed is taken
	Evidence  string
	Reference string // of a transfer, by whoever confirmed it
}

// Take writes down money that is there: cash in the drawer, or a transfer that was confirmed. Nothing taken
// for a ground of exemption is written down, too.
func (t *Till) Take(ctx context.Context, by By, drawer int, p Payment) (Line, error) {
	l := by.line(drawer, Fee, p.Means, p.Amount)
	l.Listed, l.Dossier, l.Procedure = p.Listed, p.Dossier, p.Procedure
	l.Texts = Texts{Ground: p.Ground, Evidence: p.Evidence, Reference: p.Reference}
	return t.write(ctx, by.Key, l, t.inShift(ctx))
}

// Deposit writes down cash that leaves the drawer for the treasury or the safe.
func (t *Till) Deposit(ctx context.Context, by By, drawer int, amount int64, reference string) (Line, error) {
	l := by.line(drawer, Deposit, Cash, amount)
	l.Reference = reference
	return t.write(ctx, by.Key, l, t.inShift(ctx))
}

// GiveBack refunds a fee or a part of it, the way it came: cash from the drawer, a transfer by transfer.
func (t *Till) GiveBack(ctx context.Context, by By, drawer int, fee, amount int64, reason, reference string) (Line, error) {
	l := by.line(drawer, Refund, Cash, amount)
	l.Of, l.Texts = fee, Texts{Reason: reason, Reference: reference}
	of, err := t.Line(ctx, fee)
	if err != nil {
		return Line{}, err
	}
	if of.Kind != Fee {
		return Line{}, fmt.Errorf("writing a line of the cash book: %w", ErrNotFound)
	}
	l.Means, l.Dossier, l.Procedure = of.Means, of.Dossier, of.Procedure // none of it ever changes
	return t.write(ctx, by.Key, l, func(tx *sql.Tx, l *Line) error {
		if l.Means == Transfer && l.Reference == "" {
			return ErrReference
		}
		var given int64
		err := tx.QueryRowContext(ctx, `SELECT coalesce(sum(amount), 0) FROM line WHERE of = ?`, fee).Scan(&given)
		if err != nil {
			return err
		}
		if given+amount > of.Amount {
			return ErrTooMuch
		}
		return t.inShift(ctx)(tx, l)
	})
}

// End closes the shift with what was counted. A difference needs its reason; it is shown, never mended by
// a line of its own.
func (t *Till) End(ctx context.Context, by By, drawer int, counted int64, reason string) (Shift, error) {
	l := by.line(drawer, Closing, Cash, counted)
	l.Reason = reason
	l, err := t.write(ctx, by.Key, l, func(tx *sql.Tx, l *Line) error {
		s, err := t.openShift(ctx, tx, drawer)
		if err != nil {
			return err
		}
		if counted != s.Expected && reason == "" {
			return ErrReason
		}
		l.Shift = s.ID
		return nil
	})
	if err != nil {
		return Shift{}, err
	}
	return t.Shift(ctx, l.Shift)
}

// inShift puts a line into the open shift of its drawer, which must hold what the line takes out.
func (t *Till) inShift(ctx context.Context) func(tx *sql.Tx, l *Line) error {
	return func(tx *sql.Tx, l *Line) error {
		s, err := t.openShift(ctx, tx, l.Drawer)
		if err != nil {
			return err
		}
		if s.Expected+l.inDrawer() < 0 {
			return ErrDrawer
		}
		l.Shift = s.ID
		return nil
	}
}

func (t *Till) openShift(ctx context.Context, tx *sql.Tx, drawer int) (Shift, error) {
	s, err := t.shiftAt(ctx, tx, drawer)
	if err == nil && (s.ID == 0 || s.Closed) {
		err = ErrNoShift
	}
	return s, err
}

// shiftAt is the last shift of a drawer; the zero Shift when it never had one.
func (t *Till) shiftAt(ctx context.Context, tx *sql.Tx, drawer int) (Shift, error) {
	var id int64
	err := tx.QueryRowContext(ctx, `SELECT shift FROM line WHERE drawer = ? ORDER BY number DESC LIMIT 1`, drawer).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return Shift{}, nil
	}
	if err != nil {
		return Shift{}, err
	}
	list, err := t.lines(ctx, tx, `shift = ? ORDER BY number`, id)
	return sum(list), err
}

// Last is the last shift of a drawer, open or closed; ErrNotFound when it never had one. What was counted
// at its end is what the next one should begin with.
func (t *Till) Last(ctx context.Context, drawer int) (s Shift, err error) {
	err = t.db.Read(ctx, func(tx *sql.Tx) error {
		s, err = t.shiftAt(ctx, tx, drawer)
		if err == nil && s.ID == 0 {
			err = ErrNotFound
		}
		return err
	})
	return s, err
}

// Shift adds up one shift.
func (t *Till) Shift(ctx context.Context, id int64) (Shift, error) {
	list, err := t.Lines(ctx, id)
	if err == nil && len(list) == 0 {
		err = ErrNotFound
	}
	return sum(list), err
}

// Lines are the lines of a shift in their order, with electronic receipts as far as they are known.
func (t *Till) Lines(ctx context.Context, shift int64) ([]Line, error) {
	return t.read(ctx, `shift = ? ORDER BY number`, shift)
}

// LinesOf are the lines of a dossier.
func (t *Till) LinesOf(ctx context.Context, id [16]byte) ([]Line, error) {
	return t.read(ctx, `dossier = ? ORDER BY number`, id[:])
}

// Line is one line.
func (t *Till) Line(ctx context.Context, number int64) (Line, error) {
	list, err := t.read(ctx, `number = ?`, number)
	if err == nil && len(list) == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return Line{}, err
	}
	return list[0], nil
}

// Provisional are the oldest fees whose provisional receipt no electronic one has replaced, at most limit.
// A fee of nothing has none to wait for.
func (t *Till) Provisional(ctx context.Context, limit int) ([]Line, error) {
	return t.read(ctx, `kind = 'fee' AND amount > 0 AND number NOT IN (SELECT line FROM e_receipt) ORDER BY number LIMIT ?`, limit)
}

func (t *Till) read(ctx context.Context, where string, args ...any) (list []Line, err error) {
	err = t.db.Read(ctx, func(tx *sql.Tx) error {
		if list, err = t.lines(ctx, tx, where, args...); err != nil {
			return err
		}
		for i := range list {
			if list[i].Kind != Fee {
				continue
			}
			var r EReceipt
			err := tx.QueryRowContext(ctx, `SELECT form, symbol, number, actor, at FROM e_receipt WHERE line = ?`, list[i].Number).
				Scan(&r.Form, &r.Symbol, &r.Number, &r.Actor, &r.At)
			if errors.Is(err, sql.ErrNoRows) {
				continue
			}
			if err != nil {
				return err
			}
			list[i].EReceipt = &r
		}
		return nil
	})
	return list, err
}

// Replace notes the electronic receipt of a fee. The same again is harmless. Errors: ErrNotFound, ErrMapped.
func (t *Till) Replace(ctx context.Context, fee int64, r EReceipt) error {
	if r.Form == "" || r.Symbol == "" || r.Number == "" || r.Actor == "" || len(r.Form)+len(r.Symbol)+len(r.Number) > maxText {
		return fmt.Errorf("noting an electronic receipt: %w", ErrInvalid)
	}
	l, err := t.Line(ctx, fee)
	if err == nil && l.Kind != Fee {
		err = ErrNotFound
	}
	if err != nil {
		return fmt.Errorf("noting an electronic receipt: %w", err)
	}
	err = t.db.Write(ctx, func(tx *sql.Tx) error {
		var n, same int
		err := tx.QueryRowContext(ctx, `SELECT count(*), coalesce(sum(line = ?1 AND form = ?2 AND symbol = ?3 AND number = ?4), 0)
			FROM e_receipt WHERE line = ?1 OR form = ?2 AND symbol = ?3 AND number = ?4`, fee, r.Form, r.Symbol, r.Number).Scan(&n, &same)
		switch {
		case err != nil:
			return err
		case same == 1:
			return nil
		case n > 0:
			return ErrMapped
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO e_receipt (line, form, symbol, number, actor, at) VALUES (?,?,?,?,?,?)`,
			fee, r.Form, r.Symbol, r.Number, r.Actor, r.At)
		return err
	})
	if err != nil {
		return fmt.Errorf("noting an electronic receipt: %w", err)
	}
	return nil
}
