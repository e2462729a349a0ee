package main

import (
	"crypto/ed25519"
	"encoding/hex"
	"fmt"

	"bendo/internal/durable"
	"bendo/internal/slipcheck"
)

type machineKeysCommand struct {
	place   `embed:""`
	Out     string `help:"Write the signed list as it stands now to this file, for a stick or an e-mail." placeholder:"FILE"`
	Publish bool   `help:"Give it to every office by the line. Once published it is kept true by itself: a withdrawn machine is published at once, a new one within a day; offices fetch it at night."`
	JSON    bool   `name:"json" help:"Print one JSON value."`
}

// Run writes, publishes or counts. The file is the same for everybody; the key by which it is verified
// is in every enrolment and is printed for machines that are not enrolled.
func (m *machineKeysCommand) Run(c *console) error {
	o, err := m.open(c.ctx, c.log)
	if err != nil {
		return err
	}
	defer o.db.Close()
	published := false
	if m.Publish {
		if _, published, err = o.register.PublishKeys(c.ctx); err != nil {
			return err
		}
	}
	file, list, err := o.register.SignedKeys(c.ctx)
	if err != nil {
		return err
	}
	if m.Out != "" {
		if err := durable.WriteFile(m.Out, file, 0o644); err != nil {
			return fmt.Errorf("writing the list of machine keys: %w", err)
		}
	}
	active := 0
	for _, one := range list.Machines {
		if one.Status == slipcheck.Active {
			active++
		}
	}
	public, _ := o.register.Keys.Receipt.Public().(ed25519.PublicKey)
	key := hex.EncodeToString(public)
	if m.JSON {
		return c.print(map[string]any{"machines": len(list.Machines), "active": active, "issued": list.Issued, "published": published, "portal_key": key})
	}
	_, err = fmt.Fprintf(c.out, "%d machines, %d active; portal key %s\n", len(list.Machines), active, key)
	return err
}
