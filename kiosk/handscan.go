package kiosk

import (
	"context"
	"net/http"
	"sync"
	"time"

	"bendo/internal/vietnam"
	"bendo/kiosk/door"
)

// What the serial hand scanner reads belongs to the one screen that asked last, and only while it asks:
// a code read while nobody does is forgotten at once, because a card held to the machine between two
// visits must not fall to the next visitor.
type scans struct {
	mu      sync.Mutex
	waiting *scanWaiter
}

type scanWaiter struct {
	text  chan string   // holds one
	taken chan struct{} // closed when another screen asks
}

// patience is how long one question of a screen is held open; it asks again at once.
const patience = 25 * time.Second

// wait is answered with the next text, or with taken when another screen asked after this one, or with
// nothing after patience.
func (s *scans) wait(ctx context.Context, patience time.Duration) (text string, taken bool) {
	me := &scanWaiter{text: make(chan string, 1), taken: make(chan struct{})}
	s.mu.Lock()
	if s.waiting != nil {
		close(s.waiting.taken)
	}
	s.waiting = me
	s.mu.Unlock()
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-me.taken:
		return "", true
	case text = <-me.text:
		return text, false
	case <-timer.C:
	case <-ctx.Done():
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.waiting == me {
		s.waiting = nil
	}
	return "", false
}

// hand gives a text to whoever waits; false when nobody does.
func (s *scans) hand(text string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.waiting == nil {
		return false
	}
	s.waiting.text <- text // never full: a waiter is taken away with its text
	s.waiting = nil
	return true
}

// ears are where the machine's one scanner is waited for: a trial waits where its office's desk does.
func (d *Desk) ears() *scans {
	if d.hearing != nil {
		return d.hearing
	}
	return &d.scans
}

// Scanned takes what the serial scanner read. It never waits.
func (d *Desk) Scanned(text string) { d.ears().hand(text) }

var problemScannerElsewhere = Problem{Code: "scanner_elsewhere", Status: http.StatusForbidden,
	Message: say("Máy quét này thuộc về màn hình của người dân.", "This scanner belongs to the residents' screen."),
	Next:    say("Gõ số trên thẻ, hoặc dùng camera.", "Type the number on the card, or use the camera.")}

// hears says whether what the serial scanner reads may go to the caller: to the shared screen, before which
// the card's owner stands, and to no other browser. One that is not the window types, or uses the camera.
func (d *Desk) hears(r *http.Request) bool {
	return d.HandScanner && r.Header.Get(door.ScreenHeader) == door.ScreenWindow
}

// nextScan holds the window's question open until the scanner reads something.
func (d *Desk) nextScan(w http.ResponseWriter, r *http.Request) error {
	if r.Header.Get(door.ScreenHeader) != door.ScreenWindow {
		return problemScannerElsewhere.Because(nil)
	}
	text, taken := d.ears().wait(r.Context(), patience)
	if taken {
		return ok(w, map[string]bool{"taken": true})
	}
	// A visit that ended while its screen waited gets nothing of the next visitor's.
	token, _ := r.Context().Value(visitKey{}).(string)
	if !d.visits.with(token, time.Now(), func(*visit) {}) {
		return problemNoVisit.Because(nil)
	}
	return ok(w, map[string]string{"text": text})
}

// cardPicture looks for a citizen card's code in one picture of the camera; the screen sends one after
// another. It stores nothing. A code that is no card's is told as such.
func (d *Desk) cardPicture(w http.ResponseWriter, r *http.Request) error {
	codes, err := d.codesIn(r)
	if err != nil {
		return err
	}
	var refused error
	for _, code := range codes {
		c, err := vietnam.ParseCardQR(code)
		if err == nil {
			return ok(w, map[string]any{"found": true, "card": viewCard(c)})
		}
		if refused == nil {
			refused = unreadable(err)
		}
	}
	if refused != nil {
		return refused
	}
	return ok(w, map[string]any{"found": false})
}
