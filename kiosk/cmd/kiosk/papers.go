package main

import (
	"context"

	"bendo/internal/ledger"
	"bendo/kiosk"
	"bendo/kiosk/counter"
)

// papersOf wires the forms of a book to the printer of the desk that serves it.
func papersOf(desk *kiosk.Desk, book *ledger.Book, rosters counter.RosterSource, practice bool) *counter.Papers {
	return &counter.Papers{Book: book, Packs: desk.Packs, Calendar: desk.Calendar, Printing: desk, NameOf: memberNames(rosters), Practice: practice}
}

// memberNames finds the name behind an id on the roster; "" for whoever is on it no more.
func memberNames(rosters counter.RosterSource) func(id string) string {
	return func(id string) string {
		roster, found, err := rosters.Roster(context.Background())
		if err != nil || !found {
			return ""
		}
		m, _ := roster.ByID(id)
		return m.Name
	}
}
