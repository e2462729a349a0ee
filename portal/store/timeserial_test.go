package store_test

import (
	"testing"

	"bendo/portal/store"
	"bendo/portal/store/storetest"
)

// A portal put back from a backup never signs times with a serial below one that devices have seen,
// and a corrected clock always gives a higher one.
func TestTimeSerialOnlyRises(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		db := storetest.Open(t, o)
		var last uint64
		for i, do := range []func(tx *store.Tx) (uint64, error){
			(*store.Tx).TimeSerial, (*store.Tx).Generation, (*store.Tx).CorrectTime, (*store.Tx).TimeSerial, (*store.Tx).CorrectTime,
			func(tx *store.Tx) (uint64, error) {
				return tx.NewGeneration(store.Begun{Cause: store.CauseFirst, AtLeast: last + 1_000_000})
			}, (*store.Tx).TimeSerial, (*store.Tx).CorrectTime,
		} {
			var n uint64
			if err := db.Write(t.Context(), func(tx *store.Tx) (err error) { n, err = do(tx); return err }); err != nil {
				t.Fatal(err)
			}
			if n < last || i == 2 && n == last || i == 4 && n == last {
				t.Fatalf("step %d: %d after %d", i, n, last)
			}
			last = n
		}
	})
}
