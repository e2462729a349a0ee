package dossier

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"bendo/internal/feedback"
	"bendo/syncproto"
)

// maxItems bounds every list of a payload.
const maxItems = 500

func (p *SubmittedPayload) check() error {
	switch {
	case p.Procedure == "":
		return errors.New("no procedure")
	case p.Pack == "":
		return errors.New("no pack")
	case !p.Slip.Valid():
		return fmt.Errorf("slip number %q is not valid", string(p.Slip))
	case p.Channel != ChannelKiosk && p.Channel != ChannelDesk && p.Channel != ChannelFile:
		return fmt.Errorf("channel %q is not known", p.Channel)
	case !p.Handover.valid():
		return fmt.Errorf("handover %q is not known", p.Handover)
	case len(p.Answers) == 0 || p.Answers[0] != '{':
		return errors.New("answers are not an object")
	case len(p.Verdict) > maxItems:
		return errors.New("too many verdicts")
	case p.Code6 != "" && !validCode6(p.Code6):
		return errors.New("code6 is not six digits")
	}
	if p.Source != nil && p.Source.Reference == "" {
		return errors.New("source without a reference")
	}
	if err := checkSignature(p.Signature); err != nil {
		return err
	}
	if err := checkComponents(p.Components); err != nil {
		return err
	}
	if feedback.IsPetition(p.Procedure) {
		return p.checkPetition()
	}
	if feedback.IsCallBack(p.Procedure) {
		return p.checkCallBack()
	}
	return nil
}

func (p *SupplementProvidedPayload) check() error {
	if p.N < 1 {
		return errors.New("n counts from 1")
	}
	if err := checkSignature(p.Signature); err != nil {
		return err
	}
	return checkComponents(p.Components)
}

func checkComponents(list []Component) error {
	if len(list) > maxItems {
		return errors.New("too many components")
	}
	seen := make(map[string]bool, len(list))
	for _, c := range list {
		switch {
		case c.ID == "":
			return errors.New("component without an id")
		case seen[c.ID]:
			return fmt.Errorf("component %q stands twice", c.ID)
		case !c.State.Valid():
			return fmt.Errorf("component %q: state %q is not known", c.ID, c.State)
		case c.Originals < 0 || c.Copies < 0:
			return fmt.Errorf("component %q: a count below zero", c.ID)
		case len(c.Blobs) > maxItems:
			return fmt.Errorf("component %q: too many scans", c.ID)
		}
		seen[c.ID] = true
		for _, b := range c.Blobs {
			if err := checkBlob(b); err != nil {
				return fmt.Errorf("component %q: %w", c.ID, err)
			}
		}
	}
	return nil
}

func checkBlob(b Blob) error {
	if b.Length < 0 {
		return errors.New("a scan of negative length")
	}
	if b.SHA256 == (syncproto.Digest{}) {
		return errors.New("a scan without a digest")
	}
	return nil
}

func checkSignature(s *Signature) error {
	if s == nil {
		return nil
	}
	switch s.Kind {
	case "drawn", "thumb":
		if s.Blob == nil {
			return fmt.Errorf("signature %q without its picture", s.Kind)
		}
		return checkBlob(*s.Blob)
	case "paper":
		if s.Blob != nil {
			return errors.New("a signature on paper has no picture")
		}
		return nil
	}
	return fmt.Errorf("signature %q is not known", s.Kind)
}

func (p *WithdrawalRequestedPayload) check() error { return nil }

func (p *CorrectionProposedPayload) check() error {
	if len(p.Fields) == 0 || len(p.Fields) > maxItems {
		return errors.New("fields: want 1 to 500")
	}
	return nil
}

// maxAnswer bounds the answer to a petition or a call-back request, in characters: what a resident reads at a screen.
const maxAnswer = 8000

// checkPetition holds a petition to its canonical body: three texts, few pictures, one spoken note, no
// other paper.
func (p *SubmittedPayload) checkPetition() error {
	for _, c := range p.Components {
		fits := feedback.IsPicture
		switch c.ID {
		case feedback.Photo:
		case feedback.Voice:
			fits = feedback.IsSound
		default:
			return fmt.Errorf("a petition with the paper %q", c.ID)
		}
		for _, b := range c.Blobs {
			if !fits(b.MIME) || b.Empty() {
				return errors.New("a petition with something that is neither picture nor spoken note")
			}
		}
	}
	if p.Signature != nil {
		return errors.New("a petition with a signature")
	}
	_, err := feedback.ReadPetition(p.Answers, p.Enclosed())
	return err
}

// Enclosed counts what is filed with a petition.
func (p *SubmittedPayload) Enclosed() (e feedback.Enclosed) {
	for _, c := range p.Components {
		switch c.ID {
		case feedback.Photo:
			e.Photos += len(c.Blobs)
		case feedback.Voice:
			e.Notes += len(c.Blobs)
		}
	}
	return e
}

// checkCallBack holds a call-back request to its canonical body: a number to call, no papers.
func (p *SubmittedPayload) checkCallBack() error {
	switch {
	case p.Applicant.Phone == "":
		return errors.New("a call-back request without a phone number")
	case len(p.Components) > 0 || p.Signature != nil:
		return errors.New("a call-back request with papers")
	}
	_, err := feedback.ReadCallBack(p.Answers)
	return err
}

func (p *RatedPayload) check() error {
	if p.N < 1 || p.N > feedback.MaxChanges+1 {
		return fmt.Errorf("n: want 1 to %d", feedback.MaxChanges+1)
	}
	if (p.N > 1) != (p.Replaces != syncproto.EventID{}) {
		return errors.New("the first rating replaces none, every later one does")
	}
	return feedback.CheckRating(p.Score, p.Reasons)
}

func (p *AnsweredPayload) check() error {
	if utf8.RuneCountInString(p.Text) > maxAnswer {
		return fmt.Errorf("more than %d characters", maxAnswer)
	}
	return required("text", strings.TrimSpace(p.Text))
}

func (p *CalledPayload) check() error {
	if utf8.RuneCountInString(p.Text) > maxAnswer {
		return fmt.Errorf("more than %d characters", maxAnswer)
	}
	return feedback.CheckCalled(p.Outcome)
}

func (p *NotePayload) check() error { return required("text", p.Text) }

func (p *TakenInPayload) check() error {
	if err := required("office", p.Office); err != nil {
		return err
	}
	if p.Period != nil {
		if err := p.Period.Check(); err != nil {
			return err
		}
	}
	if err := checkDueReasons(p.Reasons); err != nil {
		return err
	}
	return checkCompared(p.Compared)
}

func (p *SupplementRequestedPayload) check() error {
	switch {
	case p.N < 1:
		return errors.New("n counts from 1")
	case len(p.Reasons) == 0 || len(p.Reasons) > maxItems:
		return errors.New("reasons: want 1 to 500")
	}
	for _, r := range p.Reasons {
		if r.Code == "" {
			return errors.New("a reason without a code")
		}
	}
	if p.Stage != "" && p.Stage != StageIntake && p.Stage != StageProcessing {
		return fmt.Errorf("stage %q is not known", p.Stage)
	}
	return nil
}

func (p *AnswerPayload) check() error {
	if p.Event == (syncproto.EventID{}) {
		return errors.New("no event answered")
	}
	return checkDueReasons(p.Reasons)
}

func (p *ProcessingPayload) check() error { return required("office", p.Office) }

func (p *FeeRequestedPayload) check() error {
	if p.Amount <= 0 {
		return errors.New("amount must be above zero")
	}
	return nil
}

func (p *DecidedPayload) check() error {
	if p.Outcome != Granted && p.Outcome != OutcomeRefused {
		return fmt.Errorf("outcome %q is not known", p.Outcome)
	}
	if p.Outcome == OutcomeRefused {
		return required("reason", p.Reason)
	}
	return nil
}

func (p *ReasonPayload) check() error { return nil }

func (p *ResultReadyPayload) check() error {
	if len(p.Blobs) > maxItems {
		return errors.New("too many scans of a result")
	}
	for _, b := range p.Blobs {
		if err := checkBlob(b); err != nil {
			return err
		}
	}
	return required("where", p.Where)
}

func (p *HandedOverPayload) check() error { return checkHolder(p.To) }

func (p *ReturnedPayload) check() error {
	switch p.How {
	case "", InPerson, ByPost:
		if p.Delegate != nil {
			return errors.New("a delegate, and the result was not given to one")
		}
	case ByDelegate:
		if p.Delegate == nil || p.Delegate.FullName == "" {
			return errors.New("no delegate named")
		}
	default:
		return fmt.Errorf("how %q is not known", p.How)
	}
	return p.Signature.check()
}

func (p *OfficialCodePayload) check() error { return required("code", p.Code) }

func (p *ExternalRef) check() error {
	if err := required("system", p.System); err != nil {
		return err
	}
	return required("ref", p.Ref)
}

func (p *ApologyPayload) check() error {
	if p.NewDue <= 0 {
		return errors.New("no new date")
	}
	return required("reason", p.Reason)
}

func (p *CustodyAssignedPayload) check() error { return checkHolder(p.To) }

func checkHolder(h Holder) error {
	_, err := ParseHolder(string(h))
	return err
}

func required(name, value string) error {
	if value == "" {
		return fmt.Errorf("no %s", name)
	}
	return nil
}
