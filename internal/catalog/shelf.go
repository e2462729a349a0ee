package catalog

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

// Errors of a Shelf.
var (
	ErrNotThere  = errors.New("this pack version is not on the shelf")
	ErrDifferent = errors.New("another pack of this version is already on the shelf")
	ErrFirst     = errors.New("there is no pack to go back to")
)

// Shelf holds the packs known at once and says which is in force. A dossier
// keeps the version it was begun with: ask Get for it. The shelf is memory only;
// whoever keeps packs on disk stores History and puts it back with Restore.
// Its methods may be called from many goroutines.
type Shelf struct {
	mu      sync.RWMutex
	packs   map[Version]*Pack // guarded by mu
	history []Version         // switches in order, the last one in force; never empty; guarded by mu
}

// NewShelf returns a shelf on which the given pack is in force.
func NewShelf(first *Pack) *Shelf {
	return &Shelf{packs: map[Version]*Pack{first.Version: first}, history: []Version{first.Version}}
}

// Add puts a pack beside the others without switching. The same pack again is
// nothing; other content under the same version is ErrDifferent, because
// dossiers may already refer to it.
func (s *Shelf) Add(p *Pack) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if old, ok := s.packs[p.Version]; ok {
		if old.Digest != p.Digest {
			return fmt.Errorf("pack %s: %w", p.Version, ErrDifferent)
		}
		return nil
	}
	s.packs[p.Version] = p
	return nil
}

// Get returns the pack a dossier was begun with.
func (s *Shelf) Get(v Version) (*Pack, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	p, ok := s.packs[v]
	return p, ok
}

// Current returns the pack new dossiers take on the day of at: the one switched
// to last that is valid by then. Before every validity it is the first one, so
// that a wrong clock never leaves an office without a catalogue.
func (s *Shelf) Current(at time.Time) *Pack {
	s.mu.RLock()
	defer s.mu.RUnlock()
	day := at.Format(time.DateOnly)
	for _, v := range slices.Backward(s.history) {
		if p := s.packs[v]; p.ValidFrom <= day {
			return p
		}
	}
	return s.packs[s.history[0]]
}

// Switch makes a pack on the shelf the one in force. Twice is once.
func (s *Shelf) Switch(v Version) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.packs[v]; !ok {
		return fmt.Errorf("pack %s: %w", v, ErrNotThere)
	}
	if s.history[len(s.history)-1] != v {
		s.history = append(s.history, v)
	}
	return nil
}

// Back undoes the last switch. The pack left stays on the shelf for the dossiers
// that were begun with it.
func (s *Shelf) Back() (*Pack, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.history) < 2 {
		return nil, ErrFirst
	}
	s.history = s.history[:len(s.history)-1]
	return s.packs[s.history[len(s.history)-1]], nil
}

// History lists the switches in order; the last one is in force.
func (s *Shelf) History() []Version {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return slices.Clone(s.history)
}

// Restore puts a stored history back; every version must be on the shelf.
func (s *Shelf) Restore(history []Version) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(history) == 0 {
		return ErrFirst
	}
	for _, v := range history {
		if _, ok := s.packs[v]; !ok {
			return fmt.Errorf("pack %s: %w", v, ErrNotThere)
		}
	}
	s.history = slices.Clone(history)
	return nil
}

// Versions lists the packs on the shelf.
func (s *Shelf) Versions() []Version {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return sortedKeys(s.packs)
}
