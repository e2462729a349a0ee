package ledger

import (
	"bufio"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"bendo/internal/dossier"
	"bendo/internal/seal"
	"bendo/syncproto"
)

// The test binary is also the two programs that share a book: "kiosk" files, "agent"
// carries. They say on stdout what was acknowledged to somebody.
func TestMain(m *testing.M) {
	if role := os.Getenv("BENDO_LEDGER_ROLE"); role != "" {
		if err := play(role, os.Getenv("BENDO_LEDGER_DIR"), os.Getenv("BENDO_LEDGER_FROM")); err != nil {
			fmt.Println("error", err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// rounds is how many filings the children make when nobody kills them.
const rounds = 25

func play(role, dir, from string) error {
	ctx := context.Background()
	keys, err := seal.LoadOrCreate(seal.Options{DataDir: dir})
	if err != nil {
		return err
	}
	b, err := Open(ctx, dir, keys, Options{})
	if err != nil {
		return err
	}
	defer b.Close()
	start, err := strconv.Atoi(from)
	if err != nil {
		return err
	}
	if role == "guesser" {
		return playGuesser(ctx, b)
	}
	if role == "kiosk" {
		for i := range rounds {
			if err := playKiosk(ctx, b, start+i); err != nil {
				return err
			}
		}
		return nil
	}
	for {
		if err := playAgent(ctx, b); err != nil {
			return err
		}
		if _, err := os.Stat(dir + "/stop"); err == nil {
			return playAgent(ctx, b)
		}
	}
}

// playKiosk files one dossier from a draft and one prepared one, each with a scan.
func playKiosk(ctx context.Context, b *Book, i int) error {
	d, err := b.CreateDraft(ctx, NewDraft{Procedure: "1.001193", Pack: "p1"})
	if err != nil {
		return err
	}
	if _, err := b.AttachScan(ctx, d.ID, NewScan{Component: "a"}, strings.NewReader(strings.Repeat("scan", 2000)+d.ID.String())); err != nil {
		return err
	}
	f, err := b.Submit(ctx, d.ID, Filing{Handover: dossier.HandoverAtSubmit})
	if err != nil {
		return err
	}
	fmt.Println("slip", f.Slip.String(), "-")
	if _, err := b.Rate(ctx, f.Dossier, Opinion{Score: 1 + i%5}); err != nil {
		return err
	}
	fmt.Println("rated", f.Slip.String(), 1+i%5)
	if err := playClerk(ctx, b); err != nil {
		return err
	}
	ref := "HS " + strconv.Itoa(i)
	if f, err = b.File(ctx, prepared(ref, "x")); err != nil {
		return err
	}
	fmt.Println("slip", f.Slip.String(), strings.ReplaceAll(ref, " ", "_"))
	return nil
}

// playClerk files a dossier that the desk keeps, takes it in, and asks as somebody whose answer was lost.
func playClerk(ctx context.Context, b *Book) error {
	d, err := b.CreateDraft(ctx, NewDraft{Procedure: "1.001193", Pack: "p1"})
	if err != nil {
		return err
	}
	f, err := b.Submit(ctx, d.ID, Filing{Handover: dossier.HandoverAtTakeIn})
	if err != nil {
		return err
	}
	fmt.Println("slip", f.Slip.String(), "-")
	for range 2 {
		s, err := b.Advance(ctx, f.Dossier, 1, "clerk", dossier.TakenIn, says(&dossier.TakenInPayload{Office: "UBND xã", Due: 77}))
		if err != nil || s.Holder != dossier.Province {
			return fmt.Errorf("taken in, and the holder is %q: %w", s.Holder, err)
		}
		fmt.Println("taken", f.Slip.String(), "-")
	}
	return nil
}

// playAgent carries what is there and brings the province's answers.
func playAgent(ctx context.Context, b *Book) error {
	l, err := b.LogState(ctx)
	if err != nil {
		return err
	}
	evs, err := b.PendingEvents(ctx, l.Acked+1, 20, 1<<20)
	if err != nil {
		return err
	}
	if n := uint64(len(evs)); n > 0 {
		head, err := b.HeadAt(ctx, 1, l.Acked+n)
		if err != nil {
			return err
		}
		if _, err := b.SetAck(ctx, syncproto.SignAck(syncproto.Ack{Log: l.Log, Applied: l.Acked + n, Head: head, Generation: 100, At: 1}, portalKey)); err != nil {
			return err
		}
		fmt.Println("acked", l.Acked+n, "-")
	}
	blobs, err := b.PendingBlobs(ctx, 20)
	if err != nil {
		return err
	}
	for _, s := range blobs {
		if err := carryBlob(ctx, b, s); err != nil {
			return err
		}
	}
	return answerOne(ctx, b)
}

func carryBlob(ctx context.Context, b *Book, s BlobState) error {
	r, err := b.BlobReader(ctx, s.Key.Dossier, s.Key.SHA256)
	if err != nil {
		return err
	}
	defer r.Close()
	h := sha256.New()
	if _, err := io.Copy(h, io.NewSectionReader(r, 0, r.Size())); err != nil {
		return err
	}
	if syncproto.Digest(h.Sum(nil)) != s.Key.SHA256 {
		return fmt.Errorf("scan %s has other bytes", s.Key.SHA256)
	}
	return b.SetBlob(ctx, s.Key, s.Length, true)
}

// answerOne receipts the first waiting submission that was acknowledged, and takes it in.
func answerOne(ctx context.Context, b *Book) error {
	rows, err := b.Outbox(ctx, OutboxQuery{WaitingOnly: true, Limit: 1})
	if err != nil || len(rows) == 0 || !rows[0].Acks[1].Done {
		return err
	}
	f, err := b.Get(ctx, rows[0].Dossier)
	if err != nil {
		return err
	}
	c, err := b.Cursor(ctx)
	if err != nil {
		return err
	}
	var items []syncproto.FeedItem
	if f.State.TakenIn == nil && f.State.Holder == dossier.Province { // else the clerk of the office takes it in
		id := rows[0].Event
		id[15]++
		ev, err := dossier.Advance(f.State, dossier.Province, dossier.TakenIn, &dossier.TakenInPayload{Office: "UBND xã"}, dossier.Meta{Event: id, At: 1})
		if err != nil {
			return err
		}
		body, err := syncproto.EncodeEvent(ev)
		if err != nil {
			return err
		}
		items = append(items, syncproto.FeedItem{Pos: c.Pos + 1, Kind: syncproto.FeedEvent, Body: body})
	}
	r := syncproto.SignReceipt(syncproto.Receipt{Dossier: f.State.ID, Manifest: f.State.Submissions[0].Manifest, Generation: 100, At: 2}, portalKey)
	body, err := syncproto.EncodeReceipt(r)
	if err != nil {
		return err
	}
	items = append(items, syncproto.FeedItem{Pos: c.Pos + 2, Kind: syncproto.FeedReceipt, Body: body})
	_, err = b.Receive(ctx, syncproto.FeedPage{Commune: "28807", Epoch: c.Epoch, From: c.Pos, To: c.Pos + 2, Items: items}, []byte("raw"))
	if err == nil {
		fmt.Println("cursor", c.Pos+2, "-")
	}
	return err
}

// witness keeps what the children acknowledged.
type witness struct {
	mu     sync.Mutex
	slips  map[string]string // slip → reference or "-"
	refs   map[string]string // reference → slip
	rated  map[string]string // slip → score
	taken  map[string]bool   // slip
	acked  uint64
	cursor uint64
	bad    []string
}

func (w *witness) hear(line string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	f := strings.Fields(line)
	if len(f) != 3 {
		if len(f) > 0 && f[0] == "error" {
			w.bad = append(w.bad, line)
		}
		return // a line cut by the kill was not acknowledged
	}
	n, _ := strconv.ParseUint(f[1], 10, 64)
	switch f[0] {
	case "slip":
		if old, ok := w.refs[f[2]]; ok && f[2] != "-" && old != f[1] {
			w.bad = append(w.bad, "reference "+f[2]+" has two slips")
		}
		w.slips[f[1]], w.refs[f[2]] = f[2], f[1]
	case "rated":
		w.rated[f[1]] = f[2]
	case "taken":
		w.taken[f[1]] = true
	case "acked":
		w.acked = max(w.acked, n)
	case "cursor":
		w.cursor = max(w.cursor, n)
	case "error":
		w.bad = append(w.bad, line)
	}
}

// known counts the slips; a child that failed counts too, so that nobody waits for it.
func (w *witness) known() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.slips) + len(w.bad)
}

// waitForSlip returns when more than n slips are known: a slow machine must be killed at its work,
// not before it. The bound only ends a child that hangs.
func (w *witness) waitForSlip(n int) {
	for end := time.Now().Add(20 * time.Second); w.known() <= n && time.Now().Before(end); {
		time.Sleep(2 * time.Millisecond)
	}
}

// start runs a child and listens to it until it ends.
func (w *witness) start(t *testing.T, role, dir string, from int) (*exec.Cmd, func()) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "BENDO_LEDGER_ROLE="+role, "BENDO_LEDGER_DIR="+dir, "BENDO_LEDGER_FROM="+strconv.Itoa(from))
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	heard := make(chan struct{})
	go func() {
		defer close(heard)
		for s := bufio.NewScanner(out); s.Scan(); {
			w.hear(s.Text())
		}
	}()
	return cmd, func() {
		<-heard
		_ = cmd.Wait() // killed, as intended
	}
}

func newWitness() *witness {
	return &witness{slips: map[string]string{}, refs: map[string]string{}, rated: map[string]string{}, taken: map[string]bool{}}
}

// kills per process; the full run of the torture plan sets BENDO_KILLS.
func kills() int {
	if n, err := strconv.Atoi(os.Getenv("BENDO_KILLS")); err == nil {
		return n
	}
	return 60
}

// Both programs die at random moments, again and again. Whatever was acknowledged to
// somebody is there, once, whole.
func TestKilledAtAnyMoment(t *testing.T) {
	o := openOffice(t)
	o.must(o.Close())
	w := newWitness()
	for i := range kills() {
		kiosk, endKiosk := w.start(t, "kiosk", o.dir, i*3) // overlapping references: some are filed again
		agent, endAgent := w.start(t, "agent", o.dir, 0)
		if i%4 != 0 { // one in four dies at any moment of its start
			w.waitForSlip(w.known())
		}
		time.Sleep(time.Duration(rand.IntN(160)) * time.Millisecond)
		_ = kiosk.Process.Kill()
		_ = agent.Process.Kill()
		endKiosk()
		endAgent()
	}
	o.reopen()
	w.check(t, o)
}

// Both programs work at once on one book, unhurt: neither fails, neither waits for ever.
func TestTwoProcesses(t *testing.T) {
	o := openOffice(t)
	o.must(o.Close())
	w := newWitness()
	_, endAgent := w.start(t, "agent", o.dir, 0)
	_, endA := w.start(t, "kiosk", o.dir, 0)
	_, endB := w.start(t, "kiosk", o.dir, 0) // a second desk, filing the same references
	endA()
	endB()
	o.must(os.WriteFile(o.dir+"/stop", nil, 0o600))
	endAgent()
	o.reopen()
	w.check(t, o)
	if len(w.slips) != 5*rounds || len(w.refs) != rounds+1 || len(w.taken) != 2*rounds {
		t.Fatalf("%d slips, %d references, %d taken in; want %d, %d, %d", len(w.slips), len(w.refs)-1, len(w.taken), 5*rounds, rounds, 2*rounds)
	}
}

// check derives every promise from the book again.
func (w *witness) check(t *testing.T, o *office) {
	t.Helper()
	if err := w.verify(t.Context(), o.Book); err != nil {
		t.Fatal(err)
	}
	if n := count(t, o, `SELECT count(*) FROM (SELECT dossier FROM file_reference GROUP BY dossier HAVING count(*) > 1)`); n != 0 {
		t.Fatalf("%d dossiers have two references", n)
	}
	if n := get(o.Rebuild(t.Context()))(t); n != 0 {
		t.Fatalf("%d projections differ from their events", n)
	}
	t.Logf("%d acknowledged slips", len(w.slips))
}

func (w *witness) verify(ctx context.Context, b *Book) error {
	if len(w.bad) > 0 {
		return fmt.Errorf("a child said: %v", w.bad)
	}
	for text, score := range w.rated {
		slip, err := dossier.ParseSlip(text)
		if err != nil {
			return err
		}
		f, err := b.Find(ctx, slip)
		if err != nil {
			return err
		}
		if r := f.State.Rating; r == nil || strconv.Itoa(r.Score) != score {
			return fmt.Errorf("slip %s was rated %s, the book has %+v", text, score, r)
		}
	}
	if err := w.verifyTaken(ctx, b); err != nil {
		return err
	}
	if len(w.slips) == 0 {
		return errors.New("nothing was filed: the harness proves nothing")
	}
	for text, ref := range w.slips {
		slip, err := dossier.ParseSlip(text)
		if err != nil {
			return err
		}
		f, err := b.Find(ctx, slip)
		if err != nil {
			return fmt.Errorf("slip %s: %w", text, err)
		}
		if !f.Acks[0].Done || ref != "-" && f.State.Source.Reference != strings.ReplaceAll(ref, "_", " ") {
			return fmt.Errorf("slip %s of %s: %+v", text, ref, f.State)
		}
	}
	c, err := b.Cursor(ctx)
	if err != nil {
		return err
	}
	l, err := b.LogState(ctx)
	if err != nil {
		return err
	}
	if l.Acked < w.acked || c.Pos < w.cursor {
		return fmt.Errorf("acked %d and cursor %d were told, %d and %d are kept", w.acked, w.cursor, l.Acked, c.Pos)
	}
	return verifyLog(ctx, b, l, len(w.slips))
}

// verifyTaken: what a clerk was told to be taken in is, once, with its due date, and went to the province.
func (w *witness) verifyTaken(ctx context.Context, b *Book) error {
	for text := range w.taken {
		slip, err := dossier.ParseSlip(text)
		if err != nil {
			return err
		}
		f, err := b.Find(ctx, slip)
		if err != nil {
			return err
		}
		if s := f.State; s.TakenIn == nil || s.Due != 77 || s.Version != 2 || s.Holder != dossier.Province || len(s.Proposals) > 0 {
			return fmt.Errorf("slip %s was taken in, the book has %+v", text, s)
		}
	}
	return nil
}

// verifyLog reads the whole log, which checks digests and chain, and every scan it names.
func verifyLog(ctx context.Context, b *Book, l LogState, atLeast int) error {
	dossiers := map[syncproto.DossierID]bool{}
	once := map[string]map[syncproto.DossierID]bool{dossier.Rated: {}, dossier.TakenIn: {}}
	for seq := uint64(1); seq < l.Next; {
		evs, err := b.PendingEvents(ctx, seq, 100, 1<<20)
		if err != nil {
			return err
		}
		if len(evs) == 0 {
			return fmt.Errorf("the log ends before %d, it promised %d", seq, l.Next-1)
		}
		for _, ev := range evs {
			if seen, ok := once[ev.Header.Type]; ok {
				if seen[ev.Header.Dossier] {
					return fmt.Errorf("%s of dossier %s stands twice in the log", ev.Header.Type, ev.Header.Dossier)
				}
				seen[ev.Header.Dossier] = true
				continue
			}
			if dossiers[ev.Header.Dossier] {
				return fmt.Errorf("dossier %s stands twice in the log", ev.Header.Dossier)
			}
			dossiers[ev.Header.Dossier] = true
			for _, ref := range ev.Header.Blobs {
				if err := carryBlob(ctx, b, BlobState{Key: syncproto.BlobKey{Dossier: ev.Header.Dossier, SHA256: ref.SHA256}, Length: ref.Length}); err != nil {
					return err
				}
			}
		}
		seq += uint64(len(evs))
	}
	if len(dossiers) < atLeast {
		return fmt.Errorf("%d filings in the log, %d were acknowledged", len(dossiers), atLeast)
	}
	return nil
}

// The checker must see what it is there for: a filing, a scan, a byte that is gone.
func TestKillHarnessSeesPlantedLosses(t *testing.T) {
	for name, plant := range map[string]func(*office, Filed){
		"row":   func(o *office, f Filed) { o.exec(`DELETE FROM event WHERE seq = 2`) },
		"byte":  func(o *office, f Filed) { o.exec(`UPDATE event SET at = at + 1 WHERE seq = 2`) },
		"state": func(o *office, f Filed) { o.exec(`DELETE FROM dossier WHERE id = ?`, f.Dossier[:]) },
		"scan": func(o *office, f Filed) {
			o.must(o.vault.Remove(f.Dossier, get(o.Get(o.t.Context(), f.Dossier))(o.t).State.Submissions[0].Blobs[0].SHA256))
		},
	} {
		o := openOffice(t)
		w := newWitness()
		first, second := o.file(), o.file()
		w.hear("slip " + first.Slip.String() + " -")
		w.hear("slip " + second.Slip.String() + " -")
		if err := w.verify(t.Context(), o.Book); err != nil {
			t.Fatalf("%s: before the loss: %v", name, err)
		}
		plant(o, second)
		if err := w.verify(t.Context(), o.Book); err == nil {
			t.Errorf("%s: the planted loss was not seen", name)
		}
	}
}
