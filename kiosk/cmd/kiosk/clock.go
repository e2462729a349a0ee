package main

import (
	"context"
	"time"
)

const (
	clockReads = 5 * time.Second // what the agent learnt from the province is ours that soon
	clockLooks = time.Minute     // a jump of the wall clock is seen that soon
)

// keepTime looks at the machine's clocks and at what the agent stored about them. A look that
// fails is told and tried again: the clock goes on from what it knows.
func (o *office) keepTime(ctx context.Context) error {
	read, look := time.NewTicker(clockReads), time.NewTicker(clockLooks)
	defer read.Stop()
	defer look.Stop()
	for {
		var err error
		select {
		case <-ctx.Done():
			return nil
		case <-read.C:
			err = o.clock.Refresh(ctx)
		case <-look.C:
			err = o.clock.Tick(ctx)
		}
		if err != nil && ctx.Err() == nil {
			o.log.Warn("the clock could not be looked at", "error", err)
		}
	}
}
