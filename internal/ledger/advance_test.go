package ledger

import (
	"errors"
	"testing"
	"time"

	"bendo/internal/dossier"
)

// dueFrom is the step whose content depends on the moment and on the state before it, as a due date does.
func dueFrom(s dossier.State, m Moment) (any, error) {
	return &dossier.TakenInPayload{Office: "UBND xã", Due: m.At + 1000*int64(s.Version)}, nil
}

// The clerk takes in without a line; the event is next in the log, and the dossier goes to the province.
func TestAdvanceTakesInOffline(t *testing.T) {
	o := openOffice(t)
	ctx := t.Context()
	f := o.fileAs(dossier.HandoverAtTakeIn)
	c := get(o.Case(ctx, f.Dossier))(t)
	if c.Revision != 1 || c.State.Holder != c.Own || c.Filing.Applicant.FullName == "" || len(c.Here) != 3 {
		t.Fatalf("revision %d, holder %s, own %s, here %v", c.Revision, c.State.Holder, c.Own, c.Here)
	}
	s := get(o.Advance(ctx, f.Dossier, 1, "member-3", dossier.TakenIn, dueFrom))(t)
	if s.Due != o.now.UnixMilli()+1000 || s.Holder != dossier.Province || s.TakenIn.By != "member-3" {
		t.Fatalf("%+v", s)
	}
	evs := get(o.PendingEvents(ctx, 2, 10, 1<<20))(t)
	if len(evs) != 1 || evs[0].Header.Type != dossier.TakenIn || evs[0].Header.Actor != "member-3" || evs[0].Header.Code != 2 {
		t.Fatalf("to be sent: %+v", evs)
	}
	found := get(o.Get(ctx, f.Dossier))(t)
	if done(found.Acks) != "1001" {
		t.Fatalf("acknowledged %s: the officer took it in, and nothing says that it left", done(found.Acks))
	}
	var step *dossier.StepError
	_, err := o.Advance(ctx, f.Dossier, 2, "member-3", dossier.Processing, says(&dossier.ProcessingPayload{Office: "x"}))
	if !errors.As(err, &step) || step.Code != dossier.InTransitNow {
		t.Fatalf("a step on what the province holds: %v", err)
	}
}

// A lost answer: the same call again, minutes later, gives what it gave and writes nothing.
func TestAdvanceAgainIsTheSame(t *testing.T) {
	o := openOffice(t)
	ctx := t.Context()
	f := o.fileAs(dossier.HandoverNever)
	first := get(o.Advance(ctx, f.Dossier, 1, "m1", dossier.TakenIn, dueFrom))(t)
	o.now = o.now.Add(5 * time.Minute)
	again := get(o.Advance(ctx, f.Dossier, 1, "m1", dossier.TakenIn, dueFrom))(t)
	if again.Due != first.Due || again.Version != 2 || get(o.Case(ctx, f.Dossier))(t).Revision != 2 {
		t.Fatalf("again %+v", again)
	}
	get(o.Advance(ctx, f.Dossier, 2, "m2", dossier.Processing, says(&dossier.ProcessingPayload{Office: "Tư pháp"})))(t)
	if s := get(o.Advance(ctx, f.Dossier, 1, "m1", dossier.TakenIn, dueFrom))(t); s.Version != 3 {
		t.Fatalf("again after a later step: version %d", s.Version)
	}
	for name, err := range map[string]error{
		"another member":  second(o.Advance(ctx, f.Dossier, 1, "m2", dossier.TakenIn, dueFrom)),
		"another content": second(o.Advance(ctx, f.Dossier, 1, "m1", dossier.TakenIn, says(&dossier.TakenInPayload{Office: "khác"}))),
		"another step":    second(o.Advance(ctx, f.Dossier, 1, "m1", dossier.Refused, says(&dossier.ReasonPayload{Reason: "x"}))),
		"an old revision": second(o.Advance(ctx, f.Dossier, 0, "m1", dossier.Decided, says(&dossier.DecidedPayload{Outcome: dossier.Granted}))),
		"a later one":     second(o.Advance(ctx, f.Dossier, 9, "m1", dossier.Decided, says(&dossier.DecidedPayload{Outcome: dossier.Granted}))),
		"make says no now": second(o.Advance(ctx, f.Dossier, 1, "m1", dossier.TakenIn, func(dossier.State, Moment) (any, error) {
			return nil, errors.New("no")
		})),
	} {
		if !errors.Is(err, ErrChanged) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got := get(o.Case(ctx, f.Dossier))(t); got.Revision != 3 {
		t.Fatalf("revision %d", got.Revision)
	}
}

// A wish that came in between is a change, too: nobody decides past a withdrawal they have not seen.
func TestAdvanceSeesRequests(t *testing.T) {
	o := openOffice(t)
	ctx := t.Context()
	f := o.fileAs(dossier.HandoverNever)
	get(o.Advance(ctx, f.Dossier, 1, "m1", dossier.TakenIn, dueFrom))(t)
	o.must(o.Ask(ctx, f.Dossier, dossier.WithdrawalRequested, &dossier.WithdrawalRequestedPayload{}, "kiosk"))
	grant := says(&dossier.DecidedPayload{Outcome: dossier.Granted})
	_, err := o.Advance(ctx, f.Dossier, 2, "m1", dossier.Decided, grant)
	wantErr(t, err, ErrChanged)
	if s := get(o.Advance(ctx, f.Dossier, 3, "m1", dossier.Decided, grant))(t); s.Decision == nil {
		t.Fatal("not decided")
	}
	get(o.Advance(ctx, f.Dossier, 4, "m1", dossier.Note, says(&dossier.NotePayload{Text: "đã gọi"})))(t)
	c := get(o.Case(ctx, f.Dossier))(t)
	if len(c.Notes) != 1 || c.Revision != 5 {
		t.Fatalf("notes %v, revision %d", c.Notes, c.Revision)
	}
}

func TestAdvanceRefuses(t *testing.T) {
	o := openOffice(t)
	ctx := t.Context()
	f := o.fileAs(dossier.HandoverNever)
	said := errors.New("said by make")
	_, err := o.Advance(ctx, f.Dossier, 1, "m1", dossier.TakenIn, func(dossier.State, Moment) (any, error) { return nil, said })
	wantErr(t, err, said)
	_, err = o.Advance(ctx, f.Dossier, 1, "m1", dossier.TakenIn, says(&dossier.TakenInPayload{}))
	wantErr(t, err, ErrUnfit)
	_, err = o.Advance(ctx, dossierNobodyFiled, 1, "m1", dossier.TakenIn, dueFrom)
	wantErr(t, err, ErrNotFound)
	var step *dossier.StepError
	_, err = o.Advance(ctx, f.Dossier, 1, "m1", dossier.Decided, func(dossier.State, Moment) (any, error) {
		t.Error("what was typed was read before the law was asked")
		return nil, nil
	})
	if !errors.As(err, &step) {
		t.Fatal(err)
	}
	if get(o.Case(ctx, f.Dossier))(t).Revision != 1 {
		t.Fatal("a refused step was written")
	}
}

var dossierNobodyFiled = DraftID{0xde, 0xad}

func second[T any](_ T, err error) error { return err }
