package main

import (
	"context"

	"bendo/internal/ledger"
	"bendo/internal/staff"
	"bendo/kiosk"
	"bendo/kiosk/counter"
)

// staffed is the counter with the work on single dossiers, for a book that a desk serves.
func (o *office) staffed(desk *kiosk.Desk, book *ledger.Book, rosters counter.RosterSource, practice bool) *counter.Counter {
	c := o.counterOf(desk, book, rosters, practice)
	c.Cases, c.Packs, c.Calendar, c.Clock = book, desk.Packs, desk.Calendar, o.clock
	c.NameOf, c.TwoRefuse = memberNames(rosters), twoRefuse(rosters)
	return c
}

// twoRefuse is the province's word whether a refusal needs a second person.
func twoRefuse(rosters counter.RosterSource) func() bool {
	return func() bool {
		roster, _, err := rosters.Roster(context.Background())
		return err != nil || roster.TwoRefuse // nobody refuses alone because a roster could not be read
	}
}

// takesIn says whether somebody on the roster takes dossiers in: what is filed waits for such a person only
// where there is one.
func (o *office) takesIn(rosters counter.RosterSource) func(ctx context.Context) bool {
	return func(ctx context.Context) bool {
		roster, found, err := rosters.Roster(ctx)
		if err != nil {
			o.log.Error("the roster cannot be read: dossiers go to the province as they are filed", "error", err)
			return false
		}
		return found && roster.Any(staff.TakeIn, o.clock.Time().UnixMilli())
	}
}
