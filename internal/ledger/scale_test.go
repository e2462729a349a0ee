package ledger

import (
	"context"
	"database/sql"
	"encoding/binary"
	"testing"

	"bendo/internal/dossier"
	"bendo/internal/sqlitedb"
	"bendo/syncproto"
)

// crowd fills the book with n submissions of two scans each, as rows only.
func (o *office) crowd(ctx context.Context, n int) {
	o.t.Helper()
	o.must(o.db.Write(ctx, func(tx *sql.Tx) error {
		for i := range n {
			var e, d [16]byte
			var m, s [32]byte
			binary.BigEndian.PutUint64(e[:], uint64(i+1))
			binary.BigEndian.PutUint64(d[:], uint64(i+1))
			binary.BigEndian.PutUint64(m[:], uint64(i+1))
			if _, err := tx.ExecContext(ctx, `INSERT INTO dossier (id, fold_version, version, code, deadline, state, updated_at) VALUES (?,1,1,1,0,x'00',0)`, d[:]); err != nil {
				return err
			}
			if _, err := tx.ExecContext(ctx, `INSERT INTO outbox (event, dossier, n, manifest, saved_at, epoch, seq, digest) VALUES (?,?,0,?,?,1,?,x'00')`,
				e[:], d[:], m[:], o.now.UnixMilli()-int64(i), i+1); err != nil {
				return err
			}
			for k := range 2 {
				s[0] = byte(k)
				length := int64(1000*(n-i) + k)
				digest := sqlitedb.RowDigest(d, s, length, "image/jpeg", "scan:a", e)
				if _, err := tx.ExecContext(ctx, `INSERT INTO blob (dossier, sha256, length, mime, role, event, digest) VALUES (?,?,?,'image/jpeg','scan:a',?,?)`,
					d[:], s[:], length, e[:], digest); err != nil {
					return err
				}
			}
		}
		return nil
	}))
}

// Scans come one submission after the other, the smallest remainder first, deadlines
// before everything, and the wait counts.
func TestPendingBlobsOrder(t *testing.T) {
	o := openOffice(t)
	ctx := t.Context()
	o.crowd(ctx, 4) // the last has the smallest scans
	order := func() (list []byte) {
		for _, s := range get(o.PendingBlobs(ctx, 100))(t) {
			list = append(list, s.Event[7])
		}
		return list
	}
	if got := order(); string(got) != "\x04\x04\x03\x03\x02\x02\x01\x01" {
		t.Fatalf("order %v", got)
	}
	o.exec(`UPDATE dossier SET deadline = 5 WHERE id = (SELECT dossier FROM outbox WHERE seq = 2)`)
	o.exec(`UPDATE outbox SET saved_at = saved_at - 3600000 WHERE seq = 1`)
	if got := order(); string(got) != "\x02\x02\x01\x01\x04\x04\x03\x03" {
		t.Fatalf("order %v", got)
	}
	o.must(o.SetBlob(ctx, syncproto.BlobKey{Dossier: syncproto.DossierID{7: 2}, SHA256: syncproto.Digest{}}, 0, true))
	if got := order(); string(got) != "\x02\x01\x01\x04\x04\x03\x03" {
		t.Fatalf("order %v", got)
	}
	if l := get(o.PendingBlobs(ctx, 2))(t); len(l) != 2 {
		t.Fatalf("%d listed, asked for 2", len(l))
	}
	if err := o.SetBlob(ctx, syncproto.BlobKey{Dossier: syncproto.DossierID{7: 3}}, 1<<40, false); err == nil {
		t.Fatal("an offset beyond the end was taken")
	}
}

func BenchmarkPendingBlobs(b *testing.B) {
	o := openOffice(b)
	o.crowd(b.Context(), 50_000)
	for b.Loop() {
		get(o.PendingBlobs(b.Context(), 16))(b)
	}
}

// BenchmarkSubmit is one durable filing without scans, draft included.
func BenchmarkSubmit(b *testing.B) {
	o := openOffice(b)
	for b.Loop() {
		d := get(o.CreateDraft(b.Context(), NewDraft{Procedure: "1.001193", Pack: "p1"}))(b)
		get(o.Submit(b.Context(), d.ID, Filing{Handover: dossier.HandoverAtSubmit}))(b)
	}
}

// BenchmarkSaveField is what a resident waits for at every answer.
func BenchmarkSaveField(b *testing.B) {
	o := openOffice(b)
	d := o.draft()
	for b.Loop() {
		o.must(o.SaveField(b.Context(), d.ID, "ten", Answer{Value: []byte(`"Lê Văn Tám"`)}))
	}
}
