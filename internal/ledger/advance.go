package ledger

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"bendo/internal/dossier"
	"bendo/syncproto"
)

// ErrChanged says that a dossier has changed since somebody looked at it: they must look again.
var ErrChanged = errors.New("the dossier has changed since it was looked at")

// Moment is what the event of a step will say of its own time: a due date is computed from it and not
// from a clock that goes on.
type Moment struct {
	At    int64 // unix ms
	Clock syncproto.ClockQuality
}

// Case is one dossier as a desk works on it, read at one moment.
type Case struct {
	Found
	Filing   *dossier.SubmittedPayload // nil: not in this book, or erased
	Revision int64                     // how many events of it the book has; any change raises it
	Own      dossier.Holder            // this book
	Notes    map[syncproto.EventID]string
	Here     map[syncproto.Digest]bool // scans whose bytes are on this machine
}

// Case reads a dossier for the desk; ErrNotFound when the book has none.
func (b *Book) Case(ctx context.Context, id syncproto.DossierID) (c Case, err error) {
	err = b.db.Read(ctx, func(tx *sql.Tx) error {
		if c.Found, err = b.found(ctx, tx, id); err != nil {
			return err
		}
		return b.caseOf(ctx, tx, id, &c)
	})
	if err != nil {
		return Case{}, fmt.Errorf("reading dossier %s for the desk: %w", id, err)
	}
	return c, nil
}

func (b *Book) caseOf(ctx context.Context, tx *sql.Tx, id syncproto.DossierID, c *Case) error {
	own, err := b.identity(ctx, tx)
	if err != nil {
		return err
	}
	c.Own = dossier.Book(own.Book)
	key, err := b.key(ctx, tx, id)
	if err != nil {
		return err
	}
	list, _, err := b.entries(ctx, tx, id, key)
	if err != nil {
		return err
	}
	if c.Revision, err = revision(ctx, tx, id); err != nil {
		return err
	}
	c.Notes, c.Here = map[syncproto.EventID]string{}, map[syncproto.Digest]bool{}
	for _, e := range list {
		ev := e.Event
		value, err := dossier.Parse(ev.Header.Type, ev.Header.Schema, ev.Payload)
		if err != nil {
			continue // kept, and named in the state
		}
		switch p := value.(type) {
		case *dossier.SubmittedPayload:
			c.Filing = p
		case *dossier.NotePayload:
			c.Notes[ev.Header.ID] = p.Text
		}
		for _, ref := range ev.Header.Blobs {
			c.Here[ref.SHA256] = b.stillThere(id, ref.SHA256) == nil
		}
	}
	return nil
}

func revision(ctx context.Context, tx *sql.Tx, id syncproto.DossierID) (n int64, err error) {
	if err = tx.QueryRowContext(ctx, `SELECT count(*) FROM event WHERE dossier = ?`, id[:]).Scan(&n); err != nil {
		return 0, fmt.Errorf("counting events: %w", err)
	}
	return n, nil
}

// Advance appends a step that a member of staff takes: a status step while this book is the holder,
// or a request. make is called in the transaction with the state and the moment the event will carry;
// it must not call the book. One transaction holds event, chain, projection and log; the bell rings
// after its commit. A crash before the commit leaves nothing of the step, after it all of it, before
// the bell a step the agent finds by itself.
//
// rev is the revision somebody looked at. When the book has another one, the answer is ErrChanged,
// unless what came after rev is this very step (same actor, type and content: the answer was lost on
// its way); then the state is returned as it is now and nothing is written twice.
//
// Errors: *dossier.StepError when the law's state or custody does not allow it, ErrUnfit when the
// payload does not follow its schema, what make returns as it is.
func (b *Book) Advance(ctx context.Context, id syncproto.DossierID, rev int64, actor, eventType string,
	make func(dossier.State, Moment) (payload any, err error)) (s dossier.State, err error) {
	wrote := false
	err = b.finish(func() error {
		return b.db.Write(ctx, func(tx *sql.Tx) error {
			st := stepping{b: b, tx: tx, id: id, actor: actor, eventType: eventType, make: make}
			s, wrote, err = st.run(ctx, rev)
			return err
		})
	})
	if err != nil {
		return dossier.State{}, fmt.Errorf("advancing dossier %s: %w", id, err)
	}
	if wrote {
		b.ring(ctx)
	}
	return s, nil
}

// stepping is one step in its transaction.
type stepping struct {
	b         *Book
	tx        *sql.Tx
	id        syncproto.DossierID
	actor     string
	eventType string
	make      func(dossier.State, Moment) (any, error)
	author    author
	state     dossier.State
}

func (st *stepping) run(ctx context.Context, rev int64) (s dossier.State, wrote bool, err error) {
	if st.state, err = st.b.state(ctx, st.tx, st.id); err != nil {
		return s, false, err
	}
	if st.author, err = st.b.author(ctx, st.tx); err != nil {
		return s, false, err
	}
	now, err := revision(ctx, st.tx, st.id)
	if err != nil {
		return s, false, err
	}
	if now != rev {
		return st.state, false, st.again(ctx, rev)
	}
	s, err = st.take(ctx)
	return s, true, err
}

func (st *stepping) take(ctx context.Context) (dossier.State, error) {
	key, err := st.b.key(ctx, st.tx, st.id)
	if err != nil {
		return dossier.State{}, err
	}
	m, err := st.b.meta(st.author, st.actor)
	if err != nil {
		return dossier.State{}, err
	}
	// Whoever may not take the step hears that, and not what is missing in what they typed.
	if err := dossier.Legal(st.state, st.author.holder(), st.eventType); err != nil {
		return dossier.State{}, err
	}
	payload, err := st.make(st.state, Moment{At: m.At, Clock: m.Clock})
	if err != nil {
		return dossier.State{}, err
	}
	ev, err := st.event(payload, m)
	if err != nil {
		return dossier.State{}, err
	}
	return st.b.append(ctx, st.tx, st.author, key, ev)
}

func (st *stepping) event(payload any, m dossier.Meta) (ev syncproto.Event, err error) {
	if dossier.IsRequest(st.eventType) {
		ev, err = dossier.Ask(st.state, st.eventType, payload, m)
	} else {
		ev, err = dossier.Advance(st.state, st.author.holder(), st.eventType, payload, m)
	}
	var illegal *dossier.StepError
	if err != nil && !errors.As(err, &illegal) {
		return ev, fmt.Errorf("%w: %w", ErrUnfit, err)
	}
	return ev, err
}

// again tells a repeated call from a change by somebody else: the event that followed rev is this
// actor's step of this type, and make gives its very bytes from what was there before it.
func (st *stepping) again(ctx context.Context, rev int64) error {
	var raw []byte
	err := st.tx.QueryRowContext(ctx, `SELECT id FROM event WHERE dossier = ? ORDER BY rowid LIMIT 1 OFFSET ?`, st.id[:], max(rev, 0)).Scan(&raw)
	if errors.Is(err, sql.ErrNoRows) {
		return ErrChanged // a revision this book never had
	}
	if err != nil {
		return fmt.Errorf("looking for the step: %w", err)
	}
	before, ev, err := st.before(ctx, rev, raw)
	if err != nil {
		return err
	}
	h := ev.Header
	if h.Type != st.eventType || h.Actor != st.actor {
		return ErrChanged
	}
	payload, err := st.make(before, Moment{At: h.At, Clock: h.Clock})
	if err != nil {
		return ErrChanged
	}
	if data, err := dossier.Encode(payload); err != nil || !bytes.Equal(data, ev.Payload) {
		return ErrChanged
	}
	return nil
}

// before folds the first rev events the book got of the dossier, and opens the one after them.
func (st *stepping) before(ctx context.Context, rev int64, next []byte) (dossier.State, syncproto.Event, error) {
	key, err := st.b.key(ctx, st.tx, st.id)
	if err != nil {
		return dossier.State{}, syncproto.Event{}, err
	}
	list, _, err := st.b.entries(ctx, st.tx, st.id, key)
	if err != nil {
		return dossier.State{}, syncproto.Event{}, err
	}
	earlier, err := st.earlier(ctx, rev)
	if err != nil {
		return dossier.State{}, syncproto.Event{}, err
	}
	i := slices.IndexFunc(list, func(e dossier.Entry) bool { return bytes.Equal(e.Event.Header.ID[:], next) })
	if i < 0 || list[i].Author != st.author.holder() {
		return dossier.State{}, syncproto.Event{}, ErrChanged // damaged, or somebody else's
	}
	ev := list[i].Event
	list = slices.DeleteFunc(list, func(e dossier.Entry) bool { return !earlier[e.Event.Header.ID] })
	s := dossier.Fold(list)
	s.ID = st.id
	return s, ev, nil
}

func (st *stepping) earlier(ctx context.Context, rev int64) (map[syncproto.EventID]bool, error) {
	rows, err := st.tx.QueryContext(ctx, `SELECT id FROM event WHERE dossier = ? ORDER BY rowid LIMIT ?`, st.id[:], rev)
	if err != nil {
		return nil, fmt.Errorf("looking for the step: %w", err)
	}
	defer rows.Close()
	ids := map[syncproto.EventID]bool{}
	for rows.Next() {
		var raw []byte
		if err := rows.Scan(&raw); err != nil {
			return nil, fmt.Errorf("looking for the step: %w", err)
		}
		id, err := id16(raw)
		if err != nil {
			return nil, err
		}
		ids[id] = true
	}
	return ids, rows.Err()
}
