package feedback

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestReadCallBack(t *testing.T) {
	for _, c := range []struct {
		name, body string
		ok         bool
	}{
		{"a question", `{"about":"","text":"Hỏi về hộ tịch","when":"any"}`, true},
		{"a procedure alone", `{"about":"1.001193","text":"","when":"morning"}`, true},
		{"hours of the clock", `{"about":"","text":"a","when":"07:30-11:30"}`, true},
		{"as long as may be", `{"about":"","text":"` + strings.Repeat("đ", MaxQuestion) + `","when":"any"}`, true},
		{"one character more", `{"about":"","text":"` + strings.Repeat("đ", MaxQuestion+1) + `","when":"any"}`, false},
		{"nothing", `{"about":"","text":" \n","when":"any"}`, false},
		{"no time", `{"about":"","text":"a"}`, false},
		{"a time that ends before it begins", `{"about":"","text":"a","when":"11:30-07:30"}`, false},
		{"a time that is none", `{"about":"","text":"a","when":"24:00-25:00"}`, false},
		{"a time in words", `{"about":"","text":"a","when":"Chiều mai"}`, false},
		{"a procedure that is text", `{"about":"khai sinh","text":"a","when":"any"}`, false},
		{"a phone in the answers", `{"about":"","text":"a","when":"any","phone":"0912345678"}`, false},
		{"a list", `[]`, false},
		{"no bytes", ``, false},
	} {
		if _, err := ReadCallBack([]byte(c.body)); (err == nil) != c.ok {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestCallTimes(t *testing.T) {
	usual, err := CallTimes(nil)
	if err != nil || len(usual) != 3 || usual[2].Code != AnyTime {
		t.Fatalf("%+v, %v", usual, err)
	}
	for _, c := range usual {
		if strings.ContainsAny(c.Name.VI+c.Name.EN, "0123456789") {
			t.Errorf("%q names an hour nobody set", c.Name.VI)
		}
	}
	own, err := CallTimes([]string{"07:30-11:00", "13:00-16:30"})
	if err != nil || len(own) != 3 || own[0].Name != (Words{"Từ 7 giờ 30 đến 11 giờ", "From 07:30 to 11:00"}) {
		t.Fatalf("%+v, %v", own, err)
	}
	for _, bad := range [][]string{{"sáng"}, {"7:30-11:30"}, {"07:30"}, {AnyTime}, {Morning, Morning}, {"07:30-07:30"}} {
		if _, err := CallTimes(bad); err == nil {
			t.Errorf("%v was taken", bad)
		}
	}
	for _, c := range append(usual, own...) {
		if !isTime(c.Code) || TimeName(c.Code) != c.Name {
			t.Errorf("%+v", c)
		}
	}
}

func TestReserved(t *testing.T) {
	for code, want := range map[string]string{Procedure: Name.VI, CallProcedure: CallName.VI, "1.001193": ""} {
		if name, is := NameOf(code); is != (want != "") || is != Reserved(code) || name.VI != want {
			t.Errorf("%s: %q, %v", code, name.VI, is)
		}
	}
	if CheckCalled(Reached) != nil || CheckCalled(NotReached) != nil || CheckCalled("") == nil {
		t.Error("outcomes of a call")
	}
}

func FuzzReadCallBack(f *testing.F) {
	f.Add([]byte(`{"about":"1.001193","text":"Mấy ngày?","when":"07:30-11:30"}`))
	f.Add([]byte(`{"about":"","text":"a","when":"any"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := ReadCallBack(data)
		if err != nil {
			return
		}
		body, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := ReadCallBack(body); err != nil || again != c {
			t.Fatalf("written again: %+v, %v", again, err)
		}
	})
}
