package main

import (
	"errors"
	"fmt"
	"time"

	"bendo/internal/dossier"
	"bendo/portal/store"
	"bendo/syncproto"
)

type restoreCommand struct {
	place   `embed:""`
	Report  bool   `help:"Change nothing; say what has come back, from whom the portal still waits, and what could not be recovered." xor:"what"`
	Release string `help:"Issue official codes of this office again although not every machine of it has echoed. A code that only an absent machine knows of may then be issued a second time." placeholder:"COMMUNE" xor:"what"`
	By      string `help:"With --release: who decides it; kept in the office's journal." placeholder:"NAME"`
	JSON    bool   `name:"json" help:"Print one JSON value."`
}

// Run begins a new generation. It belongs between putting a backup back and the
// first start.
func (r *restoreCommand) Run(c *console) error {
	if r.Release != "" && r.By == "" {
		return errors.New("--release needs --by NAME: it is kept who decided")
	}
	o, err := r.open(c.ctx, c.log)
	if err != nil {
		return err
	}
	defer o.db.Close()
	switch {
	case r.Report:
		return r.report(c, o)
	case r.Release != "":
		return r.release(c, o)
	}
	if _, err := o.db.Witness(c.ctx, o.keys, true); err != nil {
		return err
	}
	var generation uint64
	if err := o.db.Read(c.ctx, func(tx *store.Tx) (err error) {
		generation, err = tx.Generation()
		return err
	}); err != nil {
		return err
	}
	if r.JSON {
		return c.print(map[string]uint64{"generation": generation})
	}
	_, err = fmt.Fprintf(c.out, "generation %d\nStart the portal; look at portal restore --report until every office has come.\n", generation)
	return err
}

func (r *restoreCommand) release(c *console, o *office) error {
	held := false
	err := o.db.Write(c.ctx, func(tx *store.Tx) (err error) {
		if held, err = tx.CodesHeld(r.Release); err != nil || !held {
			return err
		}
		return tx.Release(r.Release, r.By)
	})
	if err != nil {
		return err
	}
	if r.JSON {
		return c.print(map[string]bool{"released": held})
	}
	if !held {
		_, err = fmt.Fprintf(c.out, "official codes of %s are not held; nothing was changed\n", r.Release)
		return err
	}
	_, err = fmt.Fprintf(c.out, "official codes of %s are issued again; decided by %s\n", r.Release, r.By)
	return err
}

func (r *restoreCommand) report(c *console, o *office) error {
	var found store.Restored
	err := o.db.Read(c.ctx, func(tx *store.Tx) (err error) {
		found, err = tx.RestoredReport(officialCode)
		return err
	})
	if err != nil {
		return err
	}
	if r.JSON {
		return c.print(found)
	}
	return tellRestored(c, found)
}

// officialCode reads the code out of an event of the province.
func officialCode(e syncproto.Event) string {
	value, err := dossier.Parse(e.Header.Type, e.Header.Schema, e.Payload)
	if err != nil {
		return ""
	}
	switch p := value.(type) {
	case *dossier.TakenInPayload:
		return p.OfficialCode
	case *dossier.OfficialCodePayload:
		return p.Code
	}
	return ""
}

// tellRestored writes the report for people.
func tellRestored(c *console, r store.Restored) error {
	at := func(ms int64) string { return time.UnixMilli(ms).Format("2006-01-02 15:04:05") }
	if r.Before == 0 {
		_, err := fmt.Fprintf(c.out, "generation %d: this portal was never restored\n", r.Generation)
		return err
	}
	w := c.out
	fmt.Fprintf(w, "generation %d since %s (%s); the data put back ended at %s\n", r.Generation, at(r.BeganAt), r.Cause, at(r.NewestAt))
	for _, o := range r.Offices {
		state := "complete"
		switch {
		case o.CodesHeld:
			state = "official codes are held"
		case o.ReleasedBy != "":
			state = "official codes released by " + o.ReleasedBy
		}
		fmt.Fprintf(w, "office %s: %s\n", o.Commune, state)
		for _, d := range o.Machines {
			if !d.Echoed && d.Status != store.Revoked {
				fmt.Fprintf(w, "  waiting for %s (%s), last seen %s\n", d.Device, d.Status, at(d.LastSeenAt))
			}
		}
	}
	fmt.Fprintf(w, "came back: %d events; echoed items: %v; receipts confirmed again %d, still to look at %d; submissions that lack a scan %d\n",
		r.Back.Events, r.Back.Echoes, r.Back.Confirmed, r.Back.Unconfirmed, r.Back.Incomplete)
	for _, l := range r.Missing.Logs {
		if l.Back() {
			fmt.Fprintf(w, "in another place: log %s/%d of office %s had %d events, has %d; %d from before came again in the machine's later logs\n", l.Device, l.Epoch, l.Commune, l.Had, l.Has, l.Elsewhere)
			continue
		}
		fmt.Fprintf(w, "NOT BACK: log %s/%d of office %s had %d events, has %d; %d from before came again in the machine's later logs\n", l.Device, l.Epoch, l.Commune, l.Had, l.Has, l.Elsewhere)
	}
	for _, e := range r.Missing.EchoOnly {
		fmt.Fprintf(w, "NOT BACK: office %s: %s told of, dossier %s event %s %s %s\n", e.Commune, e.Kind, e.Dossier, e.Event, e.Type, e.OfficialCode)
	}
	for _, t := range r.Missing.TwiceUsed {
		fmt.Fprintf(w, "TWICE: office %s: official code %s stands on %d dossiers\n", t.Commune, t.Code, t.Times)
	}
	_, err := fmt.Fprintf(w, "No machine knows what was done at the portal alone between %s and %s: people and passwords, enrolment codes not yet used, statuses of machines, who looked at what. Go through them by hand.\n",
		at(r.NewestAt), at(r.BeganAt))
	return err
}
