package store

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"

	"bendo/internal/dossier"
	"bendo/internal/seal"
	"bendo/syncproto"
)

// Sheaf is what the store has of the dossiers of one batch and what the batch
// adds: read in a few questions, changed in memory, written by Save in a few
// statements. To its caller it behaves as if each change were in its row at once.
//
// It lives inside one Take. The dossiers' rows are locked from OpenSheaf to the
// commit: what an officer or another machine writes to one of them waits.
type Sheaf struct {
	tx      *Tx
	commune string
	book    syncproto.BookID

	seen        map[syncproto.EventID][]syncproto.Digest
	keys        map[syncproto.DossierID]seal.Key
	cases       map[syncproto.DossierID]bool
	slips       map[dossier.Slip]syncproto.DossierID
	events      map[syncproto.DossierID][]StoredEvent
	blobs       map[syncproto.BlobKey]Blob
	sources     map[syncproto.Digest]Blob // complete in this book, in whatever dossier
	submissions map[submissionKey]bool

	newKeys        []syncproto.DossierID
	newEvents      []StoredEvent
	newBlobs       []syncproto.BlobKey
	unpromised     map[syncproto.BlobKey]bool // new, and in no delivery's promise
	newSubmissions []sheafSubmission
	folded         []syncproto.DossierID // in the order of their first fold
	projections    map[syncproto.DossierID]projection
	ratings        map[syncproto.DossierID]dossier.State
	feed           []FeedEntry
}

type submissionKey struct {
	dossier syncproto.DossierID
	event   syncproto.EventID
}

type sheafSubmission struct {
	Submission
	promised []byte
}

type projection struct {
	state dossier.State
	card  Card
	fresh bool // no case of it had been here
}

// OpenSheaf locks and reads what events of a machine of book touch, and who has the numbers
// that they give out.
func (tx *Tx) OpenSheaf(commune string, book syncproto.BookID, events []syncproto.Event, slips ...string) (*Sheaf, error) {
	s := &Sheaf{tx: tx, commune: commune, book: book,
		seen: map[syncproto.EventID][]syncproto.Digest{}, keys: map[syncproto.DossierID]seal.Key{},
		cases: map[syncproto.DossierID]bool{}, slips: map[dossier.Slip]syncproto.DossierID{},
		events: map[syncproto.DossierID][]StoredEvent{}, blobs: map[syncproto.BlobKey]Blob{},
		sources: map[syncproto.Digest]Blob{}, submissions: map[submissionKey]bool{}, unpromised: map[syncproto.BlobKey]bool{},
		projections: map[syncproto.DossierID]projection{}, ratings: map[syncproto.DossierID]dossier.State{}}
	var ids, dossiers, digests [][]byte
	for _, e := range events {
		ids = append(ids, e.Header.ID[:])
		if !e.Header.Dossier.IsZero() {
			dossiers = append(dossiers, e.Header.Dossier[:])
		}
		for _, ref := range e.Header.Blobs {
			digests = append(digests, bytes.Clone(ref.SHA256[:]))
		}
	}
	dossiers, digests = distinct(dossiers), distinct(digests)
	slices.Sort(slips)
	slips = slices.Compact(slips)
	var known [][]byte
	questions := []question{s.lockKeys(dossiers, &known), s.lockCases(dossiers), s.askSeen(distinct(ids)), s.askSlips(slips)}
	if len(digests) > 0 {
		questions = append(questions, s.askBlobs(dossiers), s.askSources(digests))
	}
	if err := tx.together(questions...); err != nil {
		return nil, fmt.Errorf("locking and reading what a batch touches: %w", err)
	}
	if err := tx.together(s.askEvents(known), s.askSubmissions(known)); err != nil {
		return nil, fmt.Errorf("reading what a batch touches: %w", err)
	}
	return s, nil
}

// distinct sorts in place, so that two sheaves lock in one order.
func distinct(keys [][]byte) [][]byte {
	slices.SortFunc(keys, bytes.Compare)
	return slices.CompactFunc(keys, bytes.Equal)
}

// lockKeys takes the key rows of the dossiers that are there and adds these to known. Of a
// dossier nobody knows there is no row: of two machines that bring one at once, the second
// meets the first one's key and begins again.
func (s *Sheaf) lockKeys(dossiers [][]byte, known *[][]byte) question {
	return ask(s.tx, among{columns: "dossier, wrapped", table: "dossier_keys", column: "dossier", lock: true},
		s.commune, dossiers, func(scan func(...any) error) error {
			var id, wrapped []byte
			if err := scan(&id, &wrapped); err != nil {
				return err
			}
			key, err := s.tx.db.keeper.Unwrap(wrapped, syncproto.DossierID(id))
			if err != nil {
				return fmt.Errorf("opening a dossier's key: %w", err)
			}
			*known = append(*known, id)
			s.keys[syncproto.DossierID(id)] = key
			return nil
		})
}

func (s *Sheaf) lockCases(dossiers [][]byte) question {
	return ask(s.tx, among{columns: "dossier", table: "cases", column: "dossier", lock: true},
		s.commune, dossiers, func(scan func(...any) error) error {
			var id []byte
			if err := scan(&id); err != nil {
				return err
			}
			s.cases[syncproto.DossierID(id)] = true
			return nil
		})
}

func (s *Sheaf) askSeen(ids [][]byte) question {
	return ask(s.tx, among{columns: "event, payload_digest", table: "events", column: "event"}, s.commune, ids,
		func(scan func(...any) error) error {
			var id, digest []byte
			if err := scan(&id, &digest); err != nil {
				return err
			}
			s.seen[syncproto.EventID(id)] = append(s.seen[syncproto.EventID(id)], syncproto.Digest(digest))
			return nil
		})
}

func (s *Sheaf) askEvents(known [][]byte) question {
	return ask(s.tx, among{columns: "dossier, event, device, author, state, received_at, body", table: "events", column: "dossier",
		order: "received_at, event"}, s.commune, known, func(scan func(...any) error) error {
		var of []byte
		var r eventRow
		if err := scan(&of, &r.event, &r.device, &r.author, &r.state, &r.received, &r.body); err != nil {
			return err
		}
		id := syncproto.DossierID(of)
		e, err := r.open(s.keys[id])
		if err != nil {
			return err
		}
		s.events[id] = append(s.events[id], e)
		return nil
	})
}

// askBlobs asks for the dossiers' scans of which something is here.
func (s *Sheaf) askBlobs(dossiers [][]byte) question {
	return ask(s.tx, among{columns: blobColumns, table: "blobs", column: "dossier"}, s.commune, dossiers,
		func(scan func(...any) error) error {
			b, err := scanBlob(s.commune, scan)
			s.blobs[syncproto.BlobKey{Dossier: b.Dossier, SHA256: b.Ref.SHA256}] = b
			return err
		})
}

// askSources asks which of these scans the book sent already, in whatever dossier.
func (s *Sheaf) askSources(digests [][]byte) question {
	return ask(s.tx, among{columns: blobColumns, table: "blobs", column: "sha256", and: "complete_at > 0"}, s.commune, digests,
		func(scan func(...any) error) error {
			b, err := scanBlob(s.commune, scan)
			if b.Book == s.book {
				s.sources[b.Ref.SHA256] = b
			}
			return err
		})
}

// askSubmissions asks for the deliveries that stand already and for the scans they promise;
// a scan's own row says more, and was asked for before.
func (s *Sheaf) askSubmissions(known [][]byte) question {
	return ask(s.tx, among{columns: "dossier, event, blobs, promised", table: "submissions", column: "dossier"}, s.commune, known,
		func(scan func(...any) error) error {
			var id, event, digests, promise []byte
			if err := scan(&id, &event, &digests, &promise); err != nil {
				return err
			}
			s.submissions[submissionKey{syncproto.DossierID(id), syncproto.EventID(event)}] = true
			promised, err := readPromise(s.commune, syncproto.DossierID(id), digests, promise)
			for _, b := range promised {
				key := syncproto.BlobKey{Dossier: b.Dossier, SHA256: b.Ref.SHA256}
				if _, there := s.blobs[key]; !there {
					s.blobs[key] = b
				}
			}
			return err
		})
}

// askSlips asks who has these numbers; SlipTaken answers from it.
func (s *Sheaf) askSlips(slips []string) question {
	return ask(s.tx, among{columns: "slip, dossier", table: "cases", column: "slip"}, s.commune, slips,
		func(scan func(...any) error) error {
			var slip string
			var id []byte
			if err := scan(&slip, &id); err != nil {
				return err
			}
			s.slips[dossier.Slip(slip)] = syncproto.DossierID(id)
			return nil
		})
}

// Seen answers for (id, payload digest), as SeenEvent does.
func (s *Sheaf) Seen(id syncproto.EventID, payload syncproto.Digest) Seen {
	digests := s.seen[id]
	switch {
	case slices.Contains(digests, payload):
		return SameEvent
	case len(digests) > 0:
		return OtherBytes
	}
	return NeverSeen
}

// Known says whether the commune has a case of this dossier.
func (s *Sheaf) Known(id syncproto.DossierID) bool { return s.cases[id] }

// SlipTaken says whether another dossier of the commune has this number. A
// number that another transaction takes meanwhile is refused by the row's key,
// and this one begins again.
func (s *Sheaf) SlipTaken(slip dossier.Slip, by syncproto.DossierID) bool {
	id, taken := s.slips[slip]
	return taken && id != by
}

// PutEvent keeps a new event.
func (s *Sheaf) PutEvent(e StoredEvent) {
	h := e.Event.Header
	s.seen[h.ID] = append(s.seen[h.ID], e.payload())
	s.newEvents = append(s.newEvents, e)
	of := append(s.events[h.Dossier], e)
	slices.SortStableFunc(of, func(a, b StoredEvent) int { // as EventsOf will give them
		return cmp.Or(cmp.Compare(a.ReceivedAt, b.ReceivedAt), bytes.Compare(a.Event.Header.ID[:], b.Event.Header.ID[:]))
	})
	s.events[h.Dossier] = of
}

// Propose notes that an event kept by PutEvent is a proposal.
func (s *Sheaf) Propose(of syncproto.DossierID, id syncproto.EventID) {
	for _, events := range [][]StoredEvent{s.newEvents, s.events[of]} {
		for i := range events {
			if events[i].Event.Header.ID == id && (events[i].State == StateFolded || events[i].State == StateUnread) {
				events[i].State = StateProposal
			}
		}
	}
}

// Fold folds a dossier with what the batch added so far.
func (s *Sheaf) Fold(id syncproto.DossierID) (dossier.State, Card) {
	state := dossier.Fold(Entries(s.events[id]))
	return state, CardOf(s.events[id], state)
}

// PutCase keeps the projection of a state.
func (s *Sheaf) PutCase(state dossier.State, card Card) {
	before, again := s.projections[state.ID]
	if !again {
		s.folded = append(s.folded, state.ID)
	}
	s.projections[state.ID] = projection{state, card, again && before.fresh || !again && !s.cases[state.ID]}
	s.cases[state.ID] = true
	s.slips[state.Slip] = state.ID
}

// ExpectBlob notes that a signed event of the book names a scan. The first
// promise fixes the length. A scan the book already sent is copied, never one of
// another book; copied says so.
func (s *Sheaf) ExpectBlob(id syncproto.DossierID, ref syncproto.BlobRef) (copied bool, err error) {
	key := syncproto.BlobKey{Dossier: id, SHA256: ref.SHA256}
	b, there := s.blobs[key]
	if !there {
		ref.MIME, ref.Role = Clean(ref.MIME, 128), Clean(ref.Role, 128)
		b = Blob{Commune: s.commune, Dossier: id, Ref: ref, Book: s.book}
		s.blobs[key] = b
		s.newBlobs = append(s.newBlobs, key)
		s.unpromised[key] = true
	}
	there = there && !slices.Contains(s.newBlobs, key) // in the database
	source, have := s.sources[ref.SHA256]
	if !have || b.Complete() || b.Book != s.book || source.Dossier == id || source.Ref.Length != b.Ref.Length {
		return false, nil
	}
	if there {
		// An append may be at it: it waits for this row, or we for it.
		if b, err = s.tx.LockBlob(s.commune, id, ref.SHA256); err != nil {
			return false, err
		}
	}
	if b.Complete() || b.Size > 0 {
		return false, nil
	}
	if b, copied, err = s.tx.copyBlob(source, b, s.key(id)); err != nil || !copied {
		return false, err
	}
	s.blobs[key] = b
	if there {
		err = s.tx.updateBlob(b)
	}
	return true, err
}

// key is the dossier's; a dossier without one gets it.
func (s *Sheaf) key(id syncproto.DossierID) seal.Key {
	if id.IsZero() {
		return s.tx.db.portalKey
	}
	key, have := s.keys[id]
	if !have {
		key = seal.NewDossierKey()
		s.keys[id] = key
		s.newKeys = append(s.newKeys, id)
	}
	return key
}

// Complete says whether every one of these scans of a dossier is there.
func (s *Sheaf) Complete(id syncproto.DossierID, refs []syncproto.BlobRef) bool {
	for _, ref := range refs {
		if b := s.blobs[syncproto.BlobKey{Dossier: id, SHA256: ref.SHA256}]; !b.Complete() {
			return false
		}
	}
	return true
}

// PutSubmission notes a delivery and the scans its manifest names; fresh is
// false when it was noted before and stays as it is.
func (s *Sheaf) PutSubmission(m Submission, refs []syncproto.BlobRef) (fresh bool) {
	key := submissionKey{m.Dossier, m.Event}
	if s.submissions[key] {
		return false
	}
	s.submissions[key] = true
	promised := bytes.Clone(s.book[:])
	m.scans = make([]byte, 0, len(refs)*len(syncproto.Digest{}))
	for i, ref := range refs {
		if slices.ContainsFunc(refs[:i], func(r syncproto.BlobRef) bool { return r.SHA256 == ref.SHA256 }) {
			continue
		}
		m.scans = append(m.scans, ref.SHA256[:]...)
		key, own := syncproto.BlobKey{Dossier: m.Dossier, SHA256: ref.SHA256}, syncproto.BlobRef{}
		if b := s.blobs[key]; s.unpromised[key] && b.Size == 0 {
			own = b.Ref
			delete(s.unpromised, key)
		}
		promised = appendPromise(promised, own)
	}
	s.newSubmissions = append(s.newSubmissions, sheafSubmission{m, promised})
	return true
}

// AppendFeed adds an item to the commune's feed.
func (s *Sheaf) AppendFeed(kind, key string, body []byte) {
	s.feed = append(s.feed, FeedEntry{kind, key, body})
}

// Save writes what was added. The feed comes last: its head is one row that all
// machines of a commune wait for.
func (s *Sheaf) Save() error {
	events, err := s.eventRows() // first: it makes the keys that are missing
	if err != nil {
		return err
	}
	fresh, changed := s.caseRows()
	for _, part := range []struct {
		rows     *rows
		conflict string
	}{
		{s.keyRows(), ""}, // a conflict: somebody else brought this dossier, begin again
		{events, ""},
		{s.blobRows(), ""},
		{s.submissionRows(), ""},
		{fresh, ""},
		{changed, putCase},
		{s.ratingRows(), putRating},
	} {
		if err := s.tx.insert(part.rows, part.conflict); err != nil {
			return fmt.Errorf("keeping what a batch adds to %s: %w", part.rows.table, err)
		}
	}
	_, err = s.tx.appendFeed(s.commune, s.feed)
	return err
}

func (s *Sheaf) keyRows() *rows {
	r := newRows("dossier_keys", "commune text", "dossier bytes", "wrapped bytes")
	for _, id := range s.newKeys {
		r.add(s.commune, id[:], s.tx.db.keeper.Wrap(s.keys[id], id))
	}
	return r
}

func (s *Sheaf) eventRows() (*rows, error) {
	r := newEventRows()
	for _, e := range s.newEvents {
		if err := addEvent(r, s.commune, s.key(e.Event.Header.Dossier), e); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// blobRows are the scans of which something is here already, and those that no delivery of
// this batch promises: the others get a row with their first byte.
func (s *Sheaf) blobRows() *rows {
	r := newRows("blobs", "commune text", "dossier bytes", "sha256 bytes", "length int", "mime text", "role text", "book bytes",
		"session int", "size int", "file_size int", "complete_at int")
	for _, key := range s.newBlobs {
		b := s.blobs[key]
		if b.Size == 0 && !s.unpromised[key] {
			continue
		}
		r.add(s.commune, b.Dossier[:], bytes.Clone(b.Ref.SHA256[:]), b.Ref.Length, b.Ref.MIME, b.Ref.Role, b.Book[:],
			int64(0), b.Size, b.fileSize, b.CompleteAt)
	}
	return r
}

func (s *Sheaf) submissionRows() *rows {
	r := newRows("submissions", "commune text", "dossier bytes", "event bytes", "manifest bytes",
		"received_at int", "complete_at int", "generation int", "blobs bytes", "promised bytes")
	for _, m := range s.newSubmissions {
		r.add(s.commune, m.Dossier[:], m.Event[:], m.Manifest[:], m.ReceivedAt, m.CompleteAt, int64(m.Generation), m.scans, m.promised)
	}
	return r
}

// caseRows are the cases that were not here when the sheaf locked their keys, which
// nobody else can have made since, and those that were.
func (s *Sheaf) caseRows() (fresh, changed *rows) {
	fresh, changed = newCaseRows(), newCaseRows()
	for _, id := range s.folded {
		p, r := s.projections[id], changed
		if p.fresh {
			r = fresh
		}
		addCase(r, s.commune, s.book, s.key(id), s.tx.Now, p.state, p.card)
	}
	return fresh, changed
}
