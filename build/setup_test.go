// Package build is the test of setup.sh, which every newcomer meets first: with nothing missing it
// touches nothing; with root it installs, and refreshes the package lists only after a first failure;
// without root it names what is missing and ends well; without a fit Go it refuses and says what to do.
// The machine is played by scripts on the PATH; nothing is installed and a power cut leaves nothing.
package build

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// machine is a folder with a checkout and the commands setup.sh meets there.
type machine struct {
	t        *testing.T
	dir, log string
}

func newMachine(t *testing.T) *machine {
	t.Helper()
	m := &machine{t: t, dir: t.TempDir()}
	m.log = filepath.Join(m.dir, "log")
	script, err := os.ReadFile("setup.sh")
	if err != nil {
		t.Fatal(err)
	}
	m.write("build/setup.sh", string(script))
	m.write("go.mod", "module bendo\n\ngo 1.26.0\n")
	m.write("frontend/package-lock.json", "{}\n")
	m.command("go", `echo go1.26.8`)
	m.command("node", `echo v20.20.2`)
	m.command("npm", `echo "npm $*" >>"$LOG"; mkdir -p node_modules`)
	m.command("apt-get", `echo "apt-get $*" >>"$LOG"`)
	m.command("id", `echo 0`)
	// All packages are there; a test that wants some away replaces this.
	m.command("dpkg-query", `shift 3; for p in "$@"; do echo "installed $p"; done`)
	return m
}

func (m *machine) write(name, text string) {
	m.t.Helper()
	name = filepath.Join(m.dir, name)
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		m.t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o755); err != nil {
		m.t.Fatal(err)
	}
}

func (m *machine) command(name, body string) {
	m.write("path/"+name, "#!/bin/bash\n"+body+"\n")
}

// setup runs the script; what it said, what it called, and whether it ended well.
func (m *machine) setup(args ...string) (said, called string, ok bool) {
	m.t.Helper()
	_ = os.Remove(m.log) // absent when nothing was called before
	cmd := exec.Command("bash", append([]string{filepath.Join(m.dir, "build/setup.sh")}, args...)...)
	cmd.Env = []string{"PATH=" + filepath.Join(m.dir, "path") + ":/usr/bin:/bin", "LOG=" + m.log, "HOME=" + m.dir,
		"BENDO_SETUP_ETC=" + filepath.Join(m.dir, "etc"), "BENDO_SETUP_PAUSE=0"}
	out, err := cmd.CombinedOutput()
	calls, readErr := os.ReadFile(m.log)
	if readErr != nil && !os.IsNotExist(readErr) {
		m.t.Fatal(readErr)
	}
	return string(out), string(calls), err == nil
}

func TestNothingMissing(t *testing.T) {
	m := newMachine(t)
	if _, called, ok := m.setup(); !ok || strings.TrimSpace(called) != "npm ci --no-audit --no-fund --loglevel=error" {
		t.Fatalf("first run: ok %v, called %q", ok, called)
	}
	if said, called, ok := m.setup(); !ok || called != "" || said != "" {
		t.Errorf("second run: ok %v, called %q, said %q; want silence", ok, called, said)
	}
	m.write("frontend/package-lock.json", "{\"changed\": true}\n")
	if _, called, ok := m.setup("--frontend"); !ok || !strings.Contains(called, "npm ci") {
		t.Errorf("a changed lock file was not followed: ok %v, called %q", ok, called)
	}
}

const lackingTwo = `shift 3; for p in "$@"; do case $p in postgresql|zstd) ;; *) echo "installed $p";; esac; done; exit 1`

func TestRootInstallsWhatIsMissing(t *testing.T) {
	m := newMachine(t)
	m.command("dpkg-query", lackingTwo)
	_, called, ok := m.setup()
	first, _, _ := strings.Cut(called, "\n")
	if !ok || !strings.HasPrefix(first, "apt-get install -y") || !strings.Contains(first, "--no-install-recommends") ||
		!strings.HasSuffix(first, " postgresql zstd") || strings.Contains(called, "apt-get update") {
		t.Errorf("ok %v, called:\n%s", ok, called)
	}
	conf, err := os.ReadFile(filepath.Join(m.dir, "etc/postgresql-common/createcluster.conf"))
	if err != nil || !strings.Contains(string(conf), "create_main_cluster = false") {
		t.Errorf("a database server would be made and started: %v %q", err, conf)
	}
}

func TestPackageListsAreRefreshedAfterAFailure(t *testing.T) {
	m := newMachine(t)
	m.command("dpkg-query", lackingTwo)
	m.command("apt-get", `echo "apt-get $1" >>"$LOG"; [[ $1 == update ]] && touch "$HOME/fresh"; [[ -e $HOME/fresh ]]`)
	if _, called, ok := m.setup(); !ok || !strings.HasPrefix(called, "apt-get install\napt-get update\napt-get install\n") {
		t.Errorf("ok %v, called:\n%s", ok, called)
	}
	m = newMachine(t)
	m.command("dpkg-query", lackingTwo)
	m.command("apt-get", `exit 100`)
	if said, _, ok := m.setup(); ok || !strings.Contains(said, "could not install: postgresql zstd") {
		t.Errorf("ok %v for a machine that cannot install, said:\n%s", ok, said)
	}
}

func TestWithoutRootItOnlyNames(t *testing.T) {
	m := newMachine(t)
	m.command("dpkg-query", lackingTwo)
	m.command("id", `echo 1000`)
	said, called, ok := m.setup()
	if !ok || strings.Contains(called, "apt-get") || !strings.Contains(said, "postgresql: the tests of the portal") {
		t.Errorf("ok %v, called %q, said:\n%s", ok, called, said)
	}
}

func TestUnfitTools(t *testing.T) {
	for name, c := range map[string]struct{ command, answer, want string }{
		"old Go":     {"go", "echo go1.25.9", "Go 1.25.9 is too old: 1.26.0 or newer"},
		"broken Go":  {"go", "exit 1", "Go does not answer"},
		"old Node":   {"node", "echo v18.20.4", "Node 18.20.4 is too old"},
		"older Node": {"node", "echo v20.9.0", "Node 20.9.0 is too old"},
	} {
		t.Run(name, func(t *testing.T) {
			m := newMachine(t)
			m.command(c.command, c.answer)
			if said, _, ok := m.setup(); ok || !strings.Contains(said, c.want) {
				t.Errorf("ok %v, said %q, want %q", ok, said, c.want)
			}
		})
	}
	for _, answer := range []string{"go1.26rc2", "go1.30.0", "go2.0", "go1.26.8-custom"} {
		m := newMachine(t)
		m.command("go", "echo "+answer)
		if said, _, ok := m.setup(); !ok {
			t.Errorf("%s was refused: %s", answer, said)
		}
	}
}

func TestNpm(t *testing.T) {
	m := newMachine(t)
	m.command("npm", `echo try >>"$LOG"; [[ $(wc -l <"$LOG") == 3 ]] && mkdir -p node_modules`)
	if said, called, ok := m.setup(); !ok || strings.Count(called, "try") != 3 {
		t.Errorf("a bad line: ok %v after %q, said %s", ok, called, said)
	}
	m = newMachine(t)
	m.command("npm", `echo try >>"$LOG"; echo "npm error code EUSAGE" >&2; exit 1`)
	if said, called, ok := m.setup(); ok || strings.Count(called, "try") != 1 || !strings.Contains(said, "do not agree") {
		t.Errorf("a lock file that does not fit: ok %v after %q, said %s", ok, called, said)
	}
}
