// Command demo shows what Bến Đò does, with the real programs.
//
//	demo                 the story of twelve dossiers; ends by itself, status 0 only if every digest matched
//	demo --interactive   portal, agent and kiosk with sample data, to play with; Ctrl-C ends all
//
// It promises to leave nothing behind: its data lives in a temporary directory that is removed,
// also after Ctrl-C. It refuses to run without the built programs beside it. A power cut leaves
// that directory.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/alecthomas/kong"

	"bendo/internal/demo"
)

func main() {
	var f struct {
		Bin         string `help:"Folder of the programs (default: the folder of this one)." placeholder:"DIR"`
		Samples     string `default:"testdata/dossiers" help:"Folder of prepared dossiers." placeholder:"DIR"`
		Interactive bool   `help:"Keep everything running until Ctrl-C."`
		Keep        bool   `help:"Leave the data for looking at."`
	}
	kong.Parse(&f, kong.Name("demo"), kong.Description("The life of twelve dossiers, with the real programs."))
	if f.Bin == "" {
		if exe, err := os.Executable(); err == nil {
			f.Bin = filepath.Dir(exe)
		}
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	o := demo.Options{Bin: f.Bin, Samples: f.Samples, Out: os.Stdout, Keep: f.Keep}
	run := demo.Run
	if f.Interactive {
		display := os.Getenv("DISPLAY") != "" || os.Getenv("WAYLAND_DISPLAY") != ""
		run = func(ctx context.Context, o demo.Options) error { return demo.Interactive(ctx, o, display) }
	}
	err := run(ctx, o)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}
