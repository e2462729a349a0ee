package kiosk

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"slices"
	"sync"
	"time"

	"bendo/internal/dossier"
	"bendo/internal/feedback"
	"bendo/internal/ledger"
	"bendo/syncproto"
)

// Ratings (đánh giá): of a dossier, by whoever filed or looked it up in this visit, once; of the
// visit, once, without anybody's name. Either may be changed until the province has it. Nothing
// waits for a line, and nobody is made to write.

// Ratings is where ratings are kept; each call is on disk when it returns.
type Ratings interface {
	Rate(ctx context.Context, id syncproto.DossierID, o ledger.Opinion) (ledger.Rating, error)
	RateVisit(ctx context.Context, id syncproto.DossierID, o ledger.Opinion) (ledger.Rating, error)
	RatingOf(ctx context.Context, id syncproto.DossierID) (*ledger.Rating, error)
}

// A machine takes this many ratings of visits in an hour: more than a busy office has visitors, and
// few enough that a finger that plays neither fills the line nor moves the totals.
const (
	maxVisitRatings    = 60
	visitRatingsWindow = time.Hour
)

var (
	problemRated = Problem{Code: "rated", Status: http.StatusConflict,
		Message: say("Đánh giá này đã gửi về tỉnh nên không đổi được nữa.", "This rating has gone to the province and can no longer be changed."),
		Next:    say("Muốn nói thêm, xin dùng mục Phản ánh, kiến nghị.", "To say more, please use Petitions.")}
	problemRatedOften = Problem{Code: "rated_often", Status: http.StatusTooManyRequests,
		Message: say("Đánh giá này đã đổi nhiều lần. Lần cuối vẫn được giữ.", "This rating was changed many times. The last one is kept."),
		Next:    say("Muốn nói thêm, xin dùng mục Phản ánh, kiến nghị.", "To say more, please use Petitions.")}
	problemBadRating = Problem{Code: "bad_rating", Status: http.StatusUnprocessableEntity,
		Message: say("Chưa chọn mức hài lòng.", "No degree of satisfaction was chosen."),
		Next:    say("Chạm vào một trong năm khuôn mặt.", "Touch one of the five faces.")}
	problemManyRatings = Problem{Code: "many_ratings", Status: http.StatusTooManyRequests,
		Message: say("Máy này vừa nhận rất nhiều đánh giá nên tạm dừng. Đánh giá này chưa được lưu.", "This machine has just taken very many ratings and pauses. This one was not saved."),
		Next:    say("Xin thử lại sau, hoặc nói với cán bộ.", "Please try again later, or tell an officer.")}
)

type ratingView struct {
	Score    int      `json:"score"`
	Reasons  []string `json:"reasons"`
	At       int64    `json:"at"`
	Changes  int      `json:"changes"`            // how often it was changed
	Sent     bool     `json:"sent"`               // it stands: the province has signed for it, or another office took it
	Practice bool     `json:"practice,omitempty"` // it is never sent
}

func (d *Desk) viewRating(r *ledger.Rating) *ratingView {
	if r == nil {
		return nil
	}
	return &ratingView{r.Score, append([]string{}, r.Reasons...), r.At, r.N - 1, r.Stands, d.office.Load().Practice}
}

// ratingChoices are the words of the screen.
func (d *Desk) ratingChoices(w http.ResponseWriter, _ *http.Request) error {
	type score struct {
		Score int  `json:"score"`
		Name  Text `json:"name"`
	}
	var scores []score
	for s := feedback.Highest; s >= feedback.Lowest; s-- {
		scores = append(scores, score{s, Text(feedback.ScoreName(s))})
	}
	return ok(w, map[string]any{"scores": scores, "reasons": feedback.Reasons()})
}

// opinion reads and checks what the screen sends.
func opinion(r *http.Request) (ledger.Opinion, error) {
	var in struct {
		Score   int      `json:"score"`
		Reasons []string `json:"reasons"`
	}
	if err := read(r, &in); err != nil {
		return ledger.Opinion{}, err
	}
	slices.Sort(in.Reasons) // the same chips are the same rating, in whatever order they were touched
	if err := feedback.CheckRating(in.Score, in.Reasons); err != nil {
		return ledger.Opinion{}, problemBadRating.Because(err)
	}
	if !feedback.KnownReasons(in.Reasons) {
		return ledger.Opinion{}, problemBadRequest.Because(errors.New("a reason the screen does not offer"))
	}
	return ledger.Opinion{Score: in.Score, Reasons: in.Reasons}, nil
}

// ratingProblem puts the book's refusal into words.
func ratingProblem(err error) error {
	switch {
	case errors.Is(err, ledger.ErrRated):
		return problemRated.Because(err)
	case errors.Is(err, ledger.ErrRatedOften):
		return problemRatedOften.Because(err)
	}
	return err
}

type slipRatingView struct {
	Slip      string        `json:"slip"`
	Procedure procedureName `json:"procedure"`
	Over      bool          `json:"over"` // the office is done with it; before, one may rather wait
	Rating    *ratingView   `json:"rating"`
}

// slipRating says how a dossier of this visit was rated.
func (d *Desk) slipRating(w http.ResponseWriter, r *http.Request) error {
	found, err := d.held(r)
	if err != nil {
		return err
	}
	return d.showSlipRating(w, r, found)
}

func (d *Desk) showSlipRating(w http.ResponseWriter, r *http.Request, found ledger.Found) error {
	rating, err := d.book().RatingOf(r.Context(), found.State.ID)
	if err != nil {
		return err
	}
	s := found.State
	return ok(w, slipRatingView{s.Slip.String(), d.name(s.Pack, s.Procedure), handled(s), d.viewRating(rating)})
}

// handled says that the office has said its last word, as far as this book knows.
func handled(s dossier.State) bool {
	switch s.Business {
	case dossier.Done, dossier.Closed, dossier.NotReceived, dossier.StoppedByOffice, dossier.WithdrawnByPerson:
		return true
	}
	return false
}

// rateSlip keeps the rating of a dossier of this visit.
func (d *Desk) rateSlip(w http.ResponseWriter, r *http.Request) error {
	found, err := d.held(r)
	if err != nil {
		return err
	}
	o, err := opinion(r)
	if err != nil {
		return err
	}
	if _, err := d.book().Rate(r.Context(), found.State.ID, o); err != nil {
		return ratingProblem(err)
	}
	return d.showSlipRating(w, r, found)
}

// visitRating says how this visit was rated.
func (d *Desk) visitRating(w http.ResponseWriter, r *http.Request) error {
	var id syncproto.DossierID
	d.remember(r, func(v *visit) { id = v.rating })
	if id.IsZero() {
		return ok(w, map[string]any{"rating": nil})
	}
	rating, err := d.book().RatingOf(r.Context(), id)
	if isUnknown(err) { // its first attempt did not reach the disk
		rating, err = nil, nil
	}
	if err != nil {
		return err
	}
	return ok(w, map[string]any{"rating": d.viewRating(rating)})
}

// rateVisit keeps the rating of this visit. Its id is drawn and remembered before the book is
// called: a call whose answer was lost is the same rating again.
func (d *Desk) rateVisit(w http.ResponseWriter, r *http.Request) error {
	o, err := opinion(r)
	if err != nil {
		return err
	}
	fresh, err := syncproto.NewDossierID(d.today().UnixMilli(), rand.Reader)
	if err != nil {
		return err
	}
	id, full := syncproto.DossierID{}, false
	d.remember(r, func(v *visit) {
		if v.rating.IsZero() {
			if full = !d.opinions.take(time.Now()); full {
				return
			}
			v.rating = fresh
		}
		id = v.rating
	})
	switch {
	case full:
		return problemManyRatings.Because(nil)
	case id.IsZero(): // the visit ended between two steps
		return problemNoVisit.Because(nil)
	}
	rating, err := d.book().RateVisit(r.Context(), id, o)
	if err != nil {
		return ratingProblem(err)
	}
	return ok(w, map[string]any{"rating": d.viewRating(&rating)})
}

// opinions counts the ratings of visits of the last hour, on the machine's monotonic clock.
type opinions struct {
	mu sync.Mutex
	at []time.Time // guarded by mu
}

// take counts one more, or says that there were too many.
func (o *opinions) take(now time.Time) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.at = slices.DeleteFunc(o.at, func(at time.Time) bool { return now.Sub(at) >= visitRatingsWindow })
	if len(o.at) >= maxVisitRatings {
		return false
	}
	o.at = append(o.at, now)
	return true
}
