package ledger

import (
	"strings"
	"testing"

	"bendo/syncproto"
)

// TestPrintsAreCounted: which print of a paper it is, and that only those that surely failed are not
// counted.
func TestPrintsAreCounted(t *testing.T) {
	o := openOffice(t)
	ctx := t.Context()
	begin := func(kind, subject string, want int) PrintJob {
		t.Helper()
		j := get(o.BeginPrint(ctx, kind, subject))(t)
		if j.Copy != want || j.State != PrintBegun {
			t.Fatalf("%s %s: %+v, want copy %d", kind, subject, j, want)
		}
		return j
	}
	a := begin("slip", "12345000000018", 1)
	get(o.NotePrint(ctx, a.N, PrintFailed, ToldBySystem, "", "no such queue"))(t)
	b := begin("slip", "12345000000018", 1) // the first never came out
	get(o.NotePrint(ctx, b.N, PrintAccepted, ToldBySystem, "desk-7", ""))(t)
	begin("slip", "12345000000018", 2)
	tray := begin("slip", "12345000000034", 1)
	get(o.NotePrint(ctx, tray.N, PrintFailed, ToldByPerson, "", ""))(t)
	begin("slip", "12345000000034", 2) // nobody saw the first one, which may still come
	begin("fee_slip", "12345000000018", 1)
	begin("slip", "12345000000026", 1)
	list := get(o.Prints(ctx, "slip", "12345000000018", 10))(t)
	if len(list) != 3 || list[0].Copy != 2 || list[1].Job != "desk-7" || list[2].State != PrintFailed || list[2].Detail != "no such queue" {
		t.Fatalf("%+v", list)
	}
	if all := get(o.Prints(ctx, "", "", 2))(t); len(all) != 2 || all[0].Subject != "12345000000026" {
		t.Fatalf("the newest: %+v", all)
	}
	for _, bad := range [][2]string{{"", "1"}, {"slip", ""}, {"slip", strings.Repeat("1", 65)}} {
		_, err := o.BeginPrint(ctx, bad[0], bad[1])
		wantErr(t, err, ErrUnfit)
	}
}

// TestAKillDuringAPrintIsUnknown: after a restart nobody knows whether the paper lies in the tray.
func TestAKillDuringAPrintIsUnknown(t *testing.T) {
	o := openOffice(t)
	ctx := t.Context()
	killed := get(o.BeginPrint(ctx, "slip", "12345000000018"))(t)
	queued := get(o.BeginPrint(ctx, "slip", "12345000000026"))(t)
	get(o.NotePrint(ctx, queued.N, PrintAccepted, ToldBySystem, "desk-8", ""))(t)
	o.must(o.Close())
	o.reopen()
	if n := get(o.SettlePrints(ctx))(t); n != 1 {
		t.Fatalf("%d settled, want 1", n)
	}
	if j := get(o.Print(ctx, killed.N))(t); j.State != PrintUnknown {
		t.Fatalf("the killed one is %s", j.State)
	}
	if j := get(o.Print(ctx, queued.N))(t); j.State != PrintAccepted { // the print system can still be asked
		t.Fatalf("the queued one is %s", j.State)
	}
	if j := get(o.BeginPrint(ctx, "slip", "12345000000018"))(t); j.Copy != 2 {
		t.Fatalf("after an unknown print the next is copy %d, want 2", j.Copy)
	}
	if n := get(o.SettlePrints(ctx))(t); n != 1 {
		t.Fatalf("%d settled the second time, want 1", n)
	}
}

// TestAPersonsWordStays: whoever looked into the tray is not overruled.
func TestAPersonsWordStays(t *testing.T) {
	o := openOffice(t)
	ctx := t.Context()
	j := get(o.BeginPrint(ctx, "slip", "12345000000018"))(t)
	get(o.NotePrint(ctx, j.N, PrintDone, ToldBySystem, "desk-7", "job-completed-successfully"))(t)
	get(o.NotePrint(ctx, j.N, PrintFailed, ToldByPerson, "", ""))(t)
	if got := get(o.NotePrint(ctx, j.N, PrintDone, ToldBySystem, "desk-7", "x"))(t); got.State != PrintFailed || got.Job != "desk-7" {
		t.Fatalf("%+v", got)
	}
	_, err := o.NotePrint(ctx, 999, PrintDone, ToldBySystem, "", "")
	wantErr(t, err, ErrNotFound)
	long := get(o.NotePrint(ctx, j.N, PrintDone, ToldByPerson, "", strings.Repeat("đ\n", 1000)))(t)
	if len(long.Detail) > maxPrintText || strings.Contains(long.Detail, "\n") {
		t.Fatalf("detail of %d bytes", len(long.Detail))
	}
}

// TestOnlyTheNewestOfAPublishedThingIsKept: a list that is published anew every day for years must not
// fill the book, nor push the newest behind what is read of them.
func TestOnlyTheNewestOfAPublishedThingIsKept(t *testing.T) {
	o := openOffice(t)
	for i := range 3 {
		o.receive(syncproto.FeedItem{Kind: syncproto.FeedObject, Key: "object:keys:fleet", Body: []byte{byte(i)}},
			syncproto.FeedItem{Kind: syncproto.FeedObject, Key: "object:pack:p", Body: []byte{byte(10 + i)}},
			syncproto.FeedItem{Kind: syncproto.FeedDirective, Key: "directive:unknown", Body: []byte{byte(20 + i)}})
	}
	kept := get(o.Kept(t.Context(), syncproto.FeedObject))(t)
	if len(kept) != 2 || kept[0].Body[0] != 2 || kept[1].Body[0] != 12 {
		t.Fatalf("%+v", kept)
	}
	if others := get(o.Kept(t.Context(), syncproto.FeedDirective))(t); len(others) != 3 {
		t.Fatalf("%d directives, want all 3", len(others))
	}
}
