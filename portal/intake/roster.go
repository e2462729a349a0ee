package intake

import (
	"crypto/ed25519"

	"bendo/internal/staff"
	"bendo/portal/store"
	"bendo/syncproto"
)

// takeBackRoster takes a roster back that this portal published and lost: the list of members follows it, and it
// stands in the feed again unless a newer one does. Without this a person who was taken off after the backup
// would come back with the next roster.
func (x *exchange) takeBackRoster(tx *store.Tx, item syncproto.FeedItem) error {
	public, _ := x.p.receipt.Public().(ed25519.PublicKey)
	lost, err := staff.Open(item.Body, public, x.device.Commune)
	if err != nil {
		return nil // signed as a page and yet no roster: kept among the echoes for a person
	}
	file, err := tx.RosterInFeed(x.device.Commune)
	if err != nil {
		return err
	}
	if file != nil {
		if have, err := staff.Open(file, public, x.device.Commune); err == nil && have.Version >= lost.Version {
			return nil
		}
	}
	if err := tx.TakeBackStaff(lost); err != nil {
		return err
	}
	return tx.PublishRoster(x.device.Commune, item.Body)
}
