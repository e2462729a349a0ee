package ledger

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"bendo/internal/dossier"
	"bendo/internal/seal"
	"bendo/syncproto"
)

// signatureComponent marks the picture of a signature among a draft's scans.
const signatureComponent = "_signature"

// maxScans is what one submission may carry: the header of an event holds 128.
const maxScans = syncproto.MaxBlobs

// scanBody is the sealed part of a scan's row.
type scanBody struct {
	Component string           `json:"component,omitempty"`
	Name      string           `json:"name,omitempty"`
	MIME      string           `json:"mime,omitempty"`
	WasLength int64            `json:"was_length,omitempty"`
	Warnings  []string         `json:"warnings,omitempty"`
	Accepted  bool             `json:"accepted,omitempty"`
	Print     []byte           `json:"print,omitempty"`
	Like      syncproto.Digest `json:"like,omitzero"`
}

func (sb scanBody) fill(s *Scan) {
	s.Component, s.Name, s.MIME, s.WasLength = sb.Component, sb.Name, sb.MIME, sb.WasLength
	s.Warnings, s.Accepted, s.Print, s.Like = sb.Warnings, sb.Accepted, sb.Print, sb.Like
}

// AttachScan stores bytes and attaches them to a draft. Order: the bytes and their
// name in the vault, then the row. A crash between leaves a sealed file no row names.
// The same bytes again give the same scan, now of the component named last.
func (b *Book) AttachScan(ctx context.Context, id DraftID, n NewScan, r io.Reader) (Scan, error) {
	s, err := b.attach(ctx, id, n, r, nil)
	if err != nil {
		return Scan{}, fmt.Errorf("attaching scan: %w", err)
	}
	return s, nil
}

// attach does the work; more runs in the same transaction as the row.
func (b *Book) attach(ctx context.Context, id DraftID, n NewScan, r io.Reader, more func(*sql.Tx, draftRow, Scan) error) (Scan, error) {
	owner, key, err := b.scanKey(ctx, id)
	if err != nil {
		return Scan{}, err
	}
	sha, length, err := b.store(ctx, owner, key, r)
	if err != nil {
		return Scan{}, err
	}
	s := Scan{SHA256: sha, Component: n.Component, Name: n.Name, MIME: n.MIME, Length: length, WasLength: n.WasLength, AddedAt: b.nowMS(),
		Warnings: n.Warnings, Print: n.Print, Like: n.Like}
	if s.WasLength == 0 {
		s.WasLength = length
	}
	// From here on the bytes are durable; the row makes them part of the draft. When it
	// cannot be written the file stays for Sweep: another call may be about to name it.
	err = b.finish(func() error {
		return b.db.Write(ctx, func(tx *sql.Tx) error {
			d, err := b.openDraft(ctx, tx, id)
			if err != nil {
				return err
			}
			if err := b.stillThere(owner, sha); err != nil {
				return err
			}
			if err := b.takePlace(ctx, tx, d, n.Replaces, &s); err != nil {
				return err
			}
			if err := b.putScan(ctx, tx, d, s); err != nil {
				return err
			}
			if more != nil {
				return more(tx, d, s)
			}
			return nil
		})
	})
	if err != nil {
		return Scan{}, err
	}
	return s, nil
}

// scanKey is the dossier a draft's scans belong to, and its key.
func (b *Book) scanKey(ctx context.Context, id DraftID) (owner syncproto.DossierID, key seal.Key, err error) {
	err = b.db.Read(ctx, func(tx *sql.Tx) error {
		r, err := b.openDraft(ctx, tx, id)
		if err != nil {
			return err
		}
		owner, key = r.dossier, r.key
		if r.dossier != r.id {
			key, err = b.key(ctx, tx, r.dossier)
		}
		return err
	})
	return owner, key, err
}

func (b *Book) putScan(ctx context.Context, tx *sql.Tx, d draftRow, s Scan) error {
	var have, rev int64
	err := tx.QueryRowContext(ctx, `SELECT count(*), coalesce(max(CASE WHEN sha256 = ?2 THEN rev END), 0) + 1 FROM draft_scan WHERE draft = ?1`,
		d.id[:], s.SHA256[:]).Scan(&have, &rev)
	if err != nil {
		return err
	}
	if have >= maxScans && rev == 1 {
		return fmt.Errorf("%d scans are attached, at most %d: %w", have, maxScans, ErrLimit)
	}
	body, err := json.Marshal(scanBody{s.Component, s.Name, s.MIME, s.WasLength, s.Warnings, s.Accepted, s.Print, s.Like})
	if err != nil {
		return err
	}
	sealed := seal.Seal(d.key, place("draft_scan", append(d.id[:], s.SHA256[:]...), rev, "body"), body)
	_, err = tx.ExecContext(ctx, `INSERT INTO draft_scan (draft, sha256, rev, length, added_at, body) VALUES (?,?,?,?,?,?)
		ON CONFLICT (draft, sha256) DO UPDATE SET rev = excluded.rev, body = excluded.body`,
		d.id[:], s.SHA256[:], rev, s.Length, s.AddedAt, sealed)
	return errors.Join(err, b.touch(ctx, tx, d.id))
}

// draftScans lists the scans in the order in which they were added.
func (b *Book) draftScans(ctx context.Context, tx *sql.Tx, d draftRow) (list []Scan, err error) {
	rows, err := tx.QueryContext(ctx, `SELECT sha256, rev, length, added_at, body FROM draft_scan WHERE draft = ? ORDER BY added_at, sha256`, d.id[:])
	if err != nil {
		return nil, fmt.Errorf("reading scans: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var sha, sealed []byte
		var rev int64
		var s Scan
		if err := rows.Scan(&sha, &rev, &s.Length, &s.AddedAt, &sealed); err != nil {
			return nil, fmt.Errorf("reading scans: %w", err)
		}
		if s.SHA256, err = digest32(sha); err != nil {
			return nil, err
		}
		body, err := seal.Open(d.key, place("draft_scan", append(d.id[:], sha...), rev, "body"), sealed)
		if err != nil {
			return nil, fmt.Errorf("opening scan row: %w: %w", ErrDamaged, err)
		}
		var sb scanBody
		if err := json.Unmarshal(body, &sb); err != nil {
			return nil, fmt.Errorf("opening scan row: %w", err)
		}
		sb.fill(&s)
		list = append(list, s)
	}
	return list, rows.Err()
}

// takePlace makes s stand where the page old stood: its component, name, first length and place
// among the pages, and takes old's row away. Asked again after a lost answer, old is gone and s there:
// nothing is left to do.
func (b *Book) takePlace(ctx context.Context, tx *sql.Tx, d draftRow, old syncproto.Digest, s *Scan) error {
	if old.IsZero() || old == s.SHA256 {
		return nil
	}
	list, err := b.draftScans(ctx, tx, d)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(list, func(o Scan) bool { return o.SHA256 == old })
	if at < 0 {
		if done := slices.IndexFunc(list, func(o Scan) bool { return o.SHA256 == s.SHA256 }); done >= 0 {
			*s = list[done]
			return nil
		}
		return fmt.Errorf("the page to replace: %w", ErrNotFound)
	}
	s.Component, s.Name, s.WasLength, s.AddedAt = list[at].Component, list[at].Name, list[at].WasLength, list[at].AddedAt
	_, err = tx.ExecContext(ctx, `DELETE FROM draft_scan WHERE draft = ? AND sha256 = ?`, d.id[:], old[:])
	return err
}

// ReplaceScan attaches bytes in the place of a page that was straightened or turned. Order: the new
// bytes, then both rows in one transaction, then the old file. A crash before the rows leaves the old
// page and a file no row names; after them the new page and the old file, which Sweep removes.
func (b *Book) ReplaceScan(ctx context.Context, id DraftID, n NewScan, r io.Reader) (Scan, error) {
	s, err := b.attach(ctx, id, n, r, nil)
	if err == nil && n.Replaces != s.SHA256 {
		var owner syncproto.DossierID
		if owner, _, err = b.scanKey(ctx, id); err == nil {
			err = b.removeUnnamed(ctx, owner, n.Replaces)
		}
	}
	if err != nil {
		return Scan{}, fmt.Errorf("replacing scan: %w", err)
	}
	return s, nil
}

// AcceptScan notes that the resident wants a page filed as it is, whatever the machine noticed.
func (b *Book) AcceptScan(ctx context.Context, id DraftID, sha syncproto.Digest) error {
	err := b.db.Write(ctx, func(tx *sql.Tx) error {
		d, s, err := b.scanOf(ctx, tx, id, sha)
		if err != nil {
			return err
		}
		s.Accepted = true
		return b.putScan(ctx, tx, d, s)
	})
	if err != nil {
		return fmt.Errorf("accepting scan: %w", err)
	}
	return nil
}

// MoveScan puts a scan to another component; "" unassigns it.
func (b *Book) MoveScan(ctx context.Context, id DraftID, sha syncproto.Digest, component string) error {
	err := b.db.Write(ctx, func(tx *sql.Tx) error {
		d, s, err := b.scanOf(ctx, tx, id, sha)
		if err != nil {
			return err
		}
		s.Component = component
		return b.putScan(ctx, tx, d, s)
	})
	if err != nil {
		return fmt.Errorf("moving scan: %w", err)
	}
	return nil
}

func (b *Book) scanOf(ctx context.Context, tx *sql.Tx, id DraftID, sha syncproto.Digest) (draftRow, Scan, error) {
	d, err := b.openDraft(ctx, tx, id)
	if err != nil {
		return d, Scan{}, err
	}
	list, err := b.draftScans(ctx, tx, d)
	if err != nil {
		return d, Scan{}, err
	}
	i := slices.IndexFunc(list, func(s Scan) bool { return s.SHA256 == sha })
	if i < 0 {
		return d, Scan{}, fmt.Errorf("scan: %w", ErrNotFound)
	}
	return d, list[i], nil
}

// DetachScan takes a scan from a draft: the row first, the file after it. A crash
// between leaves a file no row names. Detaching what is not there is no error.
func (b *Book) DetachScan(ctx context.Context, id DraftID, sha syncproto.Digest) error {
	var owner syncproto.DossierID
	err := b.db.Write(ctx, func(tx *sql.Tx) error {
		d, err := b.openDraft(ctx, tx, id)
		if err != nil {
			return err
		}
		owner = d.dossier
		_, err = tx.ExecContext(ctx, `DELETE FROM draft_scan WHERE draft = ? AND sha256 = ?`, id[:], sha[:])
		return errors.Join(err, b.touch(ctx, tx, id))
	})
	if err == nil {
		err = b.removeUnnamed(ctx, owner, sha)
	}
	if err != nil {
		return fmt.Errorf("detaching scan: %w", err)
	}
	return nil
}

// ReadScan opens a scan of a draft. The caller closes it.
func (b *Book) ReadScan(ctx context.Context, id DraftID, sha syncproto.Digest) (io.ReadCloser, Scan, error) {
	var s Scan
	err := b.db.Read(ctx, func(tx *sql.Tx) (err error) {
		_, s, err = b.scanOf(ctx, tx, id, sha)
		return err
	})
	if err != nil {
		return nil, Scan{}, fmt.Errorf("reading scan: %w", err)
	}
	owner, key, err := b.scanKey(ctx, id)
	if err != nil {
		return nil, Scan{}, fmt.Errorf("reading scan: %w", err)
	}
	blob, err := b.vault.Open(key, owner, sha)
	if err != nil {
		return nil, Scan{}, fmt.Errorf("reading scan: %w", err)
	}
	return stream{io.NewSectionReader(blob, 0, blob.Size()), blob}, s, nil
}

type stream struct {
	io.Reader
	io.Closer
}

// SaveSignature saves the applicant's signature: kind "drawn" or "thumb" with its
// picture, "paper" without one, "" removes it.
func (b *Book) SaveSignature(ctx context.Context, id DraftID, kind, mime string, r io.Reader) error {
	var old *dossier.Signature
	d, err := b.Draft(ctx, id)
	if err != nil {
		return fmt.Errorf("saving signature: %w", err)
	}
	old = d.Signature
	switch kind {
	case "drawn", "thumb":
		if r == nil {
			return errors.New("saving signature: no picture")
		}
		_, err = b.attach(ctx, id, NewScan{Component: signatureComponent, MIME: mime}, r, func(tx *sql.Tx, d draftRow, s Scan) error {
			sig := dossier.Signature{Kind: kind, Blob: &dossier.Blob{SHA256: s.SHA256, Length: s.Length, MIME: s.MIME}}
			return b.putValue(ctx, tx, d, valueSignature, "applicant", sig)
		})
	case "paper":
		err = b.saveValue(ctx, id, valueSignature, "applicant", dossier.Signature{Kind: kind})
	case "":
		err = b.saveValue(ctx, id, valueSignature, "applicant", nil)
	default:
		return fmt.Errorf("saving signature: kind %q is not known", kind)
	}
	if err != nil {
		return fmt.Errorf("saving signature: %w", err)
	}
	return b.dropOldSignature(ctx, id, old)
}

// dropOldSignature forgets the picture a new signature replaced.
func (b *Book) dropOldSignature(ctx context.Context, id DraftID, old *dossier.Signature) error {
	if old == nil || old.Blob == nil {
		return nil
	}
	d, err := b.Draft(ctx, id)
	if err != nil {
		return err
	}
	if d.Signature != nil && d.Signature.Blob != nil && d.Signature.Blob.SHA256 == old.Blob.SHA256 {
		return nil
	}
	return b.DetachScan(ctx, id, old.Blob.SHA256)
}
