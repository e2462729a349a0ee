package form

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/conf"
	"github.com/expr-lang/expr/parser"
	"github.com/expr-lang/expr/vm"
)

// The language of conditions, rules and derived values:
//
//	== != < <= > >= in "not in" and or not ( ) + * a ? b : c
//	'text' 12 true false [ … ]
//	today() age(date, at) days_between(a, b) empty(x) filled(x) len(x)
//	contains_any(text, list) count(repeat.field == x) sum(repeat.field)
//	certified_copy_fee(pages) vietnamese_words(date) vietnamese_number_words(n)
//	address_text(a) date_text(d) option_text(field): the chosen option in Vietnamese
//	names: field ids of the same form; item.<id> inside a row; value in a rule; online
//
// A hidden or empty field compares as empty: it equals nothing but another empty
// value. An order comparison with an empty side is false in a condition, has
// nothing to object to in a rule, and leaves a derived value empty. A partial
// date compares by its earliest day.
//
// The source is parsed by expr-lang/expr, checked node by node against this
// list, and rewritten into calls of the functions in funcs.go, so that nothing
// of the library's own operators, built-ins or loops is reachable from a pack.

// mode says what an order comparison with an empty side gives.
type mode int

const (
	modeCondition mode = iota // false
	modeRule                  // true
	modeDerive                // no value at all
)

// program is one compiled expression. names are the top-level fields it reads.
type program struct {
	vm        *vm.Program
	names     []string
	usesValue bool
}

// scope is what an expression may name.
type scope struct {
	form  *Form
	row   *Field // the repeat whose row `item` is, or nil
	value bool   // whether `value` exists
}

// reserved words can be no field's id.
var reserved = map[string]bool{
	"and": true, "or": true, "not": true, "in": true, "true": true, "false": true, "nil": true, "let": true,
	"if": true, "else": true, "places": true, "item": true, "value": true, "online": true, "matches": true, "contains": true,
}

// functions of the language with their number of arguments.
var functions = map[string]int{
	"today": 0, "age": 2, "days_between": 2, "empty": 1, "filled": 1, "len": 1, "contains_any": 2, "count": 1, "sum": 1,
	"certified_copy_fee": 1, "vietnamese_words": 1, "vietnamese_number_words": 1, "address_text": 1, "date_text": 1, "option_text": 1,
}

func compileExpr(src string, sc scope, m mode) (*program, error) {
	if src == "" || len(src) > MaxExprBytes {
		return nil, fmt.Errorf("the expression has %d bytes, 1 to %d allowed", len(src), MaxExprBytes)
	}
	c := conf.CreateNew()
	expr.DisableAllBuiltins()(c)
	expr.MaxNodes(300)(c)
	for _, name := range []string{"count", "sum"} { // plain calls here, loops of the library otherwise
		expr.Function(name, func(...any) (any, error) { return nil, errOutside })(c)
	}
	tree, err := parser.ParseWithConfig(src, c)
	if err != nil {
		return nil, fmt.Errorf("%q: %w", src, err)
	}
	tr := translator{scope: sc}
	out, err := tr.node(tree.Node)
	if err != nil {
		return nil, fmt.Errorf("%q: %w", src, err)
	}
	if m != modeDerive {
		out = "_truth(" + out + ")"
	}
	opts := []expr.Option{expr.AllowUndefinedVariables(), expr.DisableAllBuiltins(), expr.Optimize(false), expr.MaxNodes(3000)}
	for name, fn := range library(m) {
		opts = append(opts, expr.Function(name, fn))
	}
	prog, err := expr.Compile(out, opts...)
	if err != nil {
		return nil, fmt.Errorf("%q: %w", src, err)
	}
	return &program{vm: prog, names: tr.names, usesValue: tr.usesValue}, nil
}

// translator writes the checked expression anew.
type translator struct {
	scope
	names     []string
	usesValue bool
}

var errOutside = errors.New("uses something outside the language of forms")

func (t *translator) node(n ast.Node) (string, error) {
	switch n := n.(type) {
	case *ast.StringNode:
		return strconv.Quote(n.Value), nil
	case *ast.IntegerNode:
		return strconv.Itoa(n.Value), nil
	case *ast.FloatNode:
		return strconv.FormatFloat(n.Value, 'f', -1, 64), nil
	case *ast.BoolNode:
		return strconv.FormatBool(n.Value), nil
	case *ast.ArrayNode:
		parts, err := t.nodes(n.Nodes)
		return "[" + strings.Join(parts, ", ") + "]", err
	case *ast.IdentifierNode:
		return t.name(n.Value)
	case *ast.MemberNode:
		return t.member(n)
	case *ast.UnaryNode:
		return t.unary(n)
	case *ast.BinaryNode:
		return t.binary(n)
	case *ast.ConditionalNode:
		return t.conditional(n)
	case *ast.CallNode:
		return t.call(n)
	}
	return "", errOutside
}

func (t *translator) nodes(ns []ast.Node) ([]string, error) {
	parts := make([]string, len(ns))
	for i, n := range ns {
		s, err := t.node(n)
		if err != nil {
			return nil, err
		}
		parts[i] = s
	}
	return parts, nil
}

func (t *translator) name(name string) (string, error) {
	switch {
	case name == "online":
		return "online", nil
	case name == "value" && t.value:
		t.usesValue = true
		return "value", nil
	case t.form.byID[name] != nil:
		if !slices.Contains(t.names, name) {
			t.names = append(t.names, name)
		}
		return "f." + name, nil
	}
	return "", fmt.Errorf("%q is no field of this form", name)
}

// member allows item.<field of the row>.
func (t *translator) member(n *ast.MemberNode) (string, error) {
	obj, isName := n.Node.(*ast.IdentifierNode)
	prop, isText := n.Property.(*ast.StringNode)
	if !isName || !isText || obj.Value != "item" || t.row == nil || n.Optional {
		return "", errOutside
	}
	if !hasItem(t.row, prop.Value) {
		return "", fmt.Errorf("%q is no field of the row", prop.Value)
	}
	return `item[` + strconv.Quote(prop.Value) + `]`, nil
}

func hasItem(fd *Field, id string) bool {
	return slices.ContainsFunc(fd.Items, func(it *Field) bool { return it != nil && it.ID == id })
}

func (t *translator) unary(n *ast.UnaryNode) (string, error) {
	in, err := t.node(n.Node)
	if err != nil {
		return "", err
	}
	switch n.Operator {
	case "not":
		return "(not _truth(" + in + "))", nil
	case "-":
		return "_times(-1, " + in + ")", nil
	}
	return "", errOutside
}

// operators of the language and the function that stands for each.
var operators = map[string]string{
	"==": "_eq", "!=": "_ne", "<": "_lt", "<=": "_le", ">": "_gt", ">=": "_ge", "in": "_in", "+": "_plus", "*": "_times",
}

func (t *translator) binary(n *ast.BinaryNode) (string, error) {
	parts, err := t.nodes([]ast.Node{n.Left, n.Right})
	if err != nil {
		return "", err
	}
	if n.Operator == "and" || n.Operator == "or" {
		return fmt.Sprintf("(_truth(%s) %s _truth(%s))", parts[0], n.Operator, parts[1]), nil
	}
	fn, ok := operators[n.Operator]
	if !ok {
		return "", fmt.Errorf("operator %q is outside the language of forms", n.Operator)
	}
	return fmt.Sprintf("%s(%s, %s)", fn, parts[0], parts[1]), nil
}

func (t *translator) conditional(n *ast.ConditionalNode) (string, error) {
	if !n.Ternary {
		return "", errOutside
	}
	parts, err := t.nodes([]ast.Node{n.Cond, n.Exp1, n.Exp2})
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("(_truth(%s) ? %s : %s)", parts[0], parts[1], parts[2]), nil
}

func (t *translator) call(n *ast.CallNode) (string, error) {
	callee, ok := n.Callee.(*ast.IdentifierNode)
	if !ok {
		return "", errOutside
	}
	arity, ok := functions[callee.Value]
	if !ok {
		return "", fmt.Errorf("function %q is unknown", callee.Value)
	}
	if len(n.Arguments) != arity {
		return "", fmt.Errorf("%s takes %d arguments", callee.Value, arity)
	}
	switch callee.Value {
	case "today":
		return "today", nil
	case "sum":
		list, field, err := t.column(n.Arguments[0])
		return fmt.Sprintf("_sum(%s, %s)", list, field), err
	case "count":
		eq, ok := n.Arguments[0].(*ast.BinaryNode)
		if !ok || eq.Operator != "==" {
			return "", errors.New("count takes repeat.field == value")
		}
		list, field, err := t.column(eq.Left)
		if err != nil {
			return "", err
		}
		want, err := t.node(eq.Right)
		return fmt.Sprintf("_count(%s, %s, %s)", list, field, want), err
	case "option_text":
		return t.optionText(n.Arguments[0])
	}
	args, err := t.nodes(n.Arguments)
	if callee.Value == "address_text" {
		args = append(args, "places")
	}
	return "_" + callee.Value + "(" + strings.Join(args, ", ") + ")", err
}

// optionText writes the field's list into the program: value, label, value, label. A field with a
// shared list must stand before the one that quotes it, because lists are resolved in the order
// of the form.
func (t *translator) optionText(n ast.Node) (string, error) {
	id, isName := n.(*ast.IdentifierNode)
	if !isName {
		return "", errors.New("option_text takes a field")
	}
	fd := t.form.byID[id.Value]
	if fd == nil || fd.Type != TypeEnum || fd.Multiple || len(fd.Options) == 0 || len(fd.Options) > MaxOptions {
		return "", fmt.Errorf("%q is no list with one choice before this field", id.Value)
	}
	var labels []string
	for _, o := range fd.Options {
		labels = append(labels, strconv.Quote(o.Value), strconv.Quote(o.Label.VI))
	}
	name, err := t.name(id.Value)
	return fmt.Sprintf("_option_text(%s, [%s])", name, strings.Join(labels, ", ")), err
}

// column reads repeat.field as the rows and the quoted name of the field.
func (t *translator) column(n ast.Node) (list, field string, err error) {
	m, ok := n.(*ast.MemberNode)
	if !ok || m.Optional {
		return "", "", errOutside
	}
	obj, isName := m.Node.(*ast.IdentifierNode)
	prop, isText := m.Property.(*ast.StringNode)
	if !isName || !isText {
		return "", "", errOutside
	}
	rep := t.form.byID[obj.Value]
	if rep == nil || rep.Type != TypeRepeat || !hasItem(rep, prop.Value) {
		return "", "", fmt.Errorf("%s.%s is no column of a repeat", obj.Value, prop.Value)
	}
	list, err = t.name(obj.Value)
	return list, strconv.Quote(prop.Value), err
}

// run evaluates the program. errEmpty means: no value, because an input is empty.
func (pr *program) run(fields, item map[string]any, value any, ctx Context) (any, error) {
	env := map[string]any{"f": fields, "item": item, "value": value, "today": ctx.Today, "online": ctx.Online, "places": ctx.PlaceName}
	return expr.Run(pr.vm, env)
}
