//go:build windowsmoke

package shell

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// nobody is who the residents' screen runs as here: cage refuses to be root.
const nobody = 65534

// TestTheSession starts the residents' screen as its unit does (build/linux/bendo-window.service): cage
// without a display of its own, the window as another user than the desk, which has no way to the data.
// The page arrives, fills the screen, says that it lives, and all of it ends on SIGTERM.
func TestTheSession(t *testing.T) {
	for _, tool := range []string{"cage", "Xwayland"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Fatalf("%s is missing; run make setup as root", tool)
		}
	}
	dir, err := os.MkdirTemp("", "session")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	s := &stage{t: t, dir: dir}
	build(t, filepath.Join(dir, "kiosk"), "./kiosk/cmd/kiosk")
	build(t, filepath.Join(dir, "kiosk-window"), "-tags", "desktop,production,webkit2_41,inspectable", "./kiosk/cmd/kiosk")
	home := filepath.Join(dir, "home")
	for _, d := range []string{filepath.Join(dir, "office"), home} {
		if err := os.Mkdir(d, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	other := os.Getuid()
	if other == 0 {
		other = nobody
		if err := os.Chown(home, nobody, nobody); err != nil {
			t.Fatal(err)
		}
	}
	socket := s.service("--socket", filepath.Join(dir, "run", "kiosk.sock"), "--window-user", fmt.Sprint(other))
	s.cage(home, socket, uint32(other))

	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	i := s.arrive(ctx)
	defer i.close()
	size, err := i.eval(ctx, `innerWidth + "x" + innerHeight + " of " + screen.width + "x" + screen.height`)
	if err != nil {
		t.Fatal(err)
	}
	if inner, whole, _ := strings.Cut(fmt.Sprint(size), " of "); inner != whole {
		t.Errorf("the window does not fill the screen: %v", size)
	}
	s.ends()
}

// cage starts the session as the unit writes it, with the programs of this test.
func (s *stage) cage(home, socket string, user uint32) {
	s.t.Helper()
	unit, err := os.ReadFile(filepath.Join(root, "build/linux/bendo-window.service"))
	if err != nil {
		s.t.Fatal(err)
	}
	_, start, _ := strings.Cut(string(unit), "\nExecStart=")
	start, _, _ = strings.Cut(start, "\n")
	start = strings.NewReplacer("/usr/bin/cage", "cage", "/usr/lib/bendo/", s.dir+"/", "/run/bendo/kiosk.sock", socket).Replace(start)
	words := strings.Fields(start)
	if len(words) < 4 || words[0] != "cage" {
		s.t.Fatalf("the unit starts %q", start)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		s.t.Fatal(err)
	}
	s.inspector = l.Addr().String()
	l.Close()
	path, err := exec.LookPath("cage")
	if err != nil {
		s.t.Fatal(err)
	}
	cmd := exec.Command(path, words[1:]...)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + home, "XDG_RUNTIME_DIR=" + home, "NO_AT_BRIDGE=1",
		"WLR_BACKENDS=headless", "WLR_LIBINPUT_NO_DEVICES=1", "WLR_RENDERER=pixman", "WEBKIT_INSPECTOR_HTTP_SERVER=" + s.inspector}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if os.Getuid() == 0 {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: user, Gid: user}
	}
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		_ = cmd.Wait()
	})
	s.window = cmd
}
