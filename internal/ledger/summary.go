package ledger

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"bendo/internal/dossier"
	"bendo/internal/feedback"
	"bendo/internal/seal"
	"bendo/syncproto"
)

// Party is one person of a dossier as staff look for him. Everything is as it was claimed.
type Party struct {
	Name      string
	BirthDate string // "2006-01-02", or what is known
	CitizenID string
	Phone     string
}

// Summary is a dossier in short: what a list shows and a search looks at. It is a projection of the
// dossier's state and filing, sealed in a row of its own.
type Summary struct {
	ID      syncproto.DossierID
	Changed int64 // see [Book.Summaries]
	// Erased: the dossier's key was dropped, or nothing of it was ever filed here; only ID is known.
	Erased bool

	Slip         dossier.Slip
	Procedure    string
	OfficialCode string
	External     []string // its numbers in other systems
	Reference    string   // of a prepared file: the number in the back-log
	Applicant    Party    // without a name where a petitioner did not want it in lists
	Submitter    Party    // zero when there is none

	Business     dossier.Business
	HandBack     dossier.HandBack
	NationalCode uint8
	Holder       dossier.Holder
	InTransit    bool
	FiledAt      int64 // unix ms, as all times here; 0 none
	TakenInAt    int64
	Due          int64
	AskedAt      int64 // the open supplement request's
	Deadline     int64 // of the open supplement request
	ReadyAt      int64
	DecidedAt    int64
	EndedAt      int64 // refused, stopped or withdrawn
	LookUps      int   // papers still to be looked up
	// Pending counts the requests the holder has not answered; the oldest came at PendingAt.
	Pending   int
	PendingAt int64
	// Scans are the first eight bytes of each scan's digest: enough for a hint that two are the same.
	Scans []uint64

	supplements, missed              int
	wantsOut, sentMore, odd, replied bool
}

// Status is where the dossier stands in one sentence, the same as dossier.StateText says of its state.
func (s Summary) Status() dossier.Text {
	st := dossier.State{Procedure: s.Procedure, Business: s.Business, HandBack: s.HandBack,
		NationalCode: s.NationalCode, Supplements: s.supplements}
	if s.wantsOut {
		st.Pending = append(st.Pending, dossier.Request{Type: dossier.WithdrawalRequested})
	}
	if s.sentMore {
		st.Pending = append(st.Pending, dossier.Request{Type: dossier.SupplementProvided})
	}
	if s.odd {
		st.Unknown = []syncproto.EventID{{}}
	}
	if s.replied {
		st.Reply = &dossier.Reply{}
	}
	for range s.missed {
		st.Calls = append(st.Calls, dossier.Call{Outcome: feedback.NotReached})
	}
	return dossier.StateText(st)
}

// LateAt is dossier.LateAt of the state: beyond its due date now, or when it ended.
func (s Summary) LateAt(now int64) bool {
	st := dossier.State{Due: s.Due, Business: s.Business}
	if s.DecidedAt != 0 {
		st.Decision = &dossier.Decision{At: s.DecidedAt}
	}
	if s.EndedAt != 0 {
		st.Ended = &dossier.Ending{At: s.EndedAt}
	}
	if s.AskedAt != 0 {
		st.OpenSupplement = &dossier.OpenSupplement{At: s.AskedAt}
	}
	return st.LateAt(now)
}

// summaryOf makes the summary of a state. filing is nil where it is not here or does not open.
func summaryOf(st dossier.State, filing *dossier.SubmittedPayload) Summary {
	s := Summary{ID: st.ID, Erased: st.Version == 0, Slip: st.Slip, Procedure: st.Procedure, OfficialCode: st.OfficialCode,
		Business: st.Business, HandBack: st.HandBack, NationalCode: st.NationalCode, Holder: st.Holder, InTransit: st.InTransit,
		FiledAt: st.FiledAt, Due: st.Due, supplements: st.Supplements, odd: len(st.Unknown) > 0, replied: st.Reply != nil}
	if st.Source != nil {
		s.Reference = st.Source.Reference
	}
	for _, x := range st.External {
		s.External = append(s.External, x.Ref)
	}
	if st.TakenIn != nil {
		s.TakenInAt = st.TakenIn.At
	}
	if st.OpenSupplement != nil {
		s.AskedAt, s.Deadline = st.OpenSupplement.At, st.OpenSupplement.Deadline
	}
	if st.Ready != nil {
		s.ReadyAt = st.Ready.At
	}
	if st.Decision != nil {
		s.DecidedAt = st.Decision.At
	}
	if st.Ended != nil {
		s.EndedAt = st.Ended.At
	}
	for _, c := range st.Components {
		if c.State == dossier.ToBeLookedUp {
			s.LookUps++
		}
	}
	for _, c := range st.Calls {
		if c.Outcome == feedback.NotReached {
			s.missed++
		}
	}
	s.requests(st.Pending)
	s.scans(st.Submissions)
	s.people(filing)
	return s
}

func (s *Summary) requests(pending []dossier.Request) {
	for _, r := range pending {
		s.Pending++
		if s.PendingAt == 0 || r.At < s.PendingAt {
			s.PendingAt = r.At
		}
		s.wantsOut = s.wantsOut || r.Type == dossier.WithdrawalRequested
		s.sentMore = s.sentMore || r.Type == dossier.SupplementProvided
	}
}

// maxSummaryScans bounds the row; a dossier has at most 128 files a submission.
const maxSummaryScans = 256

func (s *Summary) scans(submissions []dossier.Submission) {
	for _, sub := range submissions {
		for _, b := range sub.Blobs {
			if len(s.Scans) < maxSummaryScans && !dossier.IsEmpty(b.SHA256) {
				s.Scans = append(s.Scans, binary.BigEndian.Uint64(b.SHA256[:8]))
			}
		}
	}
	slices.Sort(s.Scans)
	s.Scans = slices.Compact(s.Scans)
}

func (s *Summary) people(filing *dossier.SubmittedPayload) {
	if filing == nil {
		return
	}
	s.Applicant = party(filing.Applicant)
	if filing.Submitter != nil {
		s.Submitter = party(*filing.Submitter)
	}
	if feedback.IsCallBack(filing.Procedure) { // as the province's lists: whoever asks to be called is nobody's search result
		s.Applicant, s.Submitter = Party{}, Party{}
		return
	}
	if feedback.IsPetition(filing.Procedure) {
		// Who asked not to be named is not found by name either: a list that shows no name must not
		// answer "is this his?".
		if p, err := feedback.ReadPetition(filing.Answers, filing.Enclosed()); err != nil || !p.Nameable() {
			s.Applicant, s.Submitter = Party{}, Party{}
		}
	}
}

func party(p dossier.Person) Party {
	return Party{Name: p.FullName, BirthDate: p.BirthDate, CitizenID: p.CitizenID, Phone: p.Phone}
}

// putSummary replaces the summary of a dossier in the transaction that changed it. The number it gets
// is higher than any before, whoever writes: writing transactions follow one another.
func (b *Book) putSummary(ctx context.Context, tx *sql.Tx, key seal.Key, s Summary) error {
	return replaceSummary(ctx, tx, s.ID, seal.Seal(key, place("summary", s.ID[:], 0, "body"), s.encode()))
}

func replaceSummary(ctx context.Context, tx *sql.Tx, id syncproto.DossierID, body []byte) error {
	_, err := tx.ExecContext(ctx, `DELETE FROM summary WHERE dossier = ?`, id[:])
	if err == nil {
		_, err = tx.ExecContext(ctx, `INSERT INTO summary (dossier, body) VALUES (?, ?)`, id[:], body)
	}
	if err != nil {
		return fmt.Errorf("storing summary: %w", err)
	}
	return nil
}

// forgetSummary empties the summary of a scope whose key is dropped, if it has one, so that every
// index in memory hears of it and forgets the name as well.
func forgetSummary(ctx context.Context, tx *sql.Tx, scope [16]byte) error {
	var n int
	err := tx.QueryRowContext(ctx, `SELECT count(*) FROM summary WHERE dossier = ?`, scope[:]).Scan(&n)
	if err != nil || n == 0 {
		return err
	}
	return replaceSummary(ctx, tx, scope, []byte{})
}

// filingOf finds the filing that st was folded from among its entries.
func filingOf(st dossier.State, entries []dossier.Entry) *dossier.SubmittedPayload {
	for _, sub := range st.Submissions {
		if sub.N != 0 {
			continue
		}
		for _, e := range entries {
			if e.Event.Header.ID != sub.Event || e.Event.Header.Type != dossier.Submitted {
				continue
			}
			if p, err := dossier.ParseSubmitted(e.Event.Header.Schema, e.Event.Payload); err == nil {
				return p
			}
		}
	}
	return nil
}

// summaryVersion numbers what is in a summary. A row made by another one, or from another fold, is made
// anew when it is read.
const summaryVersion = 2

var errStale = errors.New("the summary was made by another program")

// encode writes the summary without its id: numbers as varints, texts with their length. It is not
// JSON because a hundred thousand are read while staff wait.
func (s Summary) encode() []byte {
	w := make(writer, 0, 256)
	w.number(summaryVersion)
	w.number(dossier.FoldVersion)
	w.flags(s.Erased, s.InTransit, s.wantsOut, s.sentMore, s.odd, s.replied)
	w.texts(string(s.Slip), s.Procedure, s.OfficialCode, s.Reference, string(s.Business), string(s.HandBack), string(s.Holder))
	for _, p := range []Party{s.Applicant, s.Submitter} {
		w.texts(p.Name, p.BirthDate, p.CitizenID, p.Phone)
	}
	w.numbers(int64(s.NationalCode), s.FiledAt, s.TakenInAt, s.Due, s.AskedAt, s.Deadline, s.ReadyAt, s.DecidedAt, s.EndedAt,
		int64(s.LookUps), int64(s.Pending), s.PendingAt, int64(s.supplements), int64(s.missed), int64(len(s.External)))
	w.texts(s.External...)
	w.number(int64(len(s.Scans)))
	for _, h := range s.Scans {
		w = binary.BigEndian.AppendUint64(w, h)
	}
	return w
}

// decodeSummary reads what encode wrote; errStale for another version, ErrDamaged for anything else.
func decodeSummary(id syncproto.DossierID, body []byte) (Summary, error) {
	r := reader{rest: body}
	if r.number() != summaryVersion || r.number() != dossier.FoldVersion {
		return Summary{}, errStale
	}
	s := Summary{ID: id}
	r.flags(&s.Erased, &s.InTransit, &s.wantsOut, &s.sentMore, &s.odd, &s.replied)
	r.texts((*string)(&s.Slip), &s.Procedure, &s.OfficialCode, &s.Reference, (*string)(&s.Business), (*string)(&s.HandBack), (*string)(&s.Holder))
	for _, p := range []*Party{&s.Applicant, &s.Submitter} {
		r.texts(&p.Name, &p.BirthDate, &p.CitizenID, &p.Phone)
	}
	s.NationalCode = uint8(r.number())
	for _, n := range []*int64{&s.FiledAt, &s.TakenInAt, &s.Due, &s.AskedAt, &s.Deadline, &s.ReadyAt, &s.DecidedAt, &s.EndedAt} {
		*n = r.number()
	}
	s.LookUps, s.Pending, s.PendingAt = int(r.number()), int(r.number()), r.number()
	s.supplements, s.missed = r.count(1<<16), r.count(1<<16)
	for range r.count(len(r.rest)) {
		s.External = append(s.External, r.text())
	}
	for range r.count(len(r.rest) / 8) {
		s.Scans = append(s.Scans, binary.BigEndian.Uint64(r.bytes(8)))
	}
	if r.bad || len(r.rest) != 0 {
		return Summary{}, fmt.Errorf("summary of %s: %w", id, ErrDamaged)
	}
	return s, nil
}
