package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
)

// PrintState is what is known of a paper that was to be printed.
type PrintState string

// The states. A paper is called printed only on the word of the print system or of a person.
const (
	PrintBegun    PrintState = "begun"    // on its way to the print system; after a restart nobody knows
	PrintAccepted PrintState = "accepted" // the print system took it
	PrintDone     PrintState = "printed"
	PrintFailed   PrintState = "failed"
	PrintUnknown  PrintState = "unknown" // it may lie in the tray, or not
)

// Who said how a print ended. The print system never overrules a person who looked.
const (
	ToldByDesk   = "desk"
	ToldBySystem = "system"
	ToldByPerson = "person"
)

// PrintJob is one paper handed to a printer.
type PrintJob struct {
	N         int64
	Kind      string // slip, draft_slip, fee_slip, sheet, …
	Subject   string // the number or code on the paper
	Copy      int    // which print of this paper, from 1
	State     PrintState
	ToldBy    string
	Job       string // at the print system
	Detail    string // its own word
	BegunAt   int64  // unix ms
	ChangedAt int64  // unix ms
}

// maxPrintText bounds what a print system may have written down.
const maxPrintText = 500

// BeginPrint notes a paper before it leaves for the printer, and says which print of it this is. All
// count but those the print system itself failed: whoever saw no paper may have looked too early. A crash behind it leaves the paper "begun", which SettlePrints makes "unknown": the next one is marked
// as a copy, for the first may lie in the tray.
func (b *Book) BeginPrint(ctx context.Context, kind, subject string) (j PrintJob, err error) {
	if kind == "" || subject == "" || len(kind) > 32 || len(subject) > 64 {
		return j, fmt.Errorf("noting a print: kind %q, subject of %d bytes: %w", kind, len(subject), ErrUnfit)
	}
	now := b.nowMS()
	j = PrintJob{Kind: kind, Subject: subject, State: PrintBegun, ToldBy: ToldByDesk, BegunAt: now, ChangedAt: now}
	err = b.db.Write(ctx, func(tx *sql.Tx) error {
		if err := tx.QueryRowContext(ctx, `SELECT count(*) + 1 FROM print_job WHERE kind = ? AND subject = ? AND NOT (state = ? AND told_by = ?)`,
			kind, subject, PrintFailed, ToldBySystem).Scan(&j.Copy); err != nil {
			return fmt.Errorf("counting prints: %w", err)
		}
		row, err := tx.ExecContext(ctx, `INSERT INTO print_job (kind, subject, copy, state, told_by, job, detail, begun_at, changed_at)
			VALUES (?, ?, ?, ?, ?, '', '', ?, ?)`, kind, subject, j.Copy, j.State, j.ToldBy, now, now)
		if err != nil {
			return fmt.Errorf("noting a print: %w", err)
		}
		j.N, err = row.LastInsertId()
		return err
	})
	return j, err
}

// NotePrint says how a print stands. What a person said stays: the print system knows what it sent,
// she saw the tray. ErrNotFound for a print nobody began.
func (b *Book) NotePrint(ctx context.Context, n int64, state PrintState, by, job, detail string) (j PrintJob, err error) {
	err = b.db.Write(ctx, func(tx *sql.Tx) error {
		if j, err = printJob(ctx, tx, n); err != nil {
			return err
		}
		if j.ToldBy == ToldByPerson && by != ToldByPerson {
			return nil
		}
		if job != "" {
			j.Job = printText(job)
		}
		j.State, j.ToldBy, j.Detail, j.ChangedAt = state, by, printText(detail), b.nowMS()
		_, err := tx.ExecContext(ctx, `UPDATE print_job SET state = ?, told_by = ?, job = ?, detail = ?, changed_at = ? WHERE n = ?`,
			j.State, j.ToldBy, j.Job, j.Detail, j.ChangedAt, n)
		if err != nil {
			return fmt.Errorf("noting how a print ended: %w", err)
		}
		return nil
	})
	return j, err
}

// SettlePrints is called when the desk starts: what was on its way to the print system when the last
// run ended is unknown from here on, never printed.
func (b *Book) SettlePrints(ctx context.Context) (n int64, err error) {
	err = b.db.Write(ctx, func(tx *sql.Tx) error {
		row, err := tx.ExecContext(ctx, `UPDATE print_job SET state = ?, detail = 'the desk ended before the answer', changed_at = ? WHERE state = ?`,
			PrintUnknown, b.nowMS(), PrintBegun)
		if err != nil {
			return fmt.Errorf("settling prints: %w", err)
		}
		n, err = row.RowsAffected()
		return err
	})
	return n, err
}

// Print reads one; ErrNotFound for one nobody began.
func (b *Book) Print(ctx context.Context, n int64) (j PrintJob, err error) {
	err = b.db.Read(ctx, func(tx *sql.Tx) error {
		j, err = printJob(ctx, tx, n)
		return err
	})
	return j, err
}

// Prints lists the newest prints first, at most limit; of one paper when kind and subject are given.
func (b *Book) Prints(ctx context.Context, kind, subject string, limit int) (list []PrintJob, err error) {
	err = b.db.Read(ctx, func(tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, selectPrint+` WHERE (?1 = '' OR kind = ?1) AND (?2 = '' OR subject = ?2) ORDER BY n DESC LIMIT ?3`,
			kind, subject, min(max(limit, 1), 1000))
		if err != nil {
			return fmt.Errorf("listing prints: %w", err)
		}
		defer rows.Close()
		for rows.Next() {
			j, err := scanPrint(rows.Scan)
			if err != nil {
				return fmt.Errorf("listing prints: %w", err)
			}
			list = append(list, j)
		}
		return rows.Err()
	})
	return list, err
}

const selectPrint = `SELECT n, kind, subject, copy, state, told_by, job, detail, begun_at, changed_at FROM print_job`

func printJob(ctx context.Context, tx *sql.Tx, n int64) (PrintJob, error) {
	j, err := scanPrint(tx.QueryRowContext(ctx, selectPrint+` WHERE n = ?`, n).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return j, fmt.Errorf("print %d: %w", n, ErrNotFound)
	}
	if err != nil {
		return j, fmt.Errorf("reading print %d: %w", n, err)
	}
	return j, nil
}

func scanPrint(scan func(...any) error) (j PrintJob, err error) {
	err = scan(&j.N, &j.Kind, &j.Subject, &j.Copy, &j.State, &j.ToldBy, &j.Job, &j.Detail, &j.BegunAt, &j.ChangedAt)
	return j, err
}

// printText keeps what a print system said within bounds and on one line.
func printText(text string) string {
	text = strings.Join(strings.Fields(strings.ToValidUTF8(text, "?")), " ")
	if len(text) > maxPrintText {
		text = strings.ToValidUTF8(text[:maxPrintText], "")
	}
	return text
}
