package ledger

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"bendo/internal/dossier"
	"bendo/internal/seal"
	"bendo/syncproto"
)

// draftHead is the sealed head of a draft.
type draftHead struct {
	Procedure string          `json:"procedure"`
	Case      string          `json:"case,omitempty"`
	Pack      string          `json:"pack"`
	Language  string          `json:"language,omitempty"`
	Channel   dossier.Channel `json:"channel"`
	Code6     string          `json:"code6"`
}

// draftRow is a draft's row with its key.
type draftRow struct {
	id        DraftID
	kind      DraftKind
	dossier   syncproto.DossierID
	n         int
	slip      dossier.Slip
	createdAt int64
	touchedAt int64
	state     string
	filed     []byte
	head      draftHead
	key       seal.Key
}

// CreateDraft begins a draft under a key of its own, with the number it can be
// resumed by, which becomes the slip number when it is filed.
func (b *Book) CreateDraft(ctx context.Context, n NewDraft) (d Draft, err error) {
	if n.Kind == "" {
		n.Kind = DraftFiling
	}
	if n.Kind != DraftFiling {
		return Draft{}, errors.New("creating draft: a supplement begins with StartSupplement")
	}
	return b.createDraft(ctx, n, 0)
}

func (b *Book) createDraft(ctx context.Context, n NewDraft, number int) (d Draft, err error) {
	id, err := syncproto.NewDossierID(b.nowMS(), b.o.Random)
	if err != nil {
		return Draft{}, fmt.Errorf("creating draft: %w", err)
	}
	if n.Channel == "" {
		n.Channel = dossier.ChannelKiosk
	}
	if n.Kind != DraftSupplement {
		n.Dossier = id
	}
	err = b.db.Write(ctx, func(tx *sql.Tx) error { return b.insertDraft(ctx, tx, id, n, number) })
	if err != nil {
		return Draft{}, fmt.Errorf("creating draft: %w", err)
	}
	return b.Draft(ctx, id)
}

func (b *Book) insertDraft(ctx context.Context, tx *sql.Tx, id DraftID, n NewDraft, number int) error {
	ident, err := b.identity(ctx, tx)
	if err != nil {
		return err
	}
	slip, err := b.freshSlip(ctx, tx, ident.Prefix)
	if err != nil {
		return err
	}
	key, err := b.newKey(ctx, tx, id)
	if err != nil {
		return err
	}
	r, err := b.random64()
	if err != nil {
		return err
	}
	body, err := json.Marshal(draftHead{n.Procedure, n.Case, n.Pack, n.Language, n.Channel, dossier.NewCode6(r)})
	if err != nil {
		return err
	}
	var visit []byte
	if n.Visit != "" {
		visit = b.keys.Index("visit", n.Visit)
	}
	now := b.nowMS()
	_, err = tx.ExecContext(ctx, `INSERT INTO draft (id, kind, dossier, n, slip, visit, head, created_at, touched_at, state)
		VALUES (?,?,?,?,?,?,?,?,?,'open')`, id[:], string(n.Kind), n.Dossier[:], number, string(slip), visit,
		seal.Seal(key, place("draft", id[:], 0, "head"), body), now, now)
	if err == nil && n.NotSecret {
		err = b.putValue(ctx, tx, draftRow{id: id, key: key}, valueSecrecy, "", true)
	}
	return err
}

// freshSlip draws a number that neither a dossier nor a draft of this book has.
func (b *Book) freshSlip(ctx context.Context, tx *sql.Tx, prefix string) (dossier.Slip, error) {
	for range 100 {
		r, err := b.random64()
		if err != nil {
			return "", err
		}
		slip, err := dossier.NewSlip(prefix, r)
		if err != nil {
			return "", err
		}
		var n int
		err = tx.QueryRowContext(ctx, `SELECT (SELECT count(*) FROM dossier WHERE slip = ?1) + (SELECT count(*) FROM draft WHERE slip = ?1)`, string(slip)).Scan(&n)
		if err != nil {
			return "", fmt.Errorf("looking for the slip number: %w", err)
		}
		if n == 0 {
			return slip, nil
		}
	}
	return "", fmt.Errorf("drawing a slip number: a hundred in a row are taken: %w", ErrLimit)
}

func (b *Book) random64() (uint64, error) {
	var r [8]byte
	if _, err := io.ReadFull(b.o.Random, r[:]); err != nil {
		return 0, fmt.Errorf("drawing random digits: %w", err)
	}
	return binary.BigEndian.Uint64(r[:]), nil
}

func newSalt() (salt [16]byte) {
	rand.Read(salt[:]) // never fails: the program dies instead
	return salt
}

func (b *Book) draftRow(ctx context.Context, tx *sql.Tx, id DraftID) (r draftRow, err error) {
	var kind, slip string
	var owner, head []byte
	err = tx.QueryRowContext(ctx, `SELECT kind, dossier, n, slip, head, created_at, touched_at, state, filed FROM draft WHERE id = ?`, id[:]).
		Scan(&kind, &owner, &r.n, &slip, &head, &r.createdAt, &r.touchedAt, &r.state, &r.filed)
	if errors.Is(err, sql.ErrNoRows) {
		return r, fmt.Errorf("draft %s: %w", id, ErrNotFound)
	}
	if err != nil {
		return r, fmt.Errorf("reading draft: %w", err)
	}
	r.id, r.kind, r.slip = id, DraftKind(kind), dossier.Slip(slip)
	if r.dossier, err = id16(owner); err != nil {
		return r, err
	}
	switch r.state {
	case "expired":
		return r, fmt.Errorf("draft %s: %w", id, ErrExpired)
	case "filed":
		return r, nil // its own key is gone or belongs to the dossier now
	}
	if r.key, err = b.key(ctx, tx, id); err != nil {
		return r, err
	}
	body, err := seal.Open(r.key, place("draft", id[:], 0, "head"), head)
	if err != nil {
		return r, fmt.Errorf("opening draft %s: %w: %w", id, ErrDamaged, err)
	}
	if err := json.Unmarshal(body, &r.head); err != nil {
		return r, fmt.Errorf("opening draft %s: %w", id, err)
	}
	return r, nil
}

// openDraft is draftRow for a caller that wants to change it.
func (b *Book) openDraft(ctx context.Context, tx *sql.Tx, id DraftID) (draftRow, error) {
	r, err := b.draftRow(ctx, tx, id)
	if err == nil && r.state == "filed" {
		err = fmt.Errorf("draft %s: %w", id, ErrFiled)
	}
	return r, err
}

// Draft reads everything entered so far: ErrNotFound, ErrExpired or ErrFiled when
// there is nothing to read.
func (b *Book) Draft(ctx context.Context, id DraftID) (d Draft, err error) {
	err = b.db.Read(ctx, func(tx *sql.Tx) error {
		r, err := b.openDraft(ctx, tx, id)
		if err != nil {
			return err
		}
		d, err = b.readDraft(ctx, tx, r)
		return err
	})
	return d, err
}

func (b *Book) readDraft(ctx context.Context, tx *sql.Tx, r draftRow) (Draft, error) {
	d := Draft{ID: r.id, Kind: r.kind, Dossier: r.dossier, N: r.n, Slip: r.slip, Procedure: r.head.Procedure, Case: r.head.Case,
		Pack: r.head.Pack, Language: r.head.Language, Channel: r.head.Channel, Code6: r.head.Code6,
		CreatedAt: r.createdAt, TouchedAt: r.touchedAt, Answers: map[string]Answer{}}
	if err := b.readValues(ctx, tx, r, &d); err != nil {
		return Draft{}, err
	}
	scans, err := b.draftScans(ctx, tx, r)
	if err != nil {
		return Draft{}, err
	}
	d.Scans = scans
	d.Components = withScans(d.Components, scans)
	return d, nil
}

// withScans fills the scans into the components they belong to; a scan of a paper
// nobody ticked makes it provided.
func withScans(list []dossier.Component, scans []Scan) []dossier.Component {
	for _, s := range scans {
		if s.Component == "" || s.Component == signatureComponent {
			continue
		}
		i := componentIndex(list, s.Component)
		if i < 0 {
			list = append(list, dossier.Component{ID: s.Component, State: dossier.Provided})
			i = len(list) - 1
		}
		list[i].Blobs = append(list[i].Blobs, dossier.Blob{Name: s.Name, SHA256: s.SHA256, Length: s.Length, MIME: s.MIME})
	}
	return list
}

func componentIndex(list []dossier.Component, id string) int {
	for i := range list {
		if list[i].ID == id {
			return i
		}
	}
	return -1
}

// Kinds of draft values.
const (
	valueField     = "field"
	valuePerson    = "person"
	valueComponent = "component"
	valueSignature = "signature"
	valueSecrecy   = "secrecy"
)

func (b *Book) readValues(ctx context.Context, tx *sql.Tx, r draftRow, d *Draft) error {
	rows, err := tx.QueryContext(ctx, `SELECT kind, name, rev, body FROM draft_value WHERE draft = ? ORDER BY kind, name`, r.id[:])
	if err != nil {
		return fmt.Errorf("reading draft: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var kind, name string
		var rev int64
		var sealed []byte
		if err := rows.Scan(&kind, &name, &rev, &sealed); err != nil {
			return fmt.Errorf("reading draft: %w", err)
		}
		body, err := seal.Open(r.key, place("draft_value", r.id[:], rev, kind+"/"+name), sealed)
		if err != nil {
			return fmt.Errorf("opening draft value: %w: %w", ErrDamaged, err)
		}
		if err := d.take(kind, name, body); err != nil {
			return fmt.Errorf("opening draft value: %w", err)
		}
	}
	return rows.Err()
}

func (d *Draft) take(kind, name string, body []byte) error {
	switch kind {
	case valueField:
		var a Answer
		if err := json.Unmarshal(body, &a); err != nil {
			return err
		}
		d.Answers[name] = a
	case valuePerson:
		p := new(dossier.Person)
		if err := json.Unmarshal(body, p); err != nil {
			return err
		}
		switch name {
		case "applicant":
			d.Applicant = p
		case "submitter":
			d.Submitter = p
		case "helper":
			var h helper
			if err := json.Unmarshal(body, &h); err != nil {
				return err
			}
			d.Helper, d.HelperConsent = p, h.Consent
		}
	case valueComponent:
		var c dossier.Component
		if err := json.Unmarshal(body, &c); err != nil {
			return err
		}
		d.Components = append(d.Components, c)
	case valueSecrecy:
		return json.Unmarshal(body, &d.NotSecret)
	case valueSignature:
		d.Signature = new(dossier.Signature)
		return json.Unmarshal(body, d.Signature)
	}
	return nil
}

// saveValue seals one value under a new revision; value nil removes it.
func (b *Book) saveValue(ctx context.Context, id DraftID, kind, name string, value any) error {
	err := b.finish(func() error {
		return b.db.Write(ctx, func(tx *sql.Tx) error {
			r, err := b.openDraft(ctx, tx, id)
			if err != nil {
				return err
			}
			return b.putValue(ctx, tx, r, kind, name, value)
		})
	})
	if err != nil {
		return fmt.Errorf("saving draft: %w", err)
	}
	return nil
}

func (b *Book) putValue(ctx context.Context, tx *sql.Tx, r draftRow, kind, name string, value any) error {
	if value == nil {
		_, err := tx.ExecContext(ctx, `DELETE FROM draft_value WHERE draft = ? AND kind = ? AND name = ?`, r.id[:], kind, name)
		return errors.Join(err, b.touch(ctx, tx, r.id))
	}
	body, err := json.Marshal(value)
	if err != nil {
		return err
	}
	var rev int64
	err = tx.QueryRowContext(ctx, `SELECT coalesce(max(rev), 0) + 1 FROM draft_value WHERE draft = ? AND kind = ? AND name = ?`, r.id[:], kind, name).Scan(&rev)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO draft_value (draft, kind, name, rev, body) VALUES (?,?,?,?,?)
		ON CONFLICT (draft, kind, name) DO UPDATE SET rev = excluded.rev, body = excluded.body`,
		r.id[:], kind, name, rev, seal.Seal(r.key, place("draft_value", r.id[:], rev, kind+"/"+name), body))
	return errors.Join(err, b.touch(ctx, tx, r.id))
}

func (b *Book) touch(ctx context.Context, tx *sql.Tx, id DraftID) error {
	_, err := tx.ExecContext(ctx, `UPDATE draft SET touched_at = ?, aged = -1 WHERE id = ?`, b.nowMS(), id[:])
	return err
}

// SaveField saves one answer; durable when it returns.
func (b *Book) SaveField(ctx context.Context, id DraftID, field string, a Answer) error {
	if field == "" || len(field) > 200 || len(a.Value) > dossier.MaxPayload || !json.Valid(a.Value) {
		return fmt.Errorf("saving field %q: the name or the value is not acceptable", field)
	}
	return b.saveValue(ctx, id, valueField, field, a)
}

// DeleteField forgets one answer.
func (b *Book) DeleteField(ctx context.Context, id DraftID, field string) error {
	return b.saveValue(ctx, id, valueField, field, nil)
}

// SaveApplicant saves for whom the dossier is; nil removes.
func (b *Book) SaveApplicant(ctx context.Context, id DraftID, p *dossier.Person) error {
	return b.savePerson(ctx, id, "applicant", p)
}

// SaveSubmitter saves who hands it in, when that is somebody else (nộp thay); nil removes.
func (b *Book) SaveSubmitter(ctx context.Context, id DraftID, p *dossier.Person) error {
	return b.savePerson(ctx, id, "submitter", p)
}

// helper is a person with the consent given for that person alone: one value, so that neither is ever
// there without the other.
type helper struct {
	dossier.Person
	Consent *dossier.Consent `json:"consent,omitempty"`
}

// SaveHelper saves who typed (người hỗ trợ) with that person's own consent; nil removes both.
func (b *Book) SaveHelper(ctx context.Context, id DraftID, p *dossier.Person, consent *dossier.Consent) error {
	if p == nil {
		return b.saveValue(ctx, id, valuePerson, "helper", nil)
	}
	return b.saveValue(ctx, id, valuePerson, "helper", helper{*p, consent})
}

func (b *Book) savePerson(ctx context.Context, id DraftID, role string, p *dossier.Person) error {
	if p == nil {
		return b.saveValue(ctx, id, valuePerson, role, nil)
	}
	return b.saveValue(ctx, id, valuePerson, role, p)
}

// SaveComponent saves the state and counts of one paper; its scans are attached apart.
func (b *Book) SaveComponent(ctx context.Context, id DraftID, c dossier.Component) error {
	c.Blobs = nil
	if c.ID == "" || c.ID == signatureComponent {
		return errors.New("saving component: it has no id")
	}
	return b.saveValue(ctx, id, valueComponent, c.ID, c)
}
