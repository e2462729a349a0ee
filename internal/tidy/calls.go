package tidy

import (
	"go/ast"
	"go/token"
	"path"
	"slices"
	"strconv"
	"strings"
)

// pureMayNot lists packages whose import alone is I/O, clock or chance.
var pureMayNot = []string{"os", "net", "net/http", "syscall", "io/ioutil", "database/sql", "math/rand", "math/rand/v2",
	"crypto/rand", "log", "path/filepath", "os/exec", "os/signal", "golang.org/x/sys", "golang.org/x/net"}

// pureMayNotCall lists calls that reach out of a pure room through a package it may import.
var pureMayNotCall = map[string][]string{
	"time": {"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker", "LoadLocation", "Local"},
	// slog's values are welcome: a name's LogValue shows nothing. Its loggers are not.
	"log/slog":               {"Debug", "Info", "Warn", "Error", "Log", "LogAttrs", "DebugContext", "InfoContext", "WarnContext", "ErrorContext", "Default", "SetDefault", "New", "With"},
	"github.com/google/uuid": {"New", "NewString", "NewRandom", "NewV7", "NewV6", "NewUUID", "Must"},
}

// mainsOnly lists what only a program's main may do: end the process, read its surroundings.
var mainsOnly = map[string][]string{
	"os":      {"Exit", "Getenv", "LookupEnv", "Environ", "Setenv", "Unsetenv", "ExpandEnv", "Args"},
	"log":     {"Fatal", "Fatalf", "Fatalln", "Panic", "Panicf"},
	"syscall": {"Exit"},
	"context": {"Background", "TODO"},
}

// mainsImport lists packages only mains import.
var mainsImport = []string{"flag", "os/signal", "github.com/alecthomas/kong", "github.com/spf13/pflag", "github.com/spf13/cobra"}

// Calls are the rules about what a room may do.
var Calls = []Rule{
	{"pure rooms are pure", eachGo(func(f *File, report func(token.Pos, string, ...any)) {
		if !underAny(f.Room(), pure) || f.IsTest() || f.IsMain() {
			return
		}
		for to, at := range imports(f) {
			if slices.Contains(pureMayNot, to) {
				report(at, "a pure room imports %s: take what you need as an argument", to)
			}
		}
		eachUse(f, pureMayNotCall, func(at token.Pos, name string) {
			report(at, "a pure room uses %s: take the time or the value as an argument", name)
		})
	})},
	{"only mains end, read flags, environment and signals", eachGo(func(f *File, report func(token.Pos, string, ...any)) {
		if f.IsMain() || f.IsTest() {
			return
		}
		for to, at := range imports(f) {
			if slices.Contains(mainsImport, to) {
				report(at, "%s belongs to mains", to)
			}
		}
		eachUse(f, mainsOnly, func(at token.Pos, name string) {
			report(at, "%s belongs to mains: take a value, a context or return an error", name)
		})
	})},
	{"no init", eachGo(func(f *File, report func(token.Pos, string, ...any)) {
		for _, d := range f.AST.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
				report(fn.Pos(), "func init hides an order of events: call it from main")
			}
		}
	})},
	{"a skip says what is missing", eachGo(func(f *File, report func(token.Pos, string, ...any)) {
		ast.Inspect(f.AST, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || !f.IsTest() {
				return true
			}
			sel, ok := call.Fun.(*ast.SelectorExpr)
			if ok && (sel.Sel.Name == "SkipNow" || sel.Sel.Name == "Skip" && saysNothing(call.Args)) {
				report(call.Pos(), "a silent skip: say what is missing and how to get it")
			}
			return true
		})
	})},
}

func saysNothing(args []ast.Expr) bool {
	if len(args) == 0 {
		return true
	}
	lit, ok := args[0].(*ast.BasicLit)
	return ok && len(strings.Trim(lit.Value, "\"` ")) == 0
}

// eachUse finds package.Name for the listed names, whatever the package is called in this file; a
// local variable of the same name is not the package.
func eachUse(f *File, banned map[string][]string, found func(at token.Pos, name string)) {
	local := map[string]string{}
	for _, i := range f.AST.Imports {
		p, _ := strconv.Unquote(i.Path.Value)
		if _, listed := banned[p]; !listed {
			continue
		}
		name := path.Base(p)
		if i.Name != nil {
			name = i.Name.Name
		}
		if name == "." {
			found(i.Pos(), "a dot import of "+p)
			continue
		}
		local[name] = p
	}
	ast.Inspect(f.AST, func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if x, ok := sel.X.(*ast.Ident); ok && x.Obj == nil && slices.Contains(banned[local[x.Name]], sel.Sel.Name) {
			found(sel.Pos(), local[x.Name]+"."+sel.Sel.Name)
		}
		return true
	})
}
