package store

import (
	"encoding/binary"
	"fmt"

	"bendo/syncproto"
)

// A delivery names its scans, and most of them come hours later. Until the first byte
// of one is here the delivery's row is all that stands for it: its column promised says for
// each digest of its column blobs what the signed event said of it,
//
//	16 bytes book, then for each digest: length (uvarint), MIME and role (uvarint length, text)
//
// and length 0 for a scan that an earlier event promised, or that has its own row. What the
// row of a scan says counts before what its promise says.

// appendPromise adds one scan to a promise; the zero ref stands for one that is not promised here.
func appendPromise(to []byte, ref syncproto.BlobRef) []byte {
	to = binary.AppendUvarint(to, uint64(ref.Length))
	for _, text := range []string{ref.MIME, ref.Role} {
		to = binary.AppendUvarint(to, uint64(len(text)))
		to = append(to, text...)
	}
	return to
}

// readPromise lists the scans that a delivery's row promises.
func readPromise(commune string, dossier syncproto.DossierID, digests, promise []byte) ([]Blob, error) {
	if len(promise) == 0 {
		return nil, nil
	}
	damaged := fmt.Errorf("reading what a delivery promises: %w", ErrDamaged)
	b := Blob{Commune: commune, Dossier: dossier}
	if len(promise) < len(b.Book) || len(digests)%len(b.Ref.SHA256) != 0 {
		return nil, damaged
	}
	rest := promise[copy(b.Book[:], promise):]
	number := func() uint64 {
		n, size := binary.Uvarint(rest)
		if size <= 0 {
			n, size, rest, promise = 0, 0, nil, nil // promise tells below that something was wrong
		}
		rest = rest[size:]
		return n
	}
	text := func() string {
		n := number()
		if n > uint64(len(rest)) {
			rest, promise = nil, nil
			return ""
		}
		found := string(rest[:n])
		rest = rest[n:]
		return found
	}
	var found []Blob
	for ; len(digests) > 0; digests = digests[len(b.Ref.SHA256):] {
		b.Ref = syncproto.BlobRef{SHA256: syncproto.Digest(digests[:len(b.Ref.SHA256)])}
		length := number()
		b.Ref.MIME, b.Ref.Role = text(), text()
		if promise == nil || length > syncproto.MaxBlobLength {
			return nil, damaged
		}
		if b.Ref.Length = int64(length); length > 0 {
			found = append(found, b)
		}
	}
	if len(rest) > 0 {
		return nil, damaged
	}
	return found, nil
}

// promisedOf lists the scans that a dossier's deliveries promise, whether something of them
// is here or not.
func (tx *Tx) promisedOf(commune string, dossier syncproto.DossierID) (found []Blob, err error) {
	err = tx.Each("SELECT blobs, promised FROM submissions WHERE commune = ? AND dossier = ? AND promised IS NOT NULL",
		[]any{commune, dossier[:]}, func(scan func(...any) error) error {
			var digests, promise []byte
			if err := scan(&digests, &promise); err != nil {
				return err
			}
			blobs, err := readPromise(commune, dossier, digests, promise)
			found = append(found, blobs...)
			return err
		})
	return found, err
}

// findPromised returns ErrNotFound when no delivery of the dossier promises the scan.
func (tx *Tx) findPromised(commune string, dossier syncproto.DossierID, sha syncproto.Digest) (Blob, error) {
	all, err := tx.promisedOf(commune, dossier)
	if err != nil {
		return Blob{}, err
	}
	for _, b := range all {
		if b.Ref.SHA256 == sha {
			return b, nil
		}
	}
	return Blob{}, ErrNotFound
}
