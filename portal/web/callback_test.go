package web_test

import (
	"encoding/json"
	"strings"
	"testing"

	"bendo/internal/dossier"
	"bendo/internal/feedback"
	"bendo/portal/intake/intaketest"
	"bendo/portal/store"
	"bendo/portal/store/storetest"
	"bendo/syncproto"
)

func callBack(p *dossier.SubmittedPayload) {
	p.Procedure, p.Source, p.Components = feedback.CallProcedure, nil, nil
	p.Answers = []byte(`{"about":"1.001193","text":"Con sinh ở tỉnh khác?","when":"13:00-16:30"}`)
}

type callBackPage struct {
	detail
	CallBack *struct {
		When  struct{ VI string }
		About struct{ Name struct{ VI string } }
		Text  string
		Calls []struct {
			Reached bool
			Text    string
		}
		Enough bool
		Reply  *struct{ Text string }
	} `json:"call_back"`
}

// An officer sees the request in its list, calls twice in vain, then writes the answer; all of it goes
// into the commune's feed, and neither number nor name leaves the officers' page.
func TestCallBackIsAnswered(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		r := newRig(t, o)
		office := r.Enrol(t, commune, "xã Giao Long")
		other := office.File(t, nil, petition(feedback.NoName))
		f := office.File(t, nil, callBack)
		lan, path := r.signedIn(t, "lan"), "/api/dossiers/"+f.ID.String()
		_, list := lan.get("/api/inbox?kind=calls")
		if !strings.Contains(string(list), f.ID.String()) || strings.Contains(string(list), other.ID.String()) || !strings.Contains(string(list), `"all":1`) ||
			strings.Contains(string(list), "Yến") || !strings.Contains(string(list), feedback.CallName.VI) {
			t.Errorf("the list of calls: %s", list)
		}
		if _, list := lan.get("/api/inbox?kind=dossiers"); !strings.Contains(string(list), `"dossiers":[]`) {
			t.Errorf("the list of dossiers: %s", list)
		}
		_, body := lan.get(path)
		var d callBackPage
		intaketest.Check(t, json.Unmarshal(body, &d))
		if c := d.CallBack; c == nil || c.Text != "Con sinh ở tỉnh khác?" || c.When.VI != "Từ 13 giờ đến 16 giờ 30" || c.About.Name.VI != "Thủ tục đăng ký khai sinh" || len(d.Answers) > 0 || d.Applicant.FullName != "Nguyễn Thị Yến" {
			t.Fatalf("page %s", body)
		}
		if _, body := r.signedIn(t, "sep").get(path); strings.Contains(string(body), "Yến") || strings.Contains(string(body), "0912345678") {
			t.Errorf("a leader reads whom to call: %s", body)
		}
		if status, _ := lan.post(path+"/called", map[string]any{"outcome": "reached"}); status != 409 {
			t.Errorf("called before anybody took it in: %d", status)
		}
		if status, body := lan.post(path+"/take-in", map[string]any{}); status != 200 {
			t.Fatalf("%d %s", status, body)
		}
		if status, _ := lan.post(path+"/called", map[string]any{"outcome": "busy"}); status != 422 && status != 400 {
			t.Errorf("an outcome nobody knows: %d", status)
		}
		for n := range 2 {
			d.CallBack = nil
			status, body := lan.post(path+"/called", map[string]any{"outcome": "not_reached", "text": "điều chưa ai nghe"})
			intaketest.Check(t, json.Unmarshal(body, &d))
			if status != 200 || len(d.CallBack.Calls) != n+1 || d.CallBack.Enough != (n == 1) || d.CallBack.Calls[n].Text != "" || d.State.National != 4 {
				t.Fatalf("call %d: %d %s", n+1, status, body)
			}
		}
		d.CallBack = nil
		status, body := lan.post(path+"/reply", map[string]any{"text": "Làm tại xã nơi đang ở."})
		intaketest.Check(t, json.Unmarshal(body, &d))
		if status != 200 || d.CallBack.Reply == nil || d.CallBack.Enough || d.OfficialCode != "" || d.DueAt != 0 || d.State.National != 9 {
			t.Fatalf("%d %s", status, body)
		}
		if status, _ := r.signedIn(t, "minh").post(path+"/called", map[string]any{"outcome": "reached"}); status != 404 {
			t.Errorf("another office calls: %d", status)
		}
		var came []string
		for _, item := range office.Drain(t) {
			if item.Kind == syncproto.FeedEvent {
				e, err := syncproto.DecodeEvent(item.Body)
				intaketest.Check(t, err)
				came = append(came, e.Header.Type)
			}
		}
		if strings.Join(came, " ") != "taken_in called called answered" {
			t.Errorf("the commune hears %v", came)
		}
		_, body = r.browser(t).post2("/api/public/status", f.Payload.Slip, "5678")
		if strings.Contains(string(body), "Làm tại xã") || strings.Contains(string(body), "Con sinh") || strings.Contains(string(body), "0912") || !strings.Contains(string(body), "lần thứ 2 nhưng chưa gặp") {
			t.Errorf("the public page says %s", body)
		}
	})
}

// A call that reached somebody ends it, with what was said.
func TestCallBackIsReached(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		r := newRig(t, o)
		office := r.Enrol(t, commune, "xã Giao Long")
		f := office.File(t, nil, callBack)
		lan, path := r.signedIn(t, "lan"), "/api/dossiers/"+f.ID.String()
		lan.post(path+"/take-in", map[string]any{})
		status, body := lan.post(path+"/called", map[string]any{"outcome": "reached", "text": " Đã chỉ nơi nộp. "})
		var d callBackPage
		intaketest.Check(t, json.Unmarshal(body, &d))
		if status != 200 || d.State.National != 9 || d.CallBack.Calls[0].Text != "Đã chỉ nơi nộp." || !d.CallBack.Calls[0].Reached {
			t.Fatalf("%d %s", status, body)
		}
		p := office.File(t, nil, petition(feedback.NoName))
		lan.post("/api/dossiers/"+p.ID.String()+"/take-in", map[string]any{})
		if status, _ := lan.post("/api/dossiers/"+p.ID.String()+"/called", map[string]any{"outcome": "reached"}); status != 409 {
			t.Errorf("a petition was called: %d", status)
		}
	})
}
