package casework_test

import (
	"context"
	"errors"
	"os"
	"testing"
	"time"

	"bendo/internal/dossier"
	"bendo/portal/casework"
	"bendo/portal/intake/intaketest"
	"bendo/portal/store"
	"bendo/portal/store/storetest"
)

func TestMain(m *testing.M) { os.Exit(storetest.Run(m)) }

const commune = "28807"

var lan = casework.Officer{Name: "lan", Office: commune, Role: store.Officer}

func TestOfficialCodesOfShapeB(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		o.Now = func() time.Time { return time.Date(2026, 11, 23, 18, 30, 0, 0, time.UTC) } // the 24th in Viet Nam
		p := intaketest.NewProvince(t, o)
		office := p.Enrol(t, commune, "xã Giao Long")
		work := casework.New(p.DB, casework.Options{Codes: casework.ShapeB{Prefix: "H61"}})
		ctx := context.Background()
		first, second, typed := office.File(t, nil, nil), office.File(t, nil, nil), office.File(t, nil, nil)
		intaketest.Check(t, work.TakeIn(ctx, lan, casework.Step{Dossier: first.ID}, ""))
		// A refused step uses up no number.
		if err := work.TakeIn(ctx, lan, casework.Step{Dossier: first.ID}, ""); err == nil {
			t.Error("taken in twice")
		}
		intaketest.Check(t, work.TakeIn(ctx, lan, casework.Step{Dossier: typed.ID}, "G09.20-20260609-0092637"))
		intaketest.Check(t, work.TakeIn(ctx, lan, casework.Step{Dossier: second.ID}, ""))
		for _, c := range []struct {
			of   intaketest.Filing
			want string
		}{{first, "H61.28807-261124-0001"}, {second, "H61.28807-261124-0002"}, {typed, "G09.20-20260609-0092637"}} {
			intaketest.Check(t, p.DB.Read(ctx, func(tx *store.Tx) error {
				one, err := tx.FindCase(commune, c.of.ID)
				if one.OfficialCode != c.want {
					t.Errorf("code %q, want %q", one.OfficialCode, c.want)
				}
				return err
			}))
		}
	})
}

// TestLostAnswers repeats each step as an officer does whose browser lost the
// answer: the second time changes nothing and says so.
func TestLostAnswers(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		p := intaketest.NewProvince(t, o)
		office := p.Enrol(t, commune, "xã Giao Long")
		rung := 0
		work := casework.New(p.DB, casework.Options{Ring: func(string) { rung++ }})
		f := office.File(t, nil, nil)
		office.Drain(t)
		ctx, step := context.Background(), casework.Step{Dossier: f.ID}
		for _, c := range []struct {
			name string
			do   func() error
		}{
			{"take in", func() error { return work.TakeIn(ctx, lan, step, "") }},
			{"ask", func() error {
				return work.AskSupplement(ctx, lan, step, []dossier.SupplementReason{{Code: "missing"}}, "")
			}},
		} {
			if err := c.do(); err != nil {
				t.Fatalf("%s: %v", c.name, err)
			}
			var illegal *dossier.StepError
			if err := c.do(); !errors.As(err, &illegal) {
				t.Errorf("%s again: %v", c.name, err)
			}
			if items := office.Drain(t); len(items) != 1 {
				t.Errorf("%s: %d entries in the feed", c.name, len(items))
			}
		}
		if rung != 2 {
			t.Errorf("rung %d times", rung)
		}
	})
}

func TestRefusedSteps(t *testing.T) {
	p := intaketest.NewProvince(t, store.Options{Dir: t.TempDir(), Blobs: t.TempDir(), Keeper: storetest.Keeper(t)})
	office := p.Enrol(t, commune, "")
	work := casework.New(p.DB, casework.Options{})
	f := office.File(t, nil, nil)
	ctx, step := context.Background(), casework.Step{Dossier: f.ID}
	stranger, leader := lan, lan
	stranger.Office, leader.Role = "28810", store.Leader
	var invalid *casework.InvalidError
	for name, c := range map[string]struct {
		err  error
		want func(error) bool
	}{
		"another office":        {work.TakeIn(ctx, stranger, step, ""), func(err error) bool { return errors.Is(err, casework.ErrNotFound) }},
		"a leader":              {work.TakeIn(ctx, leader, step, ""), func(err error) bool { return errors.Is(err, casework.ErrForbidden) }},
		"an old revision":       {work.TakeIn(ctx, lan, casework.Step{Dossier: f.ID, Revision: 99}, ""), func(err error) bool { return errors.Is(err, casework.ErrChanged) }},
		"a sentence as a code":  {work.TakeIn(ctx, lan, step, "không có mã"), func(err error) bool { return errors.As(err, &invalid) }},
		"no reason to refuse":   {work.Refuse(ctx, lan, step, " "), func(err error) bool { return errors.As(err, &invalid) }},
		"nothing asked for":     {work.AskSupplement(ctx, lan, step, nil, "x"), func(err error) bool { return errors.As(err, &invalid) }},
		"an unknown outcome":    {work.Decide(ctx, lan, step, "perhaps", ""), func(err error) bool { return err != nil }},
		"an answer to nothing":  {work.Answer(ctx, lan, step, f.Event.Header.ID, true, ""), func(err error) bool { return err != nil }},
		"a text that is broken": {work.Refuse(ctx, lan, step, "\xff"), func(err error) bool { return errors.As(err, &invalid) }},
	} {
		if c.err == nil || !c.want(c.err) {
			t.Errorf("%s: %v", name, c.err)
		}
	}
	if items := office.Drain(t); len(items) != 2 { // the filing's outcome and receipt
		t.Errorf("refused steps left %d entries in the feed", len(items))
	}
	// An office that was enrolled without a name is named by its commune.
	intaketest.Check(t, work.TakeIn(ctx, lan, step, ""))
}
