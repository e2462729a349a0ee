package casework

import (
	"context"
	"errors"
	"strings"

	"bendo/internal/calendar"
	"bendo/internal/dossier"
	"bendo/internal/feedback"
	"bendo/internal/vietnam"
	"bendo/syncproto"
)

// TakeIn takes a dossier in: from here an officer of a named office is
// responsible, the due date is set, and the official code may be issued.
func (w *Work) TakeIn(ctx context.Context, o Officer, s Step, officialCode string) error {
	return w.do(ctx, o, s, func(a *act) (string, any, error) {
		code, err := text(officialCode)
		if err != nil {
			return "", nil, err
		}
		// Legal first: a number must not be used up for a refused step.
		if err := dossier.Legal(a.state, dossier.Province, dossier.TakenIn); err != nil {
			return "", nil, err
		}
		if feedback.Reserved(a.state.Procedure) { // no dossier code is used up for it, and no procedure sets its time
			return dossier.TakenIn, &dossier.TakenInPayload{Office: a.office, Officer: a.officer.Name}, nil
		}
		if code, err = w.codes.Issue(a.tx, a.officer.Office, code); err != nil {
			return "", nil, err
		}
		if owes, ok := w.codes.(interface{ Owes() bool }); ok && code == "" && owes.Owes() {
			if err := a.tx.OweCode(a.officer.Office, s.Dossier); err != nil {
				return "", nil, err
			}
		}
		due, version := a.due()
		return dossier.TakenIn, &dossier.TakenInPayload{Office: a.office, Officer: a.officer.Name, Due: due, Calendar: version, OfficialCode: code}, nil
	})
}

// AskSupplement asks for everything that is missing, at once.
func (w *Work) AskSupplement(ctx context.Context, o Officer, s Step, reasons []dossier.SupplementReason, note string) error {
	return w.do(ctx, o, s, func(a *act) (string, any, error) {
		if len(reasons) == 0 {
			return "", nil, &InvalidError{errors.New("a supplement request needs at least one reason")}
		}
		clean := make([]dossier.SupplementReason, len(reasons))
		for i, r := range reasons {
			words, err := text(r.Text)
			if err != nil {
				return "", nil, err
			}
			clean[i] = dossier.SupplementReason{Component: r.Component, Code: r.Code, Text: words}
		}
		words, err := text(note)
		if err != nil {
			return "", nil, err
		}
		payload := &dossier.SupplementRequestedPayload{N: a.state.Supplements + 1, Reasons: clean, Text: words, Office: a.office}
		// Beyond the calendar's table nothing is counted, and the supplement is asked for all the same.
		if err := payload.StopClock(a.w.cal, a.state, a.tx.Now); err != nil && !errors.Is(err, calendar.ErrOutsideTable) {
			return "", nil, err
		}
		return dossier.SupplementRequested, payload, nil
	})
}

// Answer accepts or declines one request: a supplement, a withdrawal, a
// correction.
func (w *Work) Answer(ctx context.Context, o Officer, s Step, request syncproto.EventID, accept bool, reason string) error {
	return w.do(ctx, o, s, func(a *act) (string, any, error) {
		words, err := text(reason)
		if err != nil {
			return "", nil, err
		}
		payload := &dossier.AnswerPayload{Event: request, Reason: words, Office: a.office}
		for _, e := range a.events {
			if e.Event.Header.ID == request {
				payload.ReceivedAt = e.ReceivedAt
			}
		}
		if accept {
			_, _, err := payload.ResumeClock(a.w.cal, a.state, a.tx.Now)
			if err != nil && !errors.Is(err, calendar.ErrOutsideTable) {
				return "", nil, err
			}
			return dossier.Accepted, payload, nil
		}
		return dossier.Declined, payload, nil
	})
}

// LookedUp records what the look-up of a paper gave: the record that replaces it, or that it is missing.
func (w *Work) LookedUp(ctx context.Context, o Officer, s Step, component string, found bool, ref string) error {
	return w.do(ctx, o, s, func(a *act) (string, any, error) {
		words, err := text(ref)
		if err != nil {
			return "", nil, err
		}
		if found && words == "" {
			return "", nil, &InvalidError{errors.New("what was found needs its reference")}
		}
		return dossier.LookedUp, &dossier.LookupPayload{Component: component, Found: found, Ref: words, Office: a.office}, nil
	})
}

// Apologise puts the date off, once (Mẫu 04); the date the resident was given first is kept.
func (w *Work) Apologise(ctx context.Context, o Officer, s Step, newDue int64, reason string) error {
	return w.do(ctx, o, s, func(a *act) (string, any, error) {
		words, err := text(reason)
		if err != nil {
			return "", nil, err
		}
		if words == "" || newDue <= max(a.state.Due, a.tx.Now) {
			return "", nil, &InvalidError{errors.New("an apology needs a reason and a date after the one that stands")}
		}
		return dossier.Apology, &dossier.ApologyPayload{OriginalDue: a.state.OriginalDue(), NewDue: newDue, Reason: words, Office: a.office}, nil
	})
}

// GiveBack hands the dossier to the book that filed it: the commune gives the result to the resident.
func (w *Work) GiveBack(ctx context.Context, o Officer, s Step) error {
	return w.do(ctx, o, s, func(a *act) (string, any, error) {
		return dossier.HandedOver, &dossier.HandedOverPayload{To: a.state.FiledBy}, nil
	})
}

// Decide records the decision: granted or refused, with its reason.
func (w *Work) Decide(ctx context.Context, o Officer, s Step, outcome, reason string) error {
	return w.do(ctx, o, s, func(a *act) (string, any, error) {
		words, err := text(reason)
		if err != nil {
			return "", nil, err
		}
		return dossier.Decided, &dossier.DecidedPayload{Outcome: outcome, Reason: words, Office: a.office}, nil
	})
}

// Reply answers a petition or a call-back request in the office's words; a later one mends it.
func (w *Work) Reply(ctx context.Context, o Officer, s Step, answer string) error {
	return w.do(ctx, o, s, func(a *act) (string, any, error) {
		words, err := text(answer)
		if err != nil {
			return "", nil, err
		}
		if words == "" {
			return "", nil, &InvalidError{errors.New("an answer needs a text")}
		}
		return dossier.Answered, &dossier.AnsweredPayload{Text: words, Office: a.office}, nil
	})
}

// Called notes a call to whoever asked for one: reached or not, and what was said.
func (w *Work) Called(ctx context.Context, o Officer, s Step, outcome, said string) error {
	return w.do(ctx, o, s, func(a *act) (string, any, error) {
		words, err := text(said)
		if err != nil {
			return "", nil, err
		}
		if err := feedback.CheckCalled(outcome); err != nil {
			return "", nil, &InvalidError{err}
		}
		if outcome == feedback.NotReached {
			words = "" // nobody heard anything
		}
		return dossier.Called, &dossier.CalledPayload{Outcome: outcome, Text: words, Office: a.office}, nil
	})
}

// ResultReady says where the result can be fetched.
func (w *Work) ResultReady(ctx context.Context, o Officer, s Step, where string) error {
	return w.do(ctx, o, s, func(a *act) (string, any, error) {
		words, err := text(where)
		if err != nil {
			return "", nil, err
		}
		if words == "" {
			words = a.office
		}
		return dossier.ResultReady, &dossier.ResultReadyPayload{Where: words}, nil
	})
}

// Return closes the dossier: the result is in the resident's hands.
func (w *Work) Return(ctx context.Context, o Officer, s Step) error {
	return w.do(ctx, o, s, func(a *act) (string, any, error) {
		return dossier.Returned, &dossier.ReturnedPayload{Office: a.office}, nil
	})
}

// Refuse does not take the dossier in, and says why.
func (w *Work) Refuse(ctx context.Context, o Officer, s Step, reason string) error {
	return w.do(ctx, o, s, func(a *act) (string, any, error) {
		words, err := text(reason)
		if err != nil {
			return "", nil, err
		}
		if words == "" {
			return "", nil, &InvalidError{errors.New("a refusal needs a reason")}
		}
		return dossier.Refused, &dossier.ReasonPayload{Reason: words, Office: a.office}, nil
	})
}

// text is what an officer typed, in NFC and without control characters.
func text(s string) (string, error) {
	clean, err := vietnam.NormalizeLines(s)
	if err != nil {
		return "", &InvalidError{err}
	}
	return strings.TrimSpace(clean), nil
}
