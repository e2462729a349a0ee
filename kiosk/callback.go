package kiosk

import (
	"context"
	"encoding/json"
	"fmt"
	"hash/maphash"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"bendo/internal/dossier"
	"bendo/internal/feedback"
	"bendo/internal/ledger"
	"bendo/internal/paper"
	"bendo/internal/vietnam"
)

// Gọi 1022. This machine has no telephone: it answers from the catalogue, shows the number, and takes
// a request to be called back (yêu cầu gọi lại). A request is a draft and a filing of a reserved
// procedure as a petition is: sealed, resumed, filed once, carried and tracked like every dossier.

// Hotline is what an office's configuration says of the information line.
type Hotline struct {
	Number string // empty: feedback.Hotline
	// Hours is when somebody answers there, as people say it. Empty: not known, and nothing is said.
	Hours Text
	// Times are the windows in which a resident may ask to be called, "07:30-11:30"; none: the halves
	// of a day. They were checked with feedback.CallTimes.
	Times []string
}

// The fields of a call-back request, in the order of the screens.
const (
	callText  = "text"
	callAbout = "about"
	callWhen  = "when"
)

var callProcedure, callForm = reserved(feedback.CallProcedure, feedback.CallRoute, feedback.CallName)

var (
	problemCallBack = Problem{Code: "call_unfinished", Status: http.StatusUnprocessableEntity,
		Message: say("Yêu cầu gọi lại còn thiếu hoặc có chỗ chưa đúng. Chưa gửi; những gì đã ghi vẫn còn.", "Something in the call-back request is missing or wrong. It was not sent; what you entered is kept."),
		Next:    say("Xem các mục được nêu và bổ sung.", "Look at the listed items and complete them.")}
	problemManyCalls = Problem{Code: "many_calls", Status: http.StatusTooManyRequests,
		Message: say("Máy này vừa nhận nhiều yêu cầu gọi lại nên tạm dừng. Yêu cầu này chưa gửi; những gì đã ghi vẫn còn.", "This machine has just taken many call-back requests and pauses. This one was not sent; what you entered is kept."),
		Next:    say("Xin hỏi cán bộ, hoặc thử lại sau.", "Please ask an officer, or try again later.")}
)

// callChoices are the words and limits of the screens. That a machine can call is never said: none
// can.
func (d *Desk) callChoices(w http.ResponseWriter, _ *http.Request) error {
	times, err := feedback.CallTimes(d.Hotline.Times)
	if err != nil {
		return err
	}
	out := map[string]any{"procedure": feedback.CallProcedure, "number": d.hotline(), "times": times, "max_text": feedback.MaxQuestion}
	if d.Hotline.Hours.VI != "" {
		out["hours"] = d.Hotline.Hours
	}
	return ok(w, out)
}

func (d *Desk) hotline() string {
	if d.Hotline.Number != "" {
		return d.Hotline.Number
	}
	return feedback.Hotline
}

// judgeCallBack lists what is wrong with a request. None of it is left to an officer: without a number
// nobody can call, without a question nobody knows why.
func (d *Desk) judgeCallBack(j judged, today string) judged {
	j.verdict.Visible = []string{callText, callAbout, callWhen}
	wrong := func(field, code string, t Text) {
		j.problems = append(j.problems, problemView{Where: whereAnswers, Field: field, Code: code, Message: t})
	}
	c := d.callOf(j)
	if _, err := vietnam.NormalizeLines(c.Text); err != nil {
		wrong(callText, "bad_text", say("Trong câu hỏi có ký tự máy không đọc được. Xóa chỗ đó rồi viết lại.", "The question holds characters that cannot be read. Remove them and write that part again."))
	}
	switch n := utf8.RuneCountInString(c.Text); {
	case n > feedback.MaxQuestion:
		wrong(callText, "too_long", say(fmt.Sprintf("Dài quá: %d chữ cái, tối đa %d. Chỉ cần vài chữ, cán bộ sẽ hỏi thêm khi gọi.", n, feedback.MaxQuestion),
			fmt.Sprintf("Too long: %d characters, at most %d. A few words will do; the officer asks the rest on the phone.", n, feedback.MaxQuestion)))
	case n == 0 && c.About == "":
		wrong(callText, "required", say("Chưa có câu hỏi. Viết vài chữ, hoặc chọn một thủ tục.", "There is no question yet. Write a few words, or choose a procedure."))
	}
	if !d.isCallTime(c.When) {
		wrong(callWhen, "required", say("Chưa chọn lúc nào gọi được.", "No time to call was chosen."))
	}
	if len(j.draft.Scans) > 0 {
		j.add(wherePapers, "", "no_papers", say("Yêu cầu gọi lại không gửi kèm giấy tờ.", "No papers go with a call-back request."))
	}
	j.problems = append(j.problems, judgeCaller(j.draft.Applicant, today)...)
	return j
}

// judgeCaller asks for a number that can be called; a name is welcome, never needed.
func judgeCaller(p *dossier.Person, today string) []problemView {
	if p == nil {
		p = &dossier.Person{}
	}
	var out []problemView
	for _, problem := range judgePerson(dossier.Person{FullName: p.FullName, Phone: p.Phone}, whereApplicant, today) {
		if problem.Field != "full_name" || problem.Code != "required" {
			out = append(out, problem)
		}
	}
	if p.Phone == "" {
		out = append(out, problemView{Where: whereApplicant, Field: "phone", Code: "required",
			Message: say("Chưa có số điện thoại để gọi lại.", "There is no phone number to call yet.")})
	}
	return out
}

func (d *Desk) isCallTime(code string) bool {
	times, err := feedback.CallTimes(d.Hotline.Times)
	return err == nil && slices.ContainsFunc(times, func(c feedback.Choice) bool { return c.Code == code })
}

// callOf reads the answers of a draft; what is no text, and a procedure its pack does not list, count
// as not said.
func (d *Desk) callOf(j judged) feedback.CallBack {
	word := func(field string) (s string) {
		_ = json.Unmarshal(j.draft.Answers[field].Value, &s) // not a text: not said
		return strings.TrimSpace(s)
	}
	c := feedback.CallBack{About: word(callAbout), Text: word(callText), When: word(callWhen)}
	if _, listed := j.known.pack.Procedure(c.About); !listed {
		c.About = ""
	}
	return c
}

// prepareCallBack is prepare for a call-back request: everything must be right, and what the slip and
// the province get is the number, the name if one was given, and the three answers.
func (d *Desk) prepareCallBack(ctx context.Context, j judged) (ledger.Filing, error) {
	if len(j.problems) > 0 {
		return ledger.Filing{}, problemCallBack.Because(nil)
	}
	c := d.callOf(j)
	text, err := vietnam.NormalizeLines(c.Text)
	if err != nil {
		return ledger.Filing{}, problemCallBack.Because(err) // it was judged
	}
	// A crash in between leaves a draft, judged again with the next try.
	if err := d.sayExactly(ctx, j, map[string]string{callAbout: c.About, callText: strings.TrimSpace(text), callWhen: c.When}); err != nil {
		return ledger.Filing{}, err
	}
	a := j.draft.Applicant
	if plain := (dossier.Person{FullName: a.FullName, Phone: a.Phone, Evidence: a.Evidence}); *a != plain {
		if err := d.book().SaveApplicant(ctx, j.draft.ID, &plain); err != nil {
			return ledger.Filing{}, err
		}
	}
	if j.draft.Submitter != nil || j.draft.Helper != nil || j.draft.Signature != nil || len(j.draft.Components) > 0 {
		return ledger.Filing{}, problemUnfit.Because(fmt.Errorf("a call-back request with papers or other people"))
	}
	if !d.callers.take(time.Now(), a.Phone, j.draft.ID) {
		return ledger.Filing{}, problemManyCalls.Because(nil)
	}
	return ledger.Filing{Route: callProcedure.Route, Handover: dossier.HandoverAtSubmit, Actor: "kiosk"}, nil
}

// callBackView is what a request shows beside what every dossier shows: the calls, the answer, and the
// number to call oneself. Neither the number given nor the question is shown again.
type callBackView struct {
	Calls []callView `json:"calls"`
	Reply *replyView `json:"reply,omitempty"`
	// Missed says that nobody was reached often enough to say so and to point at the written answer.
	Missed bool `json:"missed,omitempty"`
}

type callView struct {
	At      int64  `json:"at"`
	Reached bool   `json:"reached"`
	Text    string `json:"text,omitempty"` // what was said, as the officer noted it
	Office  string `json:"office,omitempty"`
}

func viewCallBack(s dossier.State) *callBackView {
	if !feedback.IsCallBack(s.Procedure) {
		return nil
	}
	v := &callBackView{Calls: []callView{}}
	missed := 0
	for _, c := range s.Calls {
		reached := c.Outcome == feedback.Reached
		if !reached {
			missed++
		}
		v.Calls = append(v.Calls, callView{c.At, reached, c.Text, c.Office})
	}
	v.Missed = missed >= feedback.EnoughCalls && s.Business != dossier.Done
	if s.Reply != nil {
		v.Reply = &replyView{s.Reply.At, s.Reply.Text, s.Reply.Office}
	}
	return v
}

// callSlip changes what a slip says where it is a call-back request's: neither name nor number lies in
// a printer, and no time is promised.
func callSlip(s paper.Slip) paper.Slip {
	s.CallBack, s.AnswerBy, s.Code, s.Applicant, s.Submitter = true, time.Time{}, "", "", ""
	return s
}

// A machine takes this many requests in an hour, and this many for one number: more than a busy office
// needs, and few enough that nobody is rung up all day by somebody's joke.
const (
	maxCalls       = 40
	maxCallsNumber = 3
	callsWindow    = time.Hour
)

// callers counts the requests of the last hour, on the machine's monotonic clock. Numbers are kept as
// digests under a key that dies with the program.
type callers struct {
	mu   sync.Mutex
	seed maphash.Seed
	made []asked // guarded by mu
}

type asked struct {
	at     time.Time
	number uint64
	draft  ledger.DraftID
}

// take counts one more request for a number, or says that there were too many. It counts before the
// request is filed, so that many at once are not all let through; the same draft counts once, however
// often its button is touched and whether or not it could be filed at the first.
func (c *callers) take(now time.Time, phone string, draft ledger.DraftID) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.seed == (maphash.Seed{}) {
		c.seed = maphash.MakeSeed()
	}
	number := maphash.String(c.seed, phone)
	c.made = slices.DeleteFunc(c.made, func(a asked) bool { return now.Sub(a.at) >= callsWindow })
	same := 0
	for _, a := range c.made {
		if a.draft == draft && a.number == number {
			return true
		}
		if a.number == number {
			same++
		}
	}
	if len(c.made) >= maxCalls || same >= maxCallsNumber {
		return false
	}
	c.made = append(c.made, asked{now, number, draft})
	return true
}
