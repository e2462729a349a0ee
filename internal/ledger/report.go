package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"bendo/internal/seal"
	"bendo/syncproto"
)

// Issued is a report as it was issued, or one of its corrections.
type Issued struct {
	Report string // a stable name
	Period string // 2026-11 …
	N      int    // 0 the report, then its corrections
	At     int64  // unix ms
	Actor  string // roster id
	Body   []byte // what it says; nil in lists
}

// ErrIssued says that this number was issued before, with other content.
var ErrIssued = errors.New("the report was issued meanwhile")

// IssueReport keeps a report for good: one row, one transaction. N must follow what was issued before,
// so that two desks cannot both issue the first. The same actor's same number again, because its answer
// was lost, gives what was kept and changes nothing; anybody else's is ErrIssued. A crash before the
// commit leaves the report open.
func (b *Book) IssueReport(ctx context.Context, r Issued) (kept Issued, err error) {
	if r.Report == "" || r.Period == "" || len(r.Report) > 32 || len(r.Period) > 32 || r.Actor == "" || r.N < 0 {
		return Issued{}, fmt.Errorf("issuing report %q of %q: %w", r.Report, r.Period, ErrUnfit)
	}
	r.At = b.nowMS()
	err = b.db.Write(ctx, func(tx *sql.Tx) error {
		key, err := b.key(ctx, tx, bookScope)
		if err != nil {
			return err
		}
		var next int
		if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM issued_report WHERE report = ? AND period = ?`, r.Report, r.Period).Scan(&next); err != nil {
			return err
		}
		kept = r
		if r.N != next {
			if r.N > next {
				return ErrIssued
			}
			if kept, err = issuedReport(ctx, tx, key, r.Report, r.Period, r.N); err == nil && kept.Actor != r.Actor {
				err = ErrIssued
			}
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO issued_report (report, period, n, at, actor, body) VALUES (?,?,?,?,?,?)`,
			r.Report, r.Period, r.N, r.At, r.Actor, seal.Seal(key, reportPlace(r.Report, r.Period, r.N), r.Body))
		return err
	})
	if err != nil {
		return Issued{}, fmt.Errorf("issuing report %s of %s: %w", r.Report, r.Period, err)
	}
	return kept, nil
}

func reportPlace(report, period string, n int) seal.AAD {
	return place("issued_report", []byte(report+"\x00"+period), int64(n), "body")
}

// IssuedReports lists what was issued, without bodies, the oldest first; of one report when it is given.
func (b *Book) IssuedReports(ctx context.Context, report string) (list []Issued, err error) {
	err = b.db.Read(ctx, func(tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, `SELECT report, period, n, at, actor FROM issued_report WHERE ?1 = '' OR report = ?1 ORDER BY report, period, n`, report)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var r Issued
			if err := rows.Scan(&r.Report, &r.Period, &r.N, &r.At, &r.Actor); err != nil {
				return err
			}
			list = append(list, r)
		}
		return rows.Err()
	})
	if err != nil {
		return nil, fmt.Errorf("listing issued reports: %w", err)
	}
	return list, nil
}

// IssuedReport reads one whole; ErrNotFound when it was not issued.
func (b *Book) IssuedReport(ctx context.Context, report, period string, n int) (r Issued, err error) {
	err = b.db.Read(ctx, func(tx *sql.Tx) error {
		key, err := b.key(ctx, tx, bookScope)
		if err == nil {
			r, err = issuedReport(ctx, tx, key, report, period, n)
		}
		return err
	})
	if err != nil {
		return Issued{}, fmt.Errorf("reading report %s of %s: %w", report, period, err)
	}
	return r, nil
}

func issuedReport(ctx context.Context, tx *sql.Tx, key seal.Key, report, period string, n int) (Issued, error) {
	r := Issued{Report: report, Period: period, N: n}
	var sealed []byte
	err := tx.QueryRowContext(ctx, `SELECT at, actor, body FROM issued_report WHERE report = ? AND period = ? AND n = ?`, report, period, n).Scan(&r.At, &r.Actor, &sealed)
	if errors.Is(err, sql.ErrNoRows) {
		return Issued{}, ErrNotFound
	}
	if err == nil {
		r.Body, err = seal.Open(key, reportPlace(report, period, n), sealed)
	}
	return r, err
}

// ReportFacts are what reports count of one dossier, as whoever reads them wrote them.
type ReportFacts struct {
	Dossier syncproto.DossierID
	Body    []byte
}

// ReportMark says up to where [Book.Everyone] was read into facts, and by which way of reading.
type ReportMark struct {
	Changed int64
	Reading int
}

// ReportFacts calls each for the facts of every dossier ever read, also of those whose key is gone, and
// gives the mark they go up to; the zero mark in a book where none was kept or that was salvaged.
func (b *Book) ReportFacts(ctx context.Context, each func(ReportFacts) error) (mark ReportMark, err error) {
	after, more, first := []byte{}, true, true
	for more && err == nil {
		page, upTo, failed := b.reportFacts(ctx, after)
		if err = failed; err != nil {
			break
		}
		if first { // facts of later pages may be newer than it: they are read again, none is missed
			mark, first = upTo, false
		}
		for _, f := range page {
			if err = each(f); err != nil {
				break
			}
			after = f.Dossier[:]
		}
		more = len(page) == summaryPage
	}
	if err != nil {
		return ReportMark{}, fmt.Errorf("reading the facts of reports: %w", err)
	}
	return mark, nil
}

// reportFacts reads one page in a snapshot of its own: while one is held the -wal cannot shrink.
func (b *Book) reportFacts(ctx context.Context, after []byte) (list []ReportFacts, mark ReportMark, err error) {
	err = b.db.Read(ctx, func(tx *sql.Tx) error {
		key, err := b.key(ctx, tx, bookScope)
		if err != nil {
			return err
		}
		err = tx.QueryRowContext(ctx, `SELECT changed, reading FROM report_mark`).Scan(&mark.Changed, &mark.Reading)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		rows, err := tx.QueryContext(ctx, `SELECT dossier, body FROM report_case WHERE dossier > ? ORDER BY dossier LIMIT ?`, after, summaryPage)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var raw, sealed []byte
			if err := rows.Scan(&raw, &sealed); err != nil {
				return err
			}
			id, err := id16(raw)
			if err != nil {
				return err
			}
			body, err := seal.Open(key, place("report_case", raw, 0, "body"), sealed)
			if err != nil {
				return fmt.Errorf("the facts of dossier %s: %w", syncproto.DossierID(id), err)
			}
			list = append(list, ReportFacts{Dossier: id, Body: body})
		}
		return rows.Err()
	})
	return list, mark, err
}

// KeepReportFacts keeps what was read and moves the mark, in one transaction. A crash before it leaves
// the old mark, and the same dossiers are read again.
func (b *Book) KeepReportFacts(ctx context.Context, list []ReportFacts, mark ReportMark) error {
	err := b.db.Write(ctx, func(tx *sql.Tx) error {
		key, err := b.key(ctx, tx, bookScope)
		if err != nil {
			return err
		}
		for _, f := range list {
			_, err := tx.ExecContext(ctx, `INSERT INTO report_case (dossier, body) VALUES (?1, ?2) ON CONFLICT (dossier) DO UPDATE SET body = ?2`,
				f.Dossier[:], seal.Seal(key, place("report_case", f.Dossier[:], 0, "body"), f.Body))
			if err != nil {
				return err
			}
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO report_mark (id, changed, reading) VALUES (1, ?1, ?2)
			ON CONFLICT (id) DO UPDATE SET changed = ?1, reading = ?2`, mark.Changed, mark.Reading)
		return err
	})
	if err != nil {
		return fmt.Errorf("keeping the facts of reports: %w", err)
	}
	return nil
}
