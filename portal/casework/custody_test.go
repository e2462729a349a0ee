package casework_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"bendo/internal/calendar"
	"bendo/internal/dossier"
	"bendo/portal/casework"
	"bendo/portal/intake/intaketest"
	"bendo/portal/store"
	"bendo/portal/store/storetest"
	"bendo/syncproto"
)

// takesIn is what a commune's clerk authored without a line.
func takesIn(t *testing.T, office *intaketest.Office, f intaketest.Filing, p *dossier.TakenInPayload) {
	t.Helper()
	book := dossier.Book(office.Answer.Book)
	state := dossier.Fold([]dossier.Entry{{Event: f.Event, Author: book}})
	m := office.Meta(t)
	m.Actor = "m-clerk"
	event, err := dossier.Advance(state, book, dossier.TakenIn, p, m)
	intaketest.Check(t, err)
	office.Push(t, event)
}

// While the commune keeps a dossier the province takes no step and says so; the clerk's receipt moves
// custody, brings its own due date, and is owed the official code.
func TestCommuneTakesIn(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		now := time.Date(2026, 11, 16, 2, 0, 0, 0, time.UTC) // 09:00 in Viet Nam
		o.Now = func() time.Time { return now }
		p := intaketest.NewProvince(t, o)
		p.Portal.OweCodes = true
		office := p.Enrol(t, commune, "xã Giao Long")
		work := casework.New(p.DB, casework.Options{Codes: casework.ShapeB{Prefix: "H61"}})
		ctx := context.Background()
		f := office.File(t, nil, func(p *dossier.SubmittedPayload) {
			p.Handover = dossier.HandoverAtTakeIn
			p.Components = append(p.Components, dossier.Component{ID: "p2", State: dossier.ToBeLookedUp})
		})
		step := casework.Step{Dossier: f.ID}
		held := func(want dossier.Holder) store.Case {
			t.Helper()
			var one store.Case
			intaketest.Check(t, p.DB.Read(ctx, func(tx *store.Tx) (err error) {
				one, err = tx.FindCase(commune, f.ID)
				return err
			}))
			if one.Holder != want {
				t.Fatalf("kept by %q, want %q", one.Holder, want)
			}
			return one
		}
		held(dossier.Book(office.Answer.Book))
		var illegal *dossier.StepError
		for name, err := range map[string]error{
			"take in": work.TakeIn(ctx, lan, step, ""),
			"refuse":  work.Refuse(ctx, lan, step, "x"),
			"ask":     work.AskSupplement(ctx, lan, step, []dossier.SupplementReason{{Code: "missing"}}, ""),
		} {
			if !errors.As(err, &illegal) || illegal.Code != dossier.NotHolder {
				t.Errorf("%s on what the commune keeps: %v", name, err)
			}
		}
		in := &dossier.TakenInPayload{Office: "UBND xã Giao Long"}
		if _, err := in.SetDue(calendar.Builtin(), now.UnixMilli(), calendar.Period{Unit: calendar.WorkingDays, Value: 3}); err != nil {
			t.Fatal(err)
		}
		takesIn(t, office, f, in)
		one := held(dossier.Province)
		if one.DueAt != in.Due || one.DueCalendar != in.Calendar || one.State != string(dossier.Received) {
			t.Fatalf("%+v", one)
		}
		if n, err := work.IssueOwed(ctx); err != nil || n != 1 {
			t.Fatalf("%d codes issued: %v", n, err)
		}
		if one = held(dossier.Province); one.OfficialCode != "H61.28807-261116-0001" {
			t.Fatalf("code %q", one.OfficialCode)
		}
		if items := office.Drain(t); len(items) == 0 || items[len(items)-1].Kind != syncproto.FeedEvent {
			t.Fatal("the commune does not hear of the code")
		}
		afterTakeIn(t, work, office, f, &now, in.Due)
	})
}

// afterTakeIn is the province's part: look up, ask once, count on by what remained, apologise once,
// give the result back to the commune.
func afterTakeIn(t *testing.T, work *casework.Work, office *intaketest.Office, f intaketest.Filing, now *time.Time, first int64) {
	t.Helper()
	ctx, step := context.Background(), casework.Step{Dossier: f.ID}
	var invalid *casework.InvalidError
	if err := work.LookedUp(ctx, lan, step, "p2", true, " "); !errors.As(err, &invalid) {
		t.Error("found without a reference: ", err)
	}
	intaketest.Check(t, work.LookedUp(ctx, lan, step, "p2", false, ""))
	*now = time.Date(2026, 11, 18, 8, 0, 0, 0, time.UTC) // 15:00: ten hours are left
	intaketest.Check(t, work.AskSupplement(ctx, lan, step, []dossier.SupplementReason{{Component: "p2", Code: dossier.PaperMissing}}, ""))
	*now = time.Date(2026, 11, 25, 0, 30, 0, 0, time.UTC) // 07:30
	office.Wake(t)
	state := office.State(t, f)
	supplement, err := dossier.Supplement(state, dossier.SupplementProvidedPayload{N: 1}, office.Meta(t))
	intaketest.Check(t, err)
	office.Push(t, supplement)
	*now = now.Add(3 * time.Hour)
	intaketest.Check(t, work.Answer(ctx, lan, step, supplement.Header.ID, true, ""))
	state = office.State(t, f)
	want := time.Date(2026, 11, 26, 9, 30, 0, 0, calendar.Zone).UnixMilli() // 7.5 hours of Wednesday, 2.5 of Thursday
	if state.Due != want || state.OriginalDue() != first || state.Components[1].State != dossier.Missing {
		t.Fatalf("due %s, dues %+v", time.UnixMilli(state.Due).In(calendar.Zone), state.Dues)
	}
	if err := work.Apologise(ctx, lan, step, want, "mất điện"); !errors.As(err, &invalid) {
		t.Error("put off to the same day: ", err)
	}
	later := want + 48*time.Hour.Milliseconds()
	intaketest.Check(t, work.Apologise(ctx, lan, step, later, "mất điện"))
	var illegal *dossier.StepError
	if err := work.Apologise(ctx, lan, step, later+1, "mất điện"); !errors.As(err, &illegal) || illegal.Code != dossier.AlreadyRedated {
		t.Error("put off twice: ", err)
	}
	intaketest.Check(t, work.Decide(ctx, lan, step, dossier.Granted, ""))
	intaketest.Check(t, work.ResultReady(ctx, lan, step, "UBND xã Giao Long"))
	intaketest.Check(t, work.GiveBack(ctx, lan, step))
	if state = office.State(t, f); state.Holder != state.FiledBy || state.OriginalDue() != first {
		t.Fatalf("kept by %s, first due %d", state.Holder, state.OriginalDue())
	}
	if err := work.Return(ctx, lan, step); !errors.As(err, &illegal) {
		t.Error("the province returned what the commune keeps: ", err)
	}
}
