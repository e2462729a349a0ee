package ledger

import (
	"bufio"
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"

	"bendo/internal/dossier"
	"bendo/internal/seal"
	"bendo/syncproto"
)

// otherComponent is where attachments without a component go.
const otherComponent = "other"

// File files a prepared dossier of the back-log. The key is (book, reference): the same
// source again gives the first slip, another source is ErrReferenceChanged. Order as in
// Submit: all bytes, then one transaction; a crash before it leaves sealed files no row
// names, whose key is gone.
func (b *Book) File(ctx context.Context, req FileRequest) (Filed, error) {
	filed, err := b.file(ctx, req)
	if err != nil {
		return Filed{}, fmt.Errorf("filing the prepared dossier: %w", err)
	}
	return filed, nil
}

func (b *Book) file(ctx context.Context, req FileRequest) (filed Filed, err error) {
	if req.Reference == "" {
		return Filed{}, errors.New("it has no reference")
	}
	if len(req.Attachments) > maxScans {
		return Filed{}, fmt.Errorf("%d attachments, at most %d: %w", len(req.Attachments), maxScans, ErrLimit)
	}
	known := false
	err = b.db.Read(ctx, func(tx *sql.Tx) (err error) {
		filed, known, err = b.byReference(ctx, tx, req)
		return err
	})
	if err != nil || known {
		return filed, err
	}
	id, err := syncproto.NewDossierID(b.nowMS(), b.o.Random)
	if err != nil {
		return Filed{}, err
	}
	key := seal.NewDossierKey()
	stored, err := b.storeAttachments(ctx, id, key, req)
	if err == nil {
		err = b.finish(func() error {
			filed, known, err = b.fileRow(ctx, id, key, req, stored)
			return err
		})
	}
	if err != nil || known { // known: another process filed it meanwhile
		var list []syncproto.Digest
		for _, d := range stored {
			list = append(list, d.SHA256)
		}
		return filed, errors.Join(err, b.removeUnnamed(ctx, id, list...))
	}
	b.ring(ctx)
	return filed, nil
}

// byReference finds what was filed under a reference before.
func (b *Book) byReference(ctx context.Context, tx *sql.Tx, req FileRequest) (filed Filed, known bool, err error) {
	var source, raw []byte
	err = tx.QueryRowContext(ctx, `SELECT source, dossier FROM file_reference WHERE reference = ?`, b.keys.Index("reference", req.Reference)).Scan(&source, &raw)
	if errors.Is(err, sql.ErrNoRows) {
		return Filed{}, false, nil
	}
	if err != nil {
		return Filed{}, false, fmt.Errorf("looking for the reference: %w", err)
	}
	if !bytes.Equal(source, req.SourceSHA256[:]) {
		return Filed{}, false, ErrReferenceChanged
	}
	id, err := id16(raw)
	if err != nil {
		return Filed{}, false, err
	}
	filed, err = b.filedOf(ctx, tx, id)
	filed.Again = true
	return filed, true, err
}

// filedOf is what a dossier's slip says.
func (b *Book) filedOf(ctx context.Context, tx *sql.Tx, id syncproto.DossierID) (Filed, error) {
	p, ev, err := b.submitted(ctx, tx, id)
	if err != nil {
		return Filed{}, err
	}
	return Filed{Dossier: id, Event: ev.Header.ID, Slip: p.Slip, Code6: p.Code6, At: ev.Header.At,
		Manifest: syncproto.ManifestDigest(ev.Header, syncproto.PayloadDigest(ev.Salt, ev.Payload))}, nil
}

// storeAttachments puts the files into the vault and returns them as blobs, in order.
func (b *Book) storeAttachments(ctx context.Context, id syncproto.DossierID, key seal.Key, req FileRequest) (stored []dossier.Blob, err error) {
	for i, a := range req.Attachments {
		var blob dossier.Blob
		err := b.finish(func() (err error) { // each try opens the file anew
			blob, err = b.storeAttachment(ctx, id, key, a)
			return err
		})
		if blob.SHA256 != (syncproto.Digest{}) {
			stored = append(stored, blob)
		}
		if err != nil {
			// The place, not the name: people put names of people there, and this is logged.
			return stored, fmt.Errorf("attachment %d: %w", i+1, err)
		}
	}
	return stored, nil
}

func (b *Book) storeAttachment(ctx context.Context, id syncproto.DossierID, key seal.Key, a Attachment) (dossier.Blob, error) {
	r, err := a.Open()
	if err != nil {
		return dossier.Blob{}, err
	}
	// An empty file is named in the dossier and nothing of it is stored or carried.
	whole := bufio.NewReader(r)
	if _, err := whole.Peek(1); errors.Is(err, io.EOF) {
		return dossier.EmptyBlob(a.Name, a.MIME), r.Close()
	}
	sha, length, err := b.store(ctx, id, key, whole)
	if err = errors.Join(err, r.Close()); err != nil {
		return dossier.Blob{}, err
	}
	return dossier.Blob{Name: a.Name, SHA256: sha, Length: length, MIME: a.MIME}, nil
}

func (b *Book) fileRow(ctx context.Context, id syncproto.DossierID, key seal.Key, req FileRequest, stored []dossier.Blob) (filed Filed, known bool, err error) {
	p := req.Payload
	p.Source = &dossier.Source{Reference: req.Reference, SHA256: req.SourceSHA256}
	p.Components = fillComponents(p.Components, req.Attachments, stored)
	err = b.db.Write(ctx, func(tx *sql.Tx) error {
		filed, known, err = b.byReference(ctx, tx, req)
		if err != nil || known {
			return err
		}
		for _, blob := range stored {
			if blob.Empty() {
				continue
			}
			if err := b.stillThere(id, blob.SHA256); err != nil {
				return err
			}
		}
		if err := b.putKey(ctx, tx, id, key); err != nil {
			return err
		}
		if filed, err = b.fileSubmitted(ctx, tx, id, key, "", p, req.Actor); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO file_reference (reference, source, dossier) VALUES (?,?,?)`,
			b.keys.Index("reference", req.Reference), req.SourceSHA256[:], id[:])
		if err != nil {
			return fmt.Errorf("storing the reference: %w", err)
		}
		return nil
	})
	return filed, known, err
}

// fillComponents lays the stored files into the components they name.
func fillComponents(list []dossier.Component, attachments []Attachment, stored []dossier.Blob) []dossier.Component {
	out := append([]dossier.Component(nil), list...)
	for i, a := range attachments {
		name := a.Component
		if name == "" {
			name = otherComponent
		}
		k := componentIndex(out, name)
		if k < 0 {
			out = append(out, dossier.Component{ID: name})
			k = len(out) - 1
		}
		c := &out[k]
		c.State = dossier.Provided
		c.Originals, c.Copies = max(c.Originals, a.Originals), max(c.Copies, a.Copies)
		c.Blobs = append(c.Blobs, stored[i])
	}
	return out
}
