// Command bench measures the road over bad lines, beside other tools, and writes the tables of
// BENCHMARKS.md. It needs root, /dev/net/tun and the programs in bin/.
//
//	bench --rows '2g/mini|2g-cuts.*/mini' --tools bendo,rsync --parallel 4
//	bench --tables
//	bench --list
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"bendo/internal/bench"
)

func main() {
	var f struct {
		Bin        string        `default:"bin" help:"Folder of the programs." placeholder:"DIR"`
		Rows       string        `default:".*" help:"Regular expression over the names of the rows (--list)." placeholder:"RE"`
		Tools      []string      `default:"bendo,rsync,curl,rclone" help:"Whom to measure."`
		Parallel   int           `default:"4" help:"Lines at once. Thin lines use little of the processor; measure fast ones alone."`
		Congestion string        `help:"TCP congestion control of both ends, for instance cubic (default: the machine's own)." placeholder:"NAME"`
		Seed       uint64        `default:"1" help:"Seed of losses and jitter, of the first run."`
		Runs       int           `default:"3" help:"Runs of each row and tool, with seeds one after the other; the tables give the median."`
		Cap        time.Duration `default:"15m" help:"The longest another tool gets."`
		File       string        `default:"BENCHMARKS.jsonl" help:"Results are appended here." placeholder:"FILE"`
		Markdown   string        `default:"BENCHMARKS.md" help:"The tables stand here, between their markers." placeholder:"FILE"`
		Keep       string        `help:"Keep the agents' logs and packets here." placeholder:"DIR"`
		Tables     bool          `help:"Measure nothing, only write the tables."`
		List       bool          `help:"Name the rows."`
	}
	kong.Parse(&f, kong.Name("bench"), kong.Description("The road over bad lines, beside others."))
	if f.List {
		for _, r := range bench.Rows() {
			fmt.Println(r.Name)
		}
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	var err error
	if !f.Tables {
		err = bench.Run(ctx, bench.Options{Bin: f.Bin, Rows: f.Rows, Tools: f.Tools, Parallel: f.Parallel, Congestion: f.Congestion,
			Seed: f.Seed, Runs: f.Runs, Cap: f.Cap, File: f.File, Keep: f.Keep, Out: os.Stdout})
	}
	stop()
	if tablesErr := bench.WriteTables(f.File, f.Markdown); err == nil {
		err = tablesErr
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}
