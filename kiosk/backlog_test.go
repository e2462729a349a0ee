package kiosk

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bendo/internal/bounded"
	"bendo/internal/ledger"
	"bendo/syncproto"
)

// folder makes a batch: sub-folder → file → content.
func folder(t *testing.T, batch map[string]map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for sub, files := range batch {
		if err := os.Mkdir(filepath.Join(dir, sub), 0o700); err != nil {
			t.Fatal(err)
		}
		for name, content := range files {
			if err := os.WriteFile(filepath.Join(dir, sub, name), []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	return dir
}

const plainDossier = `{"reference":"R1","procedure":"1.001193","applicant":{"full_name":"Nguyễn Thị Đượm","citizen_id":"083190000001"},
"answers":{"child_name":"x","no_such_question":1},"attachments":[{"file":"a.jpg","component":"p1","originals":1}]}`

func fileAll(t *testing.T, d *desk, dir string, asIs bool) FileReport {
	t.Helper()
	report, err := d.FileFolder(context.Background(), dir, asIs)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func TestTheTreesSamplesAreFiled(t *testing.T) {
	d := openDesk(t)
	dir := filepath.Join("..", "testdata", "dossiers")
	first := fileAll(t, d, dir, false)
	if len(first.Filed) != 12 || len(first.Problems) != 0 {
		t.Fatalf("%d filed, problems %+v", len(first.Filed), first.Problems)
	}
	again := fileAll(t, d, dir, false)
	for i, f := range first.Filed {
		if again.Filed[i] != f || len(f.Slip) != 14 {
			t.Errorf("the second run gave %+v, the first %+v", again.Filed[i], f)
		}
	}
	rows, err := d.book.Totals(context.Background())
	if err != nil || rows.Dossiers != 12 {
		t.Fatalf("%d dossiers wait, %v", rows.Dossiers, err)
	}
}

func TestOneBadFolderDoesNotStopTheRest(t *testing.T) {
	with := func(old, new string) string { return strings.Replace(plainDossier, old, new, 1) }
	scan := string(photo(t, 3))
	dir := folder(t, map[string]map[string]string{
		"good":              {"dossier.json": plainDossier, "a.jpg": scan},
		"unreadable":        {"dossier.json": `{"reference":`},
		"without":           {},
		"unknown-procedure": {"dossier.json": with("1.001193", "0.000000"), "a.jpg": scan},
		"missing-file":      {"dossier.json": with("R1", "R2")},
		"no-name":           {"dossier.json": with("Nguyễn Thị Đượm", " "), "a.jpg": scan},
		"no-reference":      {"dossier.json": with(`"reference":"R1",`, ""), "a.jpg": scan},
		"climbs-out":        {"dossier.json": with("a.jpg", "../good/a.jpg")},
		"link":              {"dossier.json": with("R1", "R3")},
		"not-a-scan":        {"dossier.json": with("R1", "R4"), "a.jpg": "MZ"},
		"answers-list":      {"dossier.json": with(`{"child_name":"x","no_such_question":1}`, `[]`), "a.jpg": scan},
		"same-reference":    {"dossier.json": with("Đượm", "Hai"), "a.jpg": scan},
	})
	if err := os.Symlink(filepath.Join(dir, "good", "a.jpg"), filepath.Join(dir, "link", "a.jpg")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(dir, "good"), filepath.Join(dir, "z-linked-folder")); err != nil {
		t.Fatal(err)
	}
	d := openDesk(t)
	report := fileAll(t, d, dir, false)
	if len(report.Filed) != 1 || report.Filed[0].Reference != "R1" {
		t.Errorf("filed %+v, want R1", report.Filed)
	}
	got := map[string]string{}
	for _, p := range report.Problems {
		got[p.Folder] = p.Code
		if p.Message == "" {
			t.Errorf("%s: no words", p.Folder)
		}
	}
	want := map[string]string{"unreadable": "unreadable_json", "without": "missing_file", "unknown-procedure": "unknown_procedure",
		"missing-file": "missing_file", "no-name": "no_name", "no-reference": "no_reference", "climbs-out": "bad_file_name",
		"link": "bad_file_name", "not-a-scan": "attachment_refused", "answers-list": "unreadable_json",
		"same-reference": "reference_changed", "z-linked-folder": "link"}
	for folder, code := range want {
		if got[folder] != code {
			t.Errorf("%s: %q, want %q", folder, got[folder], code)
		}
	}
	if len(got) != len(want) {
		t.Errorf("problems %v", got)
	}
}

func TestTheKeyIsTheReference(t *testing.T) {
	scan := string(photo(t, 4))
	d := openDesk(t)
	first := fileAll(t, d, folder(t, map[string]map[string]string{"a": {"dossier.json": plainDossier, "a.jpg": scan}}), true)
	elsewhere := fileAll(t, d, folder(t, map[string]map[string]string{"b": {"dossier.json": plainDossier, "a.jpg": scan}}), true)
	if len(elsewhere.Filed) != 1 || elsewhere.Filed[0] != first.Filed[0] {
		t.Fatalf("the same bytes in another folder: %+v, want %+v", elsewhere, first.Filed)
	}
	for name, files := range map[string]map[string]string{
		"other dossier": {"dossier.json": plainDossier + " ", "a.jpg": scan},
		"other scan":    {"dossier.json": plainDossier, "a.jpg": scan + "x"},
	} {
		r := fileAll(t, d, folder(t, map[string]map[string]string{"c": files}), true)
		if len(r.Problems) != 1 || r.Problems[0].Code != "reference_changed" || r.Problems[0].Reference != "R1" {
			t.Errorf("%s: %+v, want reference_changed", name, r)
		}
	}
}

func TestAsIsKeepsEveryByteOfAnyType(t *testing.T) {
	content := "MZ\x00 any bytes, also those an officer cannot open"
	dir := folder(t, map[string]map[string]string{"a": {"dossier.json": plainDossier, "a.jpg": content}})
	d := openDesk(t)
	report := fileAll(t, d, dir, true)
	if len(report.Filed) != 1 {
		t.Fatalf("%+v", report)
	}
	rows, err := d.book.Outbox(context.Background(), ledger.OutboxQuery{Limit: 10})
	if err != nil || len(rows) != 1 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	filing, err := d.book.Filing(context.Background(), rows[0].Dossier)
	if err != nil {
		t.Fatal(err)
	}
	want := syncproto.Digest(sha256.Sum256([]byte(content)))
	found := false
	for _, c := range filing.Components {
		for _, b := range c.Blobs {
			found = found || b.SHA256 == want && b.Length == int64(len(content)) && b.Name == "a.jpg"
		}
	}
	if !found {
		t.Fatalf("the attachment's digest is not in %+v", filing.Components)
	}
	if filing.Source == nil || filing.Source.SHA256 != sha256.Sum256([]byte(plainDossier)) {
		t.Fatalf("source %+v", filing.Source)
	}
	if len(filing.Verdict) == 0 {
		t.Fatal("answers that the form does not accept were filed without a verdict")
	}
}

func FuzzPrepared(f *testing.F) {
	f.Add([]byte(plainDossier))
	f.Add([]byte(`{"reference":"x","applicant":{"full_name":"y"},"answers":null,"attachments":[{"file":"\u0000"}]}`))
	f.Fuzz(func(t *testing.T, source []byte) {
		defer bounded.Input(t)()
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "dossier.json"), source, 0o600); err != nil {
			t.Fatal(err)
		}
		root, err := os.OpenRoot(dir)
		if err != nil {
			t.Fatal(err)
		}
		defer root.Close()
		_, p, err := readPrepared(root)
		if err == nil && (p.Reference == "" || !json.Valid(p.Answers)) {
			t.Fatalf("%+v passed", p)
		}
	})
}

// TestWhatNobodyForesawIsFiledAndSaid keeps a misspelt key and a strange paper from being lost in silence.
func TestWhatNobodyForesawIsFiledAndSaid(t *testing.T) {
	d := openDesk(t)
	strange := strings.Replace(plainDossier, `"component":"p1"`, `"component":"giay_la"`, 1)
	strange = strings.Replace(strange, `"reference"`, `"atachments":[],"reference"`, 1)
	fileAll(t, d, folder(t, map[string]map[string]string{"a": {"dossier.json": strange, "a.jpg": string(photo(t, 5))}}), false)
	rows, err := d.book.Outbox(context.Background(), ledger.OutboxQuery{Limit: 10})
	if err != nil || len(rows) != 1 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	filing, err := d.book.Filing(context.Background(), rows[0].Dossier)
	if err != nil {
		t.Fatal(err)
	}
	codes := map[string]string{}
	for _, v := range filing.Verdict {
		codes[v.Code] = v.Field + v.Component
	}
	if codes["unknown_key"] != "atachments" || codes["unknown_component"] != "giay_la" {
		t.Fatalf("verdict %v", codes)
	}
}
