package ledger

import (
	"testing"
	"time"

	"bendo/syncproto"
)

// A copy is told of a submission until the province has it, and never becomes one of the
// four acknowledgements.
func TestCopiesAreNoReceipt(t *testing.T) {
	o := openOffice(t)
	ctx := t.Context()
	f := o.file()
	o.now = o.now.Add(time.Second)
	g := o.file()
	list := get(o.Unreceipted(ctx))(t)
	if len(list) != 2 || list[0].Event != f.Event || list[1].Seq != 2 || list[0].Left {
		t.Fatalf("%+v", list)
	}
	before := get(o.Find(ctx, f.Slip))(t)
	o.must(o.MarkUSB(ctx, 7000, []syncproto.EventID{f.Event}))
	o.must(o.MarkUSB(ctx, 6000, []syncproto.EventID{f.Event}))         // an older stick
	o.must(o.MarkUSB(ctx, 6000, []syncproto.EventID{{9}}))             // not a submission of this book
	o.must(o.MarkSecond(ctx, 7100, []syncproto.EventID{f.Event, {9}})) // nobody keeps the place: not shown
	after := get(o.Find(ctx, f.Slip))(t)
	if after.Acks != before.Acks || after.Copies[0] != (Copies{USB: 7000}) {
		t.Fatalf("%+v %+v", after.Acks, after.Copies)
	}
	o.must(o.SetSecond(ctx, SecondStatus{At: o.now.UnixMilli(), Kept: true, Unprotected: 1, Oldest: o.now.UnixMilli()}))
	if c := get(o.Find(ctx, f.Slip))(t).Copies[0]; c != (Copies{USB: 7000, Second: 7100}) {
		t.Fatalf("%+v", c)
	}
	o.must(o.MarkSecond(ctx, 7200, []syncproto.EventID{g.Event}))
	rows := get(o.Outbox(ctx, OutboxQuery{}))(t)
	if rows[0].Copies != (Copies{USB: 7000}) || rows[1].Copies != (Copies{Second: 7200}) {
		t.Fatalf("%+v", rows)
	}
	get(o.SetAck(ctx, o.ack(1, 100)))(t)
	o.must(o.AddReceipt(ctx, receipt(f, 100)))
	if c := get(o.Find(ctx, f.Slip))(t).Copies[0]; c != (Copies{}) {
		t.Fatalf("complete at the province, and still %+v", c)
	}
	if list = get(o.Unreceipted(ctx))(t); len(list) != 1 || list[0].Event != g.Event {
		t.Fatalf("%+v", list)
	}
}

// The office is told "two places" only while somebody has seen the place lately and nothing
// waits for it longer than its minute.
func TestSecondPlaceIsSeenLately(t *testing.T) {
	now := time.UnixMilli(1_763_800_000_000).UnixMilli()
	for name, c := range map[string]struct {
		s    SecondStatus
		want bool
	}{
		"never":            {SecondStatus{}, false},
		"kept":             {SecondStatus{At: now - 30_000, Kept: true}, true},
		"not seen lately":  {SecondStatus{At: now - 121_000, Kept: true}, false},
		"gone":             {SecondStatus{At: now, Why: "gone"}, false},
		"within a minute":  {SecondStatus{At: now, Kept: true, Unprotected: 1, Oldest: now - 60_000}, true},
		"behind":           {SecondStatus{At: now, Kept: true, Unprotected: 1, Oldest: now - 80_000}, false},
		"the clock leapt ": {SecondStatus{At: now + 3_600_000, Kept: true}, true},
	} {
		if c.s.Whole(now) != c.want {
			t.Errorf("%s: %v", name, !c.want)
		}
	}
	o := openOffice(t)
	o.must(o.SetSecond(t.Context(), SecondStatus{At: o.now.UnixMilli(), Kept: true, Files: 3}))
	if st := get(o.AgentStatus(t.Context()))(t); !st.Second || st.SecondPlace.Files != 3 {
		t.Fatalf("%+v", st)
	}
}

func TestSerialsRise(t *testing.T) {
	o := openOffice(t)
	for want := uint64(1); want < 4; want++ {
		s := get(o.ChangeCarry(t.Context(), func(s CarryState) CarryState { s.Serial++; return s }))(t)
		if s.Serial != want || get(o.Carry(t.Context()))(t) != s {
			t.Fatalf("%+v", s)
		}
	}
}
