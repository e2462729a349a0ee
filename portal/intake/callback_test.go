package intake_test

import (
	"reflect"
	"strings"
	"testing"

	"bendo/internal/dossier"
	"bendo/internal/feedback"
	"bendo/portal/intake/intaketest"
	"bendo/portal/store"
	"bendo/portal/store/storetest"
	"bendo/syncproto"
)

func callBack(p *dossier.SubmittedPayload) {
	p.Procedure, p.Source, p.Components = feedback.CallProcedure, nil, nil
	p.Answers = []byte(`{"about":"1.001193","text":"Con sinh ở xa?","when":"morning"}`)
}

// A call-back request arrives like a dossier, with its receipt, and no list shows its name; one that
// is malformed is stored and refused, and the next is not kept waiting.
func TestCallBacksArriveAndBadOnesAreRefused(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		province := intaketest.NewProvince(t, o)
		office := province.Enrol(t, commune, "xã Giao Long")
		good := office.File(t, nil, callBack)
		want := map[syncproto.EventID][]string{good.Event.Header.ID: {syncproto.OutcomeAccepted}}
		for _, change := range [][2]string{
			{`"when":"morning"`, `"when":"sáng mai"`},
			{`"about":"1.001193"`, `"about":"khai sinh"`},
			{"Con sinh ở xa?", strings.Repeat("a", feedback.MaxQuestion+1)},
			{`"about":`, `"phone":"0912345678","about":`},
			{`"phone":"0912345678"`, `"relation":"x"`}, // nobody to call
		} {
			bad := office.NewFiling(t, nil, callBack).Event
			before := string(bad.Payload)
			if bad.Payload = []byte(strings.Replace(before, change[0], change[1], 1)); string(bad.Payload) == before {
				t.Fatalf("nothing was made wrong: %s", change[0])
			}
			office.Push(t, bad)
			want[bad.Header.ID] = []string{syncproto.OutcomeUndecodable}
		}
		after := office.File(t, nil, nil)
		want[after.Event.Header.ID] = []string{syncproto.OutcomeAccepted}
		items := office.Drain(t)
		if got := intaketest.Outcomes(t, items); !reflect.DeepEqual(got, want) {
			t.Errorf("outcomes\n got %v\nwant %v", got, want)
		}
		if got := office.Receipts(t, items); len(got) < 1 || got[0].Dossier != good.ID {
			t.Errorf("receipts %+v", got)
		}
		arrived, err := caseOf(t, province.DB, good.ID)
		check(t, err)
		if arrived.Card.Applicant != "" || arrived.Procedure != feedback.CallProcedure {
			t.Errorf("lists show %q of %s", arrived.Card.Applicant, arrived.Procedure)
		}
	})
}
