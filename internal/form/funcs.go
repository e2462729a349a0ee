package form

import (
	"errors"
	"math"
	"reflect"
	"strings"
	"time"
	"unicode/utf8"
)

// errEmpty ends the computation of a derived value one of whose inputs is empty.
var errEmpty = errors.New("an input is empty")

type function = func(args ...any) (any, error)

// library is what a translated expression can call; m decides about empty sides.
func library(m mode) map[string]function {
	order := func(holds func(c int) bool) function {
		return func(a ...any) (any, error) {
			c, ok := compare(a[0], a[1])
			switch {
			case ok:
				return holds(c), nil
			case m == modeDerive:
				return nil, errEmpty
			}
			return m == modeRule, nil
		}
	}
	need := func(fn func(v any) any) function {
		return func(a ...any) (any, error) {
			if isEmpty(a[0]) {
				if m == modeDerive {
					return nil, errEmpty
				}
				return nil, nil
			}
			return fn(a[0]), nil
		}
	}
	return map[string]function{
		"_truth":        func(a ...any) (any, error) { b, _ := a[0].(bool); return b, nil },
		"_eq":           func(a ...any) (any, error) { return equal(a[0], a[1]), nil },
		"_ne":           func(a ...any) (any, error) { return !equal(a[0], a[1]), nil },
		"_lt":           order(func(c int) bool { return c < 0 }),
		"_le":           order(func(c int) bool { return c <= 0 }),
		"_gt":           order(func(c int) bool { return c > 0 }),
		"_ge":           order(func(c int) bool { return c >= 0 }),
		"_in":           func(a ...any) (any, error) { return within(a[0], a[1]), nil },
		"_plus":         func(a ...any) (any, error) { return plus(a[0], a[1]), nil },
		"_times":        func(a ...any) (any, error) { return times(a[0], a[1], m) },
		"_age":          func(a ...any) (any, error) { return age(a[0], a[1]), nil },
		"_days_between": func(a ...any) (any, error) { return daysBetween(a[0], a[1]), nil },
		"_empty":        func(a ...any) (any, error) { return isEmpty(a[0]), nil },
		"_filled":       func(a ...any) (any, error) { return !isEmpty(a[0]), nil },
		"_len":          func(a ...any) (any, error) { return length(a[0]), nil },
		"_contains_any": func(a ...any) (any, error) { return containsAny(a[0], a[1]), nil },
		"_count":        func(a ...any) (any, error) { return count(a[0], a[1], a[2]), nil },
		"_sum":          func(a ...any) (any, error) { return sum(a[0], a[1]), nil },

		"_certified_copy_fee": need(func(v any) any { return certifiedCopyFee(v) }),
		"_vietnamese_words": need(func(v any) any {
			s, _ := v.(string)
			return orNil(DateWords(s))
		}),
		"_vietnamese_number_words": need(func(v any) any {
			n, ok := number(v)
			if !ok {
				return nil
			}
			return orNil(NumberWords(int64(n)))
		}),
		"_address_text": func(a ...any) (any, error) {
			place, _ := a[1].(func(string, string) string)
			return need(func(v any) any { return orNil(addressText(v, place)) })(a[0])
		},
		"_option_text": func(a ...any) (any, error) {
			return need(func(v any) any { return optionText(v, a[1]) })(a[0])
		},
		"_date_text": need(func(v any) any { s, _ := v.(string); return orNil(dateText(s)) }),
	}
}

func orNil(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// isEmpty: no value, blank text, an empty list or object, an address or paper
// with nothing in it. false and 0 are values.
func isEmpty(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case string:
		return strings.TrimSpace(v) == ""
	case []any:
		return len(v) == 0
	case map[string]any:
		for k, x := range v {
			// A country alone says nothing about where.
			if k != "country" && !isEmpty(x) {
				return false
			}
		}
		return true
	}
	return false
}

// number reads any JSON or literal number.
func number(v any) (float64, bool) {
	switch v := v.(type) {
	case int:
		return float64(v), true
	case int64:
		return float64(v), true
	case float64:
		return v, true
	}
	return 0, false
}

// scalar turns a paper reference into the name of its paper, so that
// `birth_proof_kind == 'Giấy chứng sinh'` reads as the form says it.
func scalar(v any) any {
	if m, ok := v.(map[string]any); ok {
		if p, ok := m["paper"].(string); ok {
			return p
		}
	}
	return v
}

func equal(a, b any) bool {
	a, b = scalar(a), scalar(b)
	if isEmpty(a) || isEmpty(b) {
		return isEmpty(a) && isEmpty(b)
	}
	if x, ok := number(a); ok {
		y, ok := number(b)
		return ok && x == y
	}
	return reflect.DeepEqual(a, b)
}

// within is `x in list`; a multiple answer is in the list when one of its values is.
func within(x, list any) bool {
	l, _ := list.([]any)
	if xs, ok := x.([]any); ok {
		for _, x := range xs {
			if within(x, list) {
				return true
			}
		}
		return false
	}
	for _, y := range l {
		if !isEmpty(x) && equal(x, y) {
			return true
		}
	}
	return false
}

// compare orders two numbers or two texts (dates are texts in ISO order); ok is
// false when a side is empty or the kinds differ.
func compare(a, b any) (c int, ok bool) {
	if isEmpty(a) || isEmpty(b) {
		return 0, false
	}
	if x, ok := number(a); ok {
		y, ok := number(b)
		switch {
		case !ok:
			return 0, false
		case x < y:
			return -1, true
		case x > y:
			return 1, true
		}
		return 0, true
	}
	x, xok := a.(string)
	y, yok := b.(string)
	if !xok || !yok {
		return 0, false
	}
	return strings.Compare(earliest(x), earliest(y)), true
}

// earliest completes a partial date to its first day.
func earliest(s string) string {
	switch {
	case partialYear.MatchString(s):
		return s + "-01-01"
	case partialMonth.MatchString(s):
		return s + "-01"
	}
	return s
}

func day(v any) (time.Time, bool) {
	s, _ := v.(string)
	t, err := time.Parse(time.DateOnly, earliest(s))
	return t, err == nil
}

func age(birth, at any) any {
	b, ok1 := day(birth)
	a, ok2 := day(at)
	if !ok1 || !ok2 {
		return nil
	}
	years := a.Year() - b.Year()
	if a.Month() < b.Month() || a.Month() == b.Month() && a.Day() < b.Day() {
		years--
	}
	return years
}

func daysBetween(from, to any) any {
	a, ok1 := day(from)
	b, ok2 := day(to)
	if !ok1 || !ok2 {
		return nil
	}
	return int(b.Sub(a).Hours() / 24) // both are UTC midnights: whole days
}

func length(v any) any {
	switch v := v.(type) {
	case string:
		return utf8.RuneCountInString(strings.TrimSpace(v))
	case []any:
		return len(v)
	}
	return 0
}

func plus(a, b any) any {
	if x, ok := number(a); ok {
		if y, ok := number(b); ok {
			return x + y
		}
	}
	x, _ := a.(string)
	y, _ := b.(string)
	return x + y
}

func times(a, b any, m mode) (any, error) {
	x, xok := number(a)
	y, yok := number(b)
	if xok && yok {
		return x * y, nil
	}
	if m == modeDerive {
		return nil, errEmpty
	}
	return nil, nil
}

func containsAny(text, list any) bool {
	s, _ := text.(string)
	s = strings.ToUpper(s)
	l, _ := list.([]any)
	for _, w := range l {
		if w, ok := w.(string); ok && w != "" && strings.Contains(s, strings.ToUpper(w)) {
			return true
		}
	}
	return false
}

func count(rows, field, want any) int {
	n := 0
	l, _ := rows.([]any)
	for _, r := range l {
		row, _ := r.(map[string]any)
		if equal(row[field.(string)], want) {
			n++
		}
	}
	return n
}

func sum(rows, field any) any {
	total := 0.0
	l, _ := rows.([]any)
	for _, r := range l {
		row, _ := r.(map[string]any)
		if x, ok := number(row[field.(string)]); ok {
			total += x
		}
	}
	return total
}

// certifiedCopyFee is the fee of one certified copy of an original of the given
// pages: 2,000 đồng for each of the first two pages, 1,000 from the third, at
// most 200,000 (the amounts the national catalogue states for 2.000815).
func certifiedCopyFee(pages any) any {
	p, ok := number(pages)
	if !ok || p < 0 {
		return nil
	}
	return math.Min(200_000, 2_000*math.Min(p, 2)+1_000*math.Max(p-2, 0))
}

// addressText is the address on one line; place names the codes when it is given.
func addressText(v any, place func(province, commune string) string) string {
	m, _ := v.(map[string]any)
	text := func(k string) string { s, _ := m[k].(string); return strings.TrimSpace(s) }
	var parts []string
	if d := text("detail"); d != "" {
		parts = append(parts, d)
	}
	if place != nil && text("commune_code") != "" {
		if n := place(text("province_code"), text("commune_code")); n != "" {
			return strings.Join(append(parts, n), ", ")
		}
	}
	if raw := text("raw_text"); raw != "" {
		return raw
	}
	return strings.Join(parts, ", ")
}

// optionText is the Vietnamese label of an option; labels are value, label, value, label, …
func optionText(v, labels any) any {
	list, _ := labels.([]any)
	for i := 0; i+1 < len(list); i += 2 {
		if equal(v, list[i]) {
			return list[i+1]
		}
	}
	return nil // an answer outside the list: another problem says so
}

func dateText(s string) string {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return s
	}
	return t.Format("02/01/2006")
}
