// Package printer hands a finished paper to the machine's print system (in = print) and asks it what
// came of it.
//
// It promises that a paper is printed without any dialog, that the job's name carries the slip
// number and nothing about a person, and that the paper passes through a pipe and never lies in
// a file of ours. Accepted means that the print system took the job; printed means that it says it
// sent all of it to the printer; that paper came out is something only a person sees, and the screen
// asks her.
//
// It refuses an empty paper and a queue name that could be taken for an option. A power cut
// leaves what the print system keeps of its jobs; the same slip can always be printed again.
package printer

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"time"
)

// Media is what lies in a printer.
type Media string

// What a queue prints on. A roll takes the printer's own commands past CUPS' filters, so it needs no
// driver; RollPNG is for a roll whose queue has one.
const (
	A5      Media = "a5"
	A4      Media = "a4"
	Roll    Media = "roll"
	RollPNG Media = "roll-png"
)

// Queue is one printer as CUPS knows it. The zero value prints nothing.
type Queue struct {
	Name    string // the queue's name, as in lpstat -p
	Command string // of CUPS's client; empty: lp
	Media   Media  // empty: A5
	Ask     string // of CUPS's status client; empty: lpstat
}

// patience is how long the print system may take to accept a job, or to answer about one.
const patience = 15 * time.Second

// ErrNoPrinter says that no queue is configured.
var ErrNoPrinter = errors.New("no printer is configured; start kiosk serve with --printer QUEUE")

// ErrRefused is a paper the print system surely did not take. Any other error of Print leaves open
// whether paper will come.
var ErrRefused = errors.New("the print system did not take the paper")

// Print hands in one paper and returns the job's name. It may be called again for the same paper.
func (q Queue) Print(ctx context.Context, title string, paper []byte) (job string, err error) {
	switch {
	case q.Name == "":
		return "", fmt.Errorf("%w: %w", ErrRefused, ErrNoPrinter)
	case !q.named():
		return "", fmt.Errorf("%w: %q is not a queue's name", ErrRefused, q.Name)
	case len(paper) == 0:
		return "", fmt.Errorf("%w: the paper is empty", ErrRefused)
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, or(q.Command, "lp"), append([]string{"-d", q.Name, "-t", title}, q.Media.options()...)...)
	cmd.Stdin = bytes.NewReader(paper)
	cmd.WaitDelay = time.Second
	cmd.Env = plainWords(cmd)
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		return "", handing(q.Name, err, ctx.Err(), said.String())
	}
	return jobName(string(out)), nil
}

// handing tells a refusal (the client ended by itself and said no) from a client that was cut off in
// the middle, after which the job may or may not be there.
func handing(queue string, err, cut error, said string) error {
	err = fmt.Errorf("handing a paper to queue %s: %w: %s", queue, err, strings.TrimSpace(said))
	var exit *exec.ExitError
	if cut == nil && (errors.As(err, &exit) && exit.Exited() || errors.Is(err, exec.ErrNotFound)) {
		return fmt.Errorf("%w: %w", ErrRefused, err)
	}
	return err
}

func (m Media) options() []string {
	switch m {
	case Roll:
		return []string{"-o", "raw"}
	case RollPNG:
		return []string{"-o", "fit-to-page"}
	case A4:
		return []string{"-o", "media=A4"}
	}
	return []string{"-o", "media=A5", "-o", "fit-to-page"}
}

func (q Queue) named() bool {
	return q.Name != "" && !strings.HasPrefix(q.Name, "-") && !strings.ContainsAny(q.Name, " \t\n\x00")
}

// jobName reads "request id is QUEUE-12 (0 file(s))".
func jobName(out string) string {
	if _, after, found := strings.Cut(out, "request id is "); found {
		name, _, _ := strings.Cut(after, " ")
		return strings.TrimSpace(name)
	}
	return ""
}

// plainWords is the environment of CUPS's clients: they answer in English whatever the machine speaks.
func plainWords(cmd *exec.Cmd) []string { return append(cmd.Environ(), "LC_ALL=C") }

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
