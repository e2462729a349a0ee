//go:build linux

// Line runs programs at the two ends of a packet-level bad line, by hand:
//
//	go run ./internal/line/cmd/line -profile 2g-cuts-nat -far 'bin/portal serve --listen 192.0.2.2:8443' -near 'bin/agent sync'
//
// The far command is started first and ended when the near one has ended; then the counts are
// printed as JSON. Without -near it prints how to enter both ends and stays until Ctrl-C.
// While it runs, "cut", "restore", "forget", "counts" and "change NAME" on standard input act on the line.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"bendo/internal/line"
	"bendo/internal/line/packet"
)

func main() {
	name := flag.String("profile", "2g", "one of "+strings.Join(line.Names(), " "))
	near := flag.String("near", "", "shell command at the office (192.0.2.1)")
	far := flag.String("far", "", "shell command at the province (192.0.2.2), in the background")
	cc := flag.String("congestion", "", "congestion control of both ends, for instance cubic; empty: the machine's own")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *name, *cc, *near, *far); err != nil {
		fmt.Fprintln(os.Stderr, "line:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, name, cc, near, far string) error {
	p, found := line.Named(name)
	if !found {
		return fmt.Errorf("no profile %q, use one of: %s", name, strings.Join(line.Names(), " "))
	}
	l, err := packet.New(ctx, p)
	if err != nil {
		return err
	}
	defer l.Close()
	for _, end := range []*packet.End{l.Near(), l.Far()} {
		if cc != "" {
			if err := end.SetCongestion(cc); err != nil {
				return err
			}
		}
	}
	fmt.Fprintf(os.Stderr, "office:   %s\nprovince: %s\n", strings.Join(l.Near().Enter(), " "), strings.Join(l.Far().Enter(), " "))
	if far != "" {
		background := shell(ctx, l.Far(), far)
		if err := background.Start(); err != nil {
			return err
		}
		defer func() { _ = background.Cancel(); _ = background.Wait() }()
	}
	go obey(l) // ends with the program: nothing can take a reader off its terminal
	if near == "" {
		<-ctx.Done()
	} else {
		began := time.Now()
		err = shell(ctx, l.Near(), near).Run()
		fmt.Fprintf(os.Stderr, "near: %v after %.1f s\n", errors.Join(err), time.Since(began).Seconds())
	}
	return errors.Join(err, tell(l))
}

func shell(ctx context.Context, end *packet.End, command string) *exec.Cmd {
	cmd := end.Command(ctx, "sh", "-c", command)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) }
	cmd.WaitDelay = 5 * time.Second
	return cmd
}

func tell(l *packet.Line) error {
	b, err := json.MarshalIndent(l.Counts(), "", " ")
	if err != nil {
		return err
	}
	_, err = fmt.Println(string(b))
	return err
}

func obey(l *packet.Line) {
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		switch word, rest, _ := strings.Cut(strings.TrimSpace(in.Text()), " "); word {
		case "cut":
			l.Cut()
		case "restore":
			l.Restore()
		case "forget":
			l.Forget()
		case "counts":
			_ = tell(l)
		case "change":
			p, found := line.Named(rest)
			if !found || l.Change(p) != nil {
				fmt.Fprintln(os.Stderr, "no profile", rest)
			}
		}
	}
}
