package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bendo/internal/dossier"
	"bendo/syncproto"
)

// handover is one durable hand-over: what it writes to, and the call itself, which
// returns something that is the same when it is called again.
type handover struct {
	name   string
	writes []string // "insert event", "update log" …
	do     func() (string, error)
}

func handovers(t *testing.T, o *office) []handover {
	ctx := t.Context()
	draft := o.draft()
	filed := o.file()
	o.must(o.Ask(ctx, filed.Dossier, dossier.Note, &dossier.NotePayload{Text: "x"}, "a"))
	page := o.page(o.act(filed.Dossier, dossier.TakenIn, &dossier.TakenInPayload{Office: "x"}),
		syncproto.FeedItem{Kind: syncproto.FeedOutcome, Body: get(syncproto.EncodeOutcome(syncproto.Outcome{Event: filed.Event, Code: "accepted"}))(t)},
		syncproto.FeedItem{Kind: syncproto.FeedReceipt, Body: get(syncproto.EncodeReceipt(receipt(filed, 100)))(t)},
		syncproto.FeedItem{Kind: "later"})
	desk := o.fileAs(dossier.HandoverAtTakeIn)
	ack := o.ack(1, 101)
	other := openOffice(t)
	other.file()
	lost := get(other.PendingEvents(ctx, 1, 1, 1<<20))(t)[0]
	lost.Header.Epoch, lost.Header.Seq = 9, 1
	said := func(err error) (string, error) { return "", err }
	return []handover{
		{"file a draft", []string{"insert event", "update log", "insert dossier", "insert summary", "insert outbox", "update outbox", "insert blob", "insert second_fact", "update draft", "delete draft_value", "delete draft_scan"},
			func() (string, error) {
				f, err := o.Submit(ctx, draft.ID, filing())
				return fmt.Sprint(f.Slip, f.Event, f.Manifest), err
			}},
		{"file a prepared dossier", []string{"insert secret", "insert event", "update log", "insert dossier", "insert summary", "insert outbox", "insert blob", "insert file_reference"},
			func() (string, error) {
				f, err := o.File(ctx, prepared("HS 1", "x"))
				return fmt.Sprint(f.Slip, f.Event, f.Manifest), err
			}},
		{"rate a dossier", []string{"insert event", "update log", "update dossier", "delete summary", "insert summary"}, func() (string, error) {
			r, err := o.Rate(ctx, filed.Dossier, Opinion{Score: 4, Reasons: []string{"time"}})
			return fmt.Sprint(r.Event, r.Score), err
		}},
		{"take in at the desk", []string{"insert event", "update log", "update dossier", "delete summary", "insert summary"}, func() (string, error) {
			s, err := o.Advance(ctx, desk.Dossier, 1, "clerk", dossier.TakenIn, says(&dossier.TakenInPayload{Office: "x", Due: 9}))
			return fmt.Sprint(s.Version, s.Due, s.Holder), err
		}},
		{"note at the desk", []string{"insert event", "update log", "update dossier", "delete summary", "insert summary"}, func() (string, error) {
			s, err := o.Advance(ctx, desk.Dossier, 2, "clerk", dossier.Note, says(&dossier.NotePayload{Text: "gọi lại sau"}))
			return fmt.Sprint(s.Version, len(s.Journal)), err
		}},
		{"rate a visit", []string{"insert secret", "insert event", "update log", "insert dossier", "insert summary"}, func() (string, error) {
			r, err := o.RateVisit(ctx, syncproto.DossierID{77}, Opinion{Score: 2})
			return fmt.Sprint(r.Event, r.Score), err
		}},
		{"tray", []string{"insert secret", "insert tray"}, func() (string, error) {
			i, err := o.PutTray(ctx, "a", "image/jpeg", strings.NewReader("tray page"))
			return i.ID, err
		}},
		{"feed page", []string{"insert event", "insert outcome", "update outbox", "update blob", "insert feed_kept", "update dossier", "insert summary", "insert feed_page", "update feed"},
			func() (string, error) {
				_, err := o.Receive(ctx, page, []byte("raw"))
				return said(err)
			}},
		{"ack", []string{"update identity", "update log", "update outbox"}, func() (string, error) {
			_, err := o.SetAck(ctx, ack)
			return said(err)
		}},
		{"receipt", []string{"update outbox", "update blob"}, func() (string, error) {
			return said(o.AddReceipt(ctx, receipt(filed, 101)))
		}},
		{"replay", []string{"insert log", "insert secret", "insert event", "insert dossier", "insert summary", "insert outbox", "insert blob", "insert second_fact", "update log"},
			func() (string, error) {
				_, err := o.TakeBack(ctx, syncproto.LogID{Device: syncproto.DeviceID{1}, Epoch: 9}, 1, []syncproto.Event{lost})
				return said(err)
			}},
		{"new epoch", []string{"update identity", "insert log", "update event", "update outbox", "update log"}, func() (string, error) {
			return said(o.Regrant(ctx, grant(10, "54321")))
		}},
	}
}

// Each hand-over at each of its steps: not done leaves the book exactly as it was; done
// but the answer lost, the same call gives the same answer and doubles nothing.
func TestFaultTable(t *testing.T) {
	o := openOffice(t)
	for _, h := range handovers(t, o) {
		before := dump(t, o)
		for _, w := range h.writes {
			o.plant(w)
			if _, err := h.do(); err == nil || !strings.Contains(err.Error(), "planted") {
				t.Fatalf("%s, %s not done: the call said %v", h.name, w, err)
			}
			o.exec(`DROP TRIGGER planted`)
			if after := dump(t, o); after != before {
				t.Fatalf("%s: when %q is not done, something else is", h.name, w)
			}
		}
		first, err := h.do()
		if err != nil {
			t.Fatalf("%s: %v", h.name, err)
		}
		sums := counts(t, o)
		again, err := h.do()
		if err != nil || again != first {
			t.Fatalf("%s again: %q, first %q, %v", h.name, again, first, err)
		}
		if got := counts(t, o); got != sums {
			t.Fatalf("%s again doubled something:\n%s\n%s", h.name, got, sums)
		}
		if n := get(o.Rebuild(t.Context()))(t); n != 0 {
			t.Fatalf("%s: %d projections differ from their events", h.name, n)
		}
	}
}

// plant makes one kind of write fail.
func (o *office) plant(write string) {
	o.t.Helper()
	op, table, _ := strings.Cut(write, " ")
	o.exec(fmt.Sprintf(`CREATE TRIGGER planted BEFORE %s ON %s BEGIN SELECT RAISE(ABORT, 'planted'); END`, op, table))
}

// dump is every row of every table; counts only how many.
func dump(t *testing.T, o *office) string   { return tables(t, o, `SELECT * FROM `) }
func counts(t *testing.T, o *office) string { return tables(t, o, `SELECT count(*) FROM `) }

func tables(t *testing.T, o *office, query string) string {
	t.Helper()
	var out strings.Builder
	o.must(o.db.Read(t.Context(), func(tx *sql.Tx) error {
		for _, name := range tableNames(t.Context(), tx) {
			rows, err := tx.QueryContext(t.Context(), query+name)
			if err != nil {
				return err
			}
			cols, err := rows.Columns()
			if err != nil {
				return err
			}
			for rows.Next() {
				vals := make([]any, len(cols))
				for i := range vals {
					vals[i] = new(any)
				}
				if err := rows.Scan(vals...); err != nil {
					return err
				}
				fmt.Fprint(&out, name)
				for _, v := range vals {
					fmt.Fprintf(&out, " %v", *v.(*any))
				}
				out.WriteByte('\n')
			}
			if err := errors.Join(rows.Err(), rows.Close()); err != nil {
				return err
			}
		}
		return nil
	}))
	return out.String()
}

func tableNames(ctx context.Context, tx *sql.Tx) (names []string) {
	rows, err := tx.QueryContext(ctx, `SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name`)
	if err != nil {
		return nil
	}
	defer rows.Close()
	for rows.Next() {
		var n string
		if rows.Scan(&n) == nil && n != "quarantine" {
			names = append(names, n)
		}
	}
	return names
}

// TestNoSlipForAPaperThatIsGone: whatever took a scan's file away (a hand in the vault, a repaired
// disk), a filing that names it is refused and the draft stays.
func TestNoSlipForAPaperThatIsGone(t *testing.T) {
	o := openOffice(t)
	d := o.draft()
	var files []string
	o.must(filepath.WalkDir(filepath.Join(o.dir, "vault"), func(path string, e fs.DirEntry, err error) error {
		if err == nil && e.Type().IsRegular() && len(e.Name()) == 64 {
			files = append(files, path)
		}
		return err
	}))
	if len(files) != 3 {
		t.Fatalf("%d files in the vault, want two scans and a signature", len(files))
	}
	aside := files[0] + ".aside"
	o.must(os.Rename(files[0], aside))
	_, err := o.Submit(t.Context(), d.ID, filing())
	wantErr(t, err, ErrLost)
	if rows := get(o.Outbox(t.Context(), OutboxQuery{}))(t); len(rows) != 0 {
		t.Fatal("it was filed")
	}
	o.must(os.Rename(aside, files[0]))
	get(o.Submit(t.Context(), d.ID, filing()))(t)
}
