package feedback

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// CallProcedure is the reserved code under which a call-back request (yêu cầu gọi lại) is filed.
// It goes the way of a petition; what differs is what it asks, and that an officer notes calls.
const CallProcedure = "GOILAI"

// CallName is what a call-back request is called wherever a procedure's name would stand.
var CallName = Words{"Yêu cầu gọi lại (1022)", "Call-back request (1022)"}

// CallRoute is the system that answers: the people behind 1022, at the province's own inbox.
const CallRoute = "1022"

// Hotline is the number of the province's information line for public services
// (Tổng đài giải đáp thông tin dịch vụ công), where no configuration names another.
const Hotline = "1022"

// MaxQuestion is a question in a few words, in characters: what an officer reads while it rings.
const MaxQuestion = 500

// Times of day a request may name. Any other is a window of the clock, "07:30-11:30", as the
// office's configuration lists them.
const (
	AnyTime   = "any"
	Morning   = "morning"
	Afternoon = "afternoon"
)

// CallBack is what the answers of a call-back request say. Its canonical body is a JSON object
// with exactly these three members, each a text. The phone number and the name, if one was given,
// are the applicant's and lie where every applicant's do.
type CallBack struct {
	About string `json:"about"` // code of the procedure it is about; empty: none was chosen
	Text  string `json:"text"`  // the question; may be empty beside a procedure
	When  string `json:"when"`  // AnyTime, Morning, Afternoon or a window
}

// What became of a call.
const (
	Reached    = "reached"
	NotReached = "not_reached"
)

// EnoughCalls is how often nobody was reached until the machine says so and points at the written
// answer; MaxCalls bounds the notes of one request, each of which is an event on the line.
const (
	EnoughCalls = 2
	MaxCalls    = 10
)

// IsCallBack says that a filing of this procedure is a call-back request.
func IsCallBack(procedure string) bool { return procedure == CallProcedure }

// Reserved says that a filing of this procedure is of this room: no pack lists it, no official
// code and no fee belong to it.
func Reserved(procedure string) bool { return IsPetition(procedure) || IsCallBack(procedure) }

// NameOf is what a filing of this room is called; false for every other procedure.
func NameOf(procedure string) (Words, bool) {
	switch {
	case IsPetition(procedure):
		return Name, true
	case IsCallBack(procedure):
		return CallName, true
	}
	return Words{}, false
}

// CallTimes lists what a resident may choose, for the windows of the office's configuration; without
// any it is the halves of a day, which name no hour that nobody promised.
func CallTimes(windows []string) ([]Choice, error) {
	times := windows
	if len(times) == 0 {
		times = []string{Morning, Afternoon}
	}
	var out []Choice
	for _, code := range times {
		if code == AnyTime || !isTime(code) {
			return nil, fmt.Errorf("reading the times to call: %q is not a time of day like 07:30-11:30", code)
		}
		if slices.ContainsFunc(out, func(c Choice) bool { return c.Code == code }) {
			return nil, fmt.Errorf("reading the times to call: %q stands twice", code)
		}
		out = append(out, Choice{code, TimeName(code)})
	}
	return append(out, Choice{AnyTime, TimeName(AnyTime)}), nil
}

// TimeName says a time of day in words; the code itself for one that is none.
func TimeName(code string) Words {
	switch code {
	case AnyTime:
		return Words{"Lúc nào cũng được", "Any time"}
	case Morning:
		return Words{"Buổi sáng", "In the morning"}
	case Afternoon:
		return Words{"Buổi chiều", "In the afternoon"}
	}
	from, to, ok := window(code)
	if !ok {
		return Words{code, code}
	}
	return Words{"Từ " + clock(from) + " đến " + clock(to), "From " + from + " to " + to}
}

// clock writes "07:30" as it is said: "7 giờ 30".
func clock(hhmm string) string {
	hour, minute := strings.TrimPrefix(hhmm[:2], "0"), hhmm[3:]
	if minute == "00" {
		return hour + " giờ"
	}
	return hour + " giờ " + minute
}

// ReadCallBack reads the answers of a call-back request strictly: exactly the three members, known
// values, the limits.
func ReadCallBack(answers []byte) (CallBack, error) {
	var c CallBack
	dec := json.NewDecoder(bytes.NewReader(answers))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&c); err != nil {
		return CallBack{}, fmt.Errorf("reading a call-back request: %w", err)
	}
	if err := c.check(); err != nil {
		return CallBack{}, fmt.Errorf("reading a call-back request: %w", err)
	}
	return c, nil
}

func (c CallBack) check() error {
	switch {
	case c.About != "" && !isProcedure(c.About):
		return errors.New("what it is about is no code of a procedure")
	case !isTime(c.When):
		return errors.New("its time of day cannot be read")
	case utf8.RuneCountInString(c.Text) > MaxQuestion:
		return fmt.Errorf("more than %d characters", MaxQuestion)
	case strings.TrimSpace(c.Text) == "" && c.About == "":
		return errors.New("neither a question nor a procedure")
	}
	return nil
}

// CheckCalled says what is wrong with the note of a call.
func CheckCalled(outcome string) error {
	if outcome != Reached && outcome != NotReached {
		return fmt.Errorf("the outcome %q of a call is not known", outcome)
	}
	return nil
}

// isTime: one of the words, or a window.
func isTime(s string) bool {
	_, _, ok := window(s)
	return ok || s == AnyTime || s == Morning || s == Afternoon
}

// window reads "07:30-11:30": two times of one day, the first before the second.
func window(s string) (from, to string, ok bool) {
	from, to, ok = strings.Cut(s, "-")
	return from, to, ok && isClock(from) && isClock(to) && from < to
}

func isClock(s string) bool {
	if len(s) != 5 || s[2] != ':' {
		return false
	}
	for _, i := range []int{0, 1, 3, 4} {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s[:2] <= "23" && s[3:] <= "59"
}

// isProcedure: digits, letters, dots and dashes, as catalogues write their codes, at most 32.
func isProcedure(s string) bool {
	if len(s) == 0 || len(s) > 32 {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') && c != '.' && c != '-' {
			return false
		}
	}
	return true
}
