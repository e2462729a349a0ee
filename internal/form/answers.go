package form

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"unicode/utf8"
)

// The states of a paper (thành phần hồ sơ) in an answer, as in a dossier's
// components.
const (
	PaperProvided      = "provided"
	PaperReplaced      = "replaced_by_data"
	PaperLookedUp      = "to_be_looked_up"
	PaperNotApplicable = "not_applicable"
	PaperMissing       = "missing"
)

var paperStates = []any{PaperProvided, PaperReplaced, PaperLookedUp, PaperNotApplicable, PaperMissing}

var errTooBig = errors.New("answers are too large")

// normal copies answers into the shapes of encoding/json (float64, []any,
// map[string]any) within the limits, so that judging cannot alias the caller's
// maps and never meets a foreign type.
func normal(answers map[string]any) (map[string]any, error) {
	n := 0
	v, err := normalise(answers, 0, &n)
	if err != nil {
		return nil, err
	}
	m, _ := v.(map[string]any)
	return m, nil
}

func normalise(v any, depth int, n *int) (any, error) {
	if *n++; *n > MaxAnswerNodes || depth > MaxAnswerDepth {
		return nil, errTooBig
	}
	switch v := v.(type) {
	case nil, bool:
		return v, nil
	case string:
		return normalText(v)
	case float64:
		return finite(v)
	case int:
		return finite(float64(v))
	case int64:
		return finite(float64(v))
	case json.Number:
		x, err := v.Float64()
		if err != nil {
			return nil, fmt.Errorf("number %.20s: %w", string(v), errTooBig)
		}
		return finite(x)
	case []any:
		out := make([]any, 0, min(len(v), MaxAnswerNodes))
		for _, x := range v {
			y, err := normalise(x, depth+1, n)
			if err != nil {
				return nil, err
			}
			out = append(out, y)
		}
		return out, nil
	case []string:
		return normalise(slices.Collect(anys(v)), depth, n)
	case []map[string]any:
		return normalise(slices.Collect(anys(v)), depth, n)
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, x := range v {
			if len(k) > 200 || !utf8.ValidString(k) {
				return nil, errTooBig
			}
			y, err := normalise(x, depth+1, n)
			if err != nil {
				return nil, err
			}
			out[k] = y
		}
		return out, nil
	}
	return nil, fmt.Errorf("an answer of Go type %T: %w", v, errTooBig)
}

func anys[T any](list []T) func(func(any) bool) {
	return func(yield func(any) bool) {
		for _, x := range list {
			if !yield(x) {
				return
			}
		}
	}
}

func normalText(s string) (any, error) {
	if len(s) > MaxTextBytes {
		return nil, errTooBig
	}
	return s, nil
}

func finite(x float64) (any, error) {
	if math.IsNaN(x) || math.IsInf(x, 0) || math.Abs(x) > 1e18 {
		return nil, errTooBig
	}
	return x, nil
}
