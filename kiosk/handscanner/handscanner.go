// Package handscanner listens to a hand scanner (máy quét cầm tay) on a serial line: a scanner in its
// USB-COM mode, which gives a code's letters as they are, where one that types like a keyboard goes
// through the system's layout and its input method (bộ gõ) and loses Vietnamese letters there.
//
// It promises that a text is handed over whole and once, at most MaxText bytes long; that a scanner that
// is pulled out, or not there yet, is waited for as long as the program runs; and that nothing that was
// read is kept or written to a log.
//
// It refuses a path that is no device. A text longer than MaxText is dropped to its end, because half a
// code must never look like a whole one. It writes nothing to the scanner.
//
// It keeps nothing: a power cut leaves nothing, and a code read at that moment is read again.
package handscanner

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"time"
)

// MaxText is several times the longest code of a citizen card (about 200 bytes) or a slip.
const MaxText = 4096

const (
	// silence ends a text of a scanner that sends no line end. At 9600 baud a letter takes 1 ms.
	silence = 200 * time.Millisecond
	// again is the time between two looks for a scanner that is not there.
	again = 2 * time.Second
)

// ErrNoDevice says that the path names something else than a device.
var ErrNoDevice = errors.New("is no device; give the scanner's serial line, best its name below /dev/serial/by-id")

// Scanner is one scanner. Path is its device; a name below /dev/serial/by-id stays the same when it is
// plugged into another socket.
type Scanner struct {
	Path string
	Log  *slog.Logger
}

// Run hands every text to deliver until the context ends, and then returns nil. deliver is called from
// this goroutine only and must not wait.
func (s Scanner) Run(ctx context.Context, deliver func(text string)) error {
	away := false // told once, not at every look
	for ctx.Err() == nil {
		f, err := open(s.Path)
		if errors.Is(err, ErrNoDevice) {
			return err
		}
		if err == nil {
			s.Log.Info("the hand scanner is there", "device", s.Path)
			err, away = listen(ctx, f, deliver), false
		}
		if ctx.Err() != nil {
			break
		}
		if !away {
			s.Log.Warn("the hand scanner is away; it is waited for", "device", s.Path, "error", err)
			away = true
		}
		select {
		case <-ctx.Done():
		case <-time.After(again):
		}
	}
	return nil
}

// open opens the line raw, so that the kernel changes no letter and echoes none.
func open(path string) (*os.File, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("looking for the hand scanner: %w", err)
	}
	if info.Mode()&fs.ModeCharDevice == 0 {
		return nil, fmt.Errorf("the hand scanner %s %w", path, ErrNoDevice)
	}
	f, err := openLine(path)
	if err != nil {
		return nil, fmt.Errorf("opening the hand scanner: %w", err)
	}
	return f, nil
}

// listen reads until the line ends or the context does; it closes the file.
func listen(ctx context.Context, f *os.File, deliver func(string)) error {
	stop := context.AfterFunc(ctx, func() { f.Close() }) // wakes the reader
	defer func() {
		if stop() {
			f.Close()
		}
	}()
	var t texts
	b := make([]byte, 512)
	for {
		var limit time.Time
		if t.begun() {
			limit = time.Now().Add(silence)
		}
		if err := f.SetReadDeadline(limit); err != nil {
			return fmt.Errorf("waiting for the hand scanner: %w", err)
		}
		n, err := f.Read(b)
		for _, c := range b[:n] {
			if text, whole := t.add(c); whole {
				deliver(text)
			}
		}
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded):
			if text, whole := t.end(); whole {
				deliver(text)
			}
		case err != nil:
			return fmt.Errorf("reading the hand scanner: %w", err)
		case n == 0:
			return io.ErrUnexpectedEOF // a line that was pulled
		}
	}
}

// texts cuts what comes over the line into texts. Its zero value is ready.
type texts struct {
	b    []byte
	over bool // too long: nothing is handed over until this text has ended
}

func (t *texts) begun() bool { return len(t.b) > 0 || t.over }

// add takes one byte; whole says that it ended a text. Scanners end one with CR, LF, both, or a tab.
func (t *texts) add(c byte) (text string, whole bool) {
	switch {
	case c == '\r' || c == '\n' || c == '\t' || c == 0:
		return t.end()
	case len(t.b) == MaxText:
		t.b, t.over = t.b[:0], true
	case !t.over:
		t.b = append(t.b, c)
	}
	return "", false
}

// end ends the text that was begun; whole is false when there is none, or it was too long.
func (t *texts) end() (text string, whole bool) {
	text, whole = string(t.b), len(t.b) > 0 && !t.over
	t.b, t.over = t.b[:0], false
	if !whole {
		text = ""
	}
	return text, whole
}
