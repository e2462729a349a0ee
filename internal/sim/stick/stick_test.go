package stick

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"pgregory.net/rapid"

	"bendo/internal/carry"
	"bendo/internal/carry/carrytest"
	"bendo/internal/ledger"
	"bendo/portal/store"
	"bendo/syncproto"
)

// I1, I12: there and back on one stick, without any line; twice changes nothing.
func TestThereAndBack(t *testing.T) { onBoth(t, thereAndBack) }

func thereAndBack(t *testing.T, p *province) {
	o := p.office(t)
	p.close() // from here on there is no line
	f, g := o.file(t, 9<<20), o.file(t, 1000)
	s, dir := usb(t)
	o.out(t, s)
	p.address = "127.0.0.1:0"
	p.open(t)
	r := p.in(t, s)
	if len(r.Offices) != 1 || r.Offices[0].Events != 2 || r.Offices[0].Scans != 4 || r.Refused() != 0 || r.Offices[0].Files < 3 {
		t.Fatalf("%+v", r)
	}
	p.has(t, f, g)
	if again := p.in(t, s); again.Offices[0].Events != 0 || kinds(again) != "stale" {
		t.Fatalf("the same stick again: %+v", again)
	}
	p.out(t, s)
	answered := copyOf(t, dir)
	got := o.in(t, s)
	if got.Receipts != 2 || got.Pages == 0 || got.Acked != 2 || !o.complete(t) {
		t.Fatalf("%+v", got)
	}
	if again := o.in(t, answered); again.New || back(again) != "stale" {
		t.Fatalf("the same answers again: %+v", again)
	}
	if r := o.out(t, s); r.Files != 1 || r.Bytes > 3000 {
		t.Fatalf("everything is receipted, and %d files with %d bytes stay", r.Files, r.Bytes)
	}
}

// The stick is pulled out at every operation of each of the four steps; the step done again
// brings what was missing, and nobody ever believes more than there is.
func TestPulledOutOnTheWholeWay(t *testing.T) {
	p := newProvince(t)
	o := p.office(t)
	stride := 4
	if os.Getenv("BENDO_TORTURE") == "full" {
		stride = 1
	}
	ctx := context.Background()
	for step, name := range []string{"agent out", "portal in", "portal out", "agent in"} {
		for n := step % stride; ; n += stride {
			disk := carrytest.New(t, t.TempDir(), uint64(n))
			s := carry.On(disk)
			o.file(t, 2000)
			run := []func() error{
				func() error { _, err := o.BundleOut(ctx, s, false); return err },
				func() error { _, err := p.clerk.In(ctx, s); return err },
				func() error { _, err := p.clerk.Out(ctx, s); return err },
				func() error { _, err := o.BundleIn(ctx, s); return err },
			}
			for _, before := range run[:step] {
				must(t, before())
			}
			disk.PullAfter(n)
			err := run[step]()
			if err != nil && carry.KindOf(err) != carry.Gone {
				t.Fatalf("%s, operation %d: %v", name, n, err)
			}
			whole := err == nil && disk.Ops() <= n
			disk.Plug()
			for _, again := range run {
				if err := again(); err != nil {
					t.Fatalf("%s, operation %d, once more: %v", name, n, err)
				}
			}
			if !o.complete(t) {
				t.Fatalf("%s, operation %d: not everything is receipted", name, n)
			}
			if whole {
				t.Logf("%s: %d operations", name, n)
				break
			}
		}
	}
	allAtTheProvince(t, p, o)
}

// allAtTheProvince compares everything the office ever filed.
func allAtTheProvince(t fataler, p *province, o *office) {
	t.Helper()
	rows, err := o.Book.Outbox(context.Background(), ledger.OutboxQuery{Limit: 500})
	must(t, err)
	filed := make([]ledger.Filed, len(rows))
	for i, r := range rows {
		filed[i] = ledger.Filed{Dossier: r.Dossier, Event: r.Event, Slip: r.Slip}
	}
	p.has(t, filed...)
}

// I1, I10, I24: filings, the line, two sticks and their answers in any order; in the end everything
// is there once and receipted.
func TestAnyOrderWithTheLine(t *testing.T) {
	if os.Getenv("BENDO_TORTURE") != "full" {
		must(t, flag.Set("rapid.checks", "8"))
	}
	onBoth(t, anyOrderWithTheLine)
}

func anyOrderWithTheLine(t *testing.T, p *province) {
	rapid.Check(t, func(r *rapid.T) {
		o := p.office(t)
		sticks := [2]*carry.Stick{}
		for i := range sticks {
			sticks[i], _ = usb(t)
		}
		var filed []ledger.Filed
		for i := range rapid.IntRange(3, 9).Draw(r, "steps") {
			s := sticks[rapid.IntRange(0, 1).Draw(r, fmt.Sprint("stick", i))]
			switch rapid.SampledFrom([]string{"file", "file", "line", "agent out", "agent out", "portal in", "portal in", "portal out", "agent in"}).Draw(r, fmt.Sprint("step", i)) {
			case "file":
				filed = append(filed, o.file(r, 3000))
			case "line":
				o.line(r)
			case "agent out":
				o.out(r, s)
			case "portal in":
				if rep := p.in(r, s); rep.Refused() > 0 {
					r.Fatalf("%+v", rep)
				}
			case "portal out":
				p.out(r, s)
			case "agent in":
				if rep := o.in(r, s); rep.Refused() {
					r.Fatalf("%+v", rep)
				}
			}
		}
		if len(filed) == 0 {
			filed = append(filed, o.file(r, 10))
		}
		last := rapid.Bool().Draw(r, "line at the end")
		if last {
			o.line(r)
		} else {
			o.out(r, sticks[0])
			p.in(r, sticks[0])
			p.out(r, sticks[0])
			o.in(r, sticks[0])
		}
		if !o.complete(r) {
			r.Fatal("not everything is receipted")
		}
		st, err := o.Book.LogState(context.Background())
		must(r, err)
		if st.Frozen || st.Acked != uint64(len(filed)) {
			r.Fatalf("%+v after %d filings", st, len(filed))
		}
		must(r, p.db.Read(context.Background(), func(tx *store.Tx) error {
			log, err := tx.FindLogUnlocked("28807", st.Log)
			if err == nil && (log.Applied != st.Acked || log.Head != st.Head) {
				r.Fatalf("the province has %d events, the office %d", log.Applied, st.Acked)
			}
			return err
		}))
		o.Close()
	})
}

// I26: any byte of any file, up or down, is altered: it is named, nothing of it is believed, and
// the way back to everything being there is one more copy.
func TestTamperedSticks(t *testing.T) {
	p := newProvince(t)
	o := p.office(t)
	f := o.file(t, 3000)
	s, dir := usb(t)
	o.out(t, s)
	for at := int64(0); at < 5000; at += 131 {
		bad := filepath.Join(t.TempDir(), "bad")
		must(t, os.CopyFS(bad, os.DirFS(dir)))
		if carrytest.Flip(t, bad, "up-*", at) != 1 {
			t.Fatal("no file")
		}
		if r := p.in(t, plug(t, bad)); r.Refused() == 0 || r.Offices[0].Events+r.Offices[0].Scans != 0 {
			t.Fatalf("byte %d: %+v", at, r)
		}
	}
	p.has(t)
	p.in(t, s)
	p.out(t, s)
	for at := int64(0); at < 4000; at += 97 {
		bad := filepath.Join(t.TempDir(), "bad")
		must(t, os.CopyFS(bad, os.DirFS(dir)))
		carrytest.Flip(t, bad, "down-*", at)
		if r := o.in(t, plug(t, bad)); !r.Refused() || r.New || r.Receipts > 0 {
			t.Fatalf("byte %d: %+v", at, r)
		}
	}
	if o.complete(t) {
		t.Fatal("a tampered answer was believed")
	}
	o.in(t, s)
	p.has(t, f)
	if !o.complete(t) {
		t.Fatal("the good answer was not taken")
	}
}

// I14: what another province, another office or nobody signed changes nothing, and says why.
func TestForeignSticks(t *testing.T) {
	p, q := newProvince(t), newProvince(t)
	o, neighbour, far := p.office(t), p.office(t), q.office(t)
	o.file(t, 10)
	far.file(t, 10)
	neighbour.file(t, 10)
	s, dir := usb(t)
	far.out(t, s)
	if r := p.in(t, s); kinds(r) != "other_province" || r.Refused() == 0 {
		t.Fatalf("%+v", r)
	}
	p.has(t)
	q.in(t, s)
	q.out(t, s)
	if r := o.in(t, s); back(r) != "other_office" || r.New {
		t.Fatalf("%+v", r)
	}
	// The neighbour's answer under our name: sealed to him, signed for him.
	ours, oursDir := usb(t)
	neighbour.out(t, ours)
	p.in(t, ours)
	p.out(t, ours)
	for name, from := range map[string]string{"other_province": dir, "damaged": ""} {
		bad := filepath.Join(t.TempDir(), "bad")
		to := filepath.Join(bad, "bendo", o.id.Device.String())
		src := filepath.Join(from, "bendo", far.id.Device.String())
		if from == "" {
			src = filepath.Join(oursDir, "bendo", neighbour.id.Device.String())
		}
		must(t, os.MkdirAll(filepath.Dir(to), 0o700))
		must(t, os.CopyFS(to, os.DirFS(src)))
		if r := o.in(t, plug(t, bad)); !r.Refused() || r.New {
			t.Fatalf("%s: %+v", name, r)
		}
	}
	// A machine nobody enrolled here, though it names our portal.
	must(t, p.db.Write(context.Background(), func(tx *store.Tx) error { return tx.SetDeviceStatus(neighbour.id.Device, store.Revoked) }))
	late, _ := usb(t)
	neighbour.file(t, 10)
	neighbour.out(t, late)
	if r := p.in(t, late); kinds(r) != "revoked" || r.Refused() == 0 { // I23
		t.Fatalf("%+v", r)
	}
	if found, err := neighbour.Book.Outbox(context.Background(), ledger.OutboxQuery{}); err != nil || len(found) != 2 {
		t.Fatalf("a revoked machine is still read at home: %v %d", err, len(found))
	}
}

// A suspended machine's dossiers are kept apart; the lost reply key costs one more trip.
func TestSuspendedAndLostReplyKey(t *testing.T) {
	p := newProvince(t)
	o := p.office(t)
	o.file(t, 10)
	s, dir := usb(t)
	o.out(t, s)
	must(t, p.db.Write(context.Background(), func(tx *store.Tx) error { return tx.SetDeviceStatus(o.id.Device, store.Suspended) }))
	if r := p.in(t, s); kinds(r) != "suspended" || r.Refused() != 0 || r.Offices[0].Events != 1 {
		t.Fatalf("%+v", r)
	}
	p.has(t) // stored, and no case
	p.out(t, s)
	must(t, os.Remove(filepath.Join(o.Keys.Dir(), "reply.agekey")))
	if r := o.in(t, s); back(r) != "wrong_key" || r.New {
		t.Fatalf("%+v", r)
	}
	o.file(t, 10) // the next bundle names the new key
	o.out(t, s)
	p.in(t, s)
	p.out(t, s)
	if r := o.in(t, plug(t, dir)); r.Refused() || !o.complete(t) {
		t.Fatalf("%+v", r)
	}
}

// A machine that signs for one scan and carries another (its memory is bad, or it lies): the part is read
// to its end once and refused, whatever else waits; the machine's own vault still has the scan.
func TestAScanThatIsNotTheSignedOne(t *testing.T) {
	p := newProvince(t)
	o := p.office(t)
	o.file(t, 3000)
	s, dir := usb(t)
	o.out(t, s)
	spoilScans(t, p, o, dir)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	r, err := p.clerk.In(ctx, plug(t, dir))
	must(t, err)
	if kinds(r) != "damaged" || r.Offices[0].Events != 1 || r.Offices[0].Scans != 0 || r.Offices[0].Aside != 0 {
		t.Fatalf("%+v", r)
	}
	if r, err = p.clerk.Retry(ctx); err != nil || len(r.Offices) != 0 {
		t.Fatalf("%v %+v", err, r)
	}
	o.line(t)
	if !o.complete(t) {
		t.Fatal("the line did not bring the scan")
	}
	allAtTheProvince(t, p, o)
}

// spoilScans writes the parts of a stick anew, signed and sealed by the office itself, each piece of a scan
// in two and with another first byte.
func spoilScans(t *testing.T, p *province, o *office, dir string) {
	t.Helper()
	key, err := o.Keys.EnrolledDeviceKey()
	must(t, err)
	files, err := filepath.Glob(filepath.Join(dir, "bendo", "*", "up-*"))
	must(t, err)
	for _, name := range files {
		raw, err := os.ReadFile(name)
		must(t, err)
		var records []syncproto.BundleRecord
		head, err := syncproto.OpenBundle(raw, key.Public().(ed25519.PublicKey), p.clerk.Identities[0], func(rec syncproto.BundleRecord) error {
			if rec.Kind != syncproto.BundleKindPiece {
				records = append(records, rec)
				return nil
			}
			var whole syncproto.BundlePiece
			must(t, rec.Decode(&whole))
			first, second := whole, whole
			half := len(whole.Bytes) / 2
			first.Bytes, second.Bytes = bytes.Clone(whole.Bytes[:half]), whole.Bytes[half:]
			first.Bytes[0] ^= 1
			second.Off += int64(half)
			for _, piece := range []syncproto.BundlePiece{first, second} {
				rec, err := syncproto.PieceRecord(piece)
				must(t, err)
				records = append(records, rec)
			}
			return nil
		})
		must(t, err)
		raw, err = syncproto.SealBundle(head, records, key, o.id.Carry...)
		must(t, err)
		must(t, os.WriteFile(name, raw, 0o600))
	}
}
