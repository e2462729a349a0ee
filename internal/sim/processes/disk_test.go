package processes

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf16"

	"golang.org/x/text/unicode/norm"

	"bendo/internal/ledger"
	"bendo/internal/seal"
	"bendo/portal/store"
	"bendo/syncproto"
)

// openStore opens the portal's data. Nothing of it need have ended: commands do the same.
func (l *lab) openStore(ctx context.Context) (*store.DB, error) {
	keys, err := seal.LoadOrCreate(seal.Options{DataDir: l.state(), MustExist: true})
	if err != nil {
		return nil, err
	}
	o := store.Options{Dir: l.state(), Blobs: filepath.Join(l.state(), "blobs"), Keeper: keys}
	if len(l.database) > 0 {
		o.Database = l.database[1]
	}
	return store.Open(ctx, o)
}

// onDisk reads what the programs left when they ended: every scan byte by byte, and the two ends of
// the log, which must be one chain without a gap.
func (l *lab) onDisk(ctx context.Context) (wrong []string, err error) {
	db, err := l.openStore(ctx)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	if wrong, err = readScans(ctx, db, func(store.Blob) bool { return true }); err != nil {
		return wrong, err
	}
	broken, err := l.compareLogs(ctx, db)
	return append(wrong, broken...), err
}

// readScans reads the scans that must be there, byte by byte.
func readScans(ctx context.Context, db *store.DB, must func(store.Blob) bool) (wrong []string, err error) {
	var blobs []store.Blob
	err = db.Read(ctx, func(tx *store.Tx) error {
		cases, err := tx.Cases("")
		if err != nil {
			return err
		}
		for _, c := range cases {
			of, err := tx.BlobsOf(c.Commune, c.ID)
			if err != nil {
				return err
			}
			blobs = append(blobs, of...)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, b := range blobs {
		if !must(b) {
			continue
		}
		sum, n := sha256.New(), &counter{}
		err := db.ReadBlob(ctx, b, writers{sum, n})
		if err != nil || n.n != b.Ref.Length || syncproto.Digest(sum.Sum(nil)) != b.Ref.SHA256 {
			wrong = append(wrong, fmt.Sprintf("scan %s of dossier %s cannot be read whole at the province: %d of %d bytes, %v",
				b.Ref.SHA256, b.Dossier, n.n, b.Ref.Length, err))
		}
	}
	return wrong, nil
}

type counter struct{ n int64 }

func (c *counter) Write(p []byte) (int, error) { c.n += int64(len(p)); return len(p), nil }

type writers [2]interface{ Write([]byte) (int, error) }

func (w writers) Write(p []byte) (int, error) {
	if n, err := w[0].Write(p); err != nil {
		return n, err
	}
	return w[1].Write(p)
}

// compareLogs wants the office's log and the province's to have one length and one head, and the
// province to hold each of its events once.
func (l *lab) compareLogs(ctx context.Context, db *store.DB) (wrong []string, err error) {
	keys, err := seal.LoadOrCreate(seal.Options{DataDir: l.office(), MustExist: true})
	if err != nil {
		return nil, err
	}
	book, err := ledger.Open(ctx, l.office(), keys, ledger.Options{})
	if err != nil {
		return nil, err
	}
	defer book.Close()
	here, err := book.LogState(ctx)
	if err != nil {
		return nil, err
	}
	damaged, err := book.Quarantine(ctx)
	if err != nil {
		return nil, err
	}
	var there store.Log
	var events, distinct, last int64
	err = db.Read(ctx, func(tx *store.Tx) (err error) {
		if there, err = tx.FindLogUnlocked(commune, here.Log); err != nil {
			return err
		}
		return tx.Row("SELECT COUNT(*), COUNT(DISTINCT seq), COALESCE(MAX(seq), 0) FROM events WHERE commune = ? AND device = ? AND epoch = ?",
			[]any{commune, here.Log.Device[:], int64(here.Log.Epoch)}, &events, &distinct, &last)
	})
	if err != nil {
		return nil, err
	}
	n := int64(here.Next - 1)
	if here.Frozen || there.Frozen || len(damaged) > 0 {
		wrong = append(wrong, fmt.Sprintf("frozen here %v, there %v, damaged rows %d", here.Frozen, there.Frozen, len(damaged)))
	}
	if int64(here.Acked) != n || int64(there.Applied) != n || here.Head != there.Head || events != n || distinct != n || last != n {
		wrong = append(wrong, fmt.Sprintf("the logs differ: written %d, acknowledged %d, applied %d, events %d (distinct %d, last %d), heads %s and %s",
			n, here.Acked, there.Applied, events, distinct, last, here.Head, there.Head))
	}
	return wrong, nil
}

// secrets are the ways in which a text could lie in a file.
type secrets map[string]string // what is looked for → what it is

func newSecrets(texts ...string) secrets {
	s := secrets{}
	for _, text := range texts {
		wide := make([]byte, 0, 2*len(text))
		for _, u := range utf16.Encode([]rune(text)) {
			wide = append(wide, byte(u), byte(u>>8))
		}
		escaped := strings.Trim(fmt.Sprintf("%+q", text), `"`) // as JSON and Go escape it
		for how, form := range map[string]string{"": norm.NFC.String(text), "decomposed ": norm.NFD.String(text),
			"hex ": hex.EncodeToString([]byte(text)), "escaped ": escaped, "UTF-16 ": string(wide)} {
			s[form] = how + text
		}
		for shift := range 3 { // base64 has three faces, the middle of each does not depend on the neighbours
			b := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("x", shift) + text))
			if b = b[4 : len(b)-4]; len(b) >= 12 {
				s[b] = "base64 " + text
			}
		}
	}
	return s
}

// search looks through every file below dirs, names included.
func (s secrets) search(dirs ...string) (hits []string, files int, err error) {
	for _, dir := range dirs {
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			for form, what := range s {
				if strings.Contains(d.Name(), form) {
					hits = append(hits, fmt.Sprintf("the name of %s holds %s", path, what))
				}
			}
			if !d.Type().IsRegular() {
				return nil
			}
			data, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			files++
			for form, what := range s {
				if bytes.Contains(data, []byte(form)) {
					hits = append(hits, fmt.Sprintf("%s holds %s", path, what))
				}
			}
			return nil
		})
		if err != nil {
			return hits, files, fmt.Errorf("searching %s: %w", dir, err)
		}
	}
	return hits, files, nil
}
