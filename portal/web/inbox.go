package web

import (
	"net/http"
	"strings"

	"bendo/internal/dossier"
	"bendo/internal/feedback"
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
	Holder       string              `json:"holder,omitempty"` // commune: an office's book keeps it, nobody here can take a step
}

type inboxBody struct {
	Counts   map[string]int `json:"counts"`
	Dossiers []inboxRow     `json:"dossiers"`
	More     bool           `json:"more,omitempty"` // there are more than shown: search for them
}

// maxRows bounds one list; the search narrows it.
const maxRows = 500

func (s *server) inbox(w http.ResponseWriter, r *http.Request, o casework.Officer) {
	body := inboxBody{Counts: map[string]int{}, Dossiers: []inboxRow{}}
	state, kind, query := r.URL.Query().Get("state"), r.URL.Query().Get("kind"), newQuery(r.URL.Query().Get("q"))
	err := s.db.Read(r.Context(), func(tx *store.Tx) error {
		office, err := tx.OfficeName(o.Office)
		if err != nil {
			return err
		}
		if kind == "" {
			body.Counts, err = tx.CountCases(o.Office)
		} else {
			body.Counts, err = countKind(tx, o.Office, kind)
		}
		if err != nil {
			return err
		}
		all := 0
		for _, n := range body.Counts {
			all += n
		}
		body.Counts["all"] = all
		if state == "all" {
			state = ""
		}
		ids, err := s.search(tx, o.Office, state, kind, query)
		if err != nil {
			return err
		}
		if body.More = len(ids) > maxRows; body.More {
			ids = ids[:maxRows]
		}
		cases, err := tx.CasesByID(o.Office, ids)
		for _, c := range cases {
			body.Dossiers = append(body.Dossiers, s.row(c, office))
		}
		return err
	})
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.answer(w, r, body, nil)
}

func (s *server) row(c store.Case, office string) inboxRow {
	return inboxRow{ID: c.ID, Slip: c.Slip.String(), OfficialCode: c.OfficialCode, Procedure: s.procedure(c.Procedure),
		Applicant: c.Card.Applicant, ReceivedAt: c.ReceivedAt, Complete: c.Complete, DueAt: c.DueAt, Office: office,
		State: stateBody{c.State, c.NationalCode, heldText(c.Holder, c.NationalCode, dossier.CodeText(c.NationalCode))}, Holder: heldBy(c.Holder)}
}

// heldBy says who keeps a case: the province, or the commune in its own book. Empty: not known yet.
func heldBy(h dossier.Holder) string {
	if _, is := h.BookID(); is {
		return "commune"
	}
	return string(h)
}

// heldText is the state of a case as officers read it: what the commune keeps, nobody at the province
// takes in or decides.
func heldText(h dossier.Holder, code uint8, words dossier.Text) dossier.Text {
	if _, is := h.BookID(); !is {
		return words
	}
	switch code {
	case 1:
		return dossier.Text{VI: "Xã đang giữ, cán bộ xã sẽ tiếp nhận", EN: "Kept by the commune, whose clerk will take it in"}
	case 3, 7, 10:
		return words
	}
	return dossier.Text{VI: words.VI + " (xã đang giữ)", EN: words.EN + " (kept by the commune)"}
}

// search gives the newest cases that match, up to one more than a list shows. It
// reads the clear columns of all of them, and opens a card only when a name is
// looked for that nobody looked for before.
func (s *server) search(tx *store.Tx, office, state, kind string, q query) ([]syncproto.DossierID, error) {
	var found []syncproto.DossierID
	if q.folded == "" {
		return found, tx.CaseLines(office, func(l store.CaseLine) bool {
			if (state == "" || l.State == state) && isKind(kind, l.Procedure) {
				found = append(found, l.ID)
			}
			return len(found) <= maxRows
		})
	}
	var lines []store.CaseLine
	var unknown []syncproto.DossierID
	err := tx.CaseLines(office, func(l store.CaseLine) bool {
		if state != "" && l.State != state || !isKind(kind, l.Procedure) {
			return true
		}
		lines = append(lines, l)
		if _, ok := s.names.of(office, l); !ok {
			unknown = append(unknown, l.ID)
		}
		return true
	})
	if err != nil {
		return nil, err
	}
	opened, err := tx.CasesByID(office, unknown)
	if err != nil {
		return nil, err
	}
	s.names.learn(office, opened)
	procedures := map[string]bool{} // whether the query is in its code or name
	for _, l := range lines {
		match, judged := procedures[l.Procedure]
		if !judged {
			match = q.in(l.Procedure) || q.in(s.procedure(l.Procedure).Name.VI)
			procedures[l.Procedure] = match
		}
		name, _ := s.names.of(office, l)
		if match || q.matches(l, name) {
			if found = append(found, l.ID); len(found) > maxRows {
				break
			}
		}
	}
	return found, nil
}

func (s *server) procedure(code string) named {
	if p, ok := s.pack.Procedure(code); ok {
		return named{code, text{VI: p.Name.VI, EN: p.Name.EN}}
	}
	if name, reserved := feedback.NameOf(code); reserved {
		return named{code, text(name)}
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

// matches looks at the slip number, the official code and the applicant's name
// (folded already), all without diacritics.
func (q query) matches(l store.CaseLine, name string) bool {
	return len(q.digits) >= 4 && strings.Contains(string(l.Slip), q.digits) || strings.Contains(name, q.folded) ||
		l.OfficialCode != "" && q.in(l.OfficialCode)
}

func (q query) in(field string) bool { return strings.Contains(vietnam.Fold(field), q.folded) }

func onlyDigits(s string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s)
}
