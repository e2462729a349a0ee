//go:build linux

// Package storetest gives every test of the portal both engines: a fresh
// SQLite directory and a fresh database of a PostgreSQL server that the tests
// start themselves. It refuses to pass in silence where PostgreSQL is missing:
// the test is skipped with the name of what is not installed.
package storetest

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the tests create and drop databases themselves
)

// server is one PostgreSQL of this test process.
type server struct {
	settings []string
	dir      string
	port     int
	command  *exec.Cmd
	done     chan error
	next     atomic.Int64
	log      serverLog
}

// serverLog is what a server said in all its lives.
type serverLog struct {
	mu   sync.Mutex
	text bytes.Buffer // guarded by mu
}

func (l *serverLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *serverLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

var (
	once    sync.Once
	running *server
	failure error
	missing bool
)

// Run runs a package's tests and stops the server afterwards. Every package
// that calls Postgres has a TestMain that exits with this code.
func Run(m *testing.M) int {
	code := m.Run()
	if running != nil {
		running.stop()
	}
	return code
}

// Postgres returns the URL of an empty database of its own.
func Postgres(t testing.TB) string {
	t.Helper()
	once.Do(func() { running, missing, failure = start(quick) })
	if missing {
		t.Skip("POSTGRESQL IS NOT INSTALLED HERE: the second engine is NOT tested (install postgresql 15 or put initdb and postgres on PATH)")
	}
	if failure != nil {
		t.Fatalf("starting PostgreSQL for the tests: %v", failure)
	}
	name := fmt.Sprintf("portal_%d", running.next.Add(1))
	admin, err := sql.Open("pgx", running.url("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close()
	if _, err := admin.Exec("CREATE DATABASE " + name + " ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0"); err != nil {
		t.Fatal(err)
	}
	return running.url(name)
}

// Server is a PostgreSQL of one test, which may crash.
type Server struct {
	t *testing.T
	*server
	postgres   string
	attributes *syscall.SysProcAttr
}

// OwnServer starts a server for one test with one empty database.
func OwnServer(t *testing.T) (s *Server, address string) {
	t.Helper()
	Postgres(t) // skips where there is none
	own, _, err := start(quick)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(own.stop)
	postgres, _ := binary("postgres")
	attributes, _, _, err := credential()
	if err != nil {
		t.Fatal(err)
	}
	return &Server{t, own, postgres, attributes}, own.url("postgres")
}

// Crash kills the server and all its sessions without warning.
func (s *Server) Crash() {
	s.t.Helper()
	// SIGQUIT is PostgreSQL's own word for a crash: every session ends at once,
	// nothing is written, the next start recovers.
	s.command.Process.Signal(syscall.SIGQUIT)
	<-s.done
}

// Begin starts it again over the same data.
func (s *Server) Begin() {
	s.t.Helper()
	if err := s.serve(s.postgres, s.attributes); err != nil {
		s.t.Fatal(err)
	}
}

func (s *server) url(database string) string {
	return fmt.Sprintf("postgres://postgres@127.0.0.1:%d/%s?sslmode=disable", s.port, database)
}

// binary finds a PostgreSQL program on PATH or where Debian puts it.
func binary(name string) (string, bool) {
	if path, err := exec.LookPath(name); err == nil {
		return path, true
	}
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/" + name)
	sort.Strings(found)
	if len(found) == 0 {
		return "", false
	}
	return found[len(found)-1], true
}

// credential: PostgreSQL refuses to run as root.
func credential() (*syscall.SysProcAttr, int, int, error) {
	attributes := &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if os.Getuid() != 0 {
		return attributes, os.Getuid(), os.Getgid(), nil
	}
	account, err := user.Lookup("postgres")
	if err != nil {
		return nil, 0, 0, fmt.Errorf("looking up the user postgres: %w", err)
	}
	uid, _ := strconv.Atoi(account.Uid)
	gid, _ := strconv.Atoi(account.Gid)
	attributes.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	return attributes, uid, gid, nil
}

// quick is for tests of what is done: they come and go with their process, and
// nobody cuts the power. What a crash leaves is tested by Server, whose crash
// spares the kernel's cache.
var quick = []string{"fsync=off", "shared_buffers=16MB", "max_connections=60"}

// durable is how a province runs it, for figures.
var durable = []string{"fsync=on", "synchronous_commit=on", "shared_buffers=512MB", "max_wal_size=4GB", "max_connections=100"}

// DurablePostgres returns the URL of an empty database of a server that flushes,
// with the settings a province would use, and what tells how much of the
// processors it has used so far. It ends with the test.
func DurablePostgres(t testing.TB) (address string, used func() time.Duration) {
	t.Helper()
	Postgres(t) // skips where there is none
	own, _, err := start(durable)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(own.stop)
	return own.url("postgres"), func() time.Duration { return processorTime(own.command.Process.Pid) }
}

// processorTime is what a process, its children and those of them that ended used.
func processorTime(pid int) time.Duration {
	var ticks int64
	all, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, path := range all {
		raw, err := os.ReadFile(path)
		if err != nil {
			continue // it ended
		}
		fields := strings.Fields(string(raw[bytes.LastIndexByte(raw, ')')+1:]))
		if parent, _ := strconv.Atoi(fields[1]); parent != pid && filepath.Base(filepath.Dir(path)) != strconv.Itoa(pid) {
			continue
		}
		for _, field := range fields[11:15] { // utime, stime, cutime, cstime
			n, _ := strconv.ParseInt(field, 10, 64)
			ticks += n
		}
	}
	return time.Duration(ticks) * 10 * time.Millisecond // USER_HZ is 100 for every program
}

func start(settings []string) (_ *server, missing bool, _ error) {
	initdb, haveInit := binary("initdb")
	postgres, haveServer := binary("postgres")
	if !haveInit || !haveServer {
		return nil, true, nil
	}
	attributes, uid, gid, err := credential()
	if err != nil {
		return nil, false, err
	}
	dir, err := os.MkdirTemp("", "bendo-pg-")
	if err != nil {
		return nil, false, err
	}
	if err := os.Chown(dir, uid, gid); err != nil {
		return nil, false, err
	}
	s := &server{settings: settings, dir: dir, done: make(chan error, 1)}
	if err := s.begin(initdb, postgres, attributes); err != nil {
		s.stop()
		return nil, false, err
	}
	return s, false, nil
}

func (s *server) begin(initdb, postgres string, attributes *syscall.SysProcAttr) error {
	data := filepath.Join(s.dir, "data")
	create := exec.Command(initdb, "-D", data, "-U", "postgres", "-A", "trust", "-N", "--locale=C", "--encoding=UTF8")
	create.SysProcAttr, create.Dir, create.Env = attributes, s.dir, []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C"}
	if output, err := create.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w: %s", err, output)
	}
	port, err := freePort()
	if err != nil {
		return err
	}
	s.port = port
	return s.serve(postgres, attributes)
}

func (s *server) serve(postgres string, attributes *syscall.SysProcAttr) error {
	arguments := []string{"-D", filepath.Join(s.dir, "data"), "-h", "127.0.0.1", "-p", strconv.Itoa(s.port), "-k", s.dir}
	for _, setting := range s.settings {
		arguments = append(arguments, "-c", setting)
	}
	s.command = exec.Command(postgres, arguments...)
	s.command.SysProcAttr, s.command.Dir = attributes, s.dir
	s.command.Stdout, s.command.Stderr = io.Discard, &s.log
	if err := s.command.Start(); err != nil {
		return fmt.Errorf("starting the server: %w", err)
	}
	go func() { s.done <- s.command.Wait() }()
	return s.waitReady()
}

func (s *server) waitReady() error {
	db, err := sql.Open("pgx", s.url("postgres"))
	if err != nil {
		return err
	}
	defer db.Close()
	for range 300 {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		err = db.PingContext(ctx)
		cancel()
		if err == nil {
			return nil
		}
		select {
		case exit := <-s.done:
			s.done <- exit
			return fmt.Errorf("server ended: %w: %s", exit, s.log.String())
		case <-time.After(100 * time.Millisecond):
		}
	}
	return fmt.Errorf("server does not answer: %w", err)
}

func (s *server) stop() {
	if s.command != nil && s.command.Process != nil {
		s.command.Process.Signal(syscall.SIGINT)
		<-s.done
	}
	os.RemoveAll(s.dir)
}

func freePort() (int, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port, nil
}
