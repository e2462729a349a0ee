package kiosk

import (
	"errors"
	"net/http"

	"bendo/internal/dossier"
	"bendo/internal/ledger"
)

type ackView struct {
	Code   dossier.AckCode `json:"code"`
	Done   bool            `json:"done"`
	At     int64           `json:"at,omitempty"`
	Office string          `json:"office,omitempty"`
	Label  Text            `json:"label"`
	Reason *reasonView     `json:"reason,omitempty"`
}

type reasonView struct {
	Code dossier.Reason `json:"code"`
	Text Text           `json:"text"`
}

func viewAcks(acks [4]dossier.Ack) []ackView {
	out := make([]ackView, 0, len(acks))
	for _, a := range acks {
		v := ackView{Code: a.Code, Done: a.Done, At: a.At, Office: a.Office, Label: dossier.AckLabel(a.Code)}
		if !a.Done {
			v.Reason = viewReason(a.Reason)
		}
		out = append(out, v)
	}
	return out
}

func viewReason(r dossier.Reason) *reasonView {
	if r == dossier.ReasonNone {
		return nil
	}
	return &reasonView{r, dossier.ReasonText(r)}
}

type stepView struct {
	At     int64  `json:"at"`
	Type   string `json:"type"`
	Office string `json:"office,omitempty"`
	Text   Text   `json:"text"`
}

type procedureName struct {
	Code string `json:"code"`
	Name Text   `json:"name"`
}

type supplementView struct {
	N       int              `json:"n"`
	At      int64            `json:"at"`
	Reasons []askedPaperView `json:"reasons"`
	Text    string           `json:"text,omitempty"`
}

type askedPaperView struct {
	Component string `json:"component,omitempty"`
	Name      Text   `json:"name"`
	Code      string `json:"code"`
	Text      string `json:"text,omitempty"`
}

type trackView struct {
	Slip           string            `json:"slip"`
	Procedure      procedureName     `json:"procedure"`
	OfficialCode   string            `json:"official_code,omitempty"`
	Acks           []ackView         `json:"acks"`
	SupplementAcks map[int][]ackView `json:"supplement_acks,omitempty"`
	State          stateView         `json:"state"`
	Steps          []stepView        `json:"steps"`
	Supplement     *supplementView   `json:"supplement,omitempty"`
	Result         *resultView       `json:"result,omitempty"`
	Petition       *petitionView     `json:"petition,omitempty"` // it is one, with its answer
	CallBack       *callBackView     `json:"call_back,omitempty"`
	Practice       bool              `json:"practice,omitempty"`
	copyView
}

type stateView struct {
	Code     dossier.Business `json:"code"`
	National uint8            `json:"national"`
	Text     Text             `json:"text"`
}

type resultView struct {
	Where string `json:"where"`
	At    int64  `json:"at"`
	When  int64  `json:"when,omitempty"`
}

// ticket is how a resident asks for a dossier: the number and a second fact.
type ticket struct {
	Slip   string `json:"slip"`
	Second string `json:"second"`
}

func (d *Desk) track(w http.ResponseWriter, r *http.Request) error {
	var in ticket
	if err := read(r, &in); err != nil {
		return err
	}
	number, err := dossier.ParseSlip(in.Slip)
	if err != nil {
		return problemNotFound.Because(err)
	}
	var found ledger.Found
	if err := d.guessing(func() (err error) {
		found, err = d.book().Track(r.Context(), number, in.Second)
		return err
	}); err != nil {
		return err
	}
	d.remember(r, func(v *visit) { v.slips[string(number)] = found.State.ID })
	return ok(w, d.viewTrack(found))
}

func (d *Desk) viewTrack(found ledger.Found) trackView {
	s := found.State
	v := trackView{Slip: s.Slip.String(), Procedure: d.name(s.Pack, s.Procedure), OfficialCode: s.OfficialCode,
		Acks: viewAcks(found.Acks), State: stateView{s.Business, s.NationalCode, dossier.StateText(s)},
		Steps: []stepView{}, Practice: found.Practice}
	for _, step := range s.Journal {
		if step.ForResident {
			v.Steps = append(v.Steps, stepView{step.At, step.Type, step.Office, dossier.Sentence(step)})
		}
	}
	for n, acks := range found.SupplementAcks {
		if v.SupplementAcks == nil {
			v.SupplementAcks = map[int][]ackView{}
		}
		v.SupplementAcks[n] = viewAcks(acks)
	}
	n, acks := newest(found)
	v.copyView = viewCopies(found.Copies[n], acks, found.Practice)
	if s.OpenSupplement != nil {
		v.Supplement = d.viewSupplement(s)
	}
	v.Petition = viewPetition(s)
	v.CallBack = viewCallBack(s)
	if s.Ready != nil {
		v.Result = &resultView{s.Ready.Where, s.Ready.At, s.Ready.When}
	}
	return v
}

func (d *Desk) viewSupplement(s dossier.State) *supplementView {
	v := &supplementView{N: s.OpenSupplement.N, At: s.OpenSupplement.At, Text: s.OpenSupplement.Text, Reasons: []askedPaperView{}}
	k, err := d.known(s.Pack, s.Procedure)
	for _, reason := range s.OpenSupplement.Reasons {
		one := askedPaperView{Component: reason.Component, Code: reason.Code, Text: reason.Text}
		if err == nil && reason.Component != "" {
			if c, found := k.pack.Component(s.Procedure, s.Case, reason.Component); found {
				one.Name = Text(c.Name)
			}
		}
		v.Reasons = append(v.Reasons, one)
	}
	return v
}

// name is a procedure's name in the pack of its dossier; the code alone when that pack is gone.
func (d *Desk) name(pack, code string) procedureName {
	k, err := d.known(pack, code)
	if err != nil {
		return procedureName{code, Text{VI: code, EN: code}}
	}
	return procedureName{code, Text(k.procedure.Short)}
}

// startSupplement opens a draft that answers the officer's request.
func (d *Desk) startSupplement(w http.ResponseWriter, r *http.Request) error {
	var in ticket
	if err := read(r, &in); err != nil {
		return err
	}
	number, err := dossier.ParseSlip(in.Slip)
	if err != nil {
		return problemNotFound.Because(err)
	}
	var draft ledger.Draft
	if err := d.guessing(func() (err error) {
		draft, err = d.book().StartSupplement(r.Context(), number, in.Second,
			ledger.NewDraft{Kind: ledger.DraftSupplement, Channel: dossier.ChannelKiosk, Visit: r.Header.Get("X-Visit")})
		return err
	}); err != nil {
		return err
	}
	d.remember(r, func(v *visit) {
		v.drafts[draft.ID.String()] = true
		v.slips[string(number)] = draft.Dossier
	})
	return ok(w, map[string]string{"id": draft.ID.String()})
}

func isUnknown(err error) bool { return errors.Is(err, ledger.ErrNotFound) }

func isFiled(err error) bool { return errors.Is(err, ledger.ErrFiled) }
