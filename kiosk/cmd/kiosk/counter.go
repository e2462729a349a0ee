package main

import (
	"bendo/internal/clock"
	"bendo/internal/ledger"
	"bendo/kiosk"
	"bendo/kiosk/counter"
)

// counterOf wires the staff's side of the desk over a book: the office's own or one for practice. Each
// part of the counter has a line.
func (o *office) counterOf(desk *kiosk.Desk, book *ledger.Book, rosters counter.RosterSource, practice bool) *counter.Counter {
	shifts := &counter.Shifts{Rosters: rosters, Book: book, Now: o.clock.Time, Machine: clock.ReadMachine, Practice: practice, Log: o.log}
	return &counter.Counter{Sessions: shifts.Begin(), Log: o.log,
		Reports: o.reportsOf(book, practice),
		Papers:  papersOf(desk, book, rosters, practice),
		Till:    o.tills.of(practice),
		Finding: &counter.Finding{Book: book, Packs: o.desk.Packs, Calendar: o.desk.Calendar, Now: o.clock.Time}}
}
