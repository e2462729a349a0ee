package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"bendo/agent"
	"bendo/internal/carry"
	"bendo/internal/ledger"
)

type bundleCommands struct {
	Out bundleOutCommand `cmd:"" help:"Copy everything the province has not signed for to a stick (USB), sealed."`
	In  bundleInCommand  `cmd:"" help:"Take in what the province answered on the stick."`
}

type bundleOutCommand struct {
	place
	Dir  string `arg:"" help:"Folder of the stick." type:"path"`
	Rest bool   `help:"Leave out the scans of dossiers that were copied whole to another stick."`
	JSON bool   `help:"Print one JSON value."`
}

// Run may run beside a carrying agent; what both bring arrives once.
func (b *bundleOutCommand) Run(ctx context.Context, c *console) (err error) {
	o, err := b.open(ctx, c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, o.Close()) }()
	s, err := carry.Open(b.Dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	report, failed := o.BundleOut(ctx, s, b.Rest)
	if errors.Is(failed, ledger.ErrNotEnrolled) {
		return failed
	}
	if b.JSON {
		err = c.print(report)
	} else {
		tellOut(c.out, report, failed == nil)
	}
	return errors.Join(failed, err)
}

func tellOut(out io.Writer, r agent.BundleReport, whole bool) {
	fmt.Fprintf(out, "Trên USB: %d hồ sơ, %d tệp, %d byte (lần này ghi %d tệp, bỏ %d tệp tỉnh đã ký nhận).\n", r.Dossiers, r.Files, r.Bytes, r.Written, r.Removed)
	fmt.Fprintf(out, "On the stick: %d dossiers, %d files, %d bytes (%d files written now, %d taken away that the province signed for).\n", r.Dossiers, r.Files, r.Bytes, r.Written, r.Removed)
	if r.Left > 0 {
		fmt.Fprintf(out, "! %d hồ sơ chưa có trên USB này. / %d dossiers are not on this stick.\n", r.Left, r.Left)
	}
	tellProblems(out, r.Problems)
	if whole {
		fmt.Fprintln(out, "Đã đọc lại và đúng; có thể rút USB. / Read back and right; the stick may be pulled out.")
	}
}

func tellProblems(out io.Writer, list []agent.BundleProblem) {
	for _, p := range list {
		fmt.Fprintf(out, "! %s %s\n  %s\n", p.File, p.VI, p.EN)
	}
}

type bundleInCommand struct {
	place
	Dir  string `arg:"" help:"Folder of the stick." type:"path"`
	JSON bool   `help:"Print one JSON value."`
}

// Run fails when there is nothing for this office on the stick, or something was refused.
func (b *bundleInCommand) Run(ctx context.Context, c *console) (err error) {
	o, err := b.open(ctx, c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, o.Close()) }()
	s, err := carry.Open(b.Dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	report, failed := o.BundleIn(ctx, s)
	if errors.Is(failed, ledger.ErrNotEnrolled) {
		return failed
	}
	if e := o.Book.RingBell(ctx); e != nil {
		c.log.Warn("a running agent could not be rung; it looks by itself", "error", e)
	}
	if b.JSON {
		err = c.print(report)
	} else {
		fmt.Fprintf(c.out, "Đã nhận: %d tệp, %d giấy xác nhận đủ, %d trang trả lời. / Taken: %d files, %d receipts, %d pages of answers.\n",
			report.Files, report.Receipts, report.Pages, report.Files, report.Receipts, report.Pages)
		tellProblems(c.out, report.Problems)
	}
	if failed == nil && report.Files == 0 {
		failed = errors.New("there is no answer for this office on the stick / USB không có trả lời nào cho xã này")
	}
	if failed == nil && report.Refused() {
		failed = errors.New("some files were not taken / có tệp không được nhận")
	}
	return errors.Join(failed, err)
}

// secondFlags name the second place of agent run.
type secondFlags struct {
	Second         string `help:"Second place: a permanent stick, another disk or a network folder that keeps everything the province has not signed for." placeholder:"DIR" type:"path"`
	SecondSameDisk bool   `help:"Take a --second on the data's own disk: it protects from nothing. For tests." hidden:""`
}

func (s secondFlags) options() agent.SecondOptions {
	return agent.SecondOptions{Dir: s.Second, SameDisk: s.SecondSameDisk}
}
