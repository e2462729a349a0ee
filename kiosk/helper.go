package kiosk

import (
	"net/http"
	"slices"

	"bendo/internal/catalog"
	"bendo/internal/dossier"
)

// Three people may stand behind one dossier, and each is written down as what he is: whose it is
// (applicant), who brings it in her place (nộp thay, submitter) and who only touched the screen for them
// (người hỗ trợ, helper). A helper agrees that his own name is kept, and to nothing else: what is filed
// and what is agreed to is the applicant's or the submitter's.

const whereHelper = "helper"

// What a submitter is to the applicant; any other word counts as not said.
const (
	relationFamily     = "family"     // ông, bà, cha, mẹ, con, vợ, chồng, anh, chị, em ruột: the authorisation needs no certification
	relationAuthorised = "authorised" // người được ủy quyền
	relationGuardian   = "guardian"   // guardian, representative by law: no authorisation is asked for
)

var relations = []string{relationFamily, relationAuthorised, relationGuardian}

var problemHelperConsent = Problem{Code: "helper_consent", Status: http.StatusUnprocessableEntity,
	Message: say("Người giúp chưa đồng ý ghi tên mình. Chưa lưu gì về người giúp.", "The helper has not agreed to be named. Nothing about the helper was stored."),
	Next:    say("Người giúp chạm vào ô đồng ý, hoặc bỏ qua bước này.", "The helper touches the box to agree, or this step is left out.")}

// saveHelper keeps who touches the screen for somebody else, with his own consent; null removes both.
// Without consent nothing of him is stored.
func (d *Desk) saveHelper(w http.ResponseWriter, r *http.Request) error {
	id, err := d.writable(r)
	if err != nil {
		return err
	}
	var in *struct {
		Person  dossier.Person `json:"person"`
		Consent struct {
			Version string `json:"version"`
		} `json:"consent"`
	}
	if err := read(r, &in); err != nil {
		return err
	}
	if in == nil {
		if err := d.book().SaveHelper(r.Context(), id, nil, nil); err != nil {
			return err
		}
		return ok(w, map[string]any{"saved": true, "problems": []problemView{}})
	}
	if in.Consent.Version != ConsentVersion {
		return problemHelperConsent.Because(nil)
	}
	// As little as says who it was: a helper is no party to the matter.
	p := normalPerson(in.Person, screenEvidence)
	p = dossier.Person{FullName: p.FullName, Phone: p.Phone, Evidence: p.Evidence}
	consent := &dossier.Consent{Version: in.Consent.Version, At: d.today().UnixMilli()}
	if err := d.book().SaveHelper(r.Context(), id, &p, consent); err != nil {
		return err
	}
	return ok(w, map[string]any{"saved": true, "problems": append([]problemView{}, judgePerson(p, whereHelper, officeDay(d.today()))...)})
}

// related clears what a screen may not say a submitter is.
func related(p *dossier.Person) {
	if !slices.Contains(relations, p.Relation) {
		p.Relation = ""
	}
}

// delegated says that the dossier is brought by somebody who surely needs this paper, the one by which
// another may bring it (văn bản ủy quyền): the pack says who does. Elsewhere it stays a paper that the
// resident and the officer decide about.
func (j *judged) delegated(c catalog.Component) bool {
	if j.draft.Submitter == nil || c.Delegation == nil {
		return false
	}
	switch j.draft.Submitter.Relation {
	case relationFamily:
		return c.Delegation.Family == catalog.DelegationNeeded
	case relationGuardian:
		return c.Delegation.Guardian == catalog.DelegationNeeded
	}
	return c.Delegation.Authorised == catalog.DelegationNeeded
}
