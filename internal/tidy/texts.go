package tidy

import (
	"fmt"
	"go/ast"
	"path"
	"regexp"
	"strings"
)

const (
	maxLines    = 500 // of a file that is not a test: past it, a second idea moved in
	leastInDoc  = 3   // lines of a package comment: promise, refusal, power cut
	generatedBy = "DO NOT EDIT."
)

// longFiles are allowed past maxLines, each with its reason.
var longFiles = map[string]string{}

// Texts are the rules about what a reader finds.
var Texts = []Rule{
	{"every package has a comment", everyPackageHasAComment},
	{"no unowned promise", func(t Tree) (out []Finding) {
		for _, f := range t {
			if !isCode(f.Path) {
				continue
			}
			for n, line := range strings.Split(f.Src, "\n") {
				if f.AST != nil { // a Go name may be spelled so: context has one
					_, line, _ = strings.Cut(line, "//")
				}
				if m := promise.FindString(line); m != "" && !owned.MatchString(line) {
					out = append(out, Finding{f.Path, n + 1, m + " without a number: do it now, or write " + m + "(#n)"})
				}
			}
		}
		return out
	}},
	{"files of a few screens", func(t Tree) (out []Finding) {
		for _, f := range t {
			n := strings.Count(f.Src, "\n")
			if n <= maxLines || !isCode(f.Path) || isTestText(f.Path) || strings.Contains(f.Src[:min(len(f.Src), 300)], generatedBy) || longFiles[f.Path] != "" {
				continue
			}
			out = append(out, Finding{f.Path, 0, fmt.Sprintf("%d lines, more than %d: which second idea moved in?", n, maxLines)})
		}
		return out
	}},
	{"the house is complete", func(t Tree) (out []Finding) {
		for _, name := range []string{"README.md", "HACKING.md", "CHANGELOG.md", "BENCHMARKS.md", "LICENSE", ".ci/run", "syncproto/PROTOCOL.md"} {
			if t.Find(name) == nil {
				out = append(out, Finding{name, 0, "is missing"})
			}
		}
		for _, target := range strings.Fields("setup build demo run test lint bench torture-smoke screenshots release") {
			if f := t.Find("Makefile"); f == nil || !strings.Contains("\n"+f.Src, "\n"+target+":") {
				out = append(out, Finding{"Makefile", 0, "has no target " + target + ": scripts and people rely on it"})
			}
		}
		return out
	}},
	{"nothing of a developer's machine", func(t Tree) (out []Finding) {
		for _, f := range t {
			for n, line := range strings.Split(f.Src, "\n") {
				if m := developerPath.FindString(line); m != "" {
					out = append(out, Finding{f.Path, n + 1, "the path " + strings.TrimSpace(m) + " exists on one workplace only"})
				}
			}
		}
		return out
	}},
}

var (
	promise = regexp.MustCompile(`\b(TO` + `DO|FIX` + `ME|X` + `XX)\b`)
	owned   = regexp.MustCompile(`(TO` + `DO|FIX` + `ME|X` + `XX)\(#\d+\)`)
	// Put together from pieces, so that this file passes its own rule.
	developerPath = regexp.MustCompile(`(^|[^A-Za-z0-9._$}/-])/(` + `work/|` + `root/|` + `tmp/plan|` + `home/[a-z])|\b[A-Z]:\\Users\\|\bshared/(` + `data|design|reference)`)
)

// isCode says whether people write this file for a compiler or an interpreter.
func isCode(p string) bool {
	switch path.Ext(p) {
	case ".go", ".ts", ".tsx", ".mjs", ".css", ".sql", ".sh":
		return !strings.Contains(p, "testdata/")
	}
	return path.Base(p) == "Makefile"
}

func isTestText(p string) bool {
	return strings.HasSuffix(p, "_test.go") || strings.Contains(p, ".test.ts") || strings.Contains(p, "/e2e/") || strings.Contains(p, ".gen.")
}

// everyPackageHasAComment wants one comment of three lines for each package; a package of tests only
// may have it in a test file.
func everyPackageHasAComment(t Tree) (out []Finding) {
	type room struct {
		first *File
		lines int
	}
	rooms := map[string]*room{}
	var order []string
	for _, f := range t.Go() {
		if strings.HasSuffix(f.AST.Name.Name, "_test") {
			continue
		}
		r := rooms[f.Room()]
		if r == nil {
			r = &room{first: f}
			rooms[f.Room()] = r
			order = append(order, f.Room())
		}
		r.lines = max(r.lines, docLines(f.AST.Doc))
	}
	for _, name := range order {
		if r := rooms[name]; r.lines < leastInDoc {
			out = append(out, Finding{r.first.Path, 0, fmt.Sprintf("package %s has a comment of %d lines: say what it promises, what it refuses, what a power cut leaves", r.first.AST.Name.Name, r.lines)})
		}
	}
	return out
}

func docLines(doc *ast.CommentGroup) int {
	if doc == nil {
		return 0
	}
	return strings.Count(strings.TrimSpace(doc.Text()), "\n") + 1
}
