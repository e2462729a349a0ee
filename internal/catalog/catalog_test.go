package catalog

import "testing"

func first77(t testing.TB) *Pack {
	t.Helper()
	p, err := Embedded()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestFirstPack(t *testing.T) {
	p := first77(t)
	modelled := 0
	for _, pr := range p.Procedures {
		if len(p.EventsOf(pr.Code)) == 0 {
			t.Errorf("%s stands under no life event: nobody finds it without knowing its name", pr.Code)
		}
		if pr.Modelled() {
			modelled++
			want := HandoverAtTakeIn
			if pr.Route == RouteCommune {
				want = HandoverNever
			}
			if pr.Handover != want || pr.HandoverFor(true) != want || pr.HandoverFor(false) != HandoverAtSubmit {
				t.Errorf("%s: handover %s, want %s with a clerk and at_submit without", pr.Code, pr.Handover, want)
			}
		}
		for what, text := range map[string]string{"name": pr.Name.EN, "short": pr.Short.EN, "field": pr.Field.EN, "authority": pr.Authority.EN, "receiver": pr.Receiver.EN} {
			if text == "" {
				t.Errorf("%s: no English %s", pr.Code, what)
			}
		}
		for _, c := range pr.Components {
			if c.Name.EN == "" || c.Condition != nil && c.Condition.EN == "" || c.ReplacedByData != nil && c.ReplacedByData.EN == "" {
				t.Errorf("%s %s: English missing", pr.Code, c.ID)
			}
		}
	}
	if len(p.Procedures) != 77 || modelled != 14 || len(p.FormCodes()) != 15 {
		t.Errorf("%d procedures, %d modelled, forms %v", len(p.Procedures), modelled, p.FormCodes())
	}
}

// TestHealthAndDisputesBeginWithAnOfficer: whoever tells about an illness, a disability or a quarrel
// is offered an officer at her side first.
func TestHealthAndDisputesBeginWithAnOfficer(t *testing.T) {
	want := map[string]string{"1.001776": AssistedHealth, "1.001699": AssistedHealth, "1.001653": AssistedHealth,
		"1.010091": AssistedHealth, "1.012812": AssistedDispute, "1.013967": AssistedDispute}
	for _, pr := range first77(t).Procedures {
		if pr.Assisted != want[pr.Code] {
			t.Errorf("%s begins with %q, want %q", pr.Code, pr.Assisted, want[pr.Code])
		}
		if pr.Assisted != "" && pr.Confidence["assisted"] != "proposal" {
			t.Errorf("%s: that it is assisted is a proposal and must say so", pr.Code)
		}
	}
}
