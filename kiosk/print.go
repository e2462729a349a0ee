package kiosk

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"bendo/internal/ledger"
	"bendo/internal/paper"
	"bendo/kiosk/printer"
)

// Kinds of paper in the book's journal of prints.
const (
	paperSlip  = "slip"
	paperDraft = "draft_slip"
	paperFee   = "fee_slip"
	paperOther = "paper"
)

// Prints is the journal of what was handed to a printer; every call is on disk when it returns.
type Prints interface {
	BeginPrint(ctx context.Context, kind, subject string) (ledger.PrintJob, error)
	NotePrint(ctx context.Context, n int64, state ledger.PrintState, by, job, detail string) (ledger.PrintJob, error)
	Print(ctx context.Context, n int64) (ledger.PrintJob, error)
	Prints(ctx context.Context, kind, subject string, limit int) ([]ledger.PrintJob, error)
}

// Printing is how a paper gets to a printer and what is known of it afterwards. A roll, where there is
// one, takes what residents carry away; sheets take the rest.
type Printing struct {
	Roll    func(ctx context.Context, title string, paper []byte) (job string, err error) // nil: no roll
	Format  paper.Format                                                                  // of the roll
	Outcome func(ctx context.Context, job string) (printer.Outcome, error)                // nil: nobody can be asked
}

// printout is one paper that may go to a printer. copy is which print of it this is, from 1.
type printout struct {
	kind, subject, title string
	sheet                func(w io.Writer, copy int) error
	roll                 func(w io.Writer, copy int, f paper.Format) error // nil: on sheets only
}

var problemPrinterDoubt = Problem{Code: "printer_unknown", Status: http.StatusServiceUnavailable,
	Message: say("Không biết máy in đã nhận phiếu hay chưa. Hồ sơ vẫn đã được lưu.", "It is not known whether the printer took the paper. The dossier is saved all the same."),
	Next:    say("Xem khay máy in. Chưa có giấy thì bấm in lại; bản sau có ghi “in lại”.", "Look at the printer. If no paper came, print again; the next one is marked as a reprint.")}

// maxWaiting is when a job that the print system has not ended is told as unknown.
const maxWaiting = 10 * time.Minute

// printer says where a paper goes: the roll before the sheet; nil when there is no printer for it.
func (d *Desk) printer(p printout) (to func(ctx context.Context, title string, paper []byte) (string, error), draw func(io.Writer, int) error) {
	if p.roll != nil && d.Printing.Roll != nil {
		return d.Printing.Roll, func(w io.Writer, n int) error { return p.roll(w, n, d.Printing.Format) }
	}
	return d.Print, p.sheet
}

func (d *Desk) prints() bool { return d.Print != nil || d.Printing.Roll != nil }

// handIn notes a print, draws the paper and hands it in. The note comes first: a kill anywhere behind
// it leaves a print that is told as unknown, and the next paper is marked as a reprint. A book that
// cannot be written stops no paper; it is then drawn unmarked.
func (d *Desk) handIn(ctx context.Context, p printout) (ledger.PrintJob, error) {
	to, draw := d.printer(p)
	if to == nil {
		return ledger.PrintJob{}, problemNoPrinter.Because(nil)
	}
	ctx, book := context.WithoutCancel(ctx), d.book() // a page that leaves does not stop the paper half way
	j, err := book.BeginPrint(ctx, p.kind, p.subject)
	if err != nil {
		d.Log.Error("a print could not be noted; the paper is printed all the same", "error", err)
		j = ledger.PrintJob{Copy: 1, State: ledger.PrintBegun}
	}
	note := func(state ledger.PrintState, job, detail string) {
		if j.N == 0 {
			j.State = state
			return
		}
		if noted, err := book.NotePrint(ctx, j.N, state, ledger.ToldBySystem, job, detail); err != nil {
			d.Log.Error("how a print stands could not be noted; it is told as unknown", "error", err)
		} else {
			j = noted
		}
	}
	var b bytes.Buffer
	if err := draw(&b, j.Copy); err != nil {
		note(ledger.PrintFailed, "", "the paper could not be drawn")
		return j, err
	}
	job, err := to(ctx, p.title, b.Bytes())
	switch {
	case err == nil:
		note(ledger.PrintAccepted, job, "")
		return j, nil
	case errors.Is(err, printer.ErrRefused):
		note(ledger.PrintFailed, "", err.Error())
		d.Log.Error("a paper was not taken by the print system", "error", err)
		return j, problemPrinter.Because(err)
	}
	note(ledger.PrintUnknown, "", err.Error())
	d.Log.Error("a paper was handed in without an answer", "error", err)
	return j, problemPrinterDoubt.Because(err)
}

// printOut hands in a paper of this visit and answers with the print's number, by which the screen
// asks how it ended.
func (d *Desk) printOut(w http.ResponseWriter, r *http.Request, p printout) error {
	j, err := d.handIn(r.Context(), p)
	if err != nil {
		return err
	}
	d.remember(r, func(v *visit) {
		if v.prints == nil {
			v.prints = map[int64]bool{}
		}
		v.prints[j.N] = true
	})
	answer(w, http.StatusAccepted, viewPrint(j))
	return nil
}

// print is printOut for a paper that was drawn already and looks the same every time.
func (d *Desk) print(w http.ResponseWriter, r *http.Request, title string, pdf []byte) error {
	return d.printOut(w, r, printout{kind: paperOther, subject: clip(title, 64), title: title,
		sheet: func(w io.Writer, _ int) error { _, err := w.Write(pdf); return err }})
}

func clip(text string, most int) string {
	if len(text) <= most {
		return text
	}
	return text[:most]
}

type printView struct {
	Print   int64             `json:"print,omitempty"` // 0: it could not be noted, nobody will know how it ends
	Job     string            `json:"job,omitempty"`
	Kind    string            `json:"kind"`
	Subject string            `json:"subject"`
	Copy    int               `json:"copy"` // 2 and more: marked as a reprint
	State   ledger.PrintState `json:"state"`
	ToldBy  string            `json:"told_by,omitempty"`
	Detail  string            `json:"detail,omitempty"` // the print system's own words
	At      int64             `json:"at,omitempty"`
	Changed int64             `json:"changed,omitempty"`
}

func viewPrint(j ledger.PrintJob) printView {
	return printView{j.N, j.Job, j.Kind, j.Subject, j.Copy, j.State, j.ToldBy, j.Detail, j.BegunAt, j.ChangedAt}
}

// printNow says how a print of this visit stands, asking the print system where that can still answer.
func (d *Desk) printNow(w http.ResponseWriter, r *http.Request) error {
	n, err := d.ownPrint(r)
	if err != nil {
		return err
	}
	j, err := d.book().Print(r.Context(), n)
	if err != nil {
		return err
	}
	return ok(w, viewPrint(d.settlePrint(r.Context(), j)))
}

// printSeen takes the word of whoever looked at the printer.
func (d *Desk) printSeen(w http.ResponseWriter, r *http.Request) error {
	n, err := d.ownPrint(r)
	if err != nil {
		return err
	}
	var in struct {
		Out bool `json:"out"`
	}
	if err := read(r, &in); err != nil {
		return err
	}
	state := ledger.PrintFailed
	if in.Out {
		state = ledger.PrintDone
	}
	j, err := d.book().NotePrint(r.Context(), n, state, ledger.ToldByPerson, "", "")
	if err != nil {
		return err
	}
	return ok(w, viewPrint(j))
}

func (d *Desk) ownPrint(r *http.Request) (int64, error) {
	n, err := strconv.ParseInt(r.PathValue("print"), 10, 64)
	mine := false
	d.remember(r, func(v *visit) { mine = v.prints[n] })
	if err != nil || !mine {
		return 0, problemNotFound.Because(err)
	}
	return n, nil
}

// The journal of prints for staff: numbers of papers, no names.
const (
	printsShown = 60
	printsAsked = 5 // at most so many questions to the print system for one list
)

func (d *Desk) printJournal(w http.ResponseWriter, r *http.Request) error {
	list, err := d.book().Prints(r.Context(), "", "", printsShown)
	if err != nil {
		return err
	}
	out, asked := []printView{}, 0
	for _, j := range list {
		if j.State == ledger.PrintAccepted && asked < printsAsked {
			asked++
			j = d.settlePrint(r.Context(), j)
		}
		out = append(out, viewPrint(j))
	}
	return ok(w, out)
}

// settlePrint asks the print system about a job that it accepted, and notes its answer. Where it has
// forgotten the job, or does not end it, nobody knows; a question that gets no answer changes nothing.
func (d *Desk) settlePrint(ctx context.Context, j ledger.PrintJob) ledger.PrintJob {
	if j.State != ledger.PrintAccepted {
		return j
	}
	old := d.today().Sub(time.UnixMilli(j.ChangedAt)).Abs() > maxWaiting
	if d.Printing.Outcome == nil {
		if !old {
			return j
		}
		return d.notePrint(ctx, j, ledger.PrintUnknown, "nobody can be asked")
	}
	o, err := d.Printing.Outcome(ctx, j.Job)
	switch {
	case err != nil:
		d.Log.Warn("the print system does not answer about a job", "error", err)
	case o.State == printer.Printed:
		return d.notePrint(ctx, j, ledger.PrintDone, o.Why)
	case o.State == printer.Failed:
		return d.notePrint(ctx, j, ledger.PrintFailed, o.Why)
	case o.State == printer.Gone, old:
		return d.notePrint(ctx, j, ledger.PrintUnknown, o.Why)
	}
	j.Detail = o.Why
	return j
}

func (d *Desk) notePrint(ctx context.Context, j ledger.PrintJob, state ledger.PrintState, why string) ledger.PrintJob {
	noted, err := d.book().NotePrint(ctx, j.N, state, ledger.ToldBySystem, "", why)
	if err != nil {
		d.Log.Warn("how a print ended could not be noted", "error", err)
		return j
	}
	return noted
}

// slipPrintout is the slip of a dossier of this visit.
func (d *Desk) slipPrintout(r *http.Request) (printout, error) {
	found, err := d.held(r)
	if err != nil {
		return printout{}, err
	}
	s, err := d.slipOf(r.Context(), found)
	if err != nil {
		return printout{}, err
	}
	of := func(copy int) paper.Slip {
		s.Reprint = copy - 1
		return s
	}
	return printout{kind: paperSlip, subject: found.State.Slip.String(), title: "phieu " + found.State.Slip.String(),
		sheet: func(w io.Writer, n int) error { return paper.WriteSlip(w, of(n)) },
		roll:  func(w io.Writer, n int, f paper.Format) error { return paper.RollSlip(w, of(n), f) }}, nil
}

func draftPrintout(s paper.DraftSlip) printout {
	return printout{kind: paperDraft, subject: s.Number, title: "phieu nhap " + s.Number,
		sheet: func(w io.Writer, _ int) error { return paper.WriteDraftSlip(w, s) },
		roll:  func(w io.Writer, _ int, f paper.Format) error { return paper.RollDraftSlip(w, s, f) }}
}

func feePrintout(s paper.FeeSlip) printout {
	return printout{kind: paperFee, subject: s.Number, title: fmt.Sprintf("phieu bao phi %s", s.Number),
		sheet: func(w io.Writer, _ int) error { return paper.WriteFeeSlip(w, s) },
		roll:  func(w io.Writer, _ int, f paper.Format) error { return paper.RollFeeSlip(w, s, f) }}
}
