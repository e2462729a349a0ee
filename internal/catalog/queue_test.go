package catalog

import (
	"crypto/ed25519"
	"testing"
	"testing/fstest"

	"bendo/internal/queue/plan"
)

func TestThePlanOfNumbersComesInThePack(t *testing.T) {
	first, err := Embedded()
	if err != nil {
		t.Fatal(err)
	}
	if got := first.Queue(); len(got.Services) != len(plan.Default().Services) {
		t.Fatalf("without a file: %+v", got)
	}
	open := func(content string) (*Pack, error) {
		files := packFiles(t)
		files[queueFile] = &fstest.MapFile{Data: []byte(content)}
		publish(t, files, "2026-12-01", "2026-12-01")
		return OpenSigned(files, provinceKey.Public().(ed25519.PublicKey))
	}
	pack, err := open(`{"services": [{"code": "mot_cua", "letter": "M", "icon": "people", "name": {"vi": "Một cửa", "en": "One-stop desk"}, "hint": {"vi": "", "en": ""}}],
		"priority": {"offer": false, "verified": true, "groups": []}}`)
	if err != nil {
		t.Fatal(err)
	}
	if got := pack.Queue(); len(got.Services) != 1 || got.Services[0].Letter != "M" || got.Priority.Offer || got.PerMinute != 4 {
		t.Fatalf("%+v", got)
	}
	if _, err := open(`{"services": []}`); err == nil {
		t.Fatal("a pack with an empty plan was opened")
	}
}
