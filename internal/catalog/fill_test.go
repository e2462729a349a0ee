package catalog

import (
	"reflect"
	"testing"

	"bendo/internal/form"
)

var nguyen = form.Card{Number: "083090900111", Name: "Nguyễn Văn Mẫu", BirthDate: "1990-03-14", Sex: "male",
	Residence: "Ấp 1, Xã Giao Long, Vĩnh Long", IssueDate: "2025-07-01"}

// TestFromCard: a card fills the person it belongs to and nobody else.
func TestFromCard(t *testing.T) {
	p := first77(t)
	f, _ := p.Form("1.001193")
	got := form.FromCard(f, nguyen, "father")
	want := map[string]any{
		"father_name": "Nguyễn Văn Mẫu", "father_birth_date": "1990-03-14", "father_id_number": "083090900111", "father_id_issue_date": "2025-07-01",
		"father_id_issue_place": "Bộ Công an", "father_residence": map[string]any{"country": "VN", "raw_text": "Ấp 1, Xã Giao Long, Vĩnh Long"},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %v", got)
	}
	old := nguyen
	old.IssueDate = "2021-05-05"
	if got := form.FromCard(f, old, "father")["father_id_issue_place"]; got != "Cục Cảnh sát quản lý hành chính về trật tự xã hội" {
		t.Errorf("an older card comes from %v", got)
	}
	if got := form.FromCard(f, form.Card{}, "father"); len(got) != 0 {
		t.Errorf("an empty card fills %v", got)
	}
	land, _ := p.Form("1.012812")
	rows, _ := form.FromCard(land, nguyen, "applicant")["applicants"].([]any)
	if len(rows) != 1 || rows[0].(map[string]any)["a_id"] != "083090900111" {
		t.Errorf("a row from a card: %v", rows)
	}
	for _, code := range p.FormCodes() {
		f, _ := p.Form(code)
		for _, person := range f.Persons() {
			// Whatever a card fills must be an answer the form takes.
			v := form.Judge(f, form.FromCard(f, nguyen, person), form.Context{Today: "2026-11-22", Staff: true})
			for _, problem := range v.Problems {
				if problem.Code != form.CodeRequired {
					t.Errorf("%s %s: %s %s", code, person, problem.Field, problem.Code)
				}
			}
		}
	}
}

// TestPrefill: a draft starts with what the office knows, the defaults and the case.
func TestPrefill(t *testing.T) {
	p := first77(t)
	ctx := form.Context{Today: "2026-11-22", Case: "late", Office: form.Office{Name: "Ủy ban nhân dân xã Giao Long", Commune: "Xã Giao Long"}}
	f, _ := p.Form("1.001193")
	got := form.Prefill(f, ctx)
	for id, want := range map[string]any{"receiving_authority": "Ủy ban nhân dân xã Giao Long", "signed_place": "Xã Giao Long", "signed_date": "2026-11-22",
		"child_nationality": "VN", "birth_case": "both_known", "registration_kind": "late", "mother_deceased": false} {
		if got[id] != want {
			t.Errorf("%s = %v, want %v", id, got[id], want)
		}
	}
	stay, _ := p.Form("1.004194")
	if got := form.Prefill(stay, ctx)["receiving_authority"]; got != "Công an xã Giao Long" {
		t.Errorf("a stay is registered with %v", got)
	}
	paper, _ := p.Form("2.000815")
	ctx.Case = "vneid"
	if got := form.NewRow(paper, "documents", ctx)["original_shown"]; got != "vneid" {
		t.Errorf("a row of the case shows the original by %v", got)
	}
	for _, code := range p.FormCodes() {
		f, _ := p.Form(code)
		for _, id := range append([]string{""}, caseIDs(f)...) {
			ctx.Case = id
			for _, problem := range form.Judge(f, form.Prefill(f, ctx), ctx).Problems {
				if problem.Code != form.CodeRequired && problem.Code != form.CodePaperState {
					t.Errorf("%s case %q starts with %s:%s", code, id, problem.Field, problem.Code)
				}
			}
		}
	}
}

func caseIDs(f *form.Form) []string {
	var ids []string
	for _, c := range f.Cases {
		ids = append(ids, c.ID)
	}
	return ids
}

// TestFiled: what a dossier carries is what was asked, computed values included,
// and judging it again finds nothing new.
func TestFiled(t *testing.T) {
	p := first77(t)
	for name, v := range vectors(t) {
		f, _ := p.Form(v.Form)
		ctx := form.Context{Today: v.Today, Case: v.Case, Online: v.Online, Staff: v.Staff, Office: form.Office{Name: "UBND", Commune: "Xã Giao Long"}}
		before := form.Judge(f, v.Answers, ctx)
		filed := form.Filed(f, v.Answers, ctx)
		after := form.Judge(f, filed, ctx)
		if len(after.Ignored) > 0 || len(after.Problems) > len(before.Problems) {
			t.Errorf("%s: ignored %v, problems %v became %v", name, after.Ignored, before.Codes(), after.Codes())
		}
		for id, want := range before.Derived {
			if !reflect.DeepEqual(filed[id], want) {
				t.Errorf("%s: %s = %v, computed %v", name, id, filed[id], want)
			}
		}
	}
}
