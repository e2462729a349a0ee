package ledger

import (
	"context"
	"database/sql"
	"fmt"
)

// Whether a matter is a state secret (bí mật nhà nước) is asked before anything of it is written. The book
// keeps the no with the draft, and after a yes nothing of the draft.

// SayNoSecret notes that the resident said that nothing of a draft is a state secret.
func (b *Book) SayNoSecret(ctx context.Context, id DraftID) error {
	return b.saveValue(ctx, id, valueSecrecy, "", true)
}

// EraseDraft forgets a draft as if it had never been written: its key, values, scans and the head that names
// its procedure, in the book and in the write-ahead file. What stays is the mark that its number was once
// given. The key goes first, with the rows: a crash after that leaves bytes that nobody can open, and that
// the agent's next checkpoint or sweep removes.
func (b *Book) EraseDraft(ctx context.Context, id DraftID) error {
	if _, err := b.dropDraft(ctx, id, -1); err != nil {
		return err
	}
	err := b.db.Write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE draft SET head = x'' WHERE id = ? AND state = 'expired'`, id[:])
		return err
	})
	if err != nil {
		return fmt.Errorf("erasing draft %s: %w", id, err)
	}
	if err := b.db.Checkpoint(ctx); err != nil { // somebody reads; the agent's comes
		b.o.Log.Warn("what was erased stays in the write-ahead file, unreadable, until the next checkpoint", "error", err)
	}
	return nil
}
