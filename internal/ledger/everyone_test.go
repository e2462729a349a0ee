package ledger

import (
	"database/sql"
	"errors"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"bendo/internal/dossier"
	"bendo/internal/feedback"
	"bendo/syncproto"
)

// follow reads everything beyond since.
func (o *office) follow(since int64) ([]Summary, int64) {
	o.t.Helper()
	page := get(o.Summaries(o.t.Context(), since, 0))(o.t)
	if page.More {
		o.t.Fatal("more than a page")
	}
	return page.List, page.Next
}

// sameAsWhole holds every summary against what the events themselves say.
func (o *office) sameAsWhole() {
	o.t.Helper()
	list, _ := o.follow(0)
	var all []Everyone
	get(o.Everyone(o.t.Context(), 0, func(e Everyone) error { all = append(all, e); return nil }))(o.t)
	if len(all) != len(list) {
		o.t.Fatalf("%d summaries, %d dossiers", len(list), len(all))
	}
	for i, s := range list {
		want := summaryOf(all[i].State, all[i].Filing)
		want.Changed = s.Changed
		if !reflect.DeepEqual(s, want) {
			o.t.Fatalf("summary\n %+v\nthe events say\n %+v", s, want)
		}
		if s.Status() != dossier.StateText(all[i].State) {
			o.t.Fatalf("status %v, the state says %v", s.Status(), dossier.StateText(all[i].State))
		}
		for _, now := range []int64{0, s.Due - 1, s.Due, s.Due + 1, s.Due + 1<<40} {
			if s.LateAt(now) != all[i].State.LateAt(now) {
				o.t.Fatalf("late at %d: %v, the state says otherwise", now, s.LateAt(now))
			}
		}
	}
}

// A summary is a function of the events at every step of a dossier's life.
func TestSummaryFollowsTheState(t *testing.T) {
	o := openOffice(t)
	ctx := t.Context()
	one, two := o.file(), o.file()
	o.sameAsWhole()
	o.receive(o.act(one.Dossier, dossier.TakenIn, &dossier.TakenInPayload{Office: "x", Due: o.now.UnixMilli() - 5000}))
	o.sameAsWhole()
	o.askPapers(one)
	o.sameAsWhole()
	o.must(o.Ask(ctx, one.Dossier, dossier.WithdrawalRequested, &dossier.WithdrawalRequestedPayload{Reason: "x"}, "a"))
	o.sameAsWhole()
	o.receive(o.act(two.Dossier, dossier.Refused, &dossier.ReasonPayload{Reason: "x"}))
	get(o.RateVisit(ctx, syncproto.DossierID{77}, Opinion{Score: 2}))(t)
	get(o.File(ctx, prepared("HS 12", "x")))(t)
	o.sameAsWhole()

	list, _ := o.follow(0)
	i := slices.IndexFunc(list, func(s Summary) bool { return s.ID == one.Dossier })
	s := list[i]
	if s.Applicant != (Party{"Nguyễn Thị Canary", "", "083190001234", "0912345678"}) || s.Slip != one.Slip || s.Pending != 1 ||
		s.TakenInAt == 0 || s.AskedAt == 0 || len(s.Scans) != 3 || s.Erased {
		t.Fatalf("%+v", s)
	}
}

// What the agent's process writes is seen by the desk's, once, and nothing else is: two handles on one file.
func TestSummariesOfAnotherProcess(t *testing.T) {
	desk := openOffice(t)
	ctx := t.Context()
	agent := &office{t: t, dir: desk.dir, now: desk.now}
	agent.reopen()
	one, two := desk.file(), desk.file()
	list, at := desk.follow(0)
	if len(list) != 2 {
		t.Fatalf("%d summaries", len(list))
	}
	before := get(desk.DataVersion(ctx))(t)
	if list, again := desk.follow(at); len(list) != 0 || again != at {
		t.Fatalf("nothing changed, yet %d", len(list))
	}
	agent.takeIn(two)
	if get(desk.DataVersion(ctx))(t) == before {
		t.Fatal("the data version does not tell of another process's commit")
	}
	list, at = desk.follow(at)
	if len(list) != 1 || list[0].ID != two.Dossier || list[0].Business != dossier.Received {
		t.Fatalf("%+v", list)
	}
	agent.askPapers(one)
	agent.takeIn(desk.file())
	agent.askPapers(two)
	list, at = desk.follow(at)
	if len(list) != 3 || list[2].ID != two.Dossier {
		t.Fatalf("%d changed", len(list))
	}
	if list, _ := desk.follow(at); len(list) != 0 {
		t.Fatalf("%d changed again", len(list))
	}
}

// A dossier that changes while the pages are read comes again, so the last word stands.
func TestSummariesWhileTheBookChanges(t *testing.T) {
	o := openOffice(t)
	var filed []Filed
	for range 5 {
		filed = append(filed, o.file())
	}
	have := map[syncproto.DossierID]Summary{}
	since := int64(0)
	for more, step := true, 0; more; step++ {
		page := get(o.Summaries(t.Context(), since, 2))(t)
		for _, s := range page.List {
			have[s.ID] = s
		}
		if step == 0 {
			o.takeIn(filed[0]) // already read
			o.takeIn(filed[4]) // not yet
		}
		since, more = page.Next, page.More
	}
	if len(have) != 5 || have[filed[0].Dossier].Business != dossier.Received || have[filed[4].Dossier].Business != dossier.Received {
		t.Fatalf("%+v", have)
	}
}

// Summaries are derived: missing, outdated and damaged ones are made from the events and kept.
func TestSummariesAreMadeAnew(t *testing.T) {
	for name, spoil := range map[string]string{
		"missing, as after the migration": `UPDATE summary SET body = x''`,
		"damaged":                         `UPDATE summary SET body = substr(body, 1, 40)`,
		"of another row":                  `UPDATE summary SET body = (SELECT s.body FROM summary s WHERE s.changed <> summary.changed LIMIT 1)`,
	} {
		t.Run(name, func(t *testing.T) {
			o := openOffice(t)
			o.file()
			o.takeIn(o.file())
			want, at := o.follow(0)
			o.exec(spoil)
			got, again := o.follow(0)
			if !reflect.DeepEqual(got, want) || at != again {
				t.Fatalf("%+v\nwant %+v", got, want)
			}
			var kept int
			o.must(o.db.Read(t.Context(), func(tx *sql.Tx) error {
				return tx.QueryRow(`SELECT count(*) FROM summary WHERE length(body) > 41`).Scan(&kept)
			}))
			if kept != 2 {
				t.Fatalf("%d of 2 were kept", kept)
			}
		})
	}
}

// A dossier whose events cannot be read keeps nobody from the others.
func TestSummariesPastADamagedDossier(t *testing.T) {
	o := openOffice(t)
	bad := o.file()
	good := o.file()
	o.exec(`UPDATE summary SET body = x''`)
	o.exec(`UPDATE secret SET wrapped = substr(wrapped, 1, 30) WHERE scope = (SELECT dossier FROM summary ORDER BY changed LIMIT 1)`)
	list, _ := o.follow(0)
	if len(list) != 2 || !list[0].Erased || list[0].ID != bad.Dossier || list[1].ID != good.Dossier || list[1].Erased {
		t.Fatalf("%+v", list)
	}
}

// A dropped key reaches every index in memory, and nothing of the dossier can be read.
func TestSummaryOfAnErasedDossier(t *testing.T) {
	o := openOffice(t)
	f, other := o.file(), o.file()
	_, at := o.follow(0)
	o.must(o.db.Write(t.Context(), func(tx *sql.Tx) error { return o.dropKey(t.Context(), tx, f.Dossier) }))
	list, _ := o.follow(at)
	if len(list) != 1 || !reflect.DeepEqual(list[0], Summary{ID: f.Dossier, Changed: at + 1, Erased: true}) {
		t.Fatalf("%+v", list)
	}
	few := get(o.SummariesOf(t.Context(), []syncproto.DossierID{f.Dossier, other.Dossier, {9}}))(t)
	if len(few) != 1 || few[0].ID != other.Dossier {
		t.Fatalf("%+v", few)
	}
	var all []Everyone
	get(o.Everyone(t.Context(), 0, func(e Everyone) error { all = append(all, e); return nil }))(t)
	if len(all) != 2 || all[1].Filing != nil || all[1].State.ID != f.Dossier || all[1].State.Version != 0 {
		t.Fatalf("%+v", all)
	}
}

// Another book's number is refused: whoever follows begins anew.
func TestSummariesOfAnotherBook(t *testing.T) {
	o := openOffice(t)
	o.file()
	_, at := o.follow(0)
	if _, err := o.Summaries(t.Context(), at+1, 0); !errors.Is(err, ErrCursor) {
		t.Fatalf("%v", err)
	}
}

// Everyone stops at the caller's error and goes on behind what was done.
func TestEveryoneGoesOn(t *testing.T) {
	o := openOffice(t)
	f := o.file()
	o.file()
	get(o.SetAck(t.Context(), o.ack(2, 100)))(t)
	stop := errors.New("stop")
	n := 0
	next, err := o.Everyone(t.Context(), 0, func(e Everyone) error {
		if n++; n == 2 {
			return stop
		}
		if e.State.ID != f.Dossier || e.LeftAt != 5000 || e.Filing == nil {
			t.Fatalf("%+v", e)
		}
		return nil
	})
	if !errors.Is(err, stop) || n != 2 {
		t.Fatalf("%d: %v", n, err)
	}
	get(o.Everyone(t.Context(), next, func(Everyone) error { n++; return nil }))(t)
	if n != 3 {
		t.Fatalf("%d dossiers", n)
	}
}

// A petitioner who does not want to be named is in no list by name.
func TestSummaryOfAnUnnamedPetition(t *testing.T) {
	filing := &dossier.SubmittedPayload{Procedure: feedback.Procedure, Applicant: dossier.Person{FullName: "Lê Canary"}}
	if s := summaryOf(dossier.State{Version: 1}, filing); s.Applicant.Name != "" {
		t.Fatalf("%+v", s)
	}
}

func drawSummary(t *rapid.T) Summary {
	text, number := rapid.StringN(0, 12, 40), rapid.Int64()
	person := rapid.Custom(func(t *rapid.T) Party {
		return Party{text.Draw(t, "name"), text.Draw(t, "born"), text.Draw(t, "id"), text.Draw(t, "phone")}
	})
	s := Summary{ID: syncproto.DossierID{3}, Erased: rapid.Bool().Draw(t, "erased"), Slip: dossier.Slip(text.Draw(t, "slip")),
		Procedure: text.Draw(t, "procedure"), Applicant: person.Draw(t, "applicant"), Submitter: person.Draw(t, "submitter"),
		NationalCode: rapid.Uint8().Draw(t, "code"), FiledAt: number.Draw(t, "filed"), PendingAt: number.Draw(t, "pending"),
		LookUps: rapid.IntRange(0, 200).Draw(t, "lookups"), supplements: rapid.IntRange(0, 9).Draw(t, "n"), odd: rapid.Bool().Draw(t, "odd")}
	s.External = append(s.External, rapid.SliceOfN(text, 0, 3).Draw(t, "external")...)
	s.Scans = append(s.Scans, rapid.SliceOfN(rapid.Uint64(), 0, 5).Draw(t, "scans")...)
	return s
}

func TestSummaryCode(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawSummary(t)
		body := s.encode()
		got, err := decodeSummary(s.ID, body)
		if err != nil || !reflect.DeepEqual(got, s) {
			t.Fatalf("%+v (%v), want %+v", got, err, s)
		}
		cut := rapid.IntRange(2, len(body)-1).Draw(t, "cut")
		if _, err := decodeSummary(s.ID, body[:cut]); err == nil {
			t.Fatalf("cut to %d of %d bytes and read", cut, len(body))
		}
	})
	w := writer{}
	w.number(summaryVersion + 1)
	if _, err := decodeSummary(syncproto.DossierID{}, w); !errors.Is(err, errStale) {
		t.Fatalf("another version: %v", err)
	}
}

func FuzzSummary(f *testing.F) {
	f.Add(Summary{}.encode())
	f.Add(Summary{Applicant: Party{Name: "Lê Văn Tám"}, External: []string{"a"}, Scans: []uint64{1, 2}}.encode())
	f.Fuzz(func(t *testing.T, body []byte) {
		s, err := decodeSummary(syncproto.DossierID{}, body)
		if err != nil {
			return
		}
		if again, err := decodeSummary(syncproto.DossierID{}, s.encode()); err != nil || !reflect.DeepEqual(again, s) {
			t.Fatalf("%+v (%v), want %+v", again, err, s)
		}
	})
}
