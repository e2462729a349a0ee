package intake_test

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"time"

	"bendo/portal/intake/intaketest"
	"bendo/portal/store"
	"bendo/portal/store/storetest"
	"bendo/syncproto"
)

// greet sends a signed hello with a log state, as the machine or its clone would.
func greet(t *testing.T, o *intaketest.Office, log syncproto.LogState, grant *syncproto.EpochGrant, push ...syncproto.Batch) syncproto.SyncResponse {
	t.Helper()
	resp, err := o.Greet(t, syncproto.SyncRequest{Hello: syncproto.Hello{Log: &log, Grant: grant}, Push: push})
	check(t, err)
	return resp
}

func TestForkIsGrantedAnEpoch(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		province := intaketest.NewProvince(t, o)
		office := province.Enrol(t, commune, "xã Giao Long")
		office.File(t, nil, nil)
		start := syncproto.LogState{Epoch: 1, Next: 1, Head: syncproto.ChainStart(office.Answer.Log())}

		first := greet(t, office, start, nil) // the disk was put back to before the filing
		if p := first.Problem(syncproto.Fork); p == nil || p.Code != syncproto.CodeAhead || len(first.Directives) != 1 {
			t.Fatalf("problems %v, directives %v", first.Problems, first.Directives)
		}
		grant := first.Directives[0].Grant
		if grant == nil || grant.Epoch != 2 || grant.SlipPrefix == office.Answer.Grant.SlipPrefix || grant.Verify(office.Answer.Device, office.Answer.PortalKey) != nil {
			t.Fatalf("grant %+v", grant)
		}
		again := greet(t, office, start, nil) // the answer was lost
		if g := again.Directives[0].Grant; g.Epoch != 2 || g.SlipPrefix != grant.SlipPrefix {
			t.Errorf("a lost answer cost another epoch: %+v", g)
		}
		office.File(t, nil, nil) // the other incarnation still writes epoch 1

		log := syncproto.LogID{Device: office.Answer.Device, Epoch: 2}
		e := office.NewFiling(t, nil, nil).Event
		e.Header.Epoch, e.Header.Seq = 2, 1
		b, err := syncproto.SealBatch(log, 1, syncproto.ChainStart(log), []syncproto.Event{e}, office.Key, nil)
		check(t, err)
		taken := greet(t, office, syncproto.LogState{Epoch: 2, Next: 2, Head: b.Head}, nil, b)
		if len(taken.Problems) > 0 || taken.Ack == nil || taken.Ack.Log != log || taken.Ack.Applied != 1 {
			t.Fatalf("the new epoch: ack %+v, problems %v", taken.Ack, taken.Problems)
		}
		third := greet(t, office, start, nil) // one more copy of the old disk
		if g := third.Directives[0].Grant; g.Epoch != 3 {
			t.Errorf("a second copy got epoch %d, want one of its own", g.Epoch)
		}
	})
}

// I8: a disk put back to the end of an earlier epoch fits its old log to the last event, and is seen all the same.
func TestADiskFromBeforeANewEpochIsSeen(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		province := intaketest.NewProvince(t, o)
		office := province.Enrol(t, commune, "xã Giao Long")
		start := syncproto.LogState{Epoch: 1, Next: 1, Head: syncproto.ChainStart(office.Answer.Log())}
		end := greet(t, office, start, nil).Ack.State()
		office.File(t, nil, nil)
		greet(t, office, start, nil)
		log := syncproto.LogID{Device: office.Answer.Device, Epoch: 2}
		e := office.NewFiling(t, nil, nil).Event
		e.Header.Epoch, e.Header.Seq = 2, 1
		b, err := syncproto.SealBatch(log, 1, syncproto.ChainStart(log), []syncproto.Event{e}, office.Key, nil)
		check(t, err)
		greet(t, office, syncproto.LogState{Epoch: 2, Next: 2, Head: b.Head}, nil, b)
		check(t, province.DB.Read(t.Context(), func(tx *store.Tx) error {
			one, err := tx.FindLogUnlocked(commune, office.Answer.Log())
			end.Next, end.Head = one.Applied+1, one.Head
			return err
		}))
		resp := greet(t, office, end, nil)
		if p := resp.Problem(syncproto.Fork); p == nil || len(resp.Directives) != 1 || resp.Directives[0].Grant.Epoch != 3 {
			t.Fatalf("problems %v, directives %v", resp.Problems, resp.Directives)
		}
		// The machine froze its log and died before it began the epoch: nothing else would tell it again.
		resp = greet(t, office, end, nil)
		if p := resp.Problem(syncproto.Fork); p == nil || len(resp.Directives) != 1 || resp.Directives[0].Grant.Epoch != 3 {
			t.Fatalf("once more: problems %v, directives %v", resp.Problems, resp.Directives)
		}
	})
}

func TestForgottenGrantIsShownAndTaken(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		province := intaketest.NewProvince(t, o)
		office := province.Enrol(t, commune, "xã Giao Long")
		log := syncproto.LogID{Device: office.Answer.Device, Epoch: 2}
		e := office.NewFiling(t, nil, nil).Event
		e.Header.Epoch, e.Header.Seq = 2, 1
		b, err := syncproto.SealBatch(log, 1, syncproto.ChainStart(log), []syncproto.Event{e}, office.Key, nil)
		check(t, err)
		state := syncproto.LogState{Epoch: 2, Next: 2, Head: b.Head}

		asked := greet(t, office, state, nil, b)
		if len(asked.Problems) != 1 || !errors.Is(&asked.Problems[0], &syncproto.Problem{Kind: syncproto.Correction, Code: syncproto.CodeEpoch}) {
			t.Fatalf("without the grant: %v", asked.Problems)
		}
		grant := syncproto.SignGrant(syncproto.EpochGrant{Device: office.Answer.Device, Book: office.Answer.Book, Epoch: 2, SlipPrefix: "54321",
			Generation: office.Answer.Generation, At: time.Now().UnixMilli()}, province.Register.Keys.Receipt)
		forged := grant
		forged.Sig = bytes.Repeat([]byte{1}, 64)
		if resp := greet(t, office, state, &forged, b); resp.Problem(syncproto.Correction) == nil {
			t.Fatal("a forged grant was taken")
		}
		taken := greet(t, office, state, &grant, b)
		if len(taken.Problems) > 0 || taken.Ack == nil || taken.Ack.Applied != 1 || taken.Ack.Generation <= office.Answer.Generation {
			t.Fatalf("with the grant: ack %+v, problems %v", taken.Ack, taken.Problems)
		}
		check(t, province.DB.Read(context.Background(), func(tx *store.Tx) error {
			of, err := tx.CommuneOfPrefix("54321")
			if of != commune {
				t.Errorf("the prefix belongs to %q", of)
			}
			return err
		}))
	})
}

// TestEchoBringsBackWhatAnOfficerWrote: the portal forgot an answer, the machine
// has it signed by the portal.
func TestEchoBringsBackWhatAnOfficerWrote(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		province := intaketest.NewProvince(t, o)
		office := province.Enrol(t, commune, "xã Giao Long")
		f := office.File(t, nil, nil)
		office.Drain(t)
		ctx := context.Background()
		generation := office.Answer.Generation

		answer := office.NewFiling(t, nil, nil).Event
		answer.Header.Type, answer.Header.Dossier, answer.Header.Version = "taken_in", f.ID, 2
		answer.Payload = []byte(`{"office":"xã Giao Long","officer":"lan"}`)
		body, err := syncproto.EncodeEvent(answer)
		check(t, err)
		page, err := syncproto.SealFeedPage(syncproto.FeedPage{Commune: commune, Epoch: generation, From: office.Cursor.Pos, To: office.Cursor.Pos + 1,
			Items: []syncproto.FeedItem{{Pos: office.Cursor.Pos + 1, Kind: syncproto.FeedEvent, Body: body}}}, province.Register.Keys.Receipt, nil)
		check(t, err)
		office.Cursor.Pos++ // it had read that page before the portal was put back

		resp, err := office.Sync(t, syncproto.SyncRequest{Feed: &syncproto.FeedAsk{Cursor: office.Cursor}})
		check(t, err)
		reset := resp.Feed.Reset
		if reset == nil || reset.EchoEpoch != generation || reset.EchoAfter != office.Cursor.Pos-1 || reset.Cursor.Epoch != generation || !reset.Trail {
			t.Fatalf("reset %+v", reset)
		}
		for range 2 { // twice is once; the page proves what the cursor only claimed
			resp, err = office.Sync(t, syncproto.SyncRequest{Echo: []syncproto.SealedPage{page}, Feed: &syncproto.FeedAsk{Cursor: office.Cursor}})
			check(t, err)
		}
		if reset = resp.Feed.Reset; reset == nil || reset.Cursor.Epoch <= generation || reset.Cursor.Pos != office.Cursor.Pos-1 {
			t.Fatalf("reset after the echo %+v", reset)
		}
		office.Cursor = reset.Cursor
		c, err := caseOf(t, province.DB, f.ID)
		if err != nil || c.NationalCode != 2 {
			t.Errorf("the officer's step did not come back: %+v, %v", c, err)
		}
		events := 0
		for _, item := range office.Drain(t) {
			if item.Kind == syncproto.FeedEvent {
				events++
			}
		}
		if events != 1 {
			t.Errorf("%d entries for one echoed event", events)
		}
		check(t, province.DB.Read(ctx, func(tx *store.Tx) error {
			all, err := tx.EventsOf(commune, f.ID)
			if len(all) != 2 {
				t.Errorf("%d events", len(all))
			}
			return err
		}))
	})
}
