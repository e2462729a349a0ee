// Package countertest signs people in for tests of the counter's parts: no roster, no passwords asked.
//
// It promises what package counter's sessions promise about who may be whom: nobody signed in is
// "sign_in", and a second person is another one whose role does the act. It is for tests and for the
// pictures of screens; no program imports it. It keeps nothing.
package countertest

import (
	"context"
	"net/http"
	"sync"

	"bendo/internal/staff"
	"bendo/kiosk/counter"
	"bendo/kiosk/reply"
	"bendo/syncproto"
)

// People with a role each, as they stand in the practice roster.
var (
	Clerk      = counter.Who{ID: "m-clerk", Name: "Nguyễn Thị Sự", Roles: []staff.Role{staff.Clerk}}
	Specialist = counter.Who{ID: "m-specialist", Name: "Trần Văn Chuyên", Roles: []staff.Role{staff.Specialist}}
	Head       = counter.Who{ID: "m-head", Name: "Lê Văn Trưởng", Roles: []staff.Role{staff.Head}}
	Inspector  = counter.Who{ID: "m-inspector", Name: "Phạm Thị Thanh", Roles: []staff.Role{staff.Inspector}}
)

// Password is everybody's.
const Password = "mật khẩu thử"

// Sessions has one person signed in, whoever calls. A second person signs with the id as login and [Password].
type Sessions struct {
	mu sync.Mutex
	in *counter.Who
}

// As gives sessions with who signed in.
func As(who counter.Who) *Sessions { return &Sessions{in: &who} }

// Nobody gives sessions in which nobody is signed in.
func Nobody() *Sessions { return &Sessions{} }

// Become changes who is signed in.
func (s *Sessions) Become(who counter.Who) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.in = &who
}

// Who gives the one who is signed in; problem "sign_in" when nobody is.
func (s *Sessions) Who(*http.Request) (counter.Who, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.in == nil {
		return counter.Who{}, wrong("sign_in", http.StatusUnauthorized)
	}
	return *s.in, nil
}

// Second gives another of the people above by id and [Password].
func (s *Sessions) Second(_ context.Context, r *http.Request, login, password string, act staff.Act) (counter.Who, error) {
	first, err := s.Who(r)
	if err != nil {
		return counter.Who{}, err
	}
	for _, who := range []counter.Who{Clerk, Specialist, Head, Inspector} {
		if who.ID != login || password != Password {
			continue
		}
		if who.ID == first.ID {
			return counter.Who{}, wrong("same_person", http.StatusConflict)
		}
		if !staff.May(who.Roles, act) {
			return counter.Who{}, wrong("second_not_allowed", http.StatusForbidden)
		}
		return who, nil
	}
	return counter.Who{}, wrong("wrong_login", http.StatusUnauthorized)
}

// Looked notes nothing.
func (s *Sessions) Looked(context.Context, counter.Who, syncproto.DossierID) error { return nil }

// Handler is nil: nobody signs in or out.
func (s *Sessions) Handler() http.Handler { return nil }

func wrong(code string, status int) error {
	return &reply.Problem{Code: code, Status: status, Message: reply.Say(code, code), Next: reply.CallStaff}
}
