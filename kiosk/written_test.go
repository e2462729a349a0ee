package kiosk

import (
	"testing"

	"bendo/internal/dossier"
	"bendo/syncproto"
)

// TestNobodyBringsTheFormSheHasJustFilled: the declaration is no paper to ask for; it is filed as
// written, and whoever has brought the paper form all the same is taken at her word. Where somebody
// else signs on it, too, it is a paper.
func TestNobodyBringsTheFormSheHasJustFilled(t *testing.T) {
	d := openDesk(t)
	d.visit()
	for _, brought := range []bool{false, true} {
		var draft draftView
		d.want(200, "POST", "/api/drafts", map[string]any{"procedure": "1.002755", "case": "normal", "language": "vi", "secret": false}, &draft)
		at := "/api/drafts/" + draft.ID
		if codes := d.said(draft.ID, wherePapers, "p1"); len(codes) != 1 {
			t.Errorf("the owner of the dwelling signs on the sheet, and it is not asked for: %v", codes)
		}
		d.want(200, "PUT", at+"/fields/owner_consent_method", map[string]any{"value": "vneid", "evidence": "typed"}, nil)
		d.want(200, "GET", at, nil, &draft)
		if len(draft.Components) != 0 {
			t.Errorf("asked for %v", draft.Components)
		}
		want := dossier.ReplacedByData
		if brought {
			want = dossier.Provided
			d.want(200, "PUT", at+"/components/p1", map[string]any{"state": "provided", "originals": 1}, nil)
		}
		if codes := d.said(draft.ID, wherePapers, "p1"); len(codes) > 0 {
			t.Errorf("brought %v: %v", brought, codes)
		}
		var r receiptView
		d.want(200, "POST", at+"/submit", submitAsIs(), &r)
		filing := must(d.book.Filing(t.Context(), must(syncproto.ParseDossierID(r.Dossier))(t)))(t)
		if len(filing.Components) != 1 || filing.Components[0].ID != "p1" || filing.Components[0].State != want {
			t.Errorf("brought %v: filed with %+v, want p1 %s", brought, filing.Components, want)
		}
	}
	var sheet struct {
		Components []neededPaper
		Assisted   string
	}
	d.want(200, "GET", "/api/catalog/procedures/1.012812", nil, &sheet)
	if len(sheet.Components) != 2 || !sheet.Components[0].Written || sheet.Components[1].Written || sheet.Assisted != "dispute" {
		t.Errorf("the catalogue tells %+v", sheet)
	}
}
