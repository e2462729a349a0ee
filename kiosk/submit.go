package kiosk

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"time"

	"bendo/internal/catalog"
	"bendo/internal/clock"
	"bendo/internal/dossier"
	"bendo/internal/feedback"
	"bendo/internal/form"
	"bendo/internal/ledger"
	"bendo/internal/paper"
	"bendo/syncproto"
)

// ConsentVersion names the text of consent the screens show; it is recorded with each dossier
// (Law 91/2025/QH15: consent is explicit and its text known).
const ConsentVersion = "c1"

// answerHours is the pack-wide promise on a self-service slip: an officer looks at the dossier
// within eight working hours.
const answerHours = 8

func (d *Desk) submit(w http.ResponseWriter, r *http.Request) error {
	id, err := d.writable(r)
	if err != nil {
		return err
	}
	var in struct {
		Consent struct {
			Version string `json:"version"`
		} `json:"consent"`
		AsIs bool `json:"as_is"`
	}
	if err := read(r, &in); err != nil {
		return err
	}
	if in.Consent.Version != ConsentVersion {
		return problemConsent.Because(nil)
	}
	filing, err := d.prepare(r.Context(), id, in.AsIs)
	if isFiled(err) {
		// The answer was lost, or another call filed it a moment ago: the book gives the first slip.
		filing, err = ledger.Filing{Actor: "kiosk"}, nil
	}
	if err != nil {
		return err
	}
	filing.Consent = &dossier.Consent{Version: in.Consent.Version, At: d.today().UnixMilli()}
	// From here a crash leaves either the draft or the filed dossier; the same call again
	// gives the same slip.
	filed, err := d.book().Submit(r.Context(), id, filing)
	if err != nil {
		return err
	}
	d.remember(r, func(v *visit) { v.slips[string(filed.Slip)] = filed.Dossier })
	return d.receipt(w, r, filed)
}

// prepare judges a draft, settles the papers nobody said anything about and says how it is
// filed.
func (d *Desk) prepare(ctx context.Context, id ledger.DraftID, asIs bool) (ledger.Filing, error) {
	j, err := d.judge(ctx, id)
	if err != nil {
		return ledger.Filing{}, err
	}
	if feedback.IsPetition(j.draft.Procedure) {
		return d.preparePetition(ctx, j)
	}
	if feedback.IsCallBack(j.draft.Procedure) {
		return d.prepareCallBack(ctx, j)
	}
	if unsaid(j.draft) {
		return ledger.Filing{}, problemSecretUnsaid.Because(nil)
	}
	if j.away != nil || leadsAway(j.known.form, j.draft.Case) {
		return ledger.Filing{}, problemElsewhere.Because(nil) // not even as it is: nobody could work on it
	}
	if len(j.problems) > 0 && !asIs {
		return ledger.Filing{}, problemUnfinished.Because(nil)
	}
	if j.draft.Kind == ledger.DraftFiling {
		if err := errors.Join(d.settle(ctx, j), d.settleAnswers(ctx, j)); err != nil {
			return ledger.Filing{}, err
		}
	}
	return ledger.Filing{Route: j.known.procedure.Route, Handover: dossier.Handover(j.known.procedure.HandoverFor(d.takesIn(ctx))),
		Verdict: verdicts(slices.Concat(j.problems, j.accepted)), Actor: "kiosk"}, nil
}

// takesIn says whether the office has somebody who takes dossiers in here.
func (d *Desk) takesIn(ctx context.Context) bool {
	takes := d.office.Load().TakesIn
	return takes != nil && takes(ctx)
}

// settle gives every paper a state, so that the officer never has to guess what silence meant.
func (d *Desk) settle(ctx context.Context, j judged) error {
	scans := map[string]bool{}
	for _, s := range j.draft.Scans {
		scans[s.Component] = true
	}
	for _, id := range j.asked {
		c, _ := j.component(id)
		if c.State != "" {
			continue
		}
		spec, _ := j.known.pack.Component(j.draft.Procedure, j.draft.Case, id)
		c.ID = id
		c.State = silent(spec)
		if j.delegated(spec) {
			c.State = dossier.Missing
		}
		if scans[id] {
			c.State = dossier.Provided
		}
		if err := d.book().SaveComponent(ctx, j.draft.ID, c); err != nil {
			return err
		}
	}
	for _, id := range j.unsigned {
		if err := d.book().SaveComponent(ctx, j.draft.ID, missingUntilSigned(id)); err != nil {
			return err
		}
	}
	for _, id := range j.written {
		if err := d.book().SaveComponent(ctx, j.draft.ID, dossier.Component{ID: id, State: dossier.ReplacedByData}); err != nil {
			return err
		}
	}
	return nil
}

// settleAnswers makes the draft say what the form says: the machine's values (fees, copies,
// words) are written down, answers to questions that are not asked are taken out.
func (d *Desk) settleAnswers(ctx context.Context, j judged) error {
	fctx, err := d.judging(ctx, j.draft.Case)
	if err != nil {
		return err
	}
	answers, err := plain(j.draft.Answers)
	if err != nil {
		return err
	}
	filed := form.Filed(j.known.form, answers, fctx)
	for field, value := range filed {
		raw, err := json.Marshal(value)
		if err != nil {
			return err
		}
		old := j.draft.Answers[field]
		if bytes.Equal(old.Value, raw) || sameValue(old.Value, value) {
			continue
		}
		if err := d.book().SaveField(ctx, j.draft.ID, field, ledger.Answer{Value: raw, Evidence: "derived"}); err != nil {
			return err
		}
	}
	for field := range j.draft.Answers {
		if _, kept := filed[field]; !kept {
			if err := d.book().DeleteField(ctx, j.draft.ID, field); err != nil {
				return err
			}
		}
	}
	return nil
}

// sameValue compares as JSON values: spelling and order of keys do not count.
func sameValue(raw []byte, value any) bool {
	var old any
	return json.Unmarshal(raw, &old) == nil && reflect.DeepEqual(old, value)
}

// silent is the state of a paper nobody said anything about.
func silent(spec catalog.Component) dossier.ComponentState {
	switch {
	case spec.Condition != nil:
		return dossier.NotApplicable // the resident was asked and did not say that it applies
	case spec.Kind == "dulieu" || spec.ReplacedByData != nil:
		return dossier.ToBeLookedUp
	case spec.Kind == "trinh":
		return dossier.NotApplicable // shown at the desk, never handed in
	}
	return dossier.Missing
}

// maxVerdicts is more than an officer reads; a list longer than that says "and_more".
const maxVerdicts = 200

func verdicts(problems []problemView) []dossier.Verdict {
	var out []dossier.Verdict
	for _, p := range problems {
		if len(out) == maxVerdicts {
			return append(out, dossier.Verdict{Code: "and_more"})
		}
		out = append(out, dossier.Verdict{Code: p.Code, Where: p.Where, Field: p.Field, Component: p.Component})
	}
	return out
}

// receipt answers a filing. The slip is drawn before the answer leaves: submitted means that
// there is a paper to hold.
func (d *Desk) receipt(w http.ResponseWriter, r *http.Request, filed ledger.Filed) error {
	found, err := d.book().Get(r.Context(), filed.Dossier)
	if err != nil {
		return err
	}
	s, err := d.slipOf(r.Context(), found)
	if err != nil {
		return err
	}
	if err := paper.WriteSlip(&bytes.Buffer{}, s); err != nil {
		return err
	}
	acks := found.Acks
	if filed.N > 0 {
		acks = found.SupplementAcks[filed.N]
	}
	out := map[string]any{"dossier": filed.Dossier.String(), "slip": filed.Slip.String(), "n": filed.N,
		"slip_pdf": "/api/slips/" + string(filed.Slip) + ".pdf", "acks": viewAcks(acks), "at": filed.At}
	if filed.Code6 != "" {
		out["code6"] = filed.Code6
	}
	if s.Doubt {
		out["clock_doubt"] = true
	}
	if !s.AnswerBy.IsZero() && filed.N == 0 {
		out["answer_by_ms"] = s.AnswerBy.UnixMilli()
	}
	return ok(w, out)
}

// slipOf gathers what the slip of a dossier shows, as the book knows it now.
func (d *Desk) slipOf(ctx context.Context, found ledger.Found) (paper.Slip, error) {
	filing, err := d.book().Filing(ctx, found.State.ID)
	if err != nil {
		return paper.Slip{}, err
	}
	id, err := d.identity(ctx)
	if err != nil {
		return paper.Slip{}, err
	}
	// A procedure that no pack has any more is printed by its code: the slip must be drawn.
	k, err := d.known(found.State.Pack, found.State.Procedure)
	if err != nil {
		k = known{procedure: catalog.Procedure{Code: found.State.Procedure, Name: form.Text{VI: found.State.Procedure}}}
	}
	s := paper.Slip{Number: found.State.Slip.String(), Office: id.OfficeName, Province: id.ProvinceName,
		Code: found.State.Procedure, Procedure: k.procedure.Name.VI, Applicant: filing.Applicant.FullName,
		FiledAt: time.UnixMilli(found.State.FiledAt), Code6: filing.Code6, Second: secondHint(filing.Code6, &filing.Applicant, filing.Submitter),
		Practice: d.office.Load().Practice, English: found.State.Language == "en"}
	if filing.Submitter != nil {
		s.Submitter = filing.Submitter.FullName
	}
	if first, ok := found.State.Submission(0); ok {
		s.Doubt = doubtful(clock.Quality(first.Clock))
	}
	// Beyond the calendar's table no date is promised, nor to a supplement: an officer has answered;
	// nor from a time that nobody confirmed.
	if due, err := d.Calendar.RespondBy(s.FiledAt, answerHours); err == nil && len(found.SupplementAcks) == 0 && !s.Doubt {
		s.AnswerBy = due.At
	}
	for _, c := range found.State.Components {
		s.Papers = append(s.Papers, slipPaper(k, found.State.Case, c))
	}
	s.Acks = paperAcks(found.Acks)
	for i, sub := range found.State.Submissions {
		if next := i + 1; next < len(found.State.Submissions) && found.State.Submissions[next].N == sub.N {
			continue // declined and delivered again: the last delivery is the one that counts
		}
		if acks, is := found.SupplementAcks[sub.N]; is && sub.N > 0 {
			s.Additions = append(s.Additions, paper.Addition{N: sub.N, At: time.UnixMilli(sub.At), Doubt: doubtful(clock.Quality(sub.Clock)), Acks: paperAcks(acks)})
		}
	}
	if s.Address, err = d.slipAddress(id, found.State); err != nil {
		return paper.Slip{}, err
	}
	if feedback.IsPetition(found.State.Procedure) {
		s = petitionSlip(s, filing)
	}
	if feedback.IsCallBack(found.State.Procedure) {
		s = callSlip(s)
	}
	return s, nil
}

func paperAcks(acks [4]dossier.Ack) []paper.Ack {
	out := make([]paper.Ack, 0, len(acks))
	for _, a := range acks {
		out = append(out, paper.Ack{Label: firstLower(dossier.AckLabel(a.Code).VI), Done: a.Done, At: time.UnixMilli(a.At)})
	}
	return out
}

func slipPaper(k known, caseID string, c dossier.Component) paper.Component {
	name := cmp.Or(c.Name, c.ID)
	if k.pack == nil {
		return paper.Component{Name: name, State: string(c.State), Pages: len(c.Blobs)}
	}
	if feedback.IsPetition(k.procedure.Code) {
		name = feedback.ComponentName(c.ID).VI
	} else if spec, found := k.pack.Component(k.procedure.Code, caseID, c.ID); found {
		name = spec.Name.VI
	}
	return paper.Component{Name: name, State: string(c.State), Pages: len(c.Blobs)}
}

// secondHint says which second fact opens the dossier, as the book derives it: the last four
// digits of the numbers of whoever is named, else the code.
func secondHint(code6 string, people ...*dossier.Person) string {
	citizen, phone := false, false
	for _, p := range people {
		if p != nil {
			citizen = citizen || len(dossier.FactsOf(dossier.Person{CitizenID: p.CitizenID})) > 0
			phone = phone || len(dossier.FactsOf(dossier.Person{Phone: p.Phone})) > 0
		}
	}
	switch {
	case citizen && phone:
		return "Cần thêm 4 số cuối căn cước hoặc điện thoại đã khai."
	case citizen:
		return "Cần thêm 4 số cuối căn cước đã khai."
	case phone:
		return "Cần thêm 4 số cuối điện thoại đã khai."
	case code6 != "":
		return "Cần thêm mã dưới đây."
	}
	return ""
}

// slipAddress is what the code on the slip carries: signed by this machine, so that any kiosk
// of the province verifies it offline and a phone opens the status page.
func (d *Desk) slipAddress(id ledger.Identity, s dossier.State) (string, error) {
	sub, found := s.Submission(0)
	sign := d.office.Load().Sign
	if !found || sign == nil {
		return "", nil
	}
	token, err := sign(dossier.SlipQR{Device: id.Device, Slip: s.Slip, Procedure: s.Procedure,
		At: s.FiledAt, Manifest: dossier.HalfManifest(sub.Manifest)})
	if err != nil {
		return "", err
	}
	return strings.TrimRight(d.PublicURL, "/") + "/t/" + token, nil
}

// held finds a slip this visit filed or looked up.
func (d *Desk) held(r *http.Request) (ledger.Found, error) {
	number, err := dossier.ParseSlip(strings.TrimSuffix(r.PathValue("slip"), ".pdf"))
	if err != nil {
		return ledger.Found{}, problemNotFound.Because(err)
	}
	var id syncproto.DossierID
	mine := false
	d.remember(r, func(v *visit) { id, mine = v.slips[string(number)] })
	if !mine {
		return ledger.Found{}, problemNotFound.Because(nil)
	}
	return d.book().Get(r.Context(), id)
}

func (d *Desk) slip(w http.ResponseWriter, r *http.Request) error {
	number, pdf, err := d.slipPaper(r)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/pdf")
	w.Header().Set("Content-Disposition", `attachment; filename="phieu-`+string(number)+`.pdf"`)
	_, _ = w.Write(pdf)
	return nil
}

func (d *Desk) slipPaper(r *http.Request) (dossier.Slip, []byte, error) {
	found, err := d.held(r)
	if err != nil {
		return "", nil, err
	}
	s, err := d.slipOf(r.Context(), found)
	if err != nil {
		return "", nil, err
	}
	var b bytes.Buffer
	err = paper.WriteSlip(&b, s)
	return found.State.Slip, b.Bytes(), err
}

// printSlip prints without a dialog; the screen asks the resident whether the paper came out.
func (d *Desk) printSlip(w http.ResponseWriter, r *http.Request) error {
	p, err := d.slipPrintout(r)
	if err != nil {
		return err
	}
	return d.printOut(w, r, p)
}

func (d *Desk) slipQR(w http.ResponseWriter, r *http.Request) error {
	found, err := d.held(r)
	if err != nil {
		return err
	}
	id, err := d.identity(r.Context())
	if err != nil {
		return err
	}
	address, err := d.slipAddress(id, found.State)
	if err != nil {
		return err
	}
	if address == "" {
		return problemNotFound.Because(errors.New("the slip carries no code"))
	}
	svg, err := paper.QRSVG(address)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "image/svg+xml")
	_, _ = w.Write(svg)
	return nil
}
