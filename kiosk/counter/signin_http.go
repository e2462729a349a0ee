package counter

import (
	"crypto/rand"
	"errors"
	"net/http"
	"time"

	"bendo/internal/ledger"
	"bendo/internal/staff"
	"bendo/kiosk/door"
	"bendo/kiosk/reply"
)

// Handler serves the session of the browser that calls.
func (s *Shifts) Handler() http.Handler {
	m := http.NewServeMux()
	route := func(pattern string, h reply.Handler) {
		m.HandleFunc(pattern, reply.Serve(s.Log, func(w http.ResponseWriter, r *http.Request) error {
			if r.Header.Get(door.ScreenHeader) == door.ScreenWindow {
				return problemStaffOnly.Because(nil)
			}
			return h(w, r)
		}))
	}
	route("GET /api/counter/session", s.session)
	route("POST /api/counter/session", s.signIn)
	route("DELETE /api/counter/session", s.signOut)
	route("POST /api/counter/session/lock", s.lock)
	route("POST /api/counter/session/unlock", s.unlock)
	return m
}

type whoView struct {
	ID    string       `json:"id"`
	Name  string       `json:"name"`
	Roles []staff.Role `json:"roles"`
	Acts  []staff.Act  `json:"acts"`
}

type rosterView struct {
	Version int64 `json:"version"`
	At      int64 `json:"at"` // unix ms
}

type sessionView struct {
	State      string      `json:"state"` // none, in, locked, no_roster
	Who        *whoView    `json:"who,omitempty"`
	Roster     *rosterView `json:"roster,omitempty"`
	LocksAfter int         `json:"locks_after_s"`
	Wait       int         `json:"wait_s,omitempty"` // until anybody may try again
	Practice   bool        `json:"practice,omitempty"`
}

func (s *Shifts) view(state string, m *staff.Member, roster staff.Roster) sessionView {
	v := sessionView{State: state, LocksAfter: int(LocksAfter.Seconds()), Practice: s.Practice}
	if roster.Version != 0 {
		v.Roster = &rosterView{roster.Version, roster.Issued}
	}
	if m != nil {
		v.Who = &whoView{m.ID, m.Name, m.Roles, staff.Acts(m.Roles)}
	}
	return v
}

// session says who is signed in. Asking keeps nothing open.
func (s *Shifts) session(w http.ResponseWriter, r *http.Request) error {
	p, err := s.look(r, false)
	if err != nil {
		var none *reply.Problem
		if errors.As(err, &none) && none.Code == problemNoRoster.Code {
			return reply.OK(w, s.view("no_roster", nil, staff.Roster{}))
		}
		return err
	}
	return s.tell(w, r, p)
}

func (s *Shifts) tell(w http.ResponseWriter, r *http.Request, p present) error {
	switch {
	case p.shift == nil:
		v := s.view("none", nil, p.roster)
		wait, err := s.waits(r.Context(), "")
		if err != nil {
			return err
		}
		v.Wait = int((wait + time.Second - 1) / time.Second)
		return reply.OK(w, v)
	case p.locked:
		return reply.OK(w, s.view("locked", &p.member, p.roster))
	}
	return reply.OK(w, s.view("in", &p.member, p.roster))
}

// leave ends the session of this browser, if there is one, and writes it down.
func (s *Shifts) leave(r *http.Request) error {
	p, err := s.look(r, false)
	if err != nil || p.shift == nil || !s.end(p.token) {
		return err
	}
	return s.Book.NoteStaff(r.Context(), ledger.StaffNote{Act: ledger.StaffSignedOut, Member: p.member.ID})
}

func (s *Shifts) signOut(w http.ResponseWriter, r *http.Request) error {
	if err := s.leave(r); err != nil && reply.Of(err).Code != problemNoRoster.Code {
		return err
	}
	s.setCookie(w, r, "", -1)
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (s *Shifts) lock(w http.ResponseWriter, r *http.Request) error {
	p, err := s.look(r, false)
	if err != nil {
		return err
	}
	if p.shift == nil {
		return problemSignIn.Because(nil)
	}
	if !p.locked {
		s.mu.Lock()
		p.shift.locked, p.locked = true, true
		s.mu.Unlock()
		if err := s.Book.NoteStaff(r.Context(), ledger.StaffNote{Act: ledger.StaffLocked, Member: p.member.ID}); err != nil {
			return err
		}
	}
	return s.tell(w, r, p)
}

// unlock opens a locked session by its PIN. The fifth wrong one ends it: each counts before it is looked at.
func (s *Shifts) unlock(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		PIN string `json:"pin"`
	}
	if err := reply.Read(r, &in); err != nil {
		return err
	}
	s.proving.Lock()
	defer s.proving.Unlock()
	p, err := s.look(r, false)
	switch {
	case err != nil:
		return err
	case p.shift == nil:
		return problemSignIn.Because(nil)
	case !p.locked:
		return s.tell(w, r, p)
	}
	s.mu.Lock()
	p.shift.wrong++
	s.mu.Unlock()
	if len(in.PIN) > 8 || !p.shift.pin.Fits(in.PIN) {
		return s.wrongPIN(w, r, p)
	}
	now := s.Machine().MonoMS
	s.mu.Lock()
	p.shift.wrong, p.shift.locked, p.shift.used = 0, false, now
	s.mu.Unlock()
	if err := s.Book.NoteStaff(r.Context(), ledger.StaffNote{Act: ledger.StaffUnlocked, Member: p.member.ID}); err != nil {
		return err
	}
	p.locked = false
	return s.tell(w, r, p)
}

func (s *Shifts) wrongPIN(w http.ResponseWriter, r *http.Request, p present) error {
	notes := []ledger.StaffNote{{Act: ledger.StaffWrongPIN, Member: p.member.ID}}
	answer := problemWrongPIN.Because(nil)
	if p.shift.wrong >= mostWrong {
		s.end(p.token)
		s.setCookie(w, r, "", -1)
		notes = append(notes, ledger.StaffNote{Act: ledger.StaffEnded, Member: p.member.ID, Detail: "wrong PINs"})
		answer = problemSignIn.Because(nil)
	}
	if err := s.Book.NoteStaff(r.Context(), notes...); err != nil {
		return err
	}
	return answer
}

func (s *Shifts) checkPIN(pin string) error {
	switch err := staff.CheckPIN(pin); {
	case errors.Is(err, staff.ErrPIN):
		return problemBadPIN.Because(nil)
	case errors.Is(err, staff.ErrWeak) && !s.Practice:
		return problemWeakPIN.Because(nil)
	}
	return nil
}

// newPIN is the verifier of a PIN, for the memory of this program only.
func newPIN(pin string) staff.Verifier {
	var salt staff.Salt
	rand.Read(salt[:]) // never fails: the program dies instead
	return staff.NewVerifier(pin, salt, staff.Least)
}

func (s *Shifts) setCookie(w http.ResponseWriter, r *http.Request, value string, age int) {
	http.SetCookie(w, &http.Cookie{Name: s.cookie(), Value: value, Path: "/api/", MaxAge: age, HttpOnly: true, Secure: r.TLS != nil, SameSite: http.SameSiteStrictMode})
}
