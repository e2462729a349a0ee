package kiosk

import (
	"context"
	"io"

	"bendo/internal/dossier"
	"bendo/internal/ledger"
)

// What the staff's papers need of the desk: the one road to a printer with its journal, and the address
// that a code on a paper says.

// HandIn notes a paper in the book, draws it and hands it to the printer of sheets. Draw is told which
// print of this paper it is, from 1. A kill anywhere behind the note leaves a print that is told as
// unknown, and the next one is marked as a reprint. It fails with the problems a screen shows.
func (d *Desk) HandIn(ctx context.Context, kind, subject, title string, draw func(w io.Writer, copy int) error) (ledger.PrintJob, error) {
	return d.handIn(ctx, printout{kind: kind, subject: subject, title: title, sheet: draw})
}

// PrintNow says how a print stands, asking the print system where that can still answer.
func (d *Desk) PrintNow(ctx context.Context, n int64) (ledger.PrintJob, error) {
	j, err := d.book().Print(ctx, n)
	if err != nil {
		return j, err
	}
	return d.settlePrint(ctx, j), nil
}

// LookupAddress is what the code on a dossier's papers says; empty where nothing signs.
func (d *Desk) LookupAddress(ctx context.Context, s dossier.State) (string, error) {
	id, err := d.identity(ctx)
	if err != nil {
		return "", err
	}
	return d.slipAddress(id, s)
}
