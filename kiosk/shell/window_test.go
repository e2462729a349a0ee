//go:build windowsmoke

package shell

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/json"
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

// stage is an office with a screen: an X server, a window manager, the desk's service and the
// window, each its own process, all ended with the test.
type stage struct {
	t         *testing.T
	dir       string
	display   string
	inspector string
	window    *exec.Cmd
}

const root = "../.."

// built holds what build made; the tests run one after the other.
var built string

func TestMain(m *testing.M) {
	var err error
	if built, err = os.MkdirTemp("", "shell"); err != nil {
		panic(err)
	}
	code := m.Run()
	os.RemoveAll(built)
	os.Exit(code)
}

// build makes a program once per test run.
func build(t *testing.T, out string, args ...string) {
	t.Helper()
	keep := filepath.Join(built, filepath.Base(out))
	if os.Link(keep, out) == nil {
		return
	}
	defer func() { _ = os.Link(out, keep) }() // without it the next test builds again
	cmd := exec.Command("go", append([]string{"build", "-buildvcs=false", "-o", out}, args...)...)
	cmd.Dir = root
	if b, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go build %v: %v\n%s", args, err, b)
	}
}

func (s *stage) start(name string, env []string, args ...string) *exec.Cmd {
	s.t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Env = append(os.Environ(), env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		s.t.Fatalf("%s: %v (make setup installs what is missing)", name, err)
	}
	s.t.Cleanup(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // the group: WebKit's own processes too
		_ = cmd.Wait()
	})
	return cmd
}

// screen starts an X server on a display it chooses itself.
func (s *stage) screen() {
	s.t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		s.t.Fatal(err)
	}
	cmd := exec.Command("Xvfb", "-displayfd", "3", "-screen", "0", "1280x800x24", "-nolisten", "tcp")
	cmd.ExtraFiles = []*os.File{w}
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		s.t.Fatalf("Xvfb: %v (make setup installs it)", err)
	}
	s.t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	w.Close()
	number, err := bufio.NewReader(r).ReadString('\n')
	if err != nil {
		s.t.Fatal("Xvfb did not name its display")
	}
	s.display = "DISPLAY=:" + strings.TrimSpace(number)
	s.start("openbox", []string{s.display, "HOME=" + s.dir})
}

func (s *stage) service(args ...string) (socket string) {
	s.t.Helper()
	cmd := exec.Command(filepath.Join(s.dir, "kiosk"), append([]string{"serve", "--data", filepath.Join(s.dir, "office"), "--json"}, args...)...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	var ready struct{ Socket string }
	if err := json.NewDecoder(out).Decode(&ready); err != nil {
		s.t.Fatal("the desk's service did not become ready: ", err)
	}
	return ready.Socket
}

// open opens the window; env comes last and may say otherwise than what stands here.
func (s *stage) open(socket string, env ...string) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		s.t.Fatal(err)
	}
	s.inspector = l.Addr().String()
	l.Close()
	home := filepath.Join(s.dir, "home")
	if err := os.MkdirAll(home, 0o700); err != nil {
		s.t.Fatal(err)
	}
	s.window = s.start(filepath.Join(s.dir, "kiosk-window"), append([]string{s.display, "HOME=" + home, "XDG_RUNTIME_DIR=" + home,
		"WEBKIT_INSPECTOR_HTTP_SERVER=" + s.inspector, "NO_AT_BRIDGE=1"}, env...), "--socket", socket)
}

// arrive waits until the page is the desk's and has drawn its heading.
func (s *stage) arrive(ctx context.Context) *inspector {
	s.t.Helper()
	last := ""
	for ctx.Err() == nil {
		i, err := inspect(ctx, s.inspector)
		if err != nil {
			s.t.Fatalf("the window cannot be inspected: %v", err)
		}
		short, cancel := context.WithTimeout(ctx, 3*time.Second)
		seen, err := i.eval(short, `location.href + " " + (document.querySelector("h1")?.textContent ?? "")`)
		cancel()
		if text, is := seen.(string); is && err == nil {
			if last = text; strings.HasPrefix(text, "http://127.0.0.1:") && len(strings.Fields(text)) > 1 {
				return i
			}
		}
		i.close()
		time.Sleep(300 * time.Millisecond)
	}
	s.t.Fatalf("the window did not arrive at the desk; last seen %q", last)
	return nil
}

func newStage(t *testing.T) *stage {
	t.Helper()
	for _, tool := range []string{"Xvfb", "openbox"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Fatalf("%s is missing; run make setup as root", tool)
		}
	}
	dir, err := os.MkdirTemp("", "window") // short: a socket's path has at most 107 bytes
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	s := &stage{t: t, dir: dir}
	t.Cleanup(s.endActivated)
	build(t, filepath.Join(dir, "kiosk"), "./kiosk/cmd/kiosk")
	build(t, filepath.Join(dir, "kiosk-window"), "-tags", "desktop,production,webkit2_41,inspectable", "./kiosk/cmd/kiosk")
	s.screen()
	return s
}

// TestTheRealWindow opens the window before the service is there, lets it arrive, looks at it,
// kills the page's process, tries to leave the desk, and ends it as systemd would.
func TestTheRealWindow(t *testing.T) {
	s := newStage(t)
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	s.open(s.service())
	i := s.arrive(ctx)
	s.fullScreen(ctx, i)
	s.staysHome(ctx, i)
	s.axe(ctx, i)
	s.hears(ctx, i)
	s.picture(ctx, i)
	i.close()
	s.forgets(ctx)
	s.survivesACrash(ctx)
	s.ends()
}

func (s *stage) fullScreen(ctx context.Context, i *inspector) {
	s.t.Helper()
	for range 20 {
		size, err := i.eval(ctx, `innerWidth + "x" + innerHeight`)
		if err != nil {
			s.t.Fatal(err)
		}
		if size == "1280x800" {
			return
		}
		time.Sleep(200 * time.Millisecond)
	}
	s.t.Error("the window does not fill the screen")
}

// staysHome tries what a page could try: to leave, to open a window, to print.
func (s *stage) staysHome(ctx context.Context, i *inspector) {
	s.t.Helper()
	if _, err := i.eval(ctx, `(location.href="https://example.com/", window.open("https://example.com/"), window.print(), 1)`); err != nil {
		s.t.Fatal(err)
	}
	if _, err := i.eval(ctx, `(()=>{const a=document.createElement("a");a.href=URL.createObjectURL(new Blob(["left behind"]));a.download="left-behind.pdf";a.click();return 1})()`); err != nil {
		s.t.Fatal(err)
	}
	time.Sleep(time.Second)
	if found, err := exec.Command("find", filepath.Join(s.dir, "home"), "-name", "left-behind*").Output(); err != nil || len(found) > 0 {
		s.t.Errorf("the window saved a file: %s %v", found, err)
	}
	where, err := i.eval(ctx, `location.host`)
	if err != nil || !strings.HasPrefix(fmt.Sprint(where), "127.0.0.1:") {
		s.t.Errorf("the page is at %v, %v", where, err)
	}
}

// judged is what axe says of the page: each finding and the first place it stands at.
const judged = `axe.run({runOnly:["wcag2a","wcag2aa","wcag21a","wcag21aa","wcag22aa"],resultTypes:["violations"]}).then(r=>r.violations.map(v=>v.id+": "+v.nodes[0].html).join("\n"))`

// axe judges the page inside WebKit, where residents see it. Its source goes into each page once.
func (s *stage) axe(ctx context.Context, i *inspector) {
	s.t.Helper()
	if there, err := i.eval(ctx, "Boolean(window.axe)"); err != nil {
		s.t.Fatal(err)
	} else if there != true {
		source, err := os.ReadFile(filepath.Join(root, "frontend/node_modules/axe-core/axe.min.js"))
		if err != nil {
			s.t.Fatalf("axe-core is missing: %v; run make setup", err)
		}
		if _, err := i.eval(ctx, "(()=>{"+string(source)+";return 1})()"); err != nil {
			s.t.Fatal(err)
		}
	}
	found, err := i.eval(ctx, judged)
	if err != nil {
		s.t.Fatal(err)
	}
	if found != "" {
		s.t.Errorf("axe in the real window:\n%v", found)
	}
}

// picture keeps what the window shows beside the other screenshots.
func (s *stage) picture(ctx context.Context, i *inspector) {
	s.t.Helper()
	raw, err := i.command(ctx, "Page.snapshotRect", map[string]any{"x": 0, "y": 0, "width": 1280, "height": 800, "coordinateSystem": "Viewport"})
	if err != nil {
		s.t.Fatal(err)
	}
	var shot struct {
		DataURL string `json:"dataURL"`
	}
	if err := json.Unmarshal(raw, &shot); err != nil {
		s.t.Fatal(err)
	}
	_, data, found := strings.Cut(shot.DataURL, ",")
	png, err := base64.StdEncoding.DecodeString(data)
	if err != nil || !found || len(png) < 5000 {
		s.t.Fatalf("the window's picture has %d bytes, %v", len(png), err)
	}
	dir := filepath.Join(root, "screenshots")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		s.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "window-1280x800.png"), png, 0o644); err != nil {
		s.t.Fatal(err)
	}
}

// survivesACrash kills WebKit's page process; without care its last picture would stay for ever.
func (s *stage) survivesACrash(ctx context.Context) {
	s.t.Helper()
	killed := 0
	children, err := exec.Command("pgrep", "-g", fmt.Sprint(s.window.Process.Pid), "WebKitWebProces").Output()
	if err != nil {
		s.t.Fatalf("no page process found: %v", err)
	}
	for pid := range strings.FieldsSeq(string(children)) {
		if exec.Command("kill", "-9", pid).Run() == nil {
			killed++
		}
	}
	if killed == 0 {
		s.t.Fatal("nothing was killed")
	}
	time.Sleep(time.Second)
	s.arrive(ctx).close()
}

func (s *stage) ends() {
	s.t.Helper()
	if err := s.window.Process.Signal(syscall.SIGTERM); err != nil {
		s.t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { _, err := s.window.Process.Wait(); done <- err }()
	select {
	case <-done:
	case <-time.After(10 * time.Second):
		s.t.Error("the window did not end on SIGTERM")
	}
}
