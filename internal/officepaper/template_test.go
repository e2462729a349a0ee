package officepaper

import (
	"errors"
	"strings"
	"testing"
	"time"
)

const small = `{"form":"report","layout_confidence":"unverified","page":{"size":"A4","landscape":true},"type":11,
"blocks":[{"kind":"text","text":"{period} {cut_off}"},{"kind":"table","of":"rows"},{"kind":"list","of":"notes"},{"kind":"signers"}],
"editions":[{"number":"","title":[],"valid_from":"2020-01-01","confidence":"unverified"}]}`

func TestParseRefuses(t *testing.T) {
	if _, err := Parse([]byte(small)); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string][2]string{
		"unknown member":    {`"type":11`, `"type":11,"colour":"red"`},
		"unknown form":      {`"form":"report"`, `"form":"letter"`},
		"unknown paper":     {`"A4"`, `"A3"`},
		"tiny type":         {`"type":11`, `"type":4`},
		"unknown block":     {`"kind":"list"`, `"kind":"poem"`},
		"unknown field":     {`{cut_off}`, `{cut_of}`},
		"a field left out":  {`{period} {cut_off}`, `{period}`},
		"a list left out":   {`{"kind":"list","of":"notes"},`, ``},
		"a table left out":  {`{"kind":"table","of":"rows"},`, ``},
		"shown if":          {`"text":"{period} {cut_off}"`, `"text":"{period} {cut_off}","if":"cut_off"`},
		"no such condition": {`"text":"{period} {cut_off}"`, `"text":"{period} {cut_off}","if":"never"`},
		"no day":            {`2020-01-01`, `2020-13-01`},
		"ends before":       {`"valid_from":"2020-01-01"`, `"valid_from":"2020-01-01","valid_to":"2019-01-01"`},
		"no confidence":     {`"valid_from":"2020-01-01","confidence":"unverified"`, `"valid_from":"2020-01-01","confidence":"sure"`},
		"control letters":   {`{period} {cut_off}`, `{period} {cut_off}\u0007`},
		"too many words":    {`{period} {cut_off}`, `{period} {cut_off}` + strings.Repeat("a", maxSentence)},
		"something follows": {`"confidence":"unverified"}]}`, `"confidence":"unverified"}]}{}`},
		"signs nobody":      {`{"kind":"signers"}`, `{"kind":"signs"}`},
		"foreign columns":   {`"of":"rows"}`, `"of":"rows","columns":[{"head":"a","of":"b","width":3}]}`},
	} {
		changed := strings.Replace(small, change[0], change[1], 1)
		if changed == small {
			t.Errorf("%s: nothing was changed", name)
		}
		if _, err := Parse([]byte(changed)); !errors.Is(err, ErrTemplate) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestTemplatesByDate: the form of the day the dossier was received, whatever holds today.
func TestTemplatesByDate(t *testing.T) {
	shelf, err := Builtin()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		form   Name
		day    string
		number string // "-": none holds
	}{
		{NameControl, "2025-06-30", "05"}, {NameControl, "2025-07-01", "06"}, {NameRegister, "2024-02-01", "06"}, {NameRegister, "2026-11-23", "07"},
		{NameStop, "2025-06-30", "-"}, {NameStop, "2025-07-01", "05"}, {NameReceipt, "2018-01-01", "-"}, {NameReceipt, "2026-11-23", "01"},
		{NameCash, "2026-11-23", ""}, {"letter", "2026-11-23", "-"},
	} {
		day, err := time.ParseInLocation(time.DateOnly, c.day, officeZone)
		if err != nil {
			t.Fatal(err)
		}
		got, err := shelf.On(c.form, day)
		if c.number == "-" {
			if !errors.Is(err, ErrNoTemplate) {
				t.Errorf("%s on %s: %v, %q", c.form, c.day, err, got.Number)
			}
		} else if err != nil || got.Number != c.number {
			t.Errorf("%s on %s: %q, %v; want %q", c.form, c.day, got.Number, err, c.number)
		}
	}
}

// TestEveryFormHasATemplateThatSaysHowSureItIs: nothing of the law is stated as read that was not.
func TestEveryFormHasATemplateThatSaysHowSureItIs(t *testing.T) {
	for _, f := range forms {
		one := template(t, f.Form())
		if one.Confidence == Verified || one.Layout == Verified {
			t.Errorf("%s claims to be read in the text of record", f.Form())
		}
		if one.Note == "" {
			t.Errorf("%s does not tell its keeper what to confirm", f.Form())
		}
	}
}

// TestAProvinceRenumbers: its own edition takes the place of ours from its day on.
func TestAProvinceRenumbers(t *testing.T) {
	ours := template(t, NameReceipt)
	theirs := ours
	theirs.Number, theirs.From = "BM-VP01.01", "2026-01-01"
	shelf := NewShelf(theirs, ours)
	for day, want := range map[string]string{"2025-12-31": "01", "2026-01-01": "BM-VP01.01"} {
		at, err := time.ParseInLocation(time.DateOnly, day, officeZone)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := shelf.On(NameReceipt, at); err != nil || got.Number != want {
			t.Errorf("%s: %q, %v", day, got.Number, err)
		}
	}
}
