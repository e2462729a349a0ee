//go:build desktop || bindings

package main

import (
	"context"

	"bendo/kiosk/shell"
)

type windowCmd struct {
	Socket   string `default:"/run/bendo/kiosk.sock" help:"Where the desk's service answers." placeholder:"PATH"`
	Windowed bool   `help:"A framed window, for developers."`
}

// Run shows the window until the program is told to end.
func (w *windowCmd) Run(ctx context.Context, s *streams) error {
	closeInspector()
	return shell.Run(ctx, shell.Options{Socket: w.Socket, Windowed: w.Windowed, Log: s.log})
}
