package sqlitedb

import (
	"errors"

	"modernc.org/sqlite"

	"bendo/internal/durable"
)

// Result codes of SQLite (sqlite.org/rescode.html). The low byte is the kind, the rest detail.
const (
	codeError      = 1
	codeBusy       = 5
	codeLocked     = 6
	codeReadOnly   = 8
	codeIO         = 10
	codeCorrupt    = 11
	codeFull       = 13
	codeConstraint = 19
	codeNotADB     = 26

	codePrimaryKey = 1555
	codeUnique     = 2067
	codeRowID      = 2579
)

// code returns SQLite's extended result code in err's chain, or 0.
func code(err error) int {
	var e *sqlite.Error
	if errors.As(err, &e) {
		return e.Code()
	}
	return 0
}

func kind(err error) int { return code(err) & 0xff }

// errSnapshotHeld is the busy answer of a checkpoint, which is a column and not an error code.
var errSnapshotHeld = errors.New("a reader holds an old snapshot")

// IsBusy says that another connection held the lock too long: trying again can help.
func IsBusy(err error) bool {
	return kind(err) == codeBusy || kind(err) == codeLocked || errors.Is(err, errSnapshotHeld)
}

// IsFull says that the disk is full: release the reserve, tell staff, keep the item.
func IsFull(err error) bool { return kind(err) == codeFull || durable.IsFull(err) }

// IsIO says that the disk refused (also a quota, or a file system gone read-only).
func IsIO(err error) bool { return kind(err) == codeIO }

// IsCorrupt says that the file is damaged or no database at all: quarantine and restore.
func IsCorrupt(err error) bool { return kind(err) == codeCorrupt || kind(err) == codeNotADB }

// IsSchema says that the file has not the table or the column that was asked for: what a damaged
// schema page looks like.
func IsSchema(err error) bool { return kind(err) == codeError }

// IsReadOnly says that a write was tried where only reading is allowed.
func IsReadOnly(err error) bool { return kind(err) == codeReadOnly }

// IsConstraint says that a row broke a rule of the schema.
func IsConstraint(err error) bool { return kind(err) == codeConstraint }

// IsUnique says that a row with the same key is already there.
func IsUnique(err error) bool {
	c := code(err)
	return c == codeUnique || c == codePrimaryKey || c == codeRowID
}
