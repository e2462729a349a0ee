package packet

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"bendo/internal/line"
)

// need makes a line or says loudly that this machine cannot prove it.
func need(t *testing.T, p line.Profile) *Line {
	t.Helper()
	l, err := New(t.Context(), p)
	if errors.Is(err, ErrUnavailable) {
		t.Skipf("NOT TESTED, the packet-level line needs root and /dev/net/tun: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return l
}

// full asks for the long measurements; they take minutes.
func full() bool { return os.Getenv("BENDO_TORTURE") == "full" }

// pinged is what ping saw.
type pinged struct {
	sent, received int
	mean           time.Duration
}

var (
	pingPackets = regexp.MustCompile(`(\d+) packets transmitted, (\d+) received`)
	pingTimes   = regexp.MustCompile(`= [\d.]+/([\d.]+)/`)
)

func ping(t *testing.T, l *Line, count int, interval string) pinged {
	t.Helper()
	cmd := l.Near().Command(t.Context(), "ping", "-q", "-n", "-c", strconv.Itoa(count), "-i", interval, "-W", "3", FarAddr.String())
	out, err := cmd.Output()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Skipf("NOT TESTED, ping is missing (Debian package iputils-ping): %v", err)
	}
	var p pinged
	m := pingPackets.FindStringSubmatch(string(out))
	if m == nil {
		t.Fatalf("ping said %q", out)
	}
	p.sent, _ = strconv.Atoi(m[1])
	p.received, _ = strconv.Atoi(m[2])
	if m := pingTimes.FindStringSubmatch(string(out)); m != nil {
		ms, _ := strconv.ParseFloat(m[1], 64)
		p.mean = time.Duration(ms * float64(time.Millisecond))
	}
	return p
}

// wantRTT is the round trip of ping's 84 bytes on an idle line.
func wantRTT(p line.Profile) time.Duration {
	return p.MeanRTT() + airtime(p.RateUp, 84) + airtime(p.RateDown, 84)
}

// agrees judges a ping against a profile: the mean within 5 % and four standard errors of the jitter,
// the losses within four standard deviations of the binomial (a packet dies in either direction).
// host is what a machine busy with other things may add.
func (p pinged) agrees(q line.Profile, host time.Duration) error {
	n := float64(p.sent)
	loss := 1 - (1-q.Loss)*(1-q.Loss)
	wide := 4 * math.Sqrt(n*loss*(1-loss)*max(1, 2*q.Burst))
	if lost := n - float64(p.received); math.Abs(lost-n*loss) > wide+0.5 {
		return fmt.Errorf("%v of %v pings lost, want %.1f ± %.1f", lost, n, n*loss, wide)
	}
	want := wantRTT(q)
	// Uniform jitter each way has a variance of jitter²/3; keeping the order shifts it by less.
	slack := float64(want)*0.05 + 4*math.Sqrt(2.0/3)*float64(q.Jitter)/math.Sqrt(float64(p.received))
	if math.Abs(float64(p.mean-want)) > slack+float64(host) {
		return fmt.Errorf("mean round trip %v, want %v ± %v", p.mean, want, time.Duration(slack))
	}
	return nil
}

// agree pings until the line is believed, five times at most. A machine busy with other things adds to
// every round trip, sometimes for seconds; a line that lies never agrees.
func agree(t *testing.T, l *Line, q line.Profile, count int, interval string, host time.Duration) (got pinged, sent int) {
	t.Helper()
	var err error
	for range 5 {
		got = ping(t, l, count, interval)
		sent += got.sent
		if err = got.agrees(q, host); err == nil {
			return got, sent
		}
		t.Logf("once more: %v", err)
	}
	t.Error(err)
	return got, sent
}

func TestPingAgrees(t *testing.T) {
	names, count, host := []string{"2g", "good"}, 30, 15*time.Millisecond
	if full() {
		host = 2 * time.Millisecond
		names, count = []string{"2g", "2g-burst", "3g", "4g", "vsat", "good"}, 1200
	}
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, _ := line.Named(name)
			l := need(t, p)
			got, sent := agree(t, l, p, count, "0.1", host)
			t.Logf("mean %v (want %v), %d of %d came back", got.mean, wantRTT(p), got.received, got.sent)
			if c := l.Counts(); c.Up.Offered.Packets != int64(sent) || c.Up.Offered.Bytes != int64(sent)*84 {
				t.Errorf("ping sent %d packets of 84 bytes, the line counted %+v", sent, c.Up.Offered)
			}
		})
	}
}

// TestPlantedLinesAreCaught: the judge of the pings sees a line that lies about delay or loss.
func TestPlantedLinesAreCaught(t *testing.T) {
	p, _ := line.Named("good")
	p.Loss = 0.1
	truth := pinged{sent: 200, received: 162, mean: wantRTT(p)}
	if err := truth.agrees(p, 2*time.Millisecond); err != nil {
		t.Errorf("an honest line was refused: %v", err)
	}
	for what, lie := range map[string]pinged{
		"no loss":    {200, 200, truth.mean},
		"too much":   {200, 100, truth.mean},
		"one way":    {200, 162, truth.mean / 2},
		"20 % later": {200, 162, truth.mean * 12 / 10},
	} {
		if lie.agrees(p, 2*time.Millisecond) == nil {
			t.Errorf("%s was not noticed", what)
		}
	}
}

// TestRateByUDP pumps at 105 % of the rate and looks at what arrives.
func TestRateByUDP(t *testing.T) {
	names, lasts := []string{"3g", "4g"}, 3*time.Second
	if full() {
		names, lasts = []string{"2g", "3g", "4g", "vsat", "good"}, time.Minute
	}
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, _ := line.Named(name)
			p.Loss, p.Jitter = 0, 0 // either would blur the ends of the measurement
			l := need(t, p)
			got := pumpUDP(t, l, p.RateUp, lasts)
			err := rateAgrees(got, p.RateUp)
			for again := 0; err != nil && again < 3; again++ { // a pump that had no processor sends too little
				t.Logf("once more: %v", err)
				got = pumpUDP(t, l, p.RateUp, lasts)
				err = rateAgrees(got, p.RateUp)
			}
			if err != nil {
				t.Error(err)
			}
			t.Logf("%.0f bit/s of %d", got, p.RateUp)
			// The planted bug: a line that charges the payload and forgets the 28 bytes of header.
			if rateAgrees(got*1000/972, p.RateUp) == nil {
				t.Error("a line without headers was not noticed")
			}
		})
	}
}

func rateAgrees(got float64, want int64) error {
	if math.Abs(got-float64(want)) > 0.01*float64(want) {
		return fmt.Errorf("%.0f bit/s arrived, want %d within 1 %%", got, want)
	}
	return nil
}

// pumpUDP sends packets of 1000 IP bytes at 105 % and gives the IP bit/s between the first and the last
// arrival.
func pumpUDP(t *testing.T, l *Line, rate int64, lasts time.Duration) float64 {
	t.Helper()
	far, err := l.Far().ListenPacket(t.Context(), "udp4", FarAddr.String()+":0")
	if err != nil {
		t.Fatal(err)
	}
	defer far.Close()
	roomy(t, far)
	near, err := l.Near().Dial(t.Context(), "udp4", far.LocalAddr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer near.Close()
	pause := airtime(rate*105/100, 1000)
	go func() { // ends with lasts, or when near is closed
		for begun, i := time.Now(), 0; time.Since(begun) < lasts; i++ {
			if _, err := near.Write(make([]byte, 972)); err != nil {
				return
			}
			if i > ahead {
				time.Sleep(time.Until(begun.Add(time.Duration(i-ahead) * pause)))
			}
		}
	}()
	var first, last time.Time
	n := 0
	for ; ; n++ {
		at, err := arrival(far.(*net.UDPConn))
		if err != nil {
			break
		}
		if last = at; n == 0 {
			first = at
		}
	}
	if n < 2 {
		t.Fatal("nothing arrived")
	}
	return float64((n-1)*8000) / last.Sub(first).Seconds()
}

// ahead is how many packets the pump puts into the modem's queue first, so that the modem has work while a busy
// machine does not let the pump send.
const ahead = 60

// arrival reads one packet and gives the time the kernel had it, which a late reader does not change.
func arrival(far *net.UDPConn) (at time.Time, err error) {
	if err := far.SetReadDeadline(time.Now().Add(2 * time.Second)); err != nil {
		return at, err
	}
	oob := make([]byte, 128)
	_, n, _, _, err := far.ReadMsgUDP(make([]byte, 2000), oob)
	if err != nil {
		return at, err
	}
	messages, err := unix.ParseSocketControlMessage(oob[:n])
	if err != nil || len(messages) == 0 {
		return at, errors.New("the kernel gave no time of arrival")
	}
	var spec unix.Timespec
	if _, err := binary.Decode(messages[0].Data, binary.NativeEndian, &spec); err != nil {
		return at, err
	}
	return time.Unix(spec.Unix()), nil
}

// roomy lets a socket hold what comes while a busy machine does not let us read, with its time.
func roomy(t *testing.T, c net.PacketConn) {
	t.Helper()
	raw, err := c.(*net.UDPConn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	var optErr error
	err = raw.Control(func(fd uintptr) {
		optErr = errors.Join(unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, 8<<20),
			unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, 1))
	})
	if err := errors.Join(err, optErr); err != nil {
		t.Fatal(err)
	}
}

// sink accepts at the far end and reads everything; what it has read is on the channel when a
// connection ends.
func sink(t *testing.T, l *Line) (address string, ended <-chan error) {
	t.Helper()
	ln, err := l.Far().Listen(t.Context(), "tcp4", FarAddr.String()+":0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	done := make(chan error, 16)
	go func() { // ends when the listener is closed
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			go func() { // ends with the connection; closing it below ends the copying
				context.AfterFunc(t.Context(), func() { c.Close() })
				_, err := io.Copy(io.Discard, c)
				_, _ = c.Write([]byte("ok"))
				c.Close()
				done <- err
			}()
		}
	}()
	return ln.Addr().String(), done
}

// TestTCPPump sends through the kernel's own TCP: every byte arrives, and the counts say what it cost.
func TestTCPPump(t *testing.T) {
	names := []string{"4g", "good"}
	if full() {
		names = []string{"2g", "3g", "4g", "vsat", "good"}
	}
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, _ := line.Named(name)
			l := need(t, p)
			address, ended := sink(t, l)
			c, err := l.Near().Dial(t.Context(), "tcp4", address)
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			bytes := int(p.RateUp / 8 * 3)
			begun := time.Now()
			if _, err := c.Write(make([]byte, bytes)); err != nil {
				t.Fatal(err)
			}
			if err := c.(*net.TCPConn).CloseWrite(); err != nil {
				t.Fatal(err)
			}
			if _, err := io.ReadAll(c); err != nil {
				t.Fatal(err)
			}
			if err := <-ended; err != nil {
				t.Fatal(err)
			}
			took := time.Since(begun)
			n := l.Counts()
			t.Logf("%d bytes in %v, %.1f %% of the rate; %+v", bytes, took, float64(bytes)*800/took.Seconds()/float64(p.RateUp), n.Up)
			checkPump(t, n, bytes, took, p)
		})
	}
}

func checkPump(t *testing.T, n Counts, bytes int, took time.Duration, p line.Profile) {
	t.Helper()
	if n.Flows != 1 || n.Up.SYNs < 1 {
		t.Errorf("%d flows, %d SYNs", n.Flows, n.Up.SYNs)
	}
	if n.Up.Payload-n.Up.Repeated != int64(bytes) {
		t.Errorf("%d bytes of payload, %d of them repeated; %d were written", n.Up.Payload, n.Up.Repeated, bytes)
	}
	if header := n.Up.Offered.Bytes - n.Up.Payload; header < 40*n.Up.Offered.Packets || header > 80*n.Up.Offered.Packets {
		t.Errorf("%d bytes of headers in %d packets", header, n.Up.Offered.Packets)
	}
	if least := airtime(p.RateUp, bytes); took < least {
		t.Errorf("%d bytes in %v: faster than the line", bytes, took)
	}
}

// TestPingSeesTheCut: no answer while the line is cut, all of them otherwise.
func TestPingSeesTheCut(t *testing.T) {
	t.Parallel()
	p, _ := line.Named("good")
	p.Cuts = []line.Cut{{At: time.Second, For: time.Second}}
	l := need(t, p)
	got := ping(t, l, 60, "0.05") // over three seconds
	c := l.Counts()
	lost := got.sent - got.received
	if lost < 10 || lost > 30 {
		t.Errorf("%d of %d pings were lost in a cut of a third of the time", lost, got.sent)
	}
	if dropped := c.Up.Cut.Packets + c.Down.Cut.Packets; c.Cuts != 1 || dropped != int64(lost) {
		t.Errorf("ping missed %d answers, the line dropped %d packets in %d cuts", lost, dropped, c.Cuts)
	}
}

// TestKernelFlowsAfterACut: what the two kernels and the programs on them see.
func TestKernelFlowsAfterACut(t *testing.T) {
	for _, mode := range []line.CutMode{line.Hold, line.Reset, line.Blackhole} {
		t.Run(mode.String(), func(t *testing.T) {
			t.Parallel()
			p, _ := line.Named("good")
			p.OnCut = mode
			l := need(t, p)
			address, ended := sink(t, l)
			dial := func() net.Conn {
				c, err := l.Near().Dial(t.Context(), "tcp4", address)
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { c.Close() })
				if _, err := c.Write([]byte("hello")); err != nil {
					t.Fatal(err)
				}
				return c
			}
			old := dial()
			time.Sleep(300 * time.Millisecond) // the first bytes and their acknowledgement cross
			l.Cut()
			time.Sleep(300 * time.Millisecond)
			l.Restore()
			checkOld(t, mode, old, ended)
			if err := dial().(*net.TCPConn).CloseWrite(); err != nil {
				t.Error(err)
			}
			if err := <-ended; err != nil {
				t.Errorf("a new connection after the cut: %v", err)
			}
		})
	}
}

func checkOld(t *testing.T, mode line.CutMode, old net.Conn, ended <-chan error) {
	t.Helper()
	_ = old.(*net.TCPConn).CloseWrite() // a reset one refuses; the reading below tells
	if err := old.SetReadDeadline(time.Now().Add(2 * time.Second)); err != nil {
		t.Fatal(err)
	}
	_, err := old.Read(make([]byte, 2))
	switch mode {
	case line.Hold:
		if err != nil {
			t.Errorf("the connection did not survive: %v", err)
		}
		if err := <-ended; err != nil {
			t.Errorf("the far side did not survive: %v", err)
		}
	case line.Reset:
		if err == nil || !strings.Contains(err.Error(), "reset") {
			t.Errorf("the near side heard %v, want a reset", err)
		}
		if err := <-ended; err == nil || !strings.Contains(err.Error(), "reset") {
			t.Errorf("the far side heard %v, want a reset", err)
		}
	case line.Blackhole:
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("the near side heard %v, want silence", err)
		}
	}
}

// TestChangeBeginsAnew: the profile, the schedule and the counts.
func TestChangeBeginsAnew(t *testing.T) {
	t.Parallel()
	l := need(t, line.Profile{})
	agree(t, l, line.Profile{}, 3, "0.05", 5*time.Millisecond)
	p, _ := line.Named("good")
	p.Loss = 0
	if err := l.Change(p); err != nil {
		t.Fatal(err)
	}
	_, sent := agree(t, l, p, 20, "0.05", 15*time.Millisecond)
	if c := l.Counts(); c.Up.Offered.Packets != int64(sent) {
		t.Errorf("the counts were not begun anew: %+v", c.Up)
	}
	if err := l.Change(line.Profile{Loss: 2}); err == nil {
		t.Error("an impossible profile was taken")
	}
}

// TestNothingStays: two lines side by side do not meet, and the namespaces end with their lines.
func TestNothingStays(t *testing.T) {
	a, b := need(t, line.Profile{}), need(t, line.Profile{})
	if a.Counts().Up.Offered.Packets+b.Counts().Up.Offered.Packets != 0 {
		t.Error("an idle line carries packets")
	}
	a.Cut()
	if got := ping(t, b, 2, "0.05"); got.received != 2 {
		t.Errorf("a cut of one line is felt on another: %+v", got)
	}
	l, err := New(t.Context(), line.Profile{})
	if err != nil {
		t.Fatal(err)
	}
	before := openFiles(t)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if after := openFiles(t); after > before-5 {
		t.Errorf("%d files open before Close, %d after: two devices, two namespaces and an event must be gone", before, after)
	}
}

func openFiles(t *testing.T) int {
	t.Helper()
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(list)
}
