package dossier

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"bendo/internal/bounded"
	"bendo/syncproto"
)

func TestParseIsStrict(t *testing.T) {
	good := string(must(Encode(filing(HandoverAtSubmit))))
	if _, err := ParseSubmitted(Schema, []byte(good)); err != nil {
		t.Fatal(err)
	}
	for name, bad := range map[string]string{
		"empty":             "",
		"not an object":     "[]",
		"trailing":          good + "{}",
		"unknown member":    strings.Replace(good, `{"procedure"`, `{"extra":1,"procedure"`, 1),
		"repeated member":   strings.Replace(good, `{"procedure"`, `{"procedure":"2.000815","procedure"`, 1),
		"repeated by case":  strings.Replace(good, `{"procedure"`, `{"PROCEDURE":"2.000815","procedure"`, 1),
		"repeated inside":   strings.Replace(good, `{"ten"`, `{"ten":1,"ten"`, 1),
		"no procedure":      strings.Replace(good, `"1.001193"`, `""`, 1),
		"bad slip":          strings.Replace(good, `"12345`, `"12346`, 1),
		"bad handover":      strings.Replace(good, `"at_submit"`, `"soon"`, 1),
		"bad component":     strings.Replace(good, `"provided"`, `"given"`, 1),
		"negative length":   strings.Replace(good, `"length":10`, `"length":-10`, 1),
		"answers no object": strings.Replace(good, `{"ten":"Én"}`, `[1]`, 1),
		"not NFC":           strings.Replace(good, "Én", "E\u0301n", 1),
		"not UTF-8":         strings.Replace(good, "Én", "\xff", 1),
		"too deep":          strings.Replace(good, `{"ten":"Én"}`, `{"a":`+strings.Repeat("[", 40)+strings.Repeat("]", 40)+`}`, 1),
		"too long":          good + strings.Repeat(" ", MaxPayload),
	} {
		if bad == good {
			t.Fatalf("%s: the case changes nothing", name)
		}
		if _, err := ParseSubmitted(Schema, []byte(bad)); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
	if _, err := Parse("later", Schema, []byte(`{}`)); !errors.Is(err, ErrUnknown) {
		t.Errorf("unknown type: %v", err)
	}
	if _, err := Parse(Submitted, Schema+1, []byte(good)); !errors.Is(err, ErrUnknown) {
		t.Errorf("later schema: %v", err)
	}
}

// Encode composes what a keyboard left decomposed, and what it wrote reads back.
func TestEncodeComposes(t *testing.T) {
	p := filing(HandoverNever)
	p.Applicant.FullName = "Nguye\u0302\u0303n <&> \u2028"
	data := must(Encode(p))
	got := must(ParseSubmitted(Schema, data))
	if got.Applicant.FullName != "Nguyễn <&> \u2028" {
		t.Fatalf("%q", got.Applicant.FullName)
	}
	if again := must(Encode(got)); !bytes.Equal(again, data) {
		t.Fatal("written again it is another")
	}
}

// What a submission refers to stands in its header, each digest once.
func TestSubmitNamesEveryScan(t *testing.T) {
	p := filing(HandoverAtSubmit)
	p.Components = append(p.Components, Component{ID: "khac", State: Provided, Blobs: []Blob{
		{SHA256: syncproto.Digest{1}, Length: 10}, {SHA256: syncproto.Digest{2}, Length: 5, MIME: "application/pdf"}}})
	p.Signature = &Signature{Kind: "drawn", Blob: &Blob{SHA256: syncproto.Digest{3}, Length: 7, MIME: "image/png"}}
	ev := must(Submit(p, syncproto.DossierID{9}, (&story{}).meta()))
	var roles []string
	for _, b := range ev.Header.Blobs {
		roles = append(roles, b.Role)
	}
	if got := strings.Join(roles, " "); got != "scan:chung_sinh scan:khac signature" {
		t.Fatalf("roles %q", got)
	}
	if ev.Header.Version != 1 || ev.Header.Code != 1 {
		t.Fatalf("header %+v", ev.Header)
	}
	p.Signature = &Signature{Kind: "drawn"}
	if _, err := Submit(p, syncproto.DossierID{9}, (&story{}).meta()); err == nil {
		t.Fatal("a drawn signature without its picture was filed")
	}
}

// Every step residents see has words in both languages, and the one the product names
// is exactly that.
func TestSentences(t *testing.T) {
	if got := Sentence(Step{Type: TakenIn, Office: "UBND xã Giao Long"}).VI; got != "Cán bộ UBND xã Giao Long đã tiếp nhận hồ sơ" {
		t.Errorf("%q", got)
	}
	seen := map[string]string{}
	for _, typ := range append([]string{Submitted, SupplementProvided, WithdrawalRequested, CorrectionProposed, Note, Rated, VisitRated, CustodyAssigned, "later"}, steps...) {
		s := Sentence(Step{Type: typ, N: 1})
		if s.VI == "" || s.EN == "" {
			t.Errorf("no words for %s", typ)
		}
		seen[typ] = s.VI
	}
	for code := range uint8(11) {
		if c := CodeText(code); c.VI == "" || c.EN == "" {
			t.Errorf("no words for code %d", code)
		}
	}
	for _, of := range []string{SupplementProvided, WithdrawalRequested, CorrectionProposed} {
		if Sentence(Step{Type: Accepted, Of: of, N: 1}) == Sentence(Step{Type: Declined, Of: of, N: 1}) {
			t.Errorf("accepted and declined %s sound alike", of)
		}
	}
}

func FuzzParse(f *testing.F) {
	types := append([]string{Submitted, SupplementProvided, WithdrawalRequested, CorrectionProposed, Note, CustodyAssigned}, append(steps, Rated, VisitRated, LookupReported)...)
	f.Add(uint8(0), must(Encode(filing(HandoverAtSubmit))))
	f.Add(uint8(1), []byte(`{"n":1,"components":[]}`))
	f.Add(uint8(8), []byte(`{"event":"01000000-0000-7000-8000-000000000002"}`))
	f.Add(uint8(3), []byte(`{"fields":{"a":[{}]}}`))
	f.Add(uint8(5), []byte(`{"to":"province"}`))
	f.Add(uint8(6), []byte(`{"office":"x","due":9,"calendar":"c","period":{"unit":"working_days","value":3},"reasons":[{"code":"due","day":"2026-11-19"}],"compared":[{"component":"a","originals":1,"compared":true}]}`))
	f.Add(uint8(7), []byte(`{"component":"cu_tru","found":true,"ref":"CT-1"}`))
	f.Fuzz(func(t *testing.T, which uint8, data []byte) {
		defer bounded.Input(t)()
		typ := types[int(which)%len(types)]
		v, err := Parse(typ, Schema, data)
		if err != nil {
			return
		}
		again, err := Encode(v)
		if err != nil {
			t.Fatalf("%s parsed and does not encode: %v", typ, err)
		}
		if _, err := Parse(typ, Schema, again); err != nil {
			t.Fatalf("%s written again does not parse: %v\n%s", typ, err, again)
		}
	})
}

func FuzzFold(f *testing.F) {
	f.Add(Submitted, uint32(1), must(Encode(filing(HandoverAtSubmit))), uint32(2), []byte(`{"office":"x"}`))
	f.Fuzz(func(t *testing.T, typ string, v1 uint32, p1 []byte, v2 uint32, p2 []byte) {
		defer bounded.Input(t)()
		a := Entry{Author: bookA, Event: syncproto.Event{Payload: p1, Header: syncproto.Header{ID: syncproto.EventID{1}, Type: typ, Schema: Schema, Version: v1}}}
		b := Entry{Author: Province, Event: syncproto.Event{Payload: p2, Header: syncproto.Header{ID: syncproto.EventID{2}, Type: TakenIn, Schema: Schema, Version: v2}}}
		x, _ := json.Marshal(Fold([]Entry{a, b}))
		y, _ := json.Marshal(Fold([]Entry{b, a, a}))
		if !bytes.Equal(x, y) {
			t.Fatalf("another order, another state:\n%s\n%s", x, y)
		}
	})
}
