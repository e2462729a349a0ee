package vault

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"bendo/internal/durable"
	"bendo/internal/seal"
)

// An upload on its way is a file of records: 4 bytes length (big-endian) of what follows, then
// the piece sealed under the dossier's key for its offset. A record is appended only after the one
// before it was flushed, so a cut can tear the last record only; it is found by its length or its
// tag and cut off. Everything before it was acknowledged and stays.
const (
	recordHead = 4

	// MaxPiece is the largest piece AppendAt takes in bytes.
	MaxPiece = 1 << 20
)

func (v *Vault) partialPath(name string) string { return filepath.Join(v.dir, "partial", name) }

func piecePlace(dossier [16]byte, sha256sum [32]byte, off int64) seal.AAD {
	return seal.AAD{Table: "vault-partial", ID: append(dossier[:], sha256sum[:]...), Rev: off}
}

// AppendAt adds data to the upload of a scan at the plaintext offset off and returns how many
// bytes are now durable. When off is not where the upload stands nothing is written, and the
// answer tells the right offset: a correction, not an error. Several processes may call it at
// once for one scan; pieces never interleave. Who may append is for the caller to decide.
func (v *Vault) AppendAt(key seal.Key, dossier [16]byte, sha256sum [32]byte, off int64, data []byte) (int64, error) {
	if len(data) > MaxPiece || off > MaxBlob-int64(len(data)) {
		return 0, fmt.Errorf("appending to an upload: %w", ErrTooLarge)
	}
	p, done, err := v.openUpload(key, dossier, sha256sum)
	if err != nil {
		return 0, fmt.Errorf("appending to an upload: %w", err)
	}
	if p == nil {
		return done, nil
	}
	defer p.close()
	if off != p.size || len(data) == 0 {
		err = p.settle()
	} else {
		err = p.append(data)
	}
	if err != nil {
		return 0, fmt.Errorf("appending to an upload: %w", err)
	}
	return p.size, nil
}

// openUpload opens the upload of a scan, or returns nil and the scan's length when it is complete.
func (v *Vault) openUpload(key seal.Key, dossier [16]byte, sha256sum [32]byte) (*partial, int64, error) {
	if n, ok := v.finished(key, dossier, sha256sum); ok {
		return nil, n, nil
	}
	p, err := v.openPartial(key, dossier, sha256sum, true)
	if err != nil {
		return nil, 0, err
	}
	// It may have been completed, and this upload begun anew, between the question and the lock.
	if n, ok := v.finished(key, dossier, sha256sum); ok {
		defer p.close()
		return nil, n, p.drop()
	}
	return p, 0, nil
}

// finished says whether the scan is there and opens. A damaged one is not: it is uploaded again.
func (v *Vault) finished(key seal.Key, dossier [16]byte, sha256sum [32]byte) (int64, bool) {
	b, err := v.open(key, dossier, sha256sum)
	if err != nil {
		return 0, false
	}
	defer b.Close()
	return b.Size(), true
}

// Offset returns how many bytes of a scan are durable, and whether it is complete.
func (v *Vault) Offset(key seal.Key, dossier [16]byte, sha256sum [32]byte) (off int64, complete bool, err error) {
	if n, ok := v.finished(key, dossier, sha256sum); ok {
		return n, true, nil
	}
	p, err := v.openPartial(key, dossier, sha256sum, false)
	if errors.Is(err, fs.ErrNotExist) {
		n, ok := v.finished(key, dossier, sha256sum) // completed a moment ago
		return n, ok, nil
	}
	if err != nil {
		return 0, false, fmt.Errorf("asking for the offset of an upload: %w", err)
	}
	defer p.close()
	if err := p.settle(); err != nil {
		return 0, false, fmt.Errorf("asking for the offset of an upload: %w", err)
	}
	return p.size, false, nil
}

// Complete turns an upload that has all its bytes into a scan, checking length and digest of the
// plaintext. Again after success it answers the same. [ErrIncomplete]: bytes are missing, the
// upload stays. [ErrMismatch]: these bytes can never become that scan; the upload is dropped and
// begins again at 0.
func (v *Vault) Complete(ctx context.Context, key seal.Key, dossier [16]byte, sha256sum [32]byte, length int64) (Ref, error) {
	ref, err := v.complete(ctx, key, dossier, sha256sum, length)
	if err != nil {
		return Ref{}, fmt.Errorf("completing an upload: %w", err)
	}
	return ref, nil
}

func (v *Vault) complete(ctx context.Context, key seal.Key, dossier [16]byte, sha256sum [32]byte, length int64) (Ref, error) {
	name := v.names.Name(dossier, sha256sum)
	want := Ref{SHA256: sha256sum, Length: length, Name: name}
	p, err := v.openPartial(key, dossier, sha256sum, false)
	if errors.Is(err, fs.ErrNotExist) {
		return want, v.alreadyComplete(ctx, key, dossier, want)
	}
	if err != nil {
		return Ref{}, err
	}
	defer p.close()
	if p.size < length {
		return Ref{}, fmt.Errorf("%w: %d of %d bytes", ErrIncomplete, p.size, length)
	}
	s, err := v.begin(key, dossier)
	if err != nil {
		return Ref{}, err
	}
	defer s.abort()
	if err := p.copyTo(ctx, s); err != nil {
		return Ref{}, err
	}
	if [32]byte(s.sum.Sum(nil)) != sha256sum || s.n != length {
		return Ref{}, errors.Join(ErrMismatch, p.drop())
	}
	ref, err := s.commit(ctx)
	if err != nil {
		return Ref{}, err
	}
	reached("completed")
	// A cut before this leaves the scan and its upload; the next Complete drops the upload.
	return ref, p.drop()
}

func (v *Vault) alreadyComplete(ctx context.Context, key seal.Key, dossier [16]byte, want Ref) error {
	err := v.Verify(ctx, key, dossier, want.SHA256, want.Length)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: 0 of %d bytes", ErrIncomplete, want.Length)
	}
	if err != nil {
		return err
	}
	unlock, err := v.lock()
	if err != nil {
		return err
	}
	defer unlock()
	kept, err := v.keep(want.Name)
	if err == nil && !kept {
		err = fmt.Errorf("%w: 0 of %d bytes", ErrIncomplete, want.Length)
	}
	return err
}

// partial is an open and locked upload.
type partial struct {
	f    *os.File
	key  seal.Key
	at   func(off int64) seal.AAD
	size int64 // plaintext bytes that are durable
	end  int64 // of the file
}

// openPartial opens, locks and recovers an upload.
func (v *Vault) openPartial(key seal.Key, dossier [16]byte, sha256sum [32]byte, create bool) (*partial, error) {
	if key.IsZero() {
		return nil, seal.ErrErased
	}
	path := v.partialPath(v.names.Name(dossier, sha256sum))
	for {
		f, err := openLocked(path, create)
		if err != nil {
			return nil, err
		}
		if f == nil {
			continue // completed or dropped while we waited for the lock
		}
		p := &partial{f: f, key: key, at: func(off int64) seal.AAD { return piecePlace(dossier, sha256sum, off) }}
		if err := p.recover(); err != nil {
			f.Close()
			return nil, err
		}
		return p, nil
	}
}

// openLocked returns nil and no error when the file lost its name before the lock was ours.
func openLocked(path string, create bool) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if create && errors.Is(err, fs.ErrNotExist) {
		f, err = os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	}
	if err == nil {
		err = durable.LockFile(f)
	}
	if err != nil {
		if f != nil {
			f.Close()
		}
		return nil, err
	}
	mine, err := f.Stat()
	if err == nil {
		var named os.FileInfo
		if named, err = os.Stat(path); err == nil && os.SameFile(mine, named) {
			return f, nil
		}
	}
	f.Close()
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		if !create && err != nil {
			return nil, fs.ErrNotExist
		}
		return nil, nil
	}
	return nil, err
}

func (p *partial) close() { p.f.Close() }

// settle flushes what another process wrote and died before flushing, so that an offset that is
// told is one that stays.
func (p *partial) settle() error {
	if p.end == 0 {
		return nil
	}
	return durable.Datasync(p.f)
}

// recover walks over the records and cuts off those at the end that do not open. A cut tears only
// the last, so one tag is checked as a rule; Complete checks all.
func (p *partial) recover() error {
	info, err := p.f.Stat()
	if err != nil {
		return err
	}
	type record struct{ at, off int64 } // in the file, in the plaintext
	var records []record
	fileSize := info.Size()
	for {
		n, err := p.recordLength(p.end, fileSize)
		if err != nil {
			return err
		}
		if n == 0 {
			break
		}
		records = append(records, record{p.end, p.size})
		p.size += n - seal.Overhead
		p.end += recordHead + n
	}
	for len(records) > 0 {
		last := records[len(records)-1]
		_, err := p.piece(last.at, last.off)
		if err == nil {
			break
		}
		if !errors.Is(err, seal.ErrTampered) && !errors.Is(err, seal.ErrVersion) {
			return err
		}
		p.end, p.size = last.at, last.off
		records = records[:len(records)-1]
	}
	if p.end == fileSize {
		return nil
	}
	if err := p.f.Truncate(p.end); err != nil {
		return fmt.Errorf("cutting off a torn piece: %w", err)
	}
	return p.f.Sync()
}

// recordLength returns the sealed length of the record at file offset at, 0 when none is whole.
func (p *partial) recordLength(at, fileSize int64) (int64, error) {
	if fileSize-at < recordHead {
		return 0, nil
	}
	var head [recordHead]byte
	if _, err := p.f.ReadAt(head[:], at); err != nil {
		return 0, err
	}
	n := int64(binary.BigEndian.Uint32(head[:]))
	if n <= seal.Overhead || n > MaxPiece+seal.Overhead || n > fileSize-at-recordHead {
		return 0, nil
	}
	return n, nil
}

// piece opens the record at file offset at, which begins at plaintext offset off.
func (p *partial) piece(at, off int64) ([]byte, error) {
	n, err := p.recordLength(at, 1<<62)
	if err != nil {
		return nil, err
	}
	sealed := make([]byte, n)
	if _, err := p.f.ReadAt(sealed, at+recordHead); err != nil {
		return nil, err
	}
	return seal.Open(p.key, p.at(off), sealed)
}

// append writes one record and flushes it. A cut before the flush returns leaves a record that
// recover finds torn, or whole but not acknowledged.
func (p *partial) append(data []byte) error {
	if p.end == 0 {
		// Before the first record, so that a file with records has a name that stays.
		if err := durable.SyncDir(filepath.Dir(p.f.Name())); err != nil {
			return err
		}
	}
	sealed := seal.Seal(p.key, p.at(p.size), data)
	record := binary.BigEndian.AppendUint32(make([]byte, 0, recordHead+len(sealed)), uint32(len(sealed)))
	record = append(record, sealed...)
	if hook != nil { // a torn write, for the tests
		p.f.WriteAt(record[:len(record)/2], p.end)
		reached("half a piece")
	}
	if _, err := p.f.WriteAt(record, p.end); err != nil {
		p.f.Truncate(p.end) // best effort: recover does the same
		return err
	}
	reached("piece written")
	if err := durable.Datasync(p.f); err != nil {
		return err
	}
	p.size += int64(len(data))
	p.end += int64(len(record))
	return nil
}

// copyTo writes all pieces to w. A damaged piece cuts the upload off before itself, so that the
// sender begins again from there.
func (p *partial) copyTo(ctx context.Context, w io.Writer) error {
	at, off := int64(0), int64(0)
	for at < p.end {
		if err := ctx.Err(); err != nil {
			return err
		}
		data, err := p.piece(at, off)
		if errors.Is(err, seal.ErrTampered) || errors.Is(err, seal.ErrVersion) {
			if err := errors.Join(p.f.Truncate(at), p.f.Sync()); err != nil {
				return err
			}
			return fmt.Errorf("%w: the piece at %d is damaged", ErrIncomplete, off)
		}
		if err != nil {
			return err
		}
		if _, err := w.Write(data); err != nil {
			return err
		}
		at += recordHead + int64(len(data)) + seal.Overhead
		off += int64(len(data))
	}
	return nil
}

// drop removes the upload while its lock is held, so that whoever waits for it begins anew.
func (p *partial) drop() error {
	if runtime.GOOS == "windows" { // an open file cannot be removed there
		if err := errors.Join(p.f.Truncate(0), p.f.Close()); err != nil {
			return err
		}
	}
	return durable.Remove(p.f.Name())
}
