package xlsx

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"bendo/internal/report"
	"bendo/syncproto"
)

var write = flag.Bool("write", false, "write the golden read-backs anew")

// hostile are texts residents may write into a name or an address.
var hostile = []string{`=HYPERLINK("http://evil.example","bấm")`, "+84 900 000 000", "-1+1", "@SUM(A1:A9)", "\t=1+1", "a\x00b\x1bc", "<b>&\"'", "'đã trích dẫn"}

func at(text string) int64 {
	t, err := time.ParseInLocation("2006-01-02 15:04", text, report.Zone)
	if err != nil {
		panic(err)
	}
	return t.UnixMilli()
}

func input() report.Input {
	period, err := report.ParsePeriod("2026-11")
	if err != nil {
		panic(err)
	}
	in := report.Input{Period: period, Office: "UBND xã Giao Long", KnownAt: at("2026-11-15 08:00"), Clock: "trusted",
		Procedures: []report.Procedure{{Code: "1.001193", Field: report.Text{VI: "Hộ tịch"}, Levels: []string{"Cấp xã"}, Online: true}}}
	for i := range len(hostile) {
		received := at("2026-10-20 09:00") + int64(i)*86_400_000
		c := report.Case{ID: syncproto.DossierID{1, byte(i)}, Version: 3, Slip: fmt.Sprintf("%014d", i), Procedure: "1.001193",
			Name: report.Text{VI: "Đăng ký khai sinh"}, Field: report.Text{VI: []string{"Hộ tịch", "=1+1"}[i%2]}, Channel: report.Counter, Received: received,
			Turns: []report.Turn{{At: received, To: report.Open}}, Dues: []report.DueDate{{At: received, Due: received + 3*86_400_000, Why: report.DueTakenIn}}}
		if i%3 == 0 {
			c.Turns = append(c.Turns, report.Turn{At: received + 86_400_000, To: report.Settled})
		}
		in.Cases = append(in.Cases, c)
	}
	return in
}

func table(t testing.TB, name report.Name) *report.Table {
	t.Helper()
	made, err := report.Make(name, input())
	if err != nil {
		t.Fatal(err)
	}
	made = made.Fill(func(id syncproto.DossierID) (report.Person, bool) {
		text := hostile[id[1]]
		return report.Person{Name: text, Address: text, Phone: text}, true
	})
	return &made
}

func workbook(t testing.TB, made *report.Table) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, made, Options{Stamp: "TẠM TÍNH", Notes: []string{"=ghi chú"}}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// What is read back is what was written, cell by cell; testdata holds it as people can read it.
func TestReadBack(t *testing.T) {
	for _, form := range report.Forms() {
		t.Run(string(form.Name), func(t *testing.T) {
			f, err := excelize.OpenReader(bytes.NewReader(workbook(t, table(t, form.Name))))
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			var lines []string
			for _, sheet := range f.GetSheetList() {
				rows, err := f.GetRows(sheet)
				if err != nil {
					t.Fatal(err)
				}
				lines = append(lines, "# "+sheet)
				for _, r := range rows {
					lines = append(lines, strings.TrimRight(strings.Join(r, " | "), " |"))
				}
			}
			got := strings.Join(lines, "\n") + "\n"
			path := filepath.Join("testdata", string(form.Name)+".txt")
			if *write {
				if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil || got != string(want) {
				t.Errorf("the workbook of %s reads\n%s\nand not as %s says (%v)", form.Name, got, path, err)
			}
		})
	}
}

// No text becomes a formula, numbers and days are numbers, the head is frozen, pages are A4 lying.
func TestShapesOfCells(t *testing.T) {
	body := workbook(t, table(t, report.Register))
	f, err := excelize.OpenReader(bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for row := 9; row < 9+len(hostile); row++ {
		for _, col := range []string{"E", "F", "G"} { // name, address, phone
			cell := fmt.Sprintf("%s%d", col, row)
			formula, _ := f.GetCellFormula(tableSheet, cell)
			kind, _ := f.GetCellType(tableSheet, cell)
			style, _ := f.GetCellStyle(tableSheet, cell)
			format, _ := f.GetStyle(style)
			if formula != "" || kind == excelize.CellTypeFormula || kind == excelize.CellTypeNumber || format == nil || format.NumFmt != 49 {
				t.Errorf("%s is of type %v with formula %q and format %+v", cell, kind, formula, format)
			}
		}
		cell := fmt.Sprintf("I%d", row)
		raw, err := f.GetCellValue(tableSheet, cell, excelize.Options{RawCellValue: true})
		var days float64
		if _, scanErr := fmt.Sscan(raw, &days); err != nil || scanErr != nil || days < 46_000 || days > 47_000 {
			t.Errorf("%s, the day of receipt, holds %q", cell, raw)
		}
	}
	if shown, _ := f.GetCellValue(tableSheet, "I9"); shown != "20/10/2026 09:00" {
		t.Errorf("the day of receipt is shown as %q", shown)
	}
	panes, err := f.GetPanes(tableSheet)
	if err != nil || !panes.Freeze || panes.YSplit != 8 {
		t.Errorf("panes %+v %v", panes, err)
	}
	layout, err := f.GetPageLayout(tableSheet)
	if err != nil || *layout.Size != 9 || *layout.Orientation != "landscape" || layout.FitToWidth == nil || *layout.FitToWidth != 1 {
		t.Errorf("layout %+v %v", layout, err)
	}
	numbers, err := excelize.OpenReader(bytes.NewReader(workbook(t, table(t, report.Handled06))))
	if err != nil {
		t.Fatal(err)
	}
	defer numbers.Close()
	if kind, _ := numbers.GetCellType(tableSheet, "B9"); kind != excelize.CellTypeUnset && kind != excelize.CellTypeNumber {
		t.Errorf("a count is of type %v", kind)
	}
}

// The parts of the package are there, well formed, and hold no formula and no foreign address.
func TestPackageIsWhole(t *testing.T) {
	for _, form := range report.Forms() {
		body := workbook(t, table(t, form.Name))
		z, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
		if err != nil {
			t.Fatal(err)
		}
		seen := map[string]bool{}
		for _, part := range z.File {
			seen[part.Name] = true
			r, err := part.Open()
			if err != nil {
				t.Fatal(err)
			}
			d := xml.NewDecoder(r)
			for {
				token, err := d.Token()
				if errors.Is(err, io.EOF) {
					break
				}
				if err != nil {
					t.Fatalf("%s of %s: %v", part.Name, form.Name, err)
				}
				if e, ok := token.(xml.StartElement); ok && e.Name.Local == "f" {
					t.Errorf("%s of %s holds a formula", part.Name, form.Name)
				}
				if e, ok := token.(xml.StartElement); ok && e.Name.Local == "hyperlink" {
					t.Errorf("%s of %s holds a link", part.Name, form.Name)
				}
			}
			r.Close()
		}
		if form.Name == report.Register && !bytes.Equal(unzip(t, body, "xl/worksheets/sheet1.xml"), unzip(t, workbook(t, table(t, form.Name)), "xl/worksheets/sheet1.xml")) {
			t.Error("two workbooks of one table differ")
		}
		for _, want := range []string{"[Content_Types].xml", "_rels/.rels", "xl/workbook.xml", "xl/styles.xml", "xl/worksheets/sheet1.xml", "docProps/core.xml"} {
			if !seen[want] {
				t.Errorf("%s has no part %s", form.Name, want)
			}
		}
	}
}

func unzip(t *testing.T, body []byte, name string) []byte {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
	if err != nil {
		t.Fatal(err)
	}
	r, err := z.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	part, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return part
}

// Where LibreOffice is installed it opens the workbook and finds the same title; where it is not, the
// tests above are what there is, and this one says so.
func TestLibreOfficeOpensIt(t *testing.T) {
	office, err := exec.LookPath("soffice")
	if err != nil {
		t.Skip("LibreOffice is not on this machine: the workbook was read back and its XML checked, but not opened with it")
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "06.xlsx")
	if err := os.WriteFile(path, workbook(t, table(t, report.Handled06)), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(office, "--headless", "-env:UserInstallation=file://"+dir+"/profile", "--convert-to", "csv:Text - txt - csv (StarCalc):44,34,76", "--outdir", dir, path).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	text, err := os.ReadFile(filepath.Join(dir, "06.csv"))
	if err != nil || !bytes.Contains(text, []byte("TÌNH HÌNH, KẾT QUẢ")) || !bytes.Contains(text, []byte("=1+1")) {
		t.Errorf("LibreOffice reads %q (%v)", text, err)
	}
}

func TestTooLong(t *testing.T) {
	if err := Write(io.Discard, &report.Table{Rows: make([]report.Row, 1_000_001)}, Options{}); !errors.Is(err, ErrTooLong) {
		t.Errorf("%v", err)
	}
}

func BenchmarkRegister(b *testing.B) {
	made := table(b, report.Register)
	for len(made.Rows) < 10_000 {
		made.Rows = append(made.Rows, made.Rows...)
	}
	for b.Loop() {
		if err := Write(io.Discard, made, Options{}); err != nil {
			b.Fatal(err)
		}
	}
}
