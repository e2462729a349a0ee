package form

import "slices"

// reading is answers seen through a form: what is asked, and what each asked
// field holds once the machine has filled what it fills. Values are computed on
// first use; Parse has made sure that the references end.
type reading struct {
	f       *Form
	ctx     Context
	kase    *Case
	answers map[string]any // normalised
	err     error
	shown   map[*Field]bool
	vals    map[*Field]any
	rows    map[*Field][]row
}

// row is one row of a repeat: what was given and what it holds.
type row struct{ given, cells map[string]any }

func read(f *Form, answers map[string]any, ctx Context) *reading {
	r := &reading{f: f, ctx: ctx, kase: f.Case(ctx.Case), shown: map[*Field]bool{}, vals: map[*Field]any{}, rows: map[*Field][]row{}}
	r.answers, r.err = normal(answers)
	return r
}

// Visible lists the ids of the fields asked, in the order of the form.
func Visible(f *Form, answers map[string]any, ctx Context) []string {
	r := read(f, answers, ctx)
	if r.err != nil {
		return []string{}
	}
	return r.visibleIDs()
}

func (r *reading) visibleIDs() []string {
	ids := []string{}
	for _, fd := range r.f.Fields {
		if r.visible(fd) {
			ids = append(ids, fd.ID)
		}
	}
	return ids
}

// Signing lists the places of the paper that must be signed with these answers: those that always are,
// and those whose condition holds.
func Signing(f *Form, answers map[string]any, ctx Context) (places []Signature) {
	r := read(f, answers, ctx)
	if r.err != nil {
		return nil
	}
	for _, s := range f.Signatures {
		if s.When != nil && r.holds(s.When, nil) || s.When == nil && s.Required {
			places = append(places, s)
		}
	}
	return places
}

func (r *reading) ignored() []string {
	var ids []string
	for _, fd := range r.f.Fields {
		if !isEmpty(r.answers[fd.ID]) && !r.visible(fd) {
			ids = append(ids, fd.ID)
		}
	}
	return ids
}

// machineFilled lists the values of visible fields that are not the resident's answers.
func (r *reading) machineFilled() map[string]any {
	out := map[string]any{}
	for _, fd := range r.f.Fields {
		if !r.visible(fd) {
			continue
		}
		v := r.value(fd)
		switch {
		case isEmpty(v):
		case fd.Type == TypeRepeat:
			for _, it := range fd.Items {
				if it.derive != nil {
					out[fd.ID] = v
				}
			}
		case isEmpty(r.answers[fd.ID]) || fd.ReadOnly && fd.derive != nil:
			out[fd.ID] = v
		}
	}
	return out
}

func (r *reading) sectionVisible(s *Section) bool {
	if s.Audience == "staff" && !r.ctx.Staff || r.kase != nil && slices.Contains(r.kase.Hide, s.ID) {
		return false
	}
	return s.When == nil || r.holds(s.When, nil)
}

func (r *reading) visible(fd *Field) bool {
	if seen, ok := r.shown[fd]; ok {
		return seen
	}
	seen := r.sectionVisible(r.f.secOf[fd])
	switch {
	case !seen:
	case fd.Audience == "staff" && !r.ctx.Staff, r.kase != nil && slices.Contains(r.kase.Hide, fd.ID):
		seen = false
	case fd.When != nil:
		seen = r.holds(fd.When, nil)
	}
	r.shown[fd] = seen
	return seen
}

func (r *reading) cellVisible(it *Field, cells map[string]any) bool {
	if it.Audience == "staff" && !r.ctx.Staff {
		return false
	}
	return it.When == nil || r.holds(it.When, cells)
}

// holds evaluates a condition. One that cannot be evaluated shows the question:
// asking too much is put right at the desk, not asking is not.
func (r *reading) holds(c *Condition, cells map[string]any) bool {
	v, err := r.run(c.prog, nil, cells)
	return err != nil || v == true
}

func (r *reading) run(p *program, value any, cells map[string]any) (any, error) {
	env := make(map[string]any, len(p.names))
	for _, id := range p.names {
		env[id] = r.value(r.f.byID[id])
	}
	return p.run(env, cells, value, r.ctx)
}

// required: the form's word or the case's.
func (r *reading) required(fd *Field, path string) bool {
	return fd.Required || r.kase != nil && (slices.Contains(r.kase.Require, path) || slices.Contains(r.kase.Require, fd.ID))
}

// value is what the field holds; nil when it is hidden or empty. In this order:
// the computed value where nobody may write, the answer, what the case sets, a
// copy of another field, the computed value, what the office prefills.
func (r *reading) value(fd *Field) any {
	if v, ok := r.vals[fd]; ok {
		return v
	}
	var v any
	switch {
	case !r.visible(fd):
	case fd.Type == TypeRepeat:
		v = r.repeat(fd)
	default:
		v = r.filled(fd, r.answers[fd.ID], nil)
		if isEmpty(v) {
			v = nil
		}
	}
	r.vals[fd] = v
	return v
}

func (r *reading) filled(fd *Field, given any, cells map[string]any) any {
	var derived any
	if fd.derive != nil && (isEmpty(given) || fd.ReadOnly) {
		derived, _ = r.run(fd.derive, nil, cells) // an empty input leaves it empty
		if fd.ReadOnly && !isEmpty(derived) {
			return derived
		}
	}
	if !isEmpty(given) {
		return given
	}
	if v := r.set(fd); !isEmpty(v) {
		return v
	}
	if fd.Copy != nil && r.holds(fd.Copy.When, cells) {
		if fd.Copy.Value != nil {
			return fd.Copy.Value
		}
		if v := r.value(r.f.byID[fd.Copy.From]); !isEmpty(v) {
			return v
		}
	}
	if !isEmpty(derived) {
		return derived
	}
	if fd.Prefill != "" {
		return prefilled(r.f, fd.Prefill, r.ctx)
	}
	return nil
}

// set is the chosen case's value for the field.
func (r *reading) set(fd *Field) any {
	if r.kase == nil {
		return nil
	}
	id := fd.ID
	if fd.parent != nil {
		id = fd.parent.ID + "." + fd.ID
	}
	return r.kase.Set[id]
}

func (r *reading) rowsOf(fd *Field) []row {
	r.value(fd)
	return r.rows[fd]
}

// repeat computes the rows. A cell sees the cells before it in the row.
func (r *reading) repeat(fd *Field) any {
	list, _ := r.answers[fd.ID].([]any)
	if len(list) > MaxRows {
		list = list[:MaxRows] // the schema reports too many
	}
	var out []any
	var rows []row
	for _, x := range list {
		given, ok := x.(map[string]any)
		if !ok { // no row: kept as it came, for the schema to name
			rows, out = append(rows, row{nil, map[string]any{}}), append(out, x)
			continue
		}
		cells := map[string]any{}
		for _, it := range fd.Items { // first the answers, so that order in the row does not matter
			if !isEmpty(given[it.ID]) {
				cells[it.ID] = given[it.ID]
			}
		}
		for _, it := range fd.Items {
			if !r.cellVisible(it, cells) {
				delete(cells, it.ID)
				continue
			}
			if v := r.filled(it, given[it.ID], cells); !isEmpty(v) {
				cells[it.ID] = v
			}
		}
		rows, out = append(rows, row{given, cells}), append(out, cells)
	}
	r.rows[fd] = rows
	if out == nil {
		return nil
	}
	return out
}
