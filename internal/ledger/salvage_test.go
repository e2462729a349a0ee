package ledger

import (
	"bytes"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"bendo/internal/seal"
	"bendo/syncproto"
)

// sample is a small book at rest with everything in it: files by name, and what must come of it.
type sample struct {
	files  map[string][]byte
	vault  string
	keys   string
	events map[syncproto.EventID]syncproto.Digest // own events → payload digest
	ids    []syncproto.EventID                    // by seq
	acked  uint64
}

// newSample files n dossiers, has the first half acknowledged and part of them answered, and leaves the
// newest ones in the -wal, as a machine does whose power goes.
func newSample(t *testing.T, n int) sample {
	t.Helper()
	o := openOffice(t)
	for i := range n {
		o.file()
		if i == n/2 {
			get(o.SetAck(t.Context(), o.ack(get(o.LogState(t.Context()))(t).Next-1, 100)))(t)
			o.must(o.Checkpoint(t.Context()))
		}
	}
	l := get(o.LogState(t.Context()))(t)
	s := sample{files: map[string][]byte{}, vault: filepath.Join(o.dir, "vault"), keys: o.dir + ".keys",
		events: map[syncproto.EventID]syncproto.Digest{}, acked: l.Acked}
	for _, ev := range get(o.PendingEvents(t.Context(), 1, 1000, 1<<30))(t) {
		s.events[ev.Header.ID] = syncproto.PayloadDigest(ev.Salt, ev.Payload)
		s.ids = append(s.ids, ev.Header.ID)
	}
	for _, name := range []string{"book.db", "book.db-wal", heightFile} {
		b, err := os.ReadFile(filepath.Join(o.dir, name)) // nobody writes; this process is to hold no lock afterwards
		o.must(err)
		s.files[name] = b
	}
	if len(s.ids) != n || len(s.files["book.db-wal"]) == 0 {
		t.Fatalf("the sample has %d events and a -wal of %d bytes", len(s.ids), len(s.files["book.db-wal"]))
	}
	return s
}

// damage breaks copies of the files in one way and says how.
func (s sample) damage(random *rand.Rand) (map[string][]byte, string) {
	files := map[string][]byte{}
	for name, b := range s.files {
		files[name] = bytes.Clone(b)
	}
	name := []string{"book.db", "book.db-wal"}[random.IntN(2)]
	b := files[name]
	page := random.IntN(max(len(b)/4096, 1)) * 4096
	switch kind := random.IntN(9); kind {
	case 0, 1, 2: // a bit
		at := random.IntN(len(b))
		b[at] ^= 1 << random.IntN(8)
		return files, fmt.Sprintf("bit at %d of %s", at, name)
	case 3: // a page of zeros
		clear(b[page:min(page+4096, len(b))])
		return files, fmt.Sprintf("zeros at %d of %s", page, name)
	case 4: // a page of anything
		for i := page; i < min(page+4096, len(b)); i++ {
			b[i] = byte(random.Uint32())
		}
		return files, fmt.Sprintf("noise at %d of %s", page, name)
	case 5: // a page in another's place
		other := random.IntN(max(len(b)/4096, 1)) * 4096
		copy(b[page:min(page+4096, len(b))], s.files[name][other:])
		return files, fmt.Sprintf("page %d at %d of %s", other, page, name)
	case 6: // cut short
		n := random.IntN(len(b))
		files[name] = b[:n]
		return files, fmt.Sprintf("%s cut to %d", name, n)
	case 7: // gone
		delete(files, "book.db-wal")
		return files, "no -wal"
	default: // a few sectors
		for range 1 + random.IntN(5) {
			at := random.IntN(max(len(b)/512, 1)) * 512
			clear(b[at:min(at+512, len(b))])
		}
		return files, "sectors of " + name
	}
}

func (s sample) lay(t *testing.T, dir string, files map[string][]byte) *seal.Keeper {
	t.Helper()
	if err := errors.Join(os.RemoveAll(dir), os.MkdirAll(dir, 0o700), os.Symlink(s.vault, filepath.Join(dir, "vault"))); err != nil {
		t.Fatal(err)
	}
	for name, b := range files {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	keys, err := seal.LoadOrCreate(seal.Options{DataDir: dir, KeysDir: s.keys, MustExist: true})
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

// TestSalvage damages a book in every way a disk does. Whatever comes of it: no event is ever handed
// out to be sent that is not byte by byte the one that was filed (I26), and a book made of what is
// readable is sound, keeps every event that could be read, names the rest, and goes on filing.
// BENDO_TORTURE=full makes it 10,000 images.
func TestSalvage(t *testing.T) {
	images := 40
	if os.Getenv("BENDO_TORTURE") == "full" {
		images = 10_000
	}
	seed := uint64(1) // the small size is the same each time
	switch s := os.Getenv("BENDO_SEED"); {
	case s == "random" || s == "" && images > 40:
		seed = rand.Uint64() % 1_000_000_000
	case s != "":
		var err error
		if seed, err = strconv.ParseUint(s, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("seed %d (repeat with BENDO_SEED=%d)", seed, seed)
	s, dir := newSample(t, 14), inMemory(t)
	counts := map[string]int{}
	for i := range images {
		if one := os.Getenv("BENDO_IMAGE"); one != "" && one != strconv.Itoa(i) {
			continue
		}
		random := rand.New(rand.NewPCG(seed, uint64(i)))
		files, how := s.damage(random)
		if wrong := s.tryOne(t, dir, files, counts); len(wrong) > 0 {
			t.Fatalf("image %d (%s): %v", i, how, wrong)
		}
	}
	t.Logf("%d images: %v", images, counts)
	if counts["damage seen"] == 0 || counts["events lost from the disk"] == 0 || counts["nothing to see"] == images {
		t.Errorf("the harness damages nothing: %v", counts)
	}
}

func inMemory(t *testing.T) (dir string) {
	t.Helper()
	memory, err := os.MkdirTemp("/dev/shm", "bendo-salvage-")
	if err != nil {
		return filepath.Join(t.TempDir(), "d")
	}
	t.Cleanup(func() { os.RemoveAll(memory) }) // no disk is needed for this
	return filepath.Join(memory, "d")
}

// TestEmptyPages puts an empty page of SQLite's own in the place of each page: SQLite finds such a file in
// order and a table empty. The one of the identity had passed for a book that was never enrolled.
func TestEmptyPages(t *testing.T) {
	s, dir := newSample(t, 6), inMemory(t)
	s.settle(t, dir)
	empty := make([]byte, 4096)
	empty[0], empty[5] = 0x0d, 0x10 // a leaf of a table, no cells, the content begins at 4096
	counts := map[string]int{}
	for at := 4096; at < len(s.files["book.db"]); at += 4096 {
		files := map[string][]byte{}
		for name, b := range s.files {
			files[name] = bytes.Clone(b)
		}
		copy(files["book.db"][at:], empty)
		if wrong := s.tryOne(t, dir, files, counts); len(wrong) > 0 {
			t.Errorf("page %d is empty: %v", at/4096+1, wrong)
		}
	}
	t.Log(counts)
}

// settle moves everything into the one file, so that no page of the -wal mends another.
func (s *sample) settle(t *testing.T, dir string) {
	t.Helper()
	b, err := Open(t.Context(), dir, s.lay(t, dir, s.files), Options{})
	if err == nil {
		err = errors.Join(b.Checkpoint(t.Context()), b.Close())
	}
	if err == nil {
		s.files["book.db"], err = os.ReadFile(filepath.Join(dir, "book.db"))
	}
	if err != nil {
		t.Fatal(err)
	}
	delete(s.files, "book.db-wal")
}

// tryOne opens a damaged book as it is, then salvages it.
func (s sample) tryOne(t *testing.T, dir string, files map[string][]byte, counts map[string]int) (wrong []string) {
	keys := s.lay(t, dir, files)
	seen, whole := false, 0
	b, err := Open(t.Context(), dir, keys, Options{})
	if err != nil {
		seen = true
		counts["does not open"]++
	} else {
		f, ferr := b.Examine(t.Context())
		seen = ferr != nil || f.Bad()
		whole, wrong = s.sends(t, b)
		if cerr := b.Close(); cerr != nil && !seen {
			wrong = append(wrong, fmt.Sprintf("closing a book that seems sound: %v", cerr))
		}
	}
	if !seen && whole < len(s.ids) {
		wrong = append(wrong, fmt.Sprintf("%d of %d events are left and nothing says that anything is wrong", whole, len(s.ids)))
	}
	if seen {
		counts["damage seen"]++
	} else {
		counts["nothing to see"]++
	}
	keys = s.lay(t, dir, files) // what opening did to it is another matter
	r, err := Salvage(t.Context(), dir, keys, Options{})
	if err != nil {
		return append(wrong, fmt.Sprintf("salvage: %v", err))
	}
	return append(wrong, s.judge(t, dir, keys, files, r, seen, whole, counts)...)
}

// sends reads what would be sent, and what of it is not what was filed.
func (s sample) sends(t *testing.T, b *Book) (n int, wrong []string) {
	for seq := uint64(1); ; {
		list, err := b.PendingEvents(t.Context(), seq, 100, 1<<30)
		for _, ev := range list {
			if want, known := s.events[ev.Header.ID]; !known || want != syncproto.PayloadDigest(ev.Salt, ev.Payload) {
				wrong = append(wrong, fmt.Sprintf("event %s would be sent and nobody filed it like that", ev.Header.ID))
			}
			n++
		}
		if seq += uint64(len(list)); err != nil || len(list) == 0 {
			return n, wrong
		}
	}
}

// judge looks at the book a salvage made.
func (s sample) judge(t *testing.T, dir string, keys *seal.Keeper, files map[string][]byte, r Rescue, seen bool, whole int, counts map[string]int) (wrong []string) {
	say := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	for name, b := range files {
		if name == heightFile {
			continue
		}
		if kept, err := os.ReadFile(filepath.Join(r.Kept, name)); err != nil || !bytes.Equal(kept, b) {
			say("the damaged %s was not kept as it was: %v", name, err)
		}
	}
	b, err := Open(t.Context(), dir, keys, Options{})
	if err != nil {
		return append(wrong, fmt.Sprintf("opening the new book: %v", err))
	}
	defer b.Close()
	sent, bad := s.sends(t, b)
	wrong = append(wrong, bad...)
	f, err := b.Examine(t.Context())
	if err != nil || len(f.Complaints) > 0 || f.Broken > 0 {
		say("the new book is not sound: %+v, %v", f, err)
	}
	if r.Events < sent || !seen && r.Events < whole {
		say("%d events were sent before the salvage, %d are in the new book, %d go from its beginning", whole, r.Events, sent)
	}
	if lost := len(s.ids) - r.Events; lost > 0 {
		counts["events lost from the disk"] += lost
		if seen && !r.NoIdentity && len(r.Lost) == 0 && r.Unreadable == 0 && len(r.Damaged) == 0 {
			say("%d events are lost and nobody says so", lost)
		}
	}
	counts["events saved"] += r.Events
	if r.NoIdentity {
		counts["no identity left"]++
		return wrong
	}
	o := &office{Book: b, t: t, dir: dir}
	if filed, err := o.Submit(t.Context(), o.draft().ID, filing()); err != nil || filed.Slip == "" {
		say("filing in the new book: %v", err)
	}
	return append(wrong, s.contact(t, o, r)...)
}

// contact is the province's first word: it has what it acknowledged, or less.
func (s sample) contact(t *testing.T, o *office, r Rescue) (wrong []string) {
	l, err := o.LogState(t.Context())
	if err != nil {
		return []string{err.Error()}
	}
	if l.Next-1 < s.acked || l.Acked > s.acked {
		return nil // the province is ahead: a fork, which the courier's tests and those of amnesia go through
	}
	if _, err := o.SetAck(t.Context(), o.ack(l.Next-1, 200)); err != nil {
		return []string{fmt.Sprintf("the province's word: %v", err)}
	}
	n, wrong := s.sendsAll(t, o.Book)
	if want := r.Events + 1; n != want {
		wrong = append(wrong, fmt.Sprintf("%d of %d whole events have a place in the log after the province's word", n, want))
	}
	// The courier compares the logs after a salvage and says so; nothing else may be open.
	if open, err := o.Unsettled(t.Context()); !open || err != nil {
		wrong = append(wrong, fmt.Sprintf("after a salvage nobody compares the logs: %v", err))
	}
	err = o.Rebuilt(t.Context())
	if open, err2 := o.Unsettled(t.Context()); open || err != nil || err2 != nil {
		wrong = append(wrong, fmt.Sprintf("the book is not settled: %v", errors.Join(err, err2)))
	}
	return wrong
}

func (s sample) sendsAll(t *testing.T, b *Book) (n int, wrong []string) {
	for seq := uint64(1); ; {
		list, err := b.PendingEvents(t.Context(), seq, 100, 1<<30)
		if err != nil {
			return n, append(wrong, err.Error())
		}
		n += len(list)
		if seq += uint64(len(list)); len(list) == 0 {
			return n, wrong
		}
	}
}

// Rows that are gone from a log of an earlier epoch are named, and the log ends before them until the
// province's comes back: nobody had asked for them before, because only the present log was looked at.
func TestSalvageOfAnEarlierLog(t *testing.T) {
	for name, harm := range map[string]string{
		"events are gone":                  `DELETE FROM event WHERE epoch = 1 AND seq IN (2, 3)`,
		"an event is damaged":              `UPDATE event SET digest = zeroblob(32) WHERE epoch = 1 AND seq = 2`,
		"the log's row is gone":            `DELETE FROM log WHERE epoch = 1`,
		"the log's row is damaged":         `UPDATE log SET device = x'00' WHERE epoch = 1`,
		"nothing is left of it":            `DELETE FROM event WHERE epoch = 1; DELETE FROM log WHERE epoch = 1`,
		"its events are gone, its row not": `DELETE FROM event WHERE epoch = 1`,
	} {
		t.Run(name, func(t *testing.T) { salvageEarlier(t, name, harm) })
	}
}

func salvageEarlier(t *testing.T, name, harm string) {
	o := openOffice(t)
	ctx := t.Context()
	for range 4 {
		o.file()
	}
	early := syncproto.LogID{Device: syncproto.DeviceID{1}, Epoch: 1}
	sent := get(o.PendingEvents(ctx, 1, 10, 1<<20))(t)
	word := o.old(early, 4, 100)
	get(o.SetAck(ctx, o.ack(4, 100)))(t)
	o.must(o.Regrant(ctx, grant(2, "54321")))
	o.file()
	o.file()
	get(o.SetAck(ctx, o.ack(2, 100)))(t)
	o.must(o.db.Write(ctx, func(tx *sql.Tx) error { _, err := tx.ExecContext(ctx, harm); return err }))
	o.must(o.Close())

	r := get(Salvage(ctx, o.dir, get(seal.LoadOrCreate(seal.Options{DataDir: o.dir, MustExist: true}))(t), Options{}))(t)
	if n := len(r.Lost); name == "events are gone" && (n != 2 || r.Lost[0] != (LostEvent{Epoch: 1, Seq: 2, Acked: true, Event: r.Lost[0].Event})) {
		t.Errorf("named as lost: %+v", r.Lost)
	}
	o.reopen()
	if !get(o.Unsettled(ctx))(t) {
		t.Fatal("nobody asks for the earlier log")
	}
	next, _, err := o.LogAt(ctx, early)
	o.must(err)
	if next < 5 {
		get(o.TakeBack(ctx, early, next, sent[next-1:]))(t)
	}
	o.must(o.Rejoin(ctx, word))
	o.must(o.Rebuilt(ctx))
	if get(o.Unsettled(ctx))(t) {
		t.Error("still unsettled")
	}
	if n := len(get(o.PendingEvents(ctx, 1, 10, 1<<20))(t)); n != 2 {
		t.Errorf("%d events in the present log, 2 were filed under it", n)
	}
	if next, head, err := o.LogAt(ctx, early); err != nil || next != 5 || head != word.Head {
		t.Errorf("the earlier log ends before %d: %v", next, err)
	}
	if f := get(o.Examine(ctx))(t); f.Bad() {
		t.Errorf("not sound: %+v", f)
	}
}

// Nothing of the book is left but the note of its height: every event it held is named, and the new book
// is known for one that was enrolled, or the machine could never be enrolled again.
func TestNothingIsLeft(t *testing.T) {
	s, dir := newSample(t, 6), inMemory(t)
	files := map[string][]byte{"book.db": make([]byte, len(s.files["book.db"])), heightFile: s.files[heightFile]}
	keys := s.lay(t, dir, files)
	r := get(Salvage(t.Context(), dir, keys, Options{}))(t)
	if !r.NoIdentity || r.Events != 0 || len(r.Lost) != len(s.ids) {
		t.Errorf("no identity %t, %d events, %d named as lost of %d", r.NoIdentity, r.Events, len(r.Lost), len(s.ids))
	}
	b := get(Open(t.Context(), dir, keys, Options{}))(t)
	defer b.Close()
	if !get(b.Orphan(t.Context()))(t) {
		t.Error("the book passes for one that was never enrolled")
	}
}

// The identity and the rows of the logs are gone and every event is there: none of them is called lost.
func TestWhatIsLeftIsNotCalledLost(t *testing.T) {
	for name, harm := range map[string]string{
		"rows gone":    `DELETE FROM identity; DELETE FROM log`,
		"rows damaged": `DELETE FROM identity; UPDATE log SET device = x'00'`,
	} {
		t.Run(name, func(t *testing.T) {
			o := openOffice(t)
			ctx := t.Context()
			for range 4 {
				o.file()
			}
			o.must(o.db.Write(ctx, func(tx *sql.Tx) error { _, err := tx.ExecContext(ctx, harm); return err }))
			o.must(o.Close())
			r := get(Salvage(ctx, o.dir, get(seal.LoadOrCreate(seal.Options{DataDir: o.dir, MustExist: true}))(t), Options{}))(t)
			if !r.NoIdentity || r.Events != 4 || len(r.Lost) > 0 {
				t.Errorf("no identity %t, %d events, lost: %+v", r.NoIdentity, r.Events, r.Lost)
			}
		})
	}
}
