package tidy

import (
	"fmt"
	"go/ast"
	"go/token"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// mostInvariants: the protocol promises I1 to I27.
const mostInvariants = 27

// Invariants: each promise of the protocol has a test that names it, and the table in
// TORTURE.md names tests that exist.
var Invariants = []Rule{{"every invariant has a named test", invariantsTested}}

var (
	invariantTag  = regexp.MustCompile(`\bI([1-9][0-9]?)(?:[–-]I([1-9][0-9]?))?\b`)
	invariantRow  = regexp.MustCompile(`(?m)^\| (I[0-9]+) \|.*$`)
	backtickNames = regexp.MustCompile("`(Test[A-Za-z0-9_]+|Fuzz[A-Za-z0-9_]+|prototest [A-Z][A-Za-z]+)`")
)

func tagsOf(text string) (found []int) {
	for _, m := range invariantTag.FindAllStringSubmatch(text, -1) {
		from, _ := strconv.Atoi(m[1])
		to := from
		if m[2] != "" {
			to, _ = strconv.Atoi(m[2])
		}
		for n := from; n <= to && n <= mostInvariants; n++ {
			found = append(found, n)
		}
	}
	return found
}

// InvariantTests gives for each invariant the tests that name it: in their own name, in
// the comment above them, in a comment inside them, or as a row of a suite ("I1/Push/…").
func InvariantTests(t Tree) map[int][]string {
	names := map[int]map[string]bool{}
	note := func(text, test string) {
		for _, n := range tagsOf(text) {
			if names[n] == nil {
				names[n] = map[string]bool{}
			}
			names[n][test] = true
		}
	}
	for _, f := range t.Go() {
		if !f.IsTest() {
			continue
		}
		for _, d := range f.AST.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && isTestFunc(fn) {
				test := f.Room() + " " + fn.Name.Name
				note(strings.ReplaceAll(fn.Name.Name, "_", " "), test)
				note(fn.Doc.Text(), test)
				for _, c := range f.AST.Comments {
					if fn.Pos() < c.Pos() && c.End() < fn.End() {
						note(c.Text(), test)
					}
				}
			}
		}
		ast.Inspect(f.AST, func(n ast.Node) bool {
			lit, ok := n.(*ast.BasicLit)
			if !ok || lit.Kind != token.STRING {
				return true
			}
			if text, err := strconv.Unquote(lit.Value); err == nil {
				if tag, rest, cut := strings.Cut(text, "/"); cut && strings.Count(rest, "/") == 1 && len(tagsOf(tag)) > 0 {
					note(tag, f.Room()+" "+text)
				}
			}
			return true
		})
	}
	out := map[int][]string{}
	for n, set := range names {
		out[n] = slices.Sorted(maps.Keys(set))
	}
	return out
}

func isTestFunc(fn *ast.FuncDecl) bool {
	return fn.Recv == nil && (strings.HasPrefix(fn.Name.Name, "Test") || strings.HasPrefix(fn.Name.Name, "Fuzz"))
}

func invariantsTested(t Tree) (found []Finding) {
	tests := InvariantTests(t)
	for n := 1; n <= mostInvariants; n++ {
		if len(tests[n]) == 0 {
			found = append(found, Finding{Path: "TORTURE.md", Text: fmt.Sprintf("no test names I%d in its comment, its name or its suite's row", n)})
		}
	}
	return append(found, tortureTable(t)...)
}

// tortureTable: a row for each invariant, and every test it names exists.
func tortureTable(t Tree) (found []Finding) {
	table := t.Find("TORTURE.md")
	if table == nil {
		return []Finding{{Path: "TORTURE.md", Text: "is missing: it says which test holds which promise"}}
	}
	known, rows := map[string]bool{}, map[string]bool{}
	for _, f := range t.Go() {
		for _, d := range f.AST.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && f.IsTest() && isTestFunc(fn) {
				known[fn.Name.Name] = true
			}
		}
	}
	for _, row := range invariantRow.FindAllStringSubmatch(table.Src, -1) {
		rows[row[1]] = true
		if !backtickNames.MatchString(row[0]) {
			found = append(found, Finding{Path: table.Path, Text: row[1] + " names no test"})
		}
	}
	for i, line := range strings.Split(table.Src, "\n") {
		for _, m := range backtickNames.FindAllStringSubmatch(line, -1) {
			if !known[m[1]] && !strings.HasPrefix(m[1], "prototest ") {
				found = append(found, Finding{Path: table.Path, Line: i + 1, Text: m[1] + " is no test of ours"})
			}
		}
	}
	for n := 1; n <= mostInvariants; n++ {
		if !rows[fmt.Sprint("I", n)] {
			found = append(found, Finding{Path: table.Path, Text: fmt.Sprintf("has no row for I%d", n)})
		}
	}
	return found
}
