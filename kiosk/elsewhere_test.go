package kiosk

import (
	"bytes"
	"strings"
	"testing"

	"bendo/internal/ledger"
)

// TestNoDraftOfTheWrongForm: a case that is another procedure or another form by law begins nothing.
func TestNoDraftOfTheWrongForm(t *testing.T) {
	d := openDesk(t)
	d.visit()
	for procedure, cases := range map[string][]string{"1.000894": {"foreign", "mobile"}, "1.004222": {"overseas_no_passport"}, "1.011607": {"average_living", "leave_poverty"}} {
		for _, c := range cases {
			d.refused(422, "elsewhere", "POST", "/api/drafts", map[string]any{"procedure": procedure, "case": c, "language": "vi", "secret": false})
		}
	}
	d.want(200, "POST", "/api/drafts", map[string]any{"procedure": "1.004222", "case": "overseas", "language": "vi", "secret": false}, nil)
}

// TestAnswersThatLeadElsewhere: the screen is told at once, the list of problems says it, and not even as it
// is can the dossier be filed; put right, it can.
func TestAnswersThatLeadElsewhere(t *testing.T) {
	d := openDesk(t)
	d.visit()
	var draft draftView
	d.want(200, "POST", "/api/drafts", map[string]any{"procedure": "1.000894", "case": "first", "language": "vi", "secret": false}, &draft)
	at := "/api/drafts/" + draft.ID
	d.want(200, "PUT", at+"/applicant", map[string]any{"full_name": "Trần Thị Mẫu", "phone": "0912345678"}, nil)
	for _, c := range []struct{ field, value, led string }{
		{"registration_kind", "again", "again"}, {"registration_kind", "foreign_note", "foreign_note"}, {"registration_kind", "new", ""},
		{"groom_nationality", "KH", "foreign"}, {"groom_nationality", "VN", ""}, {"bride_nationality", "other", "foreign"},
	} {
		var saved struct{ Elsewhere string }
		d.want(200, "PUT", at+"/fields/"+c.field, map[string]any{"value": c.value}, &saved)
		var v draftView
		d.want(200, "GET", at, nil, &v)
		if saved.Elsewhere != c.led || v.Elsewhere != c.led {
			t.Errorf("%s %s: led to %q, then %q; want %q", c.field, c.value, saved.Elsewhere, v.Elsewhere, c.led)
		}
	}
	found := false
	for _, p := range d.judged(draft.ID) {
		found = found || p.Code == "elsewhere" && p.Field == "bride_nationality" && strings.Contains(p.Message.VI, "yếu tố nước ngoài") && p.Message.EN != ""
	}
	if !found {
		t.Error("the list of problems does not say it")
	}
	d.refused(422, "elsewhere", "POST", at+"/submit", submitAsIs())
	d.want(200, "PUT", at+"/fields/bride_nationality", map[string]any{"value": "VN"}, nil)
	d.want(200, "POST", at+"/submit", submitAsIs(), nil)
}

// A draft of a day when its case was not known to lead away is not filed either.
func TestAnOldDraftOfTheWrongForm(t *testing.T) {
	d := openDesk(t)
	draft, err := d.book.CreateDraft(t.Context(), ledger.NewDraft{Procedure: "1.000894", Case: "mobile", Pack: "2026-11-23", Language: "vi", NotSecret: true})
	if err != nil {
		t.Fatal(err)
	}
	d.visit()
	d.want(200, "POST", "/api/drafts/resume", map[string]string{"slip": draft.Slip.String(), "second": draft.Code6}, nil)
	d.refused(422, "elsewhere", "POST", "/api/drafts/"+draft.ID.String()+"/submit", submitAsIs())
}

// TestTheSheetOfElsewhere can be taken along, whether the pack holds the procedure or not.
func TestTheSheetOfElsewhere(t *testing.T) {
	d := openDesk(t)
	d.visit()
	for _, path := range []string{"1.000894/sheet.pdf?elsewhere=foreign", "1.000894/sheet.pdf?elsewhere=foreign_note&language=en", "1.000894/sheet.pdf?elsewhere=again", "1.004222/sheet.pdf?elsewhere=ct02", "1.011607/sheet.pdf?elsewhere=average_living"} {
		if status, pdf := d.call("GET", "/api/catalog/procedures/"+path, nil); status != 200 || !bytes.HasPrefix(pdf, []byte("%PDF-")) {
			t.Errorf("%s: %d", path, status)
		}
	}
	d.refused(404, "unknown_procedure", "GET", "/api/catalog/procedures/1.000894/sheet.pdf?elsewhere=moon", nil)
	k := must(d.known("", "1.004222"))(t)
	s := must(sheetFor(k, "", "ct02"))(t)
	if s.Code != "1.004222" || s.Unlisted || s.Receiver.VI != k.procedure.Receiver.VI || len(s.Papers) < 2 {
		t.Errorf("%+v", s)
	}
	for _, p := range s.Papers {
		if p.Written {
			t.Errorf("the sheet of form CT02 says that %s is filled in at the machine", p.Name.VI)
		}
	}
}
