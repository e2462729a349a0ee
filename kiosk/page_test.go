package kiosk

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"image"
	"image/color"
	"image/jpeg"
	"math"
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/image/draw"
	"golang.org/x/image/math/f64"

	"bendo/kiosk/scan"
)

// written draws a page of strokes set like print, another one for each seed.
func written(seed uint64) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, 1000, 1400))
	draw.Draw(img, img.Rect, image.NewUniform(color.RGBA{245, 243, 238, 255}), image.Point{}, draw.Src)
	ink := image.NewUniform(color.RGBA{40, 38, 48, 255})
	r := rand.New(rand.NewPCG(seed, 5))
	for y := 120; y < 1260; y += 38 {
		for x := 110; x < 760+r.IntN(100); x += 14 {
			if r.IntN(6) == 0 {
				continue // a gap between words
			}
			for range 2 + r.IntN(2) {
				at := image.Pt(x+r.IntN(8), y+r.IntN(10))
				size := image.Pt(3, 8+r.IntN(8))
				if r.IntN(2) == 0 {
					size = image.Pt(9, 3)
				}
				draw.Draw(img, image.Rectangle{Min: at, Max: at.Add(size)}, ink, image.Point{}, draw.Src)
			}
		}
	}
	return img
}

func asPhoto(t testing.TB, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 80}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// softened shrinks and stretches again: what a lens out of focus leaves.
func softened(img *image.RGBA) *image.RGBA {
	small := image.NewRGBA(image.Rect(0, 0, 125, 175))
	draw.BiLinear.Scale(small, small.Rect, img, img.Rect, draw.Src, nil)
	out := image.NewRGBA(img.Rect)
	draw.CatmullRom.Scale(out, out.Rect, small, small.Rect, draw.Src, nil)
	return out
}

func darkened(img *image.RGBA) *image.RGBA {
	out := image.NewRGBA(img.Rect)
	for i, v := range img.Pix {
		out.Pix[i] = v / 4
		if i%4 == 3 {
			out.Pix[i] = 255
		}
	}
	return out
}

// tilted turns a page by degrees on white.
func tilted(img *image.RGBA, degrees float64) *image.RGBA {
	out := image.NewRGBA(img.Rect)
	draw.Draw(out, out.Rect, image.White, image.Point{}, draw.Src)
	sin, cos := math.Sincos(-degrees * math.Pi / 180)
	cx, cy := 500.0, 700.0
	draw.ApproxBiLinear.Transform(out, f64.Aff3{cos, -sin, cx - cos*cx + sin*cy, sin, cos, cy - sin*cx - cos*cy}, img, img.Rect, draw.Src, nil)
	return out
}

func (d *desk) page(id, component string, img image.Image) scanView {
	d.t.Helper()
	data := asPhoto(d.t, img)
	var s scanView
	d.want(200, "PUT", "/api/drafts/"+id+"/scans?component="+component+"&name=a.jpg", data, &s, "Content-Digest", contentDigestOf(data))
	return s
}

// defect is one thing wrong with a dossier, and how a resident mends it.
type defect struct {
	name, code, field, component string
	plant, mend                  func(d *desk, id string)
}

// seeds are one defect of every kind the pre-check knows: on the form, of a person, of papers and of
// each kind of bad page.
func seeds(p prepared) []defect {
	put := func(path string, body any) func(d *desk, id string) {
		return func(d *desk, id string) { d.want(200, "PUT", "/api/drafts/"+id+path, body, nil) }
	}
	with := func(key string, value any) map[string]any {
		out := map[string]any{}
		for k, v := range p.Applicant {
			out[k] = v
		}
		out[key] = value
		return out
	}
	field := func(name string) string { return "/fields/" + url.PathEscape(name) }
	list := []defect{
		{"an answer is missing", "required", "child_name", "", put(field("child_name"), map[string]any{"value": nil}), put(field("child_name"), map[string]any{"value": p.Answers["child_name"]})},
		{"born tomorrow", "", "child_birth_date", "", put(field("child_birth_date"), map[string]any{"value": "2999-01-01"}), put(field("child_birth_date"), map[string]any{"value": p.Answers["child_birth_date"]})},
		{"a number of eleven digits", "", "", "", put("/applicant", with("citizen_id", "08319000123")), put("/applicant", p.Applicant)},
		{"not signed", "signature_missing", "", "", func(*desk, string) {}, put("/signature?kind=paper", nil)},
		{"provided, but no page", "paper_not_scanned", "", "p3", put("/components/p3", map[string]any{"state": "provided"}), put("/components/p3", map[string]any{"state": "not_applicable"})},
	}
	page := written(1)
	for _, c := range []struct {
		code string
		img  *image.RGBA
	}{
		{"blurred", softened(written(2))}, {"too_dark", darkened(written(3))}, {"skewed", tilted(written(4), 7)},
		{"blank", image.NewRGBA(image.Rect(0, 0, 900, 1200))}, {"too_small", small(written(5))},
		{"cut", sub(written(6), image.Rect(0, 0, 480, 1400))}, {"duplicate", tilted(page, 0.5)},
	} {
		var at scanView
		if c.code == "blank" {
			draw.Draw(c.img, c.img.Rect, image.NewUniform(color.RGBA{244, 244, 240, 255}), image.Point{}, draw.Src)
		}
		list = append(list, defect{"a page that is " + c.code, "page_" + c.code, "", "p1",
			func(d *desk, id string) { at = d.page(id, "p1", c.img) },
			func(d *desk, id string) { d.want(204, "DELETE", "/api/drafts/"+id+"/scans/"+at.SHA256, nil, nil) }})
	}
	return list
}

func sub(img *image.RGBA, r image.Rectangle) *image.RGBA {
	out := image.NewRGBA(image.Rect(0, 0, r.Dx(), r.Dy()))
	draw.Draw(out, out.Rect, img, r.Min, draw.Src)
	return out
}

func small(img *image.RGBA) *image.RGBA {
	out := image.NewRGBA(image.Rect(0, 0, 340, 476))
	draw.CatmullRom.Scale(out, out.Rect, img, img.Rect, draw.Src, nil)
	return out
}

func (d *desk) judged(id string) (list []problemView) {
	d.t.Helper()
	var j struct{ Problems []problemView }
	d.want(200, "POST", "/api/drafts/"+id+"/judge", nil, &j)
	return j.Problems
}

func (x defect) is(p problemView) bool {
	return (x.code == "" || p.Code == x.code) && (x.field == "" || p.Field == x.field) && (x.component == "" || p.Component == x.component) &&
		(x.code != "" || x.field != "" || p.Where == whereApplicant)
}

// TestSeededDefectsAreFoundInOnePass: k defects of k kinds, one look, k found; each with words, pages
// with their picture; once all are mended nothing is left. R3 of the resident's promises: everything
// wrong, at once, before leaving.
func TestSeededDefectsAreFoundInOnePass(t *testing.T) {
	d := openDesk(t)
	d.visit()
	p := sample(t, aBirth)
	id := d.typed(p)
	d.page(id, "p1", written(1))
	all := seeds(p)
	for _, x := range all {
		x.plant(d, id)
	}
	found := d.judged(id)
	for _, x := range all {
		if n := slices.IndexFunc(found, x.is); n < 0 {
			t.Errorf("%s: not found among %d", x.name, len(found))
		} else if q := found[n]; q.Message.VI == "" || q.Message.EN == "" || strings.HasPrefix(q.Code, "page_") && q.Scan == "" {
			t.Errorf("%s: without words or picture: %+v", x.name, q)
		}
	}
	for _, q := range found {
		if !slices.ContainsFunc(all, func(x defect) bool { return x.is(q) }) {
			t.Errorf("found what nobody planted: %+v", q)
		}
	}
	for i, x := range all { // one after another is mended, the others stay
		x.mend(d, id)
		left := d.judged(id)
		for _, y := range all[i+1:] {
			if !slices.ContainsFunc(left, y.is) {
				t.Fatalf("after mending %q: %q is gone too", x.name, y.name)
			}
		}
	}
	if left := d.judged(id); len(left) != 0 {
		t.Fatalf("all is mended, and still %+v", left)
	}
	d.want(200, "POST", "/api/drafts/"+id+"/submit", map[string]any{"consent": map[string]string{"version": ConsentVersion}}, nil)
}

// TestAPageIsMended: the proposal straightens it, the page keeps its place, the warning is gone; a
// lost answer asked again changes nothing.
func TestAPageIsMended(t *testing.T) {
	d := openDesk(t)
	d.visit()
	id := d.typed(sample(t, aBirth))
	at := "/api/drafts/" + id
	first := d.page(id, "p1", tilted(written(1), 7))
	d.page(id, "p1", written(2))
	var look lookView
	d.want(200, "GET", at+"/scans/"+first.SHA256+"/look", nil, &look)
	if len(look.Corners) != 4 || look.By != "lines" || len(look.Warnings) != 1 || look.Warnings[0].Code != "skewed" {
		t.Fatalf("%+v", look)
	}
	d.refused(422, "scan_bad_corners", "POST", at+"/scans/"+first.SHA256+"/mend", map[string]any{"corners": []scan.Point{{}, {}, {}, {}}})
	var mended scanView
	d.want(200, "POST", at+"/scans/"+first.SHA256+"/mend", map[string]any{"corners": look.Corners}, &mended)
	if len(mended.Warnings) != 0 || mended.SHA256 == first.SHA256 || mended.WasLength != first.WasLength {
		t.Fatalf("%+v", mended)
	}
	var v draftView
	d.want(200, "GET", at, nil, &v)
	if scans := v.Components[0].Scans; len(scans) != 2 || scans[0].SHA256 != mended.SHA256 {
		t.Fatalf("pages %+v", scans)
	}
	d.refused(404, "no_paper", "POST", at+"/scans/"+first.SHA256+"/mend", map[string]any{"turn": 1})
	d.refused(404, "no_paper", "GET", at+"/scans/"+first.SHA256+"/look", nil)
	var same scanView
	d.want(200, "POST", at+"/scans/"+mended.SHA256+"/mend", map[string]any{"turn": 0}, &same)
	if same.SHA256 != mended.SHA256 {
		t.Error("nothing to do made another page")
	}
	d.visit() // another resident
	d.refused(404, "no_draft", "GET", at+"/scans/"+mended.SHA256+"/look", nil)
	d.refused(404, "no_draft", "POST", at+"/scans/"+mended.SHA256+"/accept", nil)
}

// TestAWarnedPageIsFiledAsItIs: a warning stops nobody; what was noticed goes to the officer.
func TestAWarnedPageIsFiledAsItIs(t *testing.T) {
	d := openDesk(t)
	d.visit()
	id := d.typed(sample(t, aBirth))
	at := "/api/drafts/" + id
	s := d.page(id, "p1", softened(written(1)))
	d.want(200, "PUT", at+"/signature?kind=paper", nil, nil)
	if found := d.judged(id); len(found) != 1 || found[0].Code != "page_blurred" || found[0].Scan != s.SHA256 {
		t.Fatalf("%+v", found)
	}
	d.want(200, "POST", at+"/scans/"+s.SHA256+"/accept", nil, nil)
	if found := d.judged(id); len(found) != 0 {
		t.Fatalf("a page that was accepted is asked about again: %+v", found)
	}
	var r receiptView
	d.want(200, "POST", at+"/submit", map[string]any{"consent": map[string]string{"version": ConsentVersion}}, &r)
	rows := must(d.outboxRows(t.Context(), d.today()))(t)
	filing := must(d.book.Filing(t.Context(), rows[0].Dossier))(t)
	if raw, _ := json.Marshal(filing.Verdict); !strings.Contains(string(raw), `"page_blurred"`) {
		t.Errorf("the officer is not told: %s", raw)
	}
	if rows[0].BytesWas == 0 || rows[0].BytesWas < rows[0].BytesTotal {
		t.Errorf("%d bytes were %d", rows[0].BytesTotal, rows[0].BytesWas)
	}
}

// TestTheSameBytesDoNotLeaveAnotherPaper: the very same file for a second paper is refused in words,
// and the first paper keeps its page.
func TestTheSameBytesDoNotLeaveAnotherPaper(t *testing.T) {
	d := openDesk(t)
	d.visit()
	id := d.typed(sample(t, aBirth))
	at := "/api/drafts/" + id
	data := asPhoto(t, written(1))
	d.page(id, "p1", written(1))
	d.refused(409, "same_page", "PUT", at+"/scans?component=p6", data, "Content-Digest", contentDigestOf(data))
	d.page(id, "p1", written(1)) // the answer was lost: no twin of itself
	var v draftView
	d.want(200, "GET", at, nil, &v)
	if scans := v.Components[0].Scans; len(scans) != 1 || len(scans[0].Warnings) != 0 {
		t.Fatalf("%+v", scans)
	}
}

// tiffOf is an uncompressed TIFF of grey pages, one after another.
func tiffOf(pages ...*image.RGBA) []byte {
	le := binary.LittleEndian
	b, link := []byte("II*\x00\x00\x00\x00\x00"), 4
	for _, p := range pages {
		at, w, h := uint32(len(b)), uint32(p.Rect.Dx()), uint32(p.Rect.Dy())
		for i := 0; i < len(p.Pix); i += 4 {
			b = append(b, p.Pix[i])
		}
		le.PutUint32(b[link:], uint32(len(b)))
		entries := [][2]uint32{{256, w}, {257, h}, {258, 8}, {259, 1}, {262, 1}, {273, at}, {277, 1}, {278, h}, {279, w * h}}
		b = le.AppendUint16(b, uint16(len(entries)))
		for _, e := range entries {
			b = le.AppendUint16(b, uint16(e[0]))
			b = le.AppendUint16(b, 4) // LONG
			b = le.AppendUint32(b, 1)
			b = le.AppendUint32(b, e[1])
		}
		link = len(b)
		b = append(b, 0, 0, 0, 0)
	}
	return b
}

// TestAFolderInOneTIFF: what an old scanner put into one file is seen before it is taken, and becomes a
// page each; taken again after a lost answer it doubles nothing.
func TestAFolderInOneTIFF(t *testing.T) {
	d := openDesk(t)
	d.visit()
	id := d.typed(sample(t, aBirth))
	data := tiffOf(written(1), written(2), written(3))
	for range 2 {
		item := must(d.book.PutTray(t.Context(), "quét 7.tif", scan.TIFF, bytes.NewReader(data)))(t)
		if status, page := d.call("GET", "/api/tray/"+item.ID, nil); status != 200 || scan.Kind(page) != scan.JPEG {
			t.Fatalf("the tray shows %d, %.60q", status, page)
		}
		var s scanView
		d.want(200, "POST", "/api/drafts/"+id+"/tray/"+item.ID, map[string]string{"component": "p1"}, &s)
		if s.Pages != 3 || s.WasLength != int64(len(data)) {
			t.Fatalf("%+v", s)
		}
		var v draftView
		d.want(200, "GET", "/api/drafts/"+id, nil, &v)
		if n := len(v.Components[0].Scans); n != 3 {
			t.Fatalf("%d pages", n)
		}
	}
	bad := must(d.book.PutTray(t.Context(), "x.tif", scan.TIFF, bytes.NewReader(data[:900])))(t)
	d.refused(422, "scan_unreadable", "GET", "/api/tray/"+bad.ID, nil)
	d.refused(422, "scan_unreadable", "POST", "/api/drafts/"+id+"/tray/"+bad.ID, map[string]string{"component": "p1"})
	if status, _ := d.call("GET", "/api/tray", nil); status != 200 {
		t.Error("the tray does not open any more")
	}
}

// A page that mends into another page of the dossier stays where it is, and so does that one.
func TestAMendedPageTakesNoOtherPagesPlace(t *testing.T) {
	for _, under := range []string{"p2", "p1"} {
		d := openDesk(t)
		d.visit()
		var draft, before, after draftView
		d.want(200, "POST", "/api/drafts", map[string]any{"procedure": "1.001193", "language": "vi", "secret": false}, &draft)
		at, pic := "/api/drafts/"+draft.ID, asPhoto(t, written(3))
		turned := func(component string) string {
			var s scanView
			d.want(200, "PUT", at+"/scans?component="+component+"&name=a.jpg", pic, &s, "Content-Digest", contentDigestOf(pic))
			return at + "/scans/" + s.SHA256 + "/mend"
		}
		d.want(200, "POST", turned("p1"), map[string]any{"turn": 2}, nil)
		again := turned(under)
		d.want(200, "GET", at, nil, &before)
		d.refused(409, "same_page", "POST", again, map[string]any{"turn": 2})
		d.want(200, "GET", at, nil, &after)
		a, _ := json.Marshal(after)
		if b, _ := json.Marshal(before); !bytes.Equal(a, b) {
			t.Errorf("%s: before %s\nafter  %s", under, b, a)
		}
	}
}
