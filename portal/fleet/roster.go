package fleet

import (
	"context"
	"crypto/ed25519"
	"fmt"

	"bendo/internal/staff"
	"bendo/portal/store"
)

// A commune's roster (danh sách cán bộ) says who may sign in to its machines. It travels whole in that
// commune's feed: it is small and urgent, and what other communes may not see is in it.

// PublishRoster gives a commune's machines the members as they stand now. Nothing is published where
// nothing changed. Roster and feed entry are one transaction.
func (r *Register) PublishRoster(ctx context.Context, commune string) (roster staff.Roster, published bool, err error) {
	err = r.DB.Write(ctx, func(tx *store.Tx) error {
		roster, published, err = r.publishRoster(tx, commune)
		return err
	})
	return roster, published, err
}

func (r *Register) publishRoster(tx *store.Tx, commune string) (staff.Roster, bool, error) {
	before, err := r.publishedRoster(tx, commune)
	if err != nil {
		return staff.Roster{}, false, err
	}
	now, err := rosterNow(tx, commune, before)
	if err != nil || before.Version != 0 && now.Same(before) {
		return before, false, err
	}
	file, err := staff.Sign(now, r.Keys.Receipt)
	if err != nil {
		return now, false, err
	}
	return now, true, tx.PublishRoster(commune, file)
}

// SignedRoster gives the file of a commune's members as they stand now, for a stick. Where that is what was
// published, it is the same file; it publishes nothing.
func (r *Register) SignedRoster(ctx context.Context, commune string) (file []byte, roster staff.Roster, err error) {
	err = r.DB.Read(ctx, func(tx *store.Tx) error {
		before, err := r.publishedRoster(tx, commune)
		if err != nil {
			return err
		}
		if roster, err = rosterNow(tx, commune, before); err != nil {
			return err
		}
		if before.Version != 0 && roster.Same(before) {
			roster = before
		}
		file, err = staff.Sign(roster, r.Keys.Receipt)
		return err
	})
	return file, roster, err
}

// RefreshRosters is PublishRoster for a portal's regular round, for every commune whose roster was ever
// published: once it was, it stays true by itself, and somebody who was taken off is off at once. Where nothing
// changed it only reads. It says how many were published; one that fails keeps no other from its own.
func (r *Register) RefreshRosters(ctx context.Context) (published int, err error) {
	var due []string
	err = r.DB.Read(ctx, func(tx *store.Tx) error {
		due, err = r.staleRosters(tx)
		return err
	})
	if err != nil {
		return 0, err
	}
	for _, commune := range due {
		_, done, bad := r.PublishRoster(ctx, commune)
		if bad != nil {
			err = fmt.Errorf("roster of %s: %w", commune, bad)
			continue
		}
		if done {
			published++
		}
	}
	return published, err
}

// staleRosters lists the communes whose published roster no longer says who their members are.
func (r *Register) staleRosters(tx *store.Tx) (due []string, err error) {
	communes, err := tx.StaffCommunes()
	if err != nil {
		return nil, err
	}
	for _, commune := range communes {
		before, err := r.publishedRoster(tx, commune)
		if err != nil || before.Version == 0 {
			if err != nil {
				return nil, err
			}
			continue
		}
		now, err := rosterNow(tx, commune, before)
		if err != nil {
			return nil, err
		}
		if !now.Same(before) {
			due = append(due, commune)
		}
	}
	return due, nil
}

// publishedRoster is what the commune's feed brings; the zero roster when none was ever published.
func (r *Register) publishedRoster(tx *store.Tx, commune string) (staff.Roster, error) {
	file, err := tx.RosterInFeed(commune)
	if err != nil || file == nil {
		return staff.Roster{}, err
	}
	public, _ := r.Keys.Receipt.Public().(ed25519.PublicKey)
	roster, err := staff.Open(file, public, commune)
	if err != nil {
		return staff.Roster{}, fmt.Errorf("the published roster of %s: %w", commune, err)
	}
	return roster, nil
}

// rosterNow lists the members as they stand. Its version is later than the one before, also after the portal's
// clock was set back, and, being a time, later than one that a portal put back from a backup has forgotten.
func rosterNow(tx *store.Tx, commune string, before staff.Roster) (staff.Roster, error) {
	members, err := tx.Staff(commune, false)
	if err != nil {
		return staff.Roster{}, err
	}
	two, err := tx.TwoRefuse(commune)
	if err != nil {
		return staff.Roster{}, err
	}
	r := staff.Roster{Commune: commune, Version: max(tx.Now, before.Version+1), Issued: max(tx.Now, 1), TwoRefuse: two, Members: make([]staff.Member, 0, len(members))}
	for _, m := range members {
		r.Members = append(r.Members, m.Member)
	}
	return r, nil
}
