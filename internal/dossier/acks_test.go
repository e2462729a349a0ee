package dossier

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"bendo/syncproto"
)

// goods is what a submission consists of, as a set and not as a digest: the model the
// acknowledgements are held against knows no hash.
type goods struct {
	event   byte
	payload byte
	scans   []byte // sorted, each once
}

func (g goods) equal(h goods) bool {
	return g.event == h.event && g.payload == h.payload && slices.Equal(g.scans, h.scans)
}

// manifest is what the road makes of it.
func (g goods) manifest() syncproto.Digest {
	h := syncproto.Header{ID: syncproto.EventID{g.event}}
	for _, s := range g.scans {
		h.Blobs = append(h.Blobs, syncproto.BlobRef{SHA256: syncproto.Digest{s}, Length: int64(s) + 1})
	}
	return syncproto.ManifestDigest(h, syncproto.Digest{g.payload})
}

// word is one thing the province signed, as it reaches a book.
type word struct {
	generation uint64
	at         int64
	ack        *uint64 // events 1…n of the log are there
	receipt    *goods  // every byte of these is there
}

// history is one submission, its place in the log, and everything the province said, in the order
// in which it arrived: late, doubled, of portals that were restored since.
type history struct {
	own   goods
	seq   uint64
	words []word
}

func histories() *rapid.Generator[history] {
	return rapid.Custom(func(t *rapid.T) history {
		set := func(label string) []byte {
			s := rapid.SliceOfN(rapid.ByteRange(1, 4), 0, 3).Draw(t, label)
			slices.Sort(s)
			return slices.Compact(s)
		}
		h := history{own: goods{1, 1, set("scans")}, seq: rapid.Uint64Range(1, 4).Draw(t, "seq")}
		for range rapid.IntRange(0, 12).Draw(t, "words") {
			w := word{generation: rapid.Uint64Range(1, 3).Draw(t, "generation"), at: rapid.Int64Range(1, 99).Draw(t, "at")}
			if rapid.Bool().Draw(t, "ack") {
				n := rapid.Uint64Range(0, 5).Draw(t, "applied")
				w.ack = &n
			} else {
				g := h.own
				switch rapid.IntRange(0, 5).Draw(t, "of what") {
				case 0:
					g.payload = 2
				case 1:
					g.event = 2
				case 2:
					g.scans = set("other scans")
				}
				w.receipt = &g
			}
			h.words = append(h.words, w)
			if rapid.IntRange(0, 4).Draw(t, "doubled") == 0 {
				h.words = append(h.words, h.words[rapid.IntRange(0, len(h.words)-1).Draw(t, "which")])
			}
		}
		return h
	})
}

// believed is how a book takes the province's words, whatever their order: of acks the highest of
// the newest generation, of receipts the one of the newest generation for a manifest.
func (h history) believed() (Submission, Facts) {
	f := Facts{SavedAt: 1, Epoch: 1, Seq: h.seq}
	receipts := map[syncproto.Digest]ReceiptFact{}
	for _, w := range h.words {
		f.Generation = max(f.Generation, w.generation)
		if w.ack != nil && (f.Acked == nil || w.generation > f.Acked.Generation ||
			w.generation == f.Acked.Generation && *w.ack > f.Acked.Applied) {
			f.Acked = &AckFact{Epoch: 1, Applied: *w.ack, Generation: w.generation, At: w.at}
		}
		if w.receipt != nil {
			m := w.receipt.manifest()
			if have, ok := receipts[m]; !ok || w.generation > have.Generation {
				receipts[m] = ReceiptFact{Manifest: m, Generation: w.generation, At: w.at}
			}
		}
	}
	sub := Submission{Event: syncproto.EventID{h.own.event}, Manifest: h.own.manifest()}
	// A book finds a receipt by its manifest; a wrong one is offered all the same where ours is
	// missing: the function must not believe the finder.
	for m, r := range receipts {
		if m == sub.Manifest || f.Receipt == nil {
			f.Receipt = &r
		}
		if m == sub.Manifest {
			break
		}
	}
	return sub, f
}

// green is the truth: in the portal's present generation it said that exactly this submission's
// event and scans are there, and did not say that it lacks the event.
func (h history) green() (left, complete bool) {
	var present uint64
	for _, w := range h.words {
		present = max(present, w.generation)
	}
	applied, said := uint64(0), false
	for _, w := range h.words {
		if w.generation != present {
			continue
		}
		if w.ack != nil {
			applied, said = max(applied, *w.ack), true
		}
		complete = complete || w.receipt != nil && w.receipt.equal(h.own)
	}
	left = said && applied >= h.seq
	return left, complete && (!said || applied >= h.seq)
}

// judge compares an implementation of the acknowledgements with the truth.
func (h history) judge(acks func(Submission, Facts) [4]Ack) error {
	sub, f := h.believed()
	left, complete := h.green()
	got := acks(sub, f)
	for i, want := range []bool{true, left, complete, false} {
		a := got[i]
		if a.Done != want {
			return fmt.Errorf("%s is %v, the truth is %v: %+v", a.Code, a.Done, want, h)
		}
		if a.Done == (a.At == 0) || a.Done == (a.Reason != ReasonNone) {
			return fmt.Errorf("%s: done %v with time %d and reason %q", a.Code, a.Done, a.At, a.Reason)
		}
	}
	// Any order and any repetition of the same words give the same answer.
	turned := history{own: h.own, seq: h.seq, words: append(slices.Clone(h.words), h.words...)}
	slices.Reverse(turned.words)
	sub, f = turned.believed()
	for i, a := range acks(sub, f) {
		if a.Done != got[i].Done {
			return fmt.Errorf("%s is %v, and %v when the words come in another order", a.Code, got[i].Done, a.Done)
		}
	}
	return nil
}

// I12, I7: "tỉnh đã nhận đủ" ⇔ the province said in its present generation that exactly this
// submission's event and scans are there; the four acknowledgements depend on nothing else.
func TestAcksAreTheTruth(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		if err := histories().Draw(t, "history").judge(Acks); err != nil {
			t.Fatal(err)
		}
	})
}

// The property must be able to fail: each of these mistakes is found within a few hundred histories.
func TestAcksPlanted(t *testing.T) {
	for name, planted := range map[string]func(Submission, Facts) [4]Ack{
		"an old generation counts": func(s Submission, f Facts) [4]Ack {
			if f.Receipt != nil {
				r := *f.Receipt
				r.Generation, f.Receipt = f.Generation, &r
			}
			return Acks(s, f)
		},
		"an old ack counts": func(s Submission, f Facts) [4]Ack {
			if f.Acked != nil {
				a := *f.Acked
				a.Generation, f.Acked = f.Generation, &a
			}
			return Acks(s, f)
		},
		"any receipt counts": func(s Submission, f Facts) [4]Ack {
			if f.Receipt != nil {
				s.Manifest = f.Receipt.Manifest
			}
			return Acks(s, f)
		},
		"a receipt counts though the portal says it lacks the event": func(s Submission, f Facts) [4]Ack {
			got := Acks(s, f)
			f.Acked = nil
			got[2] = Acks(s, f)[2]
			return got
		},
		"complete is inferred from left": func(s Submission, f Facts) [4]Ack {
			got := Acks(s, f)
			if got[1].Done {
				got[2].Done, got[2].At, got[2].Reason = true, got[1].At, ReasonNone
			}
			return got
		},
		"an ack of one less counts": func(s Submission, f Facts) [4]Ack {
			if f.Acked != nil {
				a := *f.Acked
				a.Applied++
				f.Acked = &a
			}
			return Acks(s, f)
		},
	} {
		found := false
		for seed := range 400 {
			if histories().Example(seed).judge(planted) != nil {
				found = true
				break
			}
		}
		if !found {
			t.Errorf("%s: the property does not see it", name)
		}
	}
}
