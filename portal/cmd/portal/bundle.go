package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"filippo.io/age"

	"bendo/internal/carry"
	"bendo/portal/bundle"
	"bendo/portal/intake"
	"bendo/syncproto"
)

type bundleCommands struct {
	In  bundleInCommand  `cmd:"" help:"Take in what offices carried here on a stick (USB), or a dead machine's second place."`
	Out bundleOutCommand `cmd:"" help:"Write the answers for those offices onto the same stick."`
}

// stick is the folder a stick is mounted at.
type stick struct {
	place    `embed:""`
	Dir      string `arg:"" help:"Folder of the stick." type:"path"`
	Identity string `help:"File with the recovery identity, when the portal's own carry key is lost." type:"path" placeholder:"FILE"`
	JSON     bool   `name:"json" help:"Print one JSON value."`
}

type bundleInCommand struct{ stick }

type bundleOutCommand struct{ stick }

// Run takes everything that can be taken and names the rest. It fails when a file was refused.
func (b *bundleInCommand) Run(c *console) error {
	return b.work(c, func(clerk *bundle.Clerk, s *carry.Stick) (bundle.Report, error) { return clerk.In(c.ctx, s) })
}

// Run answers every office whose bundle is on the stick.
func (b *bundleOutCommand) Run(c *console) error {
	return b.work(c, func(clerk *bundle.Clerk, s *carry.Stick) (bundle.Report, error) { return clerk.Out(c.ctx, s) })
}

func (b *stick) work(c *console, do func(*bundle.Clerk, *carry.Stick) (bundle.Report, error)) error {
	o, err := b.open(c.ctx, c.log)
	if err != nil {
		return err
	}
	defer o.db.Close()
	clerk, err := b.clerk(o, intake.New(o.db, o.register, o.register.Keys.Receipt, c.log), c.log)
	if err != nil {
		return err
	}
	s, err := carry.Open(b.Dir)
	if err != nil {
		return err
	}
	defer s.Close()
	report, failed := do(clerk, s)
	if b.JSON {
		err = c.print(report)
	} else {
		tell(c, report)
	}
	if n := report.Refused(); n > 0 && failed == nil {
		failed = fmt.Errorf("%d files were not taken / %d tệp không được nhận", n, n)
	}
	return errors.Join(failed, err)
}

func (p *place) clerk(o *office, portal *intake.Portal, log *slog.Logger) (*bundle.Clerk, error) {
	return &bundle.Clerk{Intake: portal, Receipt: o.register.Keys.Receipt, Identities: []string{o.register.Keys.Carry.String()},
		Aside: filepath.Join(p.Data, "carry-aside"), Log: log}, nil
}

func (b *stick) clerk(o *office, portal *intake.Portal, log *slog.Logger) (*bundle.Clerk, error) {
	clerk, err := b.place.clerk(o, portal, log)
	if err != nil || b.Identity == "" {
		return clerk, err
	}
	text, err := os.ReadFile(b.Identity)
	if err != nil {
		return nil, fmt.Errorf("reading the recovery identity: %w", err)
	}
	found, err := age.ParseIdentities(strings.NewReader(string(text)))
	if err != nil {
		return nil, errors.New("the file of --identity holds no age identity (AGE-SECRET-KEY-1…)")
	}
	for _, id := range found {
		if x, ok := id.(*age.X25519Identity); ok {
			clerk.Identities = append(clerk.Identities, x.String())
		}
	}
	return clerk, nil
}

// tell says it to the person with the stick in his hand.
func tell(c *console, r bundle.Report) {
	if len(r.Offices) == 0 {
		fmt.Fprintln(c.out, "USB này không có gói hồ sơ nào của Bến Đò. / There is no bundle of Bến Đò on this stick.")
	}
	for _, o := range r.Offices {
		name := o.Office
		if name == "" {
			name = o.Device.String()
		}
		fmt.Fprintf(c.out, "%s (%s): %d tệp/files; mới/new: %d sự kiện/events, %d bản quét đủ/scans complete; trả lời/answers: %d\n",
			name, o.Commune, o.Files, o.Events, o.Scans, o.Answers)
		if o.Hint > o.Files && o.Answers == 0 {
			fmt.Fprintf(c.out, "  ! Nhãn USB nói có %d tệp, đây có %d: nên chép lại từ xã. / The label says %d files, here are %d: copy again at the office.\n",
				o.Hint, o.Files, o.Hint, o.Files)
		}
		for _, p := range o.Problems {
			fmt.Fprintf(c.out, "  ! %s %s\n    %s\n", p.File, p.VI, p.EN)
		}
	}
}

// asideEvery is how often a serving portal looks whether parts that were set aside may go on.
const asideEvery = time.Minute

// retryAside takes parts that were set aside as soon as their predecessor has come, until ctx
// ends. The function it returns waits for it.
func (p *place) retryAside(ctx context.Context, o *office, portal *intake.Portal, log *slog.Logger) (wait func()) {
	var work sync.WaitGroup
	work.Go(func() {
		clerk, err := p.clerk(o, portal, log)
		if err != nil {
			return
		}
		for t := time.NewTicker(asideEvery); ; {
			select {
			case <-ctx.Done():
				t.Stop()
				return
			case <-t.C:
			}
			if _, err := clerk.Retry(ctx); err != nil && ctx.Err() == nil && syncproto.ProblemOf(err) == nil {
				log.Warn("Bundles that were set aside could not be tried again", "error", err)
			}
		}
	})
	return work.Wait
}
