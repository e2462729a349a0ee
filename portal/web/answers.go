package web

import (
	"bendo/internal/dossier"
	"bendo/internal/form"
)

type answerField struct {
	ID    string `json:"id"`
	Label text   `json:"label"`
	Value string `json:"value_text"`
}

type answerSection struct {
	Section text          `json:"section"`
	Fields  []answerField `json:"fields"`
}

// answers are what was answered, in the order of the form.
func (s *server) answers(filing *dossier.SubmittedPayload) []answerSection {
	sections := []answerSection{}
	for _, answered := range s.pack.Answered(filing.Procedure, filing.Answers) {
		shown := answerSection{Section: words(answered.Section), Fields: []answerField{}}
		for _, f := range answered.Fields {
			shown.Fields = append(shown.Fields, answerField{f.ID, words(f.Label), f.Value})
		}
		sections = append(sections, shown)
	}
	return sections
}

func words(t form.Text) text {
	if t.EN == "" {
		return text{VI: t.VI, EN: t.VI}
	}
	return text{VI: t.VI, EN: t.EN}
}
