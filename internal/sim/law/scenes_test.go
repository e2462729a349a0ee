package law

import (
	"context"
	"slices"
	"testing"
	"time"

	"bendo/internal/calendar"
	"bendo/internal/catalog"
	"bendo/internal/dossier"
	"bendo/internal/ledger"
	"bendo/internal/vietnam"
	"bendo/portal/casework"
	"bendo/portal/intake/intaketest"
	"bendo/portal/store"
)

func same(t *testing.T, what string, ms int64, want string) {
	t.Helper()
	if got := time.UnixMilli(ms).In(calendar.Zone).Format("2006-01-02 15:04"); got != want {
		t.Errorf("%s: %s, want %s", what, got, want)
	}
}

// Birth registration at 14:59 and at 15:01 on the Friday before Tết, no line until the offices open
// again: two dates, and the province has the same two.
func TestBirthAt1459AndAt1501OnTheFridayBeforeTet(t *testing.T) {
	w := newWorld(t, "2026-02-13 14:00")
	o := w.office("xã Giao Long")
	due := map[string]string{"2026-02-13 14:59": "2026-02-13 17:00", "2026-02-13 15:01": "2026-02-23 17:00"} // leave 16–20/2/2026
	filed := map[string]ledger.Filed{}
	for _, when := range []string{"2026-02-13 14:59", "2026-02-13 15:01"} {
		filed[when] = o.file("1.001193")
		w.now = at(when)
		same(t, "taken in "+when, o.step(filed[when].Dossier, "taken_in", map[string]any{}).Row.Due, due[when])
	}
	w.now = at("2026-02-23 08:00")
	o.carry()
	for when, f := range filed {
		s := o.atProvince(f)
		same(t, "at the province, taken in "+when, s.Due, due[when])
		if s.Holder != dossier.Province || s.DueCalendar() != calendar.Builtin().Version || s.TakenIn.By == "" {
			t.Errorf("kept by %s, calendar %q, taken in by %q", s.Holder, s.DueCalendar(), s.TakenIn.By)
		}
	}
}

// Two machines of one commune take in on one day without a line, and come back in the other order: no
// two dossiers have one code, each is found by its slip, at home and at the province.
func TestTwoDevicesOfOneCommuneOffline(t *testing.T) {
	w := newWorld(t, "2026-11-16 08:00")
	a, b := w.office("xã Giao Long, máy 1"), w.office("xã Giao Long, máy 2")
	filed := map[*office][]ledger.Filed{}
	for range 3 {
		for _, o := range []*office{a, b} {
			f := o.file("1.001193")
			o.step(f.Dossier, "taken_in", map[string]any{})
			filed[o] = append(filed[o], f)
		}
	}
	w.now = at("2026-11-16 16:00")
	for _, o := range []*office{b, a, b} { // b once more: what a's coming brought
		o.carry()
		must(w.work.IssueOwed(context.Background()))(t)
	}
	a.carry()
	b.carry()
	codes := map[string]bool{}
	for o, list := range filed {
		for _, f := range list {
			found := must(o.book.Find(t.Context(), f.Slip))(t)
			code := found.State.OfficialCode
			if code == "" || codes[code] {
				t.Errorf("slip %s has the code %q", f.Slip, code)
			}
			codes[code] = true
			intaketest.Check(t, w.province.DB.Read(t.Context(), func(tx *store.Tx) error {
				one, err := tx.FindCaseBySlip(commune, f.Slip)
				if one.ID != f.Dossier || one.OfficialCode != code {
					t.Errorf("the province finds %s with %q under slip %s", one.ID, one.OfficialCode, f.Slip)
				}
				return err
			}))
			if v := o.show(f.Dossier); v.OfficialCode != code || !slices.ContainsFunc(found.State.Journal, func(s dossier.Step) bool { return s.Type == dossier.OfficialCodeIssued }) {
				t.Errorf("the counter shows the code %q", v.OfficialCode)
			}
		}
	}
	if len(codes) != 6 {
		t.Errorf("%d codes", len(codes))
	}
}

// What was left to be looked up is not found once there is a line: asked for once, the date by the
// working time that remained, the first one kept, in both books alike.
func TestToBeLookedUpTurnsOutMissing(t *testing.T) {
	w := newWorld(t, "2026-11-16 09:00")
	o := w.office("xã Giao Long")
	f := o.file("1.004194", dossier.Component{ID: "p2", State: dossier.ToBeLookedUp}) // three working days
	v := o.step(f.Dossier, "taken_in", map[string]any{})
	same(t, "first date", v.Row.Due, "2026-11-19 17:00")
	if !slices.Equal(v.Lookups, []string{"p2"}) {
		t.Fatalf("to look up: %v", v.Lookups)
	}
	o.step(f.Dossier, "looked_up", map[string]any{"component": "p2"})
	w.now = at("2026-11-17 15:00")
	o.carry()
	ctx, step := context.Background(), casework.Step{Dossier: f.Dossier}
	s := o.atProvince(f)
	if len(s.Pending) != 1 || s.Pending[0].Type != dossier.LookupReported {
		t.Fatalf("the province hears %+v", s.Pending)
	}
	intaketest.Check(t, w.work.Answer(ctx, lan, step, s.Pending[0].Event, true, ""))
	w.now = at("2026-11-17 15:00") // eighteen hours of office time are left
	intaketest.Check(t, w.work.AskSupplement(ctx, lan, step, []dossier.SupplementReason{{Component: "p2", Code: dossier.PaperMissing}}, ""))
	o.carry()
	if v = o.show(f.Dossier); v.Supplements != 1 || v.Supplement == nil || v.Components[1].State != dossier.Missing || !v.Due.Paused {
		t.Fatalf("the commune sees %+v", v.Supplement)
	}
	w.now = at("2026-11-20 16:00") // Friday: an hour of it, then Monday, Wednesday; the 24th is a holiday
	draft := must(o.book.StartSupplement(t.Context(), f.Slip, "1234", ledger.NewDraft{}))(t)
	must(o.book.Submit(t.Context(), draft.ID, ledger.Filing{Actor: "kiosk"}))(t)
	delivered := w.now
	w.now = at("2026-11-23 10:00")
	o.carry()
	s = o.atProvince(f)
	intaketest.Check(t, w.work.Answer(ctx, lan, step, s.Pending[0].Event, true, ""))
	o.carry()
	province, here := o.atProvince(f), must(o.book.Get(t.Context(), f.Dossier))(t).State
	left := must(calendar.Builtin().Remaining(delivered, time.UnixMilli(province.Due)))(t)
	if left.Round(time.Second) != 18*time.Hour {
		t.Errorf("%v are left after the pause, want 18 h", left)
	}
	for name, s := range map[string]dossier.State{"province": province, "commune": here} {
		same(t, name+", first date", s.OriginalDue(), "2026-11-19 17:00")
		if s.Due != province.Due || s.Supplements != 1 || len(s.Dues) != 2 || s.Pauses[0].To != delivered.UnixMilli() {
			t.Errorf("%s: due %d, dues %+v, pauses %+v", name, s.Due, s.Dues, s.Pauses)
		}
	}
}

// The fee changes overnight: what was received before is paid by the old one, whenever it is paid.
func TestFeeChangesOvernight(t *testing.T) {
	w := newWorld(t, "2026-11-25 16:00")
	o := w.office("xã Giao Long")
	before := o.file("1.004194")
	o.step(before.Dossier, "taken_in", map[string]any{})
	w.newPack("2026-11-26", "2026-11-26", `"fee_vnd": 10000`, `"fee_vnd": 12000`)
	w.now = at("2026-11-26 08:00")
	after := o.file("1.004194")
	o.carry()
	for f, want := range map[ledger.Filed]int64{before: 10000, after: 12000} {
		s := o.atProvince(f) // the pack travels with the dossier
		pack, ok := w.packs.Get(catalog.Version(s.Pack))
		if !ok {
			t.Fatalf("pack %s is not on the shelf", s.Pack)
		}
		procedure, _ := pack.Procedure(s.Procedure)
		if fee, fixed := procedure.FixedFee(string(s.Channel)); !fixed || fee != want {
			t.Errorf("received under %s: fee %d (fixed %v), want %d", s.Pack, fee, fixed, want)
		}
	}
}

// Received on 28/02/2027 and carried on 02/03/2027, the day after the new law: the old catalogue, its
// period and its date hold for it; what is received from then on is under the new one.
func TestReceivedBeforeTheNewLawCarriedAfter(t *testing.T) {
	w := newWorld(t, "2027-02-28 09:00") // a Sunday: a mobile team in the hamlets
	o := w.office("xã Giao Long")
	w.newPack("2027-03-01", "2027-03-01", `"deadline_rule": "same_day_15h",`, `"deadline_rule": "unknown",`)
	before := o.file("1.001193")
	same(t, "under the old law", o.step(before.Dossier, "taken_in", map[string]any{}).Row.Due, "2027-03-01 17:00")
	w.now = at("2027-03-02 08:00")
	after := o.file("1.001193")
	if v := o.step(after.Dossier, "taken_in", map[string]any{}); v.Row.Due != 0 || v.Filing.Pack != "2027-03-01" {
		t.Errorf("under the new law: due %d, pack %s", v.Row.Due, v.Filing.Pack)
	}
	o.carry()
	s := o.atProvince(before)
	if s.Pack == "2027-03-01" || s.Pack == "" {
		t.Errorf("carried under pack %q", s.Pack)
	}
	same(t, "at the province", s.Due, "2027-03-01 17:00")
}

// An old card with an address of three levels: the text stays as it is on the card; the communes that
// may be meant today are offered, and nothing chooses among them.
func TestOldCardKeepsItsAddress(t *testing.T) {
	const address = "Ấp 1, Giao Long, Giồng Trôm, Bến Tre"
	w := newWorld(t, "2026-11-16 09:00")
	o := w.office("xã Giao Long")
	card := must(vietnam.ParseCardQR("083190001234|320123456|Nguyễn Thị Én|15031990|Nữ|" + address + "|01012021"))(t)
	if card.Residence != address {
		t.Fatalf("the card says %q", card.Residence)
	}
	if len(vietnam.SuggestSuccessors(address)) == 0 {
		t.Error("no successor is offered")
	}
	o.address = card.Residence
	f := o.file("1.001193")
	o.step(f.Dossier, "taken_in", map[string]any{})
	o.carry()
	intaketest.Check(t, w.province.DB.Read(t.Context(), func(tx *store.Tx) error {
		events, err := tx.EventsOf(commune, f.Dossier)
		if filing := store.Filing(events); filing == nil || filing.Applicant.Address != address {
			t.Errorf("the province has %+v", filing)
		}
		return err
	}))
	if got := o.show(f.Dossier).People.Applicant.Address; got != address {
		t.Errorf("the counter shows %q", got)
	}
}

// The swapped Saturday 26/04/2025 counts as a working day, 02/05/2025 does not: at the counter and at
// the province.
func TestSwappedSaturday(t *testing.T) {
	for _, c := range []struct{ received, due string }{{"2025-04-25 09:00", "2025-04-29 17:00"}, {"2025-04-29 09:00", "2025-05-07 17:00"}} {
		w := newWorld(t, c.received)
		o := w.office("xã Giao Long")
		f := o.file("1.004194") // three working days
		same(t, "received "+c.received, o.step(f.Dossier, "taken_in", map[string]any{}).Row.Due, c.due)
		o.carry()
		same(t, "at the province", o.atProvince(f).Due, c.due)
	}
}
