package catalog

import (
	"bufio"
	"cmp"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"bendo/internal/form"
)

// modelled are the fourteen procedures with a form of their own.
var modelled = []string{"1.000656", "1.000894", "1.001193", "1.001612", "1.001776", "1.002755", "1.004194",
	"1.004222", "1.004873", "1.010028", "1.011607", "1.012812", "2.000635", "2.000815"}

// TestNoLegalFieldIsLost: every question read in an official form, portal or catalogue stands in
// the pack with its words, its kind of answer and whether it is needed.
func TestNoLegalFieldIsLost(t *testing.T) {
	pack, seen := first77(t), map[string]int{}
	file, err := os.Open("testdata/legal-fields.tsv")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		if strings.HasPrefix(lines.Text(), "#") {
			continue
		}
		cells := strings.Split(lines.Text(), "\t")
		if len(cells) != 6 {
			t.Fatalf("%q has %d columns", lines.Text(), len(cells))
		}
		code, id := cells[0], cells[1]
		seen[code]++
		f, _ := pack.Form(code)
		fd := fieldAt(f, id)
		if fd == nil {
			t.Errorf("%s: %s is lost", code, id)
			continue
		}
		got := []string{string(fd.Type), "-", fd.Origin, fd.Label.VI}
		if fd.Required {
			got[1] = "needed"
		}
		if !slices.Equal(got, cells[2:]) {
			t.Errorf("%s %s: %q, read as %q", code, id, got, cells[2:])
		}
		if len(fd.Source) == 0 {
			t.Errorf("%s %s names no source", code, id)
		}
	}
	if got := slices.Sorted(maps.Keys(seen)); !slices.Equal(got, modelled) {
		t.Errorf("forms read: %v", got)
	}
}

func fieldAt(f *form.Form, id string) *form.Field {
	id, cell, inRow := strings.Cut(id, ".")
	fd := f.Field(id)
	if fd == nil || !inRow {
		return fd
	}
	for _, it := range fd.Items {
		if it.ID == cell {
			return it
		}
	}
	return nil
}

// TestALastOptionOtherIsWritten: a shared list that ends with "other" is followed by the question
// which one, so that no ethnic group and no country is filed as "other" only.
func TestALastOptionOtherIsWritten(t *testing.T) {
	pack := first77(t)
	for _, code := range pack.FormCodes() {
		f, _ := pack.Form(code)
		for _, fd := range f.Fields {
			for at, x := range withCells(fd) {
				if (x.List == "ethnicity" || x.List == "nationality") && fieldAt(f, at+"_other") == nil {
					t.Errorf("%s %s: nobody can write which", code, at)
				}
			}
		}
	}
}

func withCells(fd *form.Field) map[string]*form.Field {
	out := map[string]*form.Field{fd.ID: fd}
	for _, it := range fd.Items {
		out[fd.ID+"."+it.ID] = it
	}
	return out
}

// clerk fills a form the way a patient clerk would: where an answer is refused she tries the next
// one that such a question takes.
type clerk struct {
	f   *form.Form
	ctx form.Context
}

const office = "2026-11-22"

func at14(f *form.Form, kase string) clerk {
	return clerk{f, form.Context{Today: office, Case: kase, Staff: true, Office: form.Office{Name: "Ủy ban nhân dân xã Giao Long", Commune: "Xã Giao Long"}}}
}

// tries are answers for a question, the likeliest first.
func (c clerk) tries(fd *form.Field) []any {
	switch fd.Type {
	case form.TypeText:
		return []any{"Ghi rõ ở đây cho cán bộ", "Hộ kinh doanh Mẫu", strings.Repeat("Đất ranh giới từ năm 1990. ", 8), "4711", "0123456789012"}
	case form.TypeName:
		return []any{"Thị Mẫu Xtiêng", "H'Hen Niê Thử"}
	case form.TypeDate, form.TypePartial:
		return []any{"1990-03-14", "2026-11-20", "2026-12-01", "2027-06-01", "2026-10-01"}
	case form.TypeCitizenID:
		return []any{"083090999001", "083190999002"}
	case form.TypePhone:
		return []any{"0912345678"}
	case form.TypeAddress:
		return []any{map[string]any{"country": "VN", "province_code": "86", "commune_code": "28807", "detail": "Ấp 2"}}
	case form.TypeBoolean:
		return []any{false, true}
	case form.TypeInteger, form.TypeMoney:
		return []any{1, 2, 10, 5_000_000}
	case form.TypeEnum:
		var out []any
		for _, o := range fd.Options {
			if !o.Hidden && fd.Multiple {
				out = append(out, []any{o.Value})
			} else if !o.Hidden {
				out = append(out, o.Value)
			}
		}
		return out
	case form.TypePaper:
		paper := map[string]any{"state": form.PaperProvided, "paper": fd.Options[0].Value}
		if fd.Multiple {
			return []any{[]any{paper}}
		}
		return []any{paper}
	}
	return nil
}

// wrong are the places that have a problem, rows' cells as "repeat.cell".
func (c clerk) wrong(answers map[string]any) (map[string]bool, form.Verdict) {
	v, out := form.Judge(c.f, answers, c.ctx), map[string]bool{}
	for _, p := range v.Problems {
		out[p.Field] = true
	}
	return out, v
}

// fill answers what is visible: everything, or with least only what is missed. An answer may open
// another question, so it goes through the form until nothing is left to do.
func (c clerk) fill(answers map[string]any, least bool) form.Verdict {
	for range 6 {
		wrong, v := c.wrong(answers)
		changed := false
		for _, id := range v.Visible {
			fd, bad := c.f.Field(id), wrong[id]
			if fd.Type == form.TypeRepeat {
				bad = bad || slices.ContainsFunc(fd.Items, func(it *form.Field) bool { return wrong[id+"."+it.ID] })
			}
			empty := answers[id] == nil && v.Derived[id] == nil
			if fd.ReadOnly || !bad && (least || !empty) {
				continue
			}
			changed = true
			if fd.Type == form.TypeRepeat {
				c.row(fd, answers, least)
				continue
			}
			c.try(answers, answers, fd, id)
		}
		for _, id := range v.Ignored {
			delete(answers, id)
		}
		if !changed {
			break
		}
	}
	_, v := c.wrong(answers)
	return v
}

// row writes one row of a repeat.
func (c clerk) row(fd *form.Field, answers map[string]any, least bool) {
	row := form.NewRow(c.f, fd.ID, c.ctx)
	answers[fd.ID] = []any{row}
	for range 2 { // a cell may open another one
		for _, it := range fd.Items {
			wrong, _ := c.wrong(answers)
			if at := fd.ID + "." + it.ID; !it.ReadOnly && row[it.ID] == nil && (wrong[at] || !least && alwaysAsked(it)) {
				c.try(row, answers, it, at)
			}
		}
	}
	for _, it := range fd.Items { // "choose exactly one" is a rule of the section, not of a cell
		if wrong, _ := c.wrong(answers); it.Type == form.TypeBoolean && wrong[c.section(fd)] {
			row[it.ID] = true
		}
	}
}

func (c clerk) section(fd *form.Field) string {
	for s, x := range c.f.Fields {
		if x == fd {
			return s.ID
		}
	}
	return ""
}

// alwaysAsked: the cell's own condition is left to the judge, which ignores what was not asked.
func alwaysAsked(it *form.Field) bool { return it.When == nil && it.Derive == "" }

// try gives a question one answer after the other until none is refused.
func (c clerk) try(into, answers map[string]any, fd *form.Field, at string) {
	for _, v := range c.tries(fd) {
		into[fd.ID] = v
		if wrong, _ := c.wrong(answers); !wrong[at] {
			return
		}
	}
}

// TestEveryFormCanBeFilled walks every case of every form with as little and as much as it takes:
// both must be accepted, be filed whole, and lack a question's name when its answer is taken away.
func TestEveryFormCanBeFilled(t *testing.T) {
	pack := first77(t)
	for _, code := range append(slices.Clone(modelled), GeneralForm) {
		f, _ := pack.Form(code)
		for _, kase := range append([]string{""}, caseIDs(f)...) {
			for _, least := range []bool{true, false} {
				t.Run(fmt.Sprintf("%s/%s/%s", code, cmp.Or(kase, "no case"), map[bool]string{true: "least", false: "most"}[least]), func(t *testing.T) {
					c := at14(f, kase)
					answers := form.Prefill(f, c.ctx)
					v := c.fill(answers, least)
					if !v.OK() || len(v.Ignored) > 0 {
						t.Fatalf("cannot be filled: %v, ignored %v", v.Codes(), v.Ignored)
					}
					c.filed(t, answers, v, least)
				})
			}
		}
	}
}

// filed checks what goes into the dossier, and that each needed answer is missed.
func (c clerk) filed(t *testing.T, answers map[string]any, v form.Verdict, least bool) {
	filed := form.Filed(c.f, answers, c.ctx)
	if again := form.Judge(c.f, filed, c.ctx); !again.OK() || len(again.Ignored) > 0 {
		t.Errorf("what is filed does not hold: %v", again.Codes())
	}
	for _, id := range v.Visible {
		fd := c.f.Field(id)
		if filed[id] == nil && (!least || fd.Required) {
			t.Errorf("%s is asked and not filed", id)
		}
		if !least || !fd.Required || fd.Prefill != "" || fd.Derive != "" || fd.Copy != nil || c.preset(id) {
			continue
		}
		without := maps.Clone(answers)
		delete(without, id)
		if !slices.Contains(form.Judge(c.f, without, c.ctx).Codes(), id+":required") {
			t.Errorf("%s is needed; nobody says so when it is missing", id)
		}
	}
}

func (c clerk) preset(id string) bool {
	k := c.f.Case(c.ctx.Case)
	return k != nil && k.Set[id] != nil
}

// TestEveryQuestionIsReached turns every choice of a form that opens others: a question whose
// condition never holds would be a legal field nobody can answer.
func TestEveryQuestionIsReached(t *testing.T) {
	pack := first77(t)
	for _, code := range modelled {
		f, _ := pack.Form(code)
		if lost := unreached(f); len(lost) > 0 {
			t.Errorf("%s: can never be asked: %v", code, lost)
		}
	}
	raw, err := first.ReadFile("pack/forms/1.002755.json")
	if err != nil {
		t.Fatal(err)
	}
	planted := strings.ReplaceAll(string(raw), "guardian_consent_method == 'vneid'", "guardian_consent_method == 'VNeID'")
	lists := map[string][]form.Option{}
	for name, l := range pack.Lists {
		lists[name] = l.Options
	}
	f, err := form.ParseWith([]byte(planted), lists)
	if err != nil {
		t.Fatal(err)
	}
	if lost := unreached(f); !slices.Equal(lost, []string{"guardian_id"}) {
		t.Errorf("a condition that never holds hides %v", lost)
	}
}

// unreached lists the questions, rows' cells too, that no answer opens.
func unreached(f *form.Form) []string {
	c, seen := at14(f, ""), map[string]bool{}
	answers := form.Prefill(f, c.ctx)
	c.fill(answers, false)
	c.turn(answers, seen)
	var lost []string
	for _, fd := range f.Fields {
		for id := range withCells(fd) {
			if !seen[id] {
				lost = append(lost, id)
			}
		}
	}
	slices.Sort(lost)
	return lost
}

// turn changes one answer after the other and follows whatever opened something new, nearest first.
func (c clerk) turn(start map[string]any, seen map[string]bool) {
	c.note(start, seen)
	for queue := []map[string]any{start}; len(queue) > 0; queue = queue[1:] {
		for _, fd := range c.f.Fields {
			for _, v := range c.turns(fd) {
				turned := maps.Clone(queue[0])
				turned[fd.ID] = v
				before := len(seen)
				c.note(turned, seen)
				if fd.Type == form.TypeRepeat {
					c.noteRows(turned, fd.ID, seen)
				}
				if len(seen) > before {
					queue = append(queue, turned)
				}
			}
		}
	}
}

// turns are the answers that may open another question.
func (c clerk) turns(fd *form.Field) []any {
	switch fd.Type {
	case form.TypeEnum, form.TypeBoolean:
		return append(c.tries(fd), nil) // some questions stand in for an empty one
	case form.TypeDate, form.TypePartial:
		return []any{"1990-03-14", "2020-03-14", "2026-11-20"}
	case form.TypeCitizenID:
		return []any{nil}
	case form.TypeRepeat:
		return c.rows(fd)
	case form.TypePaper:
		var out []any
		for _, o := range fd.Options {
			out = append(out, map[string]any{"state": form.PaperProvided, "paper": o.Value})
		}
		return out
	}
	return nil
}

func (c clerk) note(answers map[string]any, seen map[string]bool) {
	for _, id := range form.Visible(c.f, answers, c.ctx) {
		seen[id] = true
	}
}

func (c clerk) noteRows(answers map[string]any, repeat string, seen map[string]bool) {
	rows, _ := form.Filed(c.f, answers, c.ctx)[repeat].([]any)
	for _, r := range rows {
		row, _ := r.(map[string]any)
		for cell := range row {
			seen[repeat+"."+cell] = true
		}
	}
}

// rows are a full row, and one for each choice inside it.
func (c clerk) rows(fd *form.Field) []any {
	full := map[string]any{}
	for _, it := range fd.Items {
		if tries := c.tries(it); len(tries) > 0 && !it.ReadOnly {
			full[it.ID] = tries[0]
		}
	}
	out := []any{[]any{full}}
	for _, it := range fd.Items {
		if it.Type != form.TypeEnum && it.Type != form.TypeBoolean {
			continue
		}
		for _, v := range c.tries(it) {
			row := maps.Clone(full)
			row[it.ID] = v
			out = append(out, []any{row})
		}
	}
	return out
}

// TestEveryPeoplesNamesAreNames: no rule of a form objects to how the peoples here are called, to an
// apostrophe of either shape, a letter Vietnamese has not, one word or nine.
func TestEveryPeoplesNamesAreNames(t *testing.T) {
	pack := first77(t)
	names := []string{"H'Hen Niê", "H’Ñuê Êban", "K'Brêu", "Y Moan Êñuol", "Kpă Klơng", "Rơ Châm H'Phik", "Thạch Sa Rây", "Kim Sà Phép", "Thị Nhên",
		"Điểu Lên", "Điểu", "Lý A Sử", "Trần Phước Minh-Anh", "Nguyễn Phúc Hoàng Thị Bảo Ngọc Như Ý", "Ro Pa Sa Li Hah"}
	for _, code := range pack.FormCodes() {
		f, _ := pack.Form(code)
		c := at14(f, "")
		for _, fd := range f.Fields {
			for at, x := range withCells(fd) {
				if x.Type != form.TypeName {
					continue
				}
				for _, name := range names {
					answers := map[string]any{x.ID: name}
					if at != x.ID {
						answers = map[string]any{fd.ID: []any{answers}}
					}
					if wrong, _ := c.wrong(answers); wrong[at] {
						t.Errorf("%s %s: %q is refused", code, at, name)
					}
				}
			}
		}
	}
}
