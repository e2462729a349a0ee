package counter

import (
	"context"
	"net/http"
	"strings"
	"time"

	"bendo/internal/ledger"
	"bendo/internal/staff"
	"bendo/kiosk/reply"
)

// prove checks a sign-in name and a password. The guess is in the book as a wrong one before anybody looks
// whether it is right; note is what is written when it was. A name on no roster costs what a wrong password
// costs and is answered alike.
func (s *Shifts) prove(ctx context.Context, login, password string, note func(staff.Member) ledger.StaffNote) (staff.Member, error) {
	s.proving.Lock()
	defer s.proving.Unlock()
	roster, found, err := s.Rosters.Roster(ctx)
	if err != nil {
		return staff.Member{}, err
	}
	if !found {
		return staff.Member{}, problemNoRoster.Because(nil)
	}
	name := strings.ToLower(strings.TrimSpace(login))
	if len(name) > mostLogin || len(password) > mostPassword {
		return staff.Member{}, problemWrongLogin.Because(nil)
	}
	if wait, err := s.waits(ctx, name); err != nil || wait > 0 {
		if err == nil {
			err = problemWait.After(wait)
		}
		return staff.Member{}, err
	}
	m, known := roster.ByLogin(name)
	verifier := m.Verifier
	if !known {
		verifier = staff.Nobody
	}
	s.missed(name) // until it was right
	if _, err := s.Book.BeginTry(ctx, name, ledger.StaffNote{Act: ledger.StaffTry, Member: m.ID}); err != nil {
		return staff.Member{}, err
	}
	fits := verifier.Fits(password)
	s.missed(name) // the wait is counted from the answer
	switch {
	case !fits || !known:
		if err := s.Book.NoteStaff(ctx, ledger.StaffNote{Act: ledger.StaffWrong, Member: m.ID}); err != nil {
			return staff.Member{}, err
		}
		return staff.Member{}, problemWrongLogin.Because(nil)
	case !m.ValidAt(s.Now().UnixMilli()):
		return staff.Member{}, problemNotNow.Because(nil)
	}
	return m, s.Book.EndTry(ctx, name, note(m))
}

// Bounds of what is typed; a password longer than this is nobody's.
const (
	mostLogin    = 64
	mostPassword = 512
)

// waits is how long a name must wait, by the failures in the book and the clock nobody can set.
func (s *Shifts) waits(ctx context.Context, name string) (time.Duration, error) {
	f, err := s.Book.Failures(ctx, name)
	if err != nil {
		return 0, err
	}
	now := s.Machine().MonoMS
	s.mu.Lock()
	defer s.mu.Unlock()
	own, here := s.failed[name]
	if !here {
		own = s.begun
	}
	since := func(at int64) time.Duration { return time.Duration(now-at) * time.Millisecond }
	return f.Left(since(own), since(s.failedAt)), nil
}

// missed remembers when a name was last guessed at. Names whose longest wait is over are forgotten: the book
// has their count.
func (s *Shifts) missed(name string) {
	now := s.Machine().MonoMS
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.failed) > 1000 {
		for k, at := range s.failed {
			if now-at > (time.Hour).Milliseconds() {
				delete(s.failed, k)
			}
		}
	}
	s.failed[name], s.failedAt = now, now
}

// Second checks a second person, see [Sessions].
func (s *Shifts) Second(ctx context.Context, r *http.Request, login, password string, act staff.Act) (Who, error) {
	first, err := s.Who(r)
	if err != nil {
		return Who{}, err
	}
	m, err := s.prove(ctx, login, password, func(m staff.Member) ledger.StaffNote {
		return ledger.StaffNote{Act: ledger.StaffSecond, Member: m.ID, Detail: string(act) + " beside " + first.ID}
	})
	switch {
	case err != nil:
		return Who{}, err
	case m.ID == first.ID:
		return Who{}, problemSamePerson.Because(nil)
	case !staff.May(m.Roles, act):
		return Who{}, problemSecondNotAllowed.Because(nil)
	}
	return Who{ID: m.ID, Name: m.Name, Roles: m.Roles}, nil
}

// signIn begins a session: password once a shift, PIN to unlock within it.
func (s *Shifts) signIn(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Login    string `json:"login"`
		Password string `json:"password"`
		PIN      string `json:"pin"`
	}
	if err := reply.Read(r, &in); err != nil {
		return err
	}
	if err := s.checkPIN(in.PIN); err != nil {
		return err
	}
	m, err := s.prove(r.Context(), in.Login, in.Password, func(m staff.Member) ledger.StaffNote {
		return ledger.StaffNote{Act: ledger.StaffSignedIn, Member: m.ID}
	})
	if err != nil {
		return err
	}
	if err := s.leave(r); err != nil { // whoever sat here before
		return err
	}
	secret := s.open(m, newPIN(in.PIN))
	s.setCookie(w, r, secret, int(ShiftLength.Seconds()))
	roster, _, err := s.Rosters.Roster(r.Context())
	if err != nil {
		return err
	}
	return reply.OK(w, s.view("in", &m, roster))
}
