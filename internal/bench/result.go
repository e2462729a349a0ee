package bench

import (
	"bufio"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"time"

	"bendo/internal/line/packet"
)

// Result is one run: a line of the results file. Seconds count from the moment the line is up and the
// tool is started; a value that was not reached or not measured is left out.
type Result struct {
	Row        string    `json:"row"`
	Tool       string    `json:"tool"`
	Line       string    `json:"line"`
	Payload    string    `json:"payload"`
	At         time.Time `json:"at"`
	Congestion string    `json:"congestion"`
	Seed       uint64    `json:"seed"` // of the line

	Done    bool    `json:"done"`
	Limit   float64 `json:"limit_s"`
	Records float64 `json:"records_s,omitempty"` // every record at the province
	All     float64 `json:"all_s,omitempty"`     // everything confirmed to the sender
	Arrived float64 `json:"arrived_s,omitempty"` // everything at the province, of ours
	Ideal   float64 `json:"ideal_s,omitempty"`
	IdealB  int64   `json:"ideal_bytes,omitempty"`

	Counts packet.Counts `json:"counts"`
	RSS    int64         `json:"rss_bytes,omitempty"`
	CPU    float64       `json:"cpu_s,omitempty"`
	Starts int           `json:"starts,omitempty"`      // of the tool, in a retry loop
	Given  int64         `json:"given_bytes,omitempty"` // of scans, handed to connections; what is beyond their length went twice

	RTTs    float64            `json:"rtts,omitempty"` // of a cold connect with its first exchange
	Urgent  *Latency           `json:"urgent,omitempty"`
	Recover map[string]float64 `json:"recover_s,omitempty"` // length of the cut → seconds
	Problem string             `json:"problem,omitempty"`
}

// Latency is how long fresh dossiers waited behind bulk, and how much of the line bulk had meanwhile.
type Latency struct {
	N     int     `json:"n"`
	P50   float64 `json:"p50_s"`
	P95   float64 `json:"p95_s"`
	Max   float64 `json:"max_s"`
	Share float64 `json:"bulk_share"` // scan bytes made durable ÷ (rate × time)
}

// key is what runs are compared by.
func (r Result) key() key { return key{r.Row, r.Tool, r.Congestion} }

type key struct{ row, tool, congestion string }

// results are the newest of each seed, by row, tool and congestion control.
type results map[key][]Result

// middle is what stands in the tables: the run that is the median by time, those that did not finish counting
// as the longest, with each of its other figures replaced by that figure's own median (of those that finished;
// of the records' time, of all). One run's bytes beside another's time say nothing of their bars. n is of how many.
func (rs results) middle(k key) (r Result, n int) {
	list := slices.SortedFunc(slices.Values(rs[k]), func(a, b Result) int {
		return cmp.Or(cmp.Compare(boolInt(a.Done), boolInt(b.Done)), cmp.Compare(a.score(), b.score()))
	})
	if len(list) == 0 {
		return r, 0
	}
	r, n = list[len(list)/2], len(list)
	var records []float64
	for _, one := range list {
		records = append(records, orNever(one.Records))
	}
	if r.Records = percentile(records, 0.5); r.Records == orNever(0) {
		r.Records = 0
	}
	list = slices.DeleteFunc(list, func(one Result) bool { return !one.Done })
	for _, figure := range []func(*Result) *int64{
		func(r *Result) *int64 { return &r.Counts.Up.Sent.Bytes },
		func(r *Result) *int64 { return &r.Counts.Up.Cut.Bytes },
		func(r *Result) *int64 { return &r.Counts.Up.Repeated },
		func(r *Result) *int64 { return &r.Counts.Down.Sent.Bytes },
		func(r *Result) *int64 { return &r.Counts.Flows },
		func(r *Result) *int64 { return &r.Given },
		func(r *Result) *int64 { return &r.RSS },
	} {
		ownMedian(&r, list, figure)
	}
	ownMedian(&r, list, func(r *Result) *float64 { return &r.CPU })
	return r, n
}

// ownMedian puts the middle of one figure of the runs in its place in r; of an even number the upper one.
func ownMedian[N cmp.Ordered](r *Result, runs []Result, figure func(*Result) *N) {
	var all []N
	for i := range runs {
		all = append(all, *figure(&runs[i]))
	}
	if len(all) > 0 {
		slices.Sort(all)
		*figure(r) = all[len(all)/2]
	}
}

// score is what runs of a row are ordered by, in the unit of its kind.
func (r Result) score() float64 {
	switch {
	case r.Urgent != nil:
		return r.Urgent.P50
	case r.RTTs > 0:
		return r.RTTs
	case r.Recover != nil:
		return slices.Max(append(slices.Collect(maps.Values(r.Recover)), 0))
	}
	return r.All
}

func boolInt(done bool) int {
	if done {
		return 0
	}
	return 1
}

// appendResult adds a whole line to the file, after the run: a crash loses that run and nothing else.
func appendResult(path string, r Result) error {
	b, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("keeping a result: %w", err)
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return fmt.Errorf("keeping a result: %w", err)
	}
	_, err = f.Write(append(b, '\n'))
	return errors.Join(err, f.Close())
}

// readResults reads the file; no file is no result.
func readResults(path string) (results, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading results: %w", err)
	}
	defer f.Close()
	out := results{}
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for n := 1; lines.Scan(); n++ {
		var r Result
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			return nil, fmt.Errorf("reading results: line %d of %s: %w", n, path, err)
		}
		same := slices.IndexFunc(out[r.key()], func(old Result) bool { return old.Seed == r.Seed })
		switch {
		case same < 0:
			out[r.key()] = append(out[r.key()], r)
		case !r.At.Before(out[r.key()][same].At):
			out[r.key()][same] = r
		}
	}
	return out, lines.Err()
}
