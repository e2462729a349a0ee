package processes

import (
	"encoding/base64"
	"encoding/hex"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"bendo/portal/store"
)

// TestCheckerSeesPlantedBugs: what never reports anything proves nothing. Every kind of loss, double and
// lie the runs are checked for is made once, by hand, in data the real programs left.
func TestCheckerSeesPlantedBugs(t *testing.T) {
	p := plantingGround(t)
	p.clean("before anything is planted")
	t.Run("in what was said", p.inWords)
	t.Run("in the scans", p.inScans)
	t.Run("in the rows", p.inRows)
	t.Run("in clear text", p.inClear)
}

// planting is a small finished run.
type planting struct {
	*lab
	told *told
	list []listed
	st   status
}

func plantingGround(t *testing.T) *planting {
	p := &planting{lab: newLab(t), told: newTold()}
	p.enrol(p.address)
	dir := filepath.Join(p.dir, "folders")
	for _, f := range oddFolders()[3:] {
		p.told.hand(f.expected())
		f.write(t, dir)
	}
	wrongs(t, p.told.heard(p.file(dir)))
	p.sync()
	var err error
	p.st, err = p.status()
	p.check(err)
	p.list, err = p.lab.list()
	p.check(err)
	p.endAll()
	return p
}

// verdict is the checker's whole word on the data as it lies there, and on what was said.
func (p *planting) verdict(t *testing.T) []string {
	t.Helper()
	list, err := p.lab.list()
	if err != nil {
		return []string{err.Error()}
	}
	wrong := append(p.told.early(p.st, list, p.told.known()), p.told.judge(list, p.told.known(), true)...)
	broken, err := p.onDisk(t.Context())
	if err != nil {
		broken = append(broken, err.Error())
	}
	return append(wrong, broken...)
}

func (p *planting) clean(when string) {
	p.t.Helper()
	if wrong := p.verdict(p.t); len(wrong) > 0 {
		p.t.Fatalf("%s the checker reports %q", when, wrong)
	}
}

// sees wants a word with text in it among those that a planted bug caused.
func sees(t *testing.T, what string, wrong []string, text string) {
	t.Helper()
	if !slices.ContainsFunc(wrong, func(w string) bool { return strings.Contains(w, text) }) {
		t.Errorf("%s: the checker must say %q and says %q", what, text, wrong)
	}
}

func (p *planting) inWords(t *testing.T) {
	known, first := p.told.known(), p.list[0]
	judge := func(list ...listed) []string { return p.told.judge(list, known, true) }
	sees(t, "a dossier is missing", judge(p.list[1:]...), "is not at the province")
	sees(t, "a dossier stands twice", judge(append(slices.Clone(p.list), first)...), "stands twice")
	twin := first
	twin.Slip = "00000000000000"
	sees(t, "a dossier stands under a second slip", judge(append(slices.Clone(p.list), twin)...), "stands twice")
	stranger := twin
	stranger.Reference = "nobody's"
	sees(t, "a dossier nobody filed", judge(append(slices.Clone(p.list), stranger)...), "nobody filed it")
	stranger.Reference = ""
	sees(t, "a dossier of the screen nobody filed", judge(append(slices.Clone(p.list), stranger)...), "nobody filed it")

	stranger.Attachments = []attachment{{"a", digest([]byte("a")), 1, true}}
	p.told.shown("", false, expected{Attachments: stranger.Attachments})
	withLost := append(slices.Clone(p.list), stranger)
	if wrong := judge(withLost...); len(wrong) > 0 {
		t.Errorf("a dossier of the screen whose answer was lost may stand there: %q", wrong)
	}
	second := stranger
	second.Slip = "00000000000001"
	sees(t, "one lost answer, two dossiers", judge(append(withLost, second)...), "nobody filed it")
	p.told.unheard = nil

	change := func(f func(*listed)) []listed {
		list := slices.Clone(p.list)
		list[0].Attachments = slices.Clone(list[0].Attachments)
		f(&list[0])
		return list
	}
	sees(t, "another source", judge(change(func(d *listed) { d.Source = digest(nil) })...), "made from")
	sees(t, "another digest", judge(change(func(d *listed) { d.Attachments[0].SHA256 = digest(nil) })...), "the province has scans")
	sees(t, "another name", judge(change(func(d *listed) { d.Attachments[0].Name = "x" })...), "the province has scans")
	sees(t, "a scan less", judge(change(func(d *listed) { d.Attachments = d.Attachments[1:] })...), "the province has scans")
	partial := change(func(d *listed) { d.Attachments[0].Complete = false })
	sees(t, "a scan that is not whole", judge(partial...), "the province has scans")

	sees(t, "an early acknowledgement", p.told.early(p.st, partial, known), "has not every byte")
	sees(t, "an acknowledgement of nothing", p.told.early(p.st, p.list[1:], known), "has not every byte")
	taken := p.st
	taken.Dossiers = slices.Clone(taken.Dossiers)
	taken.Dossiers[0].Acks = map[string]*int64{"saved_at_commune": new(int64)}
	sees(t, "an acknowledgement taken back", p.told.early(taken, p.list, known), "is not any more")
	taken.Dossiers[0].Acks = nil
	sees(t, "a slip whose dossier the office does not call saved", p.told.early(taken, p.list, known), "does not call it saved")

	r := report{Filed: []filed{{first.Reference, "11111111111111"}}}
	sees(t, "a second slip for one reference", p.told.heard(r), "when it was filed again")
	r.Filed[0].Reference, r.Filed[0].Slip = p.list[1].Reference, first.Slip
	delete(p.told.slipOf, p.list[1].Reference)
	sees(t, "one slip for two references", p.told.heard(r), "was given to")
	p.told.slipOf[p.list[1].Reference] = p.list[1].Slip
}

// inScans takes a scan away at the province, cuts it, and turns one bit in it.
func (p *planting) inScans(t *testing.T) {
	path, whole := p.anyScan(t)
	for what, do := range map[string]func() error{
		"a scan was deleted": func() error { return os.Remove(path) },
		"a scan was cut":     func() error { return os.WriteFile(path, whole[:len(whole)/2], 0o600) },
		"a bit was turned": func() error {
			b := slices.Clone(whole)
			b[len(b)/2] ^= 4
			return os.WriteFile(path, b, 0o600)
		},
	} {
		p.check(do())
		sees(t, what, p.verdict(t), "cannot be read whole")
		p.check(os.WriteFile(path, whole, 0o600))
	}
	p.clean("with the scan put back")
}

func (p *planting) anyScan(t *testing.T) (path string, whole []byte) {
	t.Helper()
	err := filepath.WalkDir(filepath.Join(p.state(), "blobs"), func(at string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() && whole == nil {
			path = at
			whole, err = os.ReadFile(at)
		}
		return err
	})
	if err != nil || len(whole) == 0 {
		t.Fatalf("no scan lies below %s/blobs: %v", p.state(), err)
	}
	return path, whole
}

// inRows deletes rows at the province, each time from the whole database.
func (p *planting) inRows(t *testing.T) {
	db := filepath.Join(p.state(), "portal.db")
	whole, err := os.ReadFile(db)
	p.check(err)
	for _, planted := range []struct{ what, sql, text string }{
		{"a case was deleted", "DELETE FROM cases WHERE slip = (SELECT MIN(slip) FROM cases)", "is not at the province"},
		{"an event was deleted", "DELETE FROM events WHERE seq = 1", "the logs differ"},
		{"the cursor lies", "UPDATE logs SET applied = applied + 1", "the logs differ"},
		{"a scan's row was deleted", "DELETE FROM blobs WHERE sha256 = (SELECT MIN(sha256) FROM blobs)", "the province has scans"},
		{"a scan is not complete any more", "UPDATE blobs SET complete_at = 0 WHERE sha256 = (SELECT MIN(sha256) FROM blobs)", "has not every byte"},
	} {
		p.alter(t, planted.sql)
		sees(t, planted.what, p.verdict(t), planted.text)
		for _, beside := range []string{"-wal", "-shm"} {
			if err := os.Remove(db + beside); err != nil && !os.IsNotExist(err) {
				t.Fatal(err)
			}
		}
		p.check(os.WriteFile(db, whole, 0o600))
	}
	p.clean("with the database put back")
}

func (p *planting) alter(t *testing.T, sql string) {
	t.Helper()
	db, err := p.openStore(t.Context())
	p.check(err)
	defer db.Close()
	p.check(db.Write(t.Context(), func(tx *store.Tx) error {
		n, err := tx.Exec(sql)
		if err == nil && n == 0 {
			t.Errorf("%q changed nothing", sql)
		}
		return err
	}))
}

// inClear writes a name where it must not be, in every way it could come there.
func (p *planting) inClear(t *testing.T) {
	look := newSecrets(canaries...)
	hits, files, err := look.search(p.office(), p.state(), p.logs)
	p.check(err)
	wrongs(t, hits)
	if files < 20 {
		t.Fatalf("only %d files were searched", files)
	}
	for what, text := range map[string]string{
		"as it is":  canaryName,
		"in hex":    hex.EncodeToString([]byte(canaryCitizen)),
		"in base64": base64.StdEncoding.EncodeToString([]byte("12 " + canaryAddress + " 34")),
		"in UTF-16": "0\x009\x003\x009\x001\x001\x007\x007\x003\x003\x00",
		"in JSON":   `Gi\u1ea5y Canary c\u1ee7a b\u00e0 Y\u1ebfn`,
		"as a name": "",
	} {
		path := filepath.Join(p.office(), "vault", "planted")
		if text == "" {
			path += canaryFile
		}
		p.check(os.WriteFile(path, []byte("\x00\x01"+text+"\xff"), 0o600))
		hits, _, err := look.search(p.office())
		p.check(err)
		sees(t, "a secret lies "+what, hits, "planted")
		p.check(os.Remove(path))
	}
}
