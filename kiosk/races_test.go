package kiosk

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"bendo/internal/ledger"
)

// TestManySubmitsOfOneDraftGiveOneSlip: an impatient finger, a page that retries, and answers that
// are still being saved, all at once.
func TestManySubmitsOfOneDraftGiveOneSlip(t *testing.T) {
	d := openDesk(t)
	d.visit()
	at := "/api/drafts/" + d.typed(sample(t, aBirth))
	second := must(ledger.Open(t.Context(), d.dir, d.keys, ledger.Options{}))(t) // another process
	defer second.Close()
	send := func(method, path, body string) (int, string) {
		r := httptest.NewRequest(method, path, strings.NewReader(body))
		r.Header.Set("X-Visit", d.token)
		w := httptest.NewRecorder()
		d.h.ServeHTTP(w, r)
		return w.Code, w.Body.String()
	}
	var work sync.WaitGroup
	var mu sync.Mutex
	slips := map[string]int{}
	for i := range 8 {
		work.Go(func() {
			code, body := send("POST", at+"/submit", `{"consent":{"version":"c1"},"as_is":true}`)
			var v receiptView
			if code != http.StatusOK || json.Unmarshal([]byte(body), &v) != nil {
				t.Errorf("submit: %d %.200s", code, body)
			}
			mu.Lock()
			slips[v.Slip]++
			mu.Unlock()
		})
		work.Go(func() {
			code, body := send("PUT", at+"/fields/birth_facility", `{"value":"`+strings.Repeat("x", i+1)+`"}`)
			if code != http.StatusOK && code != http.StatusConflict {
				t.Errorf("saving beside it: %d %.200s", code, body)
			}
		})
	}
	work.Wait()
	if len(slips) != 1 {
		t.Fatalf("slips %v", slips)
	}
	if rows := must(second.Outbox(t.Context(), ledger.OutboxQuery{}))(t); len(rows) != 1 {
		t.Fatalf("%d dossiers", len(rows))
	}
}

// TestADossierOfAnOldPackIsStillServed: a newer program has another pack on its shelf.
func TestADossierOfAnOldPackIsStillServed(t *testing.T) {
	d := openDesk(t)
	for _, procedure := range []string{"1.001193", "9.999999"} { // the second has left the catalogue
		d.visit()
		draft := must(d.book.CreateDraft(t.Context(), ledger.NewDraft{Procedure: procedure, Pack: "1999.1", Channel: "kiosk", NotSecret: true}))(t)
		resume := ticket{string(draft.Slip), draft.Code6}
		if procedure == "9.999999" {
			d.refused(404, "unknown_procedure", "POST", "/api/drafts/resume", resume)
		} else {
			d.want(200, "POST", "/api/drafts/resume", resume, nil)
			d.want(200, "POST", "/api/drafts/"+draft.ID.String()+"/submit", submitAsIs(), nil)
		}
		filed := must(d.book.Submit(t.Context(), draft.ID, ledger.Filing{Handover: "at_submit", Actor: "kiosk"}))(t)
		d.want(200, "POST", "/api/track", ticket{string(filed.Slip), filed.Code6}, nil)
		d.want(200, "GET", "/api/slips/"+string(filed.Slip)+".pdf", nil, nil)
	}
}
