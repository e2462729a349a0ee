package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"bendo/internal/clock"
)

type clockCommand struct {
	place
	ConfirmSigned bool `help:"Staff say that the province's waiting time is right."`
	ConfirmWall   bool `help:"Staff say that this machine's clock, as shown, is right."`
	JSON          bool `name:"json" help:"Print one JSON value."`
}

// Run shows the trusted clock, after the tap of staff when one is given.
func (k *clockCommand) Run(ctx context.Context, c *console) (err error) {
	o, err := k.open(ctx, c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, o.Close()) }()
	switch {
	case k.ConfirmSigned && k.ConfirmWall:
		return errors.New("either the province's time or this machine's, not both")
	case k.ConfirmSigned:
		err = o.Clock.ConfirmSigned(ctx)
	case k.ConfirmWall:
		err = o.Clock.ConfirmWall(ctx)
	}
	if err != nil {
		return err
	}
	r := o.Clock.Report()
	if k.JSON {
		return c.print(map[string]any{"now": r.NowMS, "quality": r.Quality.String(), "wall_off_ms": r.WallOffMS, "floor": r.FloorMS, "pending": r.PendingMS})
	}
	fmt.Fprintf(c.out, "Giờ: %s (%s). Giờ của máy: %s.\n", at(r.NowMS), clocks[r.Quality.String()], at(r.NowMS+r.WallOffMS))
	if r.PendingMS > 0 {
		fmt.Fprintf(c.out, "Tỉnh báo: %s, đang chờ xác nhận lần hai; nếu đúng, chạy: agent clock --confirm-signed\n", at(r.PendingMS))
	}
	if r.Quality == clock.Jumped && time.Duration(r.WallOffMS)*time.Millisecond >= 0 {
		fmt.Fprintln(c.out, "Nếu giờ của máy đúng, chạy: agent clock --confirm-wall; nếu sai, hãy chỉnh giờ máy.")
	}
	return nil
}
