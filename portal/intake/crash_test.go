//go:build linux

package intake_test

import (
	"context"
	"testing"
	"time"

	"bendo/portal/intake/intaketest"
	"bendo/portal/store"
	"bendo/portal/store/storetest"
	"bendo/syncproto"
)

// TestDatabaseCrashes ends PostgreSQL in the middle of the intake, again and
// again. The machine sends until an ack covers everything; then the cursor must
// be what the rows say, without a gap and without a double.
func TestDatabaseCrashes(t *testing.T) {
	server, address := storetest.OwnServer(t)
	province := intaketest.NewProvince(t, store.Options{Database: address, Blobs: t.TempDir(), Keeper: storetest.Keeper(t)})
	office := province.Enrol(t, commune, "xã Giao Long")
	var batches []syncproto.Batch
	for range 150 {
		batches = append(batches, office.Batch(t, office.NewFiling(t, nil, nil).Event))
	}
	stop, done := make(chan struct{}), make(chan struct{})
	crashes := 0
	go func() {
		defer close(done)
		for {
			select {
			case <-stop:
				return
			case <-time.After(time.Duration(25+crashes) * time.Millisecond): // a busy machine gets there, too
			}
			server.Crash()
			crashes++
			server.Begin()
		}
	}()
	applied := uint64(0)
	for tries := 0; applied < 150 && tries < 100_000; tries++ {
		resp, err := office.Sync(t, syncproto.SyncRequest{Push: batches[applied : applied+1]})
		if err != nil {
			time.Sleep(5 * time.Millisecond)
			continue // no answer: the batch may be there or not
		}
		if len(resp.Problems) > 0 {
			if p := resp.Problem(syncproto.Correction); p == nil || p.Code != syncproto.CodeSeq {
				t.Fatalf("problems %v", resp.Problems)
			}
		}
		if resp.Ack == nil || resp.Ack.Applied < applied {
			t.Fatalf("after an ack of %d: %+v", applied, resp.Ack)
		}
		applied = resp.Ack.Applied
	}
	close(stop)
	<-done
	t.Logf("%d crashes", crashes)
	if applied != 150 || crashes == 0 {
		t.Fatalf("%d events are acknowledged after %d crashes", applied, crashes)
	}
	check(t, province.DB.Read(context.Background(), func(tx *store.Tx) error {
		var events, cases, held, outcomes int64
		for query, into := range map[string]*int64{"SELECT count(*) FROM events": &events, "SELECT count(*) FROM cases": &cases,
			"SELECT sum(count) FROM batches": &held, "SELECT count(*) FROM feed WHERE kind = 'outcome'": &outcomes} {
			if err := tx.Row(query, nil, into); err != nil {
				return err
			}
		}
		if events != 150 || cases != 150 || held != 150 || outcomes != 150 {
			t.Errorf("%d events, %d cases, %d in batches, %d outcomes, want 150 of each", events, cases, held, outcomes)
		}
		return nil
	}))
}
