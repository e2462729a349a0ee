// Package linux holds the service units of an office and of a province (README.md says how to install
// them). Its tests let systemd judge them and start what they start, with the paths moved into a
// temporary folder, so that a unit never names an option its program does not know.
package linux

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

var units = []string{"bendo-kiosk.service", "bendo-agent.service", "bendo-window.service", "bendo-portal.service"}

// setting gives the values of one name in a unit, in order.
func setting(t *testing.T, unit, name string) (values []string) {
	t.Helper()
	text, err := os.ReadFile(unit)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if value, is := strings.CutPrefix(strings.TrimSpace(line), name+"="); is {
			values = append(values, value)
		}
	}
	return values
}

func TestSystemdTakesTheUnits(t *testing.T) {
	if _, err := exec.LookPath("systemd-analyze"); err != nil {
		t.Skip("NOT TESTED: systemd-analyze is missing, nobody judges the units")
	}
	dir := t.TempDir()
	program := regexp.MustCompile(`/usr/(lib/bendo/[a-z-]+|bin/cage)`) // none is installed here
	args := []string{"verify", "--man=no"}
	for _, name := range units {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		out := filepath.Join(dir, name)
		if err := os.WriteFile(out, program.ReplaceAll(text, []byte("/bin/true")), 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, out)
	}
	if said, err := exec.Command("systemd-analyze", args...).CombinedOutput(); err != nil || strings.Contains(string(said), dir) {
		t.Errorf("systemd says %v:\n%s", err, said)
	}
}

// What a stolen or misled program may do ends where its unit ends it.
func TestEveryServiceIsConfined(t *testing.T) {
	for _, unit := range units {
		for name, want := range map[string]string{"NoNewPrivileges": "yes", "ProtectSystem": "strict", "ProtectHome": "yes", "LimitCORE": "0", "UMask": "0077", "Restart": "always"} {
			if got := setting(t, unit, name); !slices.Equal(got, []string{want}) {
				t.Errorf("%s: %s is %q, want %s", unit, name, got, want)
			}
		}
		if user := setting(t, unit, "User"); len(user) != 1 || user[0] == "root" {
			t.Errorf("%s runs as %q", unit, user)
		}
	}
	if hidden := setting(t, "bendo-window.service", "InaccessiblePaths"); len(hidden) != 1 ||
		!strings.Contains(hidden[0], "/var/lib/bendo ") || !strings.Contains(hidden[0], "/var/lib/bendo-keys") {
		t.Errorf("the residents' screen sees the office's data: %q", hidden)
	}
	number := regexp.MustCompile(`(?m)^u bendo-window (\d+)`)
	users, err := os.ReadFile("sysusers.conf")
	if err != nil {
		t.Fatal(err)
	}
	found := number.FindStringSubmatch(string(users))
	if start := setting(t, "bendo-kiosk.service", "ExecStart"); found == nil || !strings.Contains(start[0], "--window-user "+found[1]+" ") {
		t.Errorf("the desk answers another user than bendo-window: %q", start)
	}
}

// command is what a unit starts, with its folders moved to dir and the program to bin.
func command(t *testing.T, unit, dir, bin string) *exec.Cmd {
	t.Helper()
	start := setting(t, unit, "ExecStart")
	if len(start) != 1 {
		t.Fatalf("%s starts %q", unit, start)
	}
	var args []string
	for _, word := range strings.Fields(start[0]) {
		switch {
		case strings.HasPrefix(word, "$"): // options of one machine
		case word == ":8443":
			args = append(args, "127.0.0.1:0")
		case strings.HasPrefix(word, "/var/lib/"), strings.HasPrefix(word, "/run/"):
			args = append(args, filepath.Join(dir, strings.ReplaceAll(word, "/", "-")))
		default:
			args = append(args, word)
		}
	}
	return exec.Command(filepath.Join(bin, filepath.Base(args[0])), append(args[1:], "--json")...)
}

func TestTheUnitsStartTheirPrograms(t *testing.T) {
	bin := t.TempDir()
	build := exec.Command("go", "build", "-buildvcs=false", "-o", bin, "./kiosk/cmd/kiosk", "./portal/cmd/portal")
	build.Dir = "../.."
	if said, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	for _, unit := range []string{"bendo-kiosk.service", "bendo-portal.service"} { // an agent that is not enrolled ends at once
		t.Run(unit, func(t *testing.T) {
			dir, err := os.MkdirTemp("", "unit") // short: a socket's path has at most 107 bytes
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { os.RemoveAll(dir) })
			cmd := command(t, unit, dir, bin)
			out, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			var said strings.Builder
			cmd.Stderr = &said
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			late := time.AfterFunc(time.Minute, func() { _ = cmd.Process.Kill() })
			defer late.Stop()
			line, err := bufio.NewReader(out).ReadString('\n')
			if err != nil || !strings.HasPrefix(line, "{") {
				t.Errorf("it did not become ready: %q, %v\n%s", line, err, said.String())
			}
			_ = cmd.Process.Signal(os.Interrupt)
			_ = cmd.Wait()
		})
	}
}
