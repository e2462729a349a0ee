package kiosk

import (
	"errors"
	"net/http"
	"strconv"

	"bendo/internal/queue"
)

// The staff's side of the queue: the least by which numbers are called and the guesses have something
// to go by. It names nobody, so it may stand open on a counter.

type rowView struct {
	ID       int64       `json:"id"`
	Label    string      `json:"label"`
	Letter   string      `json:"letter"`
	Service  Text        `json:"service"`
	State    queue.State `json:"state"`
	Priority bool        `json:"priority"`
	Lost     bool        `json:"lost"`
	At       int64       `json:"at"`
	CalledAt int64       `json:"called_at,omitempty"`
	Calls    int         `json:"calls,omitempty"`
	Counter  int         `json:"counter,omitempty"`
}

func (d *Desk) viewRow(t queue.Ticket) rowView {
	return rowView{t.ID, t.Label(), t.Letter, d.serviceName(t), t.State, t.Priority,
		t.State == queue.Printing && t.Job == "", t.DrawnAt, t.CalledAt, t.Calls, t.Counter}
}

type boardView struct {
	Series   int64          `json:"series"`
	Day      string         `json:"day"`
	Today    string         `json:"today"`
	Doubt    bool           `json:"doubt"` // the clock is not confirmed: no series begins by itself
	Practice bool           `json:"practice"`
	Services []serviceView  `json:"services"`
	Open     []rowView      `json:"unconfirmed"` // drawn or printing: staff may confirm or give up
	Waiting  []rowView      `json:"waiting"`
	Called   []rowView      `json:"called"`
	Ended    map[string]int `json:"ended"`
}

// board is today's queue as staff see it.
func (d *Desk) board(w http.ResponseWriter, r *http.Request) error {
	q, err := d.queue()
	if err != nil {
		return err
	}
	s, all, err := q.Today(r.Context(), d.moment())
	if err != nil {
		return queueProblem(err)
	}
	now, quality := d.now()
	v := boardView{Series: s.ID, Day: s.Day, Today: officeDay(now), Doubt: queue.Doubtful(quality), Practice: d.office.Load().Practice,
		Services: []serviceView{}, Open: []rowView{}, Waiting: []rowView{}, Called: []rowView{}, Ended: map[string]int{}}
	d.settleNumbers(r.Context(), q, all)
	for _, t := range all {
		switch t.State {
		case queue.Drawn, queue.Printing:
			v.Open = append(v.Open, d.viewRow(t))
		case queue.Valid:
			v.Waiting = append(v.Waiting, d.viewRow(t))
		case queue.Called:
			v.Called = append(v.Called, d.viewRow(t))
		default:
			v.Ended[string(t.State)]++
		}
	}
	for _, one := range d.plan().Services {
		v.Services = append(v.Services, serviceView{one.Code, one.Letter, one.Icon, planText(one.Name), planText(one.Hint),
			d.viewForecast(queue.Estimate(all, one.Letter, 0, now.UnixMilli()), now)})
	}
	return ok(w, v)
}

// call calls the next number, or a named one, to a counter.
func (d *Desk) call(w http.ResponseWriter, r *http.Request) error {
	q, err := d.queue()
	if err != nil {
		return err
	}
	var in struct {
		Counter int      `json:"counter"`
		After   int64    `json:"after"`
		Letters []string `json:"letters"`
		Ticket  int64    `json:"ticket"`
	}
	if err := read(r, &in); err != nil {
		return err
	}
	if in.Counter < 1 || in.Counter > maxCounter {
		return problemBadRequest.Because(errors.New("there is no such counter"))
	}
	t, err := q.Next(r.Context(), queue.Call{Counter: in.Counter, After: in.After, Letters: in.Letters, Ticket: in.Ticket}, d.moment())
	if err != nil {
		return queueProblem(err)
	}
	return ok(w, d.viewRow(t))
}

// maxCounter is how many counters an office numbers.
const maxCounter = 20

// moveNumber is one staff tap on one number.
func (d *Desk) moveNumber(w http.ResponseWriter, r *http.Request) error {
	q, err := d.queue()
	if err != nil {
		return err
	}
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		return problemGoneNumber.Because(err)
	}
	var t queue.Ticket
	switch step := r.PathValue("step"); step {
	case "confirm":
		t, err = q.Confirm(r.Context(), id, d.moment())
	case "void":
		t, err = q.GiveUp(r.Context(), id, d.moment())
	case "recall":
		t, err = q.Recall(r.Context(), id)
	case string(queue.Served), string(queue.Absent):
		t, err = q.End(r.Context(), id, queue.State(step), d.moment())
	default:
		return problemBadRequest.Because(errors.New("no such step"))
	}
	if err != nil {
		return queueProblem(err)
	}
	return ok(w, d.viewRow(t))
}

// beginDay is a member of staff's word that it is another day.
func (d *Desk) beginDay(w http.ResponseWriter, r *http.Request) error {
	q, err := d.queue()
	if err != nil {
		return err
	}
	var in struct {
		Series int64 `json:"series"`
	}
	if err := read(r, &in); err != nil {
		return err
	}
	s, err := q.BeginSeries(r.Context(), in.Series, d.moment())
	if err != nil {
		return queueProblem(err)
	}
	return ok(w, map[string]any{"series": s.ID, "day": s.Day, "first": s.First})
}
