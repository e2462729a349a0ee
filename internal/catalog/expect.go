package catalog

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"bendo/internal/form"
)

// Errors of Expect.
var (
	ErrNoProcedure = errors.New("the pack has no such procedure")
	ErrNoCase      = errors.New("the procedure has no such case")
)

// Expected is one paper a dossier should bring. Always is false when the paper
// depends on a condition a person must judge.
type Expected struct {
	Component
	Always bool
	Swap   *form.Text // what stands for the paper in the chosen case, nil: itself
}

// Expectation is what a resident is told before the first question: papers,
// time and fee of a procedure in a case and by a channel.
type Expectation struct {
	Procedure Procedure
	Case      *form.Case // nil: no case chosen
	Papers    []Expected
	Time      form.Text
	Fee       form.Text
}

// Expect tells what a procedure needs. A case adds papers of its own with the ids
// "<case>-1", "<case>-2", …; kiosk and desk count as the counter.
func (p *Pack) Expect(procedure, caseID, channel string) (Expectation, error) {
	pr, ok := p.Procedure(procedure)
	if !ok {
		return Expectation{}, fmt.Errorf("procedure %q: %w", procedure, ErrNoProcedure)
	}
	e := Expectation{Procedure: pr, Time: pr.TimeText(channel), Fee: pr.FeeText(channel)}
	if caseID != "" {
		f, _ := p.Form(procedure)
		if e.Case = f.Case(caseID); e.Case == nil {
			return Expectation{}, fmt.Errorf("procedure %s, case %q: %w", procedure, caseID, ErrNoCase)
		}
	}
	for _, c := range pr.Components {
		e.Papers = append(e.Papers, e.expected(c))
	}
	if e.Case == nil {
		return e, nil
	}
	for i, paper := range e.Case.PapersAdd {
		if paper.Component == "" {
			e.Papers = append(e.Papers, Expected{Always: true,
				Component: Component{ID: e.Case.ID + "-" + strconv.Itoa(i+1), Kind: "nop", Name: paper.Text, Originals: 1}})
		}
	}
	return e, nil
}

// expected sees a component in the light of the chosen case: what the case asks
// for is no longer a matter of judgement.
func (e Expectation) expected(c Component) Expected {
	x := Expected{Component: c, Always: c.Condition == nil}
	if e.Case == nil {
		return x
	}
	for _, paper := range e.Case.PapersAdd {
		x.Always = x.Always || paper.Component == c.ID
	}
	for i := range e.Case.PapersReplace {
		if e.Case.PapersReplace[i].Component == c.ID {
			x.Swap = &e.Case.PapersReplace[i].By
		}
	}
	return x
}

// Component finds a component of the procedure, one a case adds included.
func (p *Pack) Component(procedure, caseID, id string) (Component, bool) {
	e, err := p.Expect(procedure, caseID, ChannelCounter)
	if err != nil {
		return Component{}, false
	}
	for _, x := range e.Papers {
		if x.ID == id {
			return x.Component, true
		}
	}
	return Component{}, false
}

func (p Procedure) channel(name string) (Channel, bool) {
	for _, c := range p.Channels {
		if c.Channel == name {
			return c, true
		}
	}
	return Channel{}, false
}

// Channel returns what is stated for the channel; anything but postal and online
// (kiosk, desk, file) counts as the counter.
func (p Procedure) Channel(name string) (Channel, bool) {
	if name != ChannelPostal && name != ChannelOnline {
		name = ChannelCounter
	}
	return p.channel(name)
}

// TimeText says how long the procedure takes, or that nothing is stated.
func (p Procedure) TimeText(channel string) form.Text {
	c, ok := p.Channel(channel)
	switch {
	case p.DeadlineRule == "same_day_15h" || p.DeadlineRule == "same_day_15h_unstated":
		return form.Text{VI: "Trong ngày; nhận sau 15 giờ thì trả ngày làm việc tiếp theo", EN: "Same day; received after 15:00, the next working day"}
	case !ok || c.Time == nil:
		return form.Text{VI: "Cán bộ sẽ cho biết thời hạn", EN: "Staff will tell you how long it takes"}
	}
	n := strconv.Itoa(*c.Time)
	switch c.Unit {
	case "working_days":
		return form.Text{VI: n + " ngày làm việc", EN: plural(*c.Time, "working day")}
	case "calendar_days":
		return form.Text{VI: n + " ngày", EN: plural(*c.Time, "day")}
	case "hours":
		return form.Text{VI: n + " giờ", EN: plural(*c.Time, "hour")}
	}
	return form.Text{VI: n + " ngày (danh mục không ghi ngày làm việc hay ngày thường)", EN: plural(*c.Time, "day") + " (the catalogue does not say which kind of day)"}
}

func plural(n int, unit string) string {
	if n != 1 {
		unit += "s"
	}
	return strconv.Itoa(n) + " " + unit
}

// FeeText says what the procedure costs. A stated zero is "free"; not stated is
// not free.
func (p Procedure) FeeText(channel string) form.Text {
	c, ok := p.Channel(channel)
	var t form.Text
	switch {
	case p.FeeFormula != nil:
		t = p.FeeFormula.text()
	case !ok || c.FeeVND == nil:
		t = form.Text{VI: "Chưa rõ mức phí, xin hỏi cán bộ", EN: "Fee not stated, please ask the staff"}
	case *c.FeeVND == 0 && p.FeeNote == nil:
		t = form.Text{VI: "Không mất phí", EN: "Free of charge"}
	case *c.FeeVND == 0:
		return form.Text{VI: upperFirst(p.FeeNote.VI), EN: upperFirst(p.FeeNote.EN)}
	default:
		t = form.Text{VI: Dong(*c.FeeVND), EN: Dong(*c.FeeVND)}
	}
	if p.FeeNote != nil {
		t.VI, t.EN = t.VI+"; "+p.FeeNote.VI, t.EN+"; "+p.FeeNote.EN
	}
	return t
}

func upperFirst(s string) string {
	for i, r := range s {
		return strings.ToUpper(string(r)) + s[i+len(string(r)):]
	}
	return s
}

func (f *FeeFormula) text() form.Text {
	if f.Each > 0 {
		return form.Text{VI: Dong(f.Each) + "/" + f.Unit.VI, EN: Dong(f.Each) + " per " + f.Unit.EN}
	}
	return form.Text{
		VI: Dong(f.FirstTwo) + "/trang cho hai trang đầu, từ trang thứ ba " + Dong(f.FromThird) + "/trang, nhiều nhất " + Dong(f.Cap) + "/bản",
		EN: Dong(f.FirstTwo) + " a page for the first two pages, " + Dong(f.FromThird) + " from the third, at most " + Dong(f.Cap) + " a copy",
	}
}

// Dong writes an amount as people read it: "200.000 đồng".
func Dong(n int64) string {
	s := strconv.FormatInt(n, 10)
	start := 0
	if n < 0 {
		start = 1
	}
	for i := len(s) - 3; i > start; i -= 3 {
		s = s[:i] + "." + s[i:]
	}
	return s + " đồng"
}
