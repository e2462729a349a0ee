package counter_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bendo/internal/calendar"
	"bendo/internal/catalog"
	"bendo/internal/dossier"
	"bendo/internal/ledger"
	"bendo/internal/seal"
	"bendo/kiosk"
	"bendo/kiosk/counter"
	"bendo/kiosk/counter/countertest"
	"bendo/kiosk/printer"
	"bendo/syncproto"
)

// paperOffice is a book, a desk that prints into a variable, and the counter's papers over both.
type paperOffice struct {
	t       *testing.T
	book    *ledger.Book
	desk    *kiosk.Desk
	staff   *countertest.Sessions
	handler http.Handler
	now     time.Time
	papers  *counter.Papers
	filed   int
	printed []byte
	print   error
}

func openPaperOffice(t *testing.T) *paperOffice {
	t.Helper()
	o := &paperOffice{t: t, staff: countertest.As(countertest.Clerk), now: time.Date(2026, 11, 20, 9, 30, 0, 0, calendar.Zone)}
	dir := filepath.Join(t.TempDir(), "data")
	keys, err := seal.LoadOrCreate(seal.Options{DataDir: dir})
	o.must(err)
	quiet := slog.New(slog.DiscardHandler)
	o.book, err = ledger.Open(t.Context(), dir, keys, ledger.Options{Now: func() time.Time { return o.now }, Log: quiet})
	o.must(err)
	t.Cleanup(func() { o.book.Close() })
	o.must(o.book.SetIdentity(t.Context(), ledger.Identity{Device: syncproto.DeviceID{1}, Book: syncproto.BookID{2}, Epoch: 1, Prefix: "12345",
		OfficeName: "UBND xã Giao Long", CommuneName: "Xã Giao Long", ProvinceName: "Tỉnh Vĩnh Long"}))
	pack, err := catalog.Embedded()
	o.must(err)
	o.desk = &kiosk.Desk{Packs: catalog.NewShelf(pack), Calendar: calendar.Builtin(), Log: quiet, PublicURL: "https://hoso.example.vn",
		Print: func(_ context.Context, _ string, pdf []byte) (string, error) {
			o.printed = pdf
			return "desk-1", o.print
		}}
	o.desk.Use(kiosk.Office{Book: o.book, Sign: func(q dossier.SlipQR) (string, error) { return strings.Repeat("Aa0_", 40), nil }})
	names := map[string]string{"m-clerk": "Nguyễn Thị Sự", "m-head": "Lê Văn Trưởng"}
	o.papers = &counter.Papers{Book: o.book, Packs: o.desk.Packs, Calendar: o.desk.Calendar, Printing: o.desk,
		NameOf: func(id string) string { return names[id] }}
	c := &counter.Counter{Sessions: o.staff, Log: quiet, Papers: o.papers}
	o.handler = c.Handler()
	return o
}

func (o *paperOffice) must(err error) {
	o.t.Helper()
	if err != nil {
		o.t.Fatal(err)
	}
}

// file files a birth registration handed in by somebody else than the applicant.
func (o *paperOffice) file() syncproto.DossierID { return o.fileOf("1.001193") }

func (o *paperOffice) fileOf(procedure string) syncproto.DossierID {
	o.t.Helper()
	pack := o.desk.Packs.Current(o.now)
	o.filed++
	f, err := o.book.File(o.t.Context(), ledger.FileRequest{Reference: fmt.Sprintf("HS-%d", o.filed), SourceSHA256: syncproto.Digest{1}, Actor: "file",
		Payload: dossier.SubmittedPayload{Procedure: procedure, Pack: string(pack.Version), Channel: dossier.ChannelDesk, Handover: dossier.HandoverNever,
			Applicant:  dossier.Person{FullName: "NGUYỄN THỊ ĐƯỢM", CitizenID: "083199000123", Phone: "0900000123", Address: "Ấp Long Hòa, xã Giao Long"},
			Submitter:  &dossier.Person{FullName: "ĐIỂU KRƠNG", Relation: "chồng"},
			Components: []dossier.Component{{ID: "p2", State: dossier.Provided, Originals: 1}, {ID: "khac-1", Name: "Giấy ủy quyền", State: dossier.ToBeLookedUp}},
			Answers:    []byte(`{}`)}})
	o.must(err)
	return f.Dossier
}

func (o *paperOffice) step(id syncproto.DossierID, actor, event string, payload any) {
	o.t.Helper()
	c, err := o.book.Case(o.t.Context(), id)
	o.must(err)
	_, err = o.book.Advance(o.t.Context(), id, c.Revision, actor, event, func(s dossier.State, m ledger.Moment) (any, error) {
		if p, is := payload.(*dossier.TakenInPayload); is {
			_, err := p.SetDue(o.desk.Calendar, m.At, calendar.Period{Unit: calendar.WorkingDays, Value: 3})
			return p, err
		}
		return payload, nil
	})
	o.must(err)
	o.now = o.now.Add(time.Hour)
}

func (o *paperOffice) call(method, path string, body string) *httptest.ResponseRecorder {
	o.t.Helper()
	w := httptest.NewRecorder()
	o.handler.ServeHTTP(w, httptest.NewRequest(method, path, strings.NewReader(body)).WithContext(o.t.Context()))
	return w
}

func (o *paperOffice) list(id syncproto.DossierID) map[string]counter.PaperView {
	o.t.Helper()
	w := o.call("GET", "/api/counter/dossiers/"+id.String()+"/papers", "")
	var in struct{ Papers []counter.PaperView }
	if err := json.Unmarshal(w.Body.Bytes(), &in); err != nil || w.Code != 200 {
		o.t.Fatalf("%d %s (%v)", w.Code, w.Body, err)
	}
	out := map[string]counter.PaperView{}
	for _, p := range in.Papers {
		out[p.Form] = p
	}
	return out
}

func ready(list map[string]counter.PaperView) string {
	var out []string
	for _, form := range []string{"receipt", "certification", "supplement", "refusal", "control", "apology", "stop", "handover", "returned"} {
		if list[form].Ready {
			out = append(out, form)
		}
	}
	return strings.Join(out, " ")
}

func (o *paperOffice) text(pdf []byte) string {
	o.t.Helper()
	cmd := exec.Command("pdftotext", "-layout", "-", "-")
	cmd.Stdin = bytes.NewReader(pdf)
	out, err := cmd.Output()
	if errors.Is(err, exec.ErrNotFound) {
		o.t.Skip("LOUD: pdftotext (poppler-utils) is missing, so no form was read back; run make setup")
	}
	o.must(err)
	return strings.Join(strings.Fields(string(out)), " ")
}

func (o *paperOffice) says(id syncproto.DossierID, form string, want ...string) {
	o.t.Helper()
	w := o.call("GET", "/api/counter/dossiers/"+id.String()+"/papers/"+form+".pdf", "")
	if w.Code != 200 || w.Header().Get("Content-Type") != "application/pdf" {
		o.t.Fatalf("%s: %d %s", form, w.Code, w.Body)
	}
	if dir := os.Getenv("BENDO_PAPERS"); dir != "" { // to be looked at
		o.must(os.WriteFile(filepath.Join(dir, "counter-"+form+".pdf"), w.Body.Bytes(), 0o600))
	}
	text := o.text(w.Body.Bytes())
	for _, one := range want {
		if !strings.Contains(text, one) {
			o.t.Errorf("%s does not say %q:\n%s", form, one, text)
		}
	}
}

// TestPapersOfADay follows a dossier: which papers there are at each step, and what they say.
func TestPapersOfADay(t *testing.T) {
	o := openPaperOffice(t)
	id := o.file()
	list := o.list(id)
	if ready(list) != "" || list["receipt"].Why.VI == "" || list["receipt"].Number != "01" || list["receipt"].Confidence != "secondary" {
		t.Fatalf("before it was taken in: %+v", list)
	}
	if w := o.call("GET", "/api/counter/dossiers/"+id.String()+"/papers/receipt.pdf", ""); w.Code != 409 || !strings.Contains(w.Body.String(), "tiếp nhận") {
		t.Fatalf("a receipt before it was taken in: %d %s", w.Code, w.Body)
	}
	o.step(id, "m-clerk", dossier.TakenIn, &dossier.TakenInPayload{Office: "UBND xã Giao Long", OfficialCode: "H61.86.12-261120-0004",
		Compared: []dossier.Compared{{Component: "p2", Originals: 1, Copies: 2, Compared: true}}})
	if got := ready(o.list(id)); got != "receipt control" {
		t.Fatalf("taken in: %s", got)
	}
	// 20 November 2026 is a Friday, the 24th a holiday: three working days end on Thursday.
	o.says(id, "receipt", "Mẫu số 01", "GIẤY TIẾP NHẬN HỒ SƠ", "H61.86.12-261120-0004", "ĐIỂU KRƠNG", "chồng", "NGUYỄN THỊ ĐƯỢM", "083199000123", "(1.001193)",
		"Giấy ủy quyền", "cán bộ tra cứu", "đã đối chiếu bản chính", "3 ngày làm việc", "09 giờ 30 phút, ngày 20/11/2026", "ngày 26/11/2026", "24/11/2026", "Nguyễn Thị Sự", "Giao Long, ngày 20 tháng 11 năm 2026", "Trang 1/")
	o.says(id, "control", "PHIẾU KIỂM SOÁT", "Nguyễn Thị Sự")
	o.step(id, "m-clerk", dossier.SupplementRequested, &dossier.SupplementRequestedPayload{N: 1, Office: "UBND xã Giao Long", Text: "Hồ sơ chưa đủ",
		Reasons: []dossier.SupplementReason{{Component: "khac-1", Code: dossier.PaperUnreadable, Text: "mờ"}, {Code: dossier.PaperOther, Text: "Ghi rõ nơi sinh"}}})
	if got := ready(o.list(id)); got != "receipt supplement control" {
		t.Fatalf("asked: %s", got)
	}
	o.says(id, "supplement", "Mẫu số 02", "/HDHS", "Không đọc được, nộp bản rõ. mờ", "Giấy ủy quyền", "Ghi rõ nơi sinh", "Hồ sơ chưa đủ", "tạm dừng từ")
}

func TestPapersOfOtherEnds(t *testing.T) {
	o := openPaperOffice(t)
	begun := o.now
	for name, c := range map[string]struct {
		steps []any
		form  string
		says  []string
	}{
		"refused": {[]any{dossier.Refused, &dossier.ReasonPayload{Reason: "Đã đăng ký nơi khác", Guidance: "Xin trích lục", Office: "UBND xã Giao Long", Second: "m-head"}},
			"refusal", []string{"Mẫu số 03", "Đã đăng ký nơi khác", "Xin trích lục", "Lê Văn Trưởng", "Nguyễn Thị Sự"}},
		"stopped": {[]any{dossier.TakenIn, &dossier.TakenInPayload{Office: "UBND xã"}, dossier.Stopped, &dossier.ReasonPayload{Reason: "Không bổ sung đúng hạn"}},
			"stop", []string{"Mẫu số 05", "Không bổ sung đúng hạn", "đã tiếp nhận", "Kính gửi: NGUYỄN THỊ ĐƯỢM"}},
		"redated": {[]any{dossier.TakenIn, &dossier.TakenInPayload{Office: "UBND xã"},
			dossier.Apology, &dossier.ApologyPayload{OriginalDue: 1, NewDue: time.Date(2026, 12, 1, 10, 0, 0, 0, time.UTC).UnixMilli(), Reason: "Chờ xác minh"}},
			"apology", []string{"Mẫu số 04", "Chờ xác minh", "17 giờ 00 phút, ngày 01/12/2026", "ngày 26/11/2026", "XIN LỖI"}},
		"handed on": {[]any{dossier.TakenIn, &dossier.TakenInPayload{Office: "UBND xã"},
			dossier.HandedOver, &dossier.HandedOverPayload{To: dossier.Province, Taker: "m-head", Note: "kèm 2 bản chính"}},
			"handover", []string{"Bên nhận: Tỉnh Vĩnh Long", "DANH SÁCH BÀN GIAO HỒ SƠ", "Tỉnh Vĩnh Long", "kèm 2 bản chính", "Lê Văn Trưởng", "1 hồ sơ"}},
		"given back": {[]any{dossier.TakenIn, &dossier.TakenInPayload{Office: "UBND xã"}, dossier.Processing, &dossier.ProcessingPayload{Office: "UBND xã"},
			dossier.Decided, &dossier.DecidedPayload{Outcome: dossier.Granted, Document: "317/2026"}, dossier.ResultReady, &dossier.ResultReadyPayload{Where: "quầy số 2"},
			dossier.Returned, &dossier.ReturnedPayload{How: dossier.ByDelegate, Delegate: &dossier.Person{FullName: "THẠCH THỊ SÔ PHIA", CitizenID: "084185000456", Relation: "giấy ủy quyền ngày 20/11/2026"}}},
			"returned", []string{"Giấy khai sinh", "317/2026", "THẠCH THỊ SÔ PHIA", "giấy ủy quyền ngày 20/11/2026", "Liên 2: Giao người nhận"}},
	} {
		t.Run(name, func(t *testing.T) {
			o.t, o.now = t, begun
			id := o.file()
			for i := 0; i < len(c.steps); i += 2 {
				o.step(id, "m-clerk", c.steps[i].(string), c.steps[i+1])
			}
			o.says(id, c.form, c.says...)
		})
	}
}

// TestPrintingAForm: the paper shown is the paper printed; what came out is in the journal, and whoever
// prints again gets a paper that says so.
func TestPrintingAForm(t *testing.T) {
	o := openPaperOffice(t)
	id := o.file()
	o.step(id, "m-clerk", dossier.TakenIn, &dossier.TakenInPayload{Office: "UBND xã"})
	path := "/api/counter/dossiers/" + id.String() + "/papers/receipt"
	o.print = fmt.Errorf("%w: no such queue", printer.ErrRefused)
	if w := o.call("POST", path+"/print", ""); w.Code != 503 || !strings.Contains(w.Body.String(), `"printer"`) {
		t.Fatalf("a queue that takes nothing: %d %s", w.Code, w.Body)
	}
	o.print = nil
	for n := 1; n <= 2; n++ {
		shown := o.call("GET", path+".pdf", "").Body.Bytes()
		w := o.call("POST", path+"/print", "")
		var j struct {
			Print int64
			Copy  int
			State string
		}
		if err := json.Unmarshal(w.Body.Bytes(), &j); err != nil || w.Code != 202 || j.Copy != n || j.State != "accepted" {
			t.Fatalf("print %d: %d %s", n, w.Code, w.Body)
		}
		if !bytes.Equal(shown, o.printed) {
			t.Errorf("print %d is not what was shown", n)
		}
		if got := strings.Contains(o.text(o.printed), "BẢN IN LẠI lần 1"); got != (n == 2) {
			t.Errorf("print %d: marked as a reprint: %v", n, got)
		}
		seen := o.call("POST", fmt.Sprintf("/api/counter/prints/%d/seen", j.Print), `{"out":true}`)
		now := o.call("GET", fmt.Sprintf("/api/counter/prints/%d", j.Print), "")
		if seen.Code != 200 || !strings.Contains(now.Body.String(), `"printed"`) {
			t.Errorf("what a person saw is not kept: %s, %s", seen.Body, now.Body)
		}
	}
	if p := o.list(id)["receipt"]; p.Printed != 2 || p.PrintedAt == 0 {
		t.Errorf("the list counts %d prints", p.Printed)
	}
}

// TestAFormIsNotedBeforeItLeaves: when the printer sees the paper, the journal has it. A kill behind that
// leaves a print nobody knows the end of, and the next paper is marked as a reprint.
func TestAFormIsNotedBeforeItLeaves(t *testing.T) {
	o := openPaperOffice(t)
	id := o.file()
	o.step(id, "m-clerk", dossier.TakenIn, &dossier.TakenInPayload{Office: "UBND xã"})
	path := "/api/counter/dossiers/" + id.String() + "/papers/receipt"
	var then []ledger.PrintJob
	o.desk.Print = func(ctx context.Context, _ string, pdf []byte) (string, error) {
		var err error
		then, err = o.book.Prints(ctx, "receipt", "", 10)
		o.must(err)
		return "", errors.New("the power went")
	}
	if w := o.call("POST", path+"/print", ""); w.Code != 503 || !strings.Contains(w.Body.String(), "printer_unknown") {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	if len(then) != 1 || then[0].State != ledger.PrintBegun {
		t.Fatalf("in the journal when the paper left: %+v", then)
	}
	if text := o.text(o.call("GET", path+".pdf", "").Body.Bytes()); !strings.Contains(text, "BẢN IN LẠI lần 1") {
		t.Error("the paper behind one that may lie in the tray is not marked")
	}
}

// TestPracticePapersSayThatTheyAre: nobody takes one for a receipt.
func TestPracticePapersSayThatTheyAre(t *testing.T) {
	o := openPaperOffice(t)
	o.papers.Practice = true
	id := o.file()
	o.step(id, "m-clerk", dossier.TakenIn, &dossier.TakenInPayload{Office: "UBND xã"})
	o.says(id, "receipt", "Giấy tập thử, không có giá trị", "MÁY TẬP THỬ")
}

// TestCertificationHasItsOwnReceipt: with two sheets alike, and no amount nobody has settled.
func TestCertificationHasItsOwnReceipt(t *testing.T) {
	o := openPaperOffice(t)
	id := o.fileOf("2.000815")
	if why := o.list(id)["certification"].Why; !strings.Contains(why.VI, "tiếp nhận") {
		t.Fatalf("before it was taken in: %q", why.VI)
	}
	o.step(id, "m-clerk", dossier.TakenIn, &dossier.TakenInPayload{Office: "UBND xã", Compared: []dossier.Compared{{Component: "p2", Copies: 3}}})
	if p := o.list(id)["certification"]; !p.Ready || p.Copies != 2 || p.Number != "" || p.Confidence != "unverified" {
		t.Fatalf("%+v", p)
	}
	o.says(id, "certification", "YÊU CẦU CHỨNG THỰC", "Liên 1: Lưu", "Liên 2: Giao người nộp", "không phải biên lai", "Số bản")
	w := o.call("GET", "/api/counter/dossiers/"+id.String()+"/papers/certification.pdf", "")
	if text := o.text(w.Body.Bytes()); strings.Contains(text, "Bằng chữ") || strings.Contains(text, "Không đồng") {
		t.Errorf("an amount nobody settled is printed:\n%s", text)
	}
}

func TestPapersAreRefused(t *testing.T) {
	o := openPaperOffice(t)
	id := o.file()
	base := "/api/counter/dossiers/"
	for path, want := range map[string]int{
		base + id.String() + "/papers/letter.pdf": 404, base + id.String() + "/papers/receipt": 404, base + "nobody/papers": 404,
		base + "00000000-0000-4000-8000-000000000000/papers": 404, base + id.String() + "/papers/cash.pdf": 404, "/api/counter/prints/77": 404,
	} {
		if w := o.call("GET", path, ""); w.Code != want {
			t.Errorf("%s: %d, want %d: %s", path, w.Code, want, w.Body)
		}
	}
	o.staff.Become(countertest.Inspector)
	if w := o.call("POST", base+id.String()+"/papers/receipt/print", ""); w.Code != 403 {
		t.Errorf("an inspector prints: %d", w.Code)
	}
	if w := o.call("GET", base+id.String()+"/papers", ""); w.Code != 200 {
		t.Errorf("an inspector may not read: %d", w.Code)
	}
	none := (&counter.Counter{Sessions: o.staff, Log: slog.New(slog.DiscardHandler)}).Handler()
	w := httptest.NewRecorder()
	none.ServeHTTP(w, httptest.NewRequest("GET", base+id.String()+"/papers", nil))
	if w.Code != 404 || !strings.Contains(w.Body.String(), "not_here") {
		t.Errorf("without papers: %d %s", w.Code, w.Body)
	}
}
