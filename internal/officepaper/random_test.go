package officepaper

import (
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode"

	"pgregory.net/rapid"

	"bendo/internal/bounded"
)

// randomForm fills every field of a form, however deep.
func randomForm(t *rapid.T, empty Form, text *rapid.Generator[string]) Form {
	v := reflect.New(reflect.TypeOf(empty)).Elem()
	fillAny(t, v, text)
	h := v.FieldByName("Head").Addr().Interface().(*Head)
	for _, short := range []*string{&h.Superior, &h.Agency, &h.Number, &h.PlaceDate, &h.Code, &h.Slip, &h.Stamp} {
		if runes := []rune(*short); len(runes) > maxHead {
			*short = string(runes[:maxHead])
		}
	}
	h.Agency = strings.TrimSpace("UBND " + h.Agency)[:min(len(strings.TrimSpace("UBND "+h.Agency)), 60)]
	h.Made = time.Unix(0, 0)
	h.Mark = rapid.SampledFrom([]Mark{Valid, Draft, Practice}).Draw(t, "mark")
	h.Reprint = rapid.IntRange(0, 3).Draw(t, "reprint")
	h.QR = rapid.SampledFrom([]string{"", "https://hoso.example.vn/t/" + strings.Repeat("Aa0_", 42)}).Draw(t, "qr")
	if r, is := v.Addr().Interface().(*Report); is {
		r.Columns, r.Signers = nil, r.Signers[:min(3, len(r.Signers))]
		for range rapid.IntRange(1, 12).Draw(t, "columns") {
			r.Columns = append(r.Columns, ReportColumn{Head: "Số hồ sơ", Group: rapid.SampledFrom([]string{"", "Tiếp nhận"}).Draw(t, "group"),
				Width: rapid.IntRange(0, 30).Draw(t, "width"), Align: rapid.SampledFrom([]string{"", "L", "C", "R"}).Draw(t, "align")})
		}
		for i := range r.Rows {
			r.Rows[i] = r.Rows[i][:min(len(r.Rows[i]), len(r.Columns))]
		}
	}
	return v.Interface().(Form)
}

func fillAny(t *rapid.T, v reflect.Value, text *rapid.Generator[string]) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(text.Draw(t, "text"))
	case reflect.Pointer:
		if rapid.Bool().Draw(t, "known") {
			v.Set(reflect.New(v.Type().Elem()))
			fillAny(t, v.Elem(), text)
		}
	case reflect.Int, reflect.Int64:
		v.SetInt(int64(rapid.IntRange(0, 2_000_000).Draw(t, "number")))
	case reflect.Slice:
		n := rapid.IntRange(0, 4).Draw(t, "rows")
		v.Set(reflect.MakeSlice(v.Type(), n, n))
		for i := range n {
			fillAny(t, v.Index(i), text)
		}
	case reflect.Struct:
		if v.Type() == reflect.TypeOf(time.Time{}) {
			return
		}
		for i := range v.NumField() {
			fillAny(t, v.Field(i), text)
		}
	}
}

// lostLetters are the letters of which fewer stand on the pages than were given.
func lostLetters(tpl Template, pages []page, data Form) (out string) {
	have := map[rune]int{}
	for _, p := range pages {
		for _, m := range p.marks {
			if m.kind == "text" {
				for _, r := range m.text {
					have[r]++
				}
			}
		}
	}
	for _, text := range given(data) {
		for _, r := range text {
			if unicode.IsSpace(r) {
				continue
			}
			if have[r] -= max(1, len(tpl.Copies)); have[r] < 0 {
				out += string(r)
			}
		}
	}
	return out
}

// FuzzRender: any text on any form is drawn whole or refused for what it is, inside the edges.
func FuzzRender(f *testing.F) {
	f.Add(0, "NGUYỄN THỊ ĐƯỢM", 2)
	f.Add(6, "\xff\u202e\U0001F600 "+strings.Repeat("W", 900), 40)
	f.Fuzz(func(t *testing.T, form int, text string, rows int) {
		if form < 0 || rows < 0 || len(text) > 1500 {
			return
		}
		empty := forms[form%len(forms)]
		v := reflect.New(reflect.TypeOf(empty)).Elem()
		same(v, text, rows%4)
		data := v.Interface().(Form)
		tpl := template(t, empty.Form())
		pages, _, err := pagesOf(tpl, data)
		if err != nil {
			return
		}
		if bad := faults(tpl, pages); len(bad) > 0 {
			t.Fatal(strings.Join(bad, "\n"))
		}
		if words := lostLetters(tpl, pages, data); words != "" {
			t.Fatalf("lost: %q", words)
		}
		if len(pages) > 3 {
			return // the pages were looked at; drawing many of them is slow and no other
		}
		if _, err := Render(tpl, data); err != nil {
			t.Fatal(err)
		}
	})
}

// same puts one text into every field; the head stays short.
func same(v reflect.Value, text string, rows int) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(text)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		same(v.Elem(), text, rows)
	case reflect.Int, reflect.Int64:
		v.SetInt(int64(rows))
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), rows, rows))
		for i := range rows {
			same(v.Index(i), text, min(rows, 3))
		}
	case reflect.Struct:
		if h, is := v.Addr().Interface().(*Head); is {
			runes := []rune(strings.ToValidUTF8(text, ""))
			*h = Head{Agency: "UBND " + string(runes[:min(60, len(runes))]), Number: string(runes[:min(20, len(runes))])}
			return
		}
		for i := range v.NumField() {
			same(v.Field(i), text, rows)
		}
	}
}

// FuzzParse: any bytes are a template that can be drawn, or are refused.
func FuzzParse(f *testing.F) {
	entries, err := builtin.ReadDir("templates")
	if err != nil {
		f.Fatal(err)
	}
	for _, e := range entries {
		data, err := builtin.ReadFile("templates/" + e.Name())
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte(`{"form":"cash","page":{"size":"A5"},"type":10,"blocks":[{"kind":"table","of":"charges"}]}`))
	_ = letters() // once, not a part of reading
	f.Fuzz(func(t *testing.T, data []byte) {
		defer bounded.Input(t)()
		list, err := Parse(data)
		if err != nil {
			return
		}
		for _, tpl := range list[:min(2, len(list))] {
			data := filled(tpl.Form, "NGUYỄN THỊ ĐƯỢM, ấp Long Hòa")
			pages, _, err := pagesOf(tpl, data)
			if err != nil {
				t.Fatal(err)
			}
			if bad := faults(tpl, pages); len(bad) > 0 {
				t.Fatal(strings.Join(bad, "\n"))
			}
			if words := lostLetters(tpl, pages, data); words != "" {
				t.Fatalf("lost: %q", words)
			}
		}
	})
}

// filled is a form with the same text in every field.
func filled(name Name, text string) Form {
	for _, f := range forms {
		if f.Form() == name {
			v := reflect.New(reflect.TypeOf(f)).Elem()
			same(v, text, 2)
			if r, is := v.Addr().Interface().(*Report); is {
				r.Columns = []ReportColumn{{Head: "Lĩnh vực"}, {Head: "Số hồ sơ", Group: "Tiếp nhận", Align: "R"}}
			}
			return v.Interface().(Form)
		}
	}
	return nil
}
