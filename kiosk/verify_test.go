package kiosk

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"errors"
	"image"
	"strings"
	"testing"
	"time"

	"bendo/internal/clock"
	"bendo/internal/dossier"
	"bendo/internal/slipcheck"
	"bendo/kiosk/codereader"
	"bendo/syncproto"
)

// ownKey signs the slips of the tests' desk; see reopen.
var ownKey = ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))

func publicOf(k ed25519.PrivateKey) ed25519.PublicKey { return k.Public().(ed25519.PublicKey) }

// neighbour is another office's machine.
func neighbour(status slipcheck.Status) (ed25519.PrivateKey, slipcheck.Machine) {
	key := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, ed25519.SeedSize))
	return key, slipcheck.Machine{Device: syncproto.DeviceIDOf(publicOf(key)), Key: publicOf(key), Commune: "28810", Office: "UBND xã Láng Giềng", Status: status}
}

// knows gives the desk its own key and a list of machines.
func (d *desk) knows(machines ...slipcheck.Machine) {
	d.t.Helper()
	id, err := d.book.Identity(d.t.Context())
	if err != nil {
		d.t.Fatal(err)
	}
	o := *d.office.Load()
	o.Own = slipcheck.Machine{Device: id.Device, Key: publicOf(ownKey), Office: id.OfficeName, Status: slipcheck.Active}
	o.Fleet = func(context.Context) (slipcheck.List, error) {
		if len(machines) == 0 {
			return slipcheck.List{}, nil
		}
		return slipcheck.List{Issued: 1_790_000_000_000, Machines: machines}, nil
	}
	d.Use(o)
}

func (d *desk) verify(code string) (v SlipVerdict) {
	d.t.Helper()
	d.want(200, "POST", "/api/slips/verify", map[string]string{"code": code}, &v)
	return v
}

// codeOf is what a scanner reads from the slip that was printed.
func (d *desk) codeOf(r receiptView) string {
	d.t.Helper()
	number, err := dossier.ParseSlip(r.Slip)
	if err != nil {
		d.t.Fatal(err)
	}
	found, err := d.book.Find(d.t.Context(), number)
	if err != nil {
		d.t.Fatal(err)
	}
	id, err := d.book.Identity(d.t.Context())
	if err != nil {
		d.t.Fatal(err)
	}
	address, err := d.slipAddress(id, found.State)
	if err != nil {
		d.t.Fatal(err)
	}
	return address
}

func signed(t *testing.T, by ed25519.PrivateKey, q dossier.SlipQR) string {
	t.Helper()
	token, err := dossier.EncodeSlipQR(q, by)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func TestASlipOfThisDeskIsGenuineAndFitsItsBook(t *testing.T) {
	d := openDesk(t)
	d.visit()
	p := sample(t, aBirth)
	r := d.filed(p)
	d.knows()
	d.want(204, "DELETE", "/api/visits/current", nil, nil)
	d.token = "" // nobody is signed in: whoever holds a slip may have it checked
	code := d.codeOf(r)
	v := d.verify(code)
	if v.Code != slipcheck.Genuine || !v.Own || v.Slip != r.Slip || v.Book != BookFits || v.Office != "UBND xã Giao Long" || v.Procedure.Code != p.Procedure || v.ListAt != 0 {
		t.Fatalf("%+v", v)
	}
	// nothing personal is told to whoever holds a slip
	_, raw := d.call("POST", "/api/slips/verify", map[string]string{"code": code})
	for _, secret := range []string{p.Applicant["full_name"].(string), p.Applicant["citizen_id"].(string)} {
		if bytes.Contains(raw, []byte(secret)) {
			t.Errorf("the verdict shows %q", secret)
		}
	}
}

func TestVerdictsOfTheDesk(t *testing.T) {
	d := openDesk(t)
	d.visit()
	r := d.filed(sample(t, aBirth))
	code := d.codeOf(r)
	mine, err := dossier.ReadSlipQR(code[strings.Index(code, "/t/")+3:])
	if err != nil {
		t.Fatal(err)
	}
	theirs, machine := neighbour(slipcheck.Active)
	far := mine
	far.Device = machine.Device
	if far.Slip, err = dossier.NewSlip("66001", 12345678); err != nil {
		t.Fatal(err)
	}
	moved, other, later := mine, mine, mine
	moved.Manifest[3] ^= 1
	other.Procedure = "2.000815"
	later.At += 60_000
	_, gone := neighbour(slipcheck.Revoked)
	for name, c := range map[string]struct {
		code     string
		machines []slipcheck.Machine
		want     slipcheck.Code
		book     BookFit
	}{
		"a neighbour's":                       {signed(t, theirs, far), []slipcheck.Machine{machine}, slipcheck.Genuine, BookAbsent},
		"a neighbour's without the list":      {signed(t, theirs, far), nil, slipcheck.Unchecked, ""},
		"a withdrawn neighbour's":             {signed(t, theirs, far), []slipcheck.Machine{gone}, slipcheck.Withdrawn, BookAbsent},
		"a neighbour's key in our name":       {signed(t, theirs, mine), []slipcheck.Machine{machine}, slipcheck.Altered, ""},
		"our number signed for other papers":  {signed(t, ownKey, moved), nil, slipcheck.Genuine, BookDiffers},
		"our number signed for another thing": {signed(t, ownKey, other), nil, slipcheck.Genuine, BookDiffers},
		"our number signed for another time":  {signed(t, ownKey, later), nil, slipcheck.Genuine, BookDiffers},
		"a card":                              {"083190001234||A|01011990|Nam|B|22112021", nil, slipcheck.NotSlip, ""},
	} {
		d.knows(c.machines...)
		v := d.verify(c.code)
		if v.Code != c.want || v.Book != c.book {
			t.Errorf("%s: %s %q, want %s %q", name, v.Code, v.Book, c.want, c.book)
		}
		if !v.Signed && (v.Office != "" || v.Procedure != nil || v.At != 0) {
			t.Errorf("%s: an unproven claim is shown: %+v", name, v)
		}
		if (v.Slip != "") != (v.Signed || v.Code == slipcheck.Unchecked) {
			t.Errorf("%s: number %q", name, v.Slip)
		}
	}
	d.knows(gone)
	if v := d.verify(signed(t, theirs, far)); v.Status != "revoked" || v.ListAt == 0 {
		t.Errorf("a withdrawn machine: %+v", v)
	}
}

// TestABadListHindersNothing: this machine's own slips are verified whatever lies on the disk.
func TestABadListHindersNothing(t *testing.T) {
	d := openDesk(t)
	d.visit()
	code := d.codeOf(d.filed(sample(t, aBirth)))
	d.knows()
	o := *d.office.Load()
	o.Fleet = func(context.Context) (slipcheck.List, error) { return slipcheck.List{}, slipcheck.ErrUnsigned }
	d.Use(o)
	if v := d.verify(code); v.Code != slipcheck.Genuine {
		t.Fatalf("%+v", v)
	}
}

type doubtClock struct{ at time.Time }

func (c doubtClock) Now() (time.Time, clock.Quality) { return c.at, clock.Unknown }

// TestAFutureSlipAndADoubtfulClock: the time is what is odd, and whose clock may be wrong is said.
func TestAFutureSlipAndADoubtfulClock(t *testing.T) {
	d := openDesk(t)
	d.visit()
	code := d.codeOf(d.filed(sample(t, aBirth)))
	d.knows()
	d.Desk.Clock = doubtClock{time.Now().AddDate(-1, 0, 0)}
	if v := d.verify(code); v.Code != slipcheck.Genuine || v.When != slipcheck.Future || !v.ClockDoubt {
		t.Fatalf("%+v", v)
	}
	d.Desk.Clock = doubtClock{time.Now().Add(time.Minute)}
	if v := d.verify(code); v.When != slipcheck.Plausible || v.ClockDoubt {
		t.Fatalf("%+v", v)
	}
}

func TestTheCameraReadsASlip(t *testing.T) {
	d := openDesk(t)
	d.visit()
	code := d.codeOf(d.filed(sample(t, aBirth)))
	d.knows()
	pic := photo(t, 3)
	send := func() (v SlipVerdict) {
		t.Helper()
		d.want(200, "PUT", "/api/slips/verify/picture", pic, &v, "Content-Digest", contentDigestOf(pic))
		return v
	}
	if status, answer := d.call("PUT", "/api/slips/verify/picture", pic, "Content-Digest", contentDigestOf(pic)); status != 404 || !bytes.Contains(answer, []byte("no_reader")) {
		t.Fatalf("without a reader: %d %s", status, answer)
	}
	var codes []string
	d.ReadCodes = func(_ context.Context, img *image.Gray) ([]string, error) {
		if img.Rect.Dx() != 700 {
			t.Errorf("the reader sees %v", img.Rect)
		}
		return codes, nil
	}
	if v := send(); v.Code != CodeNone {
		t.Fatalf("a picture without a code: %+v", v)
	}
	codes = []string{"00020101021238", code} // a fee slip lies beside it
	if v := send(); v.Code != slipcheck.Genuine {
		t.Fatalf("%+v", v)
	}
	codes = codes[:1]
	if v := send(); v.Code != slipcheck.NotSlip || v.Other != slipcheck.OtherTransfer {
		t.Fatalf("%+v", v)
	}
	for name, bad := range map[string][]byte{"text": []byte("hello"), "a cut picture": pic[:500], "a PDF": []byte("%PDF-1.4")} {
		if status, answer := d.call("PUT", "/api/slips/verify/picture", bad, "Content-Digest", contentDigestOf(bad)); status != 422 {
			t.Errorf("%s: %d %s", name, status, answer)
		}
	}
	d.ReadCodes = func(context.Context, *image.Gray) ([]string, error) { return nil, codereader.ErrNoReader }
	if status, _ := d.call("PUT", "/api/slips/verify/picture", pic, "Content-Digest", contentDigestOf(pic)); status != 500 {
		t.Errorf("a reader that broke: %d", status)
	}
}

// TestThePrintedSlipIsGenuine goes all the way: the paper is drawn, scanned from its picture and judged.
func TestThePrintedSlipIsGenuine(t *testing.T) {
	d := openDesk(t)
	d.visit()
	r := d.filed(sample(t, aBirth))
	d.knows()
	_, pdf := d.call("GET", r.PDF, nil)
	if v := d.verify(scanned(t, pdf)); v.Code != slipcheck.Genuine || v.Book != BookFits {
		t.Fatalf("%+v", v)
	}
}

func TestVerifyRefusesWhatIsNoQuestion(t *testing.T) {
	d := openDesk(t)
	d.knows()
	for _, bad := range [][]byte{[]byte(`{`), []byte(`{"code":1}`), []byte(`{"token":"x"}`), nil} {
		if status, _ := d.call("POST", "/api/slips/verify", bad); status != 400 {
			t.Errorf("%q: %d, want 400", bad, status)
		}
	}
	if err := errors.Unwrap(problemNoReader.Because(nil)); err != nil {
		t.Error(err)
	}
}

// TestPracticeVerifiesItsOwn: whoever practises sees the verdict of a practice slip.
func TestPracticeVerifiesItsOwn(t *testing.T) {
	d := openDesk(t)
	d.visit()
	number, err := dossier.NewSlip("00000", 42)
	if err != nil {
		t.Fatal(err)
	}
	q := dossier.SlipQR{Slip: number, Procedure: "1.001193", At: time.Now().UnixMilli()}
	d.knows()
	if v := d.verify(signed(t, ownKey, q)); v.Code != slipcheck.Practice || v.Signed {
		t.Fatalf("%+v", v)
	}
}
