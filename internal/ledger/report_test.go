package ledger

import (
	"bytes"
	"database/sql"
	"errors"
	"fmt"
	"testing"

	"bendo/internal/seal"
	"bendo/syncproto"
)

// A report is issued once: the same again gives what was kept, anybody else's is refused, and none is
// left out.
func TestIssueReport(t *testing.T) {
	o := openOffice(t)
	first := Issued{Report: "06", Period: "2026-11", Actor: "s-1", Body: []byte("two dossiers of Canary")}
	for _, bad := range []Issued{{}, {Report: "06", Period: "2026-11"}, {Report: "06", Actor: "s-1"}, {Report: "06", Period: "2026-11", Actor: "s-1", N: -1}} {
		_, err := o.IssueReport(t.Context(), bad)
		wantErr(t, err, ErrUnfit)
	}
	early := first
	early.N = 1
	_, err := o.IssueReport(t.Context(), early)
	wantErr(t, err, ErrIssued)
	kept := get(o.IssueReport(t.Context(), first))(t)
	if kept.At != o.now.UnixMilli() {
		t.Errorf("issued at %d", kept.At)
	}
	o.now = o.now.Add(1_000_000_000_000)
	again := first
	again.Body = []byte("something else")
	if got := get(o.IssueReport(t.Context(), again))(t); got.At != kept.At || !bytes.Equal(got.Body, first.Body) {
		t.Errorf("issued again: %+v", got)
	}
	other := first
	other.Actor = "s-2"
	_, err = o.IssueReport(t.Context(), other)
	wantErr(t, err, ErrIssued)
	early.Body = []byte("a correction")
	get(o.IssueReport(t.Context(), early))(t)
	o.must(o.Close())
	o.reopen()
	if list := get(o.IssuedReports(t.Context(), "06"))(t); len(list) != 2 || list[1].N != 1 || list[0].Body != nil {
		t.Errorf("listed: %+v", list)
	}
	if got := get(o.IssuedReport(t.Context(), "06", "2026-11", 0))(t); !bytes.Equal(got.Body, first.Body) || got.Actor != "s-1" {
		t.Errorf("read: %+v", got)
	}
	_, err = o.IssuedReport(t.Context(), "06", "2026-12", 0)
	wantErr(t, err, ErrNotFound)
	// A body put into another row's place does not open.
	o.exec(`UPDATE issued_report SET body = (SELECT body FROM issued_report WHERE n = 0) WHERE n = 1`)
	_, err = o.IssuedReport(t.Context(), "06", "2026-11", 1)
	wantErr(t, err, seal.ErrTampered)
}

// The write fails at every point of the transaction: the report is open, and issuing it again works.
func TestIssueReportFails(t *testing.T) {
	o := openOffice(t)
	o.exec(`CREATE TRIGGER no BEFORE INSERT ON issued_report BEGIN SELECT RAISE(ABORT, 'the disk said no'); END`)
	r := Issued{Report: "06", Period: "2026-11", Actor: "s-1", Body: []byte("x")}
	if _, err := o.IssueReport(t.Context(), r); err == nil {
		t.Fatal("the row was refused and the report issued all the same")
	}
	if list := get(o.IssuedReports(t.Context(), ""))(t); len(list) != 0 {
		t.Fatalf("half a report: %+v", list)
	}
	o.exec(`DROP TRIGGER no`)
	get(o.IssueReport(t.Context(), r))(t)
}

// Facts of a dossier outlive its key, and the mark moves with them or not at all.
func TestReportFacts(t *testing.T) {
	o := openOffice(t)
	filed := o.file()
	read := func() (map[syncproto.DossierID]string, ReportMark) {
		t.Helper()
		got := map[syncproto.DossierID]string{}
		mark := get(o.ReportFacts(t.Context(), func(f ReportFacts) error {
			got[f.Dossier] = string(f.Body)
			return nil
		}))(t)
		return got, mark
	}
	if got, mark := read(); len(got) != 0 || mark != (ReportMark{}) {
		t.Fatalf("a new book has %v up to %v", got, mark)
	}
	many := []ReportFacts{{Dossier: filed.Dossier, Body: []byte("facts of Canary")}}
	for i := range summaryPage + 5 { // more than a page
		many = append(many, ReportFacts{Dossier: syncproto.DossierID{0xf, byte(i >> 8), byte(i)}, Body: []byte("y")})
	}
	o.must(o.KeepReportFacts(t.Context(), many, ReportMark{Changed: 7, Reading: 1}))
	o.must(o.KeepReportFacts(t.Context(), []ReportFacts{{Dossier: filed.Dossier, Body: []byte("newer")}}, ReportMark{Changed: 9, Reading: 1}))
	o.must(o.db.Write(t.Context(), func(tx *sql.Tx) error { return o.dropKey(t.Context(), tx, filed.Dossier) }))
	o.must(o.Close())
	o.reopen()
	if got, mark := read(); len(got) != len(many) || got[filed.Dossier] != "newer" || mark != (ReportMark{Changed: 9, Reading: 1}) {
		t.Fatalf("%d facts, %q, up to %+v", len(got), got[filed.Dossier], mark)
	}
	stop := errors.New("enough")
	_, err := o.ReportFacts(t.Context(), func(ReportFacts) error { return stop })
	wantErr(t, err, stop)
}

// BenchmarkReportFacts reads the facts of 100,000 dossiers as a desk does when reports are first asked for.
func BenchmarkReportFacts(b *testing.B) {
	o := openOffice(b)
	body := bytes.Repeat([]byte("x"), 300)
	for from := 0; from < 100_000; from += 5000 {
		var list []ReportFacts
		for i := range 5000 {
			n := from + i
			list = append(list, ReportFacts{Dossier: syncproto.DossierID{1, byte(n >> 16), byte(n >> 8), byte(n)}, Body: body})
		}
		o.must(o.KeepReportFacts(b.Context(), list, ReportMark{Changed: 1, Reading: 1}))
	}
	for b.Loop() {
		n := 0
		if _, err := o.ReportFacts(b.Context(), func(ReportFacts) error { n++; return nil }); err != nil || n != 100_000 {
			b.Fatal(fmt.Errorf("%d facts: %w", n, err))
		}
	}
}
