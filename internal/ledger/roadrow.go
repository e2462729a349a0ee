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
)

// SetAgentStatus is the agent's word to the desk. Each call replaces the one before.
func (b *Book) SetAgentStatus(ctx context.Context, st AgentStatus) error {
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
	if err != nil || body == nil {
		return st, err
	}
	if err := json.Unmarshal(body, &st); err != nil {
		// Of a newer or older agent: nothing is known about the line then.
		return AgentStatus{}, nil
	}
	return st, nil
}

// SaveClock keeps the clock room's state, opaque here.
func (b *Book) SaveClock(ctx context.Context, state []byte) error {
	return b.putNote(ctx, noteClock, state)
}

// LoadClock is the clock room's state, nil when there is none.
func (b *Book) LoadClock(ctx context.Context) (state []byte, err error) {
	err = b.db.Read(ctx, func(tx *sql.Tx) error {
		state, err = b.note(ctx, tx, noteClock)
		return err
	})
	return state, err
}

func (b *Book) putNote(ctx context.Context, name string, body []byte) error {
	return b.db.Write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO note (name, body, at) VALUES (?,?,?)
			ON CONFLICT (name) DO UPDATE SET body = excluded.body, at = excluded.at`, name, body, b.nowMS())
		if err != nil {
			return fmt.Errorf("storing %s: %w", name, err)
		}
		return nil
	})
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
