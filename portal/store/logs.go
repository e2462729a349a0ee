package store

import (
	"errors"
	"fmt"

	"bendo/syncproto"
)

// Log is the cursor of one log.
type Log struct {
	ID      syncproto.LogID
	Applied uint64
	Head    syncproto.Digest
	Frozen  bool
	// Fresh: nothing of this log has ever been taken.
	Fresh bool
}

// FindLog returns the cursor; of a log never seen, its beginning.
func (tx *Tx) FindLog(commune string, id syncproto.LogID) (Log, error) {
	return tx.findLog(commune, id, "{lock}")
}

func (tx *Tx) findLog(commune string, id syncproto.LogID, lock string) (Log, error) {
	log := Log{ID: id}
	var applied, frozen int64
	var head []byte
	err := tx.Row("SELECT applied, head, frozen FROM logs WHERE commune = ? AND device = ? AND epoch = ?"+lock,
		[]any{commune, id.Device[:], int64(id.Epoch)}, &applied, &head, &frozen)
	if errors.Is(err, ErrNotFound) {
		log.Head, log.Fresh = syncproto.ChainStart(id), true
		return log, nil
	}
	log.Applied, log.Frozen = uint64(applied), frozen == 1
	copy(log.Head[:], head)
	return log, err
}

// LastWritten is the newest epoch in which a device wrote anything, 0 when it wrote nothing.
func (tx *Tx) LastWritten(commune string, device syncproto.DeviceID) (uint32, error) {
	var epoch int64
	err := tx.Row("SELECT COALESCE(MAX(epoch), 0) FROM logs WHERE commune = ? AND device = ?", []any{commune, device[:]}, &epoch)
	return uint32(epoch), err
}

// saveLog moves the cursor, in the transaction of the events it covers.
func saveLog(commune string, log Log) question {
	frozen := 0
	if log.Frozen {
		frozen = 1
	}
	return question{text: `INSERT INTO logs (commune, device, epoch, applied, head, frozen) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (commune, device, epoch) DO UPDATE SET applied = excluded.applied, head = excluded.head, frozen = excluded.frozen`,
		args: []any{commune, log.ID.Device[:], int64(log.ID.Epoch), int64(log.Applied), log.Head[:], frozen}}
}

func batchName(id syncproto.LogID, first uint64) string {
	return fmt.Sprintf("batches/%s/%d", id, first)
}

// PutBatch keeps a batch's wire bytes for replay, and moves the log's cursor behind it. A
// longer batch that begins at the same event replaces the shorter one: it holds the same
// events and more.
func (tx *Tx) PutBatch(commune string, b syncproto.Batch, after Log) error {
	body, err := syncproto.EncodeBatch(b)
	if err != nil {
		return err
	}
	err = tx.together(question{text: "INSERT INTO batches (commune, device, epoch, first, count, received_at, body) VALUES (?, ?, ?, ?, ?, ?, ?)" +
		" ON CONFLICT (commune, device, epoch, first) DO UPDATE SET count = excluded.count, body = excluded.body WHERE batches.count < excluded.count",
		args: []any{commune, b.Log.Device[:], int64(b.Log.Epoch), int64(b.First), int64(b.N), tx.Now, tx.sealPortal(batchName(b.Log, b.First), body)}},
		saveLog(commune, after))
	if err != nil {
		return fmt.Errorf("keeping a batch: %w", err)
	}
	return nil
}

// FindBatch returns the stored batch that holds seq, ErrNotFound when none does.
func (tx *Tx) FindBatch(commune string, id syncproto.LogID, seq uint64) (syncproto.Batch, error) {
	var first int64
	var sealed []byte
	err := tx.Row(`SELECT first, body FROM batches WHERE commune = ? AND device = ? AND epoch = ? AND first <= ? AND first + count > ?
		ORDER BY first DESC LIMIT 1`, []any{commune, id.Device[:], int64(id.Epoch), int64(seq), int64(seq)}, &first, &sealed)
	if err != nil {
		return syncproto.Batch{}, err
	}
	body, err := tx.openPortal(batchName(id, uint64(first)), sealed)
	if err != nil {
		return syncproto.Batch{}, err
	}
	return syncproto.DecodeBatch(body)
}

// LogsOfBook lists the cursors of every log that wrote into a book, oldest epoch
// first.
func (tx *Tx) LogsOfBook(commune string, book syncproto.BookID) ([]Log, error) {
	var found []Log
	err := tx.Each(`SELECT l.device, l.epoch, l.applied, l.head, l.frozen FROM logs l JOIN devices d
		ON d.commune = l.commune AND d.device = l.device WHERE l.commune = ? AND d.book = ? ORDER BY l.epoch, l.device`,
		[]any{commune, book[:]}, func(scan func(...any) error) error {
			var log Log
			var device, head []byte
			var epoch, applied, frozen int64
			if err := scan(&device, &epoch, &applied, &head, &frozen); err != nil {
				return err
			}
			copy(log.ID.Device[:], device)
			copy(log.Head[:], head)
			log.ID.Epoch, log.Applied, log.Frozen = uint32(epoch), uint64(applied), frozen == 1
			found = append(found, log)
			return nil
		})
	return found, err
}

// FindLogUnlocked is FindLog for a transaction that only reads.
func (tx *Tx) FindLogUnlocked(commune string, id syncproto.LogID) (Log, error) {
	return tx.findLog(commune, id, "")
}
