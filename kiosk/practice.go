package kiosk

import (
	"errors"
	"net/http"
	"strings"
)

// Practice (tập thử) beside the office's own work. A visit that practises speaks to a desk of its own over
// a book of its own: no call of it can reach the office's book, and nothing of its book is ever on the way
// to anybody (ledger.Options.Practice). A call says that it practises by a header; one that forgets to say so
// comes with a visit the office's desk does not know, and is refused.

// PracticeHeader marks the calls of a visit that practises.
const PracticeHeader = "X-Practice"

var problemNoPractice = Problem{Code: "no_practice", Status: http.StatusServiceUnavailable,
	Message: say("Lúc này không tập thử được.", "Practice is not possible right now."),
	Next:    say("Xin gọi cán bộ, hoặc quay lại trang đầu.", "Please call an officer, or go back to the start.")}

// Trial is another desk with the same packs, screens and devices. It has no office yet, and it offers no
// further practice.
func (d *Desk) Trial() *Desk {
	return &Desk{beside: true, hearing: d.ears(), Packs: d.Packs, Calendar: d.Calendar, Clock: d.Clock, Pages: d.Pages, Print: d.Print, Printing: d.Printing,
		ReadCodes: d.ReadCodes, EncodeNote: d.EncodeNote, PublicURL: d.PublicURL, Version: d.Version, Languages: d.Languages,
		Voice: d.Voice, Idle: d.Idle, NamelessPetitions: d.NamelessPetitions, Hotline: d.Hotline, HandScanner: d.HandScanner, Log: d.Log}
}

// Beside serves the office's desk and, to calls that say so, a trial. ready is called before each of those
// and has given the trial its practice book when it returns. The page's sign of life is always the office's: the supervisor asks there.
func Beside(office, trial *Desk, ready func() error) http.Handler {
	office.OffersPractice = true
	own, practice := office.Handler(), trial.Handler()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get(PracticeHeader) == "" || !strings.HasPrefix(r.URL.Path, "/api/") || r.URL.Path == "/api/heartbeat" {
			own.ServeHTTP(w, r)
			return
		}
		if err := ready(); err != nil {
			office.serve(func(http.ResponseWriter, *http.Request) error { return problemNoPractice.Because(err) })(w, r)
			return
		}
		if o := trial.office.Load(); o == nil || !o.Practice { // a real book is never practised on
			office.serve(func(http.ResponseWriter, *http.Request) error {
				return problemNoPractice.Because(errors.New("the trial has no practice book"))
			})(w, r)
			return
		}
		practice.ServeHTTP(w, r)
	})
}
