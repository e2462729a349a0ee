package printer

import (
	"context"
	"fmt"
	"os/exec"
	"strings"
	"time"
)

// State is what the print system says of a job.
type State string

// The states. Gone: the print system knows no such job (any more), so nobody can say.
const (
	Waiting State = "waiting" // queued, printing, or stopped: Outcome.Why says which
	Printed State = "printed" // all of it was sent to the printer
	Failed  State = "failed"
	Gone    State = "gone"
)

// Outcome is the print system's answer about a job.
type Outcome struct {
	State State
	Why   string // its own words (job-state-reasons of RFC 8011), for staff
}

// Outcome asks what became of a job that Print returned. An error says only that nobody answered.
func (q Queue) Outcome(ctx context.Context, job string) (Outcome, error) {
	if !q.named() || job == "" {
		return Outcome{State: Gone}, nil
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	// The order matters to CUPS: -o answers at once with what was said before it.
	cmd := exec.CommandContext(ctx, or(q.Ask, "lpstat"), "-l", "-W", "all", "-o", q.Name)
	cmd.WaitDelay = time.Second
	cmd.Env = plainWords(cmd)
	out, err := cmd.Output()
	if err != nil {
		return Outcome{}, fmt.Errorf("asking queue %s about a job: %w", q.Name, err)
	}
	return readOutcome(string(out), job), nil
}

// readOutcome finds a job in the long listing: a line that begins with its name, then indented lines
// of which "Alerts:" has the reasons.
func readOutcome(listing, job string) Outcome {
	mine := false
	for line := range strings.SplitSeq(listing, "\n") {
		indented := strings.HasPrefix(line, "\t") || strings.HasPrefix(line, " ")
		if !indented {
			if mine {
				break
			}
			fields := strings.Fields(line)
			mine = len(fields) > 0 && fields[0] == job
			continue
		}
		if reasons, is := strings.CutPrefix(strings.TrimSpace(line), "Alerts:"); mine && is {
			return reckon(strings.Fields(reasons))
		}
	}
	if mine { // listed without a word: it is not over
		return Outcome{State: Waiting}
	}
	return Outcome{State: Gone}
}

// reckon reads the reasons of RFC 8011 §5.3.8. One that says "failed" outweighs one that says "done".
func reckon(reasons []string) Outcome {
	o := Outcome{State: Waiting, Why: strings.Join(reasons, " ")}
	for _, r := range reasons {
		switch {
		case strings.HasPrefix(r, "job-canceled"), strings.Contains(r, "aborted"), r == "job-completed-with-errors":
			o.State = Failed
		case (r == "job-completed-successfully" || r == "job-completed-with-warnings") && o.State != Failed:
			o.State = Printed
		}
	}
	return o
}
