package agent

import (
	"bendo/internal/durable"
	"bendo/internal/ledger"
)

// DiskStatus is what the disk of the book still takes.
type DiskStatus struct {
	Room  int64 `json:"room"`  // bytes beside the reserve
	Short bool  `json:"short"` // too few: the desk begins nothing new
}

// diskStatus asks for room; a disk that does not say counts as roomy, as the desk does.
func (o *Office) diskStatus() (s DiskStatus) {
	if room, err := o.Book.Room(); err == nil {
		s.Room, s.Short = room, room < ledger.RoomToBegin
	}
	return s
}

// keepReserve makes the reserve again when there is room; that there is none shows in the status and
// at the desk, not in the log every minute.
func (o *Office) keepReserve() error {
	if err := o.Book.KeepReserve(); !durable.IsFull(err) {
		return err
	}
	return nil
}
