package fleet

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"time"

	"bendo/internal/slipcheck"
	"bendo/portal/store"
	"bendo/syncproto"
)

// freshKeys is how long a new machine may wait for its key to be known everywhere: the list goes to
// every office, over lines that are precious. A machine whose word is taken back is published at once;
// offices fetch published things at night, and one in a hurry takes the file (portal device keys --out).
const freshKeys = 24 * time.Hour

// SignedKeys gives the list of all machines as they stand now, signed and not published. It is later
// than every published one.
func (r *Register) SignedKeys(ctx context.Context) (file []byte, list slipcheck.List, err error) {
	err = r.DB.Read(ctx, func(tx *store.Tx) error {
		before, err := r.publishedKeys(tx)
		if err != nil {
			return err
		}
		file, list, err = r.signKeys(tx, before)
		return err
	})
	return file, list, err
}

// PublishKeys gives the list to every commune's feed, from which the machines fetch it. Nothing is
// published where nothing changed. The list and the feeds' items are one transaction.
func (r *Register) PublishKeys(ctx context.Context) (list slipcheck.List, published bool, err error) {
	err = r.DB.Write(ctx, func(tx *store.Tx) error {
		published = false // a transaction may be tried again
		before, err := r.publishedKeys(tx)
		if err != nil {
			return err
		}
		var file []byte
		if file, list, err = r.signKeys(tx, before); err != nil {
			return err
		}
		if list.SameMachines(before) {
			list = before
			return nil
		}
		published = true
		return tellFeeds(tx, list, file)
	})
	return list, published, err
}

// RefreshKeys is PublishKeys for a portal's regular round: once a list was published it stays true by
// itself. A machine that was withdrawn is published at once, a new one within a day. Where nothing is
// due it only reads.
func (r *Register) RefreshKeys(ctx context.Context) (published bool, err error) {
	due := false
	err = r.DB.Read(ctx, func(tx *store.Tx) error {
		before, err := r.publishedKeys(tx)
		if err != nil || before.Issued == 0 {
			return err
		}
		now, err := r.listKeys(tx, before)
		due = err == nil && !now.SameMachines(before) && (now.Withdraws(before) || old(before, tx.Now))
		return err
	})
	if err != nil || !due {
		return false, err
	}
	_, published, err = r.PublishKeys(ctx)
	return published, err
}

// old says that a list may be followed by another one. A list from the future is old: the portal's clock
// was ahead when it was made.
func old(l slipcheck.List, now int64) bool {
	return now < l.Issued || now-l.Issued >= freshKeys.Milliseconds()
}

// tellFeeds keeps the file and names it in the feed of every commune that has a machine.
func tellFeeds(tx *store.Tx, list slipcheck.List, file []byte) error {
	if err := tx.PutPublished(store.MachineKeys, file); err != nil {
		return err
	}
	body, err := syncproto.EncodeObjectRef(syncproto.ObjectRef{SHA256: sha256.Sum256(file), Length: int64(len(file)),
		Kind: "keys", Name: "fleet", Version: time.UnixMilli(list.Issued).UTC().Format(time.RFC3339)})
	if err != nil {
		return err
	}
	var communes []string
	for _, m := range list.Machines {
		if m.Status != slipcheck.Revoked {
			communes = append(communes, m.Commune)
		}
	}
	slices.Sort(communes)
	for _, commune := range slices.Compact(communes) {
		if _, err := tx.AppendFeed(commune, syncproto.FeedObject, slipcheck.ObjectKey, body); err != nil {
			return fmt.Errorf("telling commune %s of the list of keys: %w", commune, err)
		}
	}
	return nil
}

// publishedKeys is the list in force; the zero list when none was ever published.
func (r *Register) publishedKeys(tx *store.Tx) (slipcheck.List, error) {
	file, err := tx.Published(store.MachineKeys)
	if err != nil || file == nil {
		return slipcheck.List{}, err
	}
	public, _ := r.Keys.Receipt.Public().(ed25519.PublicKey)
	list, err := slipcheck.OpenList(file, public)
	if err != nil {
		return slipcheck.List{}, fmt.Errorf("the published list of machine keys: %w", err)
	}
	return list, nil
}

func (r *Register) signKeys(tx *store.Tx, before slipcheck.List) (file []byte, list slipcheck.List, err error) {
	if list, err = r.listKeys(tx, before); err != nil {
		return nil, list, err
	}
	file, err = slipcheck.SignList(list, r.Keys.Receipt)
	return file, list, err
}

// listKeys lists the machines as they stand, later than the list before, also after the portal's clock
// was set back.
func (r *Register) listKeys(tx *store.Tx, before slipcheck.List) (list slipcheck.List, err error) {
	all, err := tx.Devices()
	if err != nil {
		return list, err
	}
	list.Issued = max(tx.Now, before.Issued+1)
	list.Machines = make([]slipcheck.Machine, 0, len(all))
	for _, d := range all {
		list.Machines = append(list.Machines, slipcheck.Machine{Device: d.ID, Key: d.PublicKey, Commune: d.Commune,
			Office: officeText(d.OfficeName), Status: slipcheck.Status(d.Status)})
	}
	return list, nil
}

// officeText keeps a name within what a list holds.
func officeText(name string) string {
	const most = 250
	name = strings.ToValidUTF8(name, "")
	if len(name) > most {
		name = strings.ToValidUTF8(name[:most], "")
	}
	return name
}
