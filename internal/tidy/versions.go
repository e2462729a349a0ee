package tidy

import (
	"fmt"
	"regexp"
	"strings"
)

// pinned versions are the ones known to work together; a change of one is a change of this table,
// with its reason in the change.
var pinned = map[string]string{
	"github.com/wailsapp/wails/v2":    "v2.16.0", // @latest answers an older one
	"modernc.org/sqlite":              "v1.60.1", // its successor's modules do not resolve
	"modernc.org/libc":                "v1.77.1", // must be what modernc.org/sqlite itself was built with
	"github.com/cenkalti/backoff/v4":  "v4.3.0",
	"honnef.co/go/tools":              "v0.8.2",
	"github.com/jackc/pgx/v5":         "v5.12.0",
	"codeberg.org/go-pdf/fpdf":        "v0.12.0",
	"github.com/fxamacker/cbor/v2":    "v2.9.6",
	"github.com/fsnotify/fsnotify":    "v1.10.1",
	"github.com/expr-lang/expr":       "v1.17.8",
	"github.com/alecthomas/kong":      "v1.17.0",
	"pgregory.net/rapid":              "v1.3.0",
	"github.com/google/uuid":          "v1.6.0",
	"github.com/rogpeppe/go-internal": "v1.16.0",
}

// leastSQLite is the first SQLite in which two processes that write and checkpoint one WAL database
// at once cannot corrupt it.
var leastSQLite = [3]int{3, 51, 3}

// Versions are the rules about what we stand on.
var Versions = []Rule{
	{"exact versions in go.mod", func(t Tree) []Finding {
		f := t.Find("go.mod")
		if f == nil {
			return []Finding{{"go.mod", 0, "is missing"}}
		}
		return checkGoMod(f)
	}},
	{"exact versions in package.json", func(t Tree) (out []Finding) {
		for _, f := range t {
			if strings.HasSuffix(f.Path, "package.json") {
				out = append(out, checkPackageJSON(f)...)
			}
		}
		return out
	}},
}

// requires reads the module versions of a go.mod: path to version.
func requires(mod string) map[string]string {
	out := map[string]string{}
	for line := range strings.Lines(mod) {
		line, _, _ = strings.Cut(line, "//")
		words := strings.Fields(strings.TrimPrefix(strings.TrimSpace(line), "require "))
		if len(words) == 2 && strings.HasPrefix(words[1], "v") {
			out[words[0]] = words[1]
		}
	}
	return out
}

func checkGoMod(f *File) (out []Finding) {
	have := requires(f.Src)
	for module, want := range pinned {
		if got, ok := have[module]; ok && got != want {
			out = append(out, Finding{f.Path, 0, fmt.Sprintf("%s is %s, known to work is %s (internal/tidy/versions.go)", module, got, want)})
		}
	}
	for n, line := range strings.Split(f.Src, "\n") {
		switch word, _, _ := strings.Cut(strings.TrimSpace(line), " "); word {
		case "replace", "exclude", "toolchain":
			out = append(out, Finding{f.Path, n + 1, word + " makes the build depend on more than the exact versions"})
		}
	}
	return out
}

// LibcAgrees compares the libc our go.mod names with the one modernc.org/sqlite was made for: their
// generated code shares structures, another version breaks at run time.
func LibcAgrees(ourMod, sqliteMod string) error {
	const libc = "modernc.org/libc"
	our, its := requires(ourMod)[libc], requires(sqliteMod)[libc]
	if our == "" || our != its {
		return fmt.Errorf("go.mod names %s %q, modernc.org/sqlite was made for %q", libc, our, its)
	}
	return nil
}

var sqliteVersion = regexp.MustCompile(`SQLITE_VERSION\s*=\s*"(\d+)\.(\d+)\.(\d+)"`)

// SQLiteIsNewEnough reads the version constant out of the library's own source.
func SQLiteIsNewEnough(source string) error {
	m := sqliteVersion.FindStringSubmatch(source)
	if m == nil {
		return fmt.Errorf("no SQLITE_VERSION in the library's source")
	}
	for i, least := range leastSQLite {
		var got int
		if _, err := fmt.Sscan(m[i+1], &got); err != nil {
			return fmt.Errorf("read SQLite's version: %w", err)
		}
		if got != least {
			if got < least {
				return fmt.Errorf("SQLite %s.%s.%s is older than %v: two processes on one WAL database can corrupt it", m[1], m[2], m[3], leastSQLite)
			}
			return nil
		}
	}
	return nil
}

var looseVersion = regexp.MustCompile(`^\s*"([^"]+)":\s*"([~^><*=]|latest|x\b|git|http|file:)`)

func checkPackageJSON(f *File) (out []Finding) {
	inside := false
	for n, line := range strings.Split(f.Src, "\n") {
		switch {
		case strings.Contains(line, `ependencies"`):
			inside = true
		case strings.Contains(line, "}"):
			inside = false
		case inside && looseVersion.MatchString(line):
			out = append(out, Finding{f.Path, n + 1, "not an exact version: " + strings.TrimSpace(line)})
		}
	}
	return out
}
