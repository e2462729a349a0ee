package kiosk

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"sync"
	"time"

	"bendo/internal/paper"
	"bendo/syncproto"
)

// A visit is one person at the screen. Its token lives in the page's memory and here; both
// forget. What a visit may read is what it made or looked up itself.
type visit struct {
	drafts map[string]bool                // ids of drafts made or resumed
	silent map[string]bool                // those of which nobody said yet whether they are a state secret
	slips  map[string]syncproto.DossierID // slips filed or looked up, for their paper
	prints map[int64]bool                 // papers it had printed
	rating syncproto.DossierID            // of this visit; zero until one is given
	since  time.Time                      // papers that came into the tray before are somebody else's
	last   time.Time
}

// visitLife ends a visit whose page died without saying goodbye.
const (
	visitLife = 30 * time.Minute
	maxVisits = 32
	// An officer may scan a resident's papers before she steps to the screen.
	scannedBefore = 15 * time.Minute
)

// visits is the memory of the visits under way.
type visits struct {
	mu   sync.Mutex
	open map[[sha256.Size]byte]*visit
	left time.Time // when the last visit ended that has ended
}

func (v *visits) begin(now time.Time) string {
	var b [16]byte
	rand.Read(b[:]) // never fails: crypto/rand ends the program instead
	token := hex.EncodeToString(b[:])
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.open == nil {
		v.open = map[[sha256.Size]byte]*visit{}
	}
	v.sweep(now)
	since := now.Add(-scannedBefore)
	if v.left.After(since) {
		since = v.left
	}
	v.open[sha256.Sum256([]byte(token))] = &visit{drafts: map[string]bool{}, silent: map[string]bool{}, slips: map[string]syncproto.DossierID{}, since: since, last: now}
	return token
}

// sweep forgets visits that fell silent, and the oldest ones beyond the bound.
func (v *visits) sweep(now time.Time) {
	for k, one := range v.open {
		if now.Sub(one.last) > visitLife {
			delete(v.open, k)
			if one.last.After(v.left) {
				v.left = one.last
			}
		}
	}
	for len(v.open) >= maxVisits {
		var oldest [sha256.Size]byte
		at := now
		for k, one := range v.open {
			if !one.last.After(at) {
				oldest, at = k, one.last
			}
		}
		delete(v.open, oldest)
	}
}

func (v *visits) end(token string, now time.Time) {
	v.mu.Lock()
	defer v.mu.Unlock()
	key := sha256.Sum256([]byte(token))
	if _, found := v.open[key]; found {
		delete(v.open, key)
		v.left = now
	}
}

// with runs f on the visit under the lock; false if there is none.
func (v *visits) with(token string, now time.Time, f func(*visit)) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	one, found := v.open[sha256.Sum256([]byte(token))]
	if !found || now.Sub(one.last) > visitLife {
		return false
	}
	one.last = now
	f(one)
	return true
}

type visitKey struct{}

// visiting admits a call only with a visit's token.
func (d *Desk) visiting(h handler) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		token := r.Header.Get("X-Visit")
		if !d.visits.with(token, time.Now(), func(*visit) {}) {
			return problemNoVisit.Because(nil)
		}
		return h(w, r.WithContext(context.WithValue(r.Context(), visitKey{}, token)))
	}
}

// remember notes in the call's visit; a visit that ended meanwhile forgets it at once.
func (d *Desk) remember(r *http.Request, f func(*visit)) {
	if token, is := r.Context().Value(visitKey{}).(string); is {
		d.visits.with(token, time.Now(), f)
	}
}

func (d *Desk) owns(r *http.Request, draft string) bool {
	mine := false
	d.remember(r, func(v *visit) { mine = v.drafts[draft] })
	return mine
}

func (d *Desk) beginVisit(w http.ResponseWriter, r *http.Request) error {
	d.leave(r)
	return ok(w, map[string]string{"token": d.visits.begin(time.Now())})
}

// leave ends the visit a call names, here first: what the book notes is a second lock, and a book
// that cannot be written must not keep a visit open.
func (d *Desk) leave(r *http.Request) {
	token := r.Header.Get("X-Visit")
	if token == "" {
		return
	}
	d.visits.end(token, time.Now())
	d.Voice.Forget()
	if err := d.book().EndVisit(r.Context(), token); err != nil {
		d.Log.Warn("the end of a visit could not be noted in the book", "error", err)
	}
}

// endVisit forgets. With ?print=DRAFT the draft's slip is drawn before and printed after: the
// paper is the resident's way back, and a slow printer must not keep the visit open for the next
// one at the screen.
func (d *Desk) endVisit(w http.ResponseWriter, r *http.Request) error {
	var slip *paper.DraftSlip
	if draft := r.URL.Query().Get("print"); draft != "" && d.prints() {
		r = r.WithContext(context.WithValue(r.Context(), visitKey{}, r.Header.Get("X-Visit")))
		r.SetPathValue("id", draft)
		if s, err := d.ownDraftSlip(r); err != nil {
			d.Log.Warn("the draft slip of an ending visit could not be drawn", "error", err)
		} else {
			slip = &s
		}
	}
	d.leave(r)
	if slip != nil {
		_, _ = d.handIn(r.Context(), draftPrintout(*slip)) // it logs and notes; nobody is there to be told
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
