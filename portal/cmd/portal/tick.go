package main

import (
	"context"
	"log/slog"
	"time"

	"bendo/portal/casework"
	"bendo/portal/intake"
)

// tickEvery is how often the database and its witness see a new tick, and codes that
// are owed are looked for.
const tickEvery = time.Minute

// tick runs until ctx ends. The first tick was made before the doors opened.
func tick(ctx context.Context, o *office, portal *intake.Portal, work *casework.Work, log *slog.Logger) {
	every := time.NewTicker(tickEvery)
	defer every.Stop()
	if r, err := portal.Understand(ctx); err != nil && ctx.Err() == nil {
		log.Warn("Events of newer machines were not judged again", "error", err)
	} else if r != (intake.Recovered{}) {
		log.Info("Events that an older portal could not read were judged again", "folded", r.Folded, "proposals", r.Proposals, "refused", r.Refused)
	}
	for {
		if _, err := work.IssueOwed(ctx); err != nil && ctx.Err() == nil {
			log.Warn("Official codes that are owed were not issued", "error", err)
		}
		if n, err := portal.GiveOverlooked(ctx); err != nil && ctx.Err() == nil {
			log.Warn("Receipts that are due were not given", "error", err)
		} else if n > 0 {
			log.Warn("Receipts were due and had been overlooked", "dossiers", n)
		}
		if _, err := o.register.RefreshKeys(ctx); err != nil && ctx.Err() == nil {
			log.Warn("List of machine keys was not refreshed", "error", err)
		}
		if _, err := o.register.RefreshRosters(ctx); err != nil && ctx.Err() == nil {
			log.Warn("Rosters were not refreshed", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-every.C:
		}
		if restored, err := o.db.Witness(ctx, o.keys, false); err != nil && ctx.Err() == nil {
			log.Warn("Database did not tick", "error", err)
		} else if restored {
			log.Warn("Database was put back under a running portal, a new generation begins")
		}
	}
}
