package ledger

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"testing"

	"bendo/syncproto"
)

// I12, I7: whatever order the province's words come in, doubled, late, of a portal restored since,
// the book shows green exactly where the truth is green, and after a restart the same.
func TestAcksOfTheBook(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	for i := range 6 {
		t.Run(fmt.Sprint(i), func(t *testing.T) { acksWalk(t, rand.New(rand.NewPCG(seed, uint64(i)))) })
	}
}

// truth is what the province said, kept without any rule of the book.
type truth struct {
	present  uint64            // the newest generation heard of
	applied  map[uint64]uint64 // generation → the highest ack
	complete map[uint64]map[syncproto.Digest]bool
}

func (w *truth) green(seq uint64, manifest syncproto.Digest) (left, complete bool) {
	applied, said := w.applied[w.present]
	return said && applied >= seq, w.complete[w.present][manifest] && (!said || applied >= seq)
}

func acksWalk(t *testing.T, rng *rand.Rand) {
	o := openOffice(t)
	w := &truth{present: 100, applied: map[uint64]uint64{}, complete: map[uint64]map[syncproto.Digest]bool{}}
	var filed []Filed
	var old []func() // words that may be heard again
	for step := range 30 {
		g := w.present - uint64(rng.IntN(2))
		if rng.IntN(6) == 0 {
			g = w.present + 1
		}
		say := func() {}
		switch kind := rng.IntN(5); {
		case kind == 0 && len(filed) < 3:
			filed = append(filed, o.file())
		case kind == 1 && len(old) > 0:
			say = old[rng.IntN(len(old))]
		case kind == 2 && len(filed) > 0:
			f := filed[rng.IntN(len(filed))]
			if rng.IntN(3) == 0 {
				f.Manifest[0] ^= 1 // of other bytes
			}
			say = func() {
				o.must(o.AddReceipt(t.Context(), receipt(f, g)))
				w.present = max(w.present, g)
				if w.complete[g] == nil {
					w.complete[g] = map[syncproto.Digest]bool{}
				}
				w.complete[g][f.Manifest] = true
			}
		default:
			a := o.ack(uint64(rng.IntN(len(filed)+1)), g)
			say = func() {
				get(o.SetAck(t.Context(), a))(t)
				if a.Generation >= w.present { // an ack of an older portal is not even kept
					w.present = max(w.present, g)
					w.applied[g] = max(w.applied[g], a.Applied)
				}
			}
		}
		say()
		old = append(old, say)
		if step%10 == 9 {
			o.must(o.Close())
			o.reopen()
		}
		o.judgeAcks(t, w, filed)
	}
}

func (o *office) judgeAcks(t *testing.T, w *truth, filed []Filed) {
	t.Helper()
	for i, f := range filed {
		left, complete := w.green(uint64(i+1), f.Manifest)
		acks := get(o.Find(t.Context(), f.Slip))(t).Acks
		if !acks[0].Done || acks[1].Done != left || acks[2].Done != complete || acks[3].Done {
			t.Fatalf("dossier %d: the book shows %s, the truth is left %v, complete %v (%+v)", i, done(acks), left, complete, w)
		}
	}
	for _, row := range get(o.Outbox(t.Context(), OutboxQuery{}))(t) {
		found := get(o.Get(t.Context(), row.Dossier))(t)
		if row.Acks != found.Acks {
			t.Fatalf("the outbox shows %v, the dossier %v", row.Acks, found.Acks)
		}
	}
}

// A bit that flips in a column beside a receipt may hide it, never make one: green stands on the
// province's signature alone.
func TestNoGreenWithoutASignature(t *testing.T) {
	for name, damage := range map[string]string{
		"complete by a column":     `UPDATE outbox SET complete_gen = 100, complete_at = 1`,
		"a receipt nobody signed":  `UPDATE outbox SET complete_gen = 100, complete_at = 1, receipt = x'a0'`,
		"applied by a column":      `UPDATE log SET applied = 1, generation = 100`,
		"applied above its ack":    `UPDATE log SET applied = 9`,
		"a newer generation's ack": `UPDATE log SET generation = generation + 1`,
	} {
		o := openOffice(t)
		f := o.file()
		if name == "applied above its ack" || name == "a newer generation's ack" {
			get(o.SetAck(t.Context(), o.ack(0, 100)))(t)
			get(o.SetAck(t.Context(), o.ack(0, 101)))(t)
		}
		o.must(o.db.Write(context.Background(), func(tx *sql.Tx) error {
			_, err := tx.ExecContext(context.Background(), damage)
			return err
		}))
		acks := get(o.Find(t.Context(), f.Slip))(t).Acks
		if done(acks) != "1000" {
			t.Errorf("%s: %s", name, done(acks))
		}
	}
	// And with the signature it is green, so the test can see green.
	o := openOffice(t)
	f := o.file()
	get(o.SetAck(t.Context(), o.ack(1, 100)))(t)
	o.must(o.AddReceipt(t.Context(), receipt(f, 100)))
	if acks := get(o.Find(t.Context(), f.Slip))(t).Acks; done(acks) != "1110" {
		t.Error(done(acks))
	}
}
