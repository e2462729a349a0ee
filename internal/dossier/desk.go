package dossier

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"

	"bendo/internal/calendar"
)

// What a desk's steps say beside the first vocabulary. A payload that uses any of it is of
// [Schema] 2, so that an older program keeps it as bytes instead of reading half of it.

// Steps about papers that an office can look up itself. Without a line a paper may be left "to be
// looked up"; what the look-up gave is a step of the holder, and from anybody else a request.
const (
	LookedUp       = "looked_up"       // by the holder: found with its reference, or missing
	LookupReported = "lookup_reported" // request: the same from an office that no longer keeps the dossier
)

// Codes of what is wrong with one paper. A supplement request names one for each.
const (
	PaperMissing    = "missing"
	PaperUnreadable = "unreadable"
	PaperWrong      = "wrong" // another paper, or one that says something else
	PaperExpired    = "expired"
	PaperNotSigned  = "not_signed"
	PaperOther      = "other" // with a text
)

// PaperReasons lists the codes in the order a screen offers them.
var PaperReasons = []string{PaperMissing, PaperUnreadable, PaperWrong, PaperExpired, PaperNotSigned, PaperOther}

// Compared is what the officer at the desk found when the papers were compared with their originals
// (đối chiếu bản chính). Who did is the event's actor.
type Compared struct {
	Component string         `json:"component"`
	Originals int            `json:"originals,omitempty"` // handed in
	Copies    int            `json:"copies,omitempty"`
	Compared  bool           `json:"compared,omitempty"` // every copy with its original
	State     ComponentState `json:"state,omitempty"`    // empty: as it was filed
}

// DueReason is one line of a due date's reasoning as it is kept: its code and the day it speaks of.
// The sentence is the calendar's (calendar.Reason), by the same version.
type DueReason struct {
	Code calendar.ReasonCode `json:"code"`
	Day  string              `json:"day,omitempty"` // 2006-01-02
}

// Stages of a supplement request.
const (
	StageIntake     = "intake"     // before it was taken in
	StageProcessing = "processing" // after
)

// How a result got into somebody's hands.
const (
	InPerson   = "in_person"
	ByDelegate = "delegate" // with a power of attorney
	ByPost     = "postal"
)

// HandSign is a signature for something received: drawn on the screen, a thumb print, or on paper.
// The picture stands in the event itself: it is small, and it is worth nothing without it.
type HandSign struct {
	Kind string `json:"kind"`          // drawn | thumb | paper
	PNG  []byte `json:"png,omitempty"` // at most 24 KiB; none on paper
}

// maxSignature is far above what a drawn signature takes (6 KiB at 600 × 200) and far below what the
// road carries in one event.
const maxSignature = 24 << 10

// LookupPayload is the payload of "looked_up" and "lookup_reported".
type LookupPayload struct {
	Component string `json:"component"`
	Found     bool   `json:"found"`
	Ref       string `json:"ref,omitempty"` // of the record that replaces the paper; required when found
	Source    string `json:"source,omitempty"`
	Office    string `json:"office,omitempty"`
}

func (p *LookupPayload) check() error {
	if err := required("component", p.Component); err != nil {
		return err
	}
	if p.Found {
		return required("ref", p.Ref)
	}
	return nil
}

// schema 2 of the payloads that grew. The zero value of every field is schema 1.

func (p *LookupPayload) schema() uint16 { return 2 }

func (p *TakenInPayload) schema() uint16 {
	return newer(p.Period != nil || len(p.Reasons) > 0 || p.ClockConfirmed || len(p.Compared) > 0)
}

func (p *SupplementRequestedPayload) schema() uint16 {
	return newer(p.Remaining != nil || p.Calendar != "" || p.Stage != "" || p.Basis != "" || p.Approver != "")
}

func (p *AnswerPayload) schema() uint16 {
	return newer(p.Due != 0 || p.Calendar != "" || len(p.Reasons) > 0)
}

func (p *ResultReadyPayload) schema() uint16 { return newer(len(p.Blobs) > 0) }

func (p *ReasonPayload) schema() uint16 { return newer(p.Second != "" || p.Guidance != "") }

func (p *HandedOverPayload) schema() uint16 {
	return newer(p.Desk != "" || p.Taker != "" || p.Note != "")
}

func (p *ReturnedPayload) schema() uint16 {
	return newer(p.How != "" || p.Delegate != nil || p.Signature != nil)
}

func newer(used bool) uint16 {
	if used {
		return 2
	}
	return 1
}

// schemaOf is the lowest schema that can say what value says: whatever older programs can read, they
// do read.
func schemaOf(value any) uint16 {
	if g, ok := value.(interface{ schema() uint16 }); ok {
		return g.schema()
	}
	return 1
}

func checkCompared(list []Compared) error {
	if len(list) > maxItems {
		return errors.New("too many compared papers")
	}
	seen := make(map[string]bool, len(list))
	for _, c := range list {
		switch {
		case c.Component == "":
			return errors.New("a compared paper without an id")
		case seen[c.Component]:
			return fmt.Errorf("paper %q is compared twice", c.Component)
		case c.Originals < 0 || c.Copies < 0:
			return fmt.Errorf("paper %q: a count below zero", c.Component)
		case c.State != "" && !c.State.Valid():
			return fmt.Errorf("paper %q: state %q is not known", c.Component, c.State)
		}
		seen[c.Component] = true
	}
	return nil
}

func checkDueReasons(list []DueReason) error {
	if len(list) > maxItems {
		return errors.New("too many reasons of a due date")
	}
	for _, r := range list {
		if r.Code == "" {
			return errors.New("a reason of a due date without a code")
		}
	}
	return nil
}

// officialCode is what any known shape of an official code fits, and a sentence does not.
var officialCode = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9.\-/]{3,39}$`)

// IsOfficialCode says whether a text can be an official dossier code (mã hồ sơ) of some system.
func IsOfficialCode(text string) bool { return officialCode.MatchString(text) }

// pngMagic begins every PNG (RFC 2083).
var pngMagic = []byte("\x89PNG\r\n\x1a\n")

func (s *HandSign) check() error {
	if s == nil {
		return nil
	}
	switch s.Kind {
	case "paper":
		if len(s.PNG) > 0 {
			return errors.New("a signature on paper has no picture")
		}
	case "drawn", "thumb":
		if len(s.PNG) > maxSignature || !bytes.HasPrefix(s.PNG, pngMagic) {
			return fmt.Errorf("signature %q: want a PNG of at most %d bytes", s.Kind, maxSignature)
		}
	default:
		return fmt.Errorf("signature %q is not known", s.Kind)
	}
	return nil
}
