package dossier

import (
	"reflect"
	"testing"
)

// TestFeesAskedForAreKeptInOrder: each amount stays what its officer wrote, and none is added up or
// called paid.
func TestFeesAskedForAreKeptInOrder(t *testing.T) {
	y := begin(HandoverAtSubmit)
	y.takeIn(Province)
	if s := y.state(); s.Fees != nil || s.Finance != FinanceNone {
		t.Fatalf("before anybody asked: %+v, %q", s.Fees, s.Finance)
	}
	y.step(Province, FeeRequested, &FeeRequestedPayload{Amount: 8000, Text: "lệ phí", Office: "Phòng Tư pháp"})
	before := y.state()
	y.step(Province, Processing, &ProcessingPayload{Office: "Phòng Tư pháp"})
	y.step(Province, FeeRequested, &FeeRequestedPayload{Amount: 20000})
	y.step(Province, Processing, &ProcessingPayload{Office: "Phòng Tư pháp"})
	s := y.state()
	amounts := []int64{}
	for _, f := range s.Fees {
		amounts = append(amounts, f.Amount)
	}
	if !reflect.DeepEqual(amounts, []int64{8000, 20000}) || s.Fees[0].Text != "lệ phí" || s.Fees[0].Office != "Phòng Tư pháp" || s.Fees[0].At == 0 {
		t.Fatalf("%+v", s.Fees)
	}
	if s.Finance != FeeOutstanding {
		t.Fatalf("the handling went on, and finance is %q", s.Finance)
	}
	if len(before.Fees) != 1 || before.Finance != FeeWaiting {
		t.Fatalf("the earlier state: %+v, %q", before.Fees, before.Finance)
	}
}
