package processes

import (
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"bendo/portal/store/storetest"
)

// samples are the prepared dossiers of the project.
const samples = "../../../testdata/dossiers"

// TestAcceptance walks the whole road once on each engine.
func TestAcceptance(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) { accept(t) })
	t.Run("postgres", func(t *testing.T) { accept(t, "--database", storetest.Postgres(t)) })
}

// acceptance is what the steps hand on to one another.
type acceptance struct {
	*lab
	told   *told
	odd    string // folder of the generated dossiers
	report report // of all that was filed
	desk   *browser
	atDesk string // slip of the dossier filed at the screen
}

func accept(t *testing.T, database ...string) {
	a := &acceptance{lab: newLab(t, database...), told: newTold(), odd: filepath.Join(t.TempDir(), "odd")}
	for _, f := range oddFolders() {
		f.write(t, a.odd)
	}
	for _, step := range []struct {
		name string
		do   func(*testing.T)
	}{
		{"nothing is filed before enrolment", a.beforeEnrolment},
		{"enrol", func(t *testing.T) { a.enrol(a.address) }},
		{"file samples and odd files", a.fileAll},
		{"sync beside a running agent rings and watches", a.syncBeside},
		{"a second agent is refused", a.secondAgent},
		{"list has what was filed", a.listed},
		{"filing again gives the same slips", a.again},
		{"changed bytes are refused", a.changed},
		{"a bad folder is named and the rest is filed", a.badFolders},
		{"the screens file, too", a.screens},
		{"an officer reads every byte and takes in", a.officer},
		{"the screens show the officer's answer", a.answer},
		{"status shows four acknowledgements", a.acknowledged},
		{"nothing is lost on disk", a.disk},
		{"nothing personal lies in clear", a.clear},
	} {
		outer := a.t
		if !t.Run(step.name, func(t *testing.T) { a.t = t; step.do(t) }) {
			t.Fatal("the rest builds on this step")
		}
		a.t = outer
	}
}

func (a *acceptance) beforeEnrolment(t *testing.T) {
	r, err := a.run("", nil, "kiosk", a.at("kiosk", "file", a.odd, "--as-is", "--json")...)
	a.check(err)
	if r.code != 1 || !strings.Contains(string(r.log), "agent enrol") {
		t.Fatalf("filing before enrolment must exit 1 and say what to do: %v", r)
	}
	a.check(oneValue(r.out, &report{}))
	s, err := a.status()
	a.check(err)
	if s.Enrolled || len(s.Dossiers) != 0 {
		t.Fatalf("status before enrolment: %+v", s)
	}
	for _, args := range [][]string{{"sync", "--until-empty"}} {
		r, err := a.run("", nil, "agent", a.at("agent", args...)...)
		a.check(err)
		if r.code != 1 || len(r.log) == 0 {
			t.Fatalf("agent %v before enrolment must exit 1 and say why: %v", args, r)
		}
	}
}

func (a *acceptance) fileAll(t *testing.T) {
	for _, dir := range []string{samples, a.odd} {
		a.told.hand(readFolders(t, dir)...)
		r := a.file(dir)
		entries, err := os.ReadDir(dir)
		a.check(err)
		if len(r.Problems) != 0 || len(r.Filed) != len(entries) {
			t.Fatalf("of %d folders %d were filed: %+v", len(entries), len(r.Filed), r.Problems)
		}
		wrongs(t, a.told.heard(r))
		a.report.Filed = append(a.report.Filed, r.Filed...)
	}
	s, err := a.status()
	a.check(err)
	for _, d := range s.Dossiers {
		if d.Acks["saved_at_commune"] == nil || d.Acks["left_commune"] != nil || d.Acks["province_complete"] != nil {
			t.Fatalf("before the first contact slip %s has acknowledgements %v", d.Slip, d.Acks)
		}
	}
	if s.Queue.Dossiers != len(a.report.Filed) || len(s.Dossiers) != len(a.report.Filed) {
		t.Fatalf("%d were filed, status says %d wait of %d", len(a.report.Filed), s.Queue.Dossiers, len(s.Dossiers))
	}
}

// readFolders reads what lies in a folder of dossiers, knowing nothing of who wrote it.
func readFolders(t *testing.T, dir string) (out []expected) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "*", "dossier.json"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no dossiers in %s: %v", dir, err)
	}
	for _, path := range paths {
		source, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var d struct {
			Reference   string
			Attachments []struct{ File string }
		}
		if err := json.Unmarshal(source, &d); err != nil {
			t.Fatal(err)
		}
		e := expected{Reference: d.Reference, Source: digest(source)}
		for _, one := range d.Attachments {
			data, err := os.ReadFile(filepath.Join(filepath.Dir(path), one.File))
			if err != nil {
				t.Fatal(err)
			}
			e.Attachments = append(e.Attachments, attachment{norm.NFC.String(one.File), digest(data), int64(len(data)), true})
		}
		out = append(out, e)
	}
	return out
}

func wrongs(t *testing.T, wrong []string) {
	t.Helper()
	for _, w := range wrong {
		t.Error(w)
	}
	if len(wrong) > 0 {
		t.FailNow()
	}
}

// runAgent starts an agent that carries until the lab ends.
func (l *lab) runAgent() *service {
	l.t.Helper()
	s := l.serve("agent", l.at("agent", "run", "--json")...)
	l.others = append(l.others, s)
	var ready struct{ Ready bool }
	l.check(s.ready(&ready))
	if !ready.Ready {
		l.t.Fatal("the agent's first line does not say ready")
	}
	return s
}

func (a *acceptance) syncBeside(t *testing.T) {
	a.runAgent()
	a.sync()
	s, err := a.status()
	a.check(err)
	if !s.Running || s.Queue.Dossiers+s.Queue.Events+s.Queue.Blobs != 0 {
		t.Fatalf("after sync beside a running agent: running %v, queue %+v", s.Running, s.Queue)
	}
}

func (a *acceptance) secondAgent(t *testing.T) {
	r, err := a.run("", nil, "agent", a.at("agent", "run", "--json")...)
	a.check(err)
	if r.code != 1 || len(r.out) != 0 || !strings.Contains(string(r.log), "another agent") {
		t.Fatalf("a second agent on one book must exit 1 and say why: %v", r)
	}
}

func keys(m map[string]json.RawMessage) []string { return slices.Sorted(maps.Keys(m)) }

func (a *acceptance) listed(t *testing.T) {
	dossierKeys := []string{"attachments", "procedure", "reference", "slip", "source_sha256", "state"}
	scanKeys := []string{"complete", "length", "name", "sha256"}
	for _, d := range a.rawList() {
		if !slices.Equal(keys(d), dossierKeys) {
			t.Fatalf("a dossier of the list has the keys %q, scripts rely on %q", keys(d), dossierKeys)
		}
		var scans []map[string]json.RawMessage
		a.check(json.Unmarshal(d["attachments"], &scans))
		for _, s := range scans {
			if !slices.Equal(keys(s), scanKeys) {
				t.Fatalf("an attachment of the list has the keys %q, scripts rely on %q", keys(s), scanKeys)
			}
		}
		if scans == nil {
			t.Fatalf("attachments must be a list, empty or not: %s", d["attachments"])
		}
	}
	list, err := a.list()
	a.check(err)
	wrongs(t, a.told.judge(list, a.told.known(), true))
	if len(list) != len(a.report.Filed) {
		t.Fatalf("%d were filed, %d are listed", len(a.report.Filed), len(list))
	}
}

func (a *acceptance) again(t *testing.T) {
	for _, dir := range []string{samples, a.odd} {
		wrongs(t, a.told.heard(a.file(dir)))
	}
	a.sync()
	a.listed(t)
}

func (a *acceptance) changed(t *testing.T) {
	folders := oddFolders()
	scan, source := folders[3], folders[4]
	scan.files[1].data = []byte{1}
	source.json["note"] = "khác"
	dir := filepath.Join(t.TempDir(), "changed")
	scan.write(t, dir)
	source.write(t, dir)
	r := a.file(dir)
	if len(r.Filed) != 0 || len(r.Problems) != 2 || r.Problems[0].Code != "reference_changed" || r.Problems[1].Code != "reference_changed" {
		t.Fatalf("other bytes under a known reference must be refused as reference_changed: %+v", r)
	}
	a.sync()
	a.listed(t)
}

func (a *acceptance) badFolders(t *testing.T) {
	good := newFolder("GOOD between bad ones", file{"x", []byte("x")})
	missing := newFolder("BAD missing", file{"there", []byte("x")})
	missing.json["attachments"] = []map[string]any{{"file": "not there"}}
	outside := newFolder("BAD outside", file{"x", []byte("x")})
	outside.json["attachments"] = []map[string]any{{"file": "../GOOD between bad ones/x"}}
	nameless := newFolder("BAD nameless")
	nameless.json["applicant"] = map[string]any{"full_name": " "}
	unknown := newFolder("BAD unknown procedure")
	unknown.json["procedure"] = "9.999999"
	dir := filepath.Join(t.TempDir(), "mixed")
	want := map[string]string{"BAD torn": "unreadable_json", "BAD missing": "missing_file", "BAD outside": "bad_file_name",
		"BAD nameless": "no_name", "BAD unknown procedure": "unknown_procedure", "BAD many files": "",
		"BAD long note": "", "BAD component": ""} // "": the code is the kiosk's to choose
	many := newFolder("BAD many files")
	for i := range 129 {
		many.files = append(many.files, file{fmt.Sprint(i), []byte{byte(i)}})
	}
	many.json["attachments"] = newFolder("", many.files...).json["attachments"]
	long := newFolder("BAD long note")
	long.json["note"] = strings.Repeat("dài ", 60_000)
	component := newFolder("BAD component", file{"x", []byte("x")})
	component.json["attachments"] = []map[string]any{{"file": "x", "component": strings.Repeat("c", 5000)}}
	for _, f := range []folder{good, missing, outside, nameless, unknown, many, long, component} {
		f.write(t, dir)
	}
	a.check(os.Mkdir(filepath.Join(dir, "BAD torn"), 0o700))
	a.check(os.WriteFile(filepath.Join(dir, "BAD torn", "dossier.json"), []byte(`{"reference":"torn`), 0o600))
	a.told.hand(good.expected())
	r := a.file(dir)
	wrongs(t, a.told.heard(r))
	for _, p := range r.Problems {
		if code, bad := want[p.Folder]; !bad || code != "" && code != p.Code || p.Code == "" || p.Message == "" {
			t.Errorf("folder %q: code %q, want %q (message %q)", p.Folder, p.Code, want[p.Folder], p.Message)
		}
	}
	if len(r.Problems) != len(want) || len(r.Filed) != 1 {
		t.Fatalf("of one good and %d bad folders: %+v", len(want), r)
	}
	a.report.Filed = append(a.report.Filed, r.Filed...)
	a.sync()
	a.listed(t)
}

// screens files one dossier at the desk and leaves another one unfinished.
func (a *acceptance) screens(t *testing.T) {
	desk := a.serve("kiosk", a.at("kiosk", "serve", "--json")...)
	a.others = append(a.others, desk)
	var ready struct{ URL string }
	a.check(desk.ready(&ready))
	var err error
	a.desk, err = enterDesk(ready.URL)
	a.check(err)
	t.Cleanup(a.desk.close)
	chance := rand.New(rand.NewPCG(3, 4))
	_, _, err = a.desk.draft(picture(chance))
	a.check(err)
	at, e, err := a.desk.draft(picture(chance))
	a.check(err)
	slip, answered, err := a.desk.submit(at)
	a.check(err)
	a.atDesk = slip
	wrongs(t, a.told.shown(slip, answered, e))
	again, _, err := a.desk.submit(at)
	if err != nil || again != slip {
		t.Fatalf("submitting the same draft again gave slip %q, %v; the first was %q", again, err, slip)
	}
	a.report.Filed = append(a.report.Filed, filed{"", slip})
	a.sync()
	a.listed(t)
}

// answer asks for a supplement in words no file may keep in clear, and waits until the screen shows them.
func (a *acceptance) answer(t *testing.T) {
	web := a.signIn()
	id, err := web.dossier(a.atDesk)
	a.check(err)
	a.check(web.do("POST", "/api/dossiers/"+id+"/take-in", map[string]any{}, nil))
	a.check(web.do("POST", "/api/dossiers/"+id+"/supplement", map[string]any{"text": canaryNote,
		"reasons": []map[string]string{{"component": "p1", "code": "unreadable", "text": canaryAnswer}}}, nil))
	wrongFact := a.desk.do("POST", "/api/track", map[string]string{"slip": a.atDesk, "second": "0000"}, nil)
	if r := (*refusal)(nil); !errors.As(wrongFact, &r) || r.status != 404 {
		t.Fatalf("a wrong second fact must be answered with 404: %v", wrongFact)
	}
	a.sync() // rings: the agent asks by itself within half a minute
	a.check(until("the desk shows what the officer asks for", func() (bool, error) {
		var found struct {
			Supplement *struct{ Reasons []struct{ Text string } }
		}
		err := a.desk.do("POST", "/api/track", map[string]string{"slip": a.atDesk, "second": canaryCitizen[8:]}, &found)
		return found.Supplement != nil && found.Supplement.Reasons[0].Text == canaryAnswer, err
	}))
	var page []byte
	a.check(newBrowser(a.web).do("POST", "/api/public/status", map[string]string{"slip": a.atDesk, "second": canaryPhone[6:]}, &page))
	if strings.Contains(string(page), canaryName) {
		t.Errorf("the public page shows a name: %s", page)
	}
}

// officer reads every scan of every dossier at the officers' door and takes one in.
func (a *acceptance) officer(t *testing.T) {
	a.addOfficer()
	web := a.signIn()
	scans := 0
	for slip, want := range a.told.known() {
		id, err := web.dossier(slip)
		a.check(err)
		for _, s := range want.Attachments {
			var data []byte
			a.check(web.do("GET", "/api/dossiers/"+id+"/scans/"+s.SHA256, nil, &data))
			sum := sha256.Sum256(data)
			if hex.EncodeToString(sum[:]) != s.SHA256 {
				t.Errorf("slip %s: the officer gets other bytes of %q: %d, want %d", slip, s.Name, len(data), s.Length)
			}
			scans++
		}
	}
	id, err := web.dossier(a.report.Filed[0].Slip)
	a.check(err)
	a.check(web.do("POST", "/api/dossiers/"+id+"/take-in", map[string]any{}, nil))
	t.Logf("%d dossiers, %d scans read byte by byte at the officers' door", len(a.told.known()), scans)
}

func (a *acceptance) acknowledged(t *testing.T) {
	taken := a.report.Filed[0].Slip
	a.check(until("the office hears that slip "+taken+" was taken in", func() (bool, error) {
		a.sync()
		s, err := a.status()
		for _, d := range s.Dossiers {
			if d.Slip == taken && d.Acks["officer_took_in"] != nil {
				return true, err
			}
		}
		return false, err
	}))
	s, err := a.status()
	a.check(err)
	list, err := a.list()
	a.check(err)
	wrongs(t, a.told.early(s, list, a.told.known()))
	codes := []string{"left_commune", "officer_took_in", "province_complete", "saved_at_commune"}
	for _, d := range s.Dossiers {
		if got := slices.Sorted(maps.Keys(d.Acks)); !slices.Equal(got, codes) {
			t.Fatalf("slip %s has the acknowledgements %q, want %q", d.Slip, got, codes)
		}
		saved, left, complete, took := d.Acks["saved_at_commune"], d.Acks["left_commune"], d.Acks["province_complete"], d.Acks["officer_took_in"]
		if saved == nil || left == nil || complete == nil || *saved == 0 || *left == 0 || *complete == 0 {
			t.Fatalf("slip %s is not acknowledged: %v", d.Slip, d.Acks)
		}
		if (took != nil) != (d.Slip == taken || d.Slip == a.atDesk) || took != nil && *took == 0 {
			t.Errorf("slip %s: officer_took_in is %v", d.Slip, took)
		}
		if d.Reason == "" && took == nil || d.BytesLeft != 0 {
			t.Errorf("slip %s: reason %q, bytes left %d", d.Slip, d.Reason, d.BytesLeft)
		}
	}
	if len(s.Dossiers) != len(a.report.Filed) || s.Device == "" || s.Book == "" || s.Commune != commune || s.Clock.Now == 0 || s.Line.State != "online" {
		t.Errorf("status: %d dossiers of %d, device %q, book %q, commune %q, clock %d, line %q", len(s.Dossiers), len(a.report.Filed),
			s.Device, s.Book, s.Commune, s.Clock.Now, s.Line.State)
	}
}

func (a *acceptance) disk(t *testing.T) {
	a.endAll()
	wrong, err := a.onDisk(t.Context())
	a.check(err)
	wrongs(t, wrong)
}

// clear searches everything the programs wrote, the database server's files included.
func (a *acceptance) clear(t *testing.T) {
	dirs := []string{a.office(), a.state(), a.logs}
	if len(a.database) > 0 {
		dirs = append(dirs, postgresFiles(t, a.database[1]))
	}
	office := a.statusOf(a.office()).Office // its name stands in many places, in answers, too
	personal := slices.DeleteFunc(personalTexts(t, samples), func(text string) bool { return strings.Contains(office, text) })
	personal = append(personal, canaries...)
	hits, files, err := newSecrets(personal...).search(dirs...)
	a.check(err)
	wrongs(t, hits)
	found, _, err := newSecrets(personal...).search(a.odd, samples)
	a.check(err)
	if len(found) < len(canaries) {
		t.Fatalf("the search is blind: it finds only %d of %d texts where they lie in clear", len(found), len(personal))
	}
	t.Logf("%d texts looked for in %d files: 0 hits (and %d where they lie in clear)", len(personal), files, len(found))
}

var canaries = []string{canaryName, canaryCitizen, canaryPhone, canaryAddress, canaryAnswer, canaryNote, canaryFile, "Hoàng Yến Canary"}

// personalTexts are the texts of the samples' applicants, and every answer that is a sentence or a long number.
func personalTexts(t *testing.T, dir string) (out []string) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "*", "dossier.json"))
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, path := range paths {
		source, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var d struct{ Applicant, Submitter, Answers any }
		if err := json.Unmarshal(source, &d); err != nil {
			t.Fatal(err)
		}
		each([]any{d.Applicant, d.Submitter, d.Answers}, func(text string) {
			number := strings.Trim(text, "0123456789") == "" && len(text) >= 9
			sentence := strings.Contains(text, " ") && utf8.RuneCountInString(text) >= 12
			if (number || sentence) && !seen[text] {
				seen[text], out = true, append(out, text)
			}
		})
	}
	return out
}

func each(v any, text func(string)) {
	switch v := v.(type) {
	case string:
		text(v)
	case []any:
		for _, one := range v {
			each(one, text)
		}
	case map[string]any:
		for _, one := range v {
			each(one, text)
		}
	}
}

// postgresFiles asks a server where its files are, after it wrote down what it holds in memory.
func postgresFiles(t *testing.T, address string) (dir string) {
	t.Helper()
	db, err := sql.Open("pgx", address) // the driver is registered by the room that starts the server
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	_, err = db.Exec("CHECKPOINT")
	if err == nil {
		err = db.QueryRow("SHOW data_directory").Scan(&dir)
	}
	if err != nil {
		t.Fatal(fmt.Errorf("asking PostgreSQL for its files: %w", err))
	}
	return dir
}
