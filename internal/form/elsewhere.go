package form

import (
	"fmt"
	"slices"
)

// Elsewhere (việc làm theo thủ tục hay mẫu khác) is a situation in which this form is not the right one: by
// law the matter is another procedure, or the same procedure on another form. Nothing of it is filed with
// this form; whoever is in it is told what it really is, where to go and what to bring. All of it is
// configuration: what the pack does not know is said to be not known.
type Elsewhere struct {
	ID    string   `json:"id"`
	Cases []string `json:"cases,omitempty"` // that are this situation as soon as they are chosen
	// When names the answers that are this situation, and Field the question to look at again when it was
	// a slip of the finger.
	When  *Condition `json:"when,omitempty"`
	Field string     `json:"field,omitempty"`
	// Procedure is its code where the pack holds it: papers, fee, time and office are then read there. It is
	// the form's own procedure where only the form is another one.
	Procedure  string     `json:"procedure,omitempty"`
	Code       string     `json:"code,omitempty"`  // its code where the pack does not hold it; empty: not known
	Name       Text       `json:"name"`            // what it really is
	Why        Text       `json:"why"`             // why not this form
	Office     Text       `json:"office,omitzero"` // where to go, where no procedure of the pack says it
	Bring      []Text     `json:"bring,omitempty"` // beside the papers of Procedure
	Source     []string   `json:"source,omitempty"`
	Confidence Confidence `json:"confidence"`
}

// Elsewhere is the situation a case is by itself; nil when the form is filled for it. A case that leads to
// another procedure by its Procedure is no form of this one either; see Case.
func (f *Form) Elsewhere(caseID string) *Elsewhere {
	for _, e := range f.Elsewheres {
		if slices.Contains(e.Cases, caseID) {
			return e
		}
	}
	return nil
}

// LedElsewhere is the first situation that the case or the answers are; nil when the form is the right one. A
// condition that cannot be evaluated leads nowhere: an officer reads the dossier.
func LedElsewhere(f *Form, answers map[string]any, ctx Context) *Elsewhere {
	if e := f.Elsewhere(ctx.Case); e != nil {
		return e
	}
	r := read(f, answers, ctx)
	if r.err != nil {
		return nil
	}
	for _, e := range f.Elsewheres {
		if e.When == nil {
			continue
		}
		if v, err := r.run(e.When.prog, nil, nil); err == nil && v == true {
			return e
		}
	}
	return nil
}

// elsewheres checks that each situation can be reached, says what it is and, where the pack does not, where
// to go.
func (p *checker) elsewheres() error {
	seen := map[string]bool{}
	for i, e := range p.f.Elsewheres {
		switch {
		case e == nil || !idPattern.MatchString(e.ID) || seen[e.ID]:
			return fmt.Errorf("elsewhere %d has no id of its own", i+1)
		case e.Name.VI == "" || e.Why.VI == "" || e.Procedure == "" && e.Office.VI == "":
			return fmt.Errorf("elsewhere %s does not say what it is, why and where to go", e.ID)
		case e.Procedure != "" && (e.Code != "" || !codePattern.MatchString(e.Procedure)) || e.Code != "" && !codePattern.MatchString(e.Code):
			return fmt.Errorf("elsewhere %s leads to procedure %q, %q", e.ID, e.Procedure, e.Code)
		case !slices.Contains(confidences, e.Confidence):
			return fmt.Errorf("elsewhere %s: unknown confidence %q", e.ID, e.Confidence)
		case e.When == nil && len(e.Cases) == 0, (e.When == nil) != (e.Field == ""), e.Field != "" && p.f.byID[e.Field] == nil:
			return fmt.Errorf("elsewhere %s is reached by nothing, or nobody knows by which question", e.ID)
		}
		seen[e.ID] = true
		for _, id := range e.Cases {
			if c := p.f.Case(id); c == nil || c.Procedure != "" || p.f.Elsewhere(id) != e {
				return fmt.Errorf("elsewhere %s: case %q is none, or leads to two places", e.ID, id)
			}
		}
		if err := p.condition(e.When, nil); err != nil {
			return fmt.Errorf("elsewhere %s: %w", e.ID, err)
		}
	}
	return nil
}
