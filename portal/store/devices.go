package store

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"bendo/syncproto"
)

// DeviceStatus is what a machine may do.
type DeviceStatus string

// The states of a machine.
const (
	Active    DeviceStatus = "active"
	Suspended DeviceStatus = "suspended" // its events are stored and not folded
	Revoked   DeviceStatus = "revoked"   // nothing is taken from it
)

// Device is one enrolled machine.
type Device struct {
	ID          syncproto.DeviceID
	Commune     string
	OfficeName  string
	Book        syncproto.BookID
	PublicKey   ed25519.PublicKey
	Status      DeviceStatus
	Epoch       uint32 // the newest granted
	SlipPrefix  string // of that epoch
	Suspected   bool   // a clone was seen
	EnrolledAt  int64
	LastSeenAt  int64
	BlobSession uint64
	HelloCount  uint64
	Boots       []syncproto.BootID // runs of its agent, the latest last
	Echoed      uint64             // the generation whose feed it reads
}

// FindDevice returns ErrNotFound for a machine nobody enrolled.
func (tx *Tx) FindDevice(id syncproto.DeviceID) (Device, error) { return tx.findDevice(id, "") }

// LockDevice is FindDevice that keeps every other transaction of this device
// waiting until this one ends: two connections of one machine take turns.
func (tx *Tx) LockDevice(id syncproto.DeviceID) (Device, error) { return tx.findDevice(id, "{lock}") }

func (tx *Tx) findDevice(id syncproto.DeviceID, lock string) (Device, error) {
	d := Device{ID: id}
	var book, key, boot []byte
	var status string
	var epoch, suspected, session, count, echoed int64
	err := tx.Row(`SELECT commune, book, office_name, public_key, status, epoch, slip_prefix, suspected, enrolled_at, last_seen_at, blob_session,
		hello_count, boot, echoed FROM devices WHERE commune = (SELECT commune FROM device_homes WHERE device = ?) AND device = ?`+lock,
		[]any{id[:], id[:]}, &d.Commune, &book, &d.OfficeName, &key, &status, &epoch, &d.SlipPrefix, &suspected, &d.EnrolledAt, &d.LastSeenAt, &session, &count, &boot, &echoed)
	copy(d.Book[:], book)
	for len(boot) >= 16 {
		d.Boots, boot = append(d.Boots, syncproto.BootID(boot[:16])), boot[16:]
	}
	d.PublicKey, d.Status, d.Epoch, d.Suspected = key, DeviceStatus(status), uint32(epoch), suspected == 1
	d.BlobSession, d.HelloCount, d.Echoed = uint64(session), uint64(count), uint64(echoed)
	return d, err
}

// AddDevice enrols a machine and gives it a slip prefix and its epoch: 1, or d.Epoch
// for one that goes on with a book. A prefix it brings (it was enrolled before the
// portal was restored) stays its own.
func (tx *Tx) AddDevice(d Device) (Device, error) {
	d.Epoch = max(d.Epoch, 1)
	if d.SlipPrefix == "" {
		prefix, err := tx.newSlipPrefix(d.Commune, d.ID, d.Epoch)
		if err != nil {
			return d, err
		}
		d.SlipPrefix = prefix
	} else if err := tx.keepSlipPrefix(d, d.Epoch, d.SlipPrefix); err != nil {
		return d, err
	}
	d.Status, d.EnrolledAt = Active, tx.Now
	_, err := tx.Exec("INSERT INTO device_homes (device, commune) VALUES (?, ?)", d.ID[:], d.Commune)
	if err != nil {
		return d, fmt.Errorf("adding a machine: %w", err)
	}
	_, err = tx.Exec(`INSERT INTO devices (commune, device, book, office_name, public_key, status, epoch, slip_prefix, suspected,
		enrolled_at, last_seen_at, blob_session, hello_count, boot, echoed) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, ?, 0, 0, 0, ?, ?)`,
		d.Commune, d.ID[:], d.Book[:], d.OfficeName, []byte(d.PublicKey), string(d.Status), int64(d.Epoch), d.SlipPrefix, d.EnrolledAt, []byte{}, int64(d.Echoed))
	if err != nil {
		return d, fmt.Errorf("adding a machine: %w", err)
	}
	return d, nil
}

// SaveDevice keeps what changes in a machine's life.
func (tx *Tx) SaveDevice(d Device) error {
	suspected := 0
	if d.Suspected {
		suspected = 1
	}
	_, err := tx.Exec(`UPDATE devices SET status = ?, epoch = ?, slip_prefix = ?, suspected = ?, last_seen_at = ?, blob_session = ?,
		hello_count = ?, boot = ? WHERE commune = ? AND device = ?`, string(d.Status), int64(d.Epoch), d.SlipPrefix, suspected,
		d.LastSeenAt, int64(d.BlobSession), int64(d.HelloCount), bootBytes(d.Boots), d.Commune, d.ID[:])
	return err
}

func bootBytes(boots []syncproto.BootID) []byte {
	all := []byte{} // never NULL
	for i := range boots {
		all = append(all, boots[i][:]...)
	}
	return all
}

// maxBoots is how many runs are remembered.
const maxBoots = 64

// Speaks notes which run of the agent speaks. It says whether a later run had
// spoken before: two machines then write as one.
func (d *Device) Speaks(boot syncproto.BootID) (returned bool) {
	if boot.IsZero() {
		return false
	}
	i := slices.Index(d.Boots, boot)
	if i >= 0 {
		return i != len(d.Boots)-1
	}
	d.Boots = append(d.Boots, boot)
	if over := len(d.Boots) - maxBoots; over > 0 {
		d.Boots = d.Boots[over:]
	}
	return false
}

// GrantEpoch gives a machine its next epoch with a new slip prefix.
func (tx *Tx) GrantEpoch(d Device) (Device, error) {
	next, err := tx.NextEpochOfBook(d.Commune, d.Book)
	if err != nil {
		return d, err
	}
	d.Epoch = next
	prefix, err := tx.newSlipPrefix(d.Commune, d.ID, d.Epoch)
	if err != nil {
		return d, err
	}
	d.SlipPrefix = prefix
	return d, tx.SaveDevice(d)
}

// AdoptEpoch takes back a grant that this portal signed before it lost it.
func (tx *Tx) AdoptEpoch(d Device, epoch uint32, prefix string) (Device, error) {
	if err := tx.keepSlipPrefix(d, epoch, prefix); err != nil {
		return d, err
	}
	d.Epoch, d.SlipPrefix = epoch, prefix
	return d, tx.SaveDevice(d)
}

func (tx *Tx) keepSlipPrefix(d Device, epoch uint32, prefix string) error {
	_, err := tx.Exec("INSERT INTO slip_prefixes (prefix, commune, device, epoch, issued_at) VALUES (?, ?, ?, ?, ?) ON CONFLICT (prefix) DO NOTHING",
		prefix, d.Commune, d.ID[:], int64(epoch), tx.Now)
	return err
}

// NextEpochOfBook is above every epoch any machine of the book was granted: logs of
// one book never share an epoch.
func (tx *Tx) NextEpochOfBook(commune string, book syncproto.BookID) (uint32, error) {
	var granted, written int64
	err := errors.Join(tx.Row("SELECT COALESCE(MAX(epoch), 0) FROM devices WHERE commune = ? AND book = ?", []any{commune, book[:]}, &granted),
		tx.Row(`SELECT COALESCE(MAX(l.epoch), 0) FROM logs l JOIN devices d ON d.commune = l.commune AND d.device = l.device
			WHERE l.commune = ? AND d.book = ?`, []any{commune, book[:]}, &written))
	return uint32(max(granted, written)) + 1, err
}

// newSlipPrefix draws five digits that no machine ever had. Random, not counted:
// a portal restored from a backup would otherwise give the same ones again. The
// first digit is not 0, so that a spreadsheet does not eat it.
func (tx *Tx) newSlipPrefix(commune string, device syncproto.DeviceID, epoch uint32) (string, error) {
	for range 1000 {
		var raw [4]byte
		rand.Read(raw[:])
		prefix := fmt.Sprintf("%05d", 10000+binary.BigEndian.Uint32(raw[:])%90000)
		n, err := tx.Exec("INSERT INTO slip_prefixes (prefix, commune, device, epoch, issued_at) VALUES (?, ?, ?, ?, ?) ON CONFLICT (prefix) DO NOTHING",
			prefix, commune, device[:], int64(epoch), tx.Now)
		if err != nil {
			return "", fmt.Errorf("giving out a slip prefix: %w", err)
		}
		if n == 1 {
			return prefix, nil
		}
	}
	return "", errors.New("giving out a slip prefix: none is left")
}

// CommuneOfPrefix tells whose slips begin with prefix.
func (tx *Tx) CommuneOfPrefix(prefix string) (string, error) {
	var commune string
	err := tx.Row("SELECT commune FROM slip_prefixes WHERE prefix = ?", []any{prefix}, &commune)
	return commune, err
}

// OfficeName is the name of the office of a commune as it was enrolled.
func (tx *Tx) OfficeName(commune string) (string, error) {
	var name string
	err := tx.Row("SELECT office_name FROM devices WHERE commune = ? ORDER BY enrolled_at DESC LIMIT 1", []any{commune}, &name)
	if errors.Is(err, ErrNotFound) {
		return "", nil
	}
	return name, err
}

// Devices lists every machine of the province.
func (tx *Tx) Devices() ([]Device, error) {
	var ids []syncproto.DeviceID
	err := tx.Each("SELECT device FROM devices ORDER BY commune, enrolled_at, device", nil, func(scan func(...any) error) error {
		var id []byte
		if err := scan(&id); err != nil {
			return err
		}
		ids = append(ids, syncproto.DeviceID(id))
		return nil
	})
	if err != nil {
		return nil, err
	}
	found := make([]Device, 0, len(ids))
	for _, id := range ids {
		d, err := tx.FindDevice(id)
		if err != nil {
			return nil, err
		}
		found = append(found, d)
	}
	return found, nil
}

// SetDeviceStatus is what IT decides about a machine.
func (tx *Tx) SetDeviceStatus(id syncproto.DeviceID, status DeviceStatus) error {
	d, err := tx.LockDevice(id)
	if err != nil {
		return err
	}
	d.Status = status
	return tx.SaveDevice(d)
}

// EnrolCode is a one-time code as it is kept.
type EnrolCode struct {
	Hash       []byte
	Commune    string
	OfficeName string
	ExpiresAt  int64
	UsedAt     int64
	PublicKey  []byte
	Answer     []byte // opened
	Tries      int64
	Replaces   syncproto.DeviceID // the machine whose book it is for; zero: a new book
}

// PutEnrolCode keeps a new code.
func (tx *Tx) PutEnrolCode(c EnrolCode) error {
	_, err := tx.Exec(`INSERT INTO enrol_codes (code_hash, commune, office_name, created_at, expires_at, used_at, tries)
		VALUES (?, ?, ?, ?, ?, 0, 0)`, c.Hash, c.Commune, c.OfficeName, tx.Now, c.ExpiresAt)
	if err != nil || c.Replaces.IsZero() {
		return err
	}
	_, err = tx.Exec("INSERT INTO enrol_replaces (code_hash, device) VALUES (?, ?)", c.Hash, c.Replaces[:])
	return err
}

// PutReplacement notes that a machine goes on with the book of another.
func (tx *Tx) PutReplacement(commune string, device, replaced syncproto.DeviceID) error {
	_, err := tx.Exec("INSERT INTO replacements (commune, device, replaced, at) VALUES (?, ?, ?, ?) ON CONFLICT (commune, device) DO NOTHING",
		commune, device[:], replaced[:], tx.Now)
	return err
}

// Replaced says which machine this one goes on for; zero when none.
func (tx *Tx) Replaced(d Device) (old syncproto.DeviceID, err error) {
	var id []byte
	err = tx.Row("SELECT replaced FROM replacements WHERE commune = ? AND device = ?", []any{d.Commune, d.ID[:]}, &id)
	copy(old[:], id)
	if errors.Is(err, ErrNotFound) {
		err = nil
	}
	return old, err
}

// WasReplaced says whether another machine goes on with this one's book.
func (tx *Tx) WasReplaced(commune string, id syncproto.DeviceID) (bool, error) {
	var n int64
	err := tx.Row("SELECT count(*) FROM replacements WHERE commune = ? AND replaced = ?", []any{commune, id[:]}, &n)
	return n > 0, err
}

// LockEnrolCode returns ErrNotFound for a code nobody made.
func (tx *Tx) LockEnrolCode(hash []byte) (EnrolCode, error) {
	c := EnrolCode{Hash: hash}
	var sealed []byte
	err := tx.Row(`SELECT commune, office_name, expires_at, used_at, public_key, answer, tries FROM enrol_codes WHERE code_hash = ?{lock}`,
		[]any{hash}, &c.Commune, &c.OfficeName, &c.ExpiresAt, &c.UsedAt, &c.PublicKey, &sealed, &c.Tries)
	if err == nil && sealed != nil {
		c.Answer, err = tx.openPortal("enrol_codes/answer", sealed)
	}
	if err != nil {
		return c, err
	}
	var old []byte
	if err = tx.Row("SELECT device FROM enrol_replaces WHERE code_hash = ?", []any{hash}, &old); errors.Is(err, ErrNotFound) {
		err = nil
	}
	copy(c.Replaces[:], old)
	return c, err
}

// UseEnrolCode binds a code to the key that used it and to its answer.
func (tx *Tx) UseEnrolCode(hash []byte, key ed25519.PublicKey, answer []byte) error {
	_, err := tx.Exec("UPDATE enrol_codes SET used_at = ?, public_key = ?, answer = ? WHERE code_hash = ?",
		tx.Now, []byte(key), tx.sealPortal("enrol_codes/answer", answer), hash)
	return err
}

// MissEnrolCode counts another key that came with a used code.
func (tx *Tx) MissEnrolCode(hash []byte) error {
	_, err := tx.Exec("UPDATE enrol_codes SET tries = tries + 1 WHERE code_hash = ?", hash)
	return err
}
