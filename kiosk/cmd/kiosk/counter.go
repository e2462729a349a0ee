package main

import (
	"bendo/internal/ledger"
	"bendo/kiosk/counter"
)

// counterOf wires the staff's side of the desk over a book: the office's own or one for practice. Each
// part of the counter has a line.
func (o *office) counterOf(book *ledger.Book, practice bool) *counter.Counter {
	return &counter.Counter{Log: o.log}
}
