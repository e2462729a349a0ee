// Package vault keeps scans (bản quét): sealed files, one per dossier and content.
//
// It promises: when [Vault.Put] or [Vault.Complete] returns nil, the file is on disk under its
// name, whole and flushed, and the row that names it may be written. Putting the same bytes of the
// same dossier again changes nothing. [Vault.Open] answers only with the content whose digest was
// asked for; a damaged, swapped or shortened file is an error, never other bytes.
//
// A file's name is a keyed digest of the dossier and the content: it shows neither the content's
// digest nor that two dossiers hold the same scan, so nothing is shared between dossiers, and
// erasing a dossier's key makes its scans unreadable where they lie.
//
// It refuses: more than [MaxBlob] bytes, and to complete an upload by its length alone.
//
// A power cut leaves a temporary file, or a whole file that no row names yet (the row is written
// after the file, the file removed after the row). [Vault.Sweep] clears both by age. An upload
// that arrives in pieces keeps every piece that was acknowledged ([Vault.AppendAt]).
//
// On disk: DIR/ab/abcd… (sealed streams), DIR/partial/abcd… (uploads on their way), DIR/.lock.
package vault

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"bendo/internal/durable"
	"bendo/internal/seal"
)

// MaxBlob is the largest scan in bytes (64 MiB).
const MaxBlob = 64 << 20

var (
	// ErrTooLarge means more bytes than allowed; the resident is asked to scan with less detail.
	ErrTooLarge = errors.New("the file is larger than allowed")
	// ErrMismatch means that the bytes are not those their digest or length promised.
	ErrMismatch = errors.New("the content does not match its digest or length")
	// ErrIncomplete means that an upload has not all of its bytes yet.
	ErrIncomplete = errors.New("the upload is not complete")
)

// Namer gives the file name of a dossier's scan ([seal.Keeper] does).
type Namer interface {
	Name(dossier [16]byte, sha256sum [32]byte) string
}

// Vault is a directory of sealed files. Safe for concurrent use, also from several processes.
type Vault struct {
	dir   string
	names Namer
}

// Ref says what Put stored.
type Ref struct {
	SHA256 [32]byte // of the plaintext
	Length int64    // of the plaintext, in bytes
	Name   string   // of the file, 64 hex digits; what Sweep asks about
}

// hook is called after each step; tests kill the process there. Nil outside tests.
var hook func(step string)

func reached(step string) {
	if hook != nil {
		hook(step)
	}
}

// Open opens the vault in dir, making what is missing (0700).
func Open(dir string, names Namer) (*Vault, error) {
	if err := durable.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("opening the vault: %w", err)
	}
	// All directories are made and flushed here, so that no Put has to: one made by a process that
	// died before flushing would look finished to the next.
	subs := []string{"partial"}
	for i := range 256 {
		subs = append(subs, fmt.Sprintf("%02x", i))
	}
	for _, sub := range subs {
		if err := os.Mkdir(filepath.Join(dir, sub), 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
			return nil, fmt.Errorf("opening the vault: %w", err)
		}
	}
	if err := durable.SyncDir(dir); err != nil {
		return nil, fmt.Errorf("opening the vault: %w", err)
	}
	return &Vault{dir: dir, names: names}, nil
}

func (v *Vault) path(name string) string { return filepath.Join(v.dir, name[:2], name) }

// place is what a dossier's files are sealed for. The content's digest is not known before its
// end, so it stands behind the content inside the sealed stream instead.
func place(dossier [16]byte) seal.AAD { return seal.AAD{Table: "vault", ID: dossier[:]} }

// Put stores what r yields, at most limit bytes (0: MaxBlob), under the dossier's key. When it
// returns nil the file is durable and has its name. After an error nothing new is there.
func (v *Vault) Put(ctx context.Context, key seal.Key, dossier [16]byte, r io.Reader, limit int64) (Ref, error) {
	if limit <= 0 || limit > MaxBlob {
		limit = MaxBlob
	}
	s, err := v.begin(key, dossier)
	if err != nil {
		return Ref{}, fmt.Errorf("storing a scan: %w", err)
	}
	defer s.abort()
	n, err := io.Copy(s, io.LimitReader(ctxReader{ctx, r}, limit+1))
	if err != nil {
		return Ref{}, fmt.Errorf("storing a scan: %w", err)
	}
	if n > limit {
		return Ref{}, fmt.Errorf("storing a scan: %w (%d bytes)", ErrTooLarge, limit)
	}
	ref, err := s.commit(ctx)
	if err != nil {
		return Ref{}, fmt.Errorf("storing a scan: %w", err)
	}
	return ref, nil
}

// incoming is a file that is being sealed while its content is hashed.
type incoming struct {
	v       *Vault
	key     seal.Key
	dossier [16]byte
	file    *durable.File
	w       *seal.Writer
	sum     hash.Hash
	n       int64
}

func (v *Vault) begin(key seal.Key, dossier [16]byte) (*incoming, error) {
	if key.IsZero() {
		return nil, seal.ErrErased
	}
	// A cut from here to the name leaves a temporary file of sealed bytes.
	f, err := durable.Create(filepath.Join(v.dir, "incoming"), 0o600)
	if err != nil {
		return nil, err
	}
	w, err := seal.NewWriter(f, key, place(dossier))
	if err != nil {
		f.Abort()
		return nil, err
	}
	return &incoming{v: v, key: key, dossier: dossier, file: f, w: w, sum: sha256.New()}, nil
}

func (s *incoming) Write(p []byte) (int, error) {
	n, err := s.w.Write(p)
	s.sum.Write(p[:n])
	s.n += int64(n)
	return n, err
}

func (s *incoming) abort() { s.file.Abort() }

// commit ends the stream with the content's digest, flushes the file and gives it its name.
func (s *incoming) commit(ctx context.Context) (Ref, error) {
	ref := Ref{SHA256: [32]byte(s.sum.Sum(nil)), Length: s.n}
	ref.Name = s.v.names.Name(s.dossier, ref.SHA256)
	if _, err := s.w.Write(ref.SHA256[:]); err != nil {
		return Ref{}, err
	}
	if err := s.w.Close(); err != nil {
		return Ref{}, err
	}
	reached("sealed")
	sound := s.v.Verify(ctx, s.key, s.dossier, ref.SHA256, ref.Length) == nil
	unlock, err := s.v.lock()
	if err != nil {
		return Ref{}, err
	}
	defer unlock()
	if sound {
		if kept, err := s.v.keep(ref.Name); err != nil || kept {
			return ref, err
		}
	}
	if err := ctx.Err(); err != nil { // a cancelled Verify must not pass for a damaged file
		return Ref{}, err
	}
	// A cut after this leaves a whole file that no row names: Sweep's work.
	if err := s.file.CommitAs(s.v.path(ref.Name)); err != nil {
		return Ref{}, err
	}
	reached("named")
	return ref, nil
}

// keep makes a file that is already there young, so that Sweep leaves it alone until its row is
// written, and says whether it is still there. The lock is held.
func (v *Vault) keep(name string) (bool, error) {
	now := time.Now()
	err := os.Chtimes(v.path(name), now, now)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return true, durable.SyncDir(filepath.Dir(v.path(name))) // its first Put may have died before this
}

// lock keeps Sweep and the naming of files apart, between processes too.
func (v *Vault) lock() (unlock func(), err error) {
	f, err := os.OpenFile(filepath.Join(v.dir, ".lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := durable.LockFile(f); err != nil {
		f.Close()
		return nil, err
	}
	return func() { f.Close() }, nil
}

// Blob is an open scan: plaintext at any offset. Safe for concurrent use until Close.
type Blob struct {
	*io.SectionReader // of the content, without the digest behind it
	f                 *os.File
}

// Close gives the file back.
func (b *Blob) Close() error { return b.f.Close() }

// Open opens a dossier's scan by the digest of its content. A missing one is [fs.ErrNotExist], a
// damaged or swapped one [seal.ErrTampered]. Every range read is verified; the digest of the whole
// is checked against the one stored with it, not computed (see Verify).
func (v *Vault) Open(key seal.Key, dossier [16]byte, sha256sum [32]byte) (*Blob, error) {
	b, err := v.open(key, dossier, sha256sum)
	if err != nil {
		return nil, fmt.Errorf("opening scan %s: %w", v.names.Name(dossier, sha256sum)[:8], err)
	}
	return b, nil
}

func (v *Vault) open(key seal.Key, dossier [16]byte, sha256sum [32]byte) (*Blob, error) {
	f, err := os.Open(v.path(v.names.Name(dossier, sha256sum)))
	if err != nil {
		return nil, err
	}
	section, err := openContent(f, key, dossier, sha256sum)
	if err != nil {
		f.Close()
		return nil, err
	}
	return &Blob{section, f}, nil
}

func openContent(f *os.File, key seal.Key, dossier [16]byte, sha256sum [32]byte) (*io.SectionReader, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	r, err := seal.NewReaderAt(f, info.Size(), key, place(dossier))
	if err != nil {
		return nil, err
	}
	length := r.Size() - sha256.Size
	if length < 0 {
		return nil, seal.ErrTampered
	}
	stored := make([]byte, sha256.Size)
	if _, err := r.ReadAt(stored, length); err != nil {
		return nil, err
	}
	if !bytes.Equal(stored, sha256sum[:]) {
		return nil, seal.ErrTampered // another scan of the same dossier under this name
	}
	return io.NewSectionReader(r, 0, length), nil
}

// Verify reads the whole scan and checks every byte against the digest and the length. It is what
// the weekly scrub and the sender ask before they believe a file.
func (v *Vault) Verify(ctx context.Context, key seal.Key, dossier [16]byte, sha256sum [32]byte, length int64) error {
	b, err := v.Open(key, dossier, sha256sum)
	if err != nil {
		return err
	}
	defer b.Close()
	h := sha256.New()
	n, err := io.Copy(h, ctxReader{ctx, b})
	if err != nil {
		return fmt.Errorf("verifying scan %s: %w", v.names.Name(dossier, sha256sum)[:8], err)
	}
	if n != length || !bytes.Equal(h.Sum(nil), sha256sum[:]) {
		return fmt.Errorf("verifying scan %s: %w", v.names.Name(dossier, sha256sum)[:8], ErrMismatch)
	}
	return nil
}

// Has says whether the file of a scan is there, without looking inside.
func (v *Vault) Has(dossier [16]byte, sha256sum [32]byte) (bool, error) {
	_, err := os.Stat(v.path(v.names.Name(dossier, sha256sum)))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("looking for a scan: %w", err)
	}
	return true, nil
}

// Remove deletes a scan and what arrived of it, durably; a missing one is a success. Call it after
// the row that named it is gone.
func (v *Vault) Remove(dossier [16]byte, sha256sum [32]byte) error {
	name := v.names.Name(dossier, sha256sum)
	for _, path := range []string{v.partialPath(name), v.path(name)} {
		if err := durable.Remove(path); err != nil {
			return fmt.Errorf("removing a scan: %w", err)
		}
	}
	return nil
}

type ctxReader struct {
	ctx context.Context
	r   io.Reader
}

func (c ctxReader) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}
