package boot

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if path := os.Getenv("BENDO_BOOT_ASK"); path != "" {
		if url, err := URL(context.Background(), path); err == nil {
			os.Stdout.WriteString(url)
		}
		os.Exit(0)
	}
	goleak.VerifyTestMain(m)
}

type fake struct{ age time.Duration }

func (f fake) BootURL() (string, error)    { return "http://127.0.0.1:1/boot?t=x", nil }
func (f fake) HeartbeatAge() time.Duration { return f.age }

func start(t *testing.T, path string, allow []int, s Service) {
	t.Helper()
	l, err := Listen(path, allow)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- Serve(ctx, l, s) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

func TestTheWindowIsToldItsAddress(t *testing.T) {
	path := filepath.Join(t.TempDir(), "boot.sock")
	start(t, path, nil, fake{age: 3 * time.Second})
	url, err := URL(context.Background(), path)
	if err != nil || url != "http://127.0.0.1:1/boot?t=x" {
		t.Fatalf("URL: %q, %v", url, err)
	}
	age, err := Health(context.Background(), path)
	if err != nil || age != 3*time.Second {
		t.Fatalf("Health: %v, %v", age, err)
	}
}

func TestBeforeTheFirstHeartbeat(t *testing.T) {
	path := filepath.Join(t.TempDir(), "boot.sock")
	start(t, path, nil, fake{age: -1})
	if age, err := Health(context.Background(), path); err != nil || age >= 0 {
		t.Fatalf("Health: %v, %v; want a negative age", age, err)
	}
}

func TestUnknownQuestionAndSilenceAreHarmless(t *testing.T) {
	path := filepath.Join(t.TempDir(), "boot.sock")
	start(t, path, nil, fake{})
	for _, question := range []string{"secrets\n", strings.Repeat("x", 500), "\n"} {
		conn, err := net.Dial("unix", path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(conn, question); err != nil {
			t.Fatal(err)
		}
		conn.(*net.UnixConn).CloseWrite()
		got, _ := io.ReadAll(conn) // a refused asker may see a reset
		conn.Close()
		if strings.Contains(string(got), "boot?t=") {
			t.Fatalf("%q was answered with an address", question)
		}
	}
	if _, err := URL(context.Background(), path); err != nil {
		t.Fatal(err)
	}
}

// TestAnotherUserIsNotAnswered asks as user nobody, first without and then with permission.
func TestAnotherUserIsNotAnswered(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("LOUD: only root can ask as another user, so the peer check was not tried")
	}
	const nobody = 65534
	for _, c := range []struct {
		name  string
		allow []int
		want  bool
	}{{"not listed", nil, false}, {"listed", []int{nobody}, true}} {
		t.Run(c.name, func(t *testing.T) {
			dir, err := os.MkdirTemp("/tmp", "boot")
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { os.RemoveAll(dir) })
			if err := os.Chmod(dir, 0o755); err != nil {
				t.Fatal(err)
			}
			exe := filepath.Join(dir, "asker")
			copyFile(t, os.Args[0], exe)
			path := filepath.Join(dir, "run", "boot.sock")
			old := syscall.Umask(0o077) // as the service runs
			start(t, path, c.allow, fake{})
			syscall.Umask(old)
			cmd := exec.Command(exe)
			cmd.Env = []string{"BENDO_BOOT_ASK=" + path}
			cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
			out, err := cmd.Output()
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Contains(string(out), "boot?t="); got != c.want {
				t.Fatalf("answered: %v, want %v", got, c.want)
			}
		})
	}
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	b, err := os.ReadFile(from)
	if err == nil {
		err = os.WriteFile(to, b, 0o755)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestAKilledServiceLeavesNoBlock(t *testing.T) {
	path := filepath.Join(t.TempDir(), "boot.sock")
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	l.SetUnlinkOnClose(false) // what SIGKILL leaves: the name without a listener
	l.Close()
	start(t, path, nil, fake{})
	if _, err := URL(context.Background(), path); err != nil {
		t.Fatal(err)
	}
	if _, err := Listen(path, nil); err == nil || errors.Is(err, os.ErrNotExist) {
		t.Fatalf("a second service took a living socket: %v", err)
	}
}

// A name the kernel does not take is explained.
func TestALongNameOfTheSocketIsExplained(t *testing.T) {
	_, err := Listen(filepath.Join(t.TempDir(), strings.Repeat("x", 100), "kiosk.sock"), nil)
	if err == nil || !strings.Contains(err.Error(), "--socket") {
		t.Fatalf("got %v", err)
	}
	path := filepath.Join("/tmp", strings.Repeat("x", longestSocket-len("/tmp/")))
	l, err := Listen(path, nil)
	if err != nil {
		t.Fatalf("the longest name: %v", err)
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
}
