package main

import (
	"fmt"

	"bendo/portal/store"
)

type clockCommand struct {
	place     `embed:""`
	Corrected bool `required:"" help:"This server's clock had been ahead and was set back: offices may set theirs back, too (after two answers an hour apart, or a tap of staff)."`
	JSON      bool `name:"json" help:"Print one JSON value."`
}

// Run raises the serial of signed times.
func (k *clockCommand) Run(c *console) error {
	o, err := k.open(c.ctx, c.log)
	if err != nil {
		return err
	}
	defer o.db.Close()
	var serial uint64
	err = o.db.Write(c.ctx, func(tx *store.Tx) (err error) {
		serial, err = tx.CorrectTime()
		return err
	})
	if err != nil {
		return err
	}
	if k.JSON {
		return c.print(map[string]uint64{"time_serial": serial})
	}
	_, err = fmt.Fprintf(c.out, "time serial %d\n", serial)
	return err
}
