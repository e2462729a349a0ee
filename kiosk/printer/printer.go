// Package printer hands a finished paper to the machine's print system (in = print).
//
// It promises that a paper is printed without any dialog, that the job's name carries the slip
// number and nothing about a person, and that the paper passes through a pipe and never lies in
// a file of ours. Accepted means that the print system took the job; that paper came out is
// something only a person sees, and the screen says so.
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

// Queue is one printer as CUPS knows it. The zero value prints nothing.
type Queue struct {
	Name    string // the queue's name, as in lpstat -p
	Command string // of CUPS's client; empty: lp
}

// patience is how long the print system may take to accept a job.
const patience = 15 * time.Second

// ErrNoPrinter says that no queue is configured.
var ErrNoPrinter = errors.New("no printer is configured; start kiosk serve with --printer QUEUE")

// Print hands in one PDF and returns the job's name. It may be called again for the same paper.
func (q Queue) Print(ctx context.Context, title string, pdf []byte) (job string, err error) {
	switch {
	case q.Name == "":
		return "", ErrNoPrinter
	case strings.HasPrefix(q.Name, "-") || strings.ContainsAny(q.Name, " \t\n\x00"):
		return "", fmt.Errorf("printing: %q is not a queue's name", q.Name)
	case len(pdf) == 0:
		return "", errors.New("printing: the paper is empty")
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	command := q.Command
	if command == "" {
		command = "lp"
	}
	cmd := exec.CommandContext(ctx, command, "-d", q.Name, "-t", title, "-o", "media=A5", "-o", "fit-to-page")
	cmd.Stdin = bytes.NewReader(pdf)
	cmd.WaitDelay = time.Second
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("handing a paper to queue %s: %w: %s", q.Name, err, strings.TrimSpace(said.String()))
	}
	return jobName(string(out)), nil
}

// jobName reads "request id is QUEUE-12 (0 file(s))".
func jobName(out string) string {
	if _, after, found := strings.Cut(out, "request id is "); found {
		name, _, _ := strings.Cut(after, " ")
		return strings.TrimSpace(name)
	}
	return ""
}
