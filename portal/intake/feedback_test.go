package intake_test

import (
	"bytes"
	"context"
	"errors"
	"math"
	"reflect"
	"strings"
	"sync"
	"testing"

	"bendo/internal/dossier"
	"bendo/internal/feedback"
	"bendo/portal/intake"
	"bendo/portal/intake/intaketest"
	"bendo/portal/store"
	"bendo/portal/store/storetest"
	"bendo/syncproto"
)

func petition(answers string) func(*dossier.SubmittedPayload) {
	return func(p *dossier.SubmittedPayload) {
		p.Procedure, p.Answers, p.Source = feedback.Procedure, []byte(answers), nil
		if len(p.Components) > 0 && len(p.Components[0].Blobs) > 0 {
			p.Components[0].ID = feedback.Photo
		} else {
			p.Components = nil
		}
	}
}

func totals(t *testing.T, db *store.DB) (dossiers, visits store.Ratings) {
	t.Helper()
	check(t, db.Read(context.Background(), func(tx *store.Tx) (err error) {
		dossiers, visits, err = tx.RatingTotals(commune, 0, math.MaxInt64)
		return err
	}))
	return dossiers, visits
}

func rated(t *testing.T, office *intaketest.Office, of syncproto.DossierID, p dossier.RatedPayload) syncproto.Event {
	t.Helper()
	e, err := dossier.RateVisit(of, p, office.Meta(t))
	check(t, err)
	return e
}

// Ratings are counted once, changes replace, and whatever is wrong with one is an outcome that
// keeps nothing waiting.
func TestRatingsAreCountedOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		province := intaketest.NewProvince(t, o)
		office := province.Enrol(t, commune, "xã Giao Long")
		f := office.File(t, nil, nil)
		visit := office.NewFiling(t, nil, nil).ID

		first := rated(t, office, visit, dossier.RatedPayload{Score: 5, Reasons: []string{"time", "attitude"}, N: 1})
		office.Push(t, first)
		change := rated(t, office, visit, dossier.RatedPayload{Score: 2, Reasons: []string{"time"}, N: 2, Replaces: first.Header.ID})
		office.Push(t, change)
		ofDossier := rated(t, office, f.ID, dossier.RatedPayload{Score: 4, N: 1})
		ofDossier.Header.Type = dossier.Rated
		office.Push(t, ofDossier)
		office.Push(t, ofDossier) // sent again

		second := rated(t, office, f.ID, dossier.RatedPayload{Score: 1, N: 1})
		second.Header.Type = dossier.Rated
		office.Push(t, second) // kept, counts for nothing
		asVisit := rated(t, office, f.ID, dossier.RatedPayload{Score: 1, N: 1})
		office.Push(t, asVisit)
		stranger := rated(t, office, office.NewFiling(t, nil, nil).ID, dossier.RatedPayload{Score: 1, N: 1})
		stranger.Header.Type = dossier.Rated
		office.Push(t, stranger)
		malformed := rated(t, office, office.NewFiling(t, nil, nil).ID, dossier.RatedPayload{Score: 1, N: 1})
		malformed.Payload = []byte(`{"score":9,"n":1}`)
		office.Push(t, malformed)
		named := rated(t, office, office.NewFiling(t, nil, nil).ID, dossier.RatedPayload{Score: 1, N: 1})
		named.Payload = []byte(`{"score":1,"n":1,"name":"Nguyễn Thị Yến"}`)
		office.Push(t, named)
		after := office.File(t, nil, nil)

		got := intaketest.Outcomes(t, office.Drain(t))
		for e, want := range map[syncproto.EventID]string{
			first.Header.ID: syncproto.OutcomeAccepted, change.Header.ID: syncproto.OutcomeAccepted, ofDossier.Header.ID: syncproto.OutcomeAccepted,
			second.Header.ID: syncproto.OutcomeAccepted, asVisit.Header.ID: syncproto.OutcomeNotYours, stranger.Header.ID: syncproto.OutcomeNotYours,
			malformed.Header.ID: syncproto.OutcomeUndecodable, named.Header.ID: syncproto.OutcomeUndecodable, after.Event.Header.ID: syncproto.OutcomeAccepted,
		} {
			if !reflect.DeepEqual(got[e], []string{want}) {
				t.Errorf("event %s: %v, want %s", e, got[e], want)
			}
		}
		dossiers, visits := totals(t, province.DB)
		if dossiers.Scores != [5]int{0, 0, 0, 1, 0} || visits.Scores != [5]int{0, 1, 0, 0, 0} || !reflect.DeepEqual(visits.Reasons, map[string]int{"time": 1}) {
			t.Errorf("dossiers %+v, visits %+v", dossiers, visits)
		}
		var cases map[string]int
		check(t, province.DB.Read(context.Background(), func(tx *store.Tx) (err error) { cases, err = tx.CountCases(commune); return err }))
		if !reflect.DeepEqual(cases, map[string]int{"registered": 2}) {
			t.Errorf("the rating of a visit became a case: %v", cases)
		}
	})
}

// What waited in quarantine is counted when IT takes it in.
func TestRatingsOutOfQuarantine(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		province := intaketest.NewProvince(t, o)
		office := province.Enrol(t, commune, "xã Giao Long")
		set := func(s store.DeviceStatus) {
			check(t, province.DB.Write(context.Background(), func(tx *store.Tx) error { return tx.SetDeviceStatus(office.Answer.Device, s) }))
		}
		set(store.Suspended)
		visit := rated(t, office, office.NewFiling(t, nil, nil).ID, dossier.RatedPayload{Score: 3, N: 1})
		office.Push(t, visit)
		if got := intaketest.Outcomes(t, office.Drain(t))[visit.Header.ID]; got[0] != intake.OutcomeSuspended {
			t.Fatalf("outcomes %v", got)
		}
		set(store.Active)
		_, err := province.Portal.TakeIn(context.Background(), office.Answer.Device)
		check(t, err)
		if _, visits := totals(t, province.DB); visits.Count() != 1 {
			t.Errorf("%+v", visits)
		}
	})
}

// A rating that came before the portal knew of ratings is counted once it does; what it still does not
// know waits on, and nobody is told twice.
func TestWhatAnOlderPortalCouldNotReadIsJudgedAgain(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		province := intaketest.NewProvince(t, o)
		office := province.Enrol(t, commune, "xã Giao Long")
		visit := rated(t, office, office.NewFiling(t, nil, nil).ID, dossier.RatedPayload{Score: 2, N: 1})
		later := rated(t, office, office.NewFiling(t, nil, nil).ID, dossier.RatedPayload{Score: 3, N: 1})
		later.Header.Type = "visit_sung"
		office.Push(t, visit)
		office.Push(t, later)
		if got := intaketest.Outcomes(t, office.Drain(t)); got[later.Header.ID][0] != syncproto.OutcomeUnsupported {
			t.Fatalf("outcomes %v", got)
		}
		// as a portal of before left it
		check(t, province.DB.Write(context.Background(), func(tx *store.Tx) error {
			_, err := tx.Exec("UPDATE events SET state = 'unsupported' WHERE event = ?", visit.Header.ID[:])
			if err == nil {
				_, err = tx.Exec("DELETE FROM ratings")
			}
			return err
		}))
		for again := range 2 {
			r, err := province.Portal.Understand(context.Background())
			check(t, err)
			if want := 1 - again; r.Folded != want || r.Refused != 0 || r.Proposals != 0 {
				t.Errorf("look %d: %+v", again, r)
			}
			if _, visits := totals(t, province.DB); visits.Count() != 1 {
				t.Errorf("look %d: %+v", again, visits)
			}
		}
		if got := intaketest.Outcomes(t, office.Drain(t)); len(got[visit.Header.ID]) != 1 || got[visit.Header.ID][0] != syncproto.OutcomeAccepted || len(got[later.Header.ID]) != 0 {
			t.Errorf("outcomes %v", got)
		}
	})
}

// stateOf is the state an event is kept in.
func stateOf(t *testing.T, db *store.DB, id syncproto.EventID) (state string) {
	t.Helper()
	check(t, db.Read(context.Background(), func(tx *store.Tx) error {
		return tx.Row("SELECT state FROM events WHERE event = ?", []any{id[:]}, &state)
	}))
	return state
}

// forget leaves a good event as an older portal left it, which knew less of its payload.
func forget(t *testing.T, db *store.DB, id syncproto.EventID) {
	t.Helper()
	check(t, db.Write(context.Background(), func(tx *store.Tx) error {
		_, err := tx.Exec("UPDATE events SET state = 'undecodable' WHERE event = ?", id[:])
		if err == nil {
			_, err = tx.Exec("DELETE FROM cases WHERE dossier = (SELECT dossier FROM events WHERE event = ?)", id[:])
		}
		return err
	}))
}

// A filing with a member that an older portal did not know is a dossier as soon as its portal does; what
// still follows no schema stays, and nobody is told twice.
func TestWhatDidNotFollowAnOlderSchemaIsJudgedAgain(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		province := intaketest.NewProvince(t, o)
		office := province.Enrol(t, commune, "xã Giao Long")
		f := office.File(t, nil, nil)
		poison := office.NewFiling(t, nil, nil).Event
		poison.Payload = []byte("{\x00 not what it says")
		office.Push(t, poison)
		office.Drain(t)
		forget(t, province.DB, f.Event.Header.ID)
		for again := range 2 {
			r, err := province.Portal.Understand(context.Background())
			check(t, err)
			if want := 1 - again; r.Folded != want || r.Refused != 0 || r.Proposals != 0 {
				t.Errorf("look %d: %+v", again, r)
			}
		}
		if c, err := caseOf(t, province.DB, f.ID); err != nil || c.NationalCode != 1 || c.Card.Applicant != "Nguyễn Thị Yến" {
			t.Errorf("case %+v, %v", c, err)
		}
		if good, bad := stateOf(t, province.DB, f.Event.Header.ID), stateOf(t, province.DB, poison.Header.ID); good != store.StateFolded || bad != syncproto.OutcomeUndecodable {
			t.Errorf("states %s, %s", good, bad)
		}
		got := intaketest.Outcomes(t, office.Drain(t))
		if len(got) != 1 || !reflect.DeepEqual(got[f.Event.Header.ID], []string{syncproto.OutcomeAccepted}) {
			t.Errorf("outcomes %v", got)
		}
	})
}

// What does not open at one machine is told, and keeps no other machine's waiting.
func TestOneBadEventKeepsNoOtherMachineWaiting(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		province := intaketest.NewProvince(t, o)
		bad, good := province.Enrol(t, commune, "xã Giao Long"), province.Enrol(t, "28808", "xã Tân Phú")
		if bytes.Compare(bad.Answer.Device[:], good.Answer.Device[:]) > 0 { // the bad one comes first
			bad, good = good, bad
		}
		torn, f := bad.File(t, nil, nil), good.File(t, nil, nil)
		forget(t, province.DB, torn.Event.Header.ID)
		forget(t, province.DB, f.Event.Header.ID)
		check(t, province.DB.Write(context.Background(), func(tx *store.Tx) error {
			_, err := tx.Exec("UPDATE events SET body = ? WHERE event = ?", make([]byte, 64), torn.Event.Header.ID[:])
			return err
		}))
		r, err := province.Portal.Understand(context.Background())
		if err == nil || !strings.Contains(err.Error(), bad.Answer.Device.String()) || r.Folded != 1 {
			t.Errorf("%+v, %v", r, err)
		}
		if got := stateOf(t, province.DB, f.Event.Header.ID); got != store.StateFolded {
			t.Errorf("the other machine's event is %s", got)
		}
	})
}

// Two portals that start at once judge each event once between them.
func TestTwoPortalsJudgeOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		province := intaketest.NewProvince(t, o)
		office := province.Enrol(t, commune, "xã Giao Long")
		const n = 12
		var filed [n]syncproto.EventID
		for i := range filed {
			filed[i] = office.File(t, nil, nil).Event.Header.ID
			forget(t, province.DB, filed[i])
		}
		office.Drain(t)
		var r [2]intake.Recovered
		var failed [2]error
		var work sync.WaitGroup
		for i := range r {
			work.Go(func() { r[i], failed[i] = province.Portal.Understand(context.Background()) })
		}
		work.Wait()
		check(t, errors.Join(failed[:]...))
		if got := r[0].Folded + r[1].Folded; got != n {
			t.Errorf("%+v: %d judged, want %d", r, got, n)
		}
		got := intaketest.Outcomes(t, office.Drain(t))
		for _, id := range filed {
			if !reflect.DeepEqual(got[id], []string{syncproto.OutcomeAccepted}) {
				t.Errorf("event %s: %v", id, got[id])
			}
		}
	})
}

// An event moves once; who comes second is told.
func TestAnEventIsReleasedOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		province := intaketest.NewProvince(t, o)
		f := province.Enrol(t, commune, "xã Giao Long").File(t, nil, nil)
		forget(t, province.DB, f.Event.Header.ID)
		for i, want := range []bool{true, false} {
			var moved bool
			check(t, province.DB.Write(context.Background(), func(tx *store.Tx) (err error) {
				moved, err = tx.ReleaseEvent(commune, f.Event, syncproto.OutcomeUndecodable, store.StateFolded)
				return err
			}))
			if moved != want {
				t.Errorf("release %d: moved %v", i, moved)
			}
		}
	})
}

// A petition arrives like a dossier, with its receipt; one that is malformed or too large is
// stored and refused, and the next is not kept waiting.
func TestPetitionsArriveAndBadOnesAreRefused(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		province := intaketest.NewProvince(t, o)
		office := province.Enrol(t, commune, "xã Giao Long")
		photo := scan(40_000)
		good := office.File(t, [][]byte{photo}, petition(`{"publish":"no_name","text":"Cầu ấp 3 hỏng","topic":"place"}`))
		named := office.File(t, nil, petition(`{"publish":"named","text":"Cảm ơn cán bộ","topic":"service"}`))
		want := map[syncproto.EventID][]string{good.Event.Header.ID: {syncproto.OutcomeAccepted}, named.Event.Header.ID: {syncproto.OutcomeAccepted}}
		for _, change := range []func([]byte) []byte{
			func(b []byte) []byte { return []byte(strings.Replace(string(b), "no_name", "everything", 1)) },
			func(b []byte) []byte {
				return []byte(strings.Replace(string(b), `"topic":"place"`, `"topic":"Cầu"`, 1))
			},
			func(b []byte) []byte {
				return []byte(strings.Replace(string(b), "Cầu ấp 3 hỏng", strings.Repeat("a", feedback.MaxText+1), 1))
			},
			func(b []byte) []byte { return []byte(strings.Replace(string(b), "Cầu ấp 3 hỏng", "", 1)) },
			func(b []byte) []byte {
				return []byte(strings.Replace(string(b), `"publish":`, `"ten":"a","publish":`, 1))
			},
		} {
			bad := office.NewFiling(t, nil, petition(`{"publish":"no_name","text":"Cầu ấp 3 hỏng","topic":"place"}`)).Event
			before := string(bad.Payload)
			if bad.Payload = change(bad.Payload); string(bad.Payload) == before {
				t.Fatal("nothing was made wrong")
			}
			office.Push(t, bad)
			want[bad.Header.ID] = []string{syncproto.OutcomeUndecodable}
		}
		after := office.File(t, nil, nil)
		want[after.Event.Header.ID] = []string{syncproto.OutcomeAccepted}
		items := office.Drain(t)
		if got := intaketest.Outcomes(t, items); !reflect.DeepEqual(got, want) {
			t.Errorf("outcomes\n got %v\nwant %v", got, want)
		}
		if got := office.Receipts(t, items); len(got) < 1 || got[0].Dossier != good.ID {
			t.Errorf("receipts %+v", got)
		}
		hidden, err := caseOf(t, province.DB, good.ID)
		check(t, err)
		shown, err := caseOf(t, province.DB, named.ID)
		check(t, err)
		if hidden.Card.Applicant != "" || shown.Card.Applicant != "Nguyễn Thị Yến" || hidden.Procedure != feedback.Procedure {
			t.Errorf("lists show %q and %q", hidden.Card.Applicant, shown.Card.Applicant)
		}
	})
}

// What a machine said of a dossier that is here, and an older portal could not read, is in the case as soon as
// the portal can; nobody has to touch the dossier for it. What is still not understood keeps its version.
func TestACaseIsFoldedAnewWhenItsEventIsUnderstood(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		province := intaketest.NewProvince(t, o)
		office := province.Enrol(t, commune, "xã Giao Long")
		f := office.File(t, nil, func(p *dossier.SubmittedPayload) { p.Handover = dossier.HandoverNever })
		book := dossier.Book(office.Answer.Book)
		state := dossier.Fold([]dossier.Entry{{Event: f.Event, Author: book}})
		taken, err := dossier.Advance(state, book, dossier.TakenIn, &dossier.TakenInPayload{Office: "xã Giao Long", Officer: "Trần Văn Tám", OfficialCode: "H61.7-261123-0001"}, office.Meta(t))
		check(t, err)
		later, err := dossier.Advance(dossier.Fold([]dossier.Entry{{Event: f.Event, Author: book}, {Event: taken, Author: book}}), book, dossier.Processing, &dossier.ProcessingPayload{Office: "xã Giao Long"}, office.Meta(t))
		check(t, err)
		later.Header.Type = "blessed"
		office.Push(t, taken)
		office.Push(t, later)
		if got := intaketest.Outcomes(t, office.Drain(t)); got[later.Header.ID][0] != syncproto.OutcomeUnsupported {
			t.Fatalf("outcomes %v", got)
		}
		if got := stateOf(t, province.DB, later.Header.ID); got != store.StateUnread {
			t.Fatalf("what nobody reads is %s", got)
		}
		want, err := caseOf(t, province.DB, f.ID)
		check(t, err)
		// as a portal left it that did not know of taking in
		check(t, province.DB.Write(context.Background(), func(tx *store.Tx) error {
			_, err := tx.Exec("UPDATE events SET state = 'unread' WHERE event = ?", taken.Header.ID[:])
			if err == nil {
				_, err = tx.Exec("UPDATE cases SET state = 'waiting', official_code = '', national_code = 1")
			}
			return err
		}))
		for again := range 2 {
			r, err := province.Portal.Understand(context.Background())
			check(t, err)
			if r != (intake.Recovered{Folded: 1 - again}) {
				t.Errorf("look %d: %+v", again, r)
			}
		}
		got, err := caseOf(t, province.DB, f.ID)
		check(t, err)
		if want.OfficialCode == "" || got.State != want.State || got.OfficialCode != want.OfficialCode || got.NationalCode != want.NationalCode {
			t.Errorf("case %+v, want %+v", got, want)
		}
		if read, unread := stateOf(t, province.DB, taken.Header.ID), stateOf(t, province.DB, later.Header.ID); read != store.StateFolded || unread != store.StateUnread {
			t.Errorf("states %s, %s", read, unread)
		}
		if got := intaketest.Outcomes(t, office.Drain(t)); len(got) != 1 || !reflect.DeepEqual(got[taken.Header.ID], []string{syncproto.OutcomeAccepted}) {
			t.Errorf("outcomes %v", got)
		}
	})
}
