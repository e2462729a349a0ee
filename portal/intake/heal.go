package intake

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"strconv"
	"strings"

	"bendo/internal/dossier"
	"bendo/portal/store"
	"bendo/syncproto"
)

// shared says whether the device and this portal have the same history of the feed
// up to the device's cursor. A cursor without a mark is believed: its portal, or its
// program, knew of none.
func (x *exchange) shared(tx *store.Tx, c syncproto.Cursor) (bool, error) {
	if c.Mark == 0 || c.Pos == 0 {
		return true, nil
	}
	mark, found, err := tx.FeedMark(x.device.Commune, c.Pos)
	return found && mark == c.Mark, err
}

// marks are the words of the positions a page may end at.
func (x *exchange) marks(ctx context.Context, items []syncproto.FeedItem, head uint64) (map[uint64]uint64, error) {
	marks := map[uint64]uint64{}
	err := x.p.db.Read(ctx, func(tx *store.Tx) error {
		ends := map[uint64]bool{head: true}
		for n := len(items); n > 0; n = n * 2 / 3 { // where seal may cut
			ends[items[n-1].Pos] = true
		}
		if len(items) > 0 {
			ends[items[0].Pos] = true
		}
		for pos := range ends {
			mark, found, err := tx.FeedMark(x.device.Commune, pos)
			if err != nil {
				return err
			}
			if found {
				marks[pos] = mark
			}
		}
		return nil
	})
	return marks, err
}

// echoed notes that the device reads the present feed: what it had of an older one
// it has echoed, because it moves its cursor only after that.
func (x *exchange) echoed(ctx context.Context) error {
	if x.device.Echoed >= x.generation {
		return nil
	}
	err := x.p.db.Write(ctx, func(tx *store.Tx) error { return tx.SetEchoed(x.device, x.generation) })
	if err == nil {
		x.device.Echoed = x.generation
	}
	return err
}

// reset leads a device whose cursor is not in this feed back to the last place both
// share, from where it echoes what this portal signed and lost. The cursor alone is
// only a claim; a new generation begins with the first page that proves it (echo).
func (x *exchange) reset(ctx context.Context, ask syncproto.FeedAsk, head uint64) (*syncproto.FeedReset, error) {
	reset := &syncproto.FeedReset{Cursor: syncproto.Cursor{Epoch: x.generation}}
	if ask.Cursor.IsZero() {
		return reset, nil
	}
	err := x.p.db.Read(ctx, func(tx *store.Tx) error {
		for _, c := range append([]syncproto.Cursor{ask.Cursor}, ask.Trail...) {
			if c.Mark == 0 || c.Pos > head {
				continue
			}
			if shared, err := x.shared(tx, c); err != nil || shared {
				reset.Cursor.Pos, reset.Cursor.Mark = c.Pos, c.Mark
				return err
			}
		}
		if len(ask.Trail) > 0 {
			return nil // nothing is shared: from the beginning
		}
		// Until the trail says more: where the feed stood when the generation began.
		reset.Trail = true
		ended, err := tx.FeedEnded(x.device.Commune, ask.Cursor.Epoch)
		if ask.Cursor.Epoch >= x.generation {
			ended = head
		}
		reset.Cursor.Pos = min(ended, ask.Cursor.Pos)
		return err
	})
	reset.EchoEpoch, reset.EchoAfter = ask.Cursor.Epoch, reset.Cursor.Pos
	return reset, err
}

// echo takes in again what this portal signed and lost. Doing it twice changes
// nothing; a page that this portal did not sign for this commune changes nothing.
func (x *exchange) echo(ctx context.Context) error {
	for _, sealed := range x.req.Echo {
		page, err := syncproto.OpenFeedPage(sealed, x.p.receiptKey(), x.p.dicts, x.p.limits)
		if err != nil || page.Commune != x.device.Commune {
			// Not ours, or not for this commune: it changes nothing, and the
			// rest of the exchange is answered.
			x.p.log.Warn("Echoed page was not taken", "device", x.device.ID.String())
			continue
		}
		err = x.p.db.Write(ctx, func(tx *store.Tx) error {
			lost, err := x.lost(tx, page)
			if err != nil {
				return err
			}
			if page.Epoch >= x.generation && !lost {
				return nil // it lies in the present feed
			}
			if err := x.proves(tx, page, lost); err != nil {
				return err
			}
			return x.takeBack(tx, page)
		})
		if err != nil {
			return err
		}
	}
	if len(x.req.Echo) > 0 {
		x.p.bell.ring(x.device.Commune)
	}
	return nil
}

// lost says whether a page that this portal signed is of a history it no longer has.
func (x *exchange) lost(tx *store.Tx, page syncproto.FeedPage) (bool, error) {
	head, err := tx.FeedHead(x.device.Commune)
	if err != nil || page.To > head {
		return err == nil, err
	}
	if page.Mark == 0 {
		return false, nil
	}
	mark, found, err := tx.FeedMark(x.device.Commune, page.To)
	return found && mark != page.Mark, err
}

// proves begins a new generation when a page shows in this portal's own hand that it
// lost its end after the present one began. Another process may have begun it.
func (x *exchange) proves(tx *store.Tx, page syncproto.FeedPage, lost bool) (err error) {
	if x.generation, err = tx.Generation(); err != nil || !lost || page.Epoch < x.generation {
		return err
	}
	x.p.log.Warn("Portal lacks a page of the feed that it signed, a new generation begins", "device", x.device.ID.String())
	x.generation, err = tx.NewGeneration(store.Begun{Cause: store.CauseFeed, Device: x.device.ID, AtLeast: page.Epoch})
	return err
}

func (x *exchange) takeBack(tx *store.Tx, page syncproto.FeedPage) error {
	for _, item := range page.Items {
		here, err := x.here(tx, item)
		if err != nil {
			return err
		}
		if here {
			continue // not lost
		}
		digest := syncproto.Digest(sha256.Sum256(item.Body))
		fresh, err := tx.PutEcho(x.device.Commune, page.Epoch, x.device.ID, item, digest)
		if err != nil {
			return err
		}
		if !fresh {
			continue
		}
		switch item.Kind {
		case syncproto.FeedEvent:
			err = x.takeBackEvent(tx, item)
		case syncproto.FeedOutcome:
			_, err = tx.AppendFeed(x.device.Commune, item.Kind, item.Key, item.Body)
		case syncproto.FeedRoster:
			err = x.takeBackRoster(tx, item)
		case syncproto.FeedObject:
			var newer bool
			if newer, err = tx.FeedHasKey(x.device.Commune, item.Key); err == nil && !newer {
				_, err = tx.AppendFeed(x.device.Commune, item.Kind, item.Key, item.Body)
			}
		}
		// Receipts are given again by looking at the files; directives belong to
		// the moment they were made for.
		if err != nil {
			return err
		}
	}
	return nil
}

// here says whether the feed still has this very item in its place.
func (x *exchange) here(tx *store.Tx, item syncproto.FeedItem) (bool, error) {
	have, err := tx.FeedItemAt(x.device.Commune, item.Pos)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	return err == nil && have.Kind == item.Kind && have.Key == item.Key && bytes.Equal(have.Body, item.Body), err
}

func (x *exchange) takeBackEvent(tx *store.Tx, item syncproto.FeedItem) error {
	e, err := syncproto.DecodeEvent(item.Body)
	if err != nil {
		return nil // signed by us and unreadable: kept among the echoes for a person
	}
	if e.Header.Epoch != 0 {
		return nil // a machine's own event that was passed on: it comes again by its log
	}
	seen, err := tx.SeenEvent(x.device.Commune, e.Header.ID, syncproto.PayloadDigest(e.Salt, e.Payload))
	if err != nil || seen == store.SameEvent {
		return err
	}
	state := store.StateFolded
	if seen == store.OtherBytes {
		state = syncproto.OutcomeIDReused
	}
	if err := usedUp(tx, e); err != nil {
		return err
	}
	err = tx.PutEvent(x.device.Commune, store.StoredEvent{Event: e, Author: dossier.Province, ReceivedAt: tx.Now, State: state})
	if err != nil {
		return err
	}
	if _, err := tx.AppendFeed(x.device.Commune, item.Kind, item.Key, item.Body); err != nil {
		return err
	}
	known, err := tx.FindCase(x.device.Commune, e.Header.Dossier)
	if errors.Is(err, store.ErrNotFound) {
		return nil // its filing comes again by the push
	}
	if err != nil {
		return err
	}
	folded, card, err := tx.Fold(x.device.Commune, e.Header.Dossier)
	if err != nil {
		return err
	}
	if folded.OfficialCode != "" {
		if err := tx.PaidCode(x.device.Commune, e.Header.Dossier); err != nil {
			return err
		}
	}
	return tx.PutCase(x.device.Commune, known.Book, folded, card)
}

// usedUp keeps the official number of an event that came back from being drawn
// again.
func usedUp(tx *store.Tx, e syncproto.Event) error {
	value, err := dossier.Parse(e.Header.Type, e.Header.Schema, e.Payload)
	if err != nil {
		return nil
	}
	code := ""
	switch payload := value.(type) {
	case *dossier.TakenInPayload:
		code = payload.OfficialCode
	case *dossier.OfficialCodePayload:
		code = payload.Code
	}
	commune, day, n, ok := numbered(code)
	if !ok {
		return nil // typed by an officer: another system's number
	}
	return tx.SeenOfficialNumber(commune, day, n)
}

// numbered reads PREFIX.COMMUNE-YYMMDD-NNNN.
func numbered(code string) (commune, day string, n int64, ok bool) {
	_, rest, found := strings.Cut(code, ".")
	parts := strings.Split(rest, "-")
	if !found || len(parts) != 3 || len(parts[1]) != 6 {
		return "", "", 0, false
	}
	n, err := strconv.ParseInt(parts[2], 10, 64)
	return parts[0], parts[1], n, err == nil && n > 0
}
