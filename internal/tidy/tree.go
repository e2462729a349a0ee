// Package tidy holds the repository's shape as a test: the walls between rooms, the owners of outside
// packages, the calls that only a program's main may make, the comments every package owes its reader.
//
// It promises that each rule is checked by reading the sources themselves (go/parser, the text of
// go.mod and package.json), not by trusting a list, and that each rule is shown to see a planted bug.
// It refuses to guess: a room that stands in no table is reported, so that the argument about its
// place is held once, in the change that adds it. It writes nothing; a power cut leaves nothing.
package tidy

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
)

// Module is the path under which our own packages are imported.
const Module = "bendo"

// A File is one text file of the repository.
type File struct {
	Path string // from the root, with slashes
	Src  string
	AST  *ast.File // nil unless it is Go
	Set  *token.FileSet
}

// Room is the folder of a file: the Go package, without the module's name; "." is the root.
func (f *File) Room() string { return path.Dir(f.Path) }

// IsTest says whether the file serves tests only: by its name, or because its room is a suite that
// others' tests call (prototest, storetest).
func (f *File) IsTest() bool {
	return strings.HasSuffix(f.Path, "_test.go") || strings.HasSuffix(f.Room(), "test")
}

// IsMain says whether the file belongs to a program.
func (f *File) IsMain() bool { return f.AST != nil && f.AST.Name.Name == "main" }

// Line is the line of a position in the file.
func (f *File) Line(p token.Pos) int { return f.Set.Position(p).Line }

// A Tree is all text files of the repository that git would keep, sorted by path.
type Tree []*File

// Go gives the Go files.
func (t Tree) Go() (out []*File) {
	for _, f := range t {
		if f.AST != nil {
			out = append(out, f)
		}
	}
	return out
}

// Find gives the file of that path, or nil.
func (t Tree) Find(name string) *File {
	for _, f := range t {
		if f.Path == name {
			return f
		}
	}
	return nil
}

// A Finding is one breach of one rule.
type Finding struct {
	Path string
	Line int // 0: the file as a whole
	Text string
}

func (f Finding) String() string {
	if f.Line == 0 {
		return f.Path + ": " + f.Text
	}
	return fmt.Sprintf("%s:%d: %s", f.Path, f.Line, f.Text)
}

// A Rule looks at the whole tree.
type Rule struct {
	Name  string
	Check func(Tree) []Finding
}

// eachGo makes a rule's check of a look at one Go file.
func eachGo(look func(f *File, report func(token.Pos, string, ...any))) func(Tree) []Finding {
	return func(t Tree) (out []Finding) {
		for _, f := range t.Go() {
			look(f, func(p token.Pos, format string, args ...any) {
				out = append(out, Finding{f.Path, f.Line(p), fmt.Sprintf(format, args...)})
			})
		}
		return out
	}
}

// skipped folders are not ours or not kept by git.
var skipped = []string{".git", "node_modules", "bin", "dist", ".setup", "screenshots", "test-results"}

// texts are the endings of files that people write.
var texts = []string{".go", ".ts", ".tsx", ".mjs", ".js", ".css", ".html", ".json", ".sql", ".md", ".sh",
	".txt", ".mod", ".yaml", ".yml", ".toml", ".service", ".csv"}

// Read reads a repository. A Go file that does not parse is an error: nothing about it can be promised.
func Read(root fs.FS) (Tree, error) {
	var t Tree
	err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return fmt.Errorf("read the tree: %w", err)
		}
		if d.IsDir() {
			if slices.Contains(skipped, d.Name()) {
				return fs.SkipDir
			}
			return nil
		}
		if !d.Type().IsRegular() || !isText(name) {
			return nil
		}
		src, err := fs.ReadFile(root, name)
		if err != nil {
			return fmt.Errorf("read the tree: %w", err)
		}
		f, err := parse(name, string(src))
		if err != nil {
			return err
		}
		t = append(t, f)
		return nil
	})
	return t, err
}

func isText(name string) bool {
	base := path.Base(name)
	return slices.Contains(texts, path.Ext(base)) || base == "Makefile" || base == "LICENSE" || name == ".ci/run"
}

func parse(name, src string) (*File, error) {
	f := &File{Path: name, Src: src}
	if !strings.HasSuffix(name, ".go") || strings.Contains(name, "testdata/") {
		return f, nil
	}
	f.Set = token.NewFileSet()
	var err error
	if f.AST, err = parser.ParseFile(f.Set, name, src, parser.ParseComments); err != nil {
		return nil, fmt.Errorf("parse the tree: %w", err)
	}
	return f, nil
}

// imports gives the paths a file imports and where.
func imports(f *File) map[string]token.Pos {
	out := make(map[string]token.Pos, len(f.AST.Imports))
	for _, i := range f.AST.Imports {
		p, err := strconv.Unquote(i.Path.Value)
		if err == nil { // the parser refused anything else
			out[p] = i.Pos()
		}
	}
	return out
}

// under says whether a path is that folder or below it.
func under(p, folder string) bool { return p == folder || strings.HasPrefix(p, folder+"/") }

func underAny(p string, folders []string) bool {
	return slices.ContainsFunc(folders, func(f string) bool { return under(p, f) })
}
