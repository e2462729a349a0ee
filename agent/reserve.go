package agent

import "bendo/internal/durable"

// DiskStatus is what the disk of the book still takes.
type DiskStatus struct {
	Room  int64 `json:"room"`  // bytes beside the reserve
	Short bool  `json:"short"` // the reserve cannot be made: the desk begins nothing new
}

// diskStatus asks for room; a disk that does not say counts as roomy, as the desk does.
func (o *Office) diskStatus() (s DiskStatus) {
	s.Short = durable.IsFull(o.Book.KeepReserve())
	if room, err := o.Book.Room(); err == nil {
		s.Room = room
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
