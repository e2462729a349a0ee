package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"bendo/internal/paper"
	"bendo/kiosk"
	"bendo/kiosk/codereader"
	"bendo/kiosk/printer"
	"bendo/kiosk/voicenote"
)

// printing says which printers a desk has.
type printing struct {
	Printer    string `help:"CUPS queue that papers are printed on without a dialog (default: none)." placeholder:"QUEUE"`
	Paper      string `default:"a5" enum:"a5,a4" help:"What lies in that printer: a5 or a4."`
	Roll       string `help:"CUPS queue of an 80 mm thermal printer; slips, draft slips, fee slips and queue numbers go there (default: none)." placeholder:"QUEUE"`
	RollFormat string `default:"escpos" enum:"escpos,png" help:"How the roll is sent: escpos (the printer's own commands, needs no driver) or png (a queue with a driver)."`
}

// wire gives the desk its printers and the way to ask about a job.
func (p printing) wire(desk *kiosk.Desk) error {
	if p.Printer != "" && p.Printer == p.Roll {
		return errors.New("--printer and --roll name one queue: a roll prints no sheets; leave --printer away")
	}
	var queues []printer.Queue
	if p.Printer != "" {
		q := printer.Queue{Name: p.Printer, Media: printer.Media(p.Paper)}
		desk.Print, queues = q.Print, append(queues, q)
	}
	if p.Roll != "" {
		q := printer.Queue{Name: p.Roll, Media: printer.Roll}
		if p.RollFormat == "png" {
			q.Media, desk.Printing.Format = printer.RollPNG, paper.PNG
		}
		desk.Printing.Roll, queues = q.Print, append(queues, q)
	}
	if len(queues) > 0 {
		desk.Printing.Outcome = func(ctx context.Context, job string) (printer.Outcome, error) { return outcome(ctx, queues, job) }
	}
	return nil
}

// outcome asks the queue that a job's name begins with; a job of a queue that is not configured any
// more cannot be asked about.
func outcome(ctx context.Context, queues []printer.Queue, job string) (printer.Outcome, error) {
	for _, q := range queues {
		if number, is := strings.CutPrefix(job, q.Name+"-"); is && number != "" && strings.Trim(number, "0123456789") == "" {
			return q.Outcome(ctx, job)
		}
	}
	return printer.Outcome{State: printer.Gone}, nil
}

// takeNotes lets residents speak a petition where the machine can make a recording small.
func takeNotes(desk *kiosk.Desk) error {
	o, err := voicenote.Find()
	if err != nil {
		return err
	}
	desk.EncodeNote = o.Encode
	return nil
}

// readCodes lets the camera read codes where the machine has a reader.
func readCodes(desk *kiosk.Desk) error {
	z, err := codereader.Find()
	if err != nil {
		return fmt.Errorf("the camera reads no codes: %w", err)
	}
	desk.ReadCodes = z.Read
	return nil
}
