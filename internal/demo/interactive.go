package demo

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"bendo/internal/line"
)

// Interactive starts a portal, an agent and a kiosk on a good line, files two of the samples and
// keeps everything running until ctx ends. With a display the kiosk's window is opened.
func Interactive(ctx context.Context, o Options, display bool) (err error) {
	s := &story{o: o, begun: time.Now()}
	if s.dir, err = os.MkdirTemp("", "bendo-run-"); err != nil {
		return err
	}
	s.tools = tools{o.Bin, s.dir}
	lineCtx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	lineDone := make(chan error, 1)
	defer func() {
		err = errors.Join(err, s.end())
		cancel()
		if s.line != nil {
			err = errors.Join(err, <-lineDone)
		}
		if !o.Keep {
			err = errors.Join(err, os.RemoveAll(s.dir))
		}
		if ctx.Err() != nil && errors.Is(err, context.Canceled) {
			err = nil // Ctrl-C is the way to end it
		}
	}()
	if err := s.province(ctx); err != nil {
		return err
	}
	if s.line.Profile, _ = line.Named("good"); s.line.Profile.Check() != nil {
		return errors.New("the line room has no profile named good")
	}
	if err := s.line.Open(); err != nil {
		s.line = nil
		return err
	}
	go func() { lineDone <- s.line.Run(lineCtx) }() // ends with lineCtx; waited for above
	if err := s.enrol(ctx); err != nil {
		return err
	}
	s.line.Restore()
	if err := s.fileSome(ctx, 2); err != nil {
		return err
	}
	return s.show(ctx, display)
}

func (s *story) fileSome(ctx context.Context, most int) error {
	samples, err := readSamples(s.o.Samples)
	if err != nil {
		return err
	}
	for _, one := range samples[:min(most, len(samples))] {
		f, err := s.desk.fileOne(ctx, one)
		if err != nil {
			return err
		}
		s.say("filed a sample: slip %s, second fact %s", f.Slip, f.Second)
	}
	return nil
}

// show restarts the kiosk for a fresh address (the first one was used above) and waits.
func (s *story) show(ctx context.Context, display bool) error {
	if err := s.kiosk.stop(); err != nil {
		return err
	}
	var ready struct{ URL, Socket string }
	var err error
	if s.kiosk, err = s.tools.start(ctx, &ready, "kiosk", "serve", "--data", s.office(), "--listen", "127.0.0.1:0", "--json"); err != nil {
		return err
	}
	s.title("Running; Ctrl-C ends all")
	fmt.Fprintf(s.o.Out, "  officers:        %s   user %s, password %q\n", s.web, officer, password)
	fmt.Fprintf(s.o.Out, "  status page:     %s/tra-cuu\n", s.web)
	fmt.Fprintf(s.o.Out, "  data:            %s\n", s.dir)
	window := filepath.Join(s.o.Bin, "kiosk-window")
	if _, err := os.Stat(window); err != nil || !display {
		fmt.Fprintf(s.o.Out, "  kiosk:           %s   (works once, within ten minutes)\n", ready.URL)
		fmt.Fprintf(s.o.Out, "  desk's outbox:   the same address, then /desk\n")
		<-ctx.Done()
		return ctx.Err()
	}
	fmt.Fprintf(s.o.Out, "  kiosk:           the window\n")
	err = s.tools.once(ctx, "", nil, "kiosk-window", "--socket", ready.Socket, "--windowed")
	if ctx.Err() != nil {
		return ctx.Err() // Ctrl-C ended the window, too
	}
	return err
}
