package finder

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// named makes a dossier of somebody. The id is its number; the later, the newer.
func named(n int, name string) Facts {
	return Facts{ID: ID{15: byte(n), 14: byte(n >> 8)}, Applicant: Person{Name: name}, FiledAt: int64(n), Open: true}
}

func indexOf(list ...Facts) *Index {
	x := &Index{}
	for _, f := range list {
		x.Set(f)
	}
	return x
}

// names gives the applicants found, in order.
func names(x *Index, list []Facts, q string) string {
	var found []string
	for _, id := range x.Find(q, 20).IDs {
		i := slices.IndexFunc(list, func(f Facts) bool { return f.ID == id })
		found = append(found, list[i].Applicant.Name)
	}
	return strings.Join(found, ", ")
}

func TestNames(t *testing.T) {
	var list []Facts
	for i, n := range []string{"Nguyễn Văn An", "Nguyễn Thị Ân", "An Văn Bình", "Lê Thị Anh", "Trần Đức Hòa", "Trần Hoà", "Đặng Thúy", "Đặng Thuý Quy",
		"Điểu K'Rang", "Thạch Sô Phia", "LÝ THỊ HOA", "Nguyễn Văn Bảo An", "Danh Út"} {
		list = append(list, named(i+1, n))
	}
	x := indexOf(list...)
	for q, want := range map[string]string{
		// without marks: the given name first, then other words, then beginnings
		"an": "Nguyễn Văn Bảo An, Nguyễn Văn An, Nguyễn Thị Ân, An Văn Bình, Lê Thị Anh",
		// the spelling that was typed comes first
		"ân": "Nguyễn Thị Ân, Nguyễn Văn Bảo An, Nguyễn Văn An, An Văn Bình, Lê Thị Anh",
		// words in any order, the whole name before a longer one
		"nguyen van an": "Nguyễn Văn An, Nguyễn Văn Bảo An",
		"an nguyen van": "Nguyễn Văn An, Nguyễn Văn Bảo An",
		"AN NGUYỄN":     "Nguyễn Văn Bảo An, Nguyễn Văn An, Nguyễn Thị Ân",
		"van an":        "Nguyễn Văn Bảo An, Nguyễn Văn An, An Văn Bình",
		// beginnings
		"ngu v a": "Nguyễn Văn An, Nguyễn Văn Bảo An",
		// đ is d; the place of a tone mark does not matter
		"duc hoa": "Trần Đức Hòa",
		"hoà":     "Trần Hoà, Trần Đức Hòa, LÝ THỊ HOA",
		"hòa":     "Trần Hoà, Trần Đức Hòa, LÝ THỊ HOA",
		"hoa":     "LÝ THỊ HOA, Trần Hoà, Trần Đức Hòa",
		"dang":    "Đặng Thuý Quy, Đặng Thúy",
		// decomposed input
		"a\u0302n": "Nguyễn Thị Ân, Nguyễn Văn Bảo An, Nguyễn Văn An, An Văn Bình, Lê Thị Anh",
		// i and y, apostrophes
		"li hoa":      "LÝ THỊ HOA",
		"thui":        "Đặng Thúy, Đặng Thuý Quy",
		"dieu krang":  "Điểu K'Rang",
		"dieu k’rang": "Điểu K'Rang",
		"rang":        "Điểu K'Rang",
		"so phia":     "Thạch Sô Phia",
		// one slip of the finger, and an input method that was off
		"nguyn van an":     "Nguyễn Văn An, Nguyễn Văn Bảo An",
		"nguyne van binh":  "", // nobody of this name, and not half of it is right
		"tarn hoa":         "Trần Hoà, Trần Đức Hòa",
		"nguyeenx vawn an": "Nguyễn Văn An, Nguyễn Văn Bảo An",
		"ddawngj quy":      "Đặng Thuý Quy",
		// two typed words are two words of the name
		"an an":       "",
		"":            "",
		"   ":         "",
		"xyz":         "",
		"nguyen an x": "",
	} {
		if got := names(x, list, q); got != want {
			t.Errorf("%q finds\n  %s\nwant\n  %s", q, got, want)
		}
	}
}

func TestSubmitterComesAfter(t *testing.T) {
	mother, child := named(1, "Lê Thị Mai"), named(2, "Lê Văn Nam")
	child.Submitter = Person{Name: "Lê Thị Mai", Phone: "0912 345 678", Born: "1980"}
	child.Applicant.Born = "2015-02-03"
	list := []Facts{mother, child}
	x := indexOf(list...)
	if got := names(x, list, "le thi mai"); got != "Lê Thị Mai, Lê Văn Nam" {
		t.Fatal(got)
	}
	for q, want := range map[string]string{
		"mai 1980": "Lê Văn Nam", "nam 2015": "Lê Văn Nam", "nam 1980": "", "le 5678": "Lê Văn Nam", "mai 5679": "",
	} {
		if got := names(x, list, q); got != want {
			t.Errorf("%q finds %s, want %s", q, got, want)
		}
	}
}

func TestNumbers(t *testing.T) {
	a, b, c := named(1, "A"), named(2, "B"), named(3, "C")
	a.Slip, a.Applicant.CitizenID, a.Applicant.Phone = "12345678901234", "083190001234", "+84 912 345 678"
	b.Slip, b.Official, b.Old = "12345111100008", "000.00.12.H08-261123-0007", []string{"HS-2019/Đ-077", "778899"}
	c.Slip, c.Applicant.CitizenID, c.Submitter = "12345222277665", "321456789", Person{CitizenID: "083190005555", Phone: "0275 3822 345"}
	list := []Facts{a, b, c}
	x := indexOf(list...)
	for _, row := range []struct {
		q, want string
		how     How
	}{
		{"12345-6789-01234", "A", BySlip}, {"12345678901234", "A", BySlip}, {" 12345 6789 01234 ", "A", BySlip},
		{"01234", "A", BySlip}, {"6789", "C, A", ByCitizen}, {"1111", "B", BySlip}, {"123456", "A", BySlip},
		{"12345678901243", "A", BySlip}, {"12345678901235", "A", BySlip}, {"12354678901234", "A", BySlip},
		{"083190001234", "A", ByCitizen}, {"083 190 001 234", "A", ByCitizen}, {"321456789", "C", ByCitizen},
		{"5555", "C", ByCitizen}, {"083190", "C, A", ByCitizen}, {"083190005556", "C", ByCitizen},
		{"0912345678", "A", ByPhone}, {"+84912345678", "A", ByPhone}, {"0912.345.678", "A", ByPhone}, {"5678", "A", ByPhone},
		{"345678", "A", ByPhone}, {"02753822345", "C", ByPhone}, {"2345", "C, B, A", ByPhone},
		{"000.00.12.H08-261123-0007", "B", ByCode}, {"h08-261123-0007", "B", ByCode}, {"261123-0007", "B", ByCode}, {"H082611", "B", ByCode},
		{"hs 2019 d 077", "B", ByOld}, {"HS-2019/Đ-077", "B", ByOld}, {"778899", "B", ByOld}, {"d-077", "B", ByOld},
		{"99", "", ""}, {"99999999999999999999999999", "", ""}, {"-", "", ""},
	} {
		if got := names(x, list, row.q); got != row.want || x.Find(row.q, 5).How != row.how {
			t.Errorf("%q finds %q by %q, want %q by %q", row.q, got, x.Find(row.q, 5).How, row.want, row.how)
		}
	}
	if a := x.Find("789", 5); len(a.IDs) > 1 {
		t.Errorf("three digits find %d", len(a.IDs))
	}
}

func TestAnswersAreBounded(t *testing.T) {
	x := &Index{}
	for i := range 300 {
		x.Set(named(i, "Nguyễn Văn An"))
	}
	a := x.Find("an", 7)
	if len(a.IDs) != 7 || !a.More || a.IDs[0] != named(299, "").ID || a.IDs[6] != named(293, "").ID {
		t.Fatalf("%d, more %v, first %v", len(a.IDs), a.More, a.IDs)
	}
	if a := x.Find("an", 100000); len(a.IDs) != MaxLimit || !a.More {
		t.Fatalf("%d", len(a.IDs))
	}
	if a := x.Find(strings.Repeat("an ", 5000), 5); len(a.IDs) != 0 {
		t.Fatalf("%d", len(a.IDs))
	}
}

func TestLists(t *testing.T) {
	f := func(n int, change func(*Facts)) Facts {
		d := named(n, "A")
		d.Procedure = fmt.Sprintf("p%d", n%2)
		change(&d)
		return d
	}
	x := indexOf(
		f(1, func(d *Facts) { d.Waiting = true }),
		f(2, func(d *Facts) { d.Waiting, d.LookUp = true, true }),
		f(3, func(d *Facts) { d.Due = 99 }),
		f(4, func(d *Facts) { d.Due = 100 }),
		f(5, func(d *Facts) { d.Due = 150 }),
		f(6, func(d *Facts) { d.Due = 151 }),
		f(7, func(d *Facts) { d.AskedAt, d.RequestAt = 50, 60 }),
		f(8, func(d *Facts) { d.ReadyAt = 70 }),
		f(9, func(d *Facts) { d.Open = false; d.LookUp = true }),
		f(10, func(d *Facts) { d.Due = 20; d.RequestAt = 10 }))
	m := Moment{Now: 100, Soon: 150}
	for v, want := range map[View]string{
		Waiting: "1 2", DueSoon: "4 5", Late: "10 3", Supplement: "7", Ready: "8", LookUps: "2", Requests: "10 7",
		All: "10 9 8 7 6 5 4 3 2 1", "nonsense": "",
	} {
		ids, total := x.List(v, "", m, 0, 100)
		var got []string
		for _, id := range ids {
			got = append(got, fmt.Sprint(id[15]))
		}
		if strings.Join(got, " ") != want || total != len(ids) || total != x.Counts(m)[v] {
			t.Errorf("%s: %v of %d (count %d), want %s", v, got, total, x.Counts(m)[v], want)
		}
	}
	if ids, total := x.List(All, "p1", m, 1, 2); total != 5 || len(ids) != 2 || ids[0][15] != 7 || ids[1][15] != 5 {
		t.Errorf("%v of %d", ids, total)
	}
	if ids, total := x.List(All, "p7", m, 0, 2); total != 0 || len(ids) != 0 {
		t.Errorf("%v of %d", ids, total)
	}
	if ids, total := x.List(All, "", m, 50, 2); total != 10 || len(ids) != 0 {
		t.Errorf("%v of %d", ids, total)
	}
}

// A page far behind is the same part of the same order, however it is chosen.
func TestDeepPages(t *testing.T) {
	x := &Index{}
	for i := range 3 * manyPlaces {
		d := named(i, "A")
		d.FiledAt = int64(i % 7)
		x.Set(d)
	}
	whole, total := x.List(All, "", Moment{}, 0, 3*manyPlaces)
	if total != 3*manyPlaces || len(whole) != total {
		t.Fatalf("%d of %d", len(whole), total)
	}
	for _, at := range []int{0, manyPlaces - 10, manyPlaces - 9, manyPlaces, 3*manyPlaces - 5, 3 * manyPlaces} {
		page, _ := x.List(All, "", Moment{}, at, 10)
		if !slices.Equal(page, whole[at:min(at+10, total)]) {
			t.Errorf("the page at %d differs", at)
		}
	}
}

func TestTwins(t *testing.T) {
	f := func(n int, name, born, id, procedure string) Facts {
		d := named(n, name)
		d.Applicant.Born, d.Applicant.CitizenID, d.Procedure = born, id, procedure
		return d
	}
	x := indexOf(
		f(1, "Nguyễn Văn An", "1990-01-02", "083090000001", "a"),
		f(2, "NGUYEN VAN AN", "1990", "", "a"),                       // may be 1: no number to tell them apart
		f(3, "Nguyễn Văn An", "1990-01-02", "083090000003", "a"),     // another person than 1
		f(4, "Nguyễn Văn An", "1990-01-02", "083090000001", "b"),     // another procedure
		f(5, "Nguyễn Văn Ấn", "1991-01-02", "083090000001", "a"),     // the same number, however it was written
		f(6, "Lê A", "1950", "", "c"), f(7, "Lê B", "1950", "", "d")) // a scan in common
	six, seven := named(6, "Lê A"), named(7, "Lê B")
	six.Scans, seven.Scans = []uint64{1, 5}, []uint64{5}
	x.Set(six)
	x.Set(seven)
	check := func(want map[int]string) {
		t.Helper()
		for n, w := range want {
			var got []string
			for _, id := range x.Twins(named(n, "").ID) {
				got = append(got, fmt.Sprint(id[15]))
			}
			if strings.Join(got, " ") != w {
				t.Errorf("twins of %d: %v, want %s", n, got, w)
			}
		}
	}
	check(map[int]string{1: "2 5", 2: "1 3", 3: "2", 4: "", 5: "1", 6: "7", 7: "6", 8: ""})
	closed := f(2, "NGUYEN VAN AN", "1990", "", "a")
	closed.Open = false
	x.Set(closed)
	x.Remove(seven.ID)
	check(map[int]string{1: "5", 2: "", 3: "", 6: ""})
	for n := range 60 { // everybody has the page
		d := named(100+n, "X")
		d.Scans = []uint64{5}
		x.Set(d)
	}
	check(map[int]string{6: "", 100: ""})
}

// Forgetting a dossier forgets the name.
func TestRemoveForgetsTheName(t *testing.T) {
	x := indexOf(named(1, "Nguyễn Canary"), named(2, "Nguyễn An"))
	x.Remove(named(1, "").ID)
	x.Set(named(2, "Trần Bình"))
	for _, w := range x.words.list {
		if w.uses > 0 && (w.spelled == "canary" || w.spelled == "nguyễn") || w.uses == 0 && w.spelled != "" {
			t.Errorf("%+v", w)
		}
	}
	if _, ok := x.words.byIt["canary"]; ok || len(x.rows) != 2 || x.Len() != 1 {
		t.Errorf("%v %d %d", ok, len(x.rows), x.Len())
	}
	x.Remove(ID{9})
	x.Remove(named(2, "").ID)
	if x.Len() != 0 || len(x.twins) != 0 || len(x.words.byIt) != 0 {
		t.Errorf("%d dossiers, %d twins, %d words left", x.Len(), len(x.twins), len(x.words.byIt))
	}
	if a := x.Find("nguyen", 5); len(a.IDs) != 0 {
		t.Error("found after it was forgotten")
	}
}

var (
	someWords  = []string{"Nguyễn", "Văn", "Thị", "An", "Ân", "Anh", "Hòa", "Hoà", "Lý", "Lí", "K'Rang", "Đức"}
	someCodes  = []string{"", "H08-1", "H08-12", "HS 7/Đ"}
	somePeople = []string{"", "083190001234", "083190001235", "321456789"}
	somePhones = []string{"", "0912345678", "0275 3822 345"}
	someSlips  = []string{"", "12345678901234", "12345678901243", "12345111100008"}
)

func drawFacts(t *rapid.T) Facts {
	pick := func(of []string, label string) string { return rapid.SampledFrom(of).Draw(t, label) }
	person := func() Person {
		return Person{Name: strings.Join(rapid.SliceOfN(rapid.SampledFrom(someWords), 0, 4).Draw(t, "name"), " "),
			Born: pick([]string{"", "1990", "1991-02-03"}, "born"), CitizenID: pick(somePeople, "id"), Phone: pick(somePhones, "phone")}
	}
	at := func(label string) int64 { return rapid.Int64Range(0, 3).Draw(t, label) }
	return Facts{ID: ID{rapid.ByteRange(0, 7).Draw(t, "n")}, Slip: pick(someSlips, "slip"), Procedure: pick([]string{"a", "b"}, "procedure"),
		Official: pick(someCodes, "official"), Old: rapid.SliceOfN(rapid.SampledFrom(someCodes), 0, 2).Draw(t, "old"),
		Applicant: person(), Submitter: person(), FiledAt: at("filed"), Due: at("due"), AskedAt: at("asked"), ReadyAt: at("ready"), RequestAt: at("request"),
		Waiting: rapid.Bool().Draw(t, "waiting"), LookUp: rapid.Bool().Draw(t, "lookup"), Open: rapid.Bool().Draw(t, "open"),
		Scans: rapid.SliceOfN(rapid.Uint64Range(1, 4), 0, 2).Draw(t, "scans")}
}

// answers is everything an index of the small world above can be asked.
func answers(x *Index) string {
	var b strings.Builder
	for _, q := range []string{"an", "ân", "nguyen an", "a ng", "hoa 1990", "ly", "krang", "nguyne", "5678", "1234", "12345-6789-01234", "h08 1", "7d", "lí 1234"} {
		for _, limit := range []int{2, 50} {
			fmt.Fprintln(&b, q, x.Find(q, limit))
		}
	}
	m := Moment{Now: 2, Soon: 3}
	for _, v := range Views() {
		for _, p := range []string{"", "a"} {
			ids, total := x.List(v, p, m, 1, 3)
			fmt.Fprintln(&b, v, p, ids, total, x.Counts(m)[v])
		}
	}
	for n := range byte(8) {
		fmt.Fprintln(&b, n, x.Twins(ID{n}), x.IsLate(ID{n}, 2))
	}
	return b.String()
}

// An index that followed every change answers as one that is built anew, whatever happened in which order.
func TestFollowingIsBuildingAnew(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x, last := &Index{}, map[ID]Facts{}
		for range rapid.IntRange(0, 30).Draw(t, "changes") {
			if rapid.IntRange(0, 3).Draw(t, "what") == 0 {
				id := ID{rapid.ByteRange(0, 7).Draw(t, "gone")}
				x.Remove(id)
				delete(last, id)
				continue
			}
			f := drawFacts(t)
			x.Set(f)
			last[f.ID] = f
		}
		anew := &Index{}
		for _, f := range last { // any order
			anew.Set(f)
		}
		if a, b := answers(x), answers(anew); a != b {
			t.Fatalf("followed:\n%s\nbuilt anew:\n%s", a, b)
		}
		if len(last) > 0 { // the comparison sees a forgotten change
			for id := range last {
				anew.Remove(id)
				break
			}
			if answers(x) == answers(anew) {
				t.Fatal("a missing dossier goes unseen")
			}
		}
	})
}

// Whatever is typed, an answer is bounded, names known dossiers once, and is the same again.
func FuzzFind(f *testing.F) {
	for _, q := range []string{"", "nguyen van an", "ân 1990", "12345-6789-01234", "0912 345 678", "H08-1", "\xff\x00", "a b c d e f g h i j", "99999999999999999999", "ឈ្មោះ", "an 1 2 3 4"} {
		f.Add(q)
	}
	x := &Index{}
	for i := range 64 {
		d := named(i, someWords[i%12]+" "+someWords[(i/3)%12]+" "+someWords[(i/7)%12])
		d.Slip, d.Official, d.Applicant.CitizenID, d.Submitter.Phone = someSlips[i%4], someCodes[i%4], somePeople[i%4], somePhones[i%3]
		x.Set(d)
	}
	f.Fuzz(func(t *testing.T, q string) {
		a := x.Find(q, 9)
		if len(a.IDs) > 9 || (len(a.IDs) == 0) != (a.How == "") || a.More && len(a.IDs) != 9 {
			t.Fatalf("%q: %+v", q, a)
		}
		seen := map[ID]bool{}
		for _, id := range a.IDs {
			if _, ok := x.byID[id]; !ok || seen[id] {
				t.Fatalf("%q: %x unknown or twice", q, id)
			}
			seen[id] = true
		}
		if b := x.Find(q, 9); !slices.Equal(a.IDs, b.IDs) {
			t.Fatalf("%q: another answer", q)
		}
	})
}
