package sim

import (
	"crypto/sha256"
	"slices"
	"testing"
	"time"

	"bendo/syncproto"
)

// TestSmokeUrgentBehindBulk (I17): while a scan of megabytes goes up a thin line, what residents
// hand in is acknowledged within 2 s at the median and 6 s at the 95th percentile, and the scan
// still has four fifths of the line. The line here is a queue without losses: what a lost packet
// costs is TCP's and stands in BENCHMARKS.md.
func TestSmokeUrgentBehindBulk(t *testing.T) {
	for _, kbit := range []int{48, 128, 256} {
		o := Options{Seed: 17, Offices: 1, Length: 24 * time.Hour, Without: allMishaps}
		w := &world{ctx: virtual{t.Context()}, o: o, start: time.Date(2026, 11, 2, 2, 0, 0, 0, time.UTC), hash: sha256.New(),
			texts: newTexts(), reads: newReads(), items: map[syncproto.Cursor]uint64{}, prefix: map[syncproto.LogID]prefix{}, report: Report{Mishaps: map[string]int{}}}
		if err := w.build(); err != nil {
			t.Fatal(err)
		}
		office := w.offices[0]
		office.weather.rate, office.weather.rtt = float64(kbit)*125, 600*time.Millisecond
		const from, to = 10 * time.Minute, 30 * time.Minute
		w.plan(2*time.Minute, func() { office.bulk(t, int(office.weather.rate*1900)) })
		var took []time.Duration
		r := w.chance(1, "urgent")
		for at := from; at < to; at += 12*time.Second + time.Duration(r.Int64N(int64(3*time.Second))) {
			w.plan(at, func() { office.file(r, 0) })
		}
		var before, after int64
		w.plan(from, func() { before = w.report.Sent })
		w.plan(to, func() { after = w.report.Sent })
		waiting := 0 // of place.order: those before are acknowledged
		for w.queue.len() > 0 && w.now < to+time.Minute {
			w.next()
			for waiting < len(office.place.order) && uint64(waiting) < office.book.log().acked {
				took = append(took, w.now-office.place.order[waiting].at)
				waiting++
			}
		}
		w.end()
		took = took[1:] // the scan's own event
		slices.Sort(took)
		if len(took) < 50 {
			t.Fatalf("%d kbit/s: only %d were acknowledged", kbit, len(took))
		}
		p50, p95 := took[len(took)/2], took[len(took)*95/100]
		share := float64(after-before) / (office.weather.rate * (to - from).Seconds())
		t.Logf("%d kbit/s: p50 %s, p95 %s, the scan has %.0f %% of the line", kbit, p50.Round(time.Millisecond), p95.Round(time.Millisecond), 100*share)
		if p50 > 2*time.Second || p95 > 6*time.Second || share < 0.8 {
			t.Errorf("%d kbit/s: p50 %s, p95 %s, the scan has %.2f of the line", kbit, p50, p95, share)
		}
	}
}

// bulk files one scan of so many bytes.
func (o *office) bulk(t *testing.T, size int) {
	data := make([]byte, size)
	ev := syncproto.Event{Header: syncproto.Header{ID: syncproto.EventID{1}, At: o.w.time().UnixMilli(), Type: "submitted", Schema: 1,
		Dossier: syncproto.DossierID{1}, Version: 1}, Payload: []byte(`{}`)}
	ev.Header.Blobs = []syncproto.BlobRef{{SHA256: sha256.Sum256(data), Length: int64(size), MIME: "image/jpeg", Role: "scan:1"}}
	if err := o.book.file(ev, [][]byte{data}, o.w.time().UnixMilli()); err != nil {
		t.Fatal(err)
	}
	f := &filing{event: ev, blobs: [][]byte{data}, at: o.w.now}
	o.place.filed[ev.Header.ID], o.place.order = f, append(o.place.order, f)
}
