package casework

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"bendo/internal/calendar"
	"bendo/internal/catalog"
	"bendo/internal/dossier"
	"bendo/internal/vietnam"
	"bendo/portal/store"
	"bendo/syncproto"
)

// Errors of a step. A *dossier.StepError says that the state does not allow it.
var (
	// ErrNotFound: no such dossier in this officer's office.
	ErrNotFound = errors.New("no such dossier")
	// ErrChanged: somebody worked on the dossier since this officer looked at it.
	ErrChanged = errors.New("the dossier has changed since you opened it")
	// ErrForbidden: this role reads and does not act.
	ErrForbidden = errors.New("this role does not work on dossiers")
)

// InvalidError: what the officer typed is not complete. It never repeats it.
type InvalidError struct{ Err error }

func (e *InvalidError) Error() string { return "the step is not complete: " + e.Err.Error() }
func (e *InvalidError) Unwrap() error { return e.Err }

// Options of New. The zero value works.
type Options struct {
	// Codes issues official codes; nil means that officers type them.
	Codes Codes
	// Ring wakes the machines of a commune after a commit; nil means nobody.
	Ring func(commune string)
	// Calendar counts due dates; nil is the built-in one.
	Calendar *calendar.Calendar
	// Catalogue is the pack in force; nil is the embedded one.
	Catalogue *catalog.Pack
}

// Work does the officers' steps. Its methods may be called from many goroutines.
type Work struct {
	db    *store.DB
	codes Codes
	ring  func(string)
	cal   *calendar.Calendar
	pack  *catalog.Pack
}

// New makes the room over a store.
func New(db *store.DB, o Options) *Work {
	w := &Work{db: db, codes: o.Codes, ring: o.Ring, cal: o.Calendar, pack: o.Catalogue}
	if w.codes == nil {
		w.codes = Typed{}
	}
	if w.ring == nil {
		w.ring = func(string) {}
	}
	if w.cal == nil {
		w.cal = calendar.Builtin()
	}
	if w.pack == nil {
		// The embedded pack is part of the program and tested with it; without
		// one there are no due dates, which the case then says.
		w.pack, _ = catalog.Embedded()
	}
	return w
}

// Officer is who acts. Office is the commune whose dossiers the officer sees.
type Officer struct {
	Name   string
	Office string
	Role   store.Role
}

// Step names a dossier and, when the screen sends it, the revision it showed.
type Step struct {
	Dossier  syncproto.DossierID
	Revision int64 // 0: not said
}

// act is one step inside its transaction.
type act struct {
	w       *Work
	tx      *store.Tx
	officer Officer
	office  string // name as residents know it
	one     store.Case
	state   dossier.State
	events  []store.StoredEvent
}

// do runs one step: make looks at the state and gives the event type and its
// payload.
func (w *Work) do(ctx context.Context, o Officer, s Step, make func(*act) (string, any, error)) error {
	if o.Role != store.Officer {
		return ErrForbidden
	}
	err := w.db.Write(ctx, func(tx *store.Tx) error {
		a := &act{w: w, tx: tx, officer: o}
		if err := a.load(s); err != nil {
			return err
		}
		eventType, payload, err := make(a)
		if err != nil {
			return err
		}
		return a.author(eventType, payload)
	})
	if err == nil {
		w.ring(o.Office) // after the commit: whoever wakes finds the entry
	}
	return err
}

func (a *act) load(s Step) (err error) {
	a.one, err = a.tx.LockCase(a.officer.Office, s.Dossier)
	if errors.Is(err, store.ErrNotFound) {
		return ErrNotFound
	}
	if err != nil {
		return err
	}
	if s.Revision != 0 && s.Revision != a.one.Revision {
		return ErrChanged
	}
	if a.office, err = a.tx.OfficeName(a.officer.Office); err != nil {
		return err
	}
	if a.office == "" { // enrolled without a name
		a.office = a.officer.Office
		if unit, ok := vietnam.FindCommune(vietnam.CommuneCode(a.officer.Office)); ok {
			a.office = unit.FullName()
		}
	}
	if a.events, err = a.tx.EventsOf(a.officer.Office, s.Dossier); err != nil {
		return err
	}
	a.state = dossier.Fold(store.Entries(a.events))
	return nil
}

// author makes the event and everything that follows from it.
func (a *act) author(eventType string, payload any) error {
	meta := dossier.Meta{At: a.tx.Now, Clock: syncproto.ClockTrusted, Actor: a.w.actor(a.officer)}
	var err error
	if meta.Event, err = syncproto.NewEventID(a.tx.Now, rand.Reader); err != nil {
		return err
	}
	if _, err := rand.Read(meta.Salt[:]); err != nil {
		return err
	}
	event, err := dossier.Advance(a.state, dossier.Province, eventType, payload, meta)
	var illegal *dossier.StepError
	if err != nil && !errors.As(err, &illegal) {
		return &InvalidError{err}
	}
	if err != nil {
		return err
	}
	stored := store.StoredEvent{Event: event, Author: dossier.Province, ReceivedAt: a.tx.Now, State: store.StateFolded}
	if err := a.tx.PutEvent(a.one.Commune, stored); err != nil {
		return err
	}
	state, card, err := a.tx.Fold(a.one.Commune, a.one.ID)
	if err != nil {
		return err
	}
	if state.Version != event.Header.Version {
		return fmt.Errorf("folding %q: version %d, want %d", eventType, state.Version, event.Header.Version)
	}
	if err := a.tx.PutCase(a.one.Commune, a.one.Book, state, card); err != nil {
		return err
	}
	if taken, ok := payload.(*dossier.TakenInPayload); ok {
		if err := a.tx.SetDue(a.one.Commune, a.one.ID, taken.Due, taken.Calendar); err != nil {
			return err
		}
	}
	body, err := syncproto.EncodeEvent(event)
	if err != nil {
		return err
	}
	_, err = a.tx.AppendFeed(a.one.Commune, syncproto.FeedEvent, "", body)
	return err
}

// actor is the opaque id of a person: the header is read by machines.
func (w *Work) actor(o Officer) string {
	return "officer:" + hex.EncodeToString(w.db.Index("actor", []byte(o.Name)))
}

// due computes by when the office must answer. Where the catalogue does not
// state a period it says nothing: 0 and no calendar.
func (a *act) due() (at int64, version string) {
	if a.w.pack == nil {
		return 0, ""
	}
	procedure, ok := a.w.pack.Procedure(a.state.Procedure)
	if !ok {
		return 0, ""
	}
	period, ok := procedure.Period(string(a.state.Channel))
	if !ok {
		return 0, ""
	}
	due, err := a.w.cal.Due(time.UnixMilli(a.tx.Now).In(calendar.Zone), period)
	if err != nil {
		return 0, "" // outside the table: never guessed
	}
	return due.At.UnixMilli(), due.Version
}
