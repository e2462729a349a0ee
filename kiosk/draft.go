package kiosk

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"unicode/utf8"

	"bendo/internal/dossier"
	"bendo/internal/form"
	"bendo/internal/ledger"
	"bendo/syncproto"
)

// draftView is what the screen keeps of a draft; ids and names as in the draft itself.
type draftView struct {
	ID         string                     `json:"id"`
	Kind       string                     `json:"kind"`
	Slip       string                     `json:"slip"`            // the draft slip, to resume with
	Code6      string                     `json:"code6,omitempty"` // to resume with when no number was entered
	Procedure  string                     `json:"procedure"`
	Case       string                     `json:"case,omitempty"`
	Pack       string                     `json:"pack"`
	Answers    map[string]json.RawMessage `json:"answers"`
	Evidence   map[string]string          `json:"evidence,omitempty"`
	Applicant  *dossier.Person            `json:"applicant,omitempty"`
	Submitter  *dossier.Person            `json:"submitter,omitempty"`
	Helper     *dossier.Person            `json:"helper,omitempty"`
	Components []componentView            `json:"components"`
	Signature  string                     `json:"signature,omitempty"` // drawn | thumb | paper
	Visible    []string                   `json:"visible"`
	Derived    map[string]any             `json:"derived,omitempty"`
	Secrecy    string                     `json:"secrecy,omitempty"`   // "unsaid": the question is to be asked before anything else
	Elsewhere  string                     `json:"elsewhere,omitempty"` // why this form is not the right one; see form.Elsewhere
	Progress   progressView               `json:"progress"`
}

type componentView struct {
	ID        string                 `json:"id"`
	State     dossier.ComponentState `json:"state,omitempty"`
	Originals int                    `json:"originals,omitempty"`
	Copies    int                    `json:"copies,omitempty"`
	Scans     []scanView             `json:"scans"`
}

type scanView struct {
	SHA256    string        `json:"sha256"`
	Name      string        `json:"name"`
	Length    int64         `json:"length"`
	MIME      string        `json:"mime"`
	WasLength int64         `json:"was_length,omitempty"`
	Component string        `json:"component,omitempty"`
	Warnings  []warningView `json:"warnings,omitempty"`
	Accepted  bool          `json:"accepted,omitempty"` // the resident wants it as it is
	Pages     int           `json:"pages,omitempty"`    // of the file it came in
}

type progressView struct {
	Answered int `json:"answered"`
	Asked    int `json:"asked"`
}

func (d *Desk) createDraft(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Procedure string `json:"procedure"`
		Case      string `json:"case"`
		Language  string `json:"language"`
		Secret    *bool  `json:"secret"` // whether the resident says that the matter is classified
	}
	if err := read(r, &in); err != nil {
		return err
	}
	if in.Secret != nil && *in.Secret {
		return problemSecret.Because(nil)
	}
	if in.Secret == nil && asksSecrecy(in.Procedure) {
		return problemSecretUnsaid.Because(nil)
	}
	k, err := d.known("", in.Procedure)
	if err != nil {
		return err
	}
	if in.Case != "" && k.form.Case(in.Case) == nil {
		return problemBadRequest.Because(errors.New("the form has no such case"))
	}
	if leadsAway(k.form, in.Case) {
		return problemElsewhere.Because(nil) // a draft of the wrong form would be filed some day
	}
	if err := d.enough(ledger.RoomToBegin); err != nil {
		return err
	}
	draft, err := d.book().CreateDraft(r.Context(), ledger.NewDraft{Kind: ledger.DraftFiling, Procedure: in.Procedure,
		Case: in.Case, Pack: string(k.pack.Version), Language: d.spoken(in.Language), Channel: dossier.ChannelKiosk,
		Visit: r.Header.Get("X-Visit"), NotSecret: in.Secret != nil})
	if err != nil {
		return err
	}
	d.remember(r, func(v *visit) { v.drafts[draft.ID.String()] = true })
	ctx, err := d.judging(r.Context(), in.Case)
	if err != nil {
		return err
	}
	for field, value := range form.Prefill(k.form, ctx) {
		if err := d.store(r, draft.ID, field, value, "prefilled"); err != nil {
			return err
		}
	}
	return d.showDraft(w, r, draft.ID)
}

// spoken is a language that the screens have; anything else counts as Vietnamese.
func (d *Desk) spoken(asked string) string {
	codes := d.languageCodes()
	if slices.Contains(codes, asked) {
		return asked
	}
	return codes[0]
}

func (d *Desk) store(r *http.Request, id ledger.DraftID, field string, value any, evidence string) error {
	raw, err := json.Marshal(value)
	if err != nil {
		return err
	}
	return d.book().SaveField(r.Context(), id, field, ledger.Answer{Value: raw, Evidence: evidence})
}

// mine parses the draft's id and admits only drafts of this visit.
func (d *Desk) mine(r *http.Request) (ledger.DraftID, error) {
	id, err := syncproto.ParseDossierID(r.PathValue("id"))
	if err != nil || !d.owns(r, id.String()) {
		return id, problemNoDraft.Because(err)
	}
	return id, nil
}

func (d *Desk) draft(w http.ResponseWriter, r *http.Request) error {
	id, err := d.mine(r)
	if err != nil {
		return err
	}
	return d.showDraft(w, r, id)
}

func (d *Desk) showDraft(w http.ResponseWriter, r *http.Request, id ledger.DraftID) error {
	j, err := d.judge(r.Context(), id)
	if err != nil {
		return err
	}
	return ok(w, view(j))
}

func view(j judged) draftView {
	v := draftView{ID: j.draft.ID.String(), Kind: string(j.draft.Kind), Slip: j.draft.Slip.String(), Code6: draftCode(j.draft),
		Procedure: j.draft.Procedure, Case: j.draft.Case, Pack: j.draft.Pack,
		Answers: map[string]json.RawMessage{}, Evidence: map[string]string{},
		Applicant: j.draft.Applicant, Submitter: j.draft.Submitter, Helper: j.draft.Helper,
		Visible: j.verdict.Visible, Derived: j.verdict.Derived, Elsewhere: j.led()}
	if unsaid(j.draft) {
		v.Secrecy = "unsaid"
	}
	for field, a := range j.draft.Answers {
		v.Answers[field] = a.Value
		if a.Evidence != "" {
			v.Evidence[field] = a.Evidence
		}
	}
	for _, field := range j.verdict.Visible {
		v.Progress.Asked++
		if _, answered := j.draft.Answers[field]; answered {
			v.Progress.Answered++
		}
	}
	if j.draft.Signature != nil {
		v.Signature = j.draft.Signature.Kind
	}
	v.Components = components(j)
	return v
}

// components lists the papers of the procedure in its order, then what was added beside them.
func components(j judged) []componentView {
	saved := map[string]dossier.Component{}
	for _, c := range j.draft.Components {
		saved[c.ID] = c
	}
	out := []componentView{}
	add := func(id string) {
		c := saved[id]
		delete(saved, id)
		one := componentView{ID: id, State: c.State, Originals: c.Originals, Copies: c.Copies, Scans: []scanView{}}
		for _, s := range j.draft.Scans {
			if s.Component == id {
				one.Scans = append(one.Scans, viewScan(s, warnings(standing(j.draft, s))))
			}
		}
		out = append(out, one)
	}
	for _, id := range slices.Concat(j.asked, j.unsigned) {
		add(id)
	}
	for _, c := range j.draft.Components {
		if _, left := saved[c.ID]; left {
			add(c.ID)
		}
	}
	return out
}

func viewScan(s ledger.Scan, warnings []warningView) scanView {
	return scanView{SHA256: s.SHA256.String(), Name: s.Name, Length: s.Length, MIME: s.MIME,
		WasLength: s.WasLength, Component: s.Component, Warnings: warnings, Accepted: s.Accepted}
}

// saveField stores one answer and says at once what it changes: a screen shows the next
// question by what comes back, never by its own arithmetic.
func (d *Desk) saveField(w http.ResponseWriter, r *http.Request) error {
	id, err := d.writable(r)
	if err != nil {
		return err
	}
	var in struct {
		Value    json.RawMessage `json:"value"`
		Evidence string          `json:"evidence"`
	}
	if err := read(r, &in); err != nil {
		return err
	}
	field := r.PathValue("field")
	if len(in.Value) == 0 || string(in.Value) == "null" {
		err = d.book().DeleteField(r.Context(), id, field)
	} else {
		err = d.saveAnswer(r, id, field, in.Value, in.Evidence)
	}
	if err != nil {
		return err
	}
	j, err := d.judge(r.Context(), id)
	if err != nil {
		return err
	}
	problems := []problemView{}
	for _, p := range j.problems {
		if p.Where == whereAnswers && (p.Field == field || owner(p.Field) == field) {
			problems = append(problems, p)
		}
	}
	return ok(w, map[string]any{"saved": true, "visible": j.verdict.Visible, "derived": j.verdict.Derived, "problems": problems, "elsewhere": j.led()})
}

// evidences are what a resident's screen may say of an answer.
var evidences = append([]string{"", "prefilled", "derived"}, screenEvidence...)

func (d *Desk) saveAnswer(r *http.Request, id ledger.DraftID, field string, value []byte, evidence string) error {
	raw, err := cleanAnswer(value)
	if err != nil {
		return problemBadRequest.Because(err)
	}
	if field == "" || len(field) > 200 || !utf8.ValidString(field) || !slices.Contains(evidences, evidence) {
		return problemBadRequest.Because(errors.New("not a question or a level of evidence"))
	}
	if len(raw) > dossier.MaxPayload {
		return problemTooMuchText.Because(nil)
	}
	return d.book().SaveField(r.Context(), id, field, ledger.Answer{Value: raw, Evidence: evidence})
}

// owner is the repeat a row's field belongs to: "children.name" belongs to "children".
func owner(field string) string {
	for i := range field {
		if field[i] == '.' {
			return field[:i]
		}
	}
	return field
}

func (d *Desk) saveApplicant(w http.ResponseWriter, r *http.Request) error {
	return d.savePerson(w, r, d.book().SaveApplicant, whereApplicant)
}

func (d *Desk) saveSubmitter(w http.ResponseWriter, r *http.Request) error {
	return d.savePerson(w, r, d.book().SaveSubmitter, whereSubmitter)
}

type personSaver = func(ctx context.Context, id ledger.DraftID, p *dossier.Person) error

func (d *Desk) savePerson(w http.ResponseWriter, r *http.Request, save personSaver, where string) error {
	id, err := d.writable(r)
	if err != nil {
		return err
	}
	var p *dossier.Person // null removes
	if err := read(r, &p); err != nil {
		return err
	}
	if p != nil {
		*p = normalPerson(*p, screenEvidence)
		related(p)
	}
	if err := save(r.Context(), id, p); err != nil {
		return err
	}
	problems := []problemView{}
	if p != nil {
		problems = append(problems, judgePerson(*p, where, officeDay(d.today()))...)
	}
	return ok(w, map[string]any{"saved": true, "problems": problems})
}

func (d *Desk) saveComponent(w http.ResponseWriter, r *http.Request) error {
	id, err := d.writable(r)
	if err != nil {
		return err
	}
	var in struct {
		State     dossier.ComponentState `json:"state"`
		Originals int                    `json:"originals"`
		Copies    int                    `json:"copies"`
	}
	if err := read(r, &in); err != nil {
		return err
	}
	c := dossier.Component{ID: r.PathValue("component"), State: in.State, Originals: in.Originals, Copies: in.Copies}
	if err := checkComponent(c); err != nil {
		return err
	}
	if err := d.book().SaveComponent(r.Context(), id, c); err != nil {
		return err
	}
	return ok(w, map[string]any{"saved": true})
}
