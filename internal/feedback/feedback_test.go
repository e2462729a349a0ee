package feedback

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestCheckRating(t *testing.T) {
	for _, c := range []struct {
		name   string
		score  int
		chosen []string
		ok     bool
	}{
		{"best without a word", 5, nil, true},
		{"worst with two", 1, []string{"time", "attitude"}, true},
		{"a reason of a later program", 3, []string{"parking"}, true},
		{"no score", 0, nil, false},
		{"beyond the best", 6, nil, false},
		{"a reason twice", 2, []string{"time", "time"}, false},
		{"a reason that is text", 2, []string{"Cán bộ A"}, false},
		{"an empty reason", 2, []string{""}, false},
		{"a long reason", 2, []string{strings.Repeat("a", 33)}, false},
		{"a list without end", 2, strings.Split("a b c d e f g h i j k l m", " "), false},
	} {
		if err := CheckRating(c.score, c.chosen); (err == nil) != c.ok {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	if !KnownReasons([]string{"time", "machine"}) || KnownReasons([]string{"parking"}) {
		t.Error("the chips of this program are not told from others")
	}
}

func TestEveryChoiceHasWords(t *testing.T) {
	for score := Lowest; score <= Highest; score++ {
		if w := ScoreName(score); w.VI == "" || w.EN == "" {
			t.Errorf("score %d has no words", score)
		}
	}
	if ScoreName(0) != (Words{}) || ScoreName(6) != (Words{}) {
		t.Error("a score there is not has words")
	}
	for _, c := range append(Reasons(), Topics()...) {
		if !isCode(c.Code) || c.Name.VI == "" || c.Name.EN == "" {
			t.Errorf("%+v", c)
		}
	}
	for _, p := range []Publish{NoName, Named, NotPublic} {
		if w := PublishName(p); w.VI == "" || w.EN == "" {
			t.Errorf("%s has no words", p)
		}
	}
	if TopicName("place").EN == "place" || TopicName("later").VI != "later" {
		t.Error("topics are not named")
	}
}

func TestReadPetition(t *testing.T) {
	long := `{"topic":"place","text":"` + strings.Repeat("đ", MaxText) + `","publish":"no"}`
	for _, c := range []struct {
		name, body string
		with       Enclosed
		ok         bool
	}{
		{"text alone", `{"publish":"no_name","text":"Cầu hỏng","topic":"place"}`, Enclosed{}, true},
		{"a picture alone", `{"topic":"place","text":"","publish":"named"}`, Enclosed{Photos: 1}, true},
		{"as long as may be", long, Enclosed{Photos: 5}, true},
		{"nothing", `{"topic":"place","text":" \n ","publish":"no"}`, Enclosed{}, false},
		{"one character more", strings.Replace(long, "đ", "đđ", 1), Enclosed{}, false},
		{"a spoken note alone", `{"topic":"place","text":"","publish":"no"}`, Enclosed{Notes: 1}, true},
		{"two spoken notes", `{"topic":"place","text":"a","publish":"no"}`, Enclosed{Notes: 2}, false},
		{"six pictures", `{"topic":"place","text":"a","publish":"no"}`, Enclosed{Photos: 6}, false},
		{"no wish", `{"topic":"place","text":"a"}`, Enclosed{}, false},
		{"a wish nobody knows", `{"topic":"place","text":"a","publish":"yes"}`, Enclosed{}, false},
		{"no topic", `{"text":"a","publish":"no"}`, Enclosed{}, false},
		{"a topic that is text", `{"topic":"Đường","text":"a","publish":"no"}`, Enclosed{}, false},
		{"one member more", `{"topic":"place","text":"a","publish":"no","name":"A"}`, Enclosed{}, false},
		{"a number as text", `{"topic":"place","text":1,"publish":"no"}`, Enclosed{}, false},
		{"a list", `[]`, Enclosed{}, false},
		{"no bytes", ``, Enclosed{}, false},
	} {
		if _, err := ReadPetition([]byte(c.body), c.with); (err == nil) != c.ok {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// A wish is never read as more than it says.
func TestWishes(t *testing.T) {
	for _, c := range []struct {
		wish       Publish
		text, name bool
	}{{NoName, true, false}, {Named, true, true}, {NotPublic, false, false}, {"", false, false}, {"later", false, false}} {
		p := Petition{Publish: c.wish}
		if p.Publishable() != c.text || p.Nameable() != c.name {
			t.Errorf("%q: published %v, with its name %v", c.wish, p.Publishable(), p.Nameable())
		}
	}
}

func FuzzReadPetition(f *testing.F) {
	f.Add([]byte(`{"topic":"place","text":"Cầu hỏng","publish":"no_name"}`), 1)
	f.Add([]byte(`{"topic":"other","text":"","publish":"named"}`), 0)
	f.Fuzz(func(t *testing.T, data []byte, photos int) {
		p, err := ReadPetition(data, Enclosed{Photos: photos})
		if err != nil {
			return
		}
		body, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := ReadPetition(body, Enclosed{Photos: photos}); err != nil || again != p {
			t.Fatalf("written again: %+v, %v", again, err)
		}
	})
}
