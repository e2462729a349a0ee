package intake_test

import (
	"context"
	"crypto/sha256"
	"sync"
	"testing"
	"time"

	"bendo/portal/intake/intaketest"
	"bendo/portal/store"
	"bendo/portal/store/storetest"
	"bendo/syncproto"
)

// I12: a stick completes one scan of a dossier at the moment the line completes the other. One of
// the two sees the other and gives the receipt.
func TestStickAndLineCompleteTogether(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		province := intaketest.NewProvince(t, o)
		office := province.Enrol(t, commune, "xã Giao Long")
		carried, err := province.Portal.Carry(t.Context(), office.Answer.Device, syncproto.BundleState{
			Log: syncproto.LogState{Epoch: 1, Next: 1, Head: syncproto.ChainStart(office.Answer.Log())}})
		check(t, err)
		const rounds = 25
		for range rounds {
			line, stick := scan(3000), scan(3000)
			f := office.NewFiling(t, [][]byte{line, stick}, nil)
			office.Push(t, f.Event)
			var both sync.WaitGroup
			both.Go(func() { office.Send(t, f.ID, line) })
			both.Go(func() {
				_, completed, err := carried.Piece(context.Background(), syncproto.BundlePiece{
					Key: syncproto.BlobKey{Dossier: f.ID, SHA256: sha256.Sum256(stick)}, Length: int64(len(stick)), Bytes: stick})
				if err != nil || !completed {
					t.Errorf("the stick's scan: %v, complete %v", err, completed)
				}
			})
			both.Wait()
		}
		if got := office.Receipts(t, office.Drain(t)); len(got) != rounds {
			t.Errorf("%d of %d dossiers have a receipt", len(got), rounds)
		}
	})
}

// A receipt that is due and that nobody gave is given later, once.
func TestOverlookedReceiptsAreGiven(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		now := time.Now()
		o.Now = func() time.Time { return now }
		province := intaketest.NewProvince(t, o)
		office := province.Enrol(t, commune, "xã Giao Long")
		one := scan(100)
		f := office.NewFiling(t, [][]byte{one}, nil)
		office.Push(t, f.Event)
		unfinished := office.NewFiling(t, [][]byte{scan(50)}, nil)
		office.Push(t, unfinished.Event)
		office.Send(t, f.ID, one)
		office.Drain(t)
		check(t, province.DB.Write(t.Context(), func(tx *store.Tx) error {
			_, err := tx.Exec("UPDATE submissions SET complete_at = 0, generation = 0 WHERE dossier = ?", f.ID[:])
			return err
		}))
		for _, want := range []int{0, 1, 0} { // too fresh, given, given already
			n, err := province.Portal.GiveOverlooked(t.Context())
			if err != nil || n != want {
				t.Errorf("%d given, %v; want %d", n, err, want)
			}
			now = now.Add(11 * time.Minute)
		}
		if got := office.Receipts(t, office.Drain(t)); len(got) != 1 || got[0].Dossier != f.ID {
			t.Errorf("receipts %+v", got)
		}
	})
}
