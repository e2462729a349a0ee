package counter

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"bendo/internal/clock"
	"bendo/internal/ledger"
	"bendo/internal/staff"
	"bendo/syncproto"
)

// How long a session lives.
const (
	LocksAfter  = 5 * time.Minute // without a call
	ShiftLength = 12 * time.Hour
	mostWrong   = 5  // wrong PINs end the session
	mostShifts  = 64 // at once; an office has a dozen people
)

// PollHeader marks a call that a screen makes by itself: it keeps no idle session open.
const PollHeader = "Bendo-Poll"

// RosterSource gives the roster in use; found is false where there is none.
type RosterSource interface {
	Roster(ctx context.Context) (r staff.Roster, found bool, err error)
}

// StaffBook is where wrong guesses and the journal of signing in are kept; each call is on disk when it
// returns. *ledger.Book satisfies it.
type StaffBook interface {
	Failures(ctx context.Context, login string) (staff.Failures, error)
	BeginTry(ctx context.Context, login string, note ledger.StaffNote) (staff.Failures, error)
	EndTry(ctx context.Context, login string, note ledger.StaffNote) error
	NoteStaff(ctx context.Context, notes ...ledger.StaffNote) error
}

// Shifts are the sessions of an office's staff (ca làm việc). Exported fields are set before Begin.
//
// A session begins with the password and a PIN of the member's choice, locks when nobody calls for
// LocksAfter, unlocks with the PIN, and ends after ShiftLength, at the fifth wrong PIN, when the roster no
// longer has the member or has another password for him, and with the program.
type Shifts struct {
	Rosters  RosterSource
	Book     StaffBook
	Now      func() time.Time     // of the office: by it a membership begins and ends
	Machine  func() clock.Reading // by its monotonic part sessions and waits are counted: nobody can set it
	Practice bool
	Log      *slog.Logger

	proving sync.Mutex // held while a secret is checked: one after the other, so that no guess overtakes its count

	mu       sync.Mutex
	begun    int64            // of this program's sessions, on the monotonic clock (ms), as all below
	failed   map[string]int64 // when a name was last guessed wrong
	failedAt int64            // when any was
	shifts   map[syncproto.Digest]*shift
	looked   map[look]int64
}

// shift is one session.
type shift struct {
	member   string
	verifier staff.Verifier // of the password as it was
	pin      staff.Verifier // in memory only
	wrong    int            // wrong PINs
	begun    int64
	used     int64
	locked   bool
}

// Begin makes s ready: waits that were running when the last run ended begin anew.
func (s *Shifts) Begin() *Shifts {
	s.begun = s.Machine().MonoMS
	s.failedAt = s.begun
	s.failed, s.shifts, s.looked = map[string]int64{}, map[syncproto.Digest]*shift{}, map[look]int64{}
	return s
}

func (s *Shifts) cookie() string {
	if s.Practice {
		return "bendo_counter_practice"
	}
	return "bendo_counter"
}

// token is what a browser's cookie is known by; false when it has none.
func (s *Shifts) token(r *http.Request) (syncproto.Digest, bool) {
	c, err := r.Cookie(s.cookie())
	if err != nil || c.Value == "" {
		return syncproto.Digest{}, false
	}
	return sha256.Sum256([]byte(c.Value)), true
}

// present is what is known of the browser behind a call.
type present struct {
	token  syncproto.Digest
	shift  *shift // nil: nobody is signed in
	member staff.Member
	locked bool
	roster staff.Roster
}

func (p present) who() Who { return Who{ID: p.member.ID, Name: p.member.Name, Roles: p.member.Roles} }

// look finds the session behind a call, having ended or locked it where it is time. touch says that
// somebody is there.
func (s *Shifts) look(r *http.Request, touch bool) (present, error) {
	roster, found, err := s.Rosters.Roster(r.Context())
	if err != nil {
		return present{}, err
	}
	if !found {
		return present{}, problemNoRoster.Because(nil)
	}
	p := present{roster: roster}
	token, any := s.token(r)
	if !any {
		return p, nil
	}
	note, err := s.judge(&p, token, touch)
	if err == nil && note.Act != "" {
		err = s.Book.NoteStaff(r.Context(), note)
	}
	return p, err
}

// judge ends and locks sessions in memory; what happened is the caller's to write down.
func (s *Shifts) judge(p *present, token syncproto.Digest, touch bool) (note ledger.StaffNote, err error) {
	now := s.Machine().MonoMS
	s.mu.Lock()
	defer s.mu.Unlock()
	one := s.shifts[token]
	if one == nil {
		return note, nil
	}
	m, there := p.roster.ByID(one.member)
	why := ""
	switch {
	case !there:
		why = "no longer on the roster"
	case !m.ValidAt(s.Now().UnixMilli()):
		why = "the membership ended"
	case m.Verifier != one.verifier:
		why = "another password"
	case now-one.begun >= ShiftLength.Milliseconds():
		why = "the shift ended"
	}
	if why != "" {
		delete(s.shifts, token)
		return ledger.StaffNote{Act: ledger.StaffEnded, Member: one.member, Detail: why}, nil
	}
	if !one.locked && now-one.used >= LocksAfter.Milliseconds() {
		one.locked = true
		note = ledger.StaffNote{Act: ledger.StaffLocked, Member: one.member, Detail: "idle"}
	}
	if touch && !one.locked {
		one.used = now
	}
	p.token, p.shift, p.member, p.locked = token, one, m, one.locked
	return note, nil
}

// Who is the member behind a call, see [Sessions].
func (s *Shifts) Who(r *http.Request) (Who, error) {
	p, err := s.look(r, r.Header.Get(PollHeader) == "")
	switch {
	case err != nil:
		return Who{}, err
	case p.shift == nil:
		return Who{}, problemSignIn.Because(nil)
	case p.locked:
		return Who{}, problemLocked.Because(nil)
	}
	return p.who(), nil
}

// open begins a session and gives the browser's secret. Where there are too many, the one longest unused goes.
func (s *Shifts) open(m staff.Member, pin staff.Verifier) string {
	var b [32]byte
	rand.Read(b[:]) // never fails: the program dies instead
	secret := base64.RawURLEncoding.EncodeToString(b[:])
	now := s.Machine().MonoMS
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.shifts) >= mostShifts {
		s.dropOldest()
	}
	s.shifts[sha256.Sum256([]byte(secret))] = &shift{member: m.ID, verifier: m.Verifier, pin: pin, begun: now, used: now}
	return secret
}

func (s *Shifts) dropOldest() {
	var oldest syncproto.Digest
	var found *shift
	for token, one := range s.shifts {
		if found == nil || one.used < found.used {
			oldest, found = token, one
		}
	}
	delete(s.shifts, oldest)
}

// end ends a session; false when it had ended.
func (s *Shifts) end(token syncproto.Digest) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, there := s.shifts[token]
	delete(s.shifts, token)
	return there
}

// look is a member looking at a dossier.
type look struct {
	member  string
	dossier syncproto.DossierID
}

// looksAgain is how long a second look at the same dossier is the same look.
const looksAgain = time.Hour

// Looked writes down that a member looked at a dossier, before it is shown; once an hour.
func (s *Shifts) Looked(ctx context.Context, who Who, id syncproto.DossierID) error {
	now, key := s.Machine().MonoMS, look{who.ID, id}
	s.mu.Lock()
	at, before := s.looked[key]
	s.mu.Unlock()
	if before && now-at < looksAgain.Milliseconds() {
		return nil
	}
	if err := s.Book.NoteStaff(ctx, ledger.StaffNote{Act: ledger.StaffLooked, Member: who.ID, Dossier: id}); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for k, at := range s.looked {
		if now-at >= looksAgain.Milliseconds() {
			delete(s.looked, k)
		}
	}
	s.looked[key] = now
	return nil
}
