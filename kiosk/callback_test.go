package kiosk

import (
	"bytes"
	"context"
	"encoding/json"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bendo/internal/dossier"
	"bendo/internal/feedback"
	"bendo/internal/ledger"
)

// asksBack begins a call-back request with these answers and this person.
func (d *desk) asksBack(fields, person map[string]any) string {
	d.t.Helper()
	var draft draftView
	d.want(200, "POST", "/api/drafts", map[string]string{"procedure": feedback.CallProcedure, "language": "vi"}, &draft)
	for field, value := range fields {
		d.want(200, "PUT", "/api/drafts/"+draft.ID+"/fields/"+field, map[string]any{"value": value}, nil)
	}
	if person != nil {
		d.want(200, "PUT", "/api/drafts/"+draft.ID+"/applicant", person, nil)
	}
	return draft.ID
}

var (
	farField = map[string]any{"text": "  Con sinh ở tỉnh khác thì làm ở đâu?\n", "about": "1.001193", "when": feedback.Morning}
	caller   = map[string]any{"phone": "+84 912 345 678"}
)

func TestCallBackFromTileToSlipAndLookUp(t *testing.T) {
	d := openDesk(t)
	d.visit()
	id := d.asksBack(farField, map[string]any{"phone": "+84 912 345 678", "full_name": "nguyễn thị én", "citizen_id": "087204000123", "address": "Ấp 3"})
	r, tracked := d.sentAndTracked(id)
	if tracked.CallBack == nil || tracked.Petition != nil || len(tracked.CallBack.Calls) != 0 || tracked.Procedure.Name.VI != feedback.CallName.VI ||
		tracked.Steps[0].Text.VI != "Yêu cầu gọi lại đã được gửi và lưu tại xã" || tracked.State.Text.VI != "Đã gửi, đang chờ tiếp nhận" {
		t.Fatalf("%+v", tracked)
	}
	filing := d.filing(r.Slip)
	if string(filing.Answers) != `{"about":"1.001193","text":"Con sinh ở tỉnh khác thì làm ở đâu?","when":"morning"}` ||
		filing.Applicant != (dossier.Person{FullName: filing.Applicant.FullName, Phone: "0912345678", Evidence: "typed"}) || filing.Handover != dossier.HandoverAtSubmit || filing.Consent == nil {
		t.Fatalf("filed %s for %+v", filing.Answers, filing.Applicant)
	}
	s, err := d.slipOf(context.Background(), d.found(r.Slip))
	if err != nil || !s.CallBack || s.Applicant != "" || s.Code != "" || !s.AnswerBy.IsZero() || strings.Contains(s.Second, "0912") {
		t.Fatalf("the slip says %+v, %v", s, err)
	}
}

// Everything wrong is listed at once, nothing is filed, and the draft is kept.
func TestCallBacksThatAreNotSent(t *testing.T) {
	d := openDesk(t)
	only := func(change map[string]any) map[string]any {
		all := map[string]any{"text": "Hỏi", "about": "", "when": feedback.AnyTime}
		for k, v := range change {
			all[k] = v
		}
		return all
	}
	for name, c := range map[string]struct {
		fields, person map[string]any
		want           string
	}{
		"nothing at all":          {nil, nil, "answers/text/required answers/when/required applicant/phone/required"},
		"blank question":          {only(map[string]any{"text": " \n"}), caller, "answers/text/required"},
		"a procedure nobody has":  {only(map[string]any{"text": "", "about": "9.999999"}), caller, "answers/text/required"},
		"too long":                {only(map[string]any{"text": strings.Repeat("a", feedback.MaxQuestion+1)}), caller, "answers/text/too_long"},
		"a control character":     {only(map[string]any{"text": "a\x07b"}), caller, "answers/text/bad_text"},
		"a time nobody offers":    {only(map[string]any{"when": "07:30-11:30"}), caller, "answers/when/required"},
		"a phone that is none":    {only(nil), map[string]any{"phone": "12"}, "applicant/phone/phone_length"},
		"a foreign phone":         {only(nil), map[string]any{"phone": "+855 12 345 678"}, "applicant/phone/phone_foreign"},
		"a name that is a number": {only(nil), map[string]any{"phone": "0912345678", "full_name": "A1"}, "applicant/full_name/"},
	} {
		d.visit()
		d.kept(name, d.asksBack(c.fields, c.person), c.want, "call_unfinished")
	}
	if totals, err := d.book.Totals(context.Background()); err != nil || totals.Dossiers != 0 {
		t.Fatalf("%+v, %v", totals, err)
	}
}

// A request survives a restart field by field, and is found again with the draft slip.
func TestCallBackDraftSurvivesARestart(t *testing.T) {
	d := openDesk(t)
	d.visit()
	id := d.asksBack(farField, caller)
	var before, after draftView
	d.want(200, "GET", "/api/drafts/"+id, nil, &before)
	d.reopen()
	d.visit()
	d.want(200, "POST", "/api/drafts/resume", map[string]string{"slip": before.Slip, "second": "5678"}, &after)
	a, _ := json.Marshal(after)
	b, _ := json.Marshal(before)
	if !bytes.Equal(a, b) {
		t.Fatalf("before %s\nafter  %s", b, a)
	}
	d.want(200, "POST", "/api/drafts/"+id+"/submit", agreed, nil)
}

// What the screen is told: the number, hours only where they are known, times as configured.
func TestCallChoices(t *testing.T) {
	d := openDesk(t)
	type choices struct {
		Number string
		Hours  *Text
		Times  []feedback.Choice
	}
	var got, own choices
	d.want(200, "GET", "/api/calls", nil, &got)
	if got.Number != "1022" || got.Hours != nil || len(got.Times) != 3 {
		t.Fatalf("%+v", got)
	}
	d.Hotline = Hotline{Number: "0270 1022", Hours: say("7 giờ đến 17 giờ", "7 to 17"), Times: []string{"07:30-11:30"}}
	d.want(200, "GET", "/api/calls", nil, &own)
	if own.Number != "0270 1022" || own.Hours == nil || own.Hours.VI != "7 giờ đến 17 giờ" || len(own.Times) != 2 {
		t.Fatalf("%+v", own)
	}
	d.visit()
	id := d.asksBack(map[string]any{"text": "Hỏi", "when": "07:30-11:30"}, caller)
	d.want(200, "POST", "/api/drafts/"+id+"/submit", agreed, nil)
}

// One number is asked to be rung a few times an hour at most, and a machine stops somewhere; nothing
// typed is lost by it.
func TestCallBacksAreBounded(t *testing.T) {
	d := openDesk(t)
	d.visit()
	one := map[string]any{"text": "Hỏi", "when": feedback.AnyTime}
	for range maxCallsNumber {
		d.want(200, "POST", "/api/drafts/"+d.asksBack(one, caller)+"/submit", agreed, nil)
	}
	id := d.asksBack(one, map[string]any{"phone": "0912345678"}) // the same number written otherwise
	if status, body := d.call("POST", "/api/drafts/"+id+"/submit", agreed); status != 429 || !strings.Contains(string(body), "many_calls") {
		t.Fatalf("%d %s", status, body)
	}
	d.want(200, "GET", "/api/drafts/"+id, nil, nil)
	d.want(200, "POST", "/api/drafts/"+d.asksBack(one, map[string]any{"phone": "0987654321"})+"/submit", agreed, nil)

	var c callers
	now := time.Now()
	for i := range maxCalls {
		if !c.take(now, strings.Repeat("1", i+1), ledger.DraftID{byte(i)}) {
			t.Fatalf("refused after %d", i)
		}
	}
	if c.take(now.Add(callsWindow-1), "x", ledger.DraftID{99}) || !c.take(now.Add(callsWindow), "x", ledger.DraftID{99}) {
		t.Error("the hour is not an hour")
	}
	var again callers
	for n, want := range []bool{true, true, true, true, true, false, true} { // a double tap, and a try after a fault, take one place
		if draft := []byte{1, 1, 1, 2, 3, 4, 2}[n]; again.take(now, "y", ledger.DraftID{draft}) != want {
			t.Errorf("try %d: not %v", n, want)
		}
	}
}

// Calls and the answer reach the screen; twice in vain is said.
func TestCallsAreShown(t *testing.T) {
	d := openDesk(t)
	missed := dossier.Call{At: 4, Outcome: feedback.NotReached, Office: "1022"}
	s := dossier.State{Procedure: feedback.CallProcedure, Business: dossier.InProcess, Calls: []dossier.Call{missed}}
	if v := d.viewTrack(ledger.Found{State: s}).CallBack; v == nil || v.Missed || len(v.Calls) != 1 || v.Calls[0].Reached {
		t.Fatalf("%+v", v)
	}
	s.Calls = append(s.Calls, missed)
	if v := d.viewTrack(ledger.Found{State: s}).CallBack; !v.Missed {
		t.Fatalf("%+v", v)
	}
	s.Business, s.Reply = dossier.Done, &dossier.Reply{At: 5, Text: "Làm tại xã nơi ở.", Office: "1022"}
	if v := d.viewTrack(ledger.Found{State: s}).CallBack; v.Missed || v.Reply == nil || v.Reply.Text != "Làm tại xã nơi ở." {
		t.Fatalf("%+v", v)
	}
}

// The number, the name and the question are in no log and not on the disk in the clear.
func TestCallBackLeavesNothingInTheClear(t *testing.T) {
	var log bytes.Buffer
	d := openDesk(t)
	d.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	d.visit()
	id := d.asksBack(map[string]any{"text": "CHIMYENCANH", "when": feedback.AnyTime}, map[string]any{"phone": "0977123987", "full_name": "Trần Canary"})
	d.want(200, "POST", "/api/drafts/"+id+"/submit", agreed, nil)
	bad := d.asksBack(map[string]any{"text": "CHIMYENCANH", "when": "?"}, map[string]any{"phone": "0977123987"})
	d.call("POST", "/api/drafts/"+bad+"/submit", agreed)
	d.want(204, "DELETE", "/api/visits/current", nil, nil)
	for _, canary := range []string{"CHIMYENCANH", "0977123987", "Canary"} {
		if strings.Contains(log.String(), canary) {
			t.Errorf("%s is in the log", canary)
		}
	}
	err := filepath.WalkDir(filepath.Dir(d.dir), func(path string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		b, err := os.ReadFile(path)
		for _, canary := range []string{"CHIMYENCANH", "0977123987", "Canary"} {
			if bytes.Contains(b, []byte(canary)) {
				t.Errorf("%s holds %q in the clear", filepath.Base(path), canary)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
