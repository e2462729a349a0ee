package ledger

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"

	"bendo/internal/seal"
	"bendo/syncproto"
)

// The local journal of who signed in, locked and looked. Acts on dossiers are events and stand in the log that
// the province countersigns; these are not, and stay here, as a chain.

// StaffAct is what is noted.
type StaffAct string

// The acts. A "try" that is followed by neither a "signed_in" nor a "wrong" of its name was cut off: it counted.
const (
	StaffTry       StaffAct = "try"
	StaffSignedIn  StaffAct = "signed_in"
	StaffWrong     StaffAct = "wrong"
	StaffLocked    StaffAct = "locked"
	StaffUnlocked  StaffAct = "unlocked"
	StaffWrongPIN  StaffAct = "wrong_pin"
	StaffSignedOut StaffAct = "signed_out"
	StaffEnded     StaffAct = "ended"  // by the desk; Detail says why
	StaffSecond    StaffAct = "second" // proven as the second person of an act; Detail names the act
	StaffLooked    StaffAct = "looked" // at a dossier
	StaffRoster    StaffAct = "roster" // another roster is in use; Detail is its version
)

// StaffNote is one line of the journal.
type StaffNote struct {
	N       int64               `json:"-"`
	At      int64               `json:"-"`                // unix ms of the office's clock
	Act     StaffAct            `json:"act"`              //
	Member  string              `json:"member,omitempty"` // of the roster; "" for a name nobody has
	Dossier syncproto.DossierID `json:"dossier,omitzero"`
	Detail  string              `json:"detail,omitempty"` // short, no name of a person
	Clock   int                 `json:"clock"`            // quality, as in events
}

// maxStaffDetail bounds what a note says.
const maxStaffDetail = 200

// NoteStaff adds lines to the journal in one transaction.
func (b *Book) NoteStaff(ctx context.Context, notes ...StaffNote) error {
	return b.db.Write(ctx, func(tx *sql.Tx) error {
		for _, n := range notes {
			if err := b.noteStaff(ctx, tx, n); err != nil {
				return err
			}
		}
		return nil
	})
}

func (b *Book) noteStaff(ctx context.Context, tx *sql.Tx, note StaffNote) error {
	if note.Act == "" || len(note.Detail) > maxStaffDetail || len(note.Member) > 64 {
		return fmt.Errorf("noting %q of staff: %w", note.Act, ErrUnfit)
	}
	if b.o.Clock != nil {
		note.Clock = int(b.o.Clock())
	}
	key, err := b.key(ctx, tx, bookScope)
	if err != nil {
		return err
	}
	n, prev, err := staffHead(ctx, tx)
	if err != nil {
		return err
	}
	body, err := json.Marshal(note)
	if err != nil {
		return fmt.Errorf("noting %q of staff: %w", note.Act, err)
	}
	n++
	at, entry := b.nowMS(), seal.Seal(key, staffPlace(n), body)
	digest := staffDigest(prev, n, at, entry)
	if _, err := tx.ExecContext(ctx, `INSERT INTO staff_log (n, at, entry, digest) VALUES (?, ?, ?, ?)`, n, at, entry, digest[:]); err != nil {
		return fmt.Errorf("noting %q of staff: %w", note.Act, err)
	}
	return nil
}

func staffHead(ctx context.Context, tx *sql.Tx) (n int64, head syncproto.Digest, err error) {
	var raw []byte
	err = tx.QueryRowContext(ctx, `SELECT n, digest FROM staff_log ORDER BY n DESC LIMIT 1`).Scan(&n, &raw)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, head, nil
	}
	if err != nil {
		return 0, head, fmt.Errorf("reading the journal of staff: %w", err)
	}
	copy(head[:], raw)
	return n, head, nil
}

func staffPlace(n int64) seal.AAD { return place("staff_log", nil, n, "entry") }

func staffDigest(prev syncproto.Digest, n, at int64, entry []byte) syncproto.Digest {
	h := sha256.New()
	h.Write([]byte("bendo staff log\x00"))
	h.Write(prev[:])
	h.Write(binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, uint64(n)), uint64(at)))
	h.Write(entry)
	return syncproto.Digest(h.Sum(nil))
}

// StaffCheck is what a check of the whole journal found.
type StaffCheck struct {
	Lines    int64            `json:"lines"`
	Head     syncproto.Digest `json:"head"`     // behind the last line: whoever wrote it down elsewhere sees whether the end is missing
	Problems []string         `json:"problems"` // the first place that does not fit, and entries that do not open
}

// CheckStaffLog reads the whole journal: every line there, the chain through it, every entry opening. The
// error is about reading; what is wrong stands in Problems.
func (b *Book) CheckStaffLog(ctx context.Context) (c StaffCheck, err error) {
	c.Problems = []string{}
	broken := false
	err = b.eachStaff(ctx, 0, func(note StaffNote, entry, digest []byte, bad error) bool {
		want := staffDigest(c.Head, note.N, note.At, entry)
		switch {
		case note.N != c.Lines+1 && !broken:
			c.Problems, broken = append(c.Problems, fmt.Sprintf("lines %d to %d of the staff's journal are missing", c.Lines+1, note.N-1)), true
		case !bytes.Equal(digest, want[:]) && !broken:
			c.Problems, broken = append(c.Problems, fmt.Sprintf("line %d of the staff's journal was changed", note.N)), true
		}
		if bad != nil && len(c.Problems) < 100 {
			c.Problems = append(c.Problems, fmt.Sprintf("line %d of the staff's journal does not open", note.N))
		}
		c.Lines = note.N
		copy(c.Head[:], digest)
		return true
	})
	return c, err
}

// StaffLog lists up to limit lines behind line after, in order. One that does not open has no act.
func (b *Book) StaffLog(ctx context.Context, after int64, limit int) (list []StaffNote, err error) {
	err = b.eachStaff(ctx, after, func(note StaffNote, _, _ []byte, _ error) bool {
		list = append(list, note)
		return len(list) < limit
	})
	return list, err
}

func (b *Book) eachStaff(ctx context.Context, after int64, each func(note StaffNote, entry, digest []byte, bad error) (more bool)) error {
	return b.db.Read(ctx, func(tx *sql.Tx) error {
		key, err := b.key(ctx, tx, bookScope)
		if err != nil {
			return err
		}
		rows, err := tx.QueryContext(ctx, `SELECT n, at, entry, digest FROM staff_log WHERE n > ? ORDER BY n`, after)
		if err != nil {
			return fmt.Errorf("reading the journal of staff: %w", err)
		}
		defer rows.Close()
		for rows.Next() {
			var n, at int64
			var entry, digest []byte
			if err := rows.Scan(&n, &at, &entry, &digest); err != nil {
				return fmt.Errorf("reading the journal of staff: %w", err)
			}
			var note StaffNote
			body, bad := seal.Open(key, staffPlace(n), entry)
			if bad == nil {
				bad = json.Unmarshal(body, &note)
			}
			note.N, note.At = n, at
			if !each(note, entry, digest, bad) {
				return nil
			}
		}
		return rows.Err()
	})
}
