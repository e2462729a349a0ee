package kiosk

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"sync"
	"time"

	"bendo/internal/paper"
	"bendo/internal/queue"
	"bendo/internal/queue/plan"
	"bendo/internal/staff"
)

// Numbers is where queue numbers are drawn; a number is on the disk when Draw returns.
type Numbers interface {
	Draw(ctx context.Context, r queue.Request, m queue.Moment) (queue.Ticket, error)
	Find(ctx context.Context, key string) (queue.Ticket, error)
	Today(ctx context.Context, m queue.Moment) (queue.Series, []queue.Ticket, error)
	GiveUp(ctx context.Context, id int64, m queue.Moment) (queue.Ticket, error)
}

// NumberPapers is what becomes of their papers.
type NumberPapers interface {
	HandToPrinter(ctx context.Context, id int64, papers int) (queue.Ticket, error)
	Handed(ctx context.Context, id int64, papers int, job string) (queue.Ticket, error)
	Printed(ctx context.Context, id int64, m queue.Moment) (queue.Ticket, error)
	NotPrinted(ctx context.Context, id int64, papers int) (queue.Ticket, error)
}

// Counters is what staff do with numbers.
type Counters interface {
	Confirm(ctx context.Context, id int64, m queue.Moment) (queue.Ticket, error)
	Next(ctx context.Context, c queue.Call, m queue.Moment) (queue.Ticket, error)
	Recall(ctx context.Context, id int64) (queue.Ticket, error)
	End(ctx context.Context, id int64, how queue.State, m queue.Moment) (queue.Ticket, error)
	BeginSeries(ctx context.Context, seen int64, m queue.Moment) (queue.Series, error)
}

// Queue is the office's queue as the desk uses it.
type Queue interface {
	Numbers
	NumberPapers
	Counters
}

var (
	problemNoQueue = Problem{Code: "no_queue", Status: http.StatusNotFound,
		Message: say("Máy này tạm chưa cấp số thứ tự.", "This machine gives no queue numbers for now."),
		Next:    say("Mời bà con tới thẳng quầy.", "Please go straight to the counter.")}
	problemNoNumber = Problem{Code: "no_number", Status: http.StatusServiceUnavailable,
		Message: say("Máy chưa cấp được số.", "The machine could not give a number."),
		Next:    say("Bấm thử lại. Nếu vẫn vậy, mời bà con tới thẳng quầy.", "Try again. If it stays like this, go straight to the counter.")}
	problemNoService = Problem{Code: "unknown_service", Status: http.StatusNotFound,
		Message: say("Quầy này không còn cấp số.", "This service gives no numbers any more."),
		Next:    say("Quay lại chọn việc khác, hoặc tới thẳng quầy.", "Go back and choose another one, or go to the counter.")}
	problemManyNumbers = Problem{Code: "too_many_numbers", Status: http.StatusTooManyRequests,
		Message: say("Máy vừa cấp nhiều số liền nhau nên nghỉ một chút.", "Many numbers were taken just now, so the machine takes a short rest."),
		Next:    say("Mời bà con chờ giây lát rồi bấm lại. Chưa mất lượt của ai.", "Please wait a moment and press again. Nobody has lost a turn.")}
	problemGoneNumber = Problem{Code: "no_ticket", Status: http.StatusNotFound,
		Message: say("Không thấy số này.", "This number is not here."),
		Next:    say("Lấy số khác, hoặc hỏi cán bộ.", "Take another number, or ask an officer.")}
	problemMoved = Problem{Code: "queue_moved", Status: http.StatusConflict,
		Message: say("Hàng chờ vừa thay đổi.", "The queue has just changed."),
		Next:    say("Xem lại hàng chờ rồi bấm lần nữa.", "Look at the queue again, then press once more.")}
	problemNobody = Problem{Code: "queue_empty", Status: http.StatusConflict,
		Message: say("Không còn ai chờ cho các việc đã chọn.", "Nobody waits for the chosen services."),
		Next:    say("Chọn thêm việc khác, hoặc chờ người mới.", "Choose other services, or wait for somebody to come.")}
	problemOver = Problem{Code: "queue_over", Status: http.StatusConflict,
		Message: say("Số này của ngày hôm trước.", "This number is of another day."),
		Next:    say("Mời bà con lấy số mới.", "Please take a new number.")}
	problemPrintedOften = Problem{Code: "printed_often", Status: http.StatusConflict,
		Message: say("Số này đã in nhiều lần mà chưa xong.", "This number was sent to the printer several times already."),
		Next:    say("Nhớ số trên màn hình và nhờ cán bộ xác nhận.", "Remember the number on the screen and ask an officer to confirm it.")}
)

// queueProblem finds the sentence for what the queue refused.
func queueProblem(err error) error {
	switch {
	case errors.Is(err, queue.ErrNotFound):
		return problemGoneNumber.Because(err)
	case errors.Is(err, queue.ErrNobody):
		return problemNobody.Because(err)
	case errors.Is(err, queue.ErrOver):
		return problemOver.Because(err)
	case errors.Is(err, queue.ErrMoved):
		return problemMoved.Because(err)
	}
	return problemNoNumber.Because(err)
}

func (d *Desk) queueRoutes(route, visit func(pattern string, h handler)) {
	route("GET /api/queue", d.services)
	visit("POST /api/queue/tickets", d.takeNumber)
	visit("GET /api/queue/tickets/{key}", d.number)
	visit("DELETE /api/queue/tickets/{key}", d.dropNumber)
	visit("POST /api/queue/tickets/{key}/print", d.reprintNumber)
	route("GET /api/desk/queue", d.staff(staff.Queue, d.board))
	route("POST /api/desk/queue/call", d.staff(staff.Queue, d.call))
	route("POST /api/desk/queue/tickets/{id}/{step}", d.staff(staff.Queue, d.moveNumber))
	route("POST /api/desk/queue/series", d.staff(staff.Queue, d.beginDay))
}

func (d *Desk) queue() (Queue, error) {
	if q := d.office.Load().Queue; q != nil {
		return q, nil
	}
	return nil, problemNoQueue.Because(nil)
}

// moment is what a series and its times are judged by.
func (d *Desk) moment() queue.Moment {
	at, quality := d.now()
	return queue.Moment{At: at, Quality: quality, Machine: time.Now()}
}

func (d *Desk) plan() plan.Plan { return d.Packs.Current(d.today()).Queue() }

func planText(t plan.Text) Text {
	if t.EN == "" {
		return say(t.VI, t.VI)
	}
	return say(t.VI, t.EN)
}

// pace is how fast numbers are given: a handful at once, then one by one. It counts on the machine's
// monotonic clock and forgets when the program ends.
type pace struct {
	mu   sync.Mutex
	have float64 // numbers that may be given now
	at   time.Time
}

// take says how long to wait for a number; zero gives it.
func (p *pace) take(now time.Time, perMinute int) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	most := float64(perMinute)
	if p.at.IsZero() {
		p.have = most
	}
	p.have = min(most, p.have+now.Sub(p.at).Minutes()*most)
	p.at = now
	if p.have < 1 {
		return time.Duration((1 - p.have) / most * float64(time.Minute))
	}
	p.have--
	return 0
}

type serviceView struct {
	Code   string       `json:"code"`
	Letter string       `json:"letter"`
	Icon   string       `json:"icon"`
	Name   Text         `json:"name"`
	Hint   Text         `json:"hint"`
	Wait   forecastView `json:"wait"`
}

type callingView struct {
	Label   string `json:"label"`
	Counter int    `json:"counter"`
}

// callingShown is how many of the last calls the screen shows.
const callingShown = 4

// services shows for what numbers are given, how many wait for each, and who is being called.
func (d *Desk) services(w http.ResponseWriter, r *http.Request) error {
	q, err := d.queue()
	if err != nil {
		return err
	}
	_, all, err := q.Today(r.Context(), d.moment())
	if err != nil {
		return queueProblem(err)
	}
	p, now := d.plan(), d.today()
	out := []serviceView{}
	for _, s := range p.Services {
		out = append(out, serviceView{s.Code, s.Letter, s.Icon, planText(s.Name), planText(s.Hint),
			d.viewForecast(queue.Estimate(all, s.Letter, 0, now.UnixMilli()), now)})
	}
	groups := []Text{}
	for _, g := range p.Priority.Groups {
		groups = append(groups, planText(g))
	}
	return ok(w, map[string]any{"services": out, "calling": calling(all), "practice": d.office.Load().Practice,
		"priority": map[string]any{"offer": p.Priority.Offer, "groups": groups}})
}

func calling(all []queue.Ticket) []callingView {
	now := slices.DeleteFunc(slices.Clone(all), func(t queue.Ticket) bool { return t.State != queue.Called })
	slices.SortStableFunc(now, func(a, b queue.Ticket) int { return int(b.CalledAt/1000 - a.CalledAt/1000) })
	out := []callingView{}
	for _, t := range now[:min(len(now), callingShown)] {
		out = append(out, callingView{t.Label(), t.Counter})
	}
	return out
}

type ticketView struct {
	Key      string       `json:"key"`
	Label    string       `json:"label"`
	Service  Text         `json:"service"`
	State    queue.State  `json:"state"`
	By       queue.By     `json:"by,omitempty"`
	Priority bool         `json:"priority"`
	Prints   int          `json:"prints"`
	Printer  bool         `json:"printer"` // it can be printed, again too
	Lost     bool         `json:"lost"`    // handed to a printer that never answered
	Counter  int          `json:"counter,omitempty"`
	At       int64        `json:"at"`
	Doubt    bool         `json:"doubt"`
	Over     bool         `json:"over"` // its day has ended
	Wait     forecastView `json:"wait"`
	Practice bool         `json:"practice"`
}

func (d *Desk) viewTicket(ctx context.Context, q Queue, t queue.Ticket) (ticketView, error) {
	s, all, err := q.Today(ctx, d.moment())
	if err != nil {
		return ticketView{}, queueProblem(err)
	}
	now := d.today()
	return ticketView{Key: t.Key, Label: t.Label(), Service: d.serviceName(t), State: t.State, By: t.By, Priority: t.Priority,
		Prints: t.Prints, Printer: d.prints() && t.Prints < maxPrints, Lost: t.State == queue.Printing && t.Job == "",
		Counter: t.Counter, At: t.DrawnAt, Doubt: queue.Doubtful(t.Quality), Over: t.Series != s.ID, Practice: d.office.Load().Practice,
		Wait: d.viewForecast(queue.Estimate(all, t.Letter, t.ID, now.UnixMilli()), now)}, nil
}

// serviceName is what the plan in force calls it; a service of an earlier plan is known by its letter.
func (d *Desk) serviceName(t queue.Ticket) Text {
	if s, found := d.plan().Service(t.Service); found {
		return planText(s.Name)
	}
	return say("Dãy số "+t.Letter, "Series "+t.Letter)
}

// keys are made by the screen: 128 random bits as a UUID is written.
var keyPattern = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)

// takeNumber draws a number, then prints it, then answers with what is certain. The same key gives the
// same number: a screen whose answer was lost asks again and prints nothing twice.
func (d *Desk) takeNumber(w http.ResponseWriter, r *http.Request) error {
	q, err := d.queue()
	if err != nil {
		return err
	}
	var in struct {
		Key      string `json:"key"`
		Service  string `json:"service"`
		Priority bool   `json:"priority"`
		Language string `json:"language"`
	}
	if err := read(r, &in); err != nil {
		return err
	}
	if !keyPattern.MatchString(in.Key) {
		return problemBadRequest.Because(errors.New("the key is not a UUID"))
	}
	t, err := q.Find(r.Context(), in.Key)
	if errors.Is(err, queue.ErrNotFound) {
		t, err = d.draw(r.Context(), q, queue.Request{Key: in.Key, Service: in.Service, Priority: in.Priority})
	}
	if err != nil {
		return queueErr(err)
	}
	if t.State == queue.Drawn && t.Prints == 0 { // also one whose first call was cut off before the printer
		t = d.printNumber(r.Context(), q, t, in.Language == "en")
	}
	return d.showTicket(w, r, q, t)
}

func (d *Desk) draw(ctx context.Context, q Queue, r queue.Request) (queue.Ticket, error) {
	p := d.plan()
	s, found := p.Service(r.Service)
	if !found {
		return queue.Ticket{}, problemNoService.Because(nil)
	}
	if wait := d.numbers.take(time.Now(), p.PerMinute); wait > 0 {
		return queue.Ticket{}, problemManyNumbers.After(wait)
	}
	r.Letter, r.Priority = s.Letter, r.Priority && p.Priority.Offer
	return q.Draw(ctx, r, d.moment())
}

// queueErr keeps a problem that has its sentence already.
func queueErr(err error) error {
	var p *Problem
	if errors.As(err, &p) {
		return err
	}
	return queueProblem(err)
}

func (d *Desk) showTicket(w http.ResponseWriter, r *http.Request, q Queue, t queue.Ticket) error {
	v, err := d.viewTicket(r.Context(), q, t)
	if err != nil {
		return err
	}
	return ok(w, v)
}

// held returns the number a call names by its key, asking the printer about it where that can help.
func (d *Desk) heldNumber(r *http.Request) (Queue, queue.Ticket, error) {
	q, err := d.queue()
	if err != nil {
		return nil, queue.Ticket{}, err
	}
	t, err := q.Find(r.Context(), r.PathValue("key"))
	if err != nil {
		return nil, t, queueProblem(err)
	}
	return q, d.settleNumber(r.Context(), q, t), nil
}

func (d *Desk) number(w http.ResponseWriter, r *http.Request) error {
	q, t, err := d.heldNumber(r)
	if err != nil {
		return err
	}
	return d.showTicket(w, r, q, t)
}

// maxPrints bounds what one number may cost in paper.
const maxPrints = 3

// reprintNumber is a resident's wish for another paper, when the first did not come.
func (d *Desk) reprintNumber(w http.ResponseWriter, r *http.Request) error {
	q, t, err := d.heldNumber(r)
	if err != nil {
		return err
	}
	switch {
	case t.State != queue.Drawn && t.State != queue.Printing: // it was printed or confirmed meanwhile
		return d.showTicket(w, r, q, t)
	case t.Prints >= maxPrints:
		return problemPrintedOften.Because(nil)
	}
	return d.showTicket(w, r, q, d.printNumber(r.Context(), q, t, r.URL.Query().Get("language") == "en"))
}

func (d *Desk) dropNumber(w http.ResponseWriter, r *http.Request) error {
	q, t, err := d.heldNumber(r)
	if err != nil {
		return err
	}
	if t, err = q.GiveUp(r.Context(), t.ID, d.moment()); err != nil {
		return queueProblem(err)
	}
	return d.showTicket(w, r, q, t)
}

// numberPaper is the ticket as it is printed now.
func (d *Desk) numberPaper(ctx context.Context, q Queue, t queue.Ticket, english bool) (paper.Ticket, error) {
	v, err := d.viewTicket(ctx, q, t)
	if err != nil {
		return paper.Ticket{}, err
	}
	office, err := d.identity(ctx)
	if err != nil {
		return paper.Ticket{}, fmt.Errorf("drawing a number: %w", err)
	}
	return paper.Ticket{Label: v.Label, Office: office.OfficeName, Province: office.ProvinceName, Service: paper.Words(v.Service),
		At: time.UnixMilli(t.DrawnAt), Doubt: v.Doubt, Ahead: v.Wait.Ahead, Wait: paper.Words(v.Wait.Text), Priority: v.Priority,
		Reprint: t.Prints, Practice: v.Practice, English: english}, nil
}
