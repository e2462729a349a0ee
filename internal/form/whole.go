package form

import (
	"fmt"
	"slices"
)

// The checks of a form as a whole, after its fields: cases, declarations,
// signatures, and that no field depends on itself.

func (p *checker) cases() error {
	seen := map[string]bool{}
	for i, c := range p.f.Cases {
		if c == nil || !idPattern.MatchString(c.ID) || seen[c.ID] || c.Name.VI == "" {
			return fmt.Errorf("case %d has no id or name of its own", i+1)
		}
		seen[c.ID] = true
		if !slices.Contains(confidences, c.Confidence) {
			return fmt.Errorf("case %s: unknown confidence %q", c.ID, c.Confidence)
		}
		if c.Procedure != "" && (!codePattern.MatchString(c.Procedure) || c.Procedure == p.f.Code) {
			return fmt.Errorf("case %s leads to procedure %q", c.ID, c.Procedure)
		}
		for _, ids := range [][]string{c.Hide, c.Show, c.Require} {
			for _, id := range ids {
				if !p.named(id, true) {
					return fmt.Errorf("case %s names %q, which is neither field nor section", c.ID, id)
				}
			}
		}
		for id := range c.Set {
			if !p.named(id, false) {
				return fmt.Errorf("case %s sets %q, which is no field", c.ID, id)
			}
		}
	}
	return nil
}

// named reports whether id is a field ("f" or "repeat.f") or, when allowed, a section.
func (p *checker) named(id string, section bool) bool {
	for s, fd := range p.f.Fields {
		if fd.ID == id || section && s.ID == id {
			return true
		}
		for _, it := range fd.Items {
			if fd.ID+"."+it.ID == id {
				return true
			}
		}
	}
	return false
}

func (p *checker) closing() error {
	for i, d := range p.f.Declarations {
		if !idPattern.MatchString(d.ID) || d.Text.VI == "" || !slices.Contains(confidences, d.Confidence) {
			return fmt.Errorf("declaration %d has no id, text or confidence", i+1)
		}
	}
	for i := range p.f.Signatures {
		s := &p.f.Signatures[i]
		if s.Role == "" || s.Label.VI == "" {
			return fmt.Errorf("signature %d has no role or label", i+1)
		}
		if err := p.condition(s.When, nil); err != nil {
			return fmt.Errorf("signature %s: %w", s.Role, err)
		}
	}
	return nil
}

// circles refuses fields whose visibility or value depends on themselves: the
// judge follows these references and must come to an end.
func (p *checker) circles() error {
	const open, done = 1, 2
	state := map[*Field]int{}
	var visit func(fd *Field) error
	visit = func(fd *Field) error {
		switch state[fd] {
		case open:
			return fmt.Errorf("field %s depends on itself", fd.ID)
		case done:
			return nil
		}
		state[fd] = open
		for _, id := range p.dependsOn(fd) {
			if next := p.f.byID[id]; next != nil {
				if err := visit(next); err != nil {
					return err
				}
			}
		}
		state[fd] = done
		return nil
	}
	for _, fd := range p.f.Fields {
		if err := visit(fd); err != nil {
			return err
		}
	}
	return nil
}

// dependsOn lists the fields needed to know whether fd is asked and what it holds.
func (p *checker) dependsOn(fd *Field) []string {
	var ids []string
	add := func(pr *program) {
		if pr != nil {
			ids = append(ids, pr.names...)
		}
	}
	if s := p.f.secOf[fd]; s != nil && s.When != nil {
		add(s.When.prog)
	}
	for _, x := range append([]*Field{fd}, fd.Items...) {
		if x.When != nil {
			add(x.When.prog)
		}
		if x.Copy != nil {
			add(x.Copy.When.prog)
			ids = append(ids, x.Copy.From)
		}
		add(x.derive)
	}
	return ids
}
