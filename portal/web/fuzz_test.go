package web

import (
	"bytes"
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"
	"unicode/utf8"

	"bendo/internal/bounded"
	"bendo/internal/catalog"
	"bendo/internal/dossier"
	"bendo/portal/store"
)

// FuzzAnswers: whatever a prepared dossier answered is laid out without a panic,
// and nothing of a plain text is hidden.
func FuzzAnswers(f *testing.F) {
	for _, seed := range []string{`{}`, `{"a":1}`, `{"child_name":["x",{"y":[true,null]}]}`, `{"a":{"detail":"Ấp 3","commune_code":"28807","province_code":"86"}}`, `[]`, `{"a":1e999}`, `{"a":`} {
		f.Add("1.001193", []byte(seed))
		f.Add("1.004194", []byte(seed))
	}
	pack, err := catalog.Embedded()
	if err != nil {
		f.Fatal(err)
	}
	s := &server{pack: pack}
	f.Fuzz(func(t *testing.T, procedure string, answers []byte) {
		defer bounded.Input(t)()
		sections := s.answers(&dossier.SubmittedPayload{Procedure: procedure, Answers: answers})
		if _, err := json.Marshal(sections); err != nil {
			t.Fatal(err)
		}
		var plainValues map[string]any
		if json.Unmarshal(answers, &plainValues) != nil {
			return
		}
		for id, value := range plainValues {
			if written, ok := value.(string); ok && written != "" && !known(pack, procedure, id) && !holds(sections, written) {
				t.Errorf("the answer %q is not shown", id)
			}
		}
	})
}

func known(pack *catalog.Pack, procedure, id string) bool {
	f, ok := pack.Form(procedure)
	return ok && f.Field(id) != nil
}

func holds(sections []answerSection, value string) bool {
	for _, section := range sections {
		for _, field := range section.Fields {
			if field.Value == value {
				return true
			}
		}
	}
	return false
}

// FuzzPasswordHash: no text from a row makes the check panic, run for minutes or
// say yes.
func FuzzPasswordHash(f *testing.F) {
	f.Add(nobody)
	f.Add("$argon2id$v=19$m=4294967295,t=1,p=1$AAAA$AAAA")
	f.Add("$argon2id$v=19$m=0,t=0,p=0$$")
	f.Add("$argon2i$v=19$m=16,t=1,p=1$AAAAAAAAAAA$AAAA")
	f.Fuzz(func(t *testing.T, hash string) {
		defer bounded.Input(t)()
		memory, passes, lanes, _, key, err := parseHash(hash)
		if err == nil && (memory > 1<<20 || passes > 16 || lanes == 0 || len(key) != argonKey) {
			t.Errorf("%q was accepted: m=%d t=%d p=%d", hash, memory, passes, lanes)
		}
	})
}

// FuzzBody: every body is either refused or exactly one known object.
func FuzzBody(f *testing.F) {
	for _, seed := range []string{`{}`, `{"revision":1}`, `{"revision":1}{}`, `{"x":1}`, `null`, `{"reasons":[{"code":"missing"}]}`, strings.Repeat("[", 9000)} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		defer bounded.Input(t)()
		r := httptest.NewRequest("POST", "/", bytes.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		var in stepIn
		if err := decode(httptest.NewRecorder(), r, &in); err == nil && len(body) > maxBody {
			t.Error("a body over the limit was taken")
		}
	})
}

// FuzzQuery: the search takes any text.
func FuzzQuery(f *testing.F) {
	f.Add("nguyễn thị yến")
	f.Add("12345-6789")
	f.Add("\xff\x00")
	one := store.CaseLine{Slip: "12345678901234"}
	f.Fuzz(func(t *testing.T, typed string) {
		defer bounded.Input(t)()
		q := newQuery(typed)
		q.matches(one, "nguyen thi yen")
		if !utf8.ValidString(q.folded) {
			t.Error("the query is not UTF-8")
		}
	})
}

func TestPasswords(t *testing.T) {
	hash, err := HashPassword("mật khẩu đủ dài")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		word string
		want bool
	}{{"mật khẩu đủ dài", true}, {"mật khẩu đủ dài", true} /* decomposed */, {"mat khau du dai", false}, {"", false}} {
		if checkPassword(hash, c.word) != c.want {
			t.Errorf("%q", c.word)
		}
	}
	for _, bad := range []string{"ngắn", "", strings.Repeat("x", 600), "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"} {
		if _, err := HashPassword(bad); err == nil {
			t.Errorf("%.20q was taken", bad)
		}
	}
	for _, c := range []struct{ typed, want string }{{" Lan.A ", "lan.a"}, {"lan hoa", ""}, {"", ""}, {"l", ""}, {"../x", ""}} {
		if got, err := UserName(c.typed); got != c.want && (err == nil || c.want != "") {
			t.Errorf("%q: %q %v", c.typed, got, err)
		}
	}
}
