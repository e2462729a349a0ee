package kiosk

import (
	"encoding/json"
	"testing"

	"bendo/internal/dossier"
	"bendo/syncproto"
)

// said lists the problems of a draft under one heading.
func (d *desk) said(id, where, component string) (codes []string) {
	d.t.Helper()
	var out struct{ Problems []problemView }
	d.want(200, "POST", "/api/drafts/"+id+"/judge", nil, &out)
	for _, p := range out.Problems {
		if p.Where == where && (component == "" || p.Component == component) {
			codes = append(codes, p.Code)
		}
	}
	return codes
}

// TestAHelperIsNamedByHisOwnConsent: who touches the screen is kept apart from whose the dossier is, and so
// is what each agreed to.
func TestAHelperIsNamedByHisOwnConsent(t *testing.T) {
	d := openDesk(t)
	d.visit()
	id := d.typed(sample(t, aBirth))
	at := "/api/drafts/" + id
	helper := map[string]any{"person": map[string]any{"full_name": "Trần  Văn Giúp", "phone": "0912 345 678", "citizen_id": "083090999001", "evidence": "qr"}}
	d.refused(422, "helper_consent", "PUT", at+"/helper", helper)
	var v draftView
	d.want(200, "GET", at, nil, &v)
	if v.Helper != nil {
		t.Fatal("a helper who did not agree is stored")
	}
	helper["consent"] = map[string]string{"version": ConsentVersion}
	d.want(200, "PUT", at+"/helper", helper, nil)
	d.want(200, "GET", at, nil, &v)
	if want := (dossier.Person{FullName: "Trần Văn Giúp", Phone: v.Helper.Phone, Evidence: "qr"}); v.Helper == nil || *v.Helper != want || v.Helper.Phone == "" {
		t.Fatalf("helper %+v: more or less than who it was", v.Helper)
	}
	d.want(200, "PUT", at+"/helper", json.RawMessage("null"), nil)
	v = draftView{}
	d.want(200, "GET", at, nil, &v)
	if v.Helper != nil {
		t.Fatal("the helper is still there")
	}
	d.want(200, "PUT", at+"/helper", helper, nil)
	d.refused(422, "consent_missing", "POST", at+"/submit", map[string]any{"as_is": true}) // the helper's is not the applicant's
	var r receiptView
	d.want(200, "POST", at+"/submit", submitAsIs(), &r)
	filing := must(d.book.Filing(t.Context(), must(syncproto.ParseDossierID(r.Dossier))(t)))(t)
	if filing.Helper == nil || filing.HelperConsent == nil || filing.HelperConsent.Version != ConsentVersion || filing.HelperConsent.At == 0 ||
		filing.Consent == nil || filing.Applicant.FullName == filing.Helper.FullName || filing.Submitter != nil {
		t.Fatalf("filed: helper %+v %+v, consent %+v", filing.Helper, filing.HelperConsent, filing.Consent)
	}
	// nobody finds the dossier by the helper's number
	d.refused(404, "not_found", "POST", "/api/track", ticket{r.Slip, "5678"})
}

func TestAHelperWithoutANameIsAsked(t *testing.T) {
	d := openDesk(t)
	d.visit()
	id := d.typed(sample(t, aBirth))
	d.want(200, "PUT", "/api/drafts/"+id+"/helper", map[string]any{"person": map[string]any{}, "consent": map[string]string{"version": ConsentVersion}}, nil)
	if codes := d.said(id, whereHelper, ""); len(codes) != 1 || codes[0] != "required" {
		t.Errorf("problems %v", codes)
	}
}

// TestDelegationAsksForItsPaper: whoever brings a dossier for another is asked for the authorisation where
// the procedure knows one; the law's own representative is not.
func TestDelegationAsksForItsPaper(t *testing.T) {
	d := openDesk(t)
	d.visit()
	id := d.typed(sample(t, aBirth))
	at := "/api/drafts/" + id
	k := must(d.known("", "1.001193"))(t)
	paper := ""
	for _, c := range k.procedure.Components {
		if c.Delegation != nil {
			paper = c.ID
		}
	}
	if paper == "" {
		t.Fatal("the procedure has no paper of authorisation; the test proves nothing")
	}
	d.want(200, "PUT", at+"/submitter", json.RawMessage("null"), nil)
	for _, c := range []struct {
		relation, stored string
		asked            bool
	}{{"family", "family", false}, {"authorised", "authorised", true}, {"guardian", "guardian", false}, {"king", "", true}, {"", "", true}} {
		d.want(200, "PUT", at+"/submitter", map[string]string{"full_name": "Trần Văn Thay", "relation": c.relation}, nil)
		var v draftView
		d.want(200, "GET", at, nil, &v)
		if v.Submitter.Relation != c.stored {
			t.Errorf("%q is stored as %q", c.relation, v.Submitter.Relation)
		}
		if codes := d.said(id, wherePapers, paper); (len(codes) == 1 && codes[0] == "paper_undecided") != c.asked {
			t.Errorf("%q: asked for the authorisation: %v, want %v", c.relation, codes, c.asked)
		}
	}
	var r receiptView
	d.want(200, "POST", at+"/submit", submitAsIs(), &r)
	filing := must(d.book.Filing(t.Context(), must(syncproto.ParseDossierID(r.Dossier))(t)))(t)
	for _, c := range filing.Components {
		if c.ID == paper && c.State != dossier.Missing {
			t.Errorf("the officer reads %q of a paper nobody brought", c.State)
		}
	}
	own := d.typed(sample(t, aBirth))
	d.want(200, "PUT", "/api/drafts/"+own+"/submitter", json.RawMessage("null"), nil)
	if codes := d.said(own, wherePapers, paper); len(codes) > 0 {
		t.Errorf("one's own dossier is asked for an authorisation: %v", codes)
	}
}
