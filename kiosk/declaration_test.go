package kiosk

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"

	"bendo/internal/dossier"
	"bendo/internal/paper"
	"bendo/syncproto"
)

// declared is the declaration of a draft as it would be printed now.
func (d *desk) declared(id string) paper.Declaration {
	d.t.Helper()
	j, err := d.judge(d.t.Context(), must(syncproto.ParseDossierID(id))(d.t))
	if err != nil {
		d.t.Fatal(err)
	}
	return must(d.declarationOf(httptest.NewRequest("GET", "/", nil), j))(d.t)
}

// TestWhatIsSignedOnPaperIsStillToBeBrought: the sheet is printed from the answers, the dossier may leave,
// and nothing in it says that anybody signed until a page or somebody's word says that the sheet is there.
func TestWhatIsSignedOnPaperIsStillToBeBrought(t *testing.T) {
	d := openDesk(t)
	d.visit()
	for name, c := range map[string]struct {
		bring func(at string)
		want  dossier.ComponentState
		code  string
	}{
		"not brought": {func(string) {}, dossier.Missing, "paper_to_sign"},
		"on paper here": {func(at string) {
			d.want(200, "PUT", at+"/components/p1", map[string]any{"state": "provided", "originals": 1}, nil)
		}, dossier.Provided, ""},
		"photographed": {func(at string) {
			pic := photo(t, 4)
			d.want(200, "PUT", at+"/scans?component=p1&name=a.jpg", pic, nil, "Content-Digest", contentDigestOf(pic))
		}, dossier.Provided, ""},
	} {
		var draft draftView
		d.want(200, "POST", "/api/drafts", map[string]any{"procedure": "1.002755", "case": "normal", "language": "vi", "secret": false}, &draft)
		at := "/api/drafts/" + draft.ID
		d.want(200, "PUT", at+"/applicant", map[string]any{"full_name": "Trần Thị Mẫu", "phone": "0912345678"}, nil)
		d.want(200, "PUT", at+"/fields/owner_consent_method", map[string]any{"value": "vneid"}, nil) // nobody else signs
		d.want(200, "PUT", at+"/signature?kind=paper", nil, nil)
		var v draftView
		d.want(200, "GET", at, nil, &v)
		if len(v.Components) != 1 || v.Components[0].ID != "p1" || v.Components[0].State != "" {
			t.Fatalf("%s: the sheet to be signed is no paper of the dossier: %+v", name, v.Components)
		}
		if codes := d.said(draft.ID, wherePapers, "p1"); len(codes) != 0 {
			t.Errorf("%s: it holds the resident up: %v", name, codes)
		}
		if status, pdf := d.call("GET", at+"/declaration.pdf", nil); status != 200 || !bytes.HasPrefix(pdf, []byte("%PDF-")) {
			t.Fatalf("%s: %d", name, status)
		}
		c.bring(at)
		var r receiptView
		d.want(200, "POST", at+"/submit", submitAsIs(), &r)
		filing := must(d.book.Filing(t.Context(), must(syncproto.ParseDossierID(r.Dossier))(t)))(t)
		if len(filing.Components) != 1 || filing.Components[0].State != c.want {
			t.Errorf("%s: filed with %+v, want %s", name, filing.Components, c.want)
		}
		told, _ := json.Marshal(filing.Verdict)
		if strings.Contains(string(told), "paper_to_sign") != (c.code != "") {
			t.Errorf("%s: the officer is told %s", name, told)
		}
		if filing.Signature == nil || filing.Signature.Kind != onPaper || filing.Signature.Blob != nil {
			t.Errorf("%s: signature %+v", name, filing.Signature)
		}
	}
}

// TestTheDeclarationNamesEachWhoSigns, from the answers only, and nobody by a guess.
func TestTheDeclarationNamesEachWhoSigns(t *testing.T) {
	d := openDesk(t)
	d.visit()
	var draft draftView
	d.want(200, "POST", "/api/drafts", map[string]any{"procedure": "1.000894", "case": "first", "language": "vi", "secret": false}, &draft)
	at := "/api/drafts/" + draft.ID
	d.want(200, "PUT", at+"/applicant", map[string]any{"full_name": "Trần Thị Mẫu", "phone": "0912345678"}, nil)
	d.want(200, "PUT", at+"/fields/bride_name", map[string]any{"value": "H'Hen Niê Thử"}, nil)
	s := d.declared(draft.ID)
	if len(s.Signers) != 2 || s.Signers[0].Name != "H'Hen Niê Thử" || s.Signers[1].Name != "" || s.To != "UBND xã Giao Long" && s.To == "" || len(s.Groups) == 0 || s.Practice {
		t.Fatalf("%+v", s)
	}
	for _, g := range s.Groups {
		for _, q := range g.Questions {
			if q.Label == "Kính gửi" || q.Answer == "" {
				t.Errorf("%s: %+v", g.Title, q)
			}
		}
	}
	d.want(200, "PUT", at+"/fields/groom_nationality", map[string]any{"value": "KH"}, nil)
	d.refused(422, "elsewhere", "GET", at+"/declaration.pdf", nil)
	own := d.typed(sample(t, aBirth))
	d.want(200, "PUT", "/api/drafts/"+own+"/submitter", json.RawMessage("null"), nil)
	if s := d.declared(own); len(s.Signers) != 1 || s.Signers[0].Name == "" || len(s.Groups) < 3 {
		t.Errorf("%+v", s.Signers)
	}
	d.visit()
	d.refused(404, "no_draft", "GET", at+"/declaration.pdf", nil)
}

// A declaration goes the way of every paper, and its title in the journal names nobody.
func TestPrintingADeclaration(t *testing.T) {
	d := openDesk(t)
	d.visit()
	id := d.typed(sample(t, aBirth))
	var v draftView
	d.want(200, "GET", "/api/drafts/"+id, nil, &v)
	d.refused(404, "no_printer", "POST", "/api/drafts/"+id+"/declaration/print", nil)
	title := ""
	d.Print = func(_ context.Context, name string, _ []byte) (string, error) { title = name; return "desk-1", nil }
	d.want(202, "POST", "/api/drafts/"+id+"/declaration/print", nil, nil)
	if title != "to khai "+v.Slip {
		t.Errorf("the print is called %q", title)
	}
}
