package scanbox

import (
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/text/unicode/norm"

	"bendo/internal/bounded"
	"bendo/internal/ledger"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// tray is a Tray with function fields.
type tray struct {
	put    func(name, mime string, b []byte) (ledger.TrayItem, error)
	remove func(id string) error
}

func (t tray) PutTray(_ context.Context, name, mime string, r io.Reader) (ledger.TrayItem, error) {
	b, err := io.ReadAll(r)
	if err != nil {
		return ledger.TrayItem{}, err
	}
	return t.put(name, mime, b)
}

func (t tray) RemoveTray(_ context.Context, id string) error { return t.remove(id) }

// taken is what a tray got.
type taken struct {
	name, mime string
	bytes      string
}

func newBox(t *testing.T) (*Box, *[]taken, *strings.Builder) {
	t.Helper()
	dir := t.TempDir()
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { root.Close() })
	var got []taken
	var log strings.Builder
	b := &Box{Dir: dir, Log: slog.New(slog.NewTextHandler(&log, nil)), root: root, seen: map[string]sight{}}
	b.Tray = tray{put: func(name, mime string, p []byte) (ledger.TrayItem, error) {
		got = append(got, taken{name, mime, string(p)})
		return ledger.TrayItem{ID: name, Length: int64(len(p)), SHA256: sha256.Sum256(p)}, nil
	}}
	return b, &got, &log
}

func write(t *testing.T, b *Box, name, content string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(b.Dir, name), []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// passes looks n times, three seconds apart, beginning at the present.
func passes(t *testing.T, b *Box, from time.Time, n int) {
	t.Helper()
	for i := range n {
		if _, err := b.Pass(t.Context(), from.Add(time.Duration(3*i)*time.Second)); err != nil {
			t.Fatal(err)
		}
	}
}

const (
	pdf  = "%PDF-1.4\nmột tờ giấy\n%%EOF\n"
	jpeg = "\xff\xd8\xff\xe0 picture \xff\xd9"
	png  = "\x89PNG\r\n\x1a\n picture IEND\xaeB`\x82"
	tiff = "II*\x00 picture"
)

func TestFiles(t *testing.T) {
	for _, c := range []struct {
		name, file, content string
		mime                string // "" is not taken
		why                 reason // "" stays where it is
		passes              int
	}{
		{"a PDF", "a.pdf", pdf, "application/pdf", "", 2},
		{"a JPEG by its bytes", "a.bin", jpeg, "image/jpeg", "", 2},
		{"a PNG", "a.png", png, "image/png", "", 2},
		{"a TIFF", "a.tif", tiff, "image/tiff", "", 2},
		{"seen once only", "a.pdf", pdf, "", "", 1},
		{"half a PDF waits", "a.pdf", pdf[:12], "", "", 4},
		{"half a PDF for a minute", "a.pdf", pdf[:12], "", reasonBroken, 25},
		{"an empty file waits", "a.pdf", "", "", "", 4},
		{"a program", "a.pdf.exe", "MZ\x90", "", reasonUnknown, 2},
		{"a web page that says it is a scan", "a.jpg", "<html>", "", reasonUnknown, 2},
		{"a phone's picture", "IMG_1.HEIC", "\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1", "", reasonPhone, 2},
		{"a film", "a.mp4", "\x00\x00\x00\x18ftypisom\x00\x00\x00\x00", "", reasonUnknown, 2},
		{"still written under another name", "a.pdf.part", pdf, "", "", 9},
		{"hidden", ".a.pdf", pdf, "", "", 9},
	} {
		t.Run(c.name, func(t *testing.T) {
			b, got, log := newBox(t)
			write(t, b, c.file, c.content)
			passes(t, b, time.Now(), c.passes)
			if c.mime != "" {
				if len(*got) != 1 || (*got)[0].mime != c.mime || (*got)[0].bytes != c.content {
					t.Fatalf("the tray got %+v", *got)
				}
			} else if len(*got) != 0 {
				t.Fatalf("the tray got %+v", *got)
			}
			_, err := os.Stat(filepath.Join(b.Dir, c.file))
			stays := c.mime == "" && c.why == ""
			if (err == nil) != stays {
				t.Errorf("the original is there: %t, want %t", err == nil, stays)
			}
			why, err := os.ReadFile(filepath.Join(b.Dir, rejectedDir, c.file+".why.txt"))
			if (err == nil) != (c.why != "") || c.why != "" && strings.TrimSpace(string(why)) != sentences[c.why] {
				t.Errorf("reason beside it: %q %v", why, err)
			}
			if strings.Contains(log.String(), c.file) {
				t.Errorf("the log names the file: %s", log)
			}
		})
	}
}

func TestGrowingFileIsWaitedFor(t *testing.T) {
	b, got, _ := newBox(t)
	now := time.Now()
	for i := range 5 {
		write(t, b, "a.pdf", pdf+strings.Repeat("x", i)+"%%EOF")
		if _, err := b.Pass(t.Context(), now.Add(time.Duration(3*i)*time.Second)); err != nil {
			t.Fatal(err)
		}
	}
	if len(*got) != 0 {
		t.Fatal("a file that still grows was taken")
	}
	passes(t, b, now.Add(20*time.Second), 1)
	if len(*got) != 1 {
		t.Fatal("a file that stands still was not taken")
	}
}

func TestLinksAndFoldersAreSetAside(t *testing.T) {
	b, got, _ := newBox(t)
	secret := filepath.Join(t.TempDir(), "secret.pdf")
	if err := os.WriteFile(secret, []byte(pdf), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(secret, filepath.Join(b.Dir, "link.pdf")); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(b.Dir, "folder"), 0o700); err != nil {
		t.Fatal(err)
	}
	passes(t, b, time.Now(), 3)
	if len(*got) != 0 {
		t.Fatalf("the tray got %+v", *got)
	}
	for _, name := range []string{"link.pdf", "folder"} {
		if _, err := os.Lstat(filepath.Join(b.Dir, rejectedDir, name)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := os.Stat(secret); err != nil {
		t.Error("what a link names was touched")
	}
}

func TestNames(t *testing.T) {
	decomposed := norm.NFD.String("Giấy khai sinh – Nguyễn Thị Mận.pdf")
	for in, want := range map[string]string{
		decomposed:               norm.NFC.String(decomposed),
		"a\u202egpj.exe":         "a_gpj.exe",
		"a\nb.pdf":               "a_b.pdf",
		"\xff\xfe.pdf":           "_.pdf",
		strings.Repeat("ư", 200): strings.Repeat("ư", 100) + "…",
	} {
		if got := displayName(in); got != want {
			t.Errorf("%q is shown as %q, want %q", in, got, want)
		}
	}
}

// The hand-over, step by step: not done, done but the answer lost, changed meanwhile.
func TestFaults(t *testing.T) {
	full := errors.New("disk full")
	t.Run("the tray refuses", func(t *testing.T) {
		b, _, _ := newBox(t)
		write(t, b, "a.pdf", pdf)
		fail := true
		n := 0
		b.Tray = tray{put: func(name, _ string, p []byte) (ledger.TrayItem, error) {
			if fail {
				return ledger.TrayItem{}, full
			}
			n++
			return ledger.TrayItem{Length: int64(len(p))}, nil
		}}
		now := time.Now()
		b.Pass(t.Context(), now)
		if _, err := b.Pass(t.Context(), now.Add(3*time.Second)); !errors.Is(err, full) {
			t.Fatalf("error %v", err)
		}
		if _, err := os.Stat(filepath.Join(b.Dir, "a.pdf")); err != nil {
			t.Fatal("the original is gone although nothing was stored")
		}
		fail = false
		passes(t, b, now.Add(6*time.Second), 1)
		if n != 1 {
			t.Error("it was not taken afterwards")
		}
	})
	t.Run("stored, and the process ended before the original went", func(t *testing.T) {
		b, got, _ := newBox(t)
		write(t, b, "a.pdf", pdf)
		passes(t, b, time.Now(), 2)
		write(t, b, "a.pdf", pdf) // as if it had never gone
		passes(t, b, time.Now().Add(time.Minute), 2)
		if len(*got) != 2 || (*got)[0] != (*got)[1] { // the same bytes: the book gives the same item
			t.Errorf("the tray got %+v", *got)
		}
		if _, err := os.Stat(filepath.Join(b.Dir, "a.pdf")); err == nil {
			t.Error("the original stays")
		}
	})
	t.Run("changed while it was read", func(t *testing.T) {
		b, _, _ := newBox(t)
		write(t, b, "a.pdf", pdf)
		removed := ""
		b.Tray = tray{put: func(_, _ string, p []byte) (ledger.TrayItem, error) {
			write(t, b, "a.pdf", pdf+pdf)
			return ledger.TrayItem{ID: "1", Length: int64(len(p))}, nil
		}, remove: func(id string) error { removed = id; return nil }}
		passes(t, b, time.Now(), 2)
		if removed != "1" {
			t.Error("a torn paper stays in the tray")
		}
		if _, err := os.Stat(filepath.Join(b.Dir, "a.pdf")); err != nil {
			t.Error("the original is gone")
		}
	})
}

func TestOverdueIsAlarmedWithoutNames(t *testing.T) {
	b, _, log := newBox(t)
	write(t, b, "Nguyen.pdf", "%PDF- never finished")
	passes(t, b, time.Now().Add(11*time.Minute), 1)
	if !strings.Contains(log.String(), "unsealed") || !strings.Contains(log.String(), "papers=1") || strings.Contains(log.String(), "Nguyen") {
		t.Errorf("log: %s", log)
	}
}

func TestRunTakesAndEnds(t *testing.T) {
	b, _, _ := newBox(t)
	done := make(chan taken, 1)
	b.Tray = tray{put: func(name, mime string, p []byte) (ledger.TrayItem, error) {
		done <- taken{name, mime, string(p)}
		return ledger.TrayItem{Length: int64(len(p))}, nil
	}}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- b.Run(ctx) }()
	write(t, b, "a.pdf", pdf)
	if got := <-done; got.bytes != pdf {
		t.Errorf("took %+v", got)
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func FuzzKindOf(f *testing.F) {
	for _, s := range []string{pdf, jpeg, png, tiff, "", "MZ", "%PDF-"} {
		f.Add([]byte(s), []byte(s))
	}
	f.Fuzz(func(t *testing.T, head, end []byte) {
		defer bounded.Input(t)()
		mime, why := kindOf(head, end)
		if (mime == "") == (why == "") {
			t.Errorf("%q is %q and %q", head, mime, why)
		}
	})
}
