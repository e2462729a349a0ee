//go:build linux

package herd

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"bendo/internal/seal"
	"bendo/portal/fleet"
	"bendo/portal/store"
	"bendo/portal/store/storetest"
	"bendo/syncproto"
	"bendo/syncproto/synchttp"
)

func TestMain(m *testing.M) {
	code := storetest.Run(m)
	if built.dir != "" {
		os.RemoveAll(built.dir)
	}
	os.Exit(code)
}

// full says that the nightly sizes are wanted.
func full() bool { return os.Getenv("BENDO_TORTURE") == "full" }

// machines is how many come, or what BENDO_HERD says.
func machines(n int) int {
	if given, err := strconv.Atoi(os.Getenv("BENDO_HERD")); err == nil && given > 0 {
		return given
	}
	return n
}

// size picks the smoke or the nightly figure.
func size(smoke, nightly int) int {
	if full() {
		return nightly
	}
	return smoke
}

var built struct {
	once sync.Once
	dir  string
	err  error
}

func portalProgram(t testing.TB) string {
	t.Helper()
	built.once.Do(func() {
		if built.dir, built.err = os.MkdirTemp("", "bendo-herd-"); built.err != nil {
			return
		}
		build := exec.Command("go", "build", "-buildvcs=false", "-o", built.dir+"/portal", "bendo/portal/cmd/portal")
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := build.CombinedOutput(); err != nil {
			built.err = fmt.Errorf("building the portal: %w\n%s", err, out)
		}
	})
	check(t, built.err)
	return built.dir + "/portal"
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// province is one database, one directory of scans, and the processes that serve them.
type province struct {
	t         testing.TB
	dir       string
	database  string
	engine    func() time.Duration // processor time of PostgreSQL
	processes []*process
	next      atomic.Int64 // of the process a machine dials

	// A desk at the same database, for codes and for looking; it answers nobody.
	db       *store.DB
	register *fleet.Register
}

// process is one portal, which may die and begin again at its address.
type process struct {
	mu      sync.Mutex
	address string
	command *exec.Cmd
	done    chan error
	log     *os.File
	peak    int64         // kB of resident memory, the most that was seen in any life
	earlier time.Duration // processor time of the lives that ended
}

func newProvince(t testing.TB, processes int) *province {
	t.Helper()
	p := &province{t: t, dir: t.TempDir()}
	p.database, p.engine = storetest.DurablePostgres(t)
	for range processes {
		x := &process{address: "127.0.0.1:0"}
		p.processes = append(p.processes, x)
		p.start(x)
	}
	t.Cleanup(func() {
		for _, x := range p.processes {
			x.kill(syscall.SIGTERM)
		}
	})
	p.openDesk()
	return p
}

func (p *province) openDesk() {
	keeper, err := seal.LoadOrCreate(seal.Options{DataDir: filepath.Join(p.dir, "portal"), KeysDir: filepath.Join(p.dir, "keys"), MustExist: true})
	check(p.t, err)
	quiet := slog.New(slog.NewTextHandler(io.Discard, nil))
	authority, err := fleet.OpenAuthority(keeper.Dir(), time.Now())
	check(p.t, err)
	keys, err := fleet.OpenKeys(keeper.Dir(), quiet)
	check(p.t, err)
	p.db, err = store.Open(context.Background(), store.Options{Database: p.database, Blobs: filepath.Join(p.dir, "blobs"), Keeper: keeper})
	check(p.t, err)
	p.t.Cleanup(func() { p.db.Close() })
	p.register = &fleet.Register{DB: p.db, Authority: authority, Keys: keys}
}

// start begins a process; after a death it comes back at its address.
func (p *province) start(x *process) {
	p.t.Helper()
	log, err := os.OpenFile(filepath.Join(p.dir, "portal.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	check(p.t, err)
	command := exec.Command(portalProgram(p.t), "serve", "--listen", x.address, "--json", "--database", p.database,
		"--data", filepath.Join(p.dir, "portal"), "--keys", filepath.Join(p.dir, "keys"), "--blobs", filepath.Join(p.dir, "blobs"))
	command.Stderr = log
	command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out, err := command.StdoutPipe()
	check(p.t, err)
	check(p.t, command.Start())
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err != nil {
		text, _ := os.ReadFile(log.Name())
		p.t.Fatalf("a portal did not start: %v\n%s", err, text)
	}
	var ready struct{ Listen string }
	check(p.t, json.Unmarshal(line, &ready))
	x.mu.Lock()
	defer x.mu.Unlock()
	x.address, x.command, x.log, x.done = ready.Listen, command, log, make(chan error, 1)
	go func() { x.done <- command.Wait() }()
}

// kill ends a process and waits for its end.
func (x *process) kill(with syscall.Signal) {
	x.measure()
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.command == nil {
		return
	}
	x.command.Process.Signal(with)
	<-x.done
	x.earlier += x.command.ProcessState.UserTime() + x.command.ProcessState.SystemTime()
	x.log.Close()
	x.command = nil
}

// measure notes the resident memory and gives it, in kB.
func (x *process) measure() int64 {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.command == nil {
		return 0
	}
	raw, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", x.command.Process.Pid))
	now := int64(0)
	for line := range strings.Lines(string(raw)) {
		fields := strings.Fields(line)
		if len(fields) > 1 && (fields[0] == "VmHWM:" || fields[0] == "VmRSS:") {
			kb, _ := strconv.ParseInt(fields[1], 10, 64)
			if x.peak = max(x.peak, kb); fields[0] == "VmRSS:" {
				now = kb
			}
		}
	}
	return now
}

// used is the processor time of all lives of a portal.
func (x *process) used() time.Duration {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.command == nil {
		return x.earlier
	}
	raw, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", x.command.Process.Pid))
	ticks := int64(0)
	if fields := strings.Fields(string(raw[bytes.LastIndexByte(raw, ')')+1:])); len(fields) > 12 {
		for _, field := range fields[11:13] { // utime, stime
			n, _ := strconv.ParseInt(field, 10, 64)
			ticks += n
		}
	}
	return x.earlier + time.Duration(ticks)*10*time.Millisecond // USER_HZ is 100 for every program
}

// split is who used the processors: the machines (this process), the portals, PostgreSQL.
type split struct{ machines, portals, engine time.Duration }

func (p *province) used() split {
	var own syscall.Rusage
	check(p.t, syscall.Getrusage(syscall.RUSAGE_SELF, &own))
	s := split{machines: time.Duration(own.Utime.Nano() + own.Stime.Nano()), engine: p.engine()}
	for _, x := range p.processes {
		s.portals += x.used()
	}
	return s
}

// since words what was used after an earlier look.
func (s split) since(before split) string {
	of := func(a, b time.Duration) time.Duration { return (a - b).Round(100 * time.Millisecond) }
	return fmt.Sprintf("processors: the machines %v, the portal %v, PostgreSQL %v",
		of(s.machines, before.machines), of(s.portals, before.portals), of(s.engine, before.engine))
}

// dial goes to the processes in turn, past one that is dead, as a balancer would.
func (p *province) dial(ctx context.Context, network, _ string) (net.Conn, error) {
	var err error
	for range p.processes {
		x := p.processes[int(p.next.Add(1))%len(p.processes)]
		x.mu.Lock()
		address := x.address
		x.mu.Unlock()
		var conn net.Conn
		if conn, err = synchttp.Dial(ctx, network, address); err == nil {
			return conn, nil
		}
	}
	return nil, err
}

// client speaks to whichever process is there; to one of them when only is given.
func (p *province) client(only *process) *synchttp.Client {
	dial := p.dial
	if only != nil {
		dial = func(ctx context.Context, network, _ string) (net.Conn, error) {
			return synchttp.Dial(ctx, network, only.address)
		}
	}
	c, err := synchttp.New(synchttp.Config{Base: "https://portal.invalid:443", Trust: synchttp.Trust{CA: p.register.Authority.PEM()}, Dial: dial})
	check(p.t, err)
	return c
}

func (p *province) code(commune string) syncproto.Code {
	code, err := p.register.NewCode(context.Background(), commune, "UBND xã "+commune)
	check(p.t, err)
	return code
}

func requestID(t testing.TB) syncproto.RequestID {
	id, err := syncproto.NewRequestID(rand.Reader)
	check(t, err)
	return id
}

// intact holds the promises that concern the whole database: every log is a gapless prefix, its
// cursor is its rows, positions of a feed have no holes but those of pushed-out items (I3, I6).
func (p *province) intact(communes []string) {
	p.t.Helper()
	check(p.t, p.db.Read(context.Background(), func(tx *store.Tx) error {
		for _, commune := range communes {
			var short, doubled, beyond int64
			if err := tx.Row(`SELECT count(*) FROM logs l WHERE l.commune = ? AND l.applied <> (SELECT count(DISTINCT e.seq) FROM events e
				WHERE e.commune = l.commune AND e.device = l.device AND e.epoch = l.epoch AND e.seq <= l.applied)`, []any{commune}, &short); err != nil {
				return err
			}
			if err := tx.Row(`SELECT count(*) FROM (SELECT event FROM events WHERE commune = ? GROUP BY event HAVING count(*) > 1) x`, []any{commune}, &doubled); err != nil {
				return err
			}
			if err := tx.Row(`SELECT count(*) FROM feed f WHERE f.commune = ? AND f.pos > (SELECT head FROM feed_heads h WHERE h.commune = f.commune)`, []any{commune}, &beyond); err != nil {
				return err
			}
			if short+doubled+beyond > 0 {
				p.t.Errorf("commune %s: %d logs with a gap, %d events twice, %d items beyond the head", commune, short, doubled, beyond)
			}
		}
		return nil
	}))
}

// counted is how many cases a commune has, and how many of them are complete.
func (p *province) counted(commune string) (cases, complete int) {
	p.t.Helper()
	check(p.t, p.db.Read(context.Background(), func(tx *store.Tx) error {
		all, err := tx.Cases(commune)
		for _, c := range all {
			if cases++; c.Complete {
				complete++
			}
		}
		return err
	}))
	return cases, complete
}

// noise makes bytes that do not pack.
func noise(n int) []byte {
	b := make([]byte, n)
	rand.Read(b)
	return b
}

func drawn(n int64) int64 {
	x, err := rand.Int(rand.Reader, big.NewInt(n))
	if err != nil {
		panic(err)
	}
	return x.Int64()
}

func body(b []byte) func() (io.ReadCloser, error) {
	return func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(b)), nil }
}
