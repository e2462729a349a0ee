package main

import (
	"context"
	"fmt"

	"bendo/internal/clock"
	"bendo/internal/ledger"
	"bendo/kiosk"
)

type fileCmd struct {
	store
	Dir  string `arg:"" help:"Folder with one sub-folder per dossier."`
	AsIs bool   `help:"Store attachments unchanged, of any type."`
	JSON bool   `help:"Print {\"filed\":[…],\"problems\":[…]} and nothing else."`
}

// Run files every folder it can; problems end it with status 1 after the rest was filed.
func (f *fileCmd) Run(ctx context.Context, s *streams) error {
	keys, err := f.keeper(s)
	if err != nil {
		return err
	}
	book, time, err := ledger.OpenClocked(ctx, f.Data, keys, ledger.Options{Log: s.log}, clock.Built(built), clock.ReadMachine)
	if err != nil {
		return err
	}
	defer book.Close()
	desk, err := newDesk(s.log)
	if err != nil {
		return err
	}
	desk.Clock = time
	desk.Use(kiosk.Office{Book: book})
	report, failed := desk.FileFolder(ctx, f.Dir, f.AsIs)
	if err := f.print(s, report); err != nil {
		return err
	}
	if failed != nil {
		return failed
	}
	if len(report.Problems) > 0 {
		return errReported
	}
	return nil
}

func (f *fileCmd) print(s *streams, report kiosk.FileReport) error {
	if f.JSON {
		return printJSON(s.out, report)
	}
	for _, one := range report.Filed {
		fmt.Fprintf(s.out, "filed %s: slip %s\n", one.Reference, one.Slip)
	}
	for _, p := range report.Problems {
		fmt.Fprintf(s.err, "not filed: folder %q: %s (%s)\n", p.Folder, p.Message, p.Code)
	}
	fmt.Fprintf(s.err, "%d filed, %d with problems\n", len(report.Filed), len(report.Problems))
	return nil
}
