package kiosk

import (
	"fmt"
	"slices"

	"bendo/internal/catalog"
	"bendo/internal/form"
	"bendo/internal/paper"
)

// Some situations that a form asks about are, by law, another procedure or another form (a marriage with a
// foreigner, form CT02). They end honestly: the resident learns what it really is, takes a sheet along and
// goes to an officer, and nothing is filed with the wrong form, whatever the screen asks for.

// leadsAway says that a case is never filled in with this form.
func leadsAway(f *form.Form, caseID string) bool {
	k := f.Case(caseID)
	return k != nil && k.Procedure != "" || f.Elsewhere(caseID) != nil
}

func (j *judged) led() string {
	if j.away == nil {
		return ""
	}
	return j.away.ID
}

// elsewhereSheet is a situation on paper: with the papers, fee and time of its procedure where the pack holds
// it, else with what the pack says of it and no word more.
func elsewhereSheet(k known, id string) (paper.Sheet, error) {
	i := slices.IndexFunc(k.form.Elsewheres, func(e *form.Elsewhere) bool { return e.ID == id })
	if i < 0 {
		return paper.Sheet{}, fmt.Errorf("form %s has no elsewhere %q", k.form.Code, id)
	}
	e := k.form.Elsewheres[i]
	s := paper.Sheet{Code: e.Code, Unlisted: true, Receiver: paper.Words(e.Office), Pack: string(k.pack.Version),
		Next: paper.Words(say("Mang tờ này và giấy tờ đang có tới nơi ghi ở trên; chưa rõ thì hỏi cán bộ Một cửa tại đây.",
			"Take this sheet and your papers to the place named above; if in doubt ask an officer at the one-stop desk here."))}
	if e.Procedure != "" {
		x, err := k.pack.Expect(e.Procedure, "", catalog.ChannelCounter)
		if err != nil {
			return paper.Sheet{}, err
		}
		x.Papers = slices.DeleteFunc(x.Papers, func(p catalog.Expected) bool { return p.Written && e.Procedure == k.procedure.Code })
		s = sheetOf(k.pack, x)
	}
	s.Title = paper.Words(e.Name)
	s.Remarks = append([]paper.Words{paper.Words(e.Why)}, s.Remarks...)
	for _, b := range e.Bring {
		s.Papers = append(s.Papers, paper.SheetPaper{Name: paper.Words(b), Kind: paper.SheetAdvice})
	}
	return s, nil
}
