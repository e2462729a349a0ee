package counter

import (
	"log/slog"
	"net/http"

	"bendo/internal/staff"
	"bendo/kiosk/door"
	"bendo/kiosk/reply"
)

// Who is the member of staff behind a call.
type Who struct {
	ID    string // of the roster; what events name as their actor
	Name  string
	Roles []staff.Role
}

// handler is a use case of somebody who is signed in.
type handler func(w http.ResponseWriter, r *http.Request, who Who) error

// Sessions says who is behind a call.
type Sessions interface {
	// Who is the member signed in; a problem when nobody is, or the session is locked.
	Who(r *http.Request) (Who, error)
}

// Counter is the handler's state. Exported fields are set before Handler is called and not changed after.
type Counter struct {
	Sessions Sessions
	Log      *slog.Logger
}

var (
	problemStaffOnly = reply.Problem{Code: "staff_only", Status: http.StatusForbidden,
		Message: reply.Say("Việc này cán bộ làm tại bàn làm việc.", "Staff do this at their desk."), Next: reply.CallStaff}
	problemNotYours = reply.Problem{Code: "not_your_work", Status: http.StatusForbidden,
		Message: reply.Say("Vai trò của bạn không làm việc này.", "Your role does not do this."),
		Next:    reply.Say("Nhờ người có vai trò phù hợp, hoặc báo tỉnh sửa danh sách cán bộ.", "Ask somebody whose role does, or have the province change the roster.")}
)

// Handler serves /api/counter/. Who may call at all is decided before it (package door).
func (c *Counter) Handler() http.Handler {
	m := http.NewServeMux()
	c.routes(func(pattern string, act staff.Act, h handler) {
		m.HandleFunc(pattern, reply.Serve(c.Log, c.signed(act, h)))
	})
	return m
}

// routes are the parts of the counter, one line each.
func (c *Counter) routes(route router) {
}

// router adds one use case; act is what its caller must be allowed to do.
type router func(pattern string, act staff.Act, h handler)

// signed keeps a call from the shared screen, from strangers and from those whose work it is not.
func (c *Counter) signed(act staff.Act, h handler) reply.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		if r.Header.Get(door.ScreenHeader) == door.ScreenWindow {
			return problemStaffOnly.Because(nil)
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
