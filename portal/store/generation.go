package store

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"

	"bendo/syncproto"
)

// Why a generation began.
const (
	CauseFirst   = "first"   // the portal's first start
	CauseCommand = "command" // portal restore
	CauseWitness = "witness" // the keys' directory has seen a later state of the database
	CauseAck     = "ack"     // a machine showed an ack above what is here
	CauseFeed    = "feed"    // a machine echoed a page that is not here
	CauseGrant   = "grant"   // a machine showed a grant or an enrolment that is not here
)

// Begun says why a generation begins.
type Begun struct {
	Cause  string
	Device syncproto.DeviceID // that proved it; zero for nobody
	// AtLeast is the newest generation somebody has seen of a portal that was
	// restored since; 0 otherwise.
	AtLeast uint64
}

// Generation is the portal's generation: unix milliseconds when it was made.
// The first call makes it.
func (tx *Tx) Generation() (uint64, error) {
	value, err := tx.meta("generation")
	if errors.Is(err, ErrNotFound) {
		return tx.NewGeneration(Begun{Cause: CauseFirst})
	}
	if err != nil {
		return 0, fmt.Errorf("reading the generation: %w", err)
	}
	return strconv.ParseUint(string(value), 10, 64)
}

// NewGeneration begins a new generation, always above the last one: receipts of
// an older one no longer count until they are confirmed again, and official codes
// are held until every machine has echoed. Where each feed ended is kept.
func (tx *Tx) NewGeneration(why Begun) (uint64, error) {
	next, before := max(uint64(tx.Now), why.AtLeast+1), uint64(0)
	value, err := tx.meta("generation")
	if err == nil {
		if before, err = strconv.ParseUint(string(value), 10, 64); err != nil {
			return 0, fmt.Errorf("reading the generation: %w", err)
		}
		next = max(next, before+1)
		if err := tx.setMeta("generation_before", value); err != nil {
			return 0, err
		}
	} else if !errors.Is(err, ErrNotFound) {
		return 0, err
	}
	newest, err := tx.newest()
	if err != nil {
		return 0, err
	}
	device := []byte{}
	if !why.Device.IsZero() {
		device = why.Device[:]
	}
	_, err = tx.Exec("INSERT INTO generations (generation, before_it, began_at, cause, device, newest_at) VALUES (?, ?, ?, ?, ?, ?)",
		int64(next), int64(before), tx.Now, why.Cause, device, newest)
	if err != nil {
		return 0, fmt.Errorf("noting a generation: %w", err)
	}
	if _, err := tx.Exec("UPDATE feed_heads SET ended = head"); err != nil {
		return 0, err
	}
	return next, tx.setMeta("generation", []byte(strconv.FormatUint(next, 10)))
}

// newest is when the database last learnt something: how old a backup was.
func (tx *Tx) newest() (int64, error) {
	var feed, seen, journal int64
	err := errors.Join(tx.Row("SELECT COALESCE(MAX(made_at), 0) FROM feed", nil, &feed),
		tx.Row("SELECT COALESCE(MAX(last_seen_at), 0) FROM devices", nil, &seen),
		tx.Row("SELECT COALESCE(MAX(at), 0) FROM journal", nil, &journal))
	if err != nil {
		return 0, fmt.Errorf("looking how old the data is: %w", err)
	}
	return max(feed, seen, journal), nil
}

// GenerationLine is one life of the portal.
type GenerationLine struct {
	Generation, Before uint64
	BeganAt, NewestAt  int64
	Cause              string
	Device             syncproto.DeviceID
}

// Generations lists the portal's lives, the newest first.
func (tx *Tx) Generations() (found []GenerationLine, err error) {
	err = tx.Each("SELECT generation, before_it, began_at, cause, device, newest_at FROM generations ORDER BY generation DESC", nil,
		func(scan func(...any) error) error {
			var g GenerationLine
			var generation, before int64
			var device []byte
			err := scan(&generation, &before, &g.BeganAt, &g.Cause, &device, &g.NewestAt)
			g.Generation, g.Before = uint64(generation), uint64(before)
			copy(g.Device[:], device)
			found = append(found, g)
			return err
		})
	return found, err
}

// restored says whether the present generation is not the first one.
func (tx *Tx) restored() (bool, error) {
	_, err := tx.meta("generation_before")
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// FeedMark is the random word of a feed position: a digest of the item's sealed
// bytes, whose nonce is drawn anew with every write. Two histories that share a
// position differ in it. found is false where no item lies (compacted, or never
// written).
func (tx *Tx) FeedMark(commune string, pos uint64) (mark uint64, found bool, err error) {
	var sealed []byte
	err = tx.Row("SELECT body FROM feed WHERE commune = ? AND pos = ?", []any{commune, int64(pos)}, &sealed)
	if errors.Is(err, ErrNotFound) {
		return 0, false, nil
	}
	if err != nil {
		return 0, false, fmt.Errorf("reading a feed position: %w", err)
	}
	sum := sha256.Sum256(sealed)
	return max(binary.BigEndian.Uint64(sum[:8]), 1), true, nil
}

// FeedItemAt reads one item; ErrNotFound where none lies.
func (tx *Tx) FeedItemAt(commune string, pos uint64) (syncproto.FeedItem, error) {
	item := syncproto.FeedItem{Pos: pos}
	var sealed []byte
	err := tx.Row("SELECT kind, item_key, body FROM feed WHERE commune = ? AND pos = ?", []any{commune, int64(pos)}, &item.Kind, &item.Key, &sealed)
	if err == nil {
		item.Body, err = tx.openPortal(feedName(commune, pos), sealed)
	}
	return item, err
}

// FeedHasKey says whether a newer item of this key has pushed the older ones out.
func (tx *Tx) FeedHasKey(commune, key string) (bool, error) {
	var n int64
	err := tx.Row("SELECT count(*) FROM feed WHERE commune = ? AND item_key = ? AND item_key <> ''", []any{commune, key}, &n)
	return n > 0, err
}

// SetEchoed notes that a machine reads the feed of a generation: what it had of
// older ones it has echoed.
func (tx *Tx) SetEchoed(d Device, generation uint64) error {
	_, err := tx.Exec("UPDATE devices SET echoed = ? WHERE commune = ? AND device = ? AND echoed < ?", int64(generation), d.Commune, d.ID[:], int64(generation))
	return err
}

// CodesHeld says whether an office's official codes are held: the portal was
// restored, a machine that may know of issued codes has not echoed yet, and no
// operator has decided otherwise.
func (tx *Tx) CodesHeld(commune string) (bool, error) {
	if restored, err := tx.restored(); err != nil || !restored {
		return false, err
	}
	generation, err := tx.Generation()
	if err != nil {
		return false, err
	}
	var waiting, released int64
	err = errors.Join(tx.Row("SELECT count(*) FROM devices WHERE commune = ? AND status <> ? AND echoed < ?",
		[]any{commune, string(Revoked), int64(generation)}, &waiting),
		tx.Row("SELECT count(*) FROM releases WHERE commune = ? AND generation = ?", []any{commune, int64(generation)}, &released))
	if err != nil {
		return false, fmt.Errorf("asking whether codes are held: %w", err)
	}
	return waiting > 0 && released == 0, nil
}

// Release lets official codes of an office be issued before every machine has
// echoed. who answers for it.
func (tx *Tx) Release(commune, who string) error {
	generation, err := tx.Generation()
	if err != nil {
		return err
	}
	_, err = tx.Exec("INSERT INTO releases (commune, generation, at, who) VALUES (?, ?, ?, ?) ON CONFLICT (commune, generation) DO NOTHING",
		commune, int64(generation), tx.Now, Clean(who, 64))
	if err != nil {
		return fmt.Errorf("releasing official codes: %w", err)
	}
	return tx.Note(commune, Clean(who, 64), ActReleased, syncproto.DossierID{})
}

// OweCode notes that a dossier was taken in while codes were held.
func (tx *Tx) OweCode(commune string, id syncproto.DossierID) error {
	_, err := tx.Exec("INSERT INTO codes_owed (commune, dossier, at) VALUES (?, ?, ?) ON CONFLICT (commune, dossier) DO NOTHING", commune, id[:], tx.Now)
	return err
}

// PaidCode removes the note.
func (tx *Tx) PaidCode(commune string, id syncproto.DossierID) error {
	_, err := tx.Exec("DELETE FROM codes_owed WHERE commune = ? AND dossier = ?", commune, id[:])
	return err
}

// OwedCode is a dossier that waits for its official code.
type OwedCode struct {
	Commune string
	Dossier syncproto.DossierID
}

// OwedCodes lists what waits, the oldest first.
func (tx *Tx) OwedCodes() (found []OwedCode, err error) {
	err = tx.Each("SELECT commune, dossier FROM codes_owed ORDER BY at, commune, dossier LIMIT 1000", nil, func(scan func(...any) error) error {
		var o OwedCode
		var id []byte
		err := scan(&o.Commune, &id)
		copy(o.Dossier[:], id)
		found = append(found, o)
		return err
	})
	return found, err
}

// SeenOfficialNumber raises the counter of a commune and day to a number that was
// issued before and forgotten: it is never issued again.
func (tx *Tx) SeenOfficialNumber(commune, day string, n int64) error {
	_, err := tx.Exec(`INSERT INTO official_numbers (commune, day, last) VALUES (?, ?, ?) ON CONFLICT (commune, day)
		DO UPDATE SET last = CASE WHEN official_numbers.last < excluded.last THEN excluded.last ELSE official_numbers.last END`, commune, day, n)
	return err
}

// ShowProof keeps an ack that this portal signed and forgot.
func (tx *Tx) ShowProof(commune string, a syncproto.Ack) error {
	_, err := tx.Exec(`INSERT INTO proofs (commune, device, epoch, applied, generation, shown_at) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (commune, device, epoch) DO UPDATE SET applied = excluded.applied, generation = excluded.generation, shown_at = excluded.shown_at
		WHERE proofs.applied < excluded.applied`,
		commune, a.Log.Device[:], int64(a.Log.Epoch), int64(a.Applied), int64(a.Generation), tx.Now)
	return err
}

// Alarm notes what a person of IT must look at.
func (tx *Tx) Alarm(d Device, code, detail string) error {
	_, err := tx.Exec(`INSERT INTO alarms (commune, device, code, detail, at, times) VALUES (?, ?, ?, ?, ?, 1)
		ON CONFLICT (commune, device, code) DO UPDATE SET detail = excluded.detail, at = excluded.at, times = alarms.times + 1`,
		d.Commune, d.ID[:], Clean(code, 64), Clean(detail, 400), tx.Now)
	if err != nil {
		return fmt.Errorf("noting an alarm: %w", err)
	}
	return nil
}

// DeviceAlarm is one line.
type DeviceAlarm struct {
	Device syncproto.DeviceID `json:"-"`
	Code   string             `json:"code"`
	Detail string             `json:"detail"`
	At     int64              `json:"at"`
	Times  int64              `json:"times"`
}

// Alarms lists them all, the latest first.
func (tx *Tx) Alarms() (found []DeviceAlarm, err error) {
	err = tx.Each("SELECT device, code, detail, at, times FROM alarms ORDER BY at DESC, code", nil, func(scan func(...any) error) error {
		var a DeviceAlarm
		var id []byte
		err := scan(&id, &a.Code, &a.Detail, &a.At, &a.Times)
		copy(a.Device[:], id)
		found = append(found, a)
		return err
	})
	return found, err
}

// ClearAlarms forgets a machine's alarms: a person has decided.
func (tx *Tx) ClearAlarms(d Device) error {
	_, err := tx.Exec("DELETE FROM alarms WHERE commune = ? AND device = ?", d.Commune, d.ID[:])
	return err
}
