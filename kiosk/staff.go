package kiosk

import (
	"net/http"

	"bendo/internal/staff"
	"bendo/kiosk/door"
)

var problemStaffOnly = Problem{Code: "staff_only", Status: http.StatusForbidden,
	Message: say("Việc này cán bộ làm tại bàn làm việc.", "Staff do this at their desk."), Next: callStaff}

var problemNotHere = Problem{Code: "not_here", Status: http.StatusNotFound,
	Message: say("Máy này không có phần việc đó.", "This machine does not have that part."), Next: callStaff}

// Staff says whether the browser behind a call may do a kind of staff work. The counter is one.
type Staff interface {
	May(r *http.Request, act staff.Act) error
}

// staff keeps a call from the shared screen: a resident does not confirm his own number. Every other
// browser that the door let in is the office's own; who sits at it is asked where the office has a roster.
func (d *Desk) staff(act staff.Act, h handler) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		if r.Header.Get(door.ScreenHeader) == door.ScreenWindow {
			return problemStaffOnly.Because(nil)
		}
		if s := d.office.Load().Staff; s != nil {
			if err := s.May(r, act); err != nil {
				return err
			}
		}
		return h(w, r)
	}
}

// counter hands a call to the staff's side of the book in use: a machine that is enrolled while it serves
// changes book and counter at once.
func (d *Desk) counter(w http.ResponseWriter, r *http.Request) {
	if c := d.office.Load().Counter; c != nil {
		c.ServeHTTP(w, r)
		return
	}
	d.serve(func(http.ResponseWriter, *http.Request) error { return problemNotHere.Because(nil) })(w, r)
}
