package kiosk

import (
	"encoding/json"
	"slices"
	"testing"
	"time"
)

// percentiles reports p50 and p95 of what took long, in milliseconds: a mean hides the resident
// who waited.
func percentiles(b *testing.B, took []time.Duration) {
	slices.Sort(took)
	at := func(q float64) float64 {
		return float64(took[int(q*float64(len(took)-1))].Microseconds()) / 1000
	}
	b.ReportMetric(at(0.50), "p50-ms")
	b.ReportMetric(at(0.95), "p95-ms")
	b.ReportMetric(0, "ns/op")
}

func openBench(b *testing.B) (*desk, string) {
	b.Helper()
	d := openDesk(b)
	d.visit()
	var draft draftView
	d.want(200, "POST", "/api/drafts", map[string]any{"procedure": "1.001193", "case": "normal", "secret": false}, &draft)
	return d, "/api/drafts/" + draft.ID
}

// BenchmarkSaveField is one answer, from the call to the durable "saved" with its judgement.
func BenchmarkSaveField(b *testing.B) {
	d, at := openBench(b)
	var took []time.Duration
	for b.Loop() {
		begun := time.Now()
		d.want(200, "PUT", at+"/fields/child_name", map[string]any{"value": json.RawMessage(`"Nguyễn Văn An"`)}, nil)
		took = append(took, time.Since(begun))
	}
	percentiles(b, took)
}

// BenchmarkAttachScan is one photographed page of about 60 kB, made small, durable and named.
func BenchmarkAttachScan(b *testing.B) {
	d, at := openBench(b)
	var took []time.Duration
	n := 0
	for b.Loop() {
		n++
		pic := photo(b, n)
		begun := time.Now()
		d.want(200, "PUT", at+"/scans?component=p1&name=a.jpg", pic, nil, "Content-Digest", contentDigestOf(pic))
		took = append(took, time.Since(begun))
		if n%50 == 0 { // a draft holds a bounded number of scans
			var draft draftView
			d.want(200, "POST", "/api/drafts", map[string]any{"procedure": "1.001193", "case": "normal", "secret": false}, &draft)
			at = "/api/drafts/" + draft.ID
		}
	}
	percentiles(b, took)
}

// BenchmarkSubmit is the last tap: event, projection and outbox in one transaction, slip drawn.
func BenchmarkSubmit(b *testing.B) {
	d, _ := openBench(b)
	var took []time.Duration
	for b.Loop() {
		var draft draftView
		d.want(200, "POST", "/api/drafts", map[string]any{"procedure": "1.004873", "secret": false}, &draft)
		at := "/api/drafts/" + draft.ID
		d.want(200, "PUT", at+"/applicant", map[string]string{"full_name": "Nguyễn Thị Đượm", "phone": "0912345678"}, nil)
		begun := time.Now()
		d.want(200, "POST", at+"/submit", map[string]any{"consent": map[string]string{"version": ConsentVersion}, "as_is": true}, nil)
		took = append(took, time.Since(begun))
	}
	percentiles(b, took)
}
