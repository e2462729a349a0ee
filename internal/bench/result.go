package bench

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
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
	Starts int           `json:"starts,omitempty"` // of the tool, in a retry loop

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

// key is what a newer result replaces.
func (r Result) key() string { return r.Row + " " + r.Tool + " " + r.Congestion }

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

// readResults gives the newest result of each row and tool; no file is no result.
func readResults(path string) (map[string]Result, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading results: %w", err)
	}
	defer f.Close()
	out := map[string]Result{}
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for n := 1; lines.Scan(); n++ {
		var r Result
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			return nil, fmt.Errorf("reading results: line %d of %s: %w", n, path, err)
		}
		if old, seen := out[r.key()]; !seen || !r.At.Before(old.At) {
			out[r.key()] = r
		}
	}
	return out, lines.Err()
}
