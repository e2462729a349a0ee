// Package scanbox watches the folder a scanner writes into (khay nhận của máy quét) and
// moves each finished paper into the sealed tray of the office's book.
//
// It promises: a file is taken only when it is whole (its size and time stand still, it
// opens, its format ends as it should); its bytes are sealed and on disk before the
// original is removed; the same paper twice gives one item; nothing is lost: what
// cannot be taken is set aside in the folder "rejected" with a reason beside it.
//
// It refuses: links, folders, programs, anything that is not a PDF, JPEG, PNG or TIFF,
// anything larger than the road carries. It never logs a file's name: names on scans are
// names of people. Papers that lie unsealed for more than ten minutes are alarmed.
//
// A power cut leaves the original, or the original and its tray item; the next pass
// takes the same bytes again, which gives the same item, and removes the original.
package scanbox

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/fsnotify/fsnotify"

	"bendo/internal/durable"
	"bendo/internal/ledger"
	"bendo/syncproto"
)

const (
	rescanEvery = 10 * time.Second // the net under a watch that may miss or be missing
	settle      = 2 * time.Second  // a file that did not change for so long is looked at
	brokenAfter = time.Minute      // a file that stands still and is not whole by then is set aside
	overdue     = 10 * time.Minute // unsealed for longer is alarmed
	alarmEvery  = 10 * time.Minute
)

// Tray is where papers go; *ledger.Book satisfies it. PutTray returns when the bytes are
// sealed on disk.
type Tray interface {
	PutTray(ctx context.Context, name, mime string, r io.Reader) (ledger.TrayItem, error)
	RemoveTray(ctx context.Context, id string) error
}

// Default is the scanner's folder of a data directory.
func Default(data string) string { return filepath.Join(data, "scan-in") }

// Box watches one folder. Fill in the fields, then Run.
type Box struct {
	Dir  string
	Tray Tray
	Log  *slog.Logger

	root    *os.Root
	seen    map[string]sight
	alarmed time.Time
}

// sight is how a file looked at a pass.
type sight struct {
	size  int64
	mtime time.Time
	since time.Time // unchanged since this pass
}

// Run takes papers until ctx ends, then returns nil. A missing folder is made, for this
// user alone.
func (b *Box) Run(ctx context.Context) error {
	if err := durable.MkdirAll(b.Dir, 0o700); err != nil {
		return fmt.Errorf("making the scanner's folder: %w", err)
	}
	root, err := os.OpenRoot(b.Dir)
	if err != nil {
		return fmt.Errorf("opening the scanner's folder: %w", err)
	}
	defer root.Close()
	b.root, b.seen = root, map[string]sight{}
	w, err := fsnotify.NewWatcher()
	if err != nil { // the system has no watch left
		w = &fsnotify.Watcher{} // its channels are nil: nothing comes
	} else {
		defer w.Close()
		err = w.Add(b.Dir)
	}
	if err != nil {
		b.Log.Warn("the scanner's folder cannot be watched; it is looked at every ten seconds", "error", err)
	}
	return b.loop(ctx, w)
}

func (b *Box) loop(ctx context.Context, w *fsnotify.Watcher) error {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-w.Events:
			timer.Reset(settle)
			continue
		case <-w.Errors: // events were lost
			timer.Reset(settle)
			continue
		case <-timer.C:
		}
		waiting, err := b.Pass(ctx, time.Now())
		if err != nil {
			if ctx.Err() != nil {
				return nil
			}
			b.Log.Warn("papers of the scanner could not be taken; they stay where they are", "error", err)
		}
		next := rescanEvery
		if waiting > 0 {
			next = settle
		}
		timer.Reset(next)
	}
}

// Pass looks at the folder once: it takes what is whole and says how many files it has
// yet to see standing still.
func (b *Box) Pass(ctx context.Context, now time.Time) (waiting int, err error) {
	entries, err := fs.ReadDir(b.root.FS(), ".")
	if err != nil {
		return 0, fmt.Errorf("looking into the scanner's folder: %w", err)
	}
	present := map[string]bool{}
	late := 0
	var failed []error
	for _, e := range entries {
		if ctx.Err() != nil {
			return waiting, ctx.Err()
		}
		name := e.Name()
		if name == rejectedDir || unfinished(name) {
			continue
		}
		info, err := b.root.Lstat(name)
		if err != nil {
			continue // gone again
		}
		present[name] = true
		if now.Sub(info.ModTime()) > overdue {
			late++
		}
		done, err := b.look(ctx, now, name, info)
		if err != nil {
			failed = append(failed, err)
		}
		if !done {
			waiting++
		}
	}
	for name := range b.seen {
		if !present[name] {
			delete(b.seen, name)
		}
	}
	b.alarm(now, late)
	return waiting, errors.Join(failed...)
}

// unfinished are names programs give to what they still write, and hidden files.
func unfinished(name string) bool {
	l := strings.ToLower(name)
	return strings.HasPrefix(l, ".") || strings.HasPrefix(l, "~") ||
		slices.Contains([]string{".tmp", ".part", ".partial", ".crdownload"}, filepath.Ext(l))
}

// look takes one file when it is whole. done means: it need not be looked at again soon.
func (b *Box) look(ctx context.Context, now time.Time, name string, info fs.FileInfo) (done bool, err error) {
	if !info.Mode().IsRegular() {
		return true, b.reject(name, reasonNotAFile)
	}
	s, known := b.seen[name]
	if !known || s.size != info.Size() || !s.mtime.Equal(info.ModTime()) {
		b.seen[name] = sight{info.Size(), info.ModTime(), now}
		return false, nil
	}
	still := now.Sub(s.since)
	if still < settle {
		return false, nil
	}
	if info.Size() > syncproto.MaxBlobLength {
		return true, b.reject(name, reasonTooLarge)
	}
	mime, why := b.sniff(name, info.Size())
	switch {
	case why == reasonBusy, why == reasonBroken && still < brokenAfter:
		return false, nil
	case why != "":
		return true, b.reject(name, why)
	}
	return true, b.take(ctx, name, mime, s)
}

// take moves a whole file into the tray: bytes, row, then the original.
func (b *Box) take(ctx context.Context, name, mime string, s sight) error {
	f, err := b.root.Open(name)
	if err != nil {
		return errors.New("a paper of the scanner does not open")
	}
	item, err := b.Tray.PutTray(ctx, displayName(name), mime, f)
	info, statErr := f.Stat()
	if err = errors.Join(err, statErr, f.Close()); err != nil {
		return err
	}
	// A crash here leaves both; the next pass gives the same item and removes the original.
	if info.Size() != s.size || !info.ModTime().Equal(s.mtime) || item.Length != s.size {
		delete(b.seen, name) // the scanner wrote on: what was taken is not the paper
		return b.Tray.RemoveTray(ctx, item.ID)
	}
	if err := b.root.Remove(name); err != nil {
		return errors.New("a paper was taken, but its original cannot be removed from the scanner's folder")
	}
	delete(b.seen, name)
	b.Log.Info("a paper of the scanner lies in the tray", "bytes", item.Length)
	return nil
}

// alarm says how many papers lie unsealed for too long, now and then, without names.
func (b *Box) alarm(now time.Time, late int) {
	if late == 0 || now.Sub(b.alarmed) < alarmEvery {
		return
	}
	b.alarmed = now
	b.Log.Error("papers lie unsealed in the scanner's folder for more than ten minutes; look at the folder", "papers", late)
}
