package main

import (
	"errors"
	"fmt"

	"bendo/portal/intake"
	"bendo/portal/store"
	"bendo/syncproto"
)

type recoverCommand struct {
	place  `embed:""`
	Device string `arg:"" help:"The machine's id."`
	TakeIn bool   `help:"Judge what waits in quarantine and let it take effect. Without it the machine may only hand in."`
	By     string `help:"With --take-in: the officer who decides it; kept in the office's journal." placeholder:"NAME"`
	JSON   bool   `name:"json" help:"Print one JSON value."`
}

// recovery is what the command prints.
type recovery struct {
	Device  syncproto.DeviceID `json:"device"`
	Status  store.DeviceStatus `json:"status"`
	Waiting int                `json:"waiting"` // events in quarantine
	intake.Recovered
}

// Run opens the way for a machine's work in two steps. First, without --take-in: a
// revoked machine becomes suspended, so that what it still has drains into quarantine
// when it speaks (or when its bundles are brought); nothing of it takes effect. Then,
// with --take-in, an officer lets it: new dossiers are folded, late status steps become
// proposals; a machine that was replaced is revoked again, because its book has
// another writer. Either may be repeated.
func (r *recoverCommand) Run(c *console) error {
	if r.TakeIn && r.By == "" {
		return errors.New("--take-in needs --by NAME: it is kept who decided")
	}
	id, err := syncproto.ParseDeviceID(r.Device)
	if err != nil {
		return err
	}
	o, err := r.open(c.ctx, c.log)
	if err != nil {
		return err
	}
	defer o.db.Close()
	found := recovery{Device: id}
	if r.TakeIn {
		portal := intake.New(o.db, o.register, o.register.Keys.Receipt, c.log)
		if found.Recovered, err = portal.TakeIn(c.ctx, id); err != nil {
			return named(err, id)
		}
	}
	err = o.db.Write(c.ctx, func(tx *store.Tx) error { return r.settle(tx, &found) })
	if err != nil {
		return named(err, id)
	}
	if r.JSON {
		return c.print(found)
	}
	if r.TakeIn {
		_, err = fmt.Fprintf(c.out, "%d events took effect, %d are proposals, %d were refused; the machine is %s\n", found.Folded, found.Proposals, found.Refused, found.Status)
		return err
	}
	_, err = fmt.Fprintf(c.out, "the machine is %s; %d events wait in quarantine. When it has handed in: portal recover %s --take-in --by NAME\n", found.Status, found.Waiting, id)
	return err
}

func (r *recoverCommand) settle(tx *store.Tx, found *recovery) error {
	d, err := tx.LockDevice(found.Device)
	if err != nil {
		return err
	}
	replaced, err := tx.WasReplaced(d.Commune, d.ID)
	if err != nil {
		return err
	}
	switch {
	case r.TakeIn && replaced:
		d.Status = store.Revoked
	case !r.TakeIn && d.Status == store.Revoked:
		d.Status = store.Suspended
	}
	found.Status = d.Status
	waiting, err := tx.EventsInState(d.Commune, d.ID, intake.OutcomeSuspended)
	if err != nil {
		return err
	}
	found.Waiting = len(waiting)
	who := "portal"
	if r.By != "" {
		who = store.Clean(r.By, 64)
	}
	return errors.Join(tx.SaveDevice(d), tx.Note(d.Commune, who, store.ActRecovered, syncproto.DossierID{}))
}
