package kiosk

import (
	"context"
	"encoding/json"
	"image"
	"net/http"
	"strings"
	"testing"
	"time"

	"bendo/internal/vietnam"
	"bendo/kiosk/door"
)

const aCard = "083090999001|320999001|NGUYỄN VĂN MẪU|14031990|Nam|Ấp Giả Định 1, Xã Giao Long, Vĩnh Long|01072025"

// asks begins a question of the screen with this visit and gives where its answer arrives.
func (d *desk) asks(ctx context.Context, token string) <-chan string {
	d.t.Helper()
	d.scans.mu.Lock()
	before := d.scans.waiting
	d.scans.mu.Unlock()
	out := make(chan string, 1)
	go func() {
		r, err := http.NewRequestWithContext(ctx, "POST", "/api/scanner/next", strings.NewReader("{}"))
		if err != nil {
			out <- err.Error()
			return
		}
		r.Header.Set("X-Visit", token)
		r.Header.Set(door.ScreenHeader, door.ScreenWindow)
		w := &recorder{header: http.Header{}}
		d.h.ServeHTTP(w, r)
		out <- w.body.String()
	}()
	for { // until the question stands
		d.scans.mu.Lock()
		now := d.scans.waiting
		d.scans.mu.Unlock()
		if now != nil && now != before {
			return out
		}
		time.Sleep(time.Millisecond)
	}
}

type recorder struct {
	header http.Header
	status int
	body   strings.Builder
}

func (r *recorder) Header() http.Header         { return r.header }
func (r *recorder) WriteHeader(status int)      { r.status = status }
func (r *recorder) Write(p []byte) (int, error) { return r.body.Write(p) }

func (d *desk) fresh() string {
	var v struct{ Token string }
	d.want(200, "POST", "/api/visits", struct{}{}, &v)
	return v.Token
}

func textIn(t *testing.T, answer string) string {
	t.Helper()
	var v struct{ Text string }
	if err := json.Unmarshal([]byte(answer), &v); err != nil {
		t.Fatalf("%q: %v", answer, err)
	}
	return v.Text
}

// What a scanner reads is personal: it goes to the screen that asked last, and to nobody else.
func TestAScanGoesToTheScreenThatAsked(t *testing.T) {
	d := openDesk(t)
	d.Scanned("thẻ của người trước") // nobody asked: forgotten
	first := d.fresh()
	answer := d.asks(t.Context(), first)
	d.Scanned(aCard)
	if got := textIn(t, <-answer); got != aCard {
		t.Errorf("got %q", got)
	}
	d.Scanned("nobody asked again yet")

	// The next screen takes the scanner over, and the first one is told.
	answer = d.asks(t.Context(), first)
	d.token = ""
	second := d.fresh()
	other := d.asks(t.Context(), second)
	if got := <-answer; !strings.Contains(got, `"taken":true`) {
		t.Errorf("the first screen was told %q", got)
	}
	d.Scanned(aCard)
	if got := textIn(t, <-other); got != aCard {
		t.Errorf("got %q", got)
	}
}

func TestAVisitThatEndedGetsNoScan(t *testing.T) {
	d := openDesk(t)
	token := d.fresh()
	answer := d.asks(t.Context(), token)
	d.token = token
	d.want(204, "DELETE", "/api/visits/current", nil, nil)
	d.Scanned(aCard)
	if got := <-answer; strings.Contains(got, "083090999001") || !strings.Contains(got, "no_visit") {
		t.Errorf("got %q", got)
	}
	// A screen that has gone away takes nothing with it.
	ctx, cancel := context.WithCancel(t.Context())
	gone := d.asks(ctx, d.fresh())
	cancel()
	<-gone
	if d.scans.hand(aCard) {
		t.Error("a screen that has gone still waits")
	}
	d.token = ""
	d.refused(401, "no_visit", "POST", "/api/scanner/next", struct{}{})
}

// A visit of an office's browser neither gets a resident's card nor takes the scanner from the window.
func TestOnlyTheWindowHearsTheScanner(t *testing.T) {
	d := openDesk(t)
	d.HandScanner = true
	answer := d.asks(t.Context(), d.fresh())
	d.token = ""
	d.visit()
	d.refused(403, "scanner_elsewhere", "POST", "/api/scanner/next", struct{}{})
	d.Scanned(aCard)
	if got := textIn(t, <-answer); got != aCard {
		t.Errorf("the window got %q", got)
	}
	for screen, want := range map[string]bool{door.ScreenWindow: true, "": false} {
		var status struct{ Scanner bool }
		d.want(200, "GET", "/api/status", nil, &status, door.ScreenHeader, screen)
		if status.Scanner != want {
			t.Errorf("screen %q is told scanner %v", screen, status.Scanner)
		}
	}
}

// One scanner serves both desks: the one book's visit and the practising one are at the same window.
func TestAPractisingVisitGetsTheScan(t *testing.T) {
	d := openDesk(t)
	office := d.asks(t.Context(), d.fresh())
	_, d.h = practising(t, d)
	d.token = ""
	answer := d.asks(t.Context(), d.fresh())
	if got := <-office; !strings.Contains(got, `"taken":true`) {
		t.Errorf("the visit before was told %q", got)
	}
	d.Scanned(aCard)
	if got := textIn(t, <-answer); got != aCard {
		t.Errorf("got %q", got)
	}
	if d.scans.hand(aCard) {
		t.Error("somebody still waits")
	}
}

func TestACardBeforeTheCamera(t *testing.T) {
	d := openDesk(t)
	d.visit()
	picture := photo(t, 1)
	digest := []string{"Content-Digest", contentDigestOf(picture)}
	d.refused(404, "no_reader", "PUT", "/api/card/picture", picture, digest...)
	var seen []string
	d.ReadCodes = func(context.Context, *image.Gray) ([]string, error) { return seen, nil }
	for _, c := range []struct {
		codes []string
		found bool
		code  string
	}{
		{nil, false, ""},
		{[]string{aCard}, true, ""},
		{[]string{"https://example.com/", aCard}, true, ""}, // another paper lies beside the card
		{[]string{"00020101021238570010A000000727"}, false, vietnam.ErrCardIsPayment.Code},
		{[]string{aCard[:24]}, false, vietnam.ErrCardTruncated.Code},
	} {
		seen = c.codes
		if c.code != "" {
			d.refused(422, c.code, "PUT", "/api/card/picture", picture, digest...)
			continue
		}
		var v struct {
			Found bool
			Card  struct{ Name, Residence string }
		}
		d.want(200, "PUT", "/api/card/picture", picture, &v, digest...)
		if v.Found != c.found || c.found && (v.Card.Name != "NGUYỄN VĂN MẪU" || v.Card.Residence == "") {
			t.Errorf("%q: %+v", c.codes, v)
		}
	}
}

// What comes after the seventh field has no known meaning and is handed on as it was read.
func TestACardsFurtherFieldsStayRaw(t *testing.T) {
	d := openDesk(t)
	d.visit()
	var v struct{ Extra []string }
	d.want(200, "POST", "/api/card", map[string]string{"raw": aCard + "|Trần Thị Mẫu|Nguyễn Văn Cha||x"}, &v)
	if strings.Join(v.Extra, "/") != "Trần Thị Mẫu/Nguyễn Văn Cha//x" {
		t.Errorf("got %q", v.Extra)
	}
}
