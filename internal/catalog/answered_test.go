package catalog

import (
	"encoding/json"
	"testing"

	"bendo/internal/form"
)

// TestEveryTypeIsShown goes through every field of every form of the pack with a
// value of each JSON shape.
func TestEveryTypeIsShown(t *testing.T) {
	pack := first77(t)
	values := []any{"x", json.Number("12"), true, []any{"x", "y"}, map[string]any{"detail": "Ấp 3"}, []any{map[string]any{"name": "x"}}, nil}
	for _, code := range pack.FormCodes() {
		f, ok := pack.Form(code)
		if !ok {
			t.Fatalf("form %s", code)
		}
		f.Fields(func(_ *form.Section, field *form.Field) bool {
			for _, value := range values {
				show(field, field.ID, both(field.Label), value)
			}
			return true
		})
	}
	for _, c := range []struct {
		field form.Field
		value any
		want  string
	}{
		{form.Field{Type: form.TypeDate}, "2026-11-22", "22/11/2026"},
		{form.Field{Type: form.TypeBoolean}, false, "Không"},
		{form.Field{Type: form.TypeMoney}, json.Number("200000"), "200.000 đồng"},
		{form.Field{Type: form.TypeEnum, Options: []form.Option{{Value: "m", Label: form.Text{VI: "Nam"}}}}, "m", "Nam"},
		{form.Field{Type: form.TypeEnum}, "không có trong danh sách", "không có trong danh sách"},
	} {
		if got := valueText(&c.field, c.value); got != c.want {
			t.Errorf("%s: %q, want %q", c.field.Type, got, c.want)
		}
	}
}

func TestAnsweredHidesNothing(t *testing.T) {
	raw := json.RawMessage(`{"child_name":"Lê Thị Thử","no_such_question":[{"a":"x"},"y"],"empty":""}`)
	for name, pack := range map[string]*Pack{"with its pack": first77(t), "without": nil} {
		var seen []string
		for _, s := range pack.Answered("1.001193", raw) {
			for _, f := range s.Fields {
				seen = append(seen, f.Value)
			}
		}
		if len(seen) != 2 || seen[0] != "Lê Thị Thử" || seen[1] != "x; y" {
			t.Errorf("%s: %q", name, seen)
		}
	}
	if got := first77(t).Answered("1.001193", json.RawMessage(`[]`)); got != nil {
		t.Errorf("what is no object has answers: %+v", got)
	}
}
