package ledger

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"bendo/internal/durable"
	"bendo/internal/seal"
	"bendo/internal/sqlitedb"
)

const (
	bookFile   = "book.db"
	freshFile  = "book.new.db"
	damagedDir = "damaged"
	// rescueReport lies beside the damaged files and holds the Rescue that left them.
	rescueReport = "rescue.json"
	// rescueMark is there while the files of the book are being exchanged. It holds the name of the
	// folder that has the damaged ones.
	rescueMark = "rescue"
)

// ErrRescue means that a rescue of the book was cut short.
var ErrRescue = errors.New("a rescue of the book was cut short; run agent doctor --salvage again")

// Rescue says what a salvage found and what became of it.
type Rescue struct {
	Kept       string         `json:"kept"`       // the folder with the damaged files, as they were
	Padded     bool           `json:"padded"`     // the file was shorter than it says
	FirstPage  bool           `json:"first_page"` // its first page was not readable and was made anew
	Rows       map[string]int `json:"rows"`       // read, by table
	Unreadable int            `json:"unreadable"` // stretches of the file that could not be read
	Events     int            `json:"events"`     // whole, in the new book
	Damaged    []Quarantined  `json:"damaged"`    // read and not whole: left out, kept in the damaged file
	Lost       []LostEvent    `json:"lost"`       // of this book's own log, not in the new book
	NoIdentity bool           `json:"no_identity"`
}

// LostEvent is one place of the log whose event the new book lacks. What the province acknowledged
// comes back from there.
type LostEvent struct {
	Epoch uint32 `json:"epoch"`
	Seq   uint64 `json:"seq"`
	Acked bool   `json:"acked"`
	Event string `json:"event,omitempty"` // ids as far as anything still tells them
	Slip  string `json:"slip,omitempty"`
}

// Salvage makes a new book of every row of a damaged one that can still be read and is whole, and puts
// it in its place; the damaged files are kept beside it. No other process may have the book open.
//
// Order: copies of the damaged files, flushed; the mark; the new file, whole; the report beside the
// copies (rescue.json: what was left out and what is lost stays known, while the new book's own list of
// damaged rows is empty); the exchange; the mark goes. A cut before the mark leaves the damaged book
// as it was. After it, the book does not open until Salvage has run again; it begins from the kept
// copies, so nothing is lost by any number of cuts.
//
// The log of the new book ends before the first event that is missing. If the province has more of it,
// the first contact shows a fork: a new epoch is granted and the rest comes back (TakeBack, Regrant).
// If not, what stood behind the missing event waits without a place until the province's word covers
// the end of the log, and is then appended there (SetAck).
func Salvage(ctx context.Context, dir string, keys *seal.Keeper, o Options) (r Rescue, err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("salvaging the book: %w", err)
		}
	}()
	if r.Kept, err = keepDamaged(dir, o); err != nil {
		return r, err
	}
	work := filepath.Join(dir, damagedDir, "work")
	if err := errors.Join(os.RemoveAll(work), durable.MkdirAll(work, 0o700)); err != nil {
		return r, err
	}
	defer os.RemoveAll(work)
	for _, suffix := range []string{"", "-wal"} {
		if err := copyFile(filepath.Join(r.Kept, bookFile+suffix), filepath.Join(work, bookFile+suffix)); err != nil {
			return r, err
		}
	}
	if err := removeAll(dir, freshFile); err != nil {
		return r, err
	}
	book, err := openFile(ctx, dir, freshFile, keys, o)
	if err != nil {
		return r, err
	}
	err = book.fill(ctx, filepath.Join(work, bookFile), &r)
	if err == nil {
		err = book.Checkpoint(ctx)
	}
	if r.NoIdentity && err == nil {
		err = durable.Remove(filepath.Join(dir, heightFile)) // of a log that nobody goes on with
	}
	book.noteHeight(ctx)
	if err = errors.Join(err, book.Close()); err != nil {
		return r, err
	}
	report, err := json.MarshalIndent(r, "", "  ")
	if err == nil {
		err = durable.WriteFile(filepath.Join(r.Kept, rescueReport), report, 0o600)
	}
	if err != nil {
		return r, err
	}
	// The mark stands: from here to its removal the book opens for nobody but another Salvage.
	if err := errors.Join(removeAll(dir, bookFile), durable.Rename(filepath.Join(dir, freshFile), filepath.Join(dir, bookFile))); err != nil {
		return r, err
	}
	return r, durable.Remove(filepath.Join(dir, rescueMark))
}

// keepDamaged copies the damaged files into a folder of their own and sets the mark, or finds what an
// earlier run kept.
func keepDamaged(dir string, o Options) (string, error) {
	name, err := os.ReadFile(filepath.Join(dir, rescueMark))
	if err == nil {
		return filepath.Join(dir, damagedDir, filepath.Base(string(name))), nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	stamp := nowOf(o).UTC().Format("20060102-150405")
	kept := filepath.Join(dir, damagedDir, stamp)
	for n := 2; ; n++ {
		if _, err := os.Stat(kept); errors.Is(err, fs.ErrNotExist) {
			break
		}
		kept = filepath.Join(dir, damagedDir, fmt.Sprintf("%s-%d", stamp, n))
	}
	if err := durable.MkdirAll(kept, 0o700); err != nil {
		return "", err
	}
	for _, suffix := range []string{"", "-wal"} {
		if err := copyFile(filepath.Join(dir, bookFile+suffix), filepath.Join(kept, bookFile+suffix)); err != nil {
			return "", err
		}
	}
	return kept, durable.WriteFile(filepath.Join(dir, rescueMark), []byte(filepath.Base(kept)), 0o600)
}

// copyFile copies durably; a missing file is copied as missing. What a bad sector hides is left as
// zeros: the rest of the file is wanted all the same.
func copyFile(from, to string) error {
	in, err := os.Open(from)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer in.Close()
	info, err := in.Stat()
	if err != nil {
		return err
	}
	out, err := durable.Create(to, 0o600)
	if err != nil {
		return err
	}
	defer out.Abort()
	buf := make([]byte, 4096)
	for off := int64(0); off < info.Size(); off += int64(len(buf)) {
		clear(buf)
		if _, err := in.ReadAt(buf, off); err != nil && !errors.Is(err, io.EOF) {
			clear(buf)
		}
		if _, err := out.Write(buf[:min(int64(len(buf)), info.Size()-off)]); err != nil {
			return err
		}
	}
	return out.Commit()
}

func removeAll(dir, name string) error {
	return errors.Join(durable.Remove(filepath.Join(dir, name+"-wal")), durable.Remove(filepath.Join(dir, name+"-shm")),
		durable.Remove(filepath.Join(dir, name)))
}

// fill copies what can be read of the file at path, then makes the book of it.
func (b *Book) fill(ctx context.Context, path string, r *Rescue) error {
	if err := mendFile(ctx, path, r); err != nil {
		return err
	}
	if err := b.copyRows(ctx, path, r); err != nil {
		return err
	}
	return b.reckon(ctx, r)
}

// mendFile makes a file SQLite will look into: its first page, when it is none, is that of the new book
// (the same steps of the schema give the same roots; a wrong guess shows as rows that are not whole),
// and a file that was cut short is padded with zeros to the length it says.
func mendFile(ctx context.Context, path string, r *Rescue) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	head := make([]byte, 100)
	if _, err := f.ReadAt(head, 0); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if !soundHead(head) {
		if err := newFirstPage(ctx, f, info.Size()); err != nil {
			return err
		}
		r.FirstPage = true
		if _, err := f.ReadAt(head, 0); err != nil {
			return err
		}
	}
	want := max(int64(be32(head[28:]))*pageBytes, (info.Size()+pageBytes-1)/pageBytes*pageBytes)
	if want > info.Size() && want < info.Size()+maxPadding {
		r.Padded = true
		return f.Truncate(want)
	}
	return nil
}

const (
	pageBytes  = 4096
	maxPadding = 1 << 30 // a length beyond it is not a length but damage
)

func be32(b []byte) uint32 {
	return uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
}

// soundHead knows a SQLite header of our page size in WAL mode with a schema page behind it.
func soundHead(head []byte) bool {
	return bytes.HasPrefix(head, []byte("SQLite format 3\x00")) && head[16] == pageBytes>>8 && head[17] == 0 &&
		head[18] == 2 && head[19] == 2 && head[20] == 0 && head[21] == 64 && head[22] == 32 && head[23] == 32 && be32(head[44:]) == 4
}

func newFirstPage(ctx context.Context, f *os.File, size int64) error {
	model, err := firstPageOf(ctx, f.Name()+".model")
	if err != nil {
		return err
	}
	pages := uint32(max((size+pageBytes-1)/pageBytes, 1))
	for i := range 4 {
		model[28+i] = byte(pages >> (24 - 8*i))
		model[92+i] = model[24+i] // the length counts only where these two agree
		model[32+i], model[36+i] = 0, 0
	}
	_, err = f.WriteAt(model, 0)
	return err
}

// firstPageOf is the first page of an empty book of this program.
func firstPageOf(ctx context.Context, path string) ([]byte, error) {
	db, err := sqlitedb.Open(ctx, path, sqlitedb.Options{ApplicationID: applicationID})
	if err != nil {
		return nil, err
	}
	steps, err := fs.Sub(schemaFiles, "schema")
	if err == nil {
		err = db.Migrate(ctx, steps)
	}
	if err == nil {
		err = db.Checkpoint(ctx)
	}
	if err = errors.Join(err, db.Close()); err != nil {
		return nil, err
	}
	all, err := os.ReadFile(path)
	if err == nil && len(all) < pageBytes {
		err = io.ErrUnexpectedEOF
	}
	return all[:min(len(all), pageBytes)], err
}

func nowOf(o Options) time.Time {
	if o.Now == nil {
		return time.Now()
	}
	return o.Now()
}
