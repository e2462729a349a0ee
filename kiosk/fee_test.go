package kiosk

import (
	"encoding/json"
	"strings"
	"testing"

	"bendo/internal/catalog"
	"bendo/internal/dossier"
	"bendo/internal/vietqr"
	"bendo/syncproto"
)

func listedProcedure(t *testing.T, code string) *catalog.Procedure {
	t.Helper()
	pack, err := catalog.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	p, ok := pack.Procedure(code)
	if !ok {
		t.Fatalf("no procedure %s", code)
	}
	return &p
}

func TestWhatIsDue(t *testing.T) {
	asked := func(amounts ...int64) (out []dossier.FeeAsk) {
		for _, a := range amounts {
			out = append(out, dossier.FeeAsk{Amount: a})
		}
		return out
	}
	const residence, birth, copies, marital, stay = "1.004222", "1.001193", "2.000815", "1.004873", "1.010028"
	for name, c := range map[string]struct {
		code    string // "" : the pack is gone
		state   dossier.State
		claims  bool
		kind    feeKind
		amount  int64
		because string
	}{
		"a settled fee":                  {residence, dossier.State{Business: dossier.Registered}, false, feeDue, 20000, "danh mục"},
		"the same, filed by a kiosk":     {residence, dossier.State{Channel: dossier.ChannelKiosk}, false, feeDue, 20000, "danh mục"},
		"free":                           {birth, dossier.State{}, false, feeFree, 0, "không mất phí"},
		"free, and an exemption claimed": {birth, dossier.State{}, true, feeFree, 0, "không mất phí"},
		"by page":                        {copies, dossier.State{}, false, feeAsk, 0, "2.000 đồng/trang"},
		"the council sets it":            {marital, dossier.State{}, false, feeAsk, 0, "HĐND"},
		"not stated":                     {stay, dossier.State{}, false, feeAsk, 0, "chưa ghi mức phí"},
		"an exemption is claimed":        {residence, dossier.State{}, true, feeAsk, 0, "miễn, giảm"},
		"the pack is gone":               {"", dossier.State{}, false, feeAsk, 0, "không còn danh mục"},
		"an officer asked":               {birth, dossier.State{Fees: asked(8000)}, false, feeDue, 8000, "Cán bộ đã đề nghị"},
		"asked, beats the catalogue":     {residence, dossier.State{Fees: asked(15000)}, true, feeDue, 15000, "Cán bộ đã đề nghị"},
		"asked, without the pack":        {"", dossier.State{Fees: asked(15000)}, false, feeDue, 15000, "Cán bộ đã đề nghị"},
		"asked twice":                    {residence, dossier.State{Fees: asked(8000, 8000)}, false, feeAsk, 0, "nhiều khoản"},
		"news nobody here can read":      {residence, dossier.State{Fees: asked(8000), Unknown: make([]syncproto.EventID, 1)}, false, feeAsk, 0, "chưa đọc được"},
		"a gap in the news":              {residence, dossier.State{Waiting: make([]syncproto.EventID, 1)}, false, feeAsk, 0, "chưa đọc được"},
		"refused":                        {residence, dossier.State{Business: dossier.NotReceived}, false, feeClosed, 0, "Không nộp tiền tại đây"},
		"withdrawn":                      {residence, dossier.State{Business: dossier.WithdrawnByPerson, Fees: asked(8000)}, false, feeClosed, 0, "Không nộp tiền tại đây"},
		"stopped":                        {residence, dossier.State{Business: dossier.StoppedByOffice}, false, feeClosed, 0, "Không nộp tiền tại đây"},
		"handed back":                    {residence, dossier.State{Business: dossier.Closed}, false, feeClosed, 0, "Không nộp tiền tại đây"},
		"a withdrawal is asked for":      {residence, dossier.State{Pending: []dossier.Request{{Type: dossier.WithdrawalRequested}}}, false, feeClosed, 0, "Không nộp tiền tại đây"},
		"a correction is asked for":      {residence, dossier.State{Pending: []dossier.Request{{Type: dossier.CorrectionProposed}}}, false, feeDue, 20000, "danh mục"},
	} {
		var p *catalog.Procedure
		if c.code != "" {
			p = listedProcedure(t, c.code)
		}
		got := feeOf(c.state, p, c.claims)
		if got.kind != c.kind || got.amount != c.amount || !strings.Contains(got.why.VI, c.because) || got.why.EN == "" {
			t.Errorf("%s: %s %d %q, want %s %d and %q", name, got.kind, got.amount, got.why.VI, c.kind, c.amount, c.because)
		}
	}
}

func TestAClaimedExemptionIsSeen(t *testing.T) {
	for answers, want := range map[string]bool{
		``: false, `{}`: false, `{"fee_exemption":"none"}`: false, `{"fee_exemption":""}`: false, `{"fee_exemption":null}`: false,
		`{"fee_exemption":"poor"}`: true, `{"fee_exemption":["child"]}`: true, `{"fee_exemption":true}`: true, `["torn`: true,
	} {
		if got := claimsExemption(json.RawMessage(answers)); got != want {
			t.Errorf("%q: %v, want %v", answers, got, want)
		}
	}
}

func TestATransferNamesItsDossier(t *testing.T) {
	payee := catalog.Payee{Account: vietqr.Account{BIN: "970405", Number: "1234567890123"}}
	got, err := transferOf(payee, 20000, "00017482093316")
	if err != nil {
		t.Fatal(err)
	}
	read, err := vietqr.Parse(got.code)
	if err != nil || read.Amount != 20000 || read.To != payee.Account || read.Purpose != "PHI HS 00017482093316" || got.purpose != read.Purpose {
		t.Fatalf("%+v (%v), purpose %q", read, err, got.purpose)
	}
	for name, amount := range map[string]int64{"more than a code holds": vietqr.MaxAmount + 1, "below zero": -1} {
		if got, err := transferOf(payee, amount, "00017482093316"); err == nil {
			t.Errorf("%s: %s", name, got.code)
		}
	}
}

// TestThePracticeAccountIsNoAccount: it can be drawn, and it says of itself that it is not real.
func TestThePracticeAccountIsNoAccount(t *testing.T) {
	p := catalog.PracticePayee()
	if _, err := transferOf(p, 8000, "00000482093316"); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(p.Holder, "TẬP THỬ") || !strings.Contains(p.Bank, "tập thử") || strings.HasPrefix(p.Account.BIN, "97") {
		t.Fatalf("the practice account could be taken for a real one: %+v", p)
	}
}
