package store

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"bendo/internal/dossier"
	"bendo/internal/seal"
	"bendo/syncproto"
)

// StateFolded is the state of an event that took effect. Any other state is the
// code of its outcome: stored, not folded.
const StateFolded = "folded"

// StateUnread is the state of an event of a known dossier that this program could not read when it came: it
// is folded, because its version counts, but what it says has no effect until a program reads it (Unread).
const StateUnread = "unread"

// StateProposal: what was folded first stands; a human decides.
const StateProposal = syncproto.OutcomeProposal

// StoredEvent is an event with what the portal knows about it.
type StoredEvent struct {
	Event      syncproto.Event
	Author     dossier.Holder
	Device     syncproto.DeviceID // zero for the province
	ReceivedAt int64
	State      string
	// Read is the payload as dossier.Parse reads it; nil when nobody has read it.
	Read any
	// Payload is the payload's digest; zero when nobody has computed it.
	Payload syncproto.Digest
	// Header is the header's bytes as they came; nil when nobody has them.
	Header []byte
}

func (e StoredEvent) payload() syncproto.Digest {
	if e.Payload.IsZero() {
		return syncproto.PayloadDigest(e.Event.Salt, e.Event.Payload)
	}
	return e.Payload
}

// Seen tells what is known of an event id: nothing, the same event, or other
// bytes under the same id.
type Seen int

// The three answers.
const (
	NeverSeen Seen = iota
	SameEvent
	OtherBytes
)

// SeenEvent answers for (id, payload digest).
func (tx *Tx) SeenEvent(commune string, id syncproto.EventID, payload syncproto.Digest) (Seen, error) {
	seen := NeverSeen
	err := tx.Each("SELECT payload_digest FROM events WHERE commune = ? AND event = ?", []any{commune, id[:]},
		func(scan func(...any) error) error {
			var digest []byte
			if err := scan(&digest); err != nil {
				return err
			}
			if bytes.Equal(digest, payload[:]) {
				seen = SameEvent
			} else if seen == NeverSeen {
				seen = OtherBytes
			}
			return nil
		})
	return seen, err
}

// PutEvent keeps a new event, sealed under its dossier's key.
func (tx *Tx) PutEvent(commune string, e StoredEvent) error {
	key, err := tx.keyOf(commune, e.Event.Header.Dossier, true)
	if err != nil {
		return err
	}
	r := newEventRows()
	if err := addEvent(r, commune, key, e); err != nil {
		return err
	}
	if err := tx.insert(r, ""); err != nil {
		return fmt.Errorf("keeping an event: %w", err)
	}
	return nil
}

func newEventRows() *rows {
	return newRows("events", "commune text", "event bytes", "payload_digest bytes", "dossier bytes", "author text", "device bytes",
		"epoch int", "seq int", "type text", "at int", "received_at int", "state text", "body bytes")
}

func addEvent(r *rows, commune string, key seal.Key, e StoredEvent) error {
	h := e.Event.Header
	header, err := e.Header, error(nil)
	if header == nil {
		if header, err = syncproto.EncodeHeader(h); err != nil {
			return fmt.Errorf("keeping an event: %w", err)
		}
	}
	body, err := syncproto.EncodeEventOf(header, e.Event)
	if err != nil {
		return fmt.Errorf("keeping an event: %w", err)
	}
	digest := e.payload()
	device := []byte{}
	if !e.Device.IsZero() {
		device = e.Device[:]
	}
	r.add(commune, h.ID[:], digest[:], h.Dossier[:], string(e.Author), device,
		int64(h.Epoch), int64(h.Seq), h.Type, h.At, e.ReceivedAt, e.State, sealWith(key, eventName(h.ID), body))
	return nil
}

func eventName(id syncproto.EventID) string { return "events/" + id.String() }

// keyOf is the key a dossier's rows are sealed under, or the portal's for what
// concerns none.
func (tx *Tx) keyOf(commune string, id syncproto.DossierID, make bool) (seal.Key, error) {
	if id.IsZero() {
		return tx.db.portalKey, nil
	}
	return tx.dossierKey(commune, id, make)
}

// eventRow is an event as its row has it.
type eventRow struct {
	event, device, body []byte
	author, state       string
	received            int64
}

func (r eventRow) open(key seal.Key) (StoredEvent, error) {
	e := StoredEvent{Author: dossier.Holder(r.author), ReceivedAt: r.received, State: r.state}
	copy(e.Device[:], r.device)
	plain, err := openWith(key, eventName(syncproto.EventID(r.event)), r.body)
	if err != nil {
		return e, err
	}
	if e.Event, err = syncproto.DecodeEvent(plain); err != nil {
		return e, fmt.Errorf("reading a stored event: %w", err)
	}
	return e, nil
}

// EventsOf returns every event of a dossier in the order of their arrival.
func (tx *Tx) EventsOf(commune string, id syncproto.DossierID) ([]StoredEvent, error) {
	var rows []eventRow
	err := tx.Each(`SELECT event, device, author, state, received_at, body FROM events WHERE commune = ? AND dossier = ?
		ORDER BY received_at, event`, []any{commune, id[:]}, func(scan func(...any) error) error {
		var r eventRow
		err := scan(&r.event, &r.device, &r.author, &r.state, &r.received, &r.body)
		rows = append(rows, r)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading the events of a dossier: %w", err)
	}
	if len(rows) == 0 {
		return nil, nil
	}
	key, err := tx.keyOf(commune, id, false)
	if err != nil {
		return nil, err
	}
	found := make([]StoredEvent, 0, len(rows))
	for _, r := range rows {
		e, err := r.open(key)
		if err != nil {
			return nil, err
		}
		found = append(found, e)
	}
	return found, nil
}

// SetEventState notes what became of an event.
func (tx *Tx) SetEventState(commune string, id syncproto.EventID, state string) error {
	_, err := tx.Exec("UPDATE events SET state = ? WHERE commune = ? AND event = ? AND state IN (?, ?)", state, commune, id[:], StateFolded, StateUnread)
	return err
}

// EventsInState lists a machine's events of one state in the order of its logs.
func (tx *Tx) EventsInState(commune string, device syncproto.DeviceID, state string) ([]StoredEvent, error) {
	type kept struct {
		eventRow
		dossier []byte
	}
	var rows []kept
	err := tx.Each(`SELECT dossier, event, device, author, state, received_at, body FROM events WHERE commune = ? AND device = ? AND state = ?
		ORDER BY epoch, seq`, []any{commune, device[:], state}, func(scan func(...any) error) error {
		var r kept
		err := scan(&r.dossier, &r.event, &r.device, &r.author, &r.state, &r.received, &r.body)
		rows = append(rows, r)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading a machine's events: %w", err)
	}
	var found []StoredEvent
	for _, r := range rows {
		key, err := tx.keyOf(commune, syncproto.DossierID(r.dossier), false)
		if err != nil {
			return nil, err
		}
		e, err := r.open(key)
		if err != nil {
			return nil, err
		}
		found = append(found, e)
	}
	return found, nil
}

// Unread lists the machines of which events are kept in [syncproto.OutcomeUnsupported],
// [syncproto.OutcomeUndecodable] or [StateUnread]: written, it may be, by a newer program than the one that
// took them.
func (tx *Tx) Unread() ([]Device, error) {
	var ids []syncproto.DeviceID
	// Each state stands in the words of its index (schemas 9 to 11), or no index is used.
	err := tx.Each(`SELECT device FROM events WHERE state = 'unsupported' UNION
		SELECT device FROM events WHERE state = 'undecodable' UNION
		SELECT device FROM events WHERE state = 'unread' ORDER BY device`, nil, func(scan func(...any) error) error {
		var id []byte
		err := scan(&id)
		if err == nil && len(id) > 0 {
			ids = append(ids, syncproto.DeviceID(id))
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("looking for events nobody could read: %w", err)
	}
	found := make([]Device, 0, len(ids))
	for _, id := range ids {
		d, err := tx.FindDevice(id)
		if err != nil {
			return nil, err
		}
		found = append(found, d)
	}
	return found, nil
}

// ReleaseEvent moves an event from one state to another; from another one it stays, and false is returned.
func (tx *Tx) ReleaseEvent(commune string, e syncproto.Event, from, to string) (moved bool, err error) {
	digest := syncproto.PayloadDigest(e.Salt, e.Payload)
	n, err := tx.Exec("UPDATE events SET state = ? WHERE commune = ? AND event = ? AND payload_digest = ? AND state = ?",
		to, commune, e.Header.ID[:], digest[:], from)
	return n > 0, err
}

// Entries are the events the fold may see.
func Entries(events []StoredEvent) []dossier.Entry {
	var entries []dossier.Entry
	for _, e := range events {
		if e.State != StateFolded && e.State != StateUnread && e.State != StateProposal {
			continue
		}
		entries = append(entries, dossier.Entry{Event: e.Event, Author: e.Author, ReceivedAt: e.ReceivedAt, Read: e.Read, Payload: e.Payload, Proposal: e.State == StateProposal})
	}
	return entries
}

// Case is the row the officers' lists are made of.
type Case struct {
	Commune      string
	ID           syncproto.DossierID
	Slip         dossier.Slip
	Book         syncproto.BookID
	Procedure    string
	OfficialCode string
	State        string
	NationalCode uint8
	ReceivedAt   int64
	DueAt        int64
	DueCalendar  string
	Holder       dossier.Holder // empty: folded by an older portal
	Revision     int64
	Card         Card
	Complete     bool // every submission so far
}

// Card is the sealed part of a case's row.
type Card struct {
	Applicant string
	Reference string
	Source    string // digest of dossier.json, hex
}

// SlipTaken says whether another dossier of the commune has this slip number.
func (tx *Tx) SlipTaken(commune string, slip dossier.Slip, by syncproto.DossierID) (bool, error) {
	var id []byte
	err := tx.Row("SELECT dossier FROM cases WHERE commune = ? AND slip = ?", []any{commune, string(slip)}, &id)
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}
	return err == nil && !bytes.Equal(id, by[:]), err
}

// PutCase keeps the projection of a state. received is when the portal first had
// the dossier; it is kept from the first call.
func (tx *Tx) PutCase(commune string, book syncproto.BookID, s dossier.State, card Card) error {
	key, err := tx.keyOf(commune, s.ID, true)
	if err != nil {
		return err
	}
	r := newCaseRows()
	addCase(r, commune, book, key, tx.Now, s, card)
	if err := tx.insert(r, putCase); err != nil {
		return fmt.Errorf("keeping a case: %w", err)
	}
	return nil
}

func newCaseRows() *rows {
	return newRows("cases", "commune text", "dossier bytes", "slip text", "book bytes", "procedure_code text", "official_code text",
		"state text", "national_code int", "received_at int", "due_at int", "due_calendar text", "revision int", "fold_version int", "card bytes", "holder text")
}

// putCase keeps what the first call fixed.
const putCase = `ON CONFLICT (commune, dossier) DO UPDATE SET official_code = excluded.official_code, state = excluded.state,
	national_code = excluded.national_code, due_at = excluded.due_at, due_calendar = excluded.due_calendar, holder = excluded.holder, revision = cases.revision + 1,
	fold_version = excluded.fold_version, card = excluded.card`

func addCase(r *rows, commune string, book syncproto.BookID, key seal.Key, now int64, s dossier.State, card Card) {
	r.add(commune, s.ID[:], string(s.Slip), book[:], Clean(s.Procedure, 64), Clean(s.OfficialCode, 64), string(s.Business),
		int64(s.NationalCode), now, s.Due, Clean(s.DueCalendar(), 64), int64(1), int64(dossier.FoldVersion), sealWith(key, "cases/card", card.encode()), Clean(string(s.Holder), 64))
}

// SetDue notes with which calendar the due date was computed.
func (tx *Tx) SetDue(commune string, id syncproto.DossierID, due int64, calendar string) error {
	_, err := tx.Exec("UPDATE cases SET due_at = ?, due_calendar = ? WHERE commune = ? AND dossier = ?", due, calendar, commune, id[:])
	return err
}

const caseColumns = `c.dossier, c.slip, c.book, c.procedure_code, c.official_code, c.state, c.national_code, c.received_at, c.due_at, c.due_calendar, c.holder,
	c.revision, c.card, (SELECT k.wrapped FROM dossier_keys k WHERE k.commune = c.commune AND k.dossier = c.dossier), (SELECT count(*) FROM submissions s WHERE s.commune = c.commune AND s.dossier = c.dossier AND s.complete_at = 0)`

type caseRow struct {
	Case
	sealed  []byte
	wrapped []byte // the dossier's key
}

func scanCase(commune string, scan func(...any) error) (caseRow, error) {
	r := caseRow{Case: Case{Commune: commune}}
	var id, book []byte
	var slip, holder string
	var code, open int64
	err := scan(&id, &slip, &book, &r.Procedure, &r.OfficialCode, &r.State, &code, &r.ReceivedAt, &r.DueAt, &r.DueCalendar, &holder, &r.Revision, &r.sealed, &r.wrapped, &open)
	copy(r.ID[:], id)
	copy(r.Book[:], book)
	r.Holder = dossier.Holder(holder)
	r.Slip, r.NationalCode, r.Complete = dossier.Slip(slip), uint8(code), open == 0
	return r, err
}

func (tx *Tx) openCase(r caseRow) (Case, error) {
	key, err := tx.db.keeper.Unwrap(r.wrapped, r.ID)
	if errors.Is(err, seal.ErrErased) {
		return r.Case, nil // the row stays, what a resident wrote is gone
	}
	if err != nil {
		return r.Case, fmt.Errorf("opening a dossier's key: %w", err)
	}
	plain, err := openWith(key, "cases/card", r.sealed)
	if err != nil {
		return r.Case, err
	}
	r.Card = decodeCard(plain)
	return r.Case, nil
}

// FindCase returns ErrNotFound for a dossier this commune does not have.
func (tx *Tx) FindCase(commune string, id syncproto.DossierID) (Case, error) {
	return tx.findCase(commune, "c.dossier = ?", id[:], "")
}

// LockCase is FindCase that keeps other officers and the intake waiting.
func (tx *Tx) LockCase(commune string, id syncproto.DossierID) (Case, error) {
	if _, err := tx.Exec("UPDATE cases SET revision = revision WHERE commune = ? AND dossier = ?", commune, id[:]); err != nil {
		return Case{}, err
	}
	return tx.findCase(commune, "c.dossier = ?", id[:], "")
}

// FindCaseBySlip finds a case of the commune by its slip number.
func (tx *Tx) FindCaseBySlip(commune string, slip dossier.Slip) (Case, error) {
	return tx.findCase(commune, "c.slip = ?", string(slip), "")
}

func (tx *Tx) findCase(commune, condition string, value any, lock string) (Case, error) {
	r, err := scanCase(commune, func(into ...any) error {
		return tx.Row("SELECT "+caseColumns+" FROM cases c WHERE c.commune = ? AND "+condition+lock, []any{commune, value}, into...)
	})
	if err != nil {
		return Case{}, err
	}
	return tx.openCase(r)
}

// Cases lists the cases of a commune, newest first; of every commune when it is
// empty (the province's list command).
func (tx *Tx) Cases(commune string) ([]Case, error) {
	where, args := "", []any{}
	if commune != "" {
		where, args = " WHERE c.commune = ?", []any{commune}
	}
	var rows []caseRow
	err := tx.Each("SELECT c.commune, "+caseColumns+" FROM cases c"+where+" ORDER BY c.commune, c.received_at DESC, c.dossier", args,
		func(scan func(...any) error) error {
			var of string
			r, err := scanCase("", func(into ...any) error { return scan(append([]any{&of}, into...)...) })
			r.Commune = of
			rows = append(rows, r)
			return err
		})
	if err != nil {
		return nil, fmt.Errorf("listing cases: %w", err)
	}
	found := make([]Case, 0, len(rows))
	for _, r := range rows {
		c, err := tx.openCase(r)
		if err != nil {
			return nil, err
		}
		found = append(found, c)
	}
	return found, nil
}

// The card's form: three fields of length-prefixed text would be more than it
// needs; a separator that Clean removes from each is enough.
func (c Card) encode() []byte {
	clean := func(s string) string { return strings.ReplaceAll(Clean(s, 400), "\x1f", " ") }
	return []byte(clean(c.Applicant) + "\x1f" + clean(c.Reference) + "\x1f" + clean(c.Source))
}

func decodeCard(b []byte) Card {
	parts := strings.SplitN(string(b), "\x1f", 3)
	for len(parts) < 3 {
		parts = append(parts, "")
	}
	return Card{Applicant: parts[0], Reference: parts[1], Source: parts[2]}
}

// NextOfficialNumber counts the official codes of a commune and day. A rolled
// back transaction leaves no gap.
func (tx *Tx) NextOfficialNumber(commune, day string) (int64, error) {
	_, err := tx.Exec(`INSERT INTO official_numbers (commune, day, last) VALUES (?, ?, 1)
		ON CONFLICT (commune, day) DO UPDATE SET last = official_numbers.last + 1`, commune, day)
	if err != nil {
		return 0, err
	}
	var n int64
	err = tx.Row("SELECT last FROM official_numbers WHERE commune = ? AND day = ?", []any{commune, day}, &n)
	return n, err
}
