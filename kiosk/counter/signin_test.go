package counter_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bendo/internal/clock"
	"bendo/internal/ledger"
	"bendo/internal/seal"
	"bendo/internal/staff"
	"bendo/kiosk/counter"
	"bendo/kiosk/door"
	"bendo/syncproto"
)

var (
	province = ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, 32))
	stranger = ed25519.NewKeyFromSeed(bytes.Repeat([]byte{8}, 32))
	quiet    = slog.New(slog.NewTextHandler(io.Discard, nil))
	verifier = staff.NewVerifier("mật khẩu dài của Lan", staff.Salt{1}, staff.Least)
)

const (
	password = "mật khẩu dài của Lan"
	commune  = "28807"
)

// office is a real book with its staff's side; machine and office time are in the test's hand.
type office struct {
	t       *testing.T
	dir     string
	book    *ledger.Book
	machine clock.Reading
	now     time.Time
	version int64
	counter *counter.Counter
	screen  http.Handler
}

func openOffice(t *testing.T) *office {
	t.Helper()
	o := &office{t: t, dir: filepath.Join(t.TempDir(), "data"), now: time.UnixMilli(1_790_000_000_000), machine: clock.Reading{MonoMS: 77, Boot: "b"}}
	o.begin()
	o.must(o.book.SetIdentity(t.Context(), ledger.Identity{Device: syncproto.DeviceID{1}, Book: syncproto.BookID{2}, Epoch: 1, Prefix: "12345", CommuneCode: commune,
		OfficeName: "UBND xã Giao Long", PortalKey: province.Public().(ed25519.PublicKey), Generation: 1, FeedEpoch: 7}))
	return o
}

// begin opens the book and forgets every session, as a program that starts does.
func (o *office) begin() {
	o.t.Helper()
	if o.book != nil {
		o.must(o.book.Close())
	}
	keys, err := seal.LoadOrCreate(seal.Options{DataDir: o.dir})
	o.must(err)
	o.book, err = ledger.Open(context.Background(), o.dir, keys, ledger.Options{Now: func() time.Time { return o.now }, Log: quiet})
	o.must(err)
	o.t.Cleanup(func() { o.book.Close() })
	o.sit(o.book)
}

func (o *office) sit(book counter.StaffBook) {
	shifts := &counter.Shifts{Rosters: o.rosters(), Book: book, Now: func() time.Time { return o.now },
		Machine: func() clock.Reading { return o.machine }, Log: quiet}
	o.counter = &counter.Counter{Sessions: shifts.Begin(), Log: quiet}
	o.screen = o.counter.Handler()
}

func (o *office) rosters() *counter.Rosters {
	return &counter.Rosters{Book: o.book, Portal: province.Public().(ed25519.PublicKey), Commune: commune, Log: quiet}
}

func (o *office) must(err error) {
	o.t.Helper()
	if err != nil {
		o.t.Fatal(err)
	}
}

func person(id, login string, roles ...staff.Role) staff.Member {
	return staff.Member{ID: id, Login: login, Name: "Nguyễn Thị " + login, Roles: roles, Verifier: verifier}
}

var (
	lan = person("m-lan", "chi.lan", staff.Clerk)
	ba  = person("m-ba", "anh.ba", staff.Head)
	tra = person("m-tra", "tra", staff.Inspector)
)

// publish lets the commune's feed bring a roster.
func (o *office) publish(by ed25519.PrivateKey, members ...staff.Member) []byte {
	o.t.Helper()
	o.version++
	file, err := staff.Sign(staff.Roster{Commune: commune, Version: o.version, Issued: o.now.UnixMilli(), Members: members}, by)
	o.must(err)
	o.bring(file)
	return file
}

func (o *office) bring(file []byte) {
	o.t.Helper()
	c, err := o.book.Cursor(o.t.Context())
	o.must(err)
	_, err = o.book.Receive(o.t.Context(), syncproto.FeedPage{Commune: commune, Epoch: c.Epoch, From: c.Pos, To: c.Pos + 1,
		Items: []syncproto.FeedItem{{Pos: c.Pos + 1, Kind: staff.FeedKind, Key: staff.FeedKey, Body: file}}}, []byte("raw"))
	o.must(err)
}

func (o *office) pass(d time.Duration) { o.machine.MonoMS += d.Milliseconds() }

// browser is one of the office's, with its cookies.
type browser struct {
	o       *office
	cookies map[string]*http.Cookie
	header  http.Header // sent with each call
}

func (o *office) browser() *browser {
	return &browser{o, map[string]*http.Cookie{}, http.Header{}}
}

type answer struct {
	Status     int
	RetryAfter string
	State      string
	Who        *struct {
		ID    string
		Acts  []staff.Act
		Roles []staff.Role
	}
	Roster *struct{ Version int64 }
	Wait   int `json:"wait_s"`
	Error  struct{ Code string }
}

func (b *browser) request(method, path string, body any) *http.Request {
	data, err := json.Marshal(body)
	b.o.must(err)
	r := httptest.NewRequest(method, "/api/counter/"+path, bytes.NewReader(data))
	for k, v := range b.header {
		r.Header[k] = v
	}
	for _, c := range b.cookies {
		r.AddCookie(c)
	}
	return r
}

func (b *browser) call(method, path string, body any) (a answer) {
	b.o.t.Helper()
	w := httptest.NewRecorder()
	b.o.screen.ServeHTTP(w, b.request(method, path, body))
	resp := w.Result()
	for _, c := range resp.Cookies() {
		if b.cookies[c.Name] = c; c.MaxAge < 0 {
			delete(b.cookies, c.Name)
		}
		if !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Path != "/api/" {
			b.o.t.Errorf("the session's cookie is open to scripts or other sites: %v", c)
		}
	}
	a.Status, a.RetryAfter = resp.StatusCode, resp.Header.Get("Retry-After")
	if w.Body.Len() > 0 {
		b.o.must(json.Unmarshal(w.Body.Bytes(), &a))
	}
	return a
}

func (b *browser) signIn(login, password string) answer {
	b.o.t.Helper()
	return b.call("POST", "session", map[string]string{"login": login, "password": password, "pin": "2580"})
}

// is fails the test unless the browser's session is in that state.
func (b *browser) is(state string) answer {
	b.o.t.Helper()
	a := b.call("GET", "session", nil)
	if a.Status != 200 || a.State != state {
		b.o.t.Fatalf("the session is %q (%d), want %q", a.State, a.Status, state)
	}
	return a
}

// may gives the code of why the browser may not do act; "" where it may.
func (b *browser) may(act staff.Act) string {
	b.o.t.Helper()
	return code(b.o.counter.May(b.request("GET", "x", nil), act))
}

func code(err error) string {
	if err == nil {
		return ""
	}
	return strings.SplitN(err.Error(), ":", 2)[0]
}

func (b *browser) want(a answer, status int, code string) {
	b.o.t.Helper()
	if a.Status != status || a.Error.Code != code {
		b.o.t.Fatalf("%d %q, want %d %q", a.Status, a.Error.Code, status, code)
	}
}

// A shift from the roster's arrival to its end, over HTTP and a real book.
func TestAShift(t *testing.T) {
	o := openOffice(t)
	b := o.browser()
	b.is("no_roster")
	b.want(b.signIn("chi.lan", password), 409, "no_roster")
	if got := b.may(staff.Queue); got != "" {
		t.Fatalf("an office without a roster works as it did: %s", got)
	}
	if _, err := o.counter.Sessions.Who(b.request("GET", "x", nil)); code(err) != "no_roster" {
		t.Fatalf("without a roster somebody is there: %v", err)
	}

	o.publish(province, lan, ba, tra)
	b.is("none")
	if got := b.may(staff.Queue); got != "sign_in" {
		t.Fatalf("with a roster anybody calls numbers: %q", got)
	}
	b.want(b.call("POST", "session", map[string]string{"login": "chi.lan", "password": password, "pin": "12"}), 422, "bad_pin")
	b.want(b.call("POST", "session", map[string]string{"login": "chi.lan", "password": password, "pin": "1111"}), 422, "weak_pin")
	b.want(b.signIn("chi.lan", "mật khẩu sai hẳn"), 401, "wrong_login")
	b.want(b.signIn("khong.ai", password), 401, "wrong_login")
	a := b.signIn(" Chi.Lan ", password)
	if a.Status != 200 || a.State != "in" || a.Who == nil || a.Who.ID != "m-lan" || len(a.Who.Acts) == 0 || a.Roster.Version != 1 {
		t.Fatalf("%+v", a)
	}
	if b.may(staff.TakeIn) != "" || b.may(staff.Decide) != "not_your_work" {
		t.Fatal("a clerk takes in and does not decide")
	}
	other := o.browser()
	if other.may(staff.TakeIn) != "sign_in" {
		t.Fatal("another browser is signed in as well")
	}
	other.want(other.call("POST", "session/unlock", map[string]string{"pin": "2580"}), 401, "sign_in")

	o.pass(counter.LocksAfter - time.Second)
	b.is("in") // asking keeps nothing open
	b.header.Set(counter.PollHeader, "1")
	if b.may(staff.Read) != "" {
		t.Fatal("locked too early")
	}
	o.pass(2 * time.Second)
	if b.may(staff.Read) != "locked" {
		t.Fatal("a screen that polls is open all day")
	}
	b.header.Del(counter.PollHeader)
	if a := b.is("locked"); a.Who.ID != "m-lan" {
		t.Fatal("nobody knows whose PIN is asked")
	}
	b.want(b.call("POST", "session/unlock", map[string]string{"pin": "9999"}), 401, "wrong_pin")
	if a := b.call("POST", "session/unlock", map[string]string{"pin": "2580"}); a.State != "in" {
		t.Fatalf("%+v", a)
	}
	for range 10 { // somebody works
		o.pass(counter.LocksAfter - time.Second)
		if b.may(staff.Read) != "" {
			t.Fatal("locked under the hand")
		}
	}
	if a := b.call("POST", "session/lock", nil); a.State != "locked" || b.may(staff.Read) != "locked" {
		t.Fatalf("%+v", a)
	}
	b.call("POST", "session/unlock", map[string]string{"pin": "2580"})
	old := b.cookies["bendo_counter"]
	if a := b.call("DELETE", "session", nil); a.Status != 204 {
		t.Fatalf("%+v", a)
	}
	b.is("none")
	b.cookies["bendo_counter"] = old
	b.is("none") // the old cookie opens nothing

	o.wantJournal("roster", "try", "wrong", "try", "wrong", "try", "signed_in m-lan", "locked m-lan idle", "wrong_pin m-lan", "unlocked m-lan",
		"locked m-lan", "unlocked m-lan", "signed_out m-lan")
}

// wantJournal compares the staff's journal with acts, each perhaps with its member and detail.
func (o *office) wantJournal(want ...string) {
	o.t.Helper()
	list, err := o.book.StaffLog(o.t.Context(), 0, 1000)
	o.must(err)
	var got []string
	for i, n := range list {
		line := string(n.Act)
		if i < len(want) && strings.Contains(want[i], " ") {
			line = strings.TrimSpace(line + " " + n.Member + " " + n.Detail)
		}
		got = append(got, line)
	}
	if strings.Join(got, "; ") != strings.Join(want, "; ") {
		o.t.Errorf("journal\n%s, want\n%s", strings.Join(got, "; "), strings.Join(want, "; "))
	}
	c, err := o.book.CheckStaffLog(o.t.Context())
	if err != nil || len(c.Problems) != 0 || c.Lines != int64(len(got)) {
		o.t.Errorf("the chain: %+v, %v", c, err)
	}
}

func TestWhatEndsASession(t *testing.T) {
	changed := lan
	changed.Verifier = staff.NewVerifier("ein ganz anderes", staff.Salt{2}, staff.Least)
	gone := lan
	gone.Until = 1_790_000_100_000
	for name, c := range map[string]struct {
		happens func(o *office, b *browser)
		detail  string
	}{
		"taken off the roster": {func(o *office, _ *browser) { o.publish(province, ba) }, "no longer on the roster"},
		"everybody is off":     {func(o *office, _ *browser) { o.publish(province) }, "no longer on the roster"},
		"another password":     {func(o *office, _ *browser) { o.publish(province, changed) }, "another password"},
		"the time is over": {func(o *office, _ *browser) {
			o.publish(province, gone)
			o.now = o.now.Add(time.Hour)
		}, "the membership ended"},
		"twelve hours": {func(o *office, b *browser) {
			for range 12*15 + 1 {
				o.pass(4 * time.Minute)
				b.may(staff.Read)
			}
		}, "the shift ended"},
		"five wrong PINs": {func(o *office, b *browser) {
			b.call("POST", "session/lock", nil)
			for range 4 {
				b.want(b.call("POST", "session/unlock", map[string]string{"pin": "9090"}), 401, "wrong_pin")
			}
			b.want(b.call("POST", "session/unlock", map[string]string{"pin": "9090"}), 401, "sign_in")
			b.want(b.call("POST", "session/unlock", map[string]string{"pin": "2580"}), 401, "sign_in")
		}, "wrong PINs"},
	} {
		t.Run(name, func(t *testing.T) {
			o := openOffice(t)
			o.publish(province, lan)
			b := o.browser()
			if a := b.signIn("chi.lan", password); a.State != "in" {
				t.Fatalf("%+v", a)
			}
			c.happens(o, b)
			if got := b.may(staff.Read); got != "sign_in" {
				t.Fatalf("%q", got)
			}
			b.is("none")
			list, err := o.book.StaffLog(t.Context(), 0, 1000)
			o.must(err)
			if last := list[len(list)-1]; last.Act != ledger.StaffEnded || last.Detail != c.detail || last.Member != "m-lan" {
				t.Errorf("the journal says %+v", last)
			}
		})
	}
}

// A role that was changed holds at once, in the session that is open.
func TestRolesAreTheRostersOfNow(t *testing.T) {
	o := openOffice(t)
	o.publish(province, lan)
	b := o.browser()
	b.signIn("chi.lan", password)
	inspector := lan
	inspector.Roles = []staff.Role{staff.Inspector}
	o.publish(province, inspector)
	if b.may(staff.TakeIn) != "not_your_work" || b.may(staff.Read) != "" {
		t.Fatal("yesterday's role still works")
	}
}

func TestAFutureMemberWaits(t *testing.T) {
	o := openOffice(t)
	later := lan
	later.From = o.now.Add(time.Hour).UnixMilli()
	o.publish(province, later)
	b := o.browser()
	b.want(b.signIn("chi.lan", "sai"), 401, "wrong_login") // a guesser learns nothing
	b.want(b.signIn("chi.lan", password), 403, "not_valid_now")
	o.now = o.now.Add(time.Hour)
	if a := b.signIn("chi.lan", password); a.State != "in" {
		t.Fatalf("%+v", a)
	}
}

// Waits grow, and neither the wall clock nor a new start of the program shortens one.
func TestGuessingWaits(t *testing.T) {
	o := openOffice(t)
	o.publish(province, lan, ba)
	b := o.browser()
	for range 4 {
		b.want(b.signIn("chi.lan", "sai"), 401, "wrong_login")
	}
	refused := func(after string) {
		t.Helper()
		a := b.signIn("chi.lan", password)
		if b.want(a, 429, "wait"); a.RetryAfter != after {
			t.Fatalf("wait %s s, want %s", a.RetryAfter, after)
		}
	}
	refused("1")
	o.now, o.machine.WallMS = o.now.AddDate(5, 0, 0), o.machine.WallMS+1e12 // somebody sets the clock
	refused("1")
	o.pass(time.Second)
	b.want(b.signIn("chi.lan", "sai"), 401, "wrong_login")
	refused("2")
	o.pass(time.Second)
	refused("1")
	o.begin() // switched off and on: nobody knows how long
	refused("2")
	o.pass(500 * time.Millisecond)
	o.begin()
	refused("2")
	if a := b.signIn("anh.ba", password); a.State != "in" { // a colleague is not kept from work
		t.Fatalf("%+v", a)
	}
	o.pass(2 * time.Second)
	if a := b.signIn("chi.lan", password); a.State != "in" {
		t.Fatalf("%+v", a)
	}
	for range 3 { // and it is forgotten
		b.want(b.signIn("chi.lan", "sai"), 401, "wrong_login")
	}
}

// Whoever tries one password on every name waits, too.
func TestSprayingWaits(t *testing.T) {
	o := openOffice(t)
	o.publish(province, lan)
	b := o.browser()
	for i := range 15 {
		_, err := o.book.BeginTry(t.Context(), "khach"+strings.Repeat("x", i), ledger.StaffNote{Act: ledger.StaffTry})
		o.must(err)
	}
	b.want(b.signIn("khach", "sai"), 401, "wrong_login")
	b.want(b.signIn("chi.lan", password), 429, "wait")
	if a := b.is("none"); a.Wait != 1 {
		t.Fatalf("the screen does not know: %+v", a)
	}
	o.pass(time.Second)
	if a := b.signIn("chi.lan", password); a.State != "in" {
		t.Fatalf("%+v", a)
	}
}

// torn is a book that fails at one of its steps.
type torn struct {
	counter.StaffBook
	at string
}

var errTorn = errors.New("planted")

func (b torn) BeginTry(ctx context.Context, login string, n ledger.StaffNote) (staff.Failures, error) {
	if b.at == "begin" {
		return staff.Failures{}, errTorn
	}
	return b.StaffBook.BeginTry(ctx, login, n)
}

func (b torn) EndTry(ctx context.Context, login string, n ledger.StaffNote) error {
	if b.at == "end" {
		return errTorn
	}
	return b.StaffBook.EndTry(ctx, login, n)
}

// A guess that cannot be counted is not looked at, and a sign-in that cannot be written down is none.
func TestWhatIsNotWrittenIsNotAnswered(t *testing.T) {
	o := openOffice(t)
	o.publish(province, lan)
	b := o.browser()
	for _, at := range []string{"begin", "end"} {
		o.sit(torn{o.book, at})
		b.want(b.signIn("chi.lan", password), 500, "internal")
		b.is("none")
		o.sit(o.book)
	}
	f, err := o.book.Failures(t.Context(), "chi.lan")
	if o.must(err); f.Own != 1 {
		t.Fatalf("the guess whose answer was lost: %+v", f)
	}
}

func TestASecondPerson(t *testing.T) {
	o := openOffice(t)
	o.publish(province, lan, ba, tra)
	b := o.browser()
	second := func(login, password string) (counter.Who, string) {
		who, err := o.counter.Second(t.Context(), b.request("POST", "x", nil), login, password, staff.Refuse)
		return who, code(err)
	}
	if _, got := second("anh.ba", password); got != "sign_in" {
		t.Fatalf("nobody is first: %s", got)
	}
	b.signIn("chi.lan", password)
	for login, want := range map[string]string{"chi.lan": "same_person", "tra": "second_not_allowed", "khong.ai": "wrong_login"} {
		if who, got := second(login, password); got != want || who.ID != "" {
			t.Errorf("%s: %q, want %q", login, got, want)
		}
	}
	for range 4 {
		second("anh.ba", "sai")
	}
	if _, got := second("anh.ba", password); got != "wait" {
		t.Fatalf("guessing as a second person costs nothing: %q", got)
	}
	o.pass(time.Second)
	if who, got := second("anh.ba", password); got != "" || who.ID != "m-ba" {
		t.Fatalf("%q %+v", got, who)
	}
	if a := b.is("in"); a.Who.ID != "m-lan" {
		t.Fatal("the second person took the seat")
	}
	b.call("POST", "session/lock", nil)
	if _, got := second("anh.ba", password); got != "locked" {
		t.Fatalf("%q", got)
	}
}

// The shared screen reaches nothing of it.
func TestTheSharedScreenIsRefused(t *testing.T) {
	o := openOffice(t)
	o.publish(province, lan)
	b := o.browser()
	b.signIn("chi.lan", password)
	b.header.Set(door.ScreenHeader, door.ScreenWindow)
	for _, c := range [][2]string{{"GET", "session"}, {"POST", "session"}, {"DELETE", "session"}, {"POST", "session/lock"}, {"POST", "session/unlock"}} {
		b.want(b.call(c[0], c[1], map[string]string{}), 403, "staff_only")
	}
	if b.may(staff.Queue) != "staff_only" {
		t.Fatal("a resident calls numbers")
	}
}

func TestLookingIsWrittenDown(t *testing.T) {
	o := openOffice(t)
	who := counter.Who{ID: "m-lan"}
	look := func(id byte) { o.must(o.counter.Sessions.Looked(t.Context(), who, syncproto.DossierID{id})) }
	look(1)
	look(1)
	look(2)
	o.pass(time.Hour)
	look(1)
	o.wantJournal("looked", "looked", "looked")
}

// The practice desk signs in without any roster, by a cookie of its own.
func TestPracticeHasItsOwnPeople(t *testing.T) {
	o := openOffice(t)
	o.publish(province, lan)
	b := o.browser()
	b.signIn("chi.lan", password)
	shifts := &counter.Shifts{Rosters: counter.PracticeRoster{}, Book: o.book, Now: func() time.Time { return o.now },
		Machine: func() clock.Reading { return o.machine }, Practice: true, Log: quiet}
	own := o.screen
	o.screen = (&counter.Counter{Sessions: shifts.Begin(), Log: quiet}).Handler()
	b.is("none")
	if a := b.call("POST", "session", map[string]string{"login": "tap.su", "password": "0000", "pin": "0000"}); a.State != "in" || a.Who.ID != "m-tap-su" {
		t.Fatalf("%+v", a)
	}
	b.want(b.signIn("chi.lan", password), 401, "wrong_login")
	o.screen = own
	if a := b.is("in"); a.Who.ID != "m-lan" {
		t.Fatalf("practice took the office's seat: %+v", a)
	}
	b.want(b.call("POST", "session", map[string]string{"login": "tap.su", "password": "0000", "pin": "2580"}), 401, "wrong_login")
}

func TestWhichRosterIsUsed(t *testing.T) {
	o := openOffice(t)
	ctx := t.Context()
	r := o.rosters()
	inUse := func() int64 {
		t.Helper()
		got, _, err := o.rosters().Roster(ctx)
		o.must(err)
		return got.Version
	}
	first := o.publish(province, lan)
	if inUse() != 1 {
		t.Fatal("the feed's roster is not used")
	}
	o.publish(stranger, ba) // version 2, of nobody
	if inUse() != 1 {
		t.Fatal("a roster nobody signed is used")
	}
	o.bring([]byte("rubbish"))
	if inUse() != 1 {
		t.Fatal("rubbish of the feed put the roster away")
	}
	o.version = 4
	fifth := o.publish(province, lan, ba)
	if inUse() != 5 {
		t.Fatal("the feed's newer roster is not used")
	}
	if got, err := r.Take(ctx, first); !errors.Is(err, staff.ErrOlder) || got.Version != 5 {
		t.Fatalf("an old stick: %v", err)
	}
	o.must(func() error { _, err := r.Take(ctx, fifth); return err }())
	stick, err := staff.Sign(staff.Roster{Commune: commune, Version: 9, Issued: 1, Members: []staff.Member{ba}}, province)
	o.must(err)
	if got, err := r.Take(ctx, stick); err != nil || got.Version != 9 {
		t.Fatalf("a newer stick: %+v, %v", got, err)
	}
	o.begin()
	if inUse() != 9 {
		t.Fatal("what a stick brought is forgotten")
	}
	other, err := staff.Sign(staff.Roster{Commune: "28808", Version: 99, Issued: 1, Members: []staff.Member{lan}}, province)
	o.must(err)
	for name, c := range map[string]struct {
		file []byte
		want error
	}{"another commune's": {other, staff.ErrOtherOffice}, "cut": {stick[:len(stick)-9], staff.ErrRoster}, "nothing": {nil, staff.ErrRoster}} {
		if _, err := r.Take(ctx, c.file); !errors.Is(err, c.want) || inUse() != 9 {
			t.Errorf("%s: %v", name, err)
		}
	}
	kept, err := o.book.Kept(ctx, staff.FeedKind)
	if o.must(err); len(kept) != 1 {
		t.Errorf("%d rosters of the feed are kept, want the newest", len(kept))
	}
}
