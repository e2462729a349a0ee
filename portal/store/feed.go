package store

import (
	"errors"
	"fmt"
	"strconv"

	"bendo/syncproto"
)

// FeedHead is the position of the newest item of a commune's feed.
func (tx *Tx) FeedHead(commune string) (uint64, error) {
	var head int64
	err := tx.Row("SELECT head FROM feed_heads WHERE commune = ?", []any{commune}, &head)
	if errors.Is(err, ErrNotFound) {
		return 0, nil
	}
	return uint64(head), err
}

// FeedEnded is where the feed stood when the present generation began; 0 for a
// cursor of an epoch that is not the one before it, which cannot be placed.
func (tx *Tx) FeedEnded(commune string, epoch uint64) (uint64, error) {
	before, err := tx.meta("generation_before")
	if errors.Is(err, ErrNotFound) || err == nil && string(before) != strconv.FormatUint(epoch, 10) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	var ended int64
	err = tx.Row("SELECT ended FROM feed_heads WHERE commune = ?", []any{commune}, &ended)
	if errors.Is(err, ErrNotFound) {
		return 0, nil
	}
	return uint64(ended), err
}

func feedName(commune string, pos uint64) string { return fmt.Sprintf("feed/%s/%d", commune, pos) }

// FeedEntry is an item on its way into a commune's feed.
type FeedEntry struct {
	Kind, Key string
	Body      []byte
}

// compacts: the key of an event names its author and pushes nothing out.
func (e FeedEntry) compacts() bool { return e.Key != "" && e.Kind != syncproto.FeedEvent }

// AppendFeed adds an item in the transaction of the fact it reports. An item
// with a key replaces the older ones of that key; positions never return.
func (tx *Tx) AppendFeed(commune, kind, key string, body []byte) (uint64, error) {
	return tx.appendFeed(commune, []FeedEntry{{kind, key, body}})
}

// appendFeed adds items in their order and returns the position of the last. The
// row of the head is locked from here to the commit, so that positions become
// visible in their order.
func (tx *Tx) appendFeed(commune string, items []FeedEntry) (uint64, error) {
	if len(items) == 0 {
		return 0, nil
	}
	var head int64
	err := tx.Row(`INSERT INTO feed_heads (commune, head, ended) VALUES (?, ?, 0)
		ON CONFLICT (commune) DO UPDATE SET head = feed_heads.head + excluded.head RETURNING head`,
		[]any{commune, int64(len(items))}, &head)
	if err != nil {
		return 0, fmt.Errorf("moving the feed: %w", err)
	}
	last := map[string]int{}
	var keys []string
	for i, item := range items {
		if !item.compacts() {
			continue
		}
		if _, again := last[item.Key]; !again {
			keys = append(keys, item.Key)
		}
		last[item.Key] = i
	}
	if err := execIn(tx, "DELETE FROM feed WHERE commune = ? AND item_key <> '' AND item_key {in}", []any{commune}, keys); err != nil {
		return 0, err
	}
	rows := newRows("feed", "commune text", "pos int", "kind text", "item_key text", "made_at int", "body bytes")
	for i, item := range items {
		if item.compacts() && last[item.Key] != i {
			continue // pushed out by a later one of the same load
		}
		pos := head - int64(len(items)-1-i)
		rows.add(commune, pos, item.Kind, item.Key, tx.Now, tx.sealPortal(feedName(commune, uint64(pos)), item.Body))
	}
	if err := tx.insert(rows, ""); err != nil {
		return 0, fmt.Errorf("adding to the feed: %w", err)
	}
	return uint64(head), nil
}

// FeedAfter returns up to limit items behind position from, and the head.
func (tx *Tx) FeedAfter(commune string, from uint64, limit int) ([]syncproto.FeedItem, uint64, error) {
	head, err := tx.FeedHead(commune)
	if err != nil {
		return nil, 0, err
	}
	var items []syncproto.FeedItem
	err = tx.Each("SELECT pos, kind, item_key, body FROM feed WHERE commune = ? AND pos > ? ORDER BY pos LIMIT ?",
		[]any{commune, int64(from), limit}, func(scan func(...any) error) error {
			var item syncproto.FeedItem
			var pos int64
			var sealed []byte
			if err := scan(&pos, &item.Kind, &item.Key, &sealed); err != nil {
				return err
			}
			item.Pos = uint64(pos)
			item.Body, err = tx.openPortal(feedName(commune, item.Pos), sealed)
			items = append(items, item)
			return err
		})
	return items, head, err
}

// PutEcho keeps an item that this portal signed and lost. It says whether the
// item is new.
func (tx *Tx) PutEcho(commune string, epoch uint64, device syncproto.DeviceID, item syncproto.FeedItem, digest syncproto.Digest) (bool, error) {
	n, err := tx.Exec(`INSERT INTO echoes (commune, epoch, pos, digest, device, taken_at, kind, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (commune, epoch, pos, digest) DO NOTHING`, commune, int64(epoch), int64(item.Pos), digest[:], device[:], tx.Now, item.Kind,
		tx.sealPortal("echoes/"+item.Kind, item.Body))
	return n == 1, err
}
