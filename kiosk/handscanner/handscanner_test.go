//go:build linux

package handscanner

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

const card = "083090999001|320999001|NGUYỄN VĂN MẪU|14031990|Nam|Ấp Giả Định 1, Xã Giao Long, Vĩnh Long|01072025"

// plug makes a pair of terminals and lets name lead to the one the scanner would be.
func plug(t *testing.T, name string) *os.File {
	t.Helper()
	scanner, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { scanner.Close() })
	fd := int(scanner.Fd())
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	number, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(ignoreAbsent(os.Remove(name)), os.Symlink(fmt.Sprintf("/dev/pts/%d", number), name)); err != nil {
		t.Fatal(err)
	}
	return scanner
}

func ignoreAbsent(err error) error {
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}

// run listens to name until the test ends.
func run(t *testing.T, name string) <-chan string {
	t.Helper()
	got, done := make(chan string, 16), make(chan error, 1)
	ctx, cancel := context.WithCancel(context.Background())
	s := Scanner{name, slog.New(slog.NewTextHandler(io.Discard, nil))}
	go func() { done <- s.Run(ctx, func(text string) { got <- text }) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("it ended with %v", err)
		}
	})
	return got
}

// send writes once the line is raw: what is written before would be echoed by the kernel.
func send(t *testing.T, scanner *os.File, text string) {
	t.Helper()
	for {
		term, err := unix.IoctlGetTermios(int(scanner.Fd()), unix.TCGETS)
		if err != nil {
			t.Fatal(err)
		}
		if term.Lflag&unix.ICANON == 0 {
			break
		}
		time.Sleep(5 * time.Millisecond)
	}
	if _, err := scanner.WriteString(text); err != nil {
		t.Fatal(err)
	}
}

func TestATextComesWholeWithEveryLetter(t *testing.T) {
	name := filepath.Join(t.TempDir(), "scanner")
	scanner := plug(t, name)
	got := run(t, name)
	send(t, scanner, card+"\r\n")
	if text := <-got; text != card {
		t.Errorf("got %q", text)
	}
	// Letters that a terminal would act on are letters of a text here.
	send(t, scanner, "a\x03b\x04c\x13d\x1ae\r")
	if text := <-got; text != "a\x03b\x04c\x13d\x1ae" {
		t.Errorf("got %q", text)
	}
	send(t, scanner, card) // no line end: silence ends it
	if text := <-got; text != card {
		t.Errorf("got %q", text)
	}
}

func TestAScannerThatIsPulledOutIsWaitedFor(t *testing.T) {
	name := filepath.Join(t.TempDir(), "scanner")
	got := run(t, name) // not there yet
	first := plug(t, name)
	send(t, first, "một\r")
	if text := <-got; text != "một" {
		t.Errorf("got %q", text)
	}
	send(t, first, "nửa mã ")
	first.Close() // pulled in the middle of a code: half of it is nobody's
	second := plug(t, name)
	send(t, second, "hai\r")
	for text := range got {
		if text == "hai" {
			break
		}
		if text != "nửa mã " { // silence may have ended it before the pull; the desk judges what a card is
			t.Errorf("got %q", text)
		}
	}
}

func TestAPathThatIsNoDeviceIsRefused(t *testing.T) {
	name := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(name, []byte(card+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	err := Scanner{name, slog.New(slog.NewTextHandler(io.Discard, nil))}.Run(t.Context(), func(string) { t.Error("it read a file") })
	if !errors.Is(err, ErrNoDevice) {
		t.Errorf("got %v", err)
	}
}

// cut feeds a line to the splitter as it may arrive.
func cut(line string) (out []string) {
	var t texts
	for i := range len(line) {
		if text, whole := t.add(line[i]); whole {
			out = append(out, text)
		}
	}
	if text, whole := t.end(); whole {
		out = append(out, text)
	}
	return out
}

func TestTexts(t *testing.T) {
	long := strings.Repeat("x", MaxText)
	for _, c := range []struct {
		line string
		want []string
	}{
		{"", nil},
		{"\r\n\r\n\t\x00", nil},
		{"a\r\nb\nc\td", []string{"a", "b", "c", "d"}},
		{long + "\n", []string{long}},
		{long + "y\nnext\n", []string{"next"}},
		{long + long + long + "\n", nil},
		{"\xff\xfe\n", []string{"\xff\xfe"}},
	} {
		if got := cut(c.line); !slices.Equal(got, c.want) {
			t.Errorf("%.20q… gives %.60q, want %.60q", c.line, got, c.want)
		}
	}
}

func FuzzTexts(f *testing.F) {
	for _, line := range []string{"", card + "\r\n", "a\tb\x00c", strings.Repeat("|", MaxText+2) + "\nx\n"} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		var want []string
		for part := range strings.FieldsFuncSeq(line, func(r rune) bool { return r == '\r' || r == '\n' || r == '\t' || r == 0 }) {
			if len(part) <= MaxText {
				want = append(want, part)
			}
		}
		if got := cut(line); !slices.Equal(got, want) {
			t.Errorf("%q gives %q, want %q", line, got, want)
		}
	})
}
