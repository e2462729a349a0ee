package web

import (
	"net/http"
	"strings"

	"bendo/internal/dossier"
	"bendo/internal/vietnam"
	"bendo/portal/casework"
	"bendo/portal/store"
	"bendo/syncproto"
)

type named struct {
	Code string `json:"code"`
	Name text   `json:"name"`
}

type stateBody struct {
	Code     string `json:"code"`
	National uint8  `json:"national"`
	Text     text   `json:"text"`
}

type inboxRow struct {
	ID           syncproto.DossierID `json:"id"`
	Slip         string              `json:"slip"`
	OfficialCode string              `json:"official_code,omitempty"`
	Procedure    named               `json:"procedure"`
	Applicant    string              `json:"applicant_name"`
	State        stateBody           `json:"state"`
	ReceivedAt   int64               `json:"received_at"`
	Complete     bool                `json:"complete"`
	DueAt        int64               `json:"due_at,omitempty"`
	Office       string              `json:"office"`
}

type inboxBody struct {
	Counts   map[string]int `json:"counts"`
	Dossiers []inboxRow     `json:"dossiers"`
	More     bool           `json:"more,omitempty"` // there are more than shown: search for them
}

// maxRows bounds one list; the search narrows it.
const maxRows = 500

func (s *server) inbox(w http.ResponseWriter, r *http.Request, o casework.Officer) {
	var cases []store.Case
	var office string
	err := s.db.Read(r.Context(), func(tx *store.Tx) (err error) {
		if office, err = tx.OfficeName(o.Office); err != nil {
			return err
		}
		cases, err = tx.Cases(o.Office)
		return err
	})
	if err != nil {
		s.fail(w, r, err)
		return
	}
	body := inboxBody{Counts: map[string]int{}, Dossiers: []inboxRow{}}
	state, query := r.URL.Query().Get("state"), newQuery(r.URL.Query().Get("q"))
	for _, c := range cases {
		body.Counts[c.State]++
		body.Counts["all"]++
		procedure := s.procedure(c.Procedure)
		if state != "" && state != "all" && state != c.State || !query.matches(c, procedure) {
			continue
		}
		if len(body.Dossiers) == maxRows {
			body.More = true
			continue
		}
		body.Dossiers = append(body.Dossiers, inboxRow{ID: c.ID, Slip: c.Slip.String(), OfficialCode: c.OfficialCode,
			Procedure: procedure, Applicant: c.Card.Applicant, ReceivedAt: c.ReceivedAt, Complete: c.Complete, DueAt: c.DueAt, Office: office,
			State: stateBody{c.State, c.NationalCode, dossier.CodeText(c.NationalCode)}})
	}
	s.answer(w, r, body, nil)
}

func (s *server) procedure(code string) named {
	if p, ok := s.pack.Procedure(code); ok {
		return named{code, text{VI: p.Name.VI, EN: p.Name.EN}}
	}
	return named{code, text{VI: code, EN: code}}
}

// query is what an officer typed into the search field.
type query struct {
	folded string
	digits string
}

func newQuery(typed string) query {
	if len(typed) > 200 {
		typed = typed[:200]
	}
	return query{folded: vietnam.Fold(strings.TrimSpace(strings.ToValidUTF8(typed, ""))), digits: onlyDigits(typed)}
}

// matches looks at the slip number, the official code, the procedure and the
// applicant's name, all without diacritics.
func (q query) matches(c store.Case, p named) bool {
	if q.folded == "" {
		return true
	}
	if len(q.digits) >= 4 && strings.Contains(string(c.Slip), q.digits) {
		return true
	}
	for _, field := range []string{c.OfficialCode, p.Code, p.Name.VI, c.Card.Applicant} {
		if strings.Contains(vietnam.Fold(field), q.folded) {
			return true
		}
	}
	return false
}

func onlyDigits(s string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s)
}
