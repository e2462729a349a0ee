package kiosk

import (
	"bytes"
	"context"
	"errors"
	"io"
	"time"

	"bendo/internal/paper"
	"bendo/internal/queue"
	"bendo/kiosk/printer"
)

// printNumber hands a number's paper to the printer and returns the number as it stands then. It never
// fails: a number without a paper is shown as not valid yet, and staff may confirm it.
//
// The order is the promise: the number is on the disk (Draw), then that a paper is about to be handed
// over, then the paper, then the printer's answer. A kill after any of them leaves a number that is not
// valid, and never one that somebody else gets too.
func (d *Desk) printNumber(ctx context.Context, q Queue, t queue.Ticket, english bool) queue.Ticket {
	ctx = context.WithoutCancel(ctx) // a screen that leaves does not take the paper back
	one, err := d.numberPaper(ctx, q, t, english)
	if err != nil {
		d.Log.Error("the paper of a number could not be drawn", "error", err)
		return t
	}
	to, draw := d.printer(printout{
		sheet: func(w io.Writer, _ int) error { return paper.WriteTicket(w, one) },
		roll:  func(w io.Writer, _ int, f paper.Format) error { return paper.RollTicket(w, one, f) },
	})
	if to == nil {
		return t // staff confirm it
	}
	var b bytes.Buffer
	if err := draw(&b, 1); err != nil {
		d.Log.Error("the paper of a number could not be drawn", "error", err)
		return t
	}
	handing, err := q.HandToPrinter(ctx, t.ID, t.Prints)
	if err != nil {
		return d.asItIs(ctx, q, t, err)
	}
	job, err := to(ctx, "so thu tu "+t.Label(), b.Bytes()) // a kill here: paper perhaps, no answer
	switch {
	case errors.Is(err, printer.ErrRefused):
		d.Log.Error("the paper of a number was not taken by the print system", "error", err)
		t, err = q.NotPrinted(ctx, handing.ID, handing.Prints)
	case err != nil:
		d.Log.Error("the paper of a number was handed in without an answer", "error", err)
		return handing
	case d.Printing.Outcome == nil: // nobody can be asked: taken is all the answer there is
		t, err = q.Printed(ctx, handing.ID, d.moment())
	default:
		t, err = q.Handed(ctx, handing.ID, handing.Prints, job)
	}
	if err != nil {
		return d.asItIs(ctx, q, handing, err)
	}
	return d.settleNumber(ctx, q, t)
}

// settleNumber asks the print system what came of a number's paper. Taken is not printed: only its
// word that all of it went to the printer makes the number valid.
func (d *Desk) settleNumber(ctx context.Context, q Queue, t queue.Ticket) queue.Ticket {
	if t.State != queue.Printing || t.Job == "" || d.Printing.Outcome == nil {
		return t
	}
	outcome, err := d.Printing.Outcome(ctx, t.Job)
	if err != nil {
		d.Log.Warn("the print system does not answer about a number's paper", "error", err)
		return t
	}
	settled := t
	switch outcome.State {
	case printer.Printed:
		settled, err = q.Printed(ctx, t.ID, d.moment())
	case printer.Failed:
		settled, err = q.NotPrinted(ctx, t.ID, t.Prints)
	case printer.Gone: // nobody will ever say; staff look at the tray
		settled, err = q.Handed(ctx, t.ID, t.Prints, "")
	}
	if err != nil {
		return d.asItIs(ctx, q, t, err)
	}
	return settled
}

// asItIs looks a number up again after a step that was not taken.
func (d *Desk) asItIs(ctx context.Context, q Queue, t queue.Ticket, why error) queue.Ticket {
	if !errors.Is(why, queue.ErrMoved) {
		d.Log.Error("what came of a number's paper could not be noted", "error", why)
	}
	now, err := q.Find(ctx, t.Key)
	if err != nil {
		return t
	}
	return now
}

// settleNumbers asks about the papers of a few numbers, other ones at each look: a job that never ends
// must not keep the later ones from being settled. One look asks at a time, and not for long.
func (d *Desk) settleNumbers(ctx context.Context, q Queue, all []queue.Ticket) {
	if !d.asking.TryLock() {
		return
	}
	defer d.asking.Unlock()
	ctx, cancel := context.WithTimeout(ctx, askingTime)
	defer cancel()
	var open []int
	for i, t := range all {
		if t.State == queue.Printing && t.Job != "" {
			open = append(open, i)
		}
	}
	for range min(len(open), askedAtOnce) {
		if ctx.Err() != nil {
			return
		}
		d.asked++
		i := open[len(open)-1-d.asked%len(open)]
		all[i] = d.settleNumber(ctx, q, all[i])
	}
}

// What one look at the board may ask of the print system.
const (
	askedAtOnce = 3
	askingTime  = 3 * time.Second
)
