package ledger

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"bendo/syncproto"
)

// The height of the log is noted in a file of its own after every commit that adds to it. It is not
// flushed: after a power cut it may be older than the book or torn, but never ahead of it, because the
// commit was flushed before. So a book below its height has lost its end: a write-ahead file that is
// gone or damaged in its middle, which SQLite takes for an earlier day without a word, or a copy of
// yesterday put back.
const heightFile = "height"

func heightLine(l syncproto.LogID, next uint64) string {
	line := fmt.Sprintf("%s %d %d", l.Device, l.Epoch, next)
	return fmt.Sprintf("%s %x\n", line, sha256.Sum256([]byte(line)))
}

// noteHeight writes where the present log stands. A failure costs a warning some day, nothing now.
func (b *Book) noteHeight(ctx context.Context) {
	if b.o.Practice {
		return
	}
	l, err := b.LogState(ctx)
	if err == nil {
		err = os.WriteFile(filepath.Join(b.dir, heightFile), []byte(heightLine(l.Log, l.Next)), 0o600)
	}
	if err != nil && !errors.Is(err, ErrNotEnrolled) {
		b.o.Log.Warn("the height of the log could not be noted", "error", err)
	}
}

// height is what the file says of a log: where it stood at least, 0 when the file says nothing.
func (b *Book) height(l syncproto.LogID) (uint64, error) {
	noted, next, err := b.noted()
	if noted != l {
		return 0, err // of an earlier epoch
	}
	return next, err
}

// noted is what the file says: of which log, and where that stood at least. All is zero when there is no
// file or it is torn.
func (b *Book) noted() (l syncproto.LogID, next uint64, err error) {
	line, err := os.ReadFile(filepath.Join(b.dir, heightFile))
	if errors.Is(err, fs.ErrNotExist) {
		return l, 0, nil
	}
	if err != nil {
		return l, 0, fmt.Errorf("reading the height of the log: %w", err)
	}
	var device string
	if _, err := fmt.Sscanf(string(line), "%s %d %d", &device, &l.Epoch, &next); err != nil {
		return syncproto.LogID{}, 0, nil
	}
	if l.Device, err = syncproto.ParseDeviceID(device); err != nil || string(line) != heightLine(l, next) {
		return syncproto.LogID{}, 0, nil
	}
	return l, next, nil
}

// checkNew puts a note for IT aside when a book that is not enrolled lies where one was that had a log:
// the file is gone, or a page lies in the identity's place that makes an empty table of it, with which
// SQLite finds nothing wrong.
func (b *Book) checkNew(ctx context.Context, tx *sql.Tx) error {
	_, rescue := os.Stat(filepath.Join(b.dir, rescueMark))
	_, height := os.Stat(filepath.Join(b.dir, heightFile))
	if errors.Is(height, fs.ErrNotExist) || rescue == nil { // a rescue fills its new book in a moment
		return nil
	}
	if height != nil {
		return fmt.Errorf("looking for the height of the log: %w", height)
	}
	return b.putAside(ctx, tx, []Quarantined{{Table: "identity", ID: "1", At: b.nowMS(),
		Reason: "this machine had a book that was enrolled; this one does not know whose it is"}})
}

// checkHeight puts a note for IT aside when the book has lost its end. The log itself goes on from
// where it stands: if the province has more of it, the first contact is a fork and brings it back.
func (b *Book) checkHeight(ctx context.Context, tx *sql.Tx) error {
	id, err := b.identity(ctx, tx)
	if errors.Is(err, ErrNotEnrolled) {
		return b.checkNew(ctx, tx)
	}
	if errors.Is(err, ErrDamaged) {
		return nil // says so itself
	}
	if err != nil {
		return err
	}
	l, err := b.logRow(ctx, tx, id.Epoch)
	if err != nil {
		return err
	}
	next, err := b.height(l.Log)
	if err != nil || next <= l.Next {
		return err
	}
	return b.putAside(ctx, tx, []Quarantined{{Table: "log", ID: fmt.Sprintf("epoch %d from %d", id.Epoch, l.Next), At: b.nowMS(),
		Reason: fmt.Sprintf("the book has lost its end: %d events were in it that are not any more", next-l.Next)}})
}
