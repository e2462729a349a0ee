package counter

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"sync"

	"bendo/internal/ledger"
	"bendo/internal/staff"
)

// RosterBook is where a roster lies and arrives; *ledger.Book satisfies it.
type RosterBook interface {
	Kept(ctx context.Context, kind string) ([]ledger.Kept, error)
	RosterFile(ctx context.Context) ([]byte, error)
	KeepRoster(ctx context.Context, version int64, file []byte) error
	NoteStaff(ctx context.Context, notes ...ledger.StaffNote) error
}

// Rosters is the roster of one office (danh sách cán bộ). The commune's feed brings it whole, or a person
// hands a file to Take. The newest that the province signed for this commune is in use and lies sealed in the
// book: an older one never replaces it, so that somebody who was taken off does not come back with an old stick.
type Rosters struct {
	Book    RosterBook
	Portal  ed25519.PublicKey // of the province, from the enrolment
	Commune string
	Log     *slog.Logger

	mu     sync.Mutex
	file   []byte // the last that was opened
	roster staff.Roster
	told   string // the last complaint, said once
}

// Roster gives the roster in use; found is false where the province has sent none.
func (s *Rosters) Roster(ctx context.Context) (r staff.Roster, found bool, err error) {
	file, err := s.Book.RosterFile(ctx)
	if err != nil {
		return r, false, fmt.Errorf("looking for the roster: %w", err)
	}
	if file != nil {
		if r, err = s.open(file); err != nil {
			return r, false, fmt.Errorf("opening the roster in the book: %w", err)
		}
	}
	kept, err := s.Book.Kept(ctx, staff.FeedKind)
	if err != nil {
		return r, false, fmt.Errorf("looking for the roster: %w", err)
	}
	for _, one := range kept { // the oldest first
		if one.Key != staff.FeedKey || bytes.Equal(one.Body, file) {
			continue
		}
		newer, err := s.open(one.Body)
		if err != nil {
			s.complain(err) // the one in use stays
			continue
		}
		if newer.Version <= r.Version {
			continue
		}
		if err := s.keep(ctx, newer, one.Body); err != nil && !errors.Is(err, staff.ErrOlder) {
			return r, false, err
		}
		r = newer
	}
	return r, r.Version != 0, nil
}

// Take keeps a roster that came as a file: a stick, a letter. It may be repeated. Errors of package staff say
// why one is not taken.
func (s *Rosters) Take(ctx context.Context, file []byte) (staff.Roster, error) {
	r, err := s.open(file)
	if err != nil {
		return r, err
	}
	here, found, err := s.Roster(ctx)
	switch {
	case err == nil && found && here.Version > r.Version:
		return here, staff.ErrOlder
	case err == nil && found && here.Version == r.Version:
		return here, nil
	}
	return r, s.keep(ctx, r, file) // also where the one that is here cannot be read
}

func (s *Rosters) keep(ctx context.Context, r staff.Roster, file []byte) error {
	if err := s.Book.KeepRoster(ctx, r.Version, file); err != nil {
		return err
	}
	return s.Book.NoteStaff(ctx, ledger.StaffNote{Act: ledger.StaffRoster, Detail: strconv.FormatInt(r.Version, 10)})
}

// open checks a file; the same bytes as the last time are not checked again.
func (s *Rosters) open(file []byte) (staff.Roster, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.file != nil && bytes.Equal(file, s.file) {
		return s.roster, nil
	}
	r, err := staff.Open(file, s.Portal, s.Commune)
	if err == nil {
		s.file, s.roster = bytes.Clone(file), r
	}
	return r, err
}

func (s *Rosters) complain(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.told != err.Error() {
		s.told = err.Error()
		s.Log.Error("a roster that came by the line is not used", "error", err)
	}
}

// PracticeRoster is the source of a practice desk: nobody on it exists.
type PracticeRoster struct{}

// Roster gives the built-in people.
func (PracticeRoster) Roster(context.Context) (staff.Roster, bool, error) {
	return staff.Practice(), true, nil
}
