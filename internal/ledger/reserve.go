package ledger

import (
	"errors"
	"fmt"
	"path/filepath"

	"bendo/internal/durable"
	"bendo/internal/sqlitedb"
)

// The reserve (dự phòng): a file of this size beside the book, given back to the disk when a filing in
// progress meets a full one. 32 MiB are a filing of 128 papers' rows and the write-ahead file's growth
// many times over. A reserve is made again only when that leaves reserveMargin, so that a disk at its
// end does not make and give it up in turns.
const (
	reserveBytes  = 32 << 20
	reserveMargin = 16 << 20
)

// RoomToBegin is how many bytes of [Book.Room] the desk asks for before it begins a dossier. What lies
// below belongs to filing: an event has 100 KiB, and the book's write-ahead file some MiB.
const RoomToBegin = 32 << 20

func (b *Book) reservePath() string { return filepath.Join(b.dir, "reserve") }

// KeepReserve makes the reserve when it is missing and there is room for it. The error is IsFull when
// there is none: then [Book.Room] says so too, and nothing new is begun. A practice book has no reserve.
func (b *Book) KeepReserve() error {
	if b.o.Practice || b.reserved() {
		return nil
	}
	free, err := durable.Free(b.dir)
	if err != nil {
		return err
	}
	if free < reserveBytes+reserveMargin {
		return fmt.Errorf("making the reserve: %d MiB are free, %d are needed: %w", free>>20, (reserveBytes+reserveMargin)>>20, durable.ErrFull)
	}
	if err := durable.Reserve(b.reservePath(), reserveBytes); err != nil {
		return fmt.Errorf("making the reserve: %w", err)
	}
	return nil
}

func (b *Book) reserved() bool { return durable.Reserved(b.reservePath(), reserveBytes) }

// Room is how many bytes the disk still takes beside the reserve: while that is given up or was never
// made, its size is owed first. The desk begins nothing new when room is short, so that what was begun
// can be filed. Asking makes the reserve again when there is room.
func (b *Book) Room() (int64, error) {
	if err := b.KeepReserve(); err != nil && !durable.IsFull(err) {
		b.o.Log.Warn("the reserve cannot be made", "error", err)
	}
	free, err := durable.Free(b.dir)
	if err != nil || b.o.Practice || b.reserved() {
		return free, err
	}
	return max(free-reserveBytes, 0), nil
}

// finish runs a step of a filing in progress. When the disk is full the reserve goes overboard and the
// step runs once more; step must be repeatable. What the agent writes does not come through here: it
// can wait until there is room.
func (b *Book) finish(step func() error) error {
	err := step()
	if !sqlitedb.IsFull(err) {
		return err
	}
	freed, released := durable.ReleaseReserve(b.reservePath())
	if released != nil {
		return errors.Join(err, released)
	}
	if freed {
		b.o.Log.Error("the disk is full: the reserve was given up so that what was begun can be filed; nothing new is begun until there is room")
	}
	// Not freed by this call: another process may have done it a moment ago, or nothing is left.
	return step()
}
