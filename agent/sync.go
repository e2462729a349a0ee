package agent

import (
	"context"
	"errors"
	"fmt"
	"time"

	"bendo/agent/courier"
	"bendo/internal/bell"
	"bendo/internal/durable"
	"bendo/internal/ledger"
	"bendo/syncproto/synchttp"
)

// ErrLeft means that something is not complete at the province yet.
var ErrLeft = errors.New("not everything is complete at the province")

const (
	watchEvery = 300 * time.Millisecond
	ringEvery  = 10 * time.Second
	// settled is how long a running agent gets to fetch what the feed has, after the
	// last thing became complete.
	settled = 2 * time.Second
)

// SyncUntilEmpty returns nil when the province signed for everything in the book, and
// what it answered so far has been fetched. Beside a running agent it rings and
// watches; alone it carries by itself. When ctx ends first the error says what is left.
func (o *Office) SyncUntilEmpty(ctx context.Context, dial synchttp.DialFunc) error {
	if _, err := o.Book.Identity(ctx); err != nil {
		return err
	}
	for {
		l, err := o.lock()
		if err == nil {
			return errors.Join(o.carryUntilEmpty(ctx, dial), l.Release())
		}
		if !errors.Is(err, durable.ErrHeld) {
			return err
		}
		if empty, err := o.watchUntilEmpty(ctx); empty || err != nil {
			return err
		}
	}
}

func (o *Office) carryUntilEmpty(ctx context.Context, dial synchttp.DialFunc) error {
	ring, err := bell.Listen(ledger.BellDir(o.Dir))
	if err != nil {
		return err
	}
	defer ring.Close()
	c, err := o.courier(ctx, dial)
	if err != nil {
		return err
	}
	empty := false
	c.Bell = ring.C()
	c.Idle = func(owed courier.Snapshot, upToDate bool) bool {
		empty = owed.Empty() && upToDate
		return empty
	}
	if err := c.Run(ctx); err != nil {
		return err
	}
	if road, can := c.Exchange.Road.(interface{ Given() int64 }); can {
		o.Log.Info("carried", "scan_bytes_given_to_the_line", road.Given())
	}
	if !empty {
		return o.left(ctx)
	}
	return nil
}

// watchUntilEmpty rings the running agent and looks at the book. false without an error:
// the other one may have ended, try to carry.
func (o *Office) watchUntilEmpty(ctx context.Context) (empty bool, err error) {
	if err := o.Book.RingBell(ctx); err != nil {
		o.Log.Warn("the running agent could not be rung; it looks by itself", "error", err)
	}
	for began := time.Now(); time.Since(began) < ringEvery; pause(ctx, watchEvery) {
		if ctx.Err() != nil {
			return false, o.left(ctx)
		}
		owed, err := courier.Look(ctx, o.Book)
		if err != nil {
			if ctx.Err() != nil {
				return false, o.left(ctx)
			}
			return false, err
		}
		st, err := o.Book.AgentStatus(ctx)
		if err == nil && owed.Empty() && courier.State(st.Line).Up() && time.Since(began) > settled {
			return true, nil
		}
	}
	return false, nil
}

// left says what is not complete, and why as far as the agent knows.
func (o *Office) left(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	t, err := o.Book.Totals(ctx)
	if err != nil {
		return errors.Join(ErrLeft, err)
	}
	st, err := o.Book.AgentStatus(ctx)
	if err != nil {
		return errors.Join(ErrLeft, err)
	}
	why := st.Line
	if st.Problem != "" {
		why += ", " + st.Problem + "/" + st.Code
	}
	return fmt.Errorf("%w: %d dossiers, %d events, %d scans, %d bytes are left (line: %s)", ErrLeft, t.Dossiers, t.Events, t.Blobs, t.Bytes, why)
}
