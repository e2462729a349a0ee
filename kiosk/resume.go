package kiosk

import (
	"bytes"
	"context"
	"net/http"
	"sync"
	"time"

	"bendo/internal/dossier"
	"bendo/internal/ledger"
	"bendo/internal/paper"
)

// resumeDraft opens an unfinished dossier by the number on its draft slip and a second fact.
// Wrong tries are limited as in a look-up.
func (d *Desk) resumeDraft(w http.ResponseWriter, r *http.Request) error {
	var in ticket
	if err := read(r, &in); err != nil {
		return err
	}
	number, err := dossier.ParseSlip(in.Slip)
	if err != nil {
		return problemNotFound.Because(err)
	}
	var draft ledger.Draft
	if err := d.guessing(func() (err error) {
		draft, err = d.book().ResumeDraft(r.Context(), number, in.Second)
		return err
	}); err != nil {
		return err
	}
	d.remember(r, func(v *visit) { v.drafts[draft.ID.String()], v.silent[draft.ID.String()] = true, unsaid(draft) })
	return d.showDraft(w, r, draft.ID)
}

// draftCode is the code on the draft slip: only when the resident entered no number of her own,
// because the slip is printed when the screen is blanked and may lie in the printer.
func draftCode(d ledger.Draft) string {
	var people []dossier.Person
	for _, p := range []*dossier.Person{d.Applicant, d.Submitter} {
		if p != nil {
			people = append(people, *p)
		}
	}
	if len(dossier.FactsOf(people...)) > 0 {
		return ""
	}
	return d.Code6
}

// draftSlip prints the way back to an unfinished dossier; only inside its visit.
func (d *Desk) draftSlip(w http.ResponseWriter, r *http.Request) error {
	s, err := d.ownDraftSlip(r)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := paper.WriteDraftSlip(&b, s); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/pdf")
	w.Header().Set("Content-Disposition", `attachment; filename="phieu-nhap.pdf"`)
	_, _ = w.Write(b.Bytes())
	return nil
}

func (d *Desk) ownDraftSlip(r *http.Request) (paper.DraftSlip, error) {
	id, err := d.mine(r)
	if err != nil {
		return paper.DraftSlip{}, err
	}
	return d.draftSlipOf(r.Context(), id)
}

// printDraftSlip is called when the screen is blanked: the paper is the way back to the draft.
func (d *Desk) printDraftSlip(w http.ResponseWriter, r *http.Request) error {
	s, err := d.ownDraftSlip(r)
	if err != nil {
		return err
	}
	return d.printOut(w, r, draftPrintout(s))
}

func (d *Desk) draftSlipOf(ctx context.Context, id ledger.DraftID) (paper.DraftSlip, error) {
	draft, err := d.book().Draft(ctx, id)
	if err != nil {
		return paper.DraftSlip{}, err
	}
	info, err := d.book().FindDraft(ctx, draft.Slip)
	if err != nil {
		return paper.DraftSlip{}, err
	}
	office, err := d.identity(ctx)
	if err != nil {
		return paper.DraftSlip{}, err
	}
	k, err := d.known(draft.Pack, draft.Procedure)
	if err != nil {
		return paper.DraftSlip{}, err
	}
	code := draftCode(draft)
	_, quality := d.now()
	return paper.DraftSlip{Doubt: doubtful(quality), Number: draft.Slip.String(), Office: office.OfficeName, Province: office.ProvinceName,
		Code: draft.Procedure, Procedure: k.procedure.Name.VI, SavedAt: time.UnixMilli(draft.TouchedAt),
		Until: time.UnixMilli(info.ExpiresAt), Second: secondHint(code, draft.Applicant, draft.Submitter), Code6: code,
		Practice: d.office.Load().Practice, English: draft.Language == "en"}, nil
}

// maxGuesses bounds the wrong look-ups of a whole machine in an hour. The book bounds them for
// each slip (5); the outbox shows many numbers, and five of ten thousand four-digit facts on each
// of five hundred would open one every few hours.
const (
	maxGuesses  = 60
	guessWindow = time.Hour
)

// guesses are the times of the wrong look-ups of the last hour. In memory: a restart forgets
// them, the limit of each slip is on disk.
type guesses struct {
	mu    sync.Mutex
	wrong []time.Time
}

// wait is how long until the next try is allowed; 0 now.
func (g *guesses) wait(now time.Time) time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	for len(g.wrong) > 0 && now.Sub(g.wrong[0]) >= guessWindow {
		g.wrong = g.wrong[1:]
	}
	if len(g.wrong) < maxGuesses {
		return 0
	}
	return guessWindow - now.Sub(g.wrong[0])
}

func (g *guesses) note(now time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.wrong) < maxGuesses {
		g.wrong = append(g.wrong, now)
	}
}

// guessing runs a look-up under the machine's limit and counts it when it finds nothing.
func (d *Desk) guessing(look func() error) error {
	if wait := d.guesses.wait(time.Now()); wait > 0 {
		return problemTooManyHere.After(wait)
	}
	err := look()
	if isUnknown(err) {
		d.guesses.note(time.Now())
	}
	return err
}
