package counter_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"testing"
	"time"

	"bendo/internal/calendar"
	"bendo/internal/catalog"
	"bendo/internal/dossier"
	"bendo/internal/ledger"
	"bendo/internal/seal"
	"bendo/kiosk/counter"
	"bendo/kiosk/counter/countertest"
	"bendo/syncproto"
)

// A large office: how fast staff find things in its book, over the real handler and a real SQLite file.
//
//	BENDO_DOSSIERS=100000 BENDO_BENCH_BOOK=DIR go test ./kiosk/counter -run '^$' -bench Office -benchtime 300x -timeout 2h
//
// The book is made in DIR by filing dossier after dossier, which takes minutes, and used again the next
// time; without DIR it is made anew.
func BenchmarkOffice(b *testing.B) {
	n := sizeOf(300)
	o := largeOffice(b, n)
	b.Run("unlock", func(b *testing.B) {
		took, began := []time.Duration(nil), cpuTime()
		var heap uint64
		for b.Loop() {
			o.finding.Forget()
			before := heapInUse()
			at := time.Now()
			o.ready(b)
			took = append(took, time.Since(at))
			heap = heapInUse() - before
		}
		report(b, took, began)
		b.ReportMetric(float64(heap)/(1<<20), "MiB-held")
	})
	o.ready(b)
	for name, path := range map[string]func(i int) string{
		"find-name": func(i int) string {
			return "/api/counter/find?q=" + []string{"nguyen+van+an", "thi+hoa", "an", "tran+minh+b", "Đức"}[i%5]
		},
		"find-every-name": func(int) string { return "/api/counter/find?q=nguyen" },
		"find-slip":       func(i int) string { return "/api/counter/find?q=" + o.slips[i*7919%len(o.slips)] },
		"find-citizen-4":  func(i int) string { return fmt.Sprintf("/api/counter/find?q=%04d", i*37%10000) },
		"find-mistyped":   func(int) string { return "/api/counter/find?q=nguyne+vawn+hoaf" },
		"list-waiting":    func(int) string { return "/api/counter/dossiers?view=waiting&limit=50" },
		"list-all-deep":   func(i int) string { return fmt.Sprintf("/api/counter/dossiers?view=all&limit=50&offset=%d", n/2+i) },
	} {
		b.Run(name, func(b *testing.B) {
			took, began := []time.Duration(nil), cpuTime()
			for i := 0; b.Loop(); i++ {
				at := time.Now()
				o.get(b, path(i))
				took = append(took, time.Since(at))
			}
			report(b, took, began)
		})
	}
	b.Run("open", func(b *testing.B) {
		took, began := []time.Duration(nil), cpuTime()
		for i := 0; b.Loop(); i++ {
			at := time.Now()
			if _, err := o.book.Case(b.Context(), o.ids[i*7919%len(o.ids)]); err != nil {
				b.Fatal(err)
			}
			took = append(took, time.Since(at))
		}
		report(b, took, began)
	})
	b.Run("follow-one-change", func(b *testing.B) {
		took, began := []time.Duration(nil), cpuTime()
		for i := 0; b.Loop(); i++ {
			o.must(o.book.Ask(b.Context(), o.ids[i*7919%len(o.ids)], dossier.Note, &dossier.NotePayload{Text: "x"}, "a"))
			at := time.Now()
			o.get(b, "/api/counter/find?q=nguyen+van+an")
			took = append(took, time.Since(at))
		}
		report(b, took, began)
	})
}

// A book of some hundred dossiers is read whole by the first call and found in.
func TestLargeOffice(t *testing.T) {
	o := largeOffice(t, sizeOf(300))
	o.ready(t)
	a := o.get(t, "/api/counter/dossiers?view=all&limit=1")
	if a.Total != len(o.slips) || a.Counts["waiting"]+a.Counts["late"] != a.Total || a.Counts["late"] < a.Total/10 {
		t.Fatalf("%d of %d: %+v", a.Total, len(o.slips), a.Counts)
	}
	for _, i := range []int{0, len(o.slips) / 2, len(o.slips) - 1} {
		if a := o.get(t, "/api/counter/find?q="+o.slips[i]); len(a.Rows) != 1 || a.Rows[0].ID != o.ids[i].String() || a.How != "slip" {
			t.Fatalf("%+v", a)
		}
	}
}

type large struct {
	must    func(error)
	book    *ledger.Book
	finding *counter.Finding
	handler func(*httptest.ResponseRecorder, string)
	slips   []string
	ids     []syncproto.DossierID
}

func sizeOf(small int) int {
	if n, err := strconv.Atoi(os.Getenv("BENDO_DOSSIERS")); err == nil {
		return n
	}
	return small
}

var families = []string{"Nguyễn", "Nguyễn", "Nguyễn", "Nguyễn", "Trần", "Trần", "Lê", "Phạm", "Huỳnh", "Phan", "Võ", "Đặng", "Bùi", "Đỗ", "Hồ", "Ngô", "Dương", "Lý", "Thạch", "Điểu"}
var middles = []string{"Văn", "Văn", "Văn", "Thị", "Thị", "Thị", "Hữu", "Minh", "Thanh", "Ngọc", "Đức", "Quốc", "Hồng", "Kim", "Thu", "Bảo", "Gia", "Hoàng"}
var givens = []string{"An", "Ân", "Anh", "Ánh", "Bình", "Châu", "Chi", "Cường", "Dung", "Dũng", "Đức", "Giang", "Hà", "Hải", "Hạnh", "Hiếu", "Hoa", "Hòa", "Hùng", "Hương",
	"Khánh", "Lan", "Linh", "Long", "Mai", "Minh", "Nam", "Nga", "Ngọc", "Nhung", "Phúc", "Phương", "Quân", "Quý", "Sơn", "Tâm", "Thảo", "Thúy", "Tiến", "Trang", "Trung", "Tú", "Tuấn", "Vân", "Vinh", "Yến"}

// largeOffice files n dossiers of made-up people; every tenth is taken in and late.
func largeOffice(tb testing.TB, n int) *large {
	tb.Helper()
	must := func(err error) {
		if err != nil {
			tb.Helper()
			tb.Fatal(err)
		}
	}
	dir := os.Getenv("BENDO_BENCH_BOOK")
	if dir == "" {
		dir = filepath.Join(tb.TempDir(), "data")
	}
	keys, err := seal.LoadOrCreate(seal.Options{DataDir: dir})
	must(err)
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, calendar.Zone)
	book, err := ledger.Open(context.Background(), dir, keys, ledger.Options{Now: func() time.Time { return now }})
	must(err)
	tb.Cleanup(func() { must(book.Close()) })
	must(book.SetIdentity(tb.Context(), ledger.Identity{Device: syncproto.DeviceID{1}, Book: syncproto.BookID{2}, Epoch: 1, Prefix: "12345"}))
	pack, err := catalog.Embedded()
	must(err)
	o := &large{must: must, book: book, finding: &counter.Finding{Book: book, Packs: catalog.NewShelf(pack), Calendar: calendar.Builtin(), Now: func() time.Time { return now }}}
	h := (&counter.Counter{Sessions: countertest.As(countertest.Clerk), Finding: o.finding}).Handler()
	o.handler = func(w *httptest.ResponseRecorder, path string) { h.ServeHTTP(w, httptest.NewRequest("GET", path, nil)) }
	r := rand.New(rand.NewPCG(1, 2))
	pick := func(list []string) string { return list[r.IntN(len(list))] }
	o.known(tb)
	for i := range n - len(o.ids) {
		p := dossier.Person{FullName: pick(families) + " " + pick(middles) + " " + pick(givens), BirthDate: strconv.Itoa(1940 + r.IntN(70)),
			CitizenID: fmt.Sprintf("083%09d", r.IntN(1e9)), Phone: fmt.Sprintf("09%08d", r.IntN(1e8))}
		f, err := book.File(tb.Context(), ledger.FileRequest{Reference: fmt.Sprintf("HS-%d", i), SourceSHA256: syncproto.Digest{1}, Actor: "file",
			Payload: dossier.SubmittedPayload{Procedure: pack.Procedures[r.IntN(20)].Code, Pack: "p1", Channel: dossier.ChannelFile, Handover: dossier.HandoverNever,
				Applicant: p, Answers: []byte(`{}`)}})
		must(err)
		o.slips, o.ids = append(o.slips, f.Slip.String()), append(o.ids, f.Dossier)
		if i%10 == 0 {
			_, err := book.Advance(tb.Context(), f.Dossier, 1, "m", dossier.TakenIn, func(dossier.State, ledger.Moment) (any, error) {
				return &dossier.TakenInPayload{Office: "x", Due: now.Add(-time.Hour).UnixMilli()}, nil
			})
			must(err)
		}
	}
	return o
}

// known takes the dossiers of a book that was made before.
func (o *large) known(tb testing.TB) {
	tb.Helper()
	for page := (ledger.SummaryPage{More: true}); page.More; {
		var err error
		page, err = o.book.Summaries(tb.Context(), page.Next, 0)
		o.must(err)
		for _, s := range page.List {
			o.slips, o.ids = append(o.slips, s.Slip.String()), append(o.ids, s.ID)
		}
	}
}

// ready calls until the book has been read.
func (o *large) ready(tb testing.TB) {
	tb.Helper()
	for o.get(tb, "/api/counter/find?q=zzz").Error.Code == "not_ready" {
	}
}

func (o *large) get(tb testing.TB, path string) (a listed) {
	tb.Helper()
	w := httptest.NewRecorder()
	o.handler(w, path)
	if err := json.Unmarshal(w.Body.Bytes(), &a); err != nil || w.Code != 200 && w.Code != 503 {
		tb.Fatalf("%s: %d %v", path, w.Code, err)
	}
	return a
}

func heapInUse() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// report says how long calls took, and what each cost in computing since began.
func report(b *testing.B, took []time.Duration, began time.Duration) {
	b.ReportMetric(float64((cpuTime()-began).Microseconds())/1000/float64(len(took)), "cpu-ms")
	slices.Sort(took)
	at := func(share float64) float64 {
		return float64(took[int(share*float64(len(took)-1))].Microseconds()) / 1000
	}
	b.ReportMetric(at(0.5), "p50-ms")
	b.ReportMetric(at(0.95), "p95-ms")
}
