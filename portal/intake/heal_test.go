package intake_test

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"slices"
	"testing"

	"bendo/portal/casework"
	"bendo/portal/intake/intaketest"
	"bendo/portal/store"
	"bendo/portal/store/storetest"
	"bendo/syncproto"
)

// reader is a machine that keeps its pages, as a book does.
type reader struct {
	*intaketest.Office
	pages []syncproto.SealedPage
	trail []syncproto.Cursor // the newest first
}

// page asks once, on a new connection.
func (r *reader) page(t *testing.T, echo ...syncproto.SealedPage) *syncproto.FeedAnswer {
	t.Helper()
	resp, err := r.Sync(t, syncproto.SyncRequest{Hello: syncproto.Hello{Fresh: true}, Echo: echo, Feed: &syncproto.FeedAsk{Cursor: r.Cursor, Trail: r.trail}})
	check(t, err)
	return resp.Feed
}

func (r *reader) read(t *testing.T) (items []syncproto.FeedItem) {
	t.Helper()
	r.trail = nil
	for {
		answer := r.page(t)
		if answer == nil {
			return items
		}
		if answer.Reset != nil {
			t.Fatalf("reset %+v", *answer.Reset)
		}
		p, err := syncproto.OpenFeedPage(*answer.Page, r.Answer.PortalKey, syncproto.BuiltinDicts(), syncproto.Limits{})
		check(t, err)
		if p.Mark == 0 {
			t.Fatal("a page without a mark")
		}
		items, r.pages, r.Cursor = append(items, p.Items...), append(r.pages, *answer.Page), p.Next()
	}
}

// back puts the feed of the commune back to a position, in silence.
func back(t *testing.T, db *store.DB, pos uint64) {
	t.Helper()
	check(t, db.Write(context.Background(), func(tx *store.Tx) error {
		if _, err := tx.Exec("DELETE FROM feed WHERE commune = ? AND pos > ?", commune, int64(pos)); err != nil {
			return err
		}
		_, err := tx.Exec("UPDATE feed_heads SET head = ? WHERE commune = ?", int64(pos), commune)
		return err
	}))
}

func outcomes(t *testing.T, db *store.DB, n int) (ids []syncproto.EventID) {
	t.Helper()
	check(t, db.Write(context.Background(), func(tx *store.Tx) error {
		ids = nil
		for range n {
			id, err := syncproto.NewEventID(tx.Now, rand.Reader)
			if err != nil {
				return err
			}
			body, err := syncproto.EncodeOutcome(syncproto.Outcome{Event: id, Code: syncproto.OutcomeAccepted})
			if err != nil {
				return err
			}
			ids = append(ids, id)
			if _, err := tx.AppendFeed(commune, syncproto.FeedOutcome, "", body); err != nil {
				return err
			}
		}
		return nil
	}))
	return ids
}

func told(t *testing.T, items []syncproto.FeedItem) (ids []syncproto.EventID) {
	t.Helper()
	for id := range intaketest.Outcomes(t, items) {
		ids = append(ids, id)
	}
	return ids
}

// I7: what a portal wrote after its data went back unnoticed took places in the feed that machines
// had read already. Nobody may miss it, and what was lost comes back by echo.
func TestNothingHidesBehindASilentRestore(t *testing.T) {
	for _, written := range []int{1, 3, 8} { // fewer, as many, more than were lost
		storetest.Each(t, func(t *testing.T, o store.Options) {
			province := intaketest.NewProvince(t, o)
			r := &reader{Office: province.Enrol(t, commune, "xã Giao Long")}
			early := outcomes(t, province.DB, 2)
			first := r.read(t)
			kept := r.Cursor
			lost := outcomes(t, province.DB, 3)
			seen := append(told(t, first), told(t, r.read(t))...)
			for _, id := range append(slices.Clone(early), lost...) {
				if !slices.Contains(seen, id) {
					t.Fatal("the machine has not read what was written")
				}
			}
			back(t, province.DB, kept.Pos)
			hidden := outcomes(t, province.DB, written)

			answer := r.page(t)
			if answer == nil || answer.Reset == nil || !answer.Reset.Trail {
				t.Fatalf("another history went unnoticed: %+v", answer)
			}
			r.trail = []syncproto.Cursor{r.Cursor, kept}
			answer = r.page(t)
			if answer.Reset == nil || answer.Reset.EchoAfter != kept.Pos || answer.Reset.Trail {
				t.Fatalf("with the trail: %+v", answer.Reset)
			}
			answer = r.page(t, r.pages[len(r.pages)-1])
			if answer.Reset == nil || answer.Reset.Cursor.Epoch <= kept.Epoch || answer.Reset.Cursor.Pos != kept.Pos {
				t.Fatalf("after the proof: %+v", answer.Reset)
			}
			r.Cursor = answer.Reset.Cursor
			got := told(t, r.read(t))
			for _, id := range append(slices.Clone(hidden), lost...) {
				if !slices.Contains(got, id) {
					t.Errorf("an outcome is missing after the healing")
				}
			}
			check(t, province.DB.Read(context.Background(), func(tx *store.Tx) error {
				lives, err := tx.Generations()
				if len(lives) != 2 || lives[0].Cause != store.CauseFeed || lives[0].Device != r.Answer.Device {
					t.Errorf("generations %+v", lives)
				}
				held, err2 := tx.CodesHeld(commune)
				if held || err2 != nil {
					t.Errorf("codes are held although the only machine has echoed: %v", err2)
				}
				return err
			}))
		})
	}
}

// A machine's claim alone voids nobody's receipts.
func TestACursorAloneProvesNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		province := intaketest.NewProvince(t, o)
		r := &reader{Office: province.Enrol(t, commune, "xã Giao Long")}
		outcomes(t, province.DB, 3)
		r.read(t)
		for _, c := range []syncproto.Cursor{{Epoch: r.Cursor.Epoch, Pos: r.Cursor.Pos, Mark: 7}, {Epoch: r.Cursor.Epoch + 99, Pos: 1, Mark: 7}, {Epoch: r.Cursor.Epoch, Pos: 1 << 40}} {
			_, err := r.Sync(t, syncproto.SyncRequest{Hello: syncproto.Hello{Fresh: true}, Echo: r.pages, Feed: &syncproto.FeedAsk{Cursor: c}})
			check(t, err)
		}
		check(t, province.DB.Read(context.Background(), func(tx *store.Tx) error {
			lives, err := tx.Generations()
			if len(lives) != 1 {
				t.Errorf("a claim began a generation: %+v", lives)
			}
			return err
		}))
	})
}

// Official codes wait after a restore until the last machine has echoed, or somebody decides; the
// dossier gets its code then, and a number that an echo brings back is not drawn again.
func TestCodesAreHeldAfterARestore(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		province := intaketest.NewProvince(t, o)
		ctx := context.Background()
		one := &reader{Office: province.Enrol(t, commune, "xã Giao Long")}
		two := &reader{Office: province.Enrol(t, commune, "xã Giao Long")}
		work := casework.New(province.DB, casework.Options{Codes: casework.ShapeB{Prefix: "H61"}})
		officer := casework.Officer{Name: "lan", Office: commune, Role: store.Officer}
		before, after := one.File(t, nil, nil), one.File(t, nil, nil)
		check(t, work.TakeIn(ctx, officer, casework.Step{Dossier: before.ID}, ""))
		one.read(t)
		check(t, province.DB.Write(ctx, func(tx *store.Tx) error {
			// The counter went back with the backup; the event did not, here.
			if _, err := tx.Exec("DELETE FROM official_numbers"); err != nil {
				return err
			}
			_, err := tx.NewGeneration(store.Begun{Cause: store.CauseCommand})
			return err
		}))
		code := func(id syncproto.DossierID) string {
			c, err := caseOf(t, province.DB, id)
			check(t, err)
			return c.OfficialCode
		}
		check(t, work.TakeIn(ctx, officer, casework.Step{Dossier: after.ID}, ""))
		if code(after.ID) != "" {
			t.Fatalf("code %s was issued before anybody echoed", code(after.ID))
		}
		if n, err := work.IssueOwed(ctx); n != 0 || err != nil {
			t.Fatalf("%d codes, %v", n, err)
		}
		for _, r := range []*reader{one, two} {
			answer := r.page(t, r.pages...)
			if answer.Reset == nil {
				t.Fatal("no reset after a restore")
			}
			r.Cursor = answer.Reset.Cursor
			if r == one {
				check(t, province.DB.Write(ctx, func(tx *store.Tx) error { return tx.SeenOfficialNumber(commune, code(before.ID)[10:16], 1) }))
			}
			r.page(t)
			n, err := work.IssueOwed(ctx)
			if want := map[*reader]int{one: 0, two: 1}[r]; n != want || err != nil {
				t.Fatalf("%d codes issued, want %d, %v", n, want, err)
			}
		}
		if c := code(after.ID); c == "" || c == code(before.ID) {
			t.Errorf("codes %q and %q", code(before.ID), c)
		}
	})
}

// I8: a fork that only the machine sees is granted when our chain shows it too, else alarmed.
func TestReportedForkIsGrantedOrAlarmed(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		province := intaketest.NewProvince(t, o)
		office := province.Enrol(t, commune, "xã Giao Long")
		office.File(t, nil, nil)
		ahead := syncproto.LogState{Epoch: 1, Next: 5, Head: syncproto.Digest{9}} // the portal cannot see below it
		ask := func(head syncproto.Digest) syncproto.SyncResponse {
			resp, err := office.Sync(t, syncproto.SyncRequest{Hello: syncproto.Hello{Log: &ahead, Fork: &syncproto.LogState{Epoch: 1, Next: 2, Head: head}}})
			check(t, err)
			return resp
		}
		resp := ask(syncproto.Digest{1})
		if resp.Problem(syncproto.Fork) == nil || len(resp.Directives) != 1 || resp.Directives[0].Grant.Epoch != 2 {
			t.Fatalf("problems %v, directives %v", resp.Problems, resp.Directives)
		}
		// In a warm session a short log is a fork only when the machine says so.
		start := syncproto.LogState{Epoch: 1, Next: 1, Head: syncproto.ChainStart(office.Answer.Log())}
		resp, err := office.Sync(t, syncproto.SyncRequest{Hello: syncproto.Hello{Log: &start}})
		check(t, err)
		if resp.Problem(syncproto.Fork) != nil {
			t.Errorf("an overtaken request is a fork: %v", resp.Problems)
		}
		resp, err = office.Sync(t, syncproto.SyncRequest{Hello: syncproto.Hello{Log: &start, Fork: &start}})
		check(t, err)
		if resp.Problem(syncproto.Fork) == nil || len(resp.Directives) != 1 {
			t.Errorf("an old copy of the disk: %v", resp.Problems)
		}
		var alarms []store.DeviceAlarm
		check(t, province.DB.Read(context.Background(), func(tx *store.Tx) (err error) {
			alarms, err = tx.Alarms()
			return err
		}))
		if len(alarms) != 1 || alarms[0].Code != "fork" || alarms[0].Times != 2 {
			t.Errorf("alarms %+v after %v", alarms, resp.Problems)
		}
	})
}

// A machine that was enrolled after the backup is taken in again by the portal's own word, and by
// nobody else's.
func TestForgottenMachineIsTakenInAgain(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		province := intaketest.NewProvince(t, o)
		ctx := context.Background()
		enrol := func(code syncproto.Code) (ed25519.PrivateKey, syncproto.EnrolResponse) {
			public, key, err := ed25519.GenerateKey(nil)
			check(t, err)
			req := syncproto.SignEnrol(syncproto.EnrolRequest{ID: syncproto.RequestID{1}, Secret: code.Secret, Device: syncproto.DeviceIDOf(public), Proto: syncproto.Proto}, key)
			answer, err := province.Portal.Enrol(ctx, req)
			check(t, err)
			return key, answer
		}
		code, err := province.Register.NewCode(ctx, commune, "xã Giao Long")
		check(t, err)
		_, old := enrol(code)
		code, err = province.Register.NewCodeReplacing(ctx, old.Device)
		check(t, err)
		key, answer := enrol(code)
		if answer.Book != old.Book || answer.Grant.Epoch != 2 || answer.Replaces != old.Device {
			t.Fatalf("the new machine got %+v", answer)
		}
		status := func(id syncproto.DeviceID) (s store.DeviceStatus) {
			check(t, province.DB.Read(ctx, func(tx *store.Tx) error {
				d, err := tx.FindDevice(id)
				s = d.Status
				return err
			}))
			return s
		}
		if status(old.Device) != store.Revoked {
			t.Errorf("the old machine is %s", status(old.Device))
		}
		check(t, province.DB.Write(ctx, func(tx *store.Tx) error { // back to before the replacement
			for _, q := range []string{"DELETE FROM devices WHERE device = ?", "DELETE FROM device_homes WHERE device = ?", "DELETE FROM replacements WHERE device = ?"} {
				if _, err := tx.Exec(q, answer.Device[:]); err != nil {
					return err
				}
			}
			return tx.SetDeviceStatus(old.Device, store.Active)
		}))
		kept, err := syncproto.EncodeEnrolled(answer)
		check(t, err)
		hello := func(enrolled []byte, n uint64) (syncproto.SyncResponse, error) {
			req := syncproto.SyncRequest{ID: syncproto.RequestID{byte(n)}}
			req.Hello = syncproto.SignHello(syncproto.Hello{ProtoMin: 1, ProtoMax: 1, Device: answer.Device, Count: n, Enrolled: enrolled,
				Key: key.Public().(ed25519.PublicKey), Log: &syncproto.LogState{Epoch: 2, Next: 1, Head: syncproto.ChainStart(answer.Log())}}, req.ID, key)
			return province.Portal.Sync(ctx, req)
		}
		if _, err := hello(nil, 1); syncproto.ProblemOf(err) == nil || syncproto.ProblemOf(err).Code != syncproto.CodeUnknownDevice {
			t.Fatalf("without the enrolment: %v", err)
		}
		forged := slices.Clone(kept)
		forged[len(forged)/2] ^= 1
		if _, err := hello(forged, 2); err == nil {
			t.Fatal("a changed enrolment was taken")
		}
		resp, err := hello(kept, 3)
		check(t, err)
		if resp.Welcome == nil || len(resp.Problems) > 0 || status(old.Device) != store.Revoked || status(answer.Device) != store.Active {
			t.Errorf("welcome %v, problems %v, old %s, new %s", resp.Welcome, resp.Problems, status(old.Device), status(answer.Device))
		}
	})
}

// A log of an epoch that was granted and ended after the backup is answered with the portal's word
// that nothing of it is here (I7); one that was never this machine's is not.
func TestForgottenEpochIsSignedFor(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		province := intaketest.NewProvince(t, o)
		office := province.Enrol(t, commune, "xã Giao Long")
		ctx := context.Background()
		check(t, province.DB.Write(ctx, func(tx *store.Tx) error {
			d, err := tx.LockDevice(office.Answer.Device)
			if err != nil {
				return err
			}
			_, err = tx.AdoptEpoch(d, 3, "12345")
			return err
		}))
		ask := func(epoch uint32, device syncproto.DeviceID) (syncproto.ReplayResponse, error) {
			return province.Portal.Replay(ctx, office.Answer.Device, syncproto.ReplayRequest{Book: office.Answer.Book, From: 1,
				Log: syncproto.LogID{Device: device, Epoch: epoch}})
		}
		resp, err := ask(2, office.Answer.Device)
		check(t, err)
		l := syncproto.LogID{Device: office.Answer.Device, Epoch: 2}
		if len(resp.Logs) != 1 || resp.Logs[0].Log != l || resp.Logs[0].Ack == nil || resp.Logs[0].Ack.Applied != 0 || resp.Logs[0].Ack.Head != syncproto.ChainStart(l) {
			t.Fatalf("of a forgotten epoch: %+v", resp.Logs)
		}
		check(t, resp.Logs[0].Ack.Verify(office.Answer.PortalKey))
		for name, e := range map[string]struct {
			epoch  uint32
			device syncproto.DeviceID
		}{"an epoch to come": {4, office.Answer.Device}, "no epoch": {0, office.Answer.Device}, "another machine": {2, syncproto.DeviceID{9}}} {
			if resp, err := ask(e.epoch, e.device); syncproto.ProblemOf(err) == nil {
				t.Errorf("%s is answered with %+v, %v", name, resp, err)
			}
		}
	})
}

// Two live copies of one machine get an epoch each and go on, marked until IT decides.
func TestTwoLiveCopiesGetAnEpochEach(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		province := intaketest.NewProvince(t, o)
		office := province.Enrol(t, commune, "xã Giao Long")
		log := func(epoch uint32) syncproto.LogState {
			return syncproto.LogState{Epoch: epoch, Next: 1, Head: syncproto.ChainStart(syncproto.LogID{Device: office.Answer.Device, Epoch: epoch})}
		}
		speaks := func(boot byte, epoch uint32) syncproto.SyncResponse {
			state := log(epoch)
			resp, err := office.Greet(t, syncproto.SyncRequest{Hello: syncproto.Hello{Boot: syncproto.BootID{boot}, Log: &state}})
			check(t, err)
			return resp
		}
		for _, boot := range []byte{1, 2} {
			if resp := speaks(boot, 1); len(resp.Problems) > 0 {
				t.Fatalf("run %d: %v", boot, resp.Problems)
			}
		}
		resp := speaks(1, 1)
		if p := resp.Problem(syncproto.Fork); p == nil || p.Code != syncproto.CodeTwoWriters || len(resp.Directives) != 1 || resp.Directives[0].Grant.Epoch != 2 {
			t.Fatalf("problems %v, directives %v", resp.Problems, resp.Directives)
		}
		// The one that was told froze its log and died before it began the epoch. It comes back with a log
		// that fits; what it says of itself gets it the grant again, and none of the other copy's.
		state := log(1)
		resp, err := office.Greet(t, syncproto.SyncRequest{Hello: syncproto.Hello{Boot: syncproto.BootID{3}, Log: &state, Fork: &state}})
		check(t, err)
		if p := resp.Problem(syncproto.Fork); p == nil || p.Code != syncproto.CodeEpoch || len(resp.Directives) != 1 || resp.Directives[0].Grant.Epoch != 2 {
			t.Fatalf("frozen, once more: problems %v, directives %v", resp.Problems, resp.Directives)
		}
		for range 2 {
			for boot, epoch := range map[byte]uint32{3: 2, 2: 1} {
				if resp := speaks(boot, epoch); len(resp.Problems) > 0 {
					t.Fatalf("run %d with epoch %d: %v", boot, epoch, resp.Problems)
				}
			}
		}
		check(t, province.DB.Read(context.Background(), func(tx *store.Tx) error {
			d, err := tx.FindDevice(office.Answer.Device)
			if !d.Suspected {
				t.Error("nobody is told of a clone")
			}
			return err
		}))
	})
}
