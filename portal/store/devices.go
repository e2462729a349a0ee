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
}

// FindDevice returns ErrNotFound for a machine nobody enrolled.
func (tx *Tx) FindDevice(id syncproto.DeviceID) (Device, error) { return tx.findDevice(id, "") }

// LockDevice is FindDevice that keeps every other transaction of this device
// waiting until this one ends: two connections of one machine take turns.
func (tx *Tx) LockDevice(id syncproto.DeviceID) (Device, error) { return tx.findDevice(id, "{lock}") }

func (tx *Tx) findDevice(id syncproto.DeviceID, lock string) (Device, error) {
	d := Device{ID: id}
	if err := tx.Row("SELECT commune FROM device_homes WHERE device = ?", []any{id[:]}, &d.Commune); err != nil {
		return d, err
	}
	var book, key, boot []byte
	var status string
	var epoch, suspected, session, count int64
	err := tx.Row(`SELECT book, office_name, public_key, status, epoch, slip_prefix, suspected, enrolled_at, last_seen_at, blob_session, hello_count, boot
		FROM devices WHERE commune = ? AND device = ?`+lock, []any{d.Commune, id[:]},
		&book, &d.OfficeName, &key, &status, &epoch, &d.SlipPrefix, &suspected, &d.EnrolledAt, &d.LastSeenAt, &session, &count, &boot)
	copy(d.Book[:], book)
	for len(boot) >= 16 {
		d.Boots, boot = append(d.Boots, syncproto.BootID(boot[:16])), boot[16:]
	}
	d.PublicKey, d.Status, d.Epoch, d.Suspected = key, DeviceStatus(status), uint32(epoch), suspected == 1
	d.BlobSession, d.HelloCount = uint64(session), uint64(count)
	return d, err
}

// AddDevice enrols a machine and gives it epoch 1 and a slip prefix.
func (tx *Tx) AddDevice(d Device) (Device, error) {
	prefix, err := tx.newSlipPrefix(d.Commune, d.ID, 1)
	if err != nil {
		return d, err
	}
	d.Status, d.Epoch, d.SlipPrefix, d.EnrolledAt = Active, 1, prefix, tx.Now
	if _, err := tx.Exec("INSERT INTO device_homes (device, commune) VALUES (?, ?)", d.ID[:], d.Commune); err != nil {
		return d, fmt.Errorf("adding a machine: %w", err)
	}
	_, err = tx.Exec(`INSERT INTO devices (commune, device, book, office_name, public_key, status, epoch, slip_prefix, suspected,
		enrolled_at, last_seen_at, blob_session, hello_count, boot) VALUES (?, ?, ?, ?, ?, ?, 1, ?, 0, ?, 0, 0, 0, ?)`,
		d.Commune, d.ID[:], d.Book[:], d.OfficeName, []byte(d.PublicKey), string(d.Status), d.SlipPrefix, d.EnrolledAt, []byte{})
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
	d.Epoch++
	prefix, err := tx.newSlipPrefix(d.Commune, d.ID, d.Epoch)
	if err != nil {
		return d, err
	}
	d.SlipPrefix = prefix
	return d, tx.SaveDevice(d)
}

// AdoptEpoch takes back a grant that this portal signed before it lost it.
func (tx *Tx) AdoptEpoch(d Device, epoch uint32, prefix string) (Device, error) {
	_, err := tx.Exec("INSERT INTO slip_prefixes (prefix, commune, device, epoch, issued_at) VALUES (?, ?, ?, ?, ?) ON CONFLICT (prefix) DO NOTHING",
		prefix, d.Commune, d.ID[:], int64(epoch), tx.Now)
	if err != nil {
		return d, err
	}
	d.Epoch, d.SlipPrefix = epoch, prefix
	return d, tx.SaveDevice(d)
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
}

// PutEnrolCode keeps a new code.
func (tx *Tx) PutEnrolCode(c EnrolCode) error {
	_, err := tx.Exec(`INSERT INTO enrol_codes (code_hash, commune, office_name, created_at, expires_at, used_at, tries)
		VALUES (?, ?, ?, ?, ?, 0, 0)`, c.Hash, c.Commune, c.OfficeName, tx.Now, c.ExpiresAt)
	return err
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
