package kiosk

import (
	"bytes"
	"context"
	"errors"
	"net/url"
	"strconv"
	"strings"
	"testing"
)

type listing struct {
	Total int
	Rows  []procedureRow
	Near  *struct {
		Rows   []procedureRow
		Events []string
	}
}

func (d *desk) list(query url.Values) (l listing) {
	d.want(200, "GET", "/api/catalog/procedures?"+query.Encode(), nil, &l)
	return l
}

func TestFindingAProcedure(t *testing.T) {
	d := openDesk(t)
	if l := d.list(url.Values{"q": {"khai xinh"}, "limit": {"6"}}); len(l.Rows) == 0 || l.Rows[0].Code != "1.001193" || l.Rows[0].Plain.VI != "Làm giấy khai sinh" || l.Near != nil {
		t.Errorf("khai xinh: %+v", l)
	}
	var fields []struct {
		Name       Text
		Procedures int
	}
	d.want(200, "GET", "/api/catalog/fields", nil, &fields)
	sum := 0
	for _, f := range fields {
		seen := map[string]bool{}
		for at := 0; at < f.Procedures; at += 6 {
			l := d.list(url.Values{"field": {f.Name.VI}, "offset": {strconv.Itoa(at)}, "limit": {"6"}})
			if l.Total != f.Procedures || len(l.Rows) != min(6, f.Procedures-at) {
				t.Fatalf("%s from %d: %d rows of %d, want %d", f.Name.VI, at, len(l.Rows), l.Total, f.Procedures)
			}
			for _, r := range l.Rows {
				seen[r.Code] = true
			}
		}
		if len(seen) != f.Procedures {
			t.Errorf("%s: the pages show %d of %d", f.Name.VI, len(seen), f.Procedures)
		}
		sum += f.Procedures
	}
	if len(fields) != 17 || sum != 77 {
		t.Errorf("%d fields with %d procedures", len(fields), sum)
	}
	for _, odd := range []string{"limit=100000", "limit=-1", "limit=x&offset=y", "limit=99999999999999999999"} {
		if l := func() (l listing) { d.want(200, "GET", "/api/catalog/procedures?"+odd, nil, &l); return }(); len(l.Rows) != pageSize || l.Total != 77 {
			t.Errorf("%s: %d rows of %d", odd, len(l.Rows), l.Total)
		}
	}
}

// TestNothingFoundLeadsOn: whoever finds nothing is shown what is near, and the life events.
func TestNothingFoundLeadsOn(t *testing.T) {
	d := openDesk(t)
	l := d.list(url.Values{"q": {"khhaii siihn"}})
	if l.Total != 0 || l.Near == nil || len(l.Near.Events) != 6 {
		t.Fatalf("%+v", l)
	}
	found := false
	for _, r := range l.Near.Rows {
		found = found || r.Code == "1.001193"
	}
	if !found {
		t.Errorf("near are %+v", l.Near.Rows)
	}
}

func TestWhatAProcedureSays(t *testing.T) {
	d := openDesk(t)
	var p struct {
		Decision, Plain any
		Results         []string
		Remarks         []Text
		Next            Text
		Components      []neededPaper
	}
	d.want(200, "GET", "/api/catalog/procedures/1.004194", nil, &p)
	if p.Decision != "9354/QĐ-BCA-C06" || len(p.Results) == 0 || len(p.Components) == 0 || !strings.Contains(p.Next.VI, "Làm hồ sơ này") {
		t.Errorf("%+v", p)
	}
	if len(p.Remarks) == 0 || !strings.Contains(p.Remarks[0].VI, "Nộp qua mạng: 7.000 đồng") {
		t.Errorf("what is cheaper online is not said: %+v", p.Remarks)
	}
}

func TestPrintingASheet(t *testing.T) {
	d := openDesk(t)
	const at = "/api/catalog/procedures/1.001193/sheet"
	if status, _ := d.call("POST", at+"/print", nil); status != 401 {
		t.Fatalf("without a visit: %d, want 401", status)
	}
	d.visit()
	if status, body := d.call("POST", at+"/print", nil); status != 404 || !bytes.Contains(body, []byte("Chụp lại màn hình")) {
		t.Fatalf("without a printer: %d %s", status, body)
	}
	var title string
	var sheet []byte
	d.Print = func(_ context.Context, name string, pdf []byte) (string, error) {
		title, sheet = name, pdf
		return "desk-1", nil
	}
	d.want(202, "POST", at+"/print?language=en&case=normal", nil, nil)
	if title != "thu tuc 1.001193" || !bytes.HasPrefix(sheet, []byte("%PDF-")) {
		t.Fatalf("printed %q, %.8q", title, sheet)
	}
	for cause, words := range map[error]string{errNotTaken: "chưa nhận tờ hướng dẫn", errors.New("the client was cut off"): "Không biết máy in đã nhận tờ hướng dẫn"} {
		d.Print = func(context.Context, string, []byte) (string, error) { return "", cause }
		if status, body := d.call("POST", at+"/print", nil); status != 503 || !bytes.Contains(body, []byte(words)) {
			t.Fatalf("%v: %d %s", cause, status, body)
		}
	}
	for _, gone := range []string{"/api/catalog/procedures/9.999999/sheet.pdf", at + ".pdf?case=twins"} {
		if status, _ := d.call("GET", gone, nil); status != 404 {
			t.Errorf("%s: %d, want 404", gone, status)
		}
	}
}

// TestProceduresAreDrawn: what the pack says is not too odd for paper; every eighth stands for all,
// because drawing embeds two fonts.
func TestProceduresAreDrawn(t *testing.T) {
	d := openDesk(t)
	d.visit()
	for i, p := range d.Packs.Current(d.today()).Procedures {
		if i%8 != 0 {
			continue
		}
		if status, pdf := d.call("GET", "/api/catalog/procedures/"+p.Code+"/sheet.pdf", nil); status != 200 || !bytes.HasPrefix(pdf, []byte("%PDF-")) {
			t.Errorf("%s: %d", p.Code, status)
		}
	}
}
