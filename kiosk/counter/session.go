package counter

import (
	"context"
	"net/http"

	"bendo/internal/staff"
	"bendo/kiosk/door"
	"bendo/kiosk/reply"
	"bendo/syncproto"
)

// Sessions says who is behind a call. [Shifts] is the real one; package countertest has one for tests.
type Sessions interface {
	// Who is the member signed in; a problem when nobody is, the session is locked, or the office has no roster.
	Who(r *http.Request) (Who, error)
	// Second checks a second person, who is not the one signed in and may do act. Wrong guesses make the
	// next one wait as at the sign-in. Its errors are problems.
	Second(ctx context.Context, r *http.Request, login, password string, act staff.Act) (Who, error)
	// Looked writes down that a member looked at a dossier, before it is shown.
	Looked(ctx context.Context, who Who, id syncproto.DossierID) error
	// Handler serves /api/counter/session and what is below it; nil: there is no signing in here.
	Handler() http.Handler
}

// Second is the second person of an act that needs two (the law's four eyes): checked now, by password,
// never by a session left open.
func (c *Counter) Second(ctx context.Context, r *http.Request, login, password string, act staff.Act) (Who, error) {
	if c.Sessions == nil {
		return Who{}, problemNoRoster.Because(nil)
	}
	return c.Sessions.Second(ctx, r, login, password, act)
}

// May says whether the browser behind r may do act: a signed-in member whose role does, or anybody
// where the office has no roster yet. It is for the desk's older staff calls (numbers, outbox), which an
// office had before it had members; those of this room always need one.
func (c *Counter) May(r *http.Request, act staff.Act) error {
	if r.Header.Get(door.ScreenHeader) == door.ScreenWindow {
		return problemStaffOnly.Because(nil)
	}
	if c.Sessions == nil {
		return nil
	}
	who, err := c.Sessions.Who(r)
	switch {
	case err == nil && !staff.May(who.Roles, act):
		return problemNotYours.Because(nil)
	case err != nil && reply.Of(err).Code == problemNoRoster.Code:
		return nil
	}
	return err
}
