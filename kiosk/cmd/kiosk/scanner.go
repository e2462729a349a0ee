package main

import (
	"context"
	"log/slog"

	"bendo/kiosk"
	"bendo/kiosk/handscanner"
)

// scanning says where a serial hand scanner is. One that types like a keyboard needs nothing.
type scanning struct {
	Scanner string `help:"Serial line of a hand scanner in USB-COM mode, best its name below /dev/serial/by-id (default: none; scanners that type need nothing)." placeholder:"DEVICE"`
}

// listen hands what the scanner reads to the desk until the context ends.
func (s scanning) listen(ctx context.Context, log *slog.Logger, desk *kiosk.Desk) error {
	if s.Scanner == "" {
		<-ctx.Done()
		return nil
	}
	return handscanner.Scanner{Path: s.Scanner, Log: log}.Run(ctx, desk.Scanned)
}
