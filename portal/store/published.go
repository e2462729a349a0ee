package store

import (
	"errors"
	"fmt"
)

// What the portal publishes to every machine lies whole beside the facts it was made of, by name; a
// newer one replaces it. It is no secret: the portal's signature is in the bytes.

// MachineKeys is the name of the list of machine keys (danh sách khóa máy): by it any office verifies
// the slips of all others without a line.
const MachineKeys = "fleet-keys"

func publishedName(name string) string { return "published/" + name }

// maxPublished bounds what is kept in a row.
const maxPublished = 16 << 20

// PutPublished keeps the newest bytes of a published thing, in the transaction that tells the feeds.
func (tx *Tx) PutPublished(name string, data []byte) error {
	if len(data) == 0 || len(data) > maxPublished {
		return fmt.Errorf("publishing %s: %d bytes", name, len(data))
	}
	return tx.setMeta(publishedName(name), data)
}

// Published gives the newest bytes; nil when it was never published.
func (tx *Tx) Published(name string) ([]byte, error) {
	data, err := tx.meta(publishedName(name))
	if errors.Is(err, ErrNotFound) {
		return nil, nil
	}
	return data, err
}
