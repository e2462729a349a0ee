package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"bendo/internal/seal"
	"bendo/syncproto"
)

// Blob is a scan as the store knows it.
type Blob struct {
	Commune    string
	Dossier    syncproto.DossierID
	Ref        syncproto.BlobRef
	Book       syncproto.BookID
	Session    uint64 // the newest session seen
	Size       int64  // durable plain bytes
	CompleteAt int64  // unix ms, 0: not yet

	fileSize int64
}

// Complete says that every byte is there, with length and digest verified.
func (b Blob) Complete() bool { return b.CompleteAt != 0 }

const blobColumns = "dossier, sha256, length, mime, role, book, session, size, file_size, complete_at"

func scanBlob(commune string, scan func(...any) error) (Blob, error) {
	b := Blob{Commune: commune}
	var dossier, sha, book []byte
	var session int64
	err := scan(&dossier, &sha, &b.Ref.Length, &b.Ref.MIME, &b.Ref.Role, &book, &session, &b.Size, &b.fileSize, &b.CompleteAt)
	b.Session = uint64(session)
	copy(b.Dossier[:], dossier)
	copy(b.Ref.SHA256[:], sha)
	copy(b.Book[:], book)
	return b, err
}

// ExpectBlob makes the row of a scan that a signed event of book names. The first promise
// fixes the length; a second one with another length is not believed.
func (tx *Tx) ExpectBlob(commune string, dossier syncproto.DossierID, book syncproto.BookID, ref syncproto.BlobRef) error {
	_, err := tx.Exec(`INSERT INTO blobs (commune, dossier, sha256, length, mime, role, book, session, size, file_size, complete_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, 0, 0, 0, 0) ON CONFLICT (commune, dossier, sha256) DO NOTHING`,
		commune, dossier[:], ref.SHA256[:], ref.Length, Clean(ref.MIME, 128), Clean(ref.Role, 128), book[:])
	if err != nil {
		return fmt.Errorf("expecting a scan: %w", err)
	}
	return nil
}

// FindBlob returns ErrNotFound when no signed event named the scan.
func (tx *Tx) FindBlob(commune string, dossier syncproto.DossierID, sha syncproto.Digest) (Blob, error) {
	b, err := tx.findBlob(commune, dossier, sha, "")
	if !errors.Is(err, ErrNotFound) {
		return b, err
	}
	return tx.findPromised(commune, dossier, sha)
}

// LockBlob is FindBlob that keeps appends to this scan waiting. A scan of which nothing is
// here has no row to lock: it gets it now. Of two that make it the second waits for the
// first one's commit and finds what the first one left.
func (tx *Tx) LockBlob(commune string, dossier syncproto.DossierID, sha syncproto.Digest) (Blob, error) {
	b, err := tx.findBlob(commune, dossier, sha, "{lock}")
	if !errors.Is(err, ErrNotFound) {
		return b, err
	}
	if b, err = tx.findPromised(commune, dossier, sha); err != nil {
		return b, err
	}
	if err := tx.ExpectBlob(commune, dossier, b.Book, b.Ref); err != nil {
		return b, err
	}
	return tx.findBlob(commune, dossier, sha, "{lock}")
}

func (tx *Tx) findBlob(commune string, dossier syncproto.DossierID, sha syncproto.Digest, lock string) (Blob, error) {
	return scanBlob(commune, func(into ...any) error {
		return tx.Row("SELECT "+blobColumns+" FROM blobs WHERE commune = ? AND dossier = ? AND sha256 = ?"+lock,
			[]any{commune, dossier[:], sha[:]}, into...)
	})
}

// BlobsOf lists the scans of a dossier.
func (tx *Tx) BlobsOf(commune string, dossier syncproto.DossierID) ([]Blob, error) {
	found, err := tx.blobRowsOf(commune, dossier)
	if err != nil {
		return nil, err
	}
	promised, err := tx.promisedOf(commune, dossier)
	for _, b := range promised {
		if !slices.ContainsFunc(found, func(there Blob) bool { return there.Ref.SHA256 == b.Ref.SHA256 }) {
			found = append(found, b)
		}
	}
	slices.SortFunc(found, func(a, b Blob) int { return bytes.Compare(a.Ref.SHA256[:], b.Ref.SHA256[:]) })
	return found, err
}

// blobRowsOf lists those scans of a dossier of which something is here.
func (tx *Tx) blobRowsOf(commune string, dossier syncproto.DossierID) ([]Blob, error) {
	var found []Blob
	err := tx.Each("SELECT "+blobColumns+" FROM blobs WHERE commune = ? AND dossier = ? ORDER BY sha256",
		[]any{commune, dossier[:]}, func(scan func(...any) error) error {
			b, err := scanBlob(commune, scan)
			found = append(found, b)
			return err
		})
	return found, err
}

// Appended is what an append came to.
type Appended struct {
	Offset   int64 // durable bytes: where the next piece begins
	Length   int64
	Complete bool
	// Session is the newest session; when it is above the caller's, the caller
	// was superseded and nothing was written.
	Session uint64
	// Restarted: all bytes were there and the digest was wrong, or the file was
	// damaged; everything begins again at 0.
	Restarted bool
}

// Append adds piece at offset on behalf of session. The row is locked from the
// check to the commit, so of two sessions (a dead connection's ghost and its
// successor) only the newest writes and neither can tear the other's bytes.
// The wrong offset writes nothing and answers the right one. Sending the same
// piece twice changes nothing. The last piece verifies length and digest before
// the row says complete.
func (tx *Tx) Append(commune string, dossier syncproto.DossierID, sha syncproto.Digest, session uint64, offset int64, piece []byte) (Appended, Blob, error) {
	b, err := tx.LockBlob(commune, dossier, sha)
	if err != nil {
		return Appended{}, b, err
	}
	if session < b.Session || b.Complete() || offset != b.Size || len(piece) == 0 || b.Size+int64(len(piece)) > b.Ref.Length {
		if session > b.Session {
			b.Session = session
			err = tx.updateBlob(b)
		}
		return b.appended(false), b, err
	}
	if err := tx.db.roomForScans(); err != nil {
		return Appended{}, b, err
	}
	file, err := tx.blobFile(commune, dossier, sha)
	if err != nil {
		return Appended{}, b, err
	}
	b.Session = session
	// Bytes first, flushed, then the row: a crash between leaves bytes that no
	// row counts.
	b.fileSize, err = file.append(b.fileSize, b.Size, piece)
	if errors.Is(err, errBlobLost) {
		return tx.restart(b)
	}
	if err != nil {
		return Appended{}, b, fmt.Errorf("appending to a scan: %w", err)
	}
	b.Size += int64(len(piece))
	if b.Size == b.Ref.Length {
		whole, err := file.verify(b.fileSize, b.Ref.Length)
		if err != nil {
			return Appended{}, b, err
		}
		if !whole {
			return tx.restart(b)
		}
		b.CompleteAt = tx.Now
	}
	return b.appended(false), b, tx.updateBlob(b)
}

func (b Blob) appended(restarted bool) Appended {
	return Appended{Offset: b.Size, Length: b.Ref.Length, Complete: b.Complete(), Session: b.Session, Restarted: restarted}
}

func (tx *Tx) restart(b Blob) (Appended, Blob, error) {
	b.Size, b.fileSize, b.CompleteAt = 0, 0, 0
	return b.appended(true), b, tx.updateBlob(b)
}

func (tx *Tx) updateBlob(b Blob) error {
	_, err := tx.Exec(`UPDATE blobs SET session = ?, size = ?, file_size = ?, complete_at = ?
		WHERE commune = ? AND dossier = ? AND sha256 = ?`,
		int64(b.Session), b.Size, b.fileSize, b.CompleteAt, b.Commune, b.Dossier[:], b.Ref.SHA256[:])
	return err
}

// copyBlob brings the bytes of a complete scan into the file of b, sealed anew
// under b's key; the row is the caller's to write.
func (tx *Tx) copyBlob(source, b Blob, key seal.Key) (Blob, bool, error) {
	from, err := tx.blobFile(source.Commune, source.Dossier, source.Ref.SHA256)
	if err != nil {
		return b, false, err
	}
	to := tx.blobFileUnder(key, b.Commune, b.Dossier, b.Ref.SHA256)
	writer := &pieceWriter{file: to}
	if err := from.read(writer, source.fileSize); err != nil {
		return b, false, nil // a damaged neighbour is no reason to refuse: the book sends it again
	}
	whole, err := to.verify(writer.fileSize, b.Ref.Length)
	if err != nil || !whole {
		return b, false, err
	}
	b.Size, b.fileSize, b.CompleteAt = b.Ref.Length, writer.fileSize, tx.Now
	return b, true, nil
}

type pieceWriter struct {
	file             *blobFile
	offset, fileSize int64
}

func (w *pieceWriter) Write(p []byte) (int, error) {
	size, err := w.file.append(w.fileSize, w.offset, p)
	if err != nil {
		return 0, err
	}
	w.fileSize, w.offset = size, w.offset+int64(len(p))
	return len(p), nil
}

// ReadBlob writes the plain bytes of a complete scan to w.
func (db *DB) ReadBlob(ctx context.Context, b Blob, w io.Writer) error {
	if !b.Complete() {
		return ErrNotFound
	}
	var file *blobFile
	err := db.Read(ctx, func(tx *Tx) (err error) {
		file, err = tx.blobFileOf(b)
		return err
	})
	if err != nil {
		return err
	}
	return file.read(w, b.fileSize)
}

func (tx *Tx) blobFileOf(b Blob) (*blobFile, error) {
	if _, err := tx.dossierKey(b.Commune, b.Dossier, false); err != nil {
		return nil, err
	}
	return tx.blobFile(b.Commune, b.Dossier, b.Ref.SHA256)
}

// ReadBlobAt fills p with plain bytes of a complete scan from offset off.
func (db *DB) ReadBlobAt(ctx context.Context, b Blob, off int64, p []byte) (int, error) {
	if !b.Complete() {
		return 0, ErrNotFound
	}
	if off >= b.Ref.Length {
		return 0, nil
	}
	var file *blobFile
	err := db.Read(ctx, func(tx *Tx) (err error) {
		file, err = tx.blobFileOf(b)
		return err
	})
	if err != nil {
		return 0, err
	}
	return file.readAt(p, off, b.fileSize)
}

// VerifyBlob looks again at a scan whose every byte is there and that is not
// marked complete (a crash, or a restored portal).
func (tx *Tx) VerifyBlob(b Blob) (Blob, error) {
	if b.Complete() || b.Size != b.Ref.Length {
		return b, nil
	}
	file, err := tx.blobFile(b.Commune, b.Dossier, b.Ref.SHA256)
	if err != nil {
		return b, err
	}
	whole, err := file.verify(b.fileSize, b.Ref.Length)
	if err != nil {
		return b, err
	}
	if !whole {
		_, b, err = tx.restart(b)
		return b, err
	}
	b.CompleteAt = tx.Now
	return b, tx.updateBlob(b)
}
