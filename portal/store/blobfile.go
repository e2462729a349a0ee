package store

import (
	"bufio"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"bendo/internal/durable"
	"bendo/internal/seal"
	"bendo/syncproto"
)

// A scan's file is a row of sealed pieces, one per append:
//
//	4 bytes length of the sealed piece (big endian), the piece as seal.Seal made it
//
// Each piece is bound to (dossier, digest, plain offset), so pieces cannot be
// swapped, dropped in the middle or taken from another scan. The row says how
// many bytes of the file count; what lies behind them is the rest of an append
// that a crash cut before its row and is overwritten by the next one.

// maxPiece bounds one append and, with it, what reading needs in memory.
const maxPiece = 1 << 20

type blobFile struct {
	path    string
	key     seal.Key
	dossier syncproto.DossierID
	sha     syncproto.Digest
}

func (db *DB) prepareBlobs() error {
	if db.blobs == "" {
		return errors.New("no directory for the scans was given")
	}
	return durable.MkdirAll(db.blobs, 0o700)
}

// blobFile names the file by a keyed digest: a directory listing tells nothing
// about which scan a commune sent.
func (tx *Tx) blobFile(commune string, dossier syncproto.DossierID, sha syncproto.Digest) (*blobFile, error) {
	key, err := tx.dossierKey(commune, dossier, true)
	if err != nil {
		return nil, err
	}
	return tx.blobFileUnder(key, commune, dossier, sha), nil
}

func (tx *Tx) blobFileUnder(key seal.Key, commune string, dossier syncproto.DossierID, sha syncproto.Digest) *blobFile {
	name := tx.db.keeper.Name(dossier, sha)
	return &blobFile{path: filepath.Join(tx.db.blobs, name[:2], commune+"-"+name), key: key, dossier: dossier, sha: sha}
}

func (f *blobFile) aad(offset int64) string {
	return fmt.Sprintf("blob/%s/%s/%d", f.dossier, f.sha, offset)
}

// append writes one piece at file offset at and flushes it; it returns the new
// length of the file that counts.
func (f *blobFile) append(at, offset int64, piece []byte) (int64, error) {
	if len(piece) == 0 || len(piece) > maxPiece {
		return 0, fmt.Errorf("appending %d bytes: want 1 to %d", len(piece), maxPiece)
	}
	// The name is flushed with every first piece, also when the file is there: whoever made it may have
	// been cut before flushing, and a row must not count on a name that a power cut takes.
	first := at == 0
	if _, err := os.Stat(f.path); errors.Is(err, os.ErrNotExist) {
		if !first {
			return 0, errBlobLost
		}
		if err := durable.MkdirAll(filepath.Dir(f.path), 0o700); err != nil {
			return 0, err
		}
	}
	file, err := os.OpenFile(f.path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return 0, err
	}
	defer file.Close()
	// What counts must be there: a file system that lost it is found here and
	// not when an officer opens the scan.
	if info, err := file.Stat(); err != nil {
		return 0, err
	} else if info.Size() < at {
		return 0, errBlobLost
	}
	sealed := sealWith(f.key, f.aad(offset), piece)
	record := binary.BigEndian.AppendUint32(make([]byte, 0, 4+len(sealed)), uint32(len(sealed)))
	record = append(record, sealed...)
	if _, err := file.WriteAt(record, at); err != nil {
		return 0, err
	}
	// A crash here leaves bytes behind the counted length: overwritten next time.
	if err := durable.Datasync(file); err != nil {
		return 0, err
	}
	if first {
		if err := durable.SyncDir(filepath.Dir(f.path)); err != nil {
			return 0, err
		}
	}
	return at + int64(len(record)), file.Close()
}

// errBlobLost: the row counts bytes that the file does not have. The scan starts
// again from zero.
var errBlobLost = errors.New("the scan's file is shorter than its row says")

// read writes the plain bytes of the first fileSize bytes to w.
func (f *blobFile) read(w io.Writer, fileSize int64) error {
	file, err := os.Open(f.path)
	if err != nil {
		return fmt.Errorf("opening a scan: %w", err)
	}
	defer file.Close()
	r := bufio.NewReaderSize(io.LimitReader(file, fileSize), 128<<10)
	var offset int64
	for {
		var head [4]byte
		if _, err := io.ReadFull(r, head[:]); err == io.EOF {
			return nil
		} else if err != nil {
			return fmt.Errorf("reading a scan: %w", ErrDamaged)
		}
		n := binary.BigEndian.Uint32(head[:])
		if n > maxPiece+64 {
			return fmt.Errorf("reading a scan: %w", ErrDamaged)
		}
		sealed := make([]byte, n)
		if _, err := io.ReadFull(r, sealed); err != nil {
			return fmt.Errorf("reading a scan: %w", ErrDamaged)
		}
		plain, err := openWith(f.key, f.aad(offset), sealed)
		if err != nil {
			return err
		}
		if _, err := w.Write(plain); err != nil {
			return err
		}
		offset += int64(len(plain))
	}
}

// readAt fills p with plain bytes from offset off. Pieces before it are stepped
// over without being opened.
func (f *blobFile) readAt(p []byte, off, fileSize int64) (int, error) {
	file, err := os.Open(f.path)
	if err != nil {
		return 0, fmt.Errorf("opening a scan: %w", err)
	}
	defer file.Close()
	var at, offset int64
	n := 0
	for at < fileSize && n < len(p) {
		var head [4]byte
		if _, err := file.ReadAt(head[:], at); err != nil {
			return n, fmt.Errorf("reading a scan: %w", ErrDamaged)
		}
		size := int64(binary.BigEndian.Uint32(head[:]))
		if size < seal.Overhead || size > maxPiece+seal.Overhead {
			return n, fmt.Errorf("reading a scan: %w", ErrDamaged)
		}
		if length := size - seal.Overhead; off < offset+length {
			sealed := make([]byte, size)
			if _, err := file.ReadAt(sealed, at+4); err != nil {
				return n, fmt.Errorf("reading a scan: %w", ErrDamaged)
			}
			plain, err := openWith(f.key, f.aad(offset), sealed)
			if err != nil {
				return n, err
			}
			copied := copy(p[n:], plain[off-offset:])
			n, off = n+copied, off+int64(copied)
		}
		offset += size - seal.Overhead
		at += 4 + size
	}
	return n, nil
}

// verify tells whether the first fileSize bytes are the scan: length and digest.
func (f *blobFile) verify(fileSize, length int64) (bool, error) {
	sum := sha256.New()
	count := &counter{w: sum}
	if err := f.read(count, fileSize); errors.Is(err, ErrDamaged) || errors.Is(err, os.ErrNotExist) {
		return false, nil
	} else if err != nil {
		return false, err
	}
	return count.n == length && syncproto.Digest(sum.Sum(nil)) == f.sha, nil
}

type counter struct {
	w io.Writer
	n int64
}

func (c *counter) Write(p []byte) (int, error) {
	c.n += int64(len(p))
	return c.w.Write(p)
}
