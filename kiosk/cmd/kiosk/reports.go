package main

import (
	"bendo/internal/ledger"
	"bendo/internal/reconcile"
	"bendo/kiosk/counter"
)

// reportsOf wires registers and reports over a book. The evening's sheet is signed with the machine's
// key; a practice desk signs nothing.
func (o *office) reportsOf(book *ledger.Book, practice bool) *counter.Reports {
	r := &counter.Reports{Facts: book, Issued: book, Days: book, Identity: book.Identity, Packs: o.desk.Packs, Now: o.clock.Now, Practice: practice}
	if !practice {
		r.Sign = func(s reconcile.Sheet) (reconcile.Sheet, error) {
			key, err := o.keys.EnrolledDeviceKey()
			if err != nil {
				return s, err
			}
			return s.Sign(key)
		}
	}
	return r
}
