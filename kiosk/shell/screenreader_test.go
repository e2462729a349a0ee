//go:build windowsmoke

package shell

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
)

// TestAScreenReaderReadsTheWindow looks at the real window as a screen reader does, through AT-SPI, and
// works it through AT-SPI alone: it presses what it finds by role and name, from the choice of a language
// to the field where a name is written. On every screen everything that can be worked has a name, the
// question is a heading and has the focus. axe judges the same screens inside WebKit.
func TestAScreenReaderReadsTheWindow(t *testing.T) {
	s := newStage(t)
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	bus := s.sessionBus()
	s.openHeard(s.service(), bus)
	i := s.arrive(ctx)
	defer i.close()
	r := s.reader(ctx, bus)

	r.screen(ctx, "", "push button")
	s.axe(ctx, i)
	r.press(ctx, "Tiếng Việt")
	home := r.screen(ctx, "Hôm nay bà con cần gì?", "push button")
	for _, tile := range []string{"Thủ tục hành chính", "Nộp hồ sơ", "Lấy số", "Tra cứu hồ sơ", "Thanh toán", "Đánh giá", "Phản ánh, kiến nghị", "Gọi 1022"} {
		if !slices.ContainsFunc(home, func(n node) bool { return n.role == "push button" && strings.HasPrefix(n.name, tile) }) {
			t.Errorf("a screen reader finds no button %q at home", tile)
		}
	}
	s.axe(ctx, i)

	// To a form, by what the screens say and nothing else.
	r.press(ctx, "Nộp hồ sơ")
	r.screen(ctx, "", "push button")
	if _, err := i.eval(ctx, `(location.hash = "#/procedure/2.000815", 1)`); err != nil { // which procedure is asked does not matter
		t.Fatal(err)
	}
	r.press(ctx, "Làm hồ sơ này")
	r.press(ctx, "Không có") // papers that are a state secret
	whose := func(n node) bool { return n.role == "heading" && n.name == "Bà con làm giấy này cho ai?" }
	if !slices.ContainsFunc(r.screen(ctx, "", "radio button"), whose) { // first which case it is
		r.pressRole(ctx, "radio button", "")
		r.press(ctx, "Tiếp tục")
	}
	r.screen(ctx, "Bà con làm giấy này cho ai?", "radio button")
	s.axe(ctx, i)
	r.pressRole(ctx, "radio button", "Cho chính tôi")
	r.press(ctx, "Tiếp tục")
	r.screen(ctx, "Bà con là ai?", "push button")
	r.press(ctx, "Tôi tự ghi, không có thẻ")
	form := r.screen(ctx, "Họ, chữ đệm, tên", "entry")
	entry := slices.IndexFunc(form, func(n node) bool { return n.role == "entry" })
	if form[entry].name != "Họ, chữ đệm, tên" || !form[entry].states.has(focused) {
		t.Errorf("the field is %+v: it shall say its question and hold the caret", form[entry])
	}
	for _, key := range []string{"Chữ hoa", "Xóa một chữ", "Dấu cách", "sắc"} {
		if !slices.ContainsFunc(form, func(n node) bool { return strings.HasSuffix(n.role, "button") && n.name == key }) {
			t.Errorf("a screen reader finds no key %q", key)
		}
	}
	s.axe(ctx, i)

	// The look itself: what has no name must be seen.
	if _, err := i.eval(ctx, `(()=>{const b=document.createElement("button");document.querySelector(".k-content").append(b);return 1})()`); err != nil {
		t.Fatal(err)
	}
	for len(nameless(r.read(ctx))) == 0 {
		if ctx.Err() != nil {
			t.Fatal("a button without a name went unseen")
		}
		time.Sleep(200 * time.Millisecond)
	}
}

// sessionBus starts a bus of the test's own, so that nothing of the machine's session is heard or touched.
func (s *stage) sessionBus() string {
	s.t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		s.t.Fatal(err)
	}
	cmd := exec.Command("dbus-daemon", "--session", "--nofork", "--print-address=3", "--address=unix:path="+filepath.Join(s.dir, "bus"))
	cmd.Env = append(os.Environ(), s.display, "HOME="+s.dir, "XDG_RUNTIME_DIR="+s.dir)
	cmd.ExtraFiles = []*os.File{w}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		s.t.Fatalf("dbus-daemon: %v (make setup installs it)", err)
	}
	s.t.Cleanup(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		_ = cmd.Wait()
	})
	w.Close()
	address, err := bufio.NewReader(r).ReadString('\n')
	if err != nil {
		s.t.Fatal("dbus-daemon did not name its address")
	}
	return strings.TrimSpace(address)
}

// endActivated ends what a bus of the window's started: the accessibility bus leads a session of its own and
// outlives it. Its processes are known by this test's folder in their environment.
func (s *stage) endActivated() {
	environs, _ := filepath.Glob("/proc/[0-9]*/environ")
	for _, path := range environs {
		env, err := os.ReadFile(path)
		if err != nil || !bytes.Contains(env, []byte("="+s.dir)) {
			continue
		}
		if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(path))); err == nil && pid != os.Getpid() {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
	}
}

// openHeard opens the window on a session with a bus, as where a screen reader runs.
func (s *stage) openHeard(socket, bus string) {
	s.t.Helper()
	s.open(socket, "DBUS_SESSION_BUS_ADDRESS="+bus, "NO_AT_BRIDGE=0")
}

// node is one thing a screen reader knows. States are the bits of the AT-SPI specification.
type node struct {
	role, name string
	states     states
	ref        ref
}

type ref struct {
	Bus  string
	Path dbus.ObjectPath
}

type states uint64

const (
	focusable = 11
	focused   = 12
	sensitive = 24
	showing   = 25
)

func (s states) has(bit int) bool { return s>>bit&1 == 1 }

type reader struct {
	t    *testing.T
	conn *dbus.Conn
}

// reader connects to the accessibility bus, which the session's bus starts when it is asked for.
func (s *stage) reader(ctx context.Context, session string) reader {
	s.t.Helper()
	at := func(address string) *dbus.Conn {
		conn, err := dbus.Connect(address, dbus.WithContext(ctx))
		if err != nil {
			s.t.Fatalf("joining the bus %s: %v", address, err)
		}
		s.t.Cleanup(func() { conn.Close() })
		return conn
	}
	var address string
	if err := at(session).Object("org.a11y.Bus", "/org/a11y/bus").Call("org.a11y.Bus.GetAddress", 0).Store(&address); err != nil {
		s.t.Fatalf("the accessibility bus: %v (make setup installs at-spi2-core)", err)
	}
	return reader{s.t, at(address)}
}

// read walks the tree of every program on the bus; what is not shown is passed over, as a reader does.
// A page changes while it is walked: what is gone when it is asked is no part of it.
func (r reader) read(ctx context.Context) []node {
	r.t.Helper()
	var out []node
	var walk func(at ref, depth int)
	walk = func(at ref, depth int) {
		if depth > 60 || len(out) > 2000 {
			r.t.Fatal("the accessible tree has no end")
		}
		n, children, err := r.look(ctx, at)
		if err != nil {
			return
		}
		if n.states.has(showing) {
			out = append(out, n)
		}
		for _, child := range children {
			walk(child, depth+1)
		}
	}
	walk(ref{"org.a11y.atspi.Registry", "/org/a11y/atspi/accessible/root"}, 0)
	return out
}

func (r reader) look(ctx context.Context, at ref) (n node, children []ref, err error) {
	o := r.conn.Object(at.Bus, at.Path)
	n.ref = at
	const accessible = "org.a11y.atspi.Accessible."
	if err = o.CallWithContext(ctx, accessible+"GetChildren", 0).Store(&children); err != nil {
		return n, nil, err
	}
	var bits []uint32
	var name dbus.Variant
	var role uint32 // WebKit gives the number only
	_ = o.CallWithContext(ctx, accessible+"GetRole", 0).Store(&role)
	if n.role = roles[role]; n.role == "" {
		n.role = fmt.Sprint("role ", role)
	}
	_ = o.CallWithContext(ctx, accessible+"GetState", 0).Store(&bits)
	if o.CallWithContext(ctx, "org.freedesktop.DBus.Properties.Get", 0, "org.a11y.atspi.Accessible", "Name").Store(&name) == nil {
		n.name, _ = name.Value().(string)
		n.name = strings.Join(strings.Fields(n.name), " ")
	}
	for i, b := range bits {
		n.states |= states(b) << (32 * i)
	}
	// The view is a socket that the page's process is plugged into: GTK does not list it, but names it.
	var plug ref
	if n.states == 0 && len(children) == 0 && o.CallWithContext(ctx, accessible+"GetChildAtIndex", 0, int32(0)).Store(&plug) == nil && plug.Path != "/org/a11y/atspi/null" {
		children = []ref{plug}
	}
	return n, children, nil
}

// roles are the numbers of the AT-SPI specification that are asked for here.
var roles = map[uint32]string{7: "check box", 11: "combo box", 27: "image", 43: "push button", 44: "radio button", 62: "toggle button",
	79: "entry", 83: "heading", 88: "link", 95: "document web"}

// worked are the roles of what a person works; each must say what it is.
var worked = []string{"push button", "toggle button", "radio button", "check box", "entry", "link", "combo box", "image"}

func nameless(tree []node) (out []string) {
	for _, n := range tree {
		if slices.Contains(worked, n.role) && n.name == "" {
			out = append(out, fmt.Sprintf("%s at %s", n.role, n.ref.Path))
		}
	}
	return out
}

// screen waits for a screen whose heading says title (any, when empty) and that has something of the role,
// and judges it: one main heading, names on everything.
func (r reader) screen(ctx context.Context, title, role string) []node {
	r.t.Helper()
	for {
		tree := r.read(ctx)
		heading := slices.IndexFunc(tree, func(n node) bool { return n.role == "heading" && n.name != "" && strings.HasPrefix(n.name, title) })
		if heading >= 0 && slices.ContainsFunc(tree, func(n node) bool { return n.role == role }) {
			for _, bare := range nameless(tree) {
				r.t.Errorf("%q: a %s has no name", tree[heading].name, bare)
			}
			if !slices.ContainsFunc(tree, func(n node) bool { return n.role == "document web" }) {
				r.t.Errorf("%q is in no document", tree[heading].name)
			}
			return tree
		}
		if ctx.Err() != nil {
			r.t.Fatalf("no screen %q with a %s; a screen reader finds:\n%s", title, role, show(tree))
		}
		time.Sleep(200 * time.Millisecond)
	}
}

func show(tree []node) string {
	var b strings.Builder
	for _, n := range tree {
		fmt.Fprintf(&b, "  %s %q focused=%v\n", n.role, n.name, n.states.has(focused))
	}
	return b.String()
}

func (r reader) press(ctx context.Context, name string) {
	r.t.Helper()
	r.pressRole(ctx, "push button", name)
}

// pressRole does what a screen reader does when its user presses a thing: the thing's first action.
func (r reader) pressRole(ctx context.Context, role, name string) {
	r.t.Helper()
	for {
		tree := r.read(ctx)
		for _, n := range tree {
			if n.role != role || !strings.HasPrefix(n.name, name) || !n.states.has(sensitive) || !n.states.has(focusable) {
				continue
			}
			var did bool
			if r.conn.Object(n.ref.Bus, n.ref.Path).CallWithContext(ctx, "org.a11y.atspi.Action.DoAction", 0, int32(0)).Store(&did) == nil && did {
				return
			}
		}
		if ctx.Err() != nil {
			r.t.Fatalf("nothing to press: %s %q; a screen reader finds:\n%s", role, name, show(tree))
		}
		time.Sleep(200 * time.Millisecond)
	}
}
