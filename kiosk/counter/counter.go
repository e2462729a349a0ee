package counter

import (
	"log/slog"
	"net/http"

	"bendo/internal/calendar"
	"bendo/internal/catalog"
	"bendo/internal/staff"
	"bendo/kiosk/door"
	"bendo/kiosk/reply"
)

// Who is the member of staff behind a call. Its name is for screens and papers and goes into no event.
type Who struct {
	ID    string // of the roster; what events name as their actor
	Name  string
	Roles []staff.Role
}

// handler is a use case of somebody who is signed in.
type handler func(w http.ResponseWriter, r *http.Request, who Who) error

// Counter is the handler's state. Exported fields are set before Handler is called and not changed after.
type Counter struct {
	Sessions Sessions // nil: nobody can sign in
	Finding  *Finding // nil: no lists and no search
	Reports  *Reports // nil: no register, no reports, no evening sheet
	Papers   *Papers  // nil: no forms
	Till     *Till    // nil: no cash book
	Log      *slog.Logger

	Cases    Cases // nil: no work on single dossiers
	Packs    *catalog.Shelf
	Calendar *calendar.Calendar
	Clock    Clock                  // nil: the machine's wall clock
	NameOf   func(id string) string // a member's name by id, "" where nobody knows it; nil: ids are shown
	// TwoRefuse says whether a refusal needs a second person; nil: it does not. What cannot be read asks for one.
	TwoRefuse func() bool
}

// Handler serves /api/counter/. Who may call at all is decided before it (package door).
func (c *Counter) Handler() http.Handler {
	parts := http.NewServeMux()
	c.routes(func(pattern string, act staff.Act, h handler) {
		parts.HandleFunc(pattern, reply.Serve(c.Log, c.signed(act, h)))
	})
	m := http.NewServeMux()
	m.Handle("/", parts)
	if c.Sessions != nil {
		if signing := c.Sessions.Handler(); signing != nil {
			m.Handle("/api/counter/session", signing)
			m.Handle("/api/counter/session/", signing)
		}
	}
	return m
}

// routes are the parts of the counter, one line each.
func (c *Counter) routes(route router) {
	c.workRoutes(route)
	c.findRoutes(route)
	c.tillRoutes(route)
	c.Papers.routes(route, c.Sessions)
	c.reportRoutes(route)
}

// router adds one use case; act is what its caller must be allowed to do.
type router func(pattern string, act staff.Act, h handler)

// signed keeps a call from the shared screen, from strangers and from those whose work it is not.
func (c *Counter) signed(act staff.Act, h handler) reply.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		if r.Header.Get(door.ScreenHeader) == door.ScreenWindow {
			return problemStaffOnly.Because(nil)
		}
		if c.Sessions == nil {
			return problemNoRoster.Because(nil)
		}
		who, err := c.Sessions.Who(r)
		if err != nil {
			return err
		}
		if !staff.May(who.Roles, act) {
			return problemNotYours.Because(nil)
		}
		return h(w, r, who)
	}
}
