package dossier

import (
	"bufio"
	"bytes"
	"os"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"bendo/internal/bounded"
)

// What offices really send takes the quick way, or a province waits for its portal.
func TestQuickReadsTheCorpus(t *testing.T) {
	f := must(os.Open("../../testdata/protocol/corpus/submitted.jsonl"))
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, MaxPayload)
	n := 0
	for ; lines.Scan(); n++ {
		if !plainText(lines.Text()) || !quickJSON(lines.Text(), reflect.ValueOf(new(SubmittedPayload))) {
			t.Errorf("line %d is left to the strict reading: %.200s", n+1, lines.Text())
		}
		sameBothWays(t, Submitted, lines.Bytes())
	}
	if n < 50 {
		t.Fatalf("%d filings", n)
	}
}

// What the quick way must leave to the strict one.
func TestQuickStepsAside(t *testing.T) {
	good := string(must(Encode(filing(HandoverAtSubmit))))
	if !quickJSON(good, reflect.ValueOf(new(SubmittedPayload))) {
		t.Fatal("an ordinary filing is left to the strict reading")
	}
	for name, other := range map[string]string{
		"white space":          strings.Replace(good, `,"pack"`, ` ,"pack"`, 1),
		"what follows":         good + " ",
		"unknown member":       strings.Replace(good, `{"procedure"`, `{"extra":1,"procedure"`, 1),
		"repeated member":      strings.Replace(good, `{"procedure"`, `{"procedure":"2.000815","procedure"`, 1),
		"another case":         strings.Replace(good, `"pack"`, `"Pack"`, 1),
		"repeated answer":      strings.Replace(good, `{"ten"`, `{"ten":1,"ten"`, 1),
		"answer repeated late": strings.Replace(good, `{"ten":`, `{"ten":1,"zzz":1,"ten":`, 1),
		"answer in capitals":   strings.Replace(good, `{"ten":`, `{"TEN":1,"ten":`, 1),
		"escaped name":         strings.Replace(good, `{"ten"`, `{"t\u0065n"`, 1),
		"escaped field":        strings.Replace(good, `"1.001193"`, `"1\u002e001193"`, 1),
		"fraction":             strings.Replace(good, `"length":10`, `"length":10.0`, 1),
		"leading zero":         strings.Replace(good, `"length":10`, `"length":010`, 1),
		"null":                 strings.Replace(good, `"1.001193"`, `null`, 1),
		"cut":                  good[:len(good)-1],
		"too deep":             strings.Replace(good, `{"ten":"Én"}`, `{"a":`+strings.Repeat("[", 40)+strings.Repeat("]", 40)+`}`, 1),
	} {
		if other == good {
			t.Fatalf("%s: the case changes nothing", name)
		}
		if quickJSON(other, reflect.ValueOf(new(SubmittedPayload))) {
			t.Errorf("%s was read the quick way", name)
		}
		sameBothWays(t, Submitted, []byte(other))
	}
}

// Every character that passes for plain is one: whatever stands beside it, the text is in NFC.
func TestPlainText(t *testing.T) {
	plain := 0
	for r := rune(0); r <= utf8.MaxRune; r++ {
		if !utf8.ValidRune(r) || !plainText(string(r)) {
			continue
		}
		plain++
		if p := norm.NFC.PropertiesString(string(r)); p.CCC() != 0 || p.LeadCCC() != 0 || !norm.NFC.IsNormalString("a"+string(r)+"a") || p.BoundaryBefore() == false {
			t.Errorf("%U may be written otherwise", r)
		}
	}
	if want := 96 + 0x300 - 0x80 + 0x100; plain != want {
		t.Errorf("%d plain characters, want %d", plain, want)
	}
	for _, bad := range []string{"\x1f", "\n", "\xc3", "\xc3a", "\xc1\x80", "\xcc\x81", "\xe1\xb8", "\xe1\xb8a", "\xe1\xbc\x80", "\xff", "\x80"} {
		if plainText("a" + bad) {
			t.Errorf("%q passes for plain", bad)
		}
	}
	if !plainText("Giấy chứng sinh của Nguyễn Thị Én, Ấp Đông, ở đậu") {
		t.Error("Vietnamese does not")
	}
}

// sameBothWays: what the quick way accepts, the strict reading accepts with the same value.
func sameBothWays(t *testing.T, eventType string, data []byte) {
	t.Helper()
	quick, strict := blank(eventType), blank(eventType)
	if !plainText(string(data)) || !quickJSON(string(data), reflect.ValueOf(quick)) {
		return
	}
	if !utf8.Valid(data) || !norm.NFC.IsNormal(data) || data[0] != '{' {
		t.Fatalf("read the quick way, and not even a text in NFC with an object: %q", data)
	}
	if err := slowJSON(string(data), data, strict); err != nil {
		t.Fatalf("read the quick way, refused by the strict reading: %v\n%q", err, data)
	}
	if !reflect.DeepEqual(quick, strict) {
		t.Fatalf("two values of one text:\n%+v\n%+v\n%q", quick, strict, data)
	}
}

func FuzzQuick(f *testing.F) {
	types := append([]string{Submitted, SupplementProvided, WithdrawalRequested, CorrectionProposed, Note, CustodyAssigned}, steps...)
	f.Add(uint8(0), must(Encode(filing(HandoverAtSubmit))))
	f.Add(uint8(0), []byte(`{"answers":null,"components":[],"evidence":{}}`))
	f.Add(uint8(0), []byte(`{"answers":{"a":-1,"b":[true,null,"\n\u00e9"],"c":{"a":1.5e3}},"consent":{"version":"1","at":-0}}`))
	f.Add(uint8(1), []byte(`{"n":1,"components":[{"id":"a","state":"provided","blobs":[{"sha256":"`+strings.Repeat("0a", 32)+`","length":9}]}]}`))
	f.Add(uint8(3), []byte(`{"fields":{"a":[{}]}}`))
	f.Add(uint8(4), []byte(`{"text":"a","text":"b"}`))
	f.Add(uint8(8), []byte(`{"event":"01000000-0000-7000-8000-000000000002"}`))
	f.Fuzz(func(t *testing.T, which uint8, data []byte) {
		defer bounded.Input(t)()
		if len(data) > MaxPayload {
			return
		}
		sameBothWays(t, types[int(which)%len(types)], data)
	})
}

func BenchmarkParse(b *testing.B) {
	f := must(os.ReadFile("../../testdata/protocol/corpus/submitted.jsonl"))
	line, _, _ := bytes.Cut(f, []byte("\n"))
	for name, data := range map[string][]byte{"compact": line, "spaced": bytes.Replace(line, []byte(","), []byte(", "), 1)} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				if err := strictJSON(data, new(SubmittedPayload)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
