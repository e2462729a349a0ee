package queue

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bendo/internal/clock"
)

// The test binary is also the machine that gives numbers until it is killed.
func TestMain(m *testing.M) {
	if dir := os.Getenv("BENDO_QUEUE_DIR"); dir != "" {
		if err := give(dir, os.Getenv("BENDO_QUEUE_RUN"), os.Getenv("BENDO_QUEUE_BUG") != ""); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// give draws and prints numbers without end. The printer is a file: a line in it is a paper that is
// out, and whatever the killed program had not yet written to it is not. bug hands the paper over
// before the number is on the disk.
func give(dir, run string, bug bool) error {
	ctx := context.Background()
	q, err := Open(ctx, filepath.Join(dir, "queue.db"), quiet)
	if err != nil {
		return err
	}
	paper, err := os.OpenFile(filepath.Join(dir, "paper"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer paper.Close()
	m := at(0, 9, 0, clock.Trusted)
	for i := 0; ; i++ {
		r := Request{Key: fmt.Sprint(run, "-", i), Service: "s", Letter: string(rune('A' + i%2))}
		if bug {
			_, all, err := q.Today(ctx, at(0, 9, 0, clock.Trusted))
			if err != nil {
				return err
			}
			n := 1
			for _, t := range all {
				if t.Letter == r.Letter {
					n = t.Number + 1
				}
			}
			fmt.Fprintln(paper, Ticket{Letter: r.Letter, Number: n}.Label(), r.Key)
		}
		t, err := q.Draw(ctx, r, m)
		if err != nil {
			return err
		}
		if t, err = q.HandToPrinter(ctx, t.ID, 0); err != nil {
			return err
		}
		if !bug {
			fmt.Fprintln(paper, t.Label(), r.Key)
		}
		if _, err := q.Printed(ctx, t.ID, m); err != nil {
			return err
		}
		fmt.Println(t.Label())
	}
}

// killedOften starts the machine and kills it at a random moment, kills times, and says what is wrong
// with what it left: "" if nothing is.
func killedOften(t *testing.T, kills int, bug bool) (wrong string, given int) {
	t.Helper()
	dir := t.TempDir()
	r := rand.New(rand.NewPCG(23, 11))
	for k := range kills {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), "BENDO_QUEUE_DIR="+dir, fmt.Sprint("BENDO_QUEUE_RUN=", k))
		if bug {
			cmd.Env = append(cmd.Env, "BENDO_QUEUE_BUG=1")
		}
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		cmd.Stderr = os.Stderr
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		for range 1 + r.IntN(3) { // somewhere after the first, second or third number
			lines.Scan()
		}
		time.Sleep(time.Duration(r.IntN(20_000)) * time.Microsecond)
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if wrong = inspect(t, dir); wrong != "" {
			return wrong, given
		}
	}
	raw, err := os.ReadFile(filepath.Join(dir, "paper"))
	if err != nil {
		t.Fatal(err)
	}
	return "", strings.Count(string(raw), "\n")
}

// inspect opens what a killed machine left and compares it with the papers that are out.
func inspect(t *testing.T, dir string) string {
	t.Helper()
	q := openAt(t, filepath.Join(dir, "queue.db"))
	defer q.Close()
	raw, err := os.ReadFile(filepath.Join(dir, "paper"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	out := map[string]string{} // label → key
	for _, l := range strings.Split(strings.TrimSpace(string(raw)), "\n") {
		label, key, whole := strings.Cut(l, " ")
		if !whole {
			continue
		}
		if before, twice := out[label]; twice {
			return fmt.Sprintf("%s is on two papers, of %s and of %s", label, before, key)
		}
		out[label] = key
		one, err := q.Find(t.Context(), key)
		switch {
		case err != nil:
			return fmt.Sprintf("paper %s of %s is out and the disk knows nothing of it", label, key)
		case one.Label() != label:
			return fmt.Sprintf("paper %s of %s is out and the disk calls it %s", label, key, one.Label())
		}
	}
	_, all, err := q.Today(t.Context(), at(0, 9, 0, clock.Trusted))
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range all {
		if one.State == Valid && out[one.Label()] != one.Key {
			return fmt.Sprintf("%s is valid without a paper or a staff tap", one.Label())
		}
	}
	return ""
}

// TestKilledAtAnyMoment: no number is on two papers, none is out that the disk does not know, none is
// valid that the printer did not answer for.
func TestKilledAtAnyMoment(t *testing.T) {
	kills := 12
	if os.Getenv("BENDO_TORTURE") == "full" {
		kills = 500
	}
	wrong, given := killedOften(t, kills, false)
	if wrong != "" {
		t.Fatal(wrong)
	}
	t.Logf("%d papers over %d kills", given, kills)
}

// TestTheKillHarnessSeesAPlantedBug: a machine that prints before the number is on the disk is caught.
func TestTheKillHarnessSeesAPlantedBug(t *testing.T) {
	if wrong, _ := killedOften(t, 200, true); wrong == "" {
		t.Fatal("200 kills of a machine that prints first left nothing wrong")
	} else {
		t.Log(wrong)
	}
}
