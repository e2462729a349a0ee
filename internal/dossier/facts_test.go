package dossier

import (
	"testing"

	"pgregory.net/rapid"

	"bendo/syncproto"
)

func drawFacts(t *rapid.T, manifest syncproto.Digest) Facts {
	f := Facts{
		SavedAt:    rapid.Int64Range(0, 1).Draw(t, "saved") * 1000,
		Epoch:      uint32(rapid.IntRange(1, 2).Draw(t, "epoch")),
		Seq:        uint64(rapid.IntRange(0, 4).Draw(t, "seq")),
		Generation: uint64(rapid.IntRange(0, 3).Draw(t, "generation")),
		BytesLeft:  rapid.Int64Range(0, 5).Draw(t, "left"),
		Obstacle:   rapid.SampledFrom([]Reason{"", ReasonWaitingLine, ReasonFrozen}).Draw(t, "obstacle"),
	}
	if rapid.Bool().Draw(t, "acked") {
		f.Acked = &AckFact{Epoch: uint32(rapid.IntRange(1, 2).Draw(t, "ack epoch")), Applied: uint64(rapid.IntRange(0, 4).Draw(t, "applied")),
			Generation: uint64(rapid.IntRange(0, 3).Draw(t, "ack generation")), At: 2000}
	}
	if rapid.Bool().Draw(t, "receipt") {
		m := manifest
		if rapid.Bool().Draw(t, "of another") {
			m[0]++
		}
		f.Receipt = &ReceiptFact{Manifest: m, Generation: uint64(rapid.IntRange(0, 3).Draw(t, "receipt generation")), At: 3000}
	}
	return f
}

// Green exactly where the fact is; each on its own; never green without a time, never
// missing without a reason that has words in both languages.
func TestAcksAreGreenExactlyByFacts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sub := Submission{Manifest: syncproto.Digest{7}}
		if rapid.Bool().Draw(t, "took in") {
			sub.TookIn = &TookIn{At: 4000, Office: "UBND xã Giao Long"}
		}
		f := drawFacts(t, sub.Manifest)
		a := Acks(sub, f)
		covered := f.Acked != nil && f.Acked.Epoch == f.Epoch && f.Acked.Generation == f.Generation
		want := [4]bool{
			f.SavedAt > 0,
			f.Generation > 0 && covered && f.Seq > 0 && f.Acked.Applied >= f.Seq,
			f.Generation > 0 && f.Receipt != nil && f.Receipt.Manifest == sub.Manifest &&
				f.Receipt.Generation == f.Generation && !(covered && f.Acked.Applied < f.Seq),
			sub.TookIn != nil,
		}
		for i := range a {
			if a[i].Done != want[i] {
				t.Fatalf("%s: done %v, want %v (%+v)", a[i].Code, a[i].Done, want[i], f)
			}
			if a[i].Done != (a[i].At > 0) || a[i].Done != (a[i].Reason == ReasonNone) {
				t.Fatalf("%s: %+v", a[i].Code, a[i])
			}
			if txt := ReasonText(a[i].Reason); !a[i].Done && (txt.VI == "" || txt.EN == "") {
				t.Fatalf("no words for %q", a[i].Reason)
			}
			if l := AckLabel(a[i].Code); l.VI == "" || l.EN == "" {
				t.Fatalf("no words for %q", a[i].Code)
			}
		}
	})
}

// A restored portal: everything falls back with the reason, and comes back when confirmed.
func TestAcksFallBackWithTheGeneration(t *testing.T) {
	sub := Submission{Manifest: syncproto.Digest{7}}
	f := Facts{SavedAt: 1, Epoch: 1, Seq: 3, Generation: 10,
		Acked:   &AckFact{Epoch: 1, Applied: 3, Generation: 10, At: 2},
		Receipt: &ReceiptFact{Manifest: sub.Manifest, Generation: 10, At: 3}}
	if a := Acks(sub, f); !a[1].Done || !a[2].Done || a[3].Reason != ReasonWaitingOfficer {
		t.Fatalf("%+v", a)
	}
	f.Generation = 11
	a := Acks(sub, f)
	for _, i := range []int{1, 2} {
		if a[i].Done || a[i].Reason != ReasonPortalRestored {
			t.Fatalf("after a restore: %+v", a[i])
		}
	}
	if SyncOf(a) != Sync(SavedAtCommune) {
		t.Fatalf("sync is %q", SyncOf(a))
	}
	f.Acked, f.Receipt = &AckFact{Epoch: 1, Applied: 2, Generation: 11, At: 4}, &ReceiptFact{Manifest: sub.Manifest, Generation: 11, At: 5}
	if a := Acks(sub, f); a[2].Done {
		t.Fatal("a receipt above the applied seq counted")
	}
	f.Acked.Applied = 3
	if a := Acks(sub, f); !a[1].Done || !a[2].Done {
		t.Fatalf("confirmed again: %+v", a)
	}
}

func TestAcksReasons(t *testing.T) {
	sub := Submission{Manifest: syncproto.Digest{7}}
	acked := &AckFact{Epoch: 1, Applied: 3, Generation: 10, At: 2}
	for _, c := range []struct {
		name string
		f    Facts
		want [4]Reason
	}{
		{"no line", Facts{SavedAt: 1, Epoch: 1, Seq: 3, Obstacle: ReasonWaitingLine},
			[4]Reason{"", ReasonWaitingLine, ReasonWaitingLine, ReasonWaitingLine}},
		{"its turn comes", Facts{SavedAt: 1, Epoch: 1, Seq: 3}, [4]Reason{"", ReasonInQueue, ReasonInQueue, ReasonInQueue}},
		{"scans on the way", Facts{SavedAt: 1, Epoch: 1, Seq: 3, Generation: 10, Acked: acked, BytesLeft: 5},
			[4]Reason{"", "", ReasonSendingScans, ReasonWaitingOfficer}},
		{"scans on another machine", Facts{SavedAt: 1, Epoch: 1, Seq: 3, Generation: 10, Acked: acked, BytesLeft: 5, Elsewhere: true},
			[4]Reason{"", "", ReasonElsewhere, ReasonWaitingOfficer}},
		{"receipt awaited", Facts{SavedAt: 1, Epoch: 1, Seq: 3, Generation: 10, Acked: acked},
			[4]Reason{"", "", ReasonConfirming, ReasonWaitingOfficer}},
		{"another epoch's ack", Facts{SavedAt: 1, Epoch: 2, Seq: 3, Generation: 10, Acked: acked},
			[4]Reason{"", ReasonInQueue, ReasonInQueue, ReasonInQueue}},
	} {
		a := Acks(sub, c.f)
		for i := range a {
			if a[i].Reason != c.want[i] {
				t.Errorf("%s: %s says %q, want %q", c.name, a[i].Code, a[i].Reason, c.want[i])
			}
		}
	}
	sub.Declined = "mờ"
	if a := Acks(sub, Facts{}); a[3].Reason != ReasonDeclined {
		t.Errorf("declined supplement says %q", a[3].Reason)
	}
}
