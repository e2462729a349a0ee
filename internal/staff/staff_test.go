package staff

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"bendo/internal/bounded"
)

var (
	portal = ed25519.NewKeyFromSeed(bytes.Repeat([]byte{1}, 32))
	other  = ed25519.NewKeyFromSeed(bytes.Repeat([]byte{2}, 32))
	lan    = Member{ID: "m-0a1b", Login: "chi.lan", Name: "Nguyễn Thị Lan", Roles: []Role{Clerk}, Verifier: NewVerifier("mật khẩu của Lan", Salt{1}, Least)}
)

func public(k ed25519.PrivateKey) ed25519.PublicKey { return k.Public().(ed25519.PublicKey) }

func aRoster(change func(*Roster)) Roster {
	m := lan
	m.Roles = slices.Clone(lan.Roles)
	head := Member{ID: "m-02", Login: "anh.ba", Name: "Lê Văn Ba", Roles: []Role{Head, Specialist}, From: 1000, Until: 2000, Verifier: lan.Verifier}
	r := Roster{Commune: "28807", Version: 7, Issued: 1_790_000_000_000, Members: []Member{m, head}}
	if change != nil {
		change(&r)
	}
	return r
}

func signed(t testing.TB, r Roster, by ed25519.PrivateKey) []byte {
	t.Helper()
	file, err := Sign(r, by)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func TestOpenRefuses(t *testing.T) {
	good := signed(t, aRoster(nil), portal)
	lines := bytes.SplitAfter(good, []byte("\n"))
	for name, c := range map[string]struct {
		file []byte
		want error
	}{
		"as signed":           {good, nil},
		"by another province": {signed(t, aRoster(nil), other), ErrUnsigned},
		"another commune":     {signed(t, aRoster(func(r *Roster) { r.Commune = "28808" }), portal), ErrOtherOffice},
		"a changed role":      {bytes.Replace(good, []byte(`"clerk"`), []byte(`"heads"`), 1), ErrUnsigned},
		"no signature":        {slices.Concat(lines[0], lines[1]), ErrRoster},
		"an empty signature":  {slices.Concat(lines[0], lines[1], []byte("\n")), ErrRoster},
		"cut":                 {good[:len(good)-1], ErrRoster},
		"one byte more":       {append(bytes.Clone(good), 'x'), ErrRoster},
		"a return in it":      {append(bytes.Clone(good[:len(good)-1]), '\r', '\n'), ErrRoster},
		"a list of keys":      {[]byte("bendo fleet keys 1\n{}\nAA==\n"), ErrRoster},
		"nothing":             {nil, ErrRoster},
		"too long":            {bytes.Repeat([]byte("x"), MaxRosterBytes+1), ErrRoster},
	} {
		r, err := Open(c.file, public(portal), "28807")
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
		if err != nil && len(r.Members) != 0 {
			t.Errorf("%s: something of it was returned", name)
		}
	}
	r, err := Open(good, public(portal), "28807")
	if err != nil || !r.Same(aRoster(nil)) || r.Version != 7 {
		t.Fatalf("%+v, %v", r, err)
	}
}

// Whoever signs is held to the same rules: a roster that no office would take is never published.
func TestSignRefuses(t *testing.T) {
	for name, change := range map[string]func(*Roster){
		"no commune":       func(r *Roster) { r.Commune = "" },
		"no version":       func(r *Roster) { r.Version = 0 },
		"no time":          func(r *Roster) { r.Issued = 0 },
		"no id":            func(r *Roster) { r.Members[0].ID = "" },
		"a name as id":     func(r *Roster) { r.Members[0].ID = "Nguyễn Thị Lan" },
		"an id twice":      func(r *Roster) { r.Members[1].ID = r.Members[0].ID },
		"a login twice":    func(r *Roster) { r.Members[1].Login = r.Members[0].Login },
		"a login in upper": func(r *Roster) { r.Members[0].Login = "Chi.Lan" },
		"no name":          func(r *Roster) { r.Members[0].Name = " " },
		"a broken name":    func(r *Roster) { r.Members[0].Name = "\xff" },
		"no role":          func(r *Roster) { r.Members[0].Roles = nil },
		"an empty role":    func(r *Roster) { r.Members[0].Roles = []Role{""} },
		"ends at once":     func(r *Roster) { r.Members[1].Until = 1000 },
		"no verifier":      func(r *Roster) { r.Members[0].Verifier = "" },
		"a weak verifier":  func(r *Roster) { r.Members[0].Verifier = NewVerifier("x", Salt{}, Params{1 << 10, 1, 1}) },
		"a huge verifier": func(r *Roster) {
			r.Members[0].Verifier = Verifier(strings.Replace(string(lan.Verifier), "m=19456", "m=9999999", 1))
		},
		"a whole province": func(r *Roster) { r.Members = make([]Member, maxMembers+1) },
	} {
		if _, err := Sign(aRoster(change), portal); err == nil {
			t.Errorf("%s was signed", name)
		}
	}
	full := aRoster(func(r *Roster) {
		for i := range 180 {
			m := lan
			m.ID, m.Login = "m-"+strings.Repeat("a", 1+i/20)+string(rune('a'+i%20)), "l"+strings.Repeat("a", 1+i/20)+string(rune('a'+i%20))
			m.Name = strings.Repeat("Ng", 90)
			r.Members = append(r.Members, m)
		}
	})
	if _, err := Sign(full, portal); err == nil || !strings.Contains(err.Error(), "at most") {
		t.Errorf("a roster that fits no feed item: %v", err)
	}
}

func TestARoleOfALaterPortalDoesNothing(t *testing.T) {
	r, err := Open(signed(t, aRoster(func(r *Roster) { r.Members[0].Roles = []Role{"mayor"} }), portal), public(portal), "28807")
	if err != nil {
		t.Fatal(err)
	}
	if acts := Acts(r.Members[0].Roles); len(acts) != 0 || May(r.Members[0].Roles, Read) || Role("mayor").Valid() {
		t.Fatalf("%v", acts)
	}
}

// Who may do what, as a table that a change must be made in by hand.
func TestActs(t *testing.T) {
	for role, want := range map[Role]string{
		Clerk:      "read take_in refuse return collect queue report keep",
		Specialist: "read take_in refuse process return queue report keep",
		Head:       "read take_in refuse process decide return queue report keep",
		Police:     "read take_in refuse process return queue keep",
		Post:       "read take_in return collect queue",
		Helper:     "queue",
		Inspector:  "read report",
	} {
		var got []string
		for _, a := range Acts([]Role{role}) {
			got = append(got, string(a))
		}
		if strings.Join(got, " ") != want || !role.Valid() {
			t.Errorf("%s may %v, want %s", role, got, want)
		}
	}
	if !May([]Role{Helper, Inspector}, Read) || !May([]Role{Helper, Inspector}, Queue) || May([]Role{Helper, Inspector}, TakeIn) {
		t.Error("two roles are not what either may")
	}
}

func TestFinding(t *testing.T) {
	r := aRoster(nil)
	for typed, id := range map[string]string{"chi.lan": "m-0a1b", " Chi.LAN ": "m-0a1b", "anh.ba": "m-02", "chi": "", "": "", "chi.lan\x00": ""} {
		if m, found := r.ByLogin(typed); m.ID != id || found != (id != "") {
			t.Errorf("%q: %q", typed, m.ID)
		}
	}
	if m, found := r.ByID("m-02"); !found || m.Login != "anh.ba" {
		t.Error("an id finds nobody")
	}
	for at, want := range map[int64]bool{999: false, 1000: true, 1999: true, 2000: false} {
		if r.Any(Decide, at) != want {
			t.Errorf("at %d somebody may decide: %v", at, !want)
		}
		if !r.Any(TakeIn, at) {
			t.Errorf("at %d nobody may take in", at)
		}
	}
}

func TestVerifier(t *testing.T) {
	v := NewVerifier("mật khẩu của Lan", Salt{9}, Least)
	for secret, want := range map[string]bool{
		"mật khẩu của Lan":             true,
		"ma\u0323\u0302t khẩu của Lan": true, // the same letters from another keyboard
		"mật khẩu của lan":             false,
		"":                             false,
		strings.Repeat("x", 600):       false,
	} {
		if v.Fits(secret) != want {
			t.Errorf("%q fits: %v", secret, !want)
		}
	}
	if NewVerifier("a", Salt{1}, Least) == NewVerifier("a", Salt{2}, Least) {
		t.Error("the salt does nothing")
	}
	if Nobody.Fits("") || Nobody.check() != nil {
		t.Error("nobody's verifier fits something, or costs less than a real one")
	}
	for _, bad := range []Verifier{"", "x", "$argon2i$v=19$m=65536,t=3,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		v + "A", Verifier(strings.Replace(string(v), "t=2", "t=99", 1)), Verifier(strings.Replace(string(v), "p=1", "p=9", 1)), Verifier(strings.Replace(string(v), "m=19456", "m=019456", 1))} {
		if bad.check() == nil || bad.Fits("mật khẩu của Lan") {
			t.Errorf("%q is taken", bad)
		}
	}
}

func TestSecretsThatAreRefused(t *testing.T) {
	for password, good := range map[string]bool{"mười hai chữ": true, "mười một ch": false, "": false, strings.Repeat("é", 300): false, "\xff23456789012": false} {
		if err := CheckPassword(password); (err == nil) != good {
			t.Errorf("password %q: %v", password, err)
		}
	}
	for pin, want := range map[string]error{"2580": nil, "90210": nil, "20481357": nil, "1231": nil, "123": ErrPIN, "123456789": ErrPIN, "12a4": ErrPIN,
		"": ErrPIN, "١٢٣٤": ErrPIN, "0000": ErrWeak, "1234": ErrWeak, "8765": ErrWeak} {
		if err := CheckPIN(pin); !errors.Is(err, want) {
			t.Errorf("PIN %q: %v, want %v", pin, err, want)
		}
	}
}

func TestWaits(t *testing.T) {
	for _, c := range []struct {
		own, all           int
		sinceOwn, sinceAll time.Duration
		want               time.Duration
	}{
		{0, 0, 0, 0, 0},
		{3, 3, 0, 0, 0},
		{4, 4, 0, 0, time.Second},
		{5, 5, 0, 0, 2 * time.Second},
		{5, 5, time.Second, time.Second, time.Second},
		{5, 5, 3 * time.Second, 3 * time.Second, 0},
		{5, 5, -time.Hour, -time.Hour, 2 * time.Second}, // a clock that went back shortens nothing
		{12, 12, 0, 0, 256 * time.Second},
		{13, 13, 0, 0, 5 * time.Minute},
		{1000000, 1000000, 0, 0, 5 * time.Minute},
		{0, 15, time.Hour, 0, 0},
		{0, 16, time.Hour, 0, time.Second},
		{0, 99, time.Hour, 0, time.Minute},
		{0, 99, 0, time.Hour, 0},
		{13, 99, 10 * time.Second, 5 * time.Second, 290 * time.Second},
	} {
		if got := (Failures{c.own, c.all}).Left(c.sinceOwn, c.sinceAll); got != c.want {
			t.Errorf("%+v: %s", c, got)
		}
	}
}

// More failures never wait less; more time never waits more; the wait is bounded; three are free.
func TestWaitProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 1_000_000)
		d := rapid.Int64Range(-int64(time.Hour), int64(time.Hour))
		f := Failures{n.Draw(t, "own"), n.Draw(t, "all")}
		more := Failures{f.Own + n.Draw(t, "more own"), f.All + n.Draw(t, "more all")}
		own, all := time.Duration(d.Draw(t, "since own")), time.Duration(d.Draw(t, "since all"))
		left := f.Left(own, all)
		switch {
		case more.Left(own, all) < left:
			t.Fatalf("%+v waits less than %+v", more, f)
		case f.Left(own+time.Second, all+time.Second) > left:
			t.Fatalf("%+v: a second later it waits longer", f)
		case left < 0 || left > mostOwn:
			t.Fatalf("%+v waits %s", f, left)
		case f.Own <= freeOwn && f.All <= freeAll && left != 0:
			t.Fatalf("%+v waits", f)
		case f.Left(own, all) > f.Left(-1, -1):
			t.Fatalf("%+v: a program that just started waits less", f)
		}
	})
}

// The practice people are good members, but nobody signed for them.
func TestPractice(t *testing.T) {
	r := Practice()
	if err := r.check(); err != nil {
		t.Fatal(err)
	}
	seen := map[Role]bool{}
	for _, m := range r.Members {
		seen[m.Roles[0]] = true
	}
	for role := range may {
		if !seen[role] {
			t.Errorf("nobody practises as %s", role)
		}
	}
	if !r.Members[0].Verifier.Fits(PracticeSecret) {
		t.Error("the practice password does not fit")
	}
}

// Nothing but what the province signed, byte by byte, is ever a roster.
func FuzzOpenRoster(f *testing.F) {
	file := signed(f, aRoster(nil), portal)
	f.Add(file)
	f.Add([]byte(rosterFirst + "\n{}\n\n"))
	f.Add([]byte(rosterFirst + "\n{\"commune\":\"28807\"}\n" + base64.StdEncoding.EncodeToString(make([]byte, 64)) + "\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		defer bounded.Input(t)()
		if _, err := Open(data, public(portal), "28807"); err == nil && !bytes.Equal(data, file) {
			t.Fatalf("a roster nobody signed was taken: %q", data)
		}
	})
}

// What lies under the signature is read without a crash, whatever a portal may have signed.
func FuzzSignedBody(f *testing.F) {
	_, body, _ := bytes.Cut(signed(f, aRoster(nil), portal), []byte("\n"))
	body, _, _ = bytes.Cut(body, []byte("\n"))
	f.Add(body)
	f.Add([]byte(`{"commune":"28807","version":1,"issued":1,"members":[{}]}`))
	f.Add([]byte(`{"commune":"28807","version":1,"issued":1,"members":null,"later":{"a":[1]}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		defer bounded.Input(t)()
		if bytes.IndexByte(body, '\n') >= 0 {
			return
		}
		sig := ed25519.Sign(portal, append([]byte(rosterTag), body...))
		file := slices.Concat([]byte(rosterFirst+"\n"), body, []byte("\n"+base64.StdEncoding.EncodeToString(sig)+"\n"))
		r, err := Open(file, public(portal), "28807")
		if err != nil {
			return
		}
		if again, err := Open(signed(t, r, portal), public(portal), "28807"); err != nil || !again.Same(r) {
			t.Fatalf("read once, not twice: %v", err)
		}
	})
}

func BenchmarkStrong(b *testing.B) {
	for b.Loop() {
		NewVerifier("mật khẩu của Lan", Salt{1}, Strong)
	}
}
