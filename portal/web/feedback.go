package web

import (
	"net/http"
	"slices"
	"time"

	"bendo/internal/calendar"
	"bendo/internal/dossier"
	"bendo/internal/feedback"
	"bendo/portal/casework"
	"bendo/portal/store"
	"bendo/syncproto"
)

// petitionBody is what a petition says, as its officer reads it.
type petitionBody struct {
	Topic   text          `json:"topic"`
	Text    string        `json:"text"`
	Wish    text          `json:"wish"`    // about publication
	NoName  bool          `json:"no_name"` // the name must not be made public
	Private bool          `json:"private"` // nothing of it may be made public
	Reply   *petitionText `json:"reply,omitempty"`
}

type petitionText struct {
	At     int64  `json:"at"`
	Text   string `json:"text"`
	Office string `json:"office,omitempty"`
}

// petition turns a dossier's page into a petition's. Who is not an officer at work on it does not
// see a name that its sender wants kept.
func (s *server) petition(body *detailBody, f *folder, o casework.Officer) {
	if !feedback.IsPetition(f.filing.Procedure) {
		return
	}
	p, err := feedback.ReadPetition(f.filing.Answers, f.filing.Enclosed())
	if hidden(f, o) {
		body.Person, body.Submitter, body.Helper = dossier.Person{}, nil, nil
	}
	if err != nil { // it was read when it was taken in; shown as it lies there
		return
	}
	body.Answers = []answerSection{}
	body.Petition = &petitionBody{Topic: text(feedback.TopicName(p.Topic)), Text: p.Text, Wish: text(feedback.PublishName(p.Publish)),
		NoName: !p.Nameable(), Private: !p.Publishable()}
	if r := f.state.Reply; r != nil {
		body.Petition.Reply = &petitionText{r.At, r.Text, r.Office}
	}
}

// hidden says whether a petition's sender must stay unknown to whoever looks: everybody but an officer at
// work on it, unless the petition can be read and says that the name may be known. Its pictures are hidden
// with the name: one of them may be the letter she wrote by hand.
func hidden(f *folder, o casework.Officer) bool {
	if !feedback.IsPetition(f.filing.Procedure) || o.Role == store.Officer {
		return false
	}
	p, err := feedback.ReadPetition(f.filing.Answers, f.filing.Enclosed())
	return err != nil || !p.Nameable()
}

// unheard says whether a paper is the spoken note of a petition, and o is not one of the officers whom its
// speaker was told of: a voice names its owner even where the name may be known.
func (f *folder) unheard(c dossier.Component, o casework.Officer) bool {
	return o.Role != store.Officer && feedback.IsPetition(f.filing.Procedure) &&
		(c.ID == feedback.Voice || slices.ContainsFunc(c.Blobs, func(b dossier.Blob) bool { return feedback.IsSound(b.MIME) }))
}

// mute says whether a scan is of a paper that o may not hear.
func (f *folder) mute(sha syncproto.Digest, o casework.Officer) bool {
	for _, c := range slices.Concat(f.state.Components, f.filing.Components) {
		if f.unheard(c, o) && slices.ContainsFunc(c.Blobs, func(b dossier.Blob) bool { return b.SHA256 == sha }) {
			return true
		}
	}
	return false
}

// fewestRatings is below what no totals are shown: one resident's opinion must not be read out of
// them.
const fewestRatings = 5

type ratingBody struct {
	Count   int            `json:"count"`
	Few     bool           `json:"few,omitempty"` // too few to be shown
	Scores  []scoreBody    `json:"scores"`        // the best first
	Reasons map[string]int `json:"reasons"`
}

type scoreBody struct {
	Score int  `json:"score"`
	Name  text `json:"name"`
	Count int  `json:"count"`
}

// ratings gives the totals of the officer's commune for a month that is over (?month=2026-11, else the
// last one): what arrived in it, of dossiers and of visits. Of a month that runs nothing is told: whoever
// looked before and after one rating arrived would read it out of the difference.
func (s *server) ratings(w http.ResponseWriter, r *http.Request, o casework.Officer) {
	now := s.db.Now().In(calendar.Zone)
	running := time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, calendar.Zone)
	month := running.AddDate(0, -1, 0)
	if asked := r.URL.Query().Get("month"); asked != "" {
		parsed, err := time.ParseInLocation("2006-01", asked, calendar.Zone)
		if err != nil {
			s.refuse(w, badRequest)
			return
		}
		month = parsed
	}
	from := time.Date(month.Year(), month.Month(), 1, 0, 0, 0, 0, calendar.Zone)
	if !from.Before(running) {
		s.answer(w, r, map[string]any{"month": from.Format("2006-01"), "running": true}, nil)
		return
	}
	var dossiers, visits store.Ratings
	err := s.db.Read(r.Context(), func(tx *store.Tx) (err error) {
		dossiers, visits, err = tx.RatingTotals(o.Office, from.UnixMilli(), from.AddDate(0, 1, 0).UnixMilli())
		return err
	})
	s.answer(w, r, map[string]any{"month": from.Format("2006-01"), "dossiers": ratingOf(dossiers), "visits": ratingOf(visits)}, err)
}

func ratingOf(r store.Ratings) ratingBody {
	body := ratingBody{Count: r.Count(), Scores: []scoreBody{}, Reasons: map[string]int{}}
	if body.Count < fewestRatings {
		body.Count, body.Few = 0, body.Count > 0
		return body
	}
	for i := len(r.Scores) - 1; i >= 0; i-- {
		score := feedback.Lowest + i
		body.Scores = append(body.Scores, scoreBody{score, text(feedback.ScoreName(score)), r.Scores[i]})
	}
	body.Reasons = r.Reasons
	return body
}
