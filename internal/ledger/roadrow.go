package ledger

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"bendo/internal/sqlitedb"
)

func scanBlob(rows *sql.Rows, gen int64) (s BlobState, err error) {
	var owner, sha, event, digest []byte
	var completeGen int64
	var remain sql.NullInt64
	err = rows.Scan(&owner, &sha, &s.Length, &s.Offset, &completeGen, &s.MIME, &s.Role, &event, &s.Seq, &s.Epoch, &s.SavedAt, &s.Deadline, &digest, &remain)
	if err != nil {
		return s, fmt.Errorf("listing scans: %w", err)
	}
	o, err1 := id16(owner)
	d, err2 := digest32(sha)
	e, err3 := id16(event)
	if err := errors.Join(err1, err2, err3); err != nil {
		return s, err
	}
	s.Key.Dossier, s.Key.SHA256, s.Event = o, d, e
	s.Complete, s.Remain = completeGen >= gen, remain.Int64
	if !bytes.Equal(digest, sqlitedb.RowDigest(s.Key.Dossier, s.Key.SHA256, s.Length, s.MIME, s.Role, s.Event)) {
		return s, fmt.Errorf("row of a scan: %w", ErrDamaged)
	}
	return s, nil
}

// Names of the small states.
const (
	noteAgent = "agent"
	noteClock = "clock"
	noteAged  = "aged" // when the age of drafts was last counted
)

// SetAgentStatus is the agent's word to the desk. Each call replaces the one before. st.At is the
// caller's present: its times are moved to the book's clock, by which the desk judges whether the
// agent still lives; by the wall clock alone a machine years off would show a dead one.
func (b *Book) SetAgentStatus(ctx context.Context, st AgentStatus) error {
	if off := b.nowMS() - st.At; st.At != 0 && (off > 1000 || off < -1000) {
		st.At += off
		for _, at := range []*int64{&st.Since, &st.NextTry} {
			if *at != 0 {
				*at += off
			}
		}
	}
	body, err := json.Marshal(st)
	if err != nil {
		return fmt.Errorf("storing the agent's status: %w", err)
	}
	return b.putNote(ctx, noteAgent, body)
}

// AgentStatus is the agent's last word, the zero value when it never said one.
func (b *Book) AgentStatus(ctx context.Context) (st AgentStatus, err error) {
	err = b.db.Read(ctx, func(tx *sql.Tx) error {
		st, err = b.agentStatus(ctx, tx)
		return err
	})
	return st, err
}

func (b *Book) agentStatus(ctx context.Context, tx *sql.Tx) (st AgentStatus, err error) {
	body, err := b.note(ctx, tx, noteAgent)
	if err != nil {
		return st, err
	}
	if body != nil && json.Unmarshal(body, &st) != nil {
		// Of a newer or older agent: nothing is known about the line then.
		st = AgentStatus{}
	}
	st.SecondPlace, err = b.second(ctx, tx)
	st.Second = st.SecondPlace.Whole(b.nowMS())
	return st, err
}

func (b *Book) putNote(ctx context.Context, name string, body []byte) error {
	return b.db.Write(ctx, func(tx *sql.Tx) error { return b.setNote(ctx, tx, name, body) })
}

func (b *Book) setNote(ctx context.Context, tx *sql.Tx, name string, body []byte) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO note (name, body, at) VALUES (?,?,?)
		ON CONFLICT (name) DO UPDATE SET body = excluded.body, at = excluded.at`, name, body, b.nowMS())
	if err != nil {
		return fmt.Errorf("storing %s: %w", name, err)
	}
	return nil
}

func (b *Book) note(ctx context.Context, tx *sql.Tx, name string) (body []byte, err error) {
	err = tx.QueryRowContext(ctx, `SELECT body FROM note WHERE name = ?`, name).Scan(&body)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", name, err)
	}
	return body, nil
}
