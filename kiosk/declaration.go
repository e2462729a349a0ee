package kiosk

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"bendo/internal/dossier"
	"bendo/internal/feedback"
	"bendo/internal/form"
	"bendo/internal/ledger"
	"bendo/internal/paper"
)

// A declaration that is signed by hand (ký trên giấy) is printed from the answers with a place for each who
// signs: for whoever does not sign on a screen, and where others must sign, too. What is printed is not
// signed: until a page of it is here or somebody says that the paper is, the dossier lacks it.

// onPaper is the kind of signature that says that the declaration is signed by hand.
const onPaper = "paper"

// toSign says that the declaration is signed on a sheet of paper and none was brought yet.
func (j *judged) toSign(id string) bool {
	return j.signing < 2 && j.draft.Signature != nil && j.draft.Signature.Kind == onPaper && !j.brought(id)
}

// askSigned notes, without holding anybody up, that a sheet is still to be signed.
func (j *judged) askSigned(id string, name form.Text) {
	j.unsigned = append(j.unsigned, id)
	j.accepted = append(j.accepted, problemView{Where: wherePapers, Component: id, Code: "paper_to_sign",
		Message: say(name.VI+": in ra ký tay, chưa có bản đã ký. Chụp lại hoặc mang tới quầy.",
			name.EN+": to be signed by hand, no signed sheet is here yet. Take a picture of it or bring it to the desk.")})
}

func (d *Desk) declaration(w http.ResponseWriter, r *http.Request) error {
	_, pdf, err := d.declarationPaper(r)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/pdf")
	w.Header().Set("Content-Disposition", `attachment; filename="to-khai.pdf"`)
	_, _ = w.Write(pdf) // a screen that went away needs no answer
	return nil
}

// printDeclaration names nobody in the journal of prints: the draft's number is enough.
func (d *Desk) printDeclaration(w http.ResponseWriter, r *http.Request) error {
	draft, pdf, err := d.declarationPaper(r)
	if err != nil {
		return err
	}
	return d.print(w, r, "to khai "+draft.Slip.String(), pdf)
}

func (d *Desk) declarationPaper(r *http.Request) (ledger.Draft, []byte, error) {
	id, err := d.mine(r)
	if err != nil {
		return ledger.Draft{}, nil, err
	}
	j, err := d.judge(r.Context(), id)
	if err != nil {
		return ledger.Draft{}, nil, err
	}
	if j.draft.Kind != ledger.DraftFiling || feedback.Reserved(j.draft.Procedure) {
		return ledger.Draft{}, nil, problemNotFound.Because(errors.New("it has no declaration"))
	}
	if j.away != nil {
		return ledger.Draft{}, nil, problemElsewhere.Because(nil) // signed, it would be taken for the right one
	}
	s, err := d.declarationOf(r, j)
	if err != nil {
		return ledger.Draft{}, nil, err
	}
	var b bytes.Buffer
	err = paper.WriteDeclaration(&b, s)
	if errors.Is(err, paper.ErrNoDeclaration) {
		return ledger.Draft{}, nil, problemUnfinished.Because(err)
	}
	if err != nil {
		return ledger.Draft{}, nil, fmt.Errorf("drawing a declaration: %w", err)
	}
	return j.draft, b.Bytes(), nil
}

// declarationOf lays out what would be filed now, in Vietnamese as on every legal form.
func (d *Desk) declarationOf(r *http.Request, j judged) (paper.Declaration, error) {
	fctx, err := d.judging(r.Context(), j.draft.Case)
	if err != nil {
		return paper.Declaration{}, err
	}
	answers, err := plain(j.draft.Answers)
	if err != nil {
		return paper.Declaration{}, err
	}
	f := j.known.form
	filed, err := json.Marshal(form.Filed(f, answers, fctx))
	if err != nil {
		return paper.Declaration{}, err
	}
	at, quality := d.now()
	s := paper.Declaration{Title: f.Name.VI, Number: f.Number, To: fctx.Office.Name, Code: j.draft.Procedure, Procedure: j.known.procedure.Name.VI,
		Draft: j.draft.Slip.String(), At: at, Doubt: doubtful(quality), Practice: d.office.Load().Practice}
	for _, section := range j.known.pack.Answered(j.draft.Procedure, filed) {
		group := paper.QuestionGroup{Title: section.Section.VI}
		for _, a := range section.Fields {
			if fd := f.Field(a.ID); fd != nil && fd.Prefill == "office.name" {
				s.To = a.Value // "Kính gửi" stands at the top of the sheet
				continue
			}
			group.Questions = append(group.Questions, paper.Question{Label: a.Label.VI, Answer: a.Value})
		}
		if len(group.Questions) > 0 {
			s.Groups = append(s.Groups, group)
		}
	}
	for _, x := range f.Declarations {
		s.Statements = append(s.Statements, x.Text.VI)
	}
	for _, x := range form.Signing(f, answers, fctx) {
		s.Signers = append(s.Signers, paper.Signer{Label: x.Label.VI, Name: signerName(j.draft, x.Role, answers)})
	}
	if len(s.Signers) == 0 {
		s.Signers = []paper.Signer{{Label: "Người khai", Name: signerName(j.draft, "declarant", answers)}}
	}
	return s, nil
}

// signerName is who signs in a place, where the answers say it; nobody's name is guessed.
func signerName(draft ledger.Draft, role string, answers map[string]any) string {
	if name, _ := answers[role+"_name"].(string); name != "" {
		return strings.TrimSpace(name)
	}
	if draft.Submitter == nil && draft.Applicant != nil && slices.Contains(standingAtKiosk, role) {
		return draft.Applicant.FullName
	}
	return ""
}

// missingUntilSigned settles declarations that are signed by hand: to be brought, never provided.
func missingUntilSigned(id string) dossier.Component {
	return dossier.Component{ID: id, State: dossier.Missing}
}
