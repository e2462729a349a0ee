package kiosk

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"time"
	"unicode"
	"unicode/utf8"

	"bendo/internal/catalog"
	"bendo/internal/dossier"
	"bendo/internal/feedback"
	"bendo/internal/form"
	"bendo/internal/ledger"
	"bendo/internal/vietnam"
)

// Where a problem stands: which page of the journey mends it.
const (
	whereAnswers   = "answers"
	whereApplicant = "applicant"
	whereSubmitter = "submitter"
	wherePapers    = "papers"
	whereSignature = "signature"
)

// problemView is one thing to mend before leaving.
type problemView struct {
	Where     string `json:"where"`
	Field     string `json:"field,omitempty"`
	Row       int    `json:"item,omitempty"` // counts from 1 inside a repeat
	Component string `json:"component,omitempty"`
	Scan      string `json:"scan,omitempty"` // the page, to be shown
	Code      string `json:"code"`
	Message   Text   `json:"message"`
}

// judged is a draft with everything known about it.
type judged struct {
	draft    ledger.Draft
	known    known
	asked    []string // components the procedure (or the supplement request) asks for, in order
	written  []string // declarations the answers stand for: nobody is asked to bring one
	unsigned []string // declarations to be signed by hand, of which no sheet is here yet
	signing  int      // how many must sign the declaration; one of them signs here
	verdict  form.Verdict
	away     *form.Elsewhere // why this form is not the right one; nil: it is
	problems []problemView
	accepted []problemView // what the resident knows of and leaves to the officer
}

// known is a procedure as one pack has it.
type known struct {
	pack      *catalog.Pack
	procedure catalog.Procedure
	form      *form.Form
}

// known finds a procedure in a pack; version "" is the pack in force today. A dossier keeps the
// pack it was begun with; when a newer program no longer has that pack, today's must do, because
// a draft that cannot be read and a slip that cannot be printed help nobody.
func (d *Desk) known(version, code string) (known, error) {
	pack := d.Packs.Current(d.today())
	if version != "" {
		if p, found := d.Packs.Get(catalog.Version(version)); found {
			pack = p
		} else {
			d.Log.Warn("a dossier's pack is not on the shelf; today's is used", "pack", version, "today", pack.Version)
		}
	}
	if feedback.IsPetition(code) {
		return known{pack, petitionProcedure, petitionForm}, nil
	}
	if feedback.IsCallBack(code) {
		return known{pack, callProcedure, callForm}, nil
	}
	procedure, found := pack.Procedure(code)
	if !found {
		return known{}, problemNoProcedure.Because(nil)
	}
	f, found := pack.Form(code)
	if !found {
		return known{}, fmt.Errorf("pack %s has no form for %s", pack.Version, code)
	}
	return known{pack, procedure, f}, nil
}

// officeZone is Viet Nam's time; the office's day does not depend on the machine's settings.
var officeZone = time.FixedZone("ICT", 7*60*60)

func officeDay(t time.Time) string { return t.In(officeZone).Format(time.DateOnly) }

// judging is what a judgement needs beside form and answers.
func (d *Desk) judging(ctx context.Context, caseID string) (form.Context, error) {
	id, err := d.identity(ctx)
	if err != nil {
		return form.Context{}, err
	}
	return judgingFor(id, caseID, d.today()), nil
}

func judgingFor(id ledger.Identity, caseID string, now time.Time) form.Context {
	c := form.Context{Today: officeDay(now), Case: caseID, PlaceName: placeName,
		Office: form.Office{Name: id.OfficeName, Commune: id.CommuneName}}
	if id.CommuneName != "" {
		// "Xã Giao Long" is written "Công an xã Giao Long": only the first letter of the kind changes.
		c.Office.CommunePolice = "Công an " + firstLower(id.CommuneName)
	}
	return c
}

// firstLower changes the first letter, which may have several bytes ("Đặc khu").
func firstLower(s string) string {
	first, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToLower(first)) + s[n:]
}

func placeName(province, commune string) string {
	c, found := vietnam.FindCommune(vietnam.CommuneCode(commune))
	if !found {
		return ""
	}
	p, found := vietnam.FindProvince(vietnam.ProvinceCode(province))
	if !found {
		return c.FullName()
	}
	return c.FullName() + ", " + p.FullName
}

// judge reads a draft and lists everything that is wrong with it at once.
func (d *Desk) judge(ctx context.Context, id ledger.DraftID) (judged, error) {
	draft, err := d.book().Draft(ctx, id)
	if err != nil {
		return judged{}, err
	}
	k, err := d.known(draft.Pack, draft.Procedure)
	if err != nil {
		return judged{}, err
	}
	j := judged{draft: draft, known: k}
	if draft.Kind == ledger.DraftSupplement {
		return d.judgeSupplement(ctx, j)
	}
	if feedback.IsPetition(draft.Procedure) {
		return d.judgePetition(j, officeDay(d.today())), nil
	}
	if feedback.IsCallBack(draft.Procedure) {
		return d.judgeCallBack(j, officeDay(d.today())), nil
	}
	fctx, err := d.judging(ctx, draft.Case)
	if err != nil {
		return judged{}, err
	}
	answers, err := plain(draft.Answers)
	if err != nil {
		return judged{}, err
	}
	j.verdict = form.Judge(k.form, answers, fctx)
	for _, p := range j.verdict.Problems {
		j.problems = append(j.problems, problemView{Where: whereAnswers, Field: p.Field, Row: p.Row,
			Code: string(p.Code), Message: Text(p.Message)})
	}
	j.signing = len(form.Signing(k.form, answers, fctx))
	if j.away = form.LedElsewhere(k.form, answers, fctx); j.away != nil {
		j.problems = append(j.problems, problemView{Where: whereAnswers, Field: j.away.Field, Code: problemElsewhere.Code,
			Message: say(j.away.Name.VI+": "+j.away.Why.VI, j.away.Name.EN+": "+j.away.Why.EN)})
	}
	expected, err := k.pack.Expect(draft.Procedure, draft.Case, string(draft.Channel))
	if err != nil {
		return judged{}, err
	}
	j.people(fctx.Today)
	j.agree()
	j.papers(expected.Papers)
	if j.tooMuch() {
		j.add(whereAnswers, "", problemTooMuchText.Code, problemTooMuchText.Message)
	}
	return j, nil
}

func plain(saved map[string]ledger.Answer) (map[string]any, error) {
	out := map[string]any{}
	for field, a := range saved {
		var v any
		if err := json.Unmarshal(a.Value, &v); err != nil {
			return nil, fmt.Errorf("reading a saved answer: %w", err)
		}
		out[field] = v
	}
	return out, nil
}

// people judges applicant, submitter and signature.
func (j *judged) people(today string) {
	applicant := dossier.Person{}
	if j.draft.Applicant != nil {
		applicant = *j.draft.Applicant
	}
	j.problems = append(j.problems, judgePerson(applicant, whereApplicant, today)...)
	if j.draft.Submitter != nil {
		j.problems = append(j.problems, judgePerson(*j.draft.Submitter, whereSubmitter, today)...)
	}
	if j.draft.Helper != nil {
		j.problems = append(j.problems, judgePerson(*j.draft.Helper, whereHelper, today)...)
	}
	if j.draft.Signature == nil {
		j.add(whereSignature, "", "signature_missing", say("Chưa có chữ ký. Ký trên màn hình, điểm chỉ, hoặc ký trên giấy tại quầy.",
			"The signature is missing. Sign on the screen, give a thumb print, or sign on paper at the desk."))
	}
}

func (j *judged) add(where, component, code string, t Text) {
	j.problems = append(j.problems, problemView{Where: where, Component: component, Code: code, Message: t})
}

// papers asks for a word about every paper that is always needed. Papers that depend on a
// condition or are only shown are decided by the resident, and by the officer after her.
func (j *judged) papers(expected []catalog.Expected) {
	for _, e := range expected {
		// What somebody else must sign, too (a head of household, an owner, both who marry), is a sheet of
		// paper: the answers of one do not stand for it.
		if e.Written && j.toSign(e.ID) {
			j.askSigned(e.ID, e.Name)
			continue
		}
		if e.Written && j.signing < 2 && !j.brought(e.ID) {
			j.written = append(j.written, e.ID)
			continue
		}
		j.asked = append(j.asked, e.ID)
		j.paper(e.ID, e.Name, (e.Always || j.delegated(e.Component)) && e.Kind == "nop")
		j.pages(e.ID, e.Name)
	}
}

// brought: something was said about the paper, or there is a page of it.
func (j *judged) brought(id string) bool {
	c, _ := j.component(id)
	return c.State != "" || slices.ContainsFunc(j.draft.Scans, func(s ledger.Scan) bool { return s.Component == id })
}

func (j *judged) paper(id string, name form.Text, needed bool) {
	c, said := j.component(id)
	scans := 0
	for _, s := range j.draft.Scans {
		if s.Component == id {
			scans++
		}
	}
	switch {
	case c.State == dossier.Provided && scans == 0 && c.Originals == 0 && c.Copies == 0:
		j.add(wherePapers, id, "paper_not_scanned", say("Chưa có trang nào của: "+name.VI+". Chụp giấy, hoặc nộp bản giấy tại quầy.",
			"No page yet of: "+name.EN+". Take a picture, or hand the paper in at the desk."))
	case c.State == dossier.Missing && needed:
		j.add(wherePapers, id, "paper_missing", say("Còn thiếu: "+name.VI+".", "Still missing: "+name.EN+"."))
	case (!said || c.State == "") && scans == 0 && needed:
		j.add(wherePapers, id, "paper_undecided", say("Chưa cho biết về: "+name.VI+". Chụp giấy, chọn “Cán bộ tra cứu”, hoặc “Chưa có”.",
			"Nothing said about: "+name.EN+". Take a picture, choose “The officer looks it up”, or “I don't have it”."))
	}
}

// pages lists what an officer may not be able to read on the pages of one paper. A page the resident
// wants as it is is no problem any more, but the officer is told.
func (j *judged) pages(id string, name form.Text) {
	n := 0
	for _, s := range j.draft.Scans {
		if s.Component != id {
			continue
		}
		n++
		for _, code := range standing(j.draft, s) {
			t := warningTexts[code]
			p := problemView{Where: wherePapers, Component: id, Scan: s.SHA256.String(), Code: "page_" + code,
				Message: say(fmt.Sprintf("%s, trang %d: %s", name.VI, n, t.VI), fmt.Sprintf("%s, page %d: %s", name.EN, n, t.EN))}
			if s.Accepted {
				j.accepted = append(j.accepted, p)
			} else {
				j.problems = append(j.problems, p)
			}
		}
	}
}

func (j *judged) component(id string) (dossier.Component, bool) {
	for _, c := range j.draft.Components {
		if c.ID == id {
			return c, true
		}
	}
	return dossier.Component{}, false
}

// judgeSupplement asks for exactly what the officer asked for.
func (d *Desk) judgeSupplement(ctx context.Context, j judged) (judged, error) {
	found, err := d.book().Get(ctx, j.draft.Dossier)
	if err != nil {
		return judged{}, err
	}
	if found.State.OpenSupplement == nil {
		return j, nil
	}
	for _, reason := range found.State.OpenSupplement.Reasons {
		if reason.Component == "" {
			continue
		}
		c, _ := j.known.pack.Component(j.draft.Procedure, found.State.Case, reason.Component)
		j.asked = append(j.asked, reason.Component)
		j.paper(reason.Component, c.Name, true)
		j.pages(reason.Component, c.Name)
	}
	return j, nil
}

func (d *Desk) judgeDraft(w http.ResponseWriter, r *http.Request) error {
	id, err := d.mine(r)
	if err != nil {
		return err
	}
	j, err := d.judge(r.Context(), id)
	if err != nil {
		return err
	}
	if j.problems == nil {
		j.problems = []problemView{}
	}
	return ok(w, map[string]any{"problems": j.problems})
}
