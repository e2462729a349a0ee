//go:build !desktop && !bindings

package main

import (
	"context"
	"errors"
)

type windowCmd struct {
	Socket string `help:"Where the desk's service answers." placeholder:"PATH"`
}

// Run says what this build can do instead.
func (*windowCmd) Run(context.Context, *streams) error {
	return errors.New("this build has no window; run “kiosk serve --data DIR” and open the printed address, or use the desktop build")
}
