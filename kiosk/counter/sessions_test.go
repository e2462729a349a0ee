package counter

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	"bendo/internal/clock"
	"bendo/internal/staff"
)

// Where there are too many sessions, the one longest unused goes, and no other.
func TestTheLongestUnusedSeatGoes(t *testing.T) {
	var mono int64
	s := (&Shifts{Rosters: PracticeRoster{}, Machine: func() clock.Reading { mono++; return clock.Reading{MonoMS: mono} }}).Begin()
	m := staff.Practice().Members[0]
	first, second := s.open(m, ""), s.open(m, "")
	touch := func(secret string) bool {
		r := httptest.NewRequestWithContext(context.Background(), "GET", "/", nil)
		r.AddCookie(&http.Cookie{Name: s.cookie(), Value: secret})
		one := s.shifts[mustToken(s, r)]
		if one != nil {
			one.used = s.Machine().MonoMS
		}
		return one != nil
	}
	touch(first)
	for range mostShifts - 1 {
		s.open(m, "")
	}
	if !touch(first) || touch(second) || len(s.shifts) != mostShifts {
		t.Fatal("the wrong seat went")
	}
}

func mustToken(s *Shifts, r *http.Request) [32]byte {
	token, _ := s.token(r)
	return token
}
