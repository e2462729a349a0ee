package ledger

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"

	"bendo/internal/dossier"
	"bendo/internal/seal"
	"bendo/internal/sqlitedb"
	"bendo/syncproto"
)

// row is one row of the event table, its three contents sealed.
type row struct {
	id, dossier       []byte
	author            string
	epoch, seq        sql.NullInt64
	typ               string
	version           int64
	at, receivedAt    int64
	proposal          bool
	size              int64
	header, salt      []byte
	payload           []byte
	headerDigest      []byte
	payloadDigest     []byte
	head, storedCheck []byte
}

const eventColumns = `id, dossier, author, epoch, seq, type, version, at, received_at, proposal, size,
	header, salt, payload, header_digest, payload_digest, head, digest`

func (r *row) scan(s interface{ Scan(...any) error }) error {
	return s.Scan(&r.id, &r.dossier, &r.author, &r.epoch, &r.seq, &r.typ, &r.version, &r.at, &r.receivedAt, &r.proposal,
		&r.size, &r.header, &r.salt, &r.payload, &r.headerDigest, &r.payloadDigest, &r.head, &r.storedCheck)
}

// check is the digest over all columns but itself.
func (r *row) check() []byte {
	return sqlitedb.RowDigest(r.id, r.dossier, r.author, number(r.epoch), number(r.seq), r.typ, r.version, r.at, r.receivedAt,
		r.proposal, r.size, r.header, r.salt, r.payload, r.headerDigest, r.payloadDigest, r.head)
}

func number(n sql.NullInt64) any {
	if !n.Valid {
		return nil
	}
	return n.Int64
}

// sealEvent makes the row of an event. head is the chain head after it, nil for what
// came by the feed.
func sealEvent(key seal.Key, ev syncproto.Event, author dossier.Holder, receivedAt int64, head *syncproto.Digest) (row, error) {
	h := ev.Header
	header, err := syncproto.EncodeHeader(h)
	if err != nil {
		return row{}, err
	}
	hd, pd := syncproto.HeaderDigest(ev.Salt, header), syncproto.PayloadDigest(ev.Salt, ev.Payload)
	r := row{
		id: h.ID[:], dossier: h.Dossier[:], author: string(author), typ: h.Type, version: int64(h.Version),
		at: h.At, receivedAt: receivedAt, size: int64(len(header) + len(ev.Payload)),
		header:       seal.Seal(key, place("event", h.ID[:], 0, "header"), header),
		salt:         seal.Seal(key, place("event", h.ID[:], 0, "salt"), ev.Salt[:]),
		payload:      seal.Seal(key, place("event", h.ID[:], 0, "payload"), ev.Payload),
		headerDigest: hd[:], payloadDigest: pd[:],
	}
	if head != nil {
		r.head = head[:]
		r.epoch = sql.NullInt64{Int64: int64(h.Epoch), Valid: true}
		r.seq = sql.NullInt64{Int64: int64(h.Seq), Valid: true}
	}
	return r, nil
}

func (r *row) insert(ctx context.Context, tx *sql.Tx) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO event (`+eventColumns+`) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)`,
		r.id, r.dossier, r.author, r.epoch, r.seq, r.typ, r.version, r.at, r.receivedAt, r.proposal,
		r.size, r.header, r.salt, r.payload, r.headerDigest, r.payloadDigest, r.head, r.check())
	if err != nil {
		return fmt.Errorf("storing event: %w", err)
	}
	return nil
}

// open verifies the row and opens the event exactly as it was stored. Any misfit is
// ErrDamaged: the row is never folded and never sent.
func (r *row) open(key seal.Key) (syncproto.Event, error) {
	if !bytes.Equal(r.storedCheck, r.check()) {
		return syncproto.Event{}, fmt.Errorf("event %x: row digest: %w", r.id, ErrDamaged)
	}
	header, err1 := seal.Open(key, place("event", r.id, 0, "header"), r.header)
	salt, err2 := seal.Open(key, place("event", r.id, 0, "salt"), r.salt)
	payload, err3 := seal.Open(key, place("event", r.id, 0, "payload"), r.payload)
	if err := errors.Join(err1, err2, err3); err != nil {
		if errors.Is(err, seal.ErrErased) {
			return syncproto.Event{}, err
		}
		return syncproto.Event{}, fmt.Errorf("event %x: %w: %w", r.id, ErrDamaged, err)
	}
	if len(salt) != 16 {
		return syncproto.Event{}, fmt.Errorf("event %x: salt: %w", r.id, ErrDamaged)
	}
	ev := syncproto.Event{Salt: [16]byte(salt), Payload: payload}
	hd, pd := syncproto.HeaderDigest(ev.Salt, header), syncproto.PayloadDigest(ev.Salt, payload)
	if !bytes.Equal(hd[:], r.headerDigest) || !bytes.Equal(pd[:], r.payloadDigest) {
		return syncproto.Event{}, fmt.Errorf("event %x: content digest: %w", r.id, ErrDamaged)
	}
	if ev.Header, err1 = syncproto.DecodeHeader(header); err1 != nil {
		return syncproto.Event{}, fmt.Errorf("event %x: %w: %w", r.id, ErrDamaged, err1)
	}
	return ev, nil
}

// entries opens all events of a dossier. Damaged ones are left out and named, so that
// the rest of the dossier can still be read.
func (b *Book) entries(ctx context.Context, tx *sql.Tx, id syncproto.DossierID, key seal.Key) (list []dossier.Entry, damaged []Quarantined, err error) {
	rows, err := tx.QueryContext(ctx, `SELECT `+eventColumns+` FROM event WHERE dossier = ? ORDER BY id`, id[:])
	if err != nil {
		return nil, nil, fmt.Errorf("reading events: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var r row
		if err := r.scan(rows); err != nil {
			return nil, nil, fmt.Errorf("reading events: %w", err)
		}
		ev, err := r.open(key)
		if errors.Is(err, ErrDamaged) {
			damaged = append(damaged, Quarantined{Table: "event", ID: fmt.Sprintf("%x", r.id), Reason: err.Error(), At: b.nowMS()})
			continue
		}
		if err != nil {
			return nil, nil, err
		}
		list = append(list, dossier.Entry{Event: ev, Author: dossier.Holder(r.author), ReceivedAt: r.receivedAt, Proposal: r.proposal})
	}
	return list, damaged, rows.Err()
}

// putAside notes damaged rows for IT. The rows stay where they are.
func (b *Book) putAside(ctx context.Context, tx *sql.Tx, list []Quarantined) error {
	for _, q := range list {
		_, err := tx.ExecContext(ctx, `INSERT INTO quarantine (tbl, id, reason, at) VALUES (?,?,?,?) ON CONFLICT DO NOTHING`,
			q.Table, []byte(q.ID), q.Reason, q.At)
		if err != nil {
			return fmt.Errorf("noting a damaged row: %w", err)
		}
		b.o.Log.Error("a stored row is damaged and was put aside", "table", q.Table, "id", q.ID)
	}
	return nil
}

// Quarantine lists the rows that were put aside.
func (b *Book) Quarantine(ctx context.Context) (list []Quarantined, err error) {
	err = b.db.Read(ctx, func(tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, `SELECT tbl, id, reason, at FROM quarantine ORDER BY at, tbl, id LIMIT 1000`)
		if err != nil {
			return fmt.Errorf("reading quarantine: %w", err)
		}
		defer rows.Close()
		for rows.Next() {
			var q Quarantined
			var id []byte
			if err := rows.Scan(&q.Table, &id, &q.Reason, &q.At); err != nil {
				return fmt.Errorf("reading quarantine: %w", err)
			}
			q.ID = string(id)
			list = append(list, q)
		}
		return rows.Err()
	})
	return list, err
}
