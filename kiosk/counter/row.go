package counter

import (
	"context"
	"errors"
	"strconv"

	"bendo/internal/dossier"
	"bendo/internal/feedback"
	"bendo/internal/finder"
	"bendo/internal/ledger"
	"bendo/internal/vietnam"
	"bendo/kiosk/reply"
	"bendo/syncproto"
)

// Row is a dossier in a list. Times are unix milliseconds.
type Row struct {
	ID           string       `json:"id"`
	Slip         string       `json:"slip"`
	OfficialCode string       `json:"official_code,omitempty"`
	Procedure    RowProcedure `json:"procedure"`
	Applicant    string       `json:"applicant"`
	BirthYear    int          `json:"birth_year,omitempty"`
	Status       reply.Text   `json:"status"`
	Business     string       `json:"business"`
	Code         uint8        `json:"code"` // national
	FiledAt      int64        `json:"filed_at"`
	ReceivedAt   int64        `json:"received_at,omitempty"`
	Due          int64        `json:"due,omitempty"`
	Late         bool         `json:"late"`   // beyond its due date, or was when it ended; an attribute, never a lock
	Holder       string       `json:"holder"` // here | province | transit | elsewhere
	Requests     int          `json:"requests"`
	Twins        []string     `json:"twins,omitempty"` // slips of dossiers that may be the same; a hint
}

// RowProcedure names a procedure shortly.
type RowProcedure struct {
	Code string     `json:"code"`
	Name reply.Text `json:"name"`
}

// Row is one dossier as lists show it.
func (f *Finding) Row(ctx context.Context, id syncproto.DossierID) (Row, error) {
	var twins map[finder.ID][]finder.ID
	err := f.with(ctx, func(x *finder.Index) { twins = twinsOf(x, []finder.ID{finder.ID(id)}) })
	if err != nil && reply.Of(err).Code != problemNotReady.Code { // the hint may be missing, the dossier not
		return Row{}, err
	}
	rows, err := f.rows(ctx, []finder.ID{finder.ID(id)}, twins)
	if err == nil && len(rows) == 0 {
		err = ledger.ErrNotFound
	}
	if err != nil {
		return Row{}, err
	}
	return rows[0], nil
}

func twinsOf(x *finder.Index, ids []finder.ID) map[finder.ID][]finder.ID {
	twins := map[finder.ID][]finder.ID{}
	for _, id := range ids {
		if t := x.Twins(id); len(t) > 0 {
			twins[id] = t
		}
	}
	return twins
}

// rows reads dossiers and their twins from the book, where all that is shown of them lies. A dossier
// erased since the index was asked is left out.
func (f *Finding) rows(ctx context.Context, ids []finder.ID, twins map[finder.ID][]finder.ID) ([]Row, error) {
	self, err := f.self(ctx)
	if err != nil {
		return nil, err
	}
	asked := make([]syncproto.DossierID, 0, len(ids))
	for _, id := range ids {
		asked = append(asked, syncproto.DossierID(id))
	}
	for _, list := range twins {
		for _, id := range list {
			asked = append(asked, syncproto.DossierID(id))
		}
	}
	list, err := f.Book.SummariesOf(ctx, asked)
	if err != nil {
		return nil, err
	}
	byID := make(map[finder.ID]ledger.Summary, len(list))
	for _, s := range list {
		byID[finder.ID(s.ID)] = s
	}
	rows := make([]Row, 0, len(ids))
	for _, id := range ids {
		s, ok := byID[id]
		if !ok {
			continue
		}
		row := f.row(s, self)
		for _, t := range twins[id] {
			if other, ok := byID[t]; ok {
				row.Twins = append(row.Twins, slipText(other))
			}
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// self is this book as a holder; "" before enrolment.
func (f *Finding) self(ctx context.Context) (dossier.Holder, error) {
	id, err := f.Book.Identity(ctx)
	if errors.Is(err, ledger.ErrNotEnrolled) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	return dossier.Book(id.Book), nil
}

func (f *Finding) row(s ledger.Summary, self dossier.Holder) Row {
	return Row{ID: s.ID.String(), Slip: slipText(s), OfficialCode: s.OfficialCode,
		Procedure: RowProcedure{Code: s.Procedure, Name: f.procedureName(s.Procedure)},
		Applicant: vietnam.DisplayName(vietnam.PersonName(s.Applicant.Name)), BirthYear: birthYear(s.Applicant.BirthDate),
		Status: s.Status(), Business: string(s.Business), Code: s.NationalCode, FiledAt: s.FiledAt, ReceivedAt: s.TakenInAt,
		Due: s.Due, Late: s.LateAt(f.Now().UnixMilli()), Holder: where(s, self), Requests: s.Pending}
}

func slipText(s ledger.Summary) string { return s.Slip.String() }

func birthYear(date string) int {
	if len(date) < 4 {
		return 0
	}
	year, err := strconv.Atoi(date[:4])
	if err != nil {
		return 0
	}
	return year
}

// where says who keeps a dossier, as seen from here.
func where(s ledger.Summary, self dossier.Holder) string {
	switch {
	case s.Holder == self:
		return "here"
	case s.InTransit:
		return "transit"
	case s.Holder == dossier.Province:
		return "province"
	}
	return "elsewhere"
}

// procedureName is a procedure's short name in the present catalogue; its code where that has none.
func (f *Finding) procedureName(code string) reply.Text {
	switch {
	case feedback.IsPetition(code):
		return reply.Say("Phản ánh, kiến nghị", "Petition")
	case feedback.IsCallBack(code):
		return reply.Say("Yêu cầu gọi lại", "Call-back request")
	}
	if p, ok := f.Packs.Current(f.Now()).Procedure(code); ok {
		return reply.Say(p.Short.VI, p.Short.EN)
	}
	return reply.Say(code, code)
}
