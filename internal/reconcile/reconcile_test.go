package reconcile

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"flag"
	"os"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"bendo/internal/bounded"
	"bendo/syncproto"
)

var write = flag.Bool("write", false, "write the vectors anew")

const day = Day("2026-11-22")

func fact(i byte) Fact {
	from, _ := day.Bounds()
	return Fact{Dossier: syncproto.DossierID{i}, Event: syncproto.EventID{i, 1}, At: from + int64(i), Manifest: syncproto.Digest{i, 2},
		Complete: i%2 == 0, TakenInAt: int64(i%3) * 1000, Slip: "12345" + string(rune('0'+i%10)), Procedure: "1.001193", Left: true}
}

func facts(n int) (list []Fact) {
	for i := range n {
		list = append(list, fact(byte(i+1)))
	}
	return list
}

// The vectors are what another program must compute.
func TestVectors(t *testing.T) {
	type vector struct {
		Day   Day              `json:"day"`
		Book  syncproto.BookID `json:"book"`
		Facts []Fact           `json:"facts"`
		Root  syncproto.Digest `json:"root"`
	}
	const path = "testdata/vectors.json"
	if *write {
		var all []vector
		for _, n := range []int{0, 1, 5} {
			f := facts(n)
			if n == 5 {
				f[4].N, f[4].Dossier = 1, f[3].Dossier // a supplement of the fourth
			}
			all = append(all, vector{day, syncproto.BookID{9}, f, Root(day, syncproto.BookID{9}, f)})
		}
		b, err := json.MarshalIndent(all, "", " ")
		if err != nil || os.WriteFile(path, append(b, '\n'), 0o600) != nil {
			t.Fatal(err)
		}
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var all []vector
	if err := json.Unmarshal(b, &all); err != nil || len(all) == 0 {
		t.Fatal(err)
	}
	for i, v := range all {
		slices.Reverse(v.Facts)
		if got := Root(v.Day, v.Book, v.Facts); got != v.Root {
			t.Errorf("vector %d: root %s, want %s", i, got, v.Root)
		}
	}
}

func TestDay(t *testing.T) {
	from, to := day.Bounds()
	if from != time.Date(2026, 11, 21, 17, 0, 0, 0, time.UTC).UnixMilli() || to-from != 24*3600*1000 {
		t.Errorf("%d to %d", from, to)
	}
	if DayOf(time.UnixMilli(from)) != day || DayOf(time.UnixMilli(from-1)) != "2026-11-21" || DayOf(time.UnixMilli(to)) != "2026-11-23" {
		t.Error("the days do not meet")
	}
	for _, bad := range []string{"", "22/11/2026", "2026-11-31", "2026-1-1"} {
		if _, err := ParseDay(bad); err == nil {
			t.Errorf("%q was read", bad)
		}
	}
}

// Equal sets have equal roots and no difference in any order; one planted difference changes the
// root and is named, alone.
func TestDiffNamesWhatWasPlanted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		here := facts(rapid.IntRange(1, 12).Draw(t, "facts"))
		there := rapid.Permutation(here).Draw(t, "order")
		i := rapid.IntRange(0, len(here)-1).Draw(t, "which")
		planted := rapid.SampledFrom([]string{"", OnlyHere, OnlyThere, DoubledHere, DoubledThere, OtherBytes, OtherTime, Completeness, TakingIn}).Draw(t, "planted")
		hit := there[i]
		switch planted {
		case OnlyHere:
			there = slices.Delete(there, i, i+1)
		case OnlyThere:
			at := slices.IndexFunc(here, func(f Fact) bool { return f.Dossier == hit.Dossier })
			here = slices.Delete(here, at, at+1)
		case DoubledHere:
			again := hit
			again.Event[5] = 7
			here = append(here, again)
		case DoubledThere:
			there = append(there, hit)
		case OtherBytes:
			there[i].Manifest[0] ^= 1
		case OtherTime:
			there[i].At++
		case Completeness:
			there[i].Complete = !hit.Complete
		case TakingIn:
			there[i].TakenInAt++
		}
		a, b := New(Office, day, syncproto.BookID{9}, here), New(Province, day, syncproto.BookID{9}, there)
		found, err := Diff(a, b)
		if err != nil {
			t.Fatal(err)
		}
		if same := a.Root == b.Root; same != (planted == "") || same != (len(found) == 0) {
			t.Fatalf("planted %q: equal roots %v, differences %+v", planted, same, found)
		}
		if planted != "" && (len(found) != 1 || found[0].What != planted || found[0].Dossier != hit.Dossier || found[0].Slip == "") {
			t.Fatalf("planted %q at %v: %+v", planted, hit.Dossier, found)
		}
	})
}

func TestSheet(t *testing.T) {
	key := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{3}, 32))
	f := facts(5)
	f[2].N, f[2].Doubtful, f[2].Procedure = 1, true, "2.000635"
	s := New(Office, day, syncproto.BookID{9}, f)
	s.Commune, s.MadeAt = "28807", s.To
	s, err := s.Sign(key)
	if err != nil {
		t.Fatal(err)
	}
	if want := (Counts{Filed: 4, Supplements: 1, Left: 5, Complete: 2, TakenIn: 4, Doubtful: 1}); s.Counts != want || s.Kinds["2.000635"].Supplements != 1 {
		t.Errorf("%+v %+v", s.Counts, s.Kinds)
	}
	b, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	read := func(b []byte) (Sheet, error) {
		all, err := Read(b)
		if err != nil || len(all) != 1 {
			return Sheet{}, err
		}
		return all[0], all[0].Verify(nil)
	}
	if _, err := read(b); err != nil {
		t.Fatal(err)
	}
	if err := s.Verify(ed25519.NewKeyFromSeed(bytes.Repeat([]byte{4}, 32)).Public().(ed25519.PublicKey)); err == nil {
		t.Error("another's sheet was taken")
	}
	changed := 0
	for i := range b { // a printed sheet is not a binary file: what still says the same is the same
		b[i] ^= 1
		if again, err := read(b); err == nil {
			m1, _ := s.message()
			if m2, _ := again.message(); !bytes.Equal(m1, m2) {
				t.Fatalf("byte %d was changed and the sheet still verifies: %s", i, b[max(0, i-30):i+1])
			}
			changed++
		}
		b[i] ^= 1
	}
	t.Logf("%d of %d flips change nothing that is said", changed, len(b))
	forged := s
	forged.Facts = forged.Facts[1:]
	if forged, err = forged.Sign(key); err != nil || forged.Verify(nil) == nil {
		t.Error("sums that do not follow from the facts were taken")
	}
}

func FuzzRead(f *testing.F) {
	s, err := New(Office, day, syncproto.BookID{9}, facts(2)).Sign(ed25519.NewKeyFromSeed(bytes.Repeat([]byte{3}, 32)))
	if err != nil {
		f.Fatal(err)
	}
	one, _ := json.Marshal(s)
	several, _ := json.Marshal(Sheets{[]Sheet{s}})
	f.Add(one)
	f.Add(several)
	f.Add([]byte(`{"sheets":[]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		defer bounded.Input(t)()
		all, err := Read(b)
		if err != nil {
			return
		}
		for _, s := range all {
			_ = s.Verify(nil)
			if _, err := Diff(s, s); err != nil {
				t.Fatal(err)
			}
		}
	})
}
