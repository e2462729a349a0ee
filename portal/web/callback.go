package web

import (
	"bendo/internal/dossier"
	"bendo/internal/feedback"
	"bendo/portal/casework"
	"bendo/portal/store"
)

// callBackBody is what a call-back request says, as the officer who calls reads it. The number and the
// name, if one was given, stand in the applicant's place.
type callBackBody struct {
	About  *named        `json:"about,omitempty"` // the procedure it is about
	Text   string        `json:"text"`
	When   text          `json:"when"`
	Calls  []callBody    `json:"calls"`
	Enough bool          `json:"enough,omitempty"` // nobody was reached often enough: better write the answer
	Reply  *petitionText `json:"reply,omitempty"`
}

type callBody struct {
	At      int64  `json:"at"`
	Reached bool   `json:"reached"`
	Text    string `json:"text,omitempty"`
	Office  string `json:"office,omitempty"`
}

// callBack turns a dossier's page into a call-back request's. Who does not call needs nobody's number.
func (s *server) callBack(body *detailBody, f *folder, o casework.Officer) {
	if !feedback.IsCallBack(f.filing.Procedure) {
		return
	}
	if o.Role != store.Officer {
		body.Person, body.Submitter, body.Helper = dossier.Person{}, nil, nil
	}
	c, err := feedback.ReadCallBack(f.filing.Answers)
	if err != nil { // it was read when it was taken in; shown as it lies there
		return
	}
	body.Answers = []answerSection{}
	body.CallBack = &callBackBody{Text: c.Text, When: text(feedback.TimeName(c.When)), Calls: []callBody{}}
	if c.About != "" {
		about := s.procedure(c.About)
		body.CallBack.About = &about
	}
	missed := 0
	for _, made := range f.state.Calls {
		reached := made.Outcome == feedback.Reached
		if !reached {
			missed++
		}
		body.CallBack.Calls = append(body.CallBack.Calls, callBody{made.At, reached, made.Text, made.Office})
	}
	body.CallBack.Enough = missed >= feedback.EnoughCalls && f.state.Business != dossier.Done
	if r := f.state.Reply; r != nil {
		body.CallBack.Reply = &petitionText{r.At, r.Text, r.Office}
	}
}

// The kinds of an inbox's lists.
const (
	kindDossiers  = "dossiers"
	kindPetitions = "petitions"
	kindCalls     = "calls"
)

// isKind says whether a case stands in the list of a kind; "" lists all.
func isKind(kind, procedure string) bool {
	switch kind {
	case kindDossiers:
		return !feedback.Reserved(procedure)
	case kindPetitions:
		return feedback.IsPetition(procedure)
	case kindCalls:
		return feedback.IsCallBack(procedure)
	}
	return true
}

// countKind counts the cases of one kind by state.
func countKind(tx *store.Tx, office, kind string) (map[string]int, error) {
	counts := map[string]int{}
	err := tx.CaseLines(office, func(l store.CaseLine) bool {
		if isKind(kind, l.Procedure) {
			counts[l.State]++
		}
		return true
	})
	return counts, err
}
