package counter

import (
	"net/http"
	"strconv"

	"bendo/internal/finder"
	"bendo/internal/staff"
	"bendo/kiosk/reply"
)

// findRoutes are finding and the saved lists.
func (c *Counter) findRoutes(route router) {
	route("GET /api/counter/find", staff.Read, c.find)
	route("GET /api/counter/dossiers", staff.Read, c.list)
}

// foundView answers a search. What was typed is a name or a number: it is in no log and not repeated here.
type foundView struct {
	Rows []Row      `json:"rows"`
	More bool       `json:"more"`
	How  finder.How `json:"how,omitempty"`
}

const defaultFound = 50

// find answers GET /api/counter/find?q=TEXT&limit=50.
func (c *Counter) find(w http.ResponseWriter, r *http.Request, _ Who) error {
	if c.Finding == nil {
		return NotHere.Because(nil)
	}
	limit, err := whole(r, "limit", defaultFound, finder.MaxLimit)
	if err != nil {
		return err
	}
	var a finder.Answer
	var twins map[finder.ID][]finder.ID
	text := r.URL.Query().Get("q")
	err = c.Finding.with(r.Context(), func(x *finder.Index) {
		a = x.Find(text, max(limit, 1))
		twins = twinsOf(x, a.IDs)
	})
	if err != nil {
		return err
	}
	rows, err := c.Finding.rows(r.Context(), a.IDs, twins)
	if err != nil {
		return err
	}
	return reply.OK(w, foundView{Rows: rows, More: a.More, How: a.How})
}

// whole reads a whole number of the address: def where there is none, most where it is more.
func whole(r *http.Request, name string, def, most int) (int, error) {
	text := r.URL.Query().Get(name)
	if text == "" {
		return def, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		return 0, reply.BadRequest.Because(err)
	}
	return min(n, most), nil
}
