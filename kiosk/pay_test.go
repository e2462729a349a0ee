package kiosk

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"bendo/internal/catalog"
	"bendo/internal/ledger"
	"bendo/internal/paper"
	"bendo/internal/vietqr"
)

const (
	aStay   = "08-1.004194" // 10,000 at the counter
	someOne = "06-2.000815" // by page
)

// giveAccount puts a pack in force in which the province names an account for the desk.
func (d *desk) giveAccount(desk string) {
	d.t.Helper()
	files := fstest.MapFS{}
	dir := filepath.Join("..", "internal", "catalog", "pack")
	err := fs.WalkDir(os.DirFS(dir), ".", func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		data, err := fs.ReadFile(os.DirFS(dir), path)
		files[path] = &fstest.MapFile{Data: data}
		return err
	})
	if err != nil {
		d.t.Fatal(err)
	}
	files["offices.json"] = &fstest.MapFile{Data: []byte(`{"offices": [{"commune": "28807", "payees": [{"desks": ["` + desk + `"],
		"bank": "Ngân hàng Mẫu", "holder": "CONG AN XA GIAO LONG", "bin": "970415", "account": "112233445566"}]}]}`)}
	var m catalog.Manifest
	if err := json.Unmarshal(files["manifest.json"].Data, &m); err != nil {
		d.t.Fatal(err)
	}
	sum := sha256.Sum256(files["offices.json"].Data)
	m.Version, m.ValidFrom = m.Version+".1", "2000-01-01"
	m.Files = append(m.Files, catalog.FileInfo{Path: "offices.json", SHA256: hex.EncodeToString(sum[:]), Length: int64(len(files["offices.json"].Data))})
	raw, err := json.Marshal(m)
	if err != nil {
		d.t.Fatal(err)
	}
	key := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	files["manifest.json"], files["manifest.sig"] = &fstest.MapFile{Data: raw}, &fstest.MapFile{Data: catalog.Sign(raw, key)}
	pack, err := catalog.OpenSigned(files, key.Public().(ed25519.PublicKey))
	if err != nil {
		d.t.Fatal(err)
	}
	if err := d.Packs.Add(pack); err != nil {
		d.t.Fatal(err)
	}
	if err := d.Packs.Switch(pack.Version); err != nil {
		d.t.Fatal(err)
	}
}

func TestPayingByTransfer(t *testing.T) {
	d := openDesk(t)
	d.visit()
	p := sample(t, aStay)
	r := d.filed(p) // before the account was published: the dossier's pack has none
	d.giveAccount("cong_an_cap_xa")
	at := "/api/slips/" + r.Slip + "/pay"
	var v payView
	d.want(200, "GET", at, nil, &v)
	bare := strings.ReplaceAll(r.Slip, "-", "")
	want := transferView{"Ngân hàng Mẫu", "CONG AN XA GIAO LONG", "112233445566", "PHI HS " + bare}
	if v.Kind != feeDue || v.Amount != 10000 || v.Text.VI != "10.000 đồng" || v.Words != "mười nghìn đồng" || v.Transfer == nil || *v.Transfer != want {
		t.Fatalf("what is due: %+v, transfer %+v", v, v.Transfer)
	}
	if v.NotPaid.VI != paper.NotPaid || v.CashOnly != nil || v.Practice {
		t.Fatalf("%+v", v)
	}
	if status, svg := d.call("GET", at+"/qr.svg", nil); status != 200 || !bytes.Contains(svg, []byte("<svg")) {
		t.Fatalf("the code: %d", status)
	}
	status, pdf := d.call("GET", at+"/slip.pdf", nil)
	if status != 200 {
		t.Fatalf("the paper: %d", status)
	}
	text := strings.Join(strings.Fields(textOf(t, pdf)), " ")
	for _, say := range []string{"KHÔNG PHẢI BIÊN LAI", r.Slip, "10.000 đồng", "112233445566", "PHI HS " + bare, paper.NotPaid} {
		if !strings.Contains(text, say) {
			t.Errorf("the paper does not say %q:\n%s", say, text)
		}
	}
	for _, secret := range []string{p.Applicant["full_name"].(string), p.Applicant["citizen_id"].(string)} {
		if strings.Contains(text, secret) {
			t.Errorf("the paper shows %q", secret)
		}
	}
	wish := vietqr.Transfer{To: vietqr.Account{BIN: "970415", Number: "112233445566"}, Amount: 10000, Purpose: "PHI HS " + bare}
	if got, err := vietqr.Parse(scanned(t, pdf)); err != nil || got != wish {
		t.Errorf("a phone reads %+v from the paper (%v), want %+v", got, err, wish)
	}
}

// scanned reads the code on a paper as a phone's camera does: from its picture.
func scanned(t *testing.T, pdf []byte) string {
	t.Helper()
	for _, tool := range []string{"pdftoppm", "zbarimg"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("LOUD: %s is missing (Debian: poppler-utils, zbar-tools), so the printed code was not scanned", tool)
		}
	}
	page := filepath.Join(t.TempDir(), "page")
	draw := exec.Command("pdftoppm", "-r", "200", "-singlefile", "-png", "-", page)
	draw.Stdin = bytes.NewReader(pdf)
	if out, err := draw.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	text, err := exec.Command("zbarimg", "-q", "--raw", page+".png").Output()
	if err != nil {
		t.Fatalf("no code can be read from the paper: %v", err)
	}
	return strings.TrimSuffix(string(text), "\n")
}

// TestShownIsNotPaid: showing, drawing and printing leave the dossier and the outbox as they were, and
// nothing the desk answers calls the fee paid.
func TestShownIsNotPaid(t *testing.T) {
	d := openDesk(t)
	d.visit()
	p := sample(t, aStay)
	r := d.filed(p)
	d.giveAccount("cong_an_cap_xa")
	d.Print = func(context.Context, string, []byte) (string, error) { return "desk-1", nil }
	id := p.Applicant["citizen_id"].(string)
	look := func() string {
		_, tracked := d.call("POST", "/api/track", ticket{r.Slip, id[len(id)-4:]})
		_, out := d.call("GET", "/api/outbox", nil)
		return string(tracked) + string(out)
	}
	before, at := look(), "/api/slips/"+r.Slip+"/pay"
	var answers []byte
	for range 3 {
		for _, path := range []string{at, at + "/qr.svg", at + "/slip.pdf"} {
			_, answer := d.call("GET", path, nil)
			answers = append(answers, answer...)
		}
		d.want(202, "POST", at+"/print", nil, nil)
	}
	if after := look(); after != before {
		t.Fatalf("looking at the fee changed the book:\n%s\n%s", before, after)
	}
	if before == "" || bytes.Contains(answers, []byte(`"paid"`)) || bytes.Contains(answers, []byte(`"kind":"paid"`)) {
		t.Fatal("something calls it paid")
	}
}

func TestWithoutAnAccountTheFeeIsCash(t *testing.T) {
	for name, give := range map[string]func(*desk){
		"no account at all":      func(*desk) {},
		"another desk's account": func(d *desk) { d.giveAccount("chung_thuc") },
	} {
		d := openDesk(t)
		d.visit()
		r := d.filed(sample(t, aStay))
		give(d)
		at := "/api/slips/" + r.Slip + "/pay"
		var v payView
		d.want(200, "GET", at, nil, &v)
		if v.Kind != feeDue || v.Amount != 10000 || v.Transfer != nil || v.CashOnly == nil || !strings.Contains(v.CashOnly.VI, "tiền mặt tại quầy") {
			t.Fatalf("%s: %+v", name, v)
		}
		d.refused(404, "no_transfer", "GET", at+"/qr.svg", nil)
		status, pdf := d.call("GET", at+"/slip.pdf", nil)
		text := strings.Join(strings.Fields(textOf(t, pdf)), " ")
		if status != 200 || !strings.Contains(text, "Nộp tiền mặt tại quầy") || strings.Contains(text, "Số tài khoản") {
			t.Fatalf("%s: the cash slip: %d\n%s", name, status, text)
		}
	}
}

func TestWhatAnOfficerMustSayAndWhatIsFree(t *testing.T) {
	d := openDesk(t)
	d.giveAccount("chung_thuc")
	d.visit()
	pages := d.filed(sample(t, someOne))
	var v payView
	d.want(200, "GET", "/api/slips/"+pages.Slip+"/pay", nil, &v)
	if v.Kind != feeAsk || v.Amount != 0 || v.Transfer != nil || v.Text.VI != "" || !strings.Contains(v.Why.VI, "2.000 đồng/trang") {
		t.Fatalf("by page: %+v", v)
	}
	d.refused(404, "no_transfer", "GET", "/api/slips/"+pages.Slip+"/pay/qr.svg", nil)
	_, pdf := d.call("GET", "/api/slips/"+pages.Slip+"/pay/slip.pdf", nil)
	if text := textOf(t, pdf); !strings.Contains(text, "Cán bộ cho biết") {
		t.Errorf("the cash slip of a fee by page:\n%s", text)
	}
	birth := d.filed(sample(t, aBirth))
	v = payView{}
	d.want(200, "GET", "/api/slips/"+birth.Slip+"/pay", nil, &v)
	if v.Kind != feeFree || v.Transfer != nil || v.CashOnly != nil {
		t.Fatalf("free: %+v", v)
	}
	d.refused(409, "nothing_due", "GET", "/api/slips/"+birth.Slip+"/pay/slip.pdf", nil)
	d.refused(409, "nothing_due", "POST", "/api/slips/"+birth.Slip+"/pay/print", nil)
}

// TestAnotherVisitReadsNoFee: what somebody pays for is as private as the dossier.
func TestAnotherVisitReadsNoFee(t *testing.T) {
	d := openDesk(t)
	d.visit()
	p := sample(t, aStay)
	r := d.filed(p)
	d.giveAccount("cong_an_cap_xa")
	at := "/api/slips/" + r.Slip + "/pay"
	all := func(status int, code string) {
		t.Helper()
		for _, c := range [][2]string{{"GET", at}, {"GET", at + "/qr.svg"}, {"GET", at + "/slip.pdf"}, {"POST", at + "/print"}} {
			d.refused(status, code, c[0], c[1], nil)
		}
	}
	d.want(204, "DELETE", "/api/visits/current", nil, nil)
	all(401, "no_visit")
	d.visit()
	all(404, "not_found")
	d.refused(404, "not_found", "POST", "/api/track", ticket{r.Slip, "0000"})
	all(404, "not_found") // a wrong second fact opens nothing
	id := p.Applicant["citizen_id"].(string)
	d.want(200, "POST", "/api/track", ticket{r.Slip, id[len(id)-4:]}, nil)
	d.want(200, "GET", at, nil, nil)
}

func TestPrintingAFeeSlip(t *testing.T) {
	d := openDesk(t)
	d.visit()
	r := d.filed(sample(t, aStay))
	at := "/api/slips/" + r.Slip + "/pay/print"
	d.refused(404, "no_printer", "POST", at, nil)
	title := ""
	d.Print = func(_ context.Context, name string, _ []byte) (string, error) { title = name; return "desk-2", nil }
	d.want(202, "POST", at, nil, nil)
	if title != "phieu bao phi "+r.Slip {
		t.Fatalf("printed %q", title)
	}
}

// TestPracticeShowsThePracticeAccountAlone: even where the province named a real one.
func TestPracticeShowsThePracticeAccountAlone(t *testing.T) {
	d := openDesk(t)
	d.giveAccount("cong_an_cap_xa")
	book, err := ledger.Open(t.Context(), filepath.Join(d.dir, "practice"), d.keys, ledger.Options{Practice: true})
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close()
	d.Use(Office{Book: book, Practice: true})
	d.visit()
	r := d.filed(sample(t, aStay))
	var v payView
	d.want(200, "GET", "/api/slips/"+r.Slip+"/pay", nil, &v)
	if !v.Practice || v.Transfer == nil || v.Transfer.Holder != catalog.PracticePayee().Holder || v.Transfer.Account != catalog.PracticePayee().Account.Number {
		t.Fatalf("%+v, transfer %+v", v, v.Transfer)
	}
}
