package tidy

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func allRules() []Rule { return slices.Concat(Doors, Calls, Texts, Versions) }

// The repository itself.
func TestRepository(t *testing.T) {
	tree, err := Read(os.DirFS("../.."))
	if err != nil {
		t.Fatal(err)
	}
	if len(tree.Go()) < 20 || tree.Find("go.mod") == nil {
		t.Fatalf("read %d Go files: this is not the repository", len(tree.Go()))
	}
	for _, r := range allRules() {
		t.Run(r.Name, func(t *testing.T) {
			for _, f := range r.Check(tree) {
				t.Error(f)
			}
		})
	}
}

// goList asks the go command, without the network, for one fact about a module.
func goList(t *testing.T, format, module string) string {
	t.Helper()
	cmd := exec.Command("go", "list", "-m", "-f", format, module)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list -m %s: %v", module, err)
	}
	return strings.TrimSpace(string(out))
}

func TestSQLiteAndItsLibc(t *testing.T) {
	our, err := os.ReadFile("../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	its, err := os.ReadFile(goList(t, "{{.GoMod}}", "modernc.org/sqlite"))
	if err != nil {
		t.Fatal(err)
	}
	if err := LibcAgrees(string(our), string(its)); err != nil {
		t.Error(err)
	}
	sources, err := filepath.Glob(filepath.Join(goList(t, "{{.Dir}}", "modernc.org/sqlite"), "lib", "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	checked := 0
	for _, name := range sources {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if !sqliteVersion.Match(b) {
			continue
		}
		checked++
		if err := SQLiteIsNewEnough(string(b)); err != nil {
			t.Errorf("%s: %v", filepath.Base(name), err)
		}
	}
	if checked == 0 {
		t.Error("no source of the library names its SQLite: look where the constant went")
	}
}

func plant(t *testing.T, files map[string]string) Tree {
	t.Helper()
	var tree Tree
	for name, src := range files {
		f, err := parse(name, src)
		if err != nil {
			t.Fatal(err)
		}
		tree = append(tree, f)
	}
	slices.SortFunc(tree, func(a, b *File) int { return strings.Compare(a.Path, b.Path) })
	return tree
}

func rule(t *testing.T, name string) Rule {
	t.Helper()
	for _, r := range allRules() {
		if r.Name == name {
			return r
		}
	}
	t.Fatalf("no rule %q", name)
	return Rule{}
}

// Each rule sees its planted bug and leaves the good neighbour alone.
func TestPlantedBugs(t *testing.T) {
	const doc = "// Package x promises one thing.\n// It refuses another.\n// A power cut leaves nothing.\n"
	long := strings.Repeat("// line\n", maxLines+1)
	for _, c := range []struct {
		name, rule, path, bad, good string
	}{
		{"road imports cargo", "the road knows no cargo", "syncproto/a.go",
			`package syncproto; import _ "bendo/internal/dossier"`, `package syncproto; import _ "crypto/ed25519"`},
		{"road's client imports cargo", "the road knows no cargo", "syncproto/synchttp/a.go",
			`package synchttp; import _ "bendo/internal/bell"`, `package synchttp; import _ "bendo/syncproto"`},
		{"kiosk imports agent", "programs never import one another", "kiosk/a.go",
			`package kiosk; import _ "bendo/agent/courier"`, `package kiosk; import _ "bendo/kiosk/boot"`},
		{"a shared room imports a program", "programs never import one another", "internal/ledger/a.go",
			`package ledger; import _ "bendo/portal/store"`, `package ledger; import _ "bendo/internal/seal"`},
		{"a test borrows from another program", "programs never import one another", "agent/a_test.go",
			`package agent; import _ "bendo/portal"`, `package agent; import _ "bendo/agent/courier"`},
		{"disk room imports upwards", "imports point down", "internal/durable/a.go",
			`package durable; import _ "bendo/internal/ledger"`, `package durable; import _ "io"`},
		{"neighbours on one floor", "imports point down", "agent/courier/a.go",
			`package courier; import _ "bendo/agent/scanbox"`, `package courier; import _ "bendo/syncproto"`},
		{"a room nobody placed", "every room has a floor", "internal/attic/a.go", `package attic`, `package main`},
		{"modernc outside its room", "one owner per outside package", "internal/ledger/a.go",
			`package ledger; import _ "modernc.org/sqlite"`, `package ledger; import _ "bendo/internal/sqlitedb"`},
		{"wails outside the window", "one owner per outside package", "kiosk/a.go",
			`package kiosk; import _ "github.com/wailsapp/wails/v2/pkg/options"`, `package kiosk`},
		{"pgx in a test elsewhere", "one owner per outside package", "portal/a_test.go",
			`package portal; import _ "github.com/jackc/pgx/v5/stdlib"`, `package portal; import _ "database/sql"`},
		{"pure room imports os", "pure rooms are pure", "internal/form/a.go",
			`package form; import _ "os"`, `package form; import _ "strings"`},
		{"pure room asks the clock", "pure rooms are pure", "internal/calendar/a.go",
			`package calendar; import "time"; var _ = time.Now`, `package calendar; import "time"; var _ = time.UTC`},
		{"pure room renames the clock", "pure rooms are pure", "internal/calendar/a.go",
			`package calendar; import t "time"; var _ = t.Since`, `package calendar; type x struct{ Now int }; func f(time x) int { return time.Now }`},
		{"pure room logs", "pure rooms are pure", "internal/vietnam/a.go",
			`package vietnam; import "log/slog"; func f() { slog.Info("x") }`, `package vietnam; import "log/slog"; func f() slog.Value { return slog.StringValue("") }`},
		{"pure room throws dice", "pure rooms are pure", "internal/dossier/a.go",
			`package dossier; import "github.com/google/uuid"; var _ = uuid.NewV7`, `package dossier; import "github.com/google/uuid"; var _ = uuid.Parse`},
		{"exit in a room", "only mains end, read flags, environment and signals", "agent/a.go",
			`package agent; import "os"; func f() { os.Exit(1) }`, `package main; import "os"; func main() { os.Exit(1) }`},
		{"flags in a room", "only mains end, read flags, environment and signals", "agent/a.go",
			`package agent; import _ "flag"`, `package main; import _ "flag"`},
		{"root context in a room", "only mains end, read flags, environment and signals", "agent/a.go",
			`package agent; import "context"; var c = context.Background()`, `package agent; import "context"; var c = context.WithoutCancel`},
		{"init", "no init", "agent/a.go", `package agent; func init() {}`, `package agent; type t int; func (t) init() {}`},
		{"silent skip", "a skip says what is missing", "agent/a_test.go",
			`package agent; import "testing"; func f(t *testing.T) { t.Skip("") }`, `package agent; import "testing"; func f(t *testing.T) { t.Skip("no server: run make setup") }`},
		{"no comment", "every package has a comment", "agent/a.go", "// Package agent is short.\npackage agent", doc + "package agent"},
		{"a bare promise", "no unowned promise", "agent/a.go", "package agent // TO" + "DO later", "package agent // TO" + "DO(#12) later"},
		{"a long file", "files of a few screens", "frontend/src/a.tsx", long, "export {}\n"},
		{"a developer's path", "nothing of a developer's machine", "README.md", "see /wo" + "rk/main", "see docs/work/main and /var/lib/bendo"},
		{"another library", "exact versions in go.mod", "go.mod", "module bendo\nrequire modernc.org/libc v1.78.0\n", "module bendo\nrequire modernc.org/libc v1.77.1\n"},
		{"a replaced module", "exact versions in go.mod", "go.mod", "replace a => b\n", "module bendo\n"},
		{"a loose package", "exact versions in package.json", "frontend/package.json",
			"{\"dependencies\": {\n\"react\": \"^19.0.0\"\n}}", "{\"dependencies\": {\n\"react\": \"19.0.0\"\n},\n\"engines\": {\n\"node\": \">=20\"\n}}"},
	} {
		t.Run(c.name, func(t *testing.T) {
			check := rule(t, c.rule).Check
			if len(check(plant(t, map[string]string{c.path: c.bad}))) == 0 {
				t.Error("the planted bug was not seen")
			}
			if got := check(plant(t, map[string]string{c.path: c.good})); len(got) > 0 {
				t.Errorf("the good neighbour was reported: %v", got)
			}
		})
	}
}

func TestPlantedHouse(t *testing.T) {
	check := rule(t, "the house is complete").Check
	whole := map[string]string{"README.md": "", "HACKING.md": "", "CHANGELOG.md": "", "BENCHMARKS.md": "", "LICENSE": "", ".ci/run": "",
		"syncproto/PROTOCOL.md": "", "Makefile": "setup:\nbuild: screens\ndemo:\nrun:\ntest:\nlint:\nbench:\ntorture-smoke:\nscreenshots:\nrelease:\n"}
	if got := check(plant(t, whole)); len(got) > 0 {
		t.Errorf("a whole house was reported: %v", got)
	}
	whole["Makefile"] = strings.Replace(whole["Makefile"], "demo:", "demos:", 1)
	delete(whole, "LICENSE")
	if got := check(plant(t, whole)); len(got) != 2 {
		t.Errorf("without demo and licence: %v", got)
	}
}

func TestEveryRuleHasAPlantedBug(t *testing.T) {
	src, err := os.ReadFile("tidy_test.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range allRules() {
		if !strings.Contains(string(src), `"`+r.Name+`"`) {
			t.Errorf("rule %q never proved itself", r.Name)
		}
	}
}

func TestPlantedVersions(t *testing.T) {
	if LibcAgrees("require modernc.org/libc v1.78.0 // indirect", "require modernc.org/libc v1.77.1") == nil {
		t.Error("another libc than SQLite's passed")
	}
	if LibcAgrees("", "") == nil {
		t.Error("no libc at all passed")
	}
	if err := LibcAgrees("require (\n\tmodernc.org/libc v1.77.1 // indirect\n)", "require modernc.org/libc v1.77.1"); err != nil {
		t.Error(err)
	}
	for version, ok := range map[string]bool{"3.51.2": false, "3.50.9": false, "2.99.9": false, "3.51.3": true, "3.53.4": true, "4.0.0": true} {
		if err := SQLiteIsNewEnough(`const SQLITE_VERSION = "` + version + `"`); (err == nil) != ok {
			t.Errorf("%s: %v", version, err)
		}
	}
	if SQLiteIsNewEnough("package lib") == nil {
		t.Error("a library without a version passed")
	}
}
