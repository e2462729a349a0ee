package line

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"
)

// pipes is a listener and a dialler without sockets, for bubbles of false time.
type pipes struct {
	near, far chan net.Conn
	closed    chan struct{}
	once      sync.Once
}

func newPipes() *pipes {
	return &pipes{near: make(chan net.Conn), far: make(chan net.Conn), closed: make(chan struct{})}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.near:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}
func (p *pipes) Close() error   { p.once.Do(func() { close(p.closed) }); return nil }
func (p *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipes"} }

// connect is what a client does: it gets its end at once.
func (p *pipes) connect() net.Conn {
	client, near := net.Pipe()
	p.near <- near
	return client
}

// dial is what the line does to reach the server; the server takes its end from p.far.
func (p *pipes) dial(ctx context.Context) (net.Conn, error) {
	server, far := net.Pipe()
	select {
	case p.far <- server:
		return far, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// bubble runs f with a line of that profile in false time.
func bubble(t *testing.T, p Profile, f func(t *testing.T, l *Line, ends *pipes)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		ends := newPipes()
		l := &Line{Profile: p, Listener: ends, Dial: ends.dial}
		if err := l.Open(); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- l.Run(ctx) }()
		f(t, l, ends)
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
}

func payload(seed uint64, n int) []byte {
	b := make([]byte, n)
	r := rand.NewChaCha8([32]byte{byte(seed), byte(seed >> 8)})
	_, _ = r.Read(b)
	return b
}

// pump sends data over a connection and gives the time until the far end had the last byte.
func pump(t *testing.T, from io.Writer, to io.Reader, data []byte) time.Duration {
	t.Helper()
	start := time.Now()
	sent := make(chan error, 1)
	go func() {
		_, err := from.Write(data)
		sent <- err
	}()
	got := make([]byte, len(data))
	if _, err := io.ReadFull(to, got); err != nil {
		t.Errorf("far end: %v", err)
	}
	took := time.Since(start)
	if err := <-sent; err != nil {
		t.Errorf("near end: %v", err)
	}
	if sha256.Sum256(got) != sha256.Sum256(data) {
		t.Error("the bytes changed on the way")
	}
	return took
}

// checkPace is the harness's own check: n stream bytes took this long over a line of that rate.
func checkPace(n int, took time.Duration, rate int64) error {
	segments := (n + segmentBytes - 1) / segmentBytes
	ideal := time.Duration(int64(n+segments*headerBytes) * 8 * int64(time.Second) / rate)
	if ratio := float64(took) / float64(ideal); ratio < 0.98 || ratio > 1.05 {
		return fmt.Errorf("%d bytes took %v, %.3f of the %v that %d bit/s need", n, took, ratio, ideal, rate)
	}
	return nil
}

func TestPaceAndDelay(t *testing.T) {
	const n = 200_000
	for name, p := range map[string]Profile{
		"slow":   {RateUp: 64_000, RateDown: 1_000_000},
		"demo":   {RateUp: 128_000, RateDown: 128_000, Delay: 250 * time.Millisecond},
		"faster": {RateUp: 5_000_000, RateDown: 5_000_000, Delay: 5 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, p, func(t *testing.T, l *Line, ends *pipes) {
				client := ends.connect()
				defer client.Close()
				began := time.Now()
				server := <-ends.far
				defer server.Close()
				took := pump(t, client, server, payload(1, n))
				// One way for the SYN is behind us; its answer and the data's own way are in took.
				if err := checkPace(n, took-2*p.Delay, p.RateUp); err != nil {
					t.Error(err)
				}
				if whole := time.Since(began); whole < 3*p.Delay {
					t.Errorf("first bytes arrived before a handshake can: %v", whole)
				}
				back := pump(t, server, client, payload(2, n))
				if err := checkPace(n, back-p.Delay, p.RateDown); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

// A harness that cannot fail proves nothing: a line that forgot to limit, and no line at all.
func TestPaceCheckSeesAPlantedBug(t *testing.T) {
	const n = 200_000
	bubble(t, Profile{}, func(t *testing.T, l *Line, ends *pipes) {
		client := ends.connect()
		defer client.Close()
		server := <-ends.far
		defer server.Close()
		if checkPace(n, pump(t, client, server, payload(1, n)), 128_000) == nil {
			t.Error("a line without a limit passed for one of 128 kbit/s")
		}
	})
	synctest.Test(t, func(t *testing.T) {
		a, b := net.Pipe()
		defer a.Close()
		defer b.Close()
		if checkPace(n, pump(t, a, b, payload(1, n)), 128_000) == nil {
			t.Error("a plain pipe passed for a line of 128 kbit/s")
		}
	})
}

func TestConnectionsShareOneModem(t *testing.T) {
	const n, conns = 40_000, 5
	bubble(t, Profile{RateUp: 128_000, Delay: time.Millisecond}, func(t *testing.T, l *Line, ends *pipes) {
		start := time.Now()
		var wg sync.WaitGroup
		for i := range conns {
			client := ends.connect()
			server := <-ends.far
			wg.Go(func() {
				defer client.Close()
				defer server.Close()
				pump(t, client, server, payload(uint64(i), n))
			})
		}
		wg.Wait()
		if err := checkPace(n*conns, time.Since(start), 128_000); err != nil {
			t.Error(err)
		}
		c := l.Counts()
		if c.Up.Bytes != n*conns || c.Connections != conns {
			t.Errorf("counted %+v", c)
		}
	})
}

// arrivals gives the moments at which pieces of one stream arrive.
func arrivals(t *testing.T, p Profile) (out []time.Duration) {
	bubble(t, p, func(t *testing.T, l *Line, ends *pipes) {
		client := ends.connect()
		defer client.Close()
		server := <-ends.far
		defer server.Close()
		start := time.Now()
		go func() { _, _ = client.Write(payload(9, 60_000)) }()
		buf := make([]byte, segmentBytes)
		for got := 0; got < 60_000; {
			n, err := server.Read(buf)
			if err != nil {
				t.Error(err)
				return
			}
			got += n
			out = append(out, time.Since(start))
		}
	})
	return out
}

func TestSeedDecides(t *testing.T) {
	p, _ := Named("2g")
	p.Loss, p.Seed = 0.1, 7
	one, two := arrivals(t, p), arrivals(t, p)
	if fmt.Sprint(one) != fmt.Sprint(two) {
		t.Error("the same seed gave two different lines")
	}
	p.Seed = 8
	if fmt.Sprint(one) == fmt.Sprint(arrivals(t, p)) {
		t.Error("the seed changes nothing")
	}
}

func TestLossIsAStallAndIsCounted(t *testing.T) {
	quiet := Profile{RateUp: 256_000, Delay: 100 * time.Millisecond}
	lossy := quiet
	lossy.Loss, lossy.Seed = 0.2, 3
	a, b := arrivals(t, quiet), arrivals(t, lossy)
	if a[len(a)-1] >= b[len(b)-1] {
		t.Errorf("one segment in five lost and no slower: %v, %v", a[len(a)-1], b[len(b)-1])
	}
}

func TestAnyWritesArriveWholeAndInOrder(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		p := Profile{
			RateUp: rapid.Int64Range(0, 5_000_000).Draw(rt, "rate"),
			Delay:  time.Duration(rapid.IntRange(0, 800).Draw(rt, "delay ms")) * time.Millisecond,
			Loss:   rapid.Float64Range(0, 0.3).Draw(rt, "loss"),
			Queue:  rapid.IntRange(0, 20_000).Draw(rt, "queue"),
			Window: rapid.IntRange(0, 70_000).Draw(rt, "window"),
			Seed:   rapid.Uint64().Draw(rt, "seed"),
		}
		p.Jitter = time.Duration(rapid.Int64Range(0, int64(p.Delay)).Draw(rt, "jitter"))
		if p.RateUp > 0 {
			p.RateUp += 1000
		}
		sizes := rapid.SliceOfN(rapid.IntRange(1, 5000), 1, 12).Draw(rt, "writes")
		total := 0
		for _, s := range sizes {
			total += s
		}
		data := payload(p.Seed, total)
		bubble(t, p, func(t *testing.T, l *Line, ends *pipes) {
			client := ends.connect()
			defer client.Close()
			server := <-ends.far
			defer server.Close()
			go func() {
				rest := data
				for _, s := range sizes {
					_, _ = client.Write(rest[:s])
					rest = rest[s:]
				}
			}()
			got := make([]byte, total)
			if _, err := io.ReadFull(server, got); err != nil {
				rt.Errorf("%v", err)
			}
			if !bytes.Equal(got, data) {
				rt.Errorf("bytes changed under %+v", p)
			}
			if c := l.Counts(); c.Up.Bytes != int64(total) || c.Up.Lost != 0 {
				rt.Errorf("counted %+v for %d bytes", c.Up, total)
			}
		})
	})
}

func TestCutReset(t *testing.T) {
	p := Profile{RateUp: 128_000, Delay: 100 * time.Millisecond, Cuts: []Cut{{At: 5 * time.Second, For: 10 * time.Second}}}
	bubble(t, p, func(t *testing.T, l *Line, ends *pipes) {
		start := time.Now()
		client := ends.connect()
		server := <-ends.far
		go func() { _, _ = io.Copy(io.Discard, server) }()
		_, err := client.Write(payload(1, 200_000)) // needs 13 s
		if err == nil || time.Since(start) != 5*time.Second {
			t.Errorf("at %v: %v; want an error at 5s", time.Since(start), err)
		}
		if _, err := ends.connect().Read(make([]byte, 1)); err == nil || time.Since(start) != 5*time.Second {
			t.Errorf("a connection tried during the cut was not refused: %v", err)
		}
		time.Sleep(11 * time.Second)
		if !l.Up() {
			t.Error("the line is still down")
		}
		again := ends.connect()
		defer again.Close()
		fresh := <-ends.far
		defer fresh.Close()
		pump(t, again, fresh, payload(2, 10_000))
		synctest.Wait()
		if c := l.Counts(); c.Cuts != 1 || c.Refused != 1 || c.Connections != 2 || c.Up.Lost == 0 {
			t.Errorf("counted %+v", c)
		}
	})
}

func TestCutHold(t *testing.T) {
	const n = 200_000
	p := Profile{RateUp: 128_000, OnCut: Hold, CutEvery: 10 * time.Second, CutFor: 4 * time.Second}
	bubble(t, p, func(t *testing.T, l *Line, ends *pipes) {
		client := ends.connect()
		defer client.Close()
		server := <-ends.far
		defer server.Close()
		took := pump(t, client, server, payload(1, n)) // 13 s of work: cuts at 6 s and 16 s
		if err := checkPace(n, took-8*time.Second, 128_000); err != nil {
			t.Error(err)
		}
		if c := l.Counts(); c.Up.Lost != 0 || c.Cuts != 2 {
			t.Errorf("counted %+v", c)
		}
	})
}

func TestCutBlackhole(t *testing.T) {
	bubble(t, Profile{Delay: 50 * time.Millisecond, OnCut: Blackhole}, func(t *testing.T, l *Line, ends *pipes) {
		old := ends.connect()
		oldServer := <-ends.far
		pump(t, old, oldServer, payload(1, 1000))
		l.Cut()
		tried := ends.connect() // during the cut: answered when the line is back
		time.Sleep(time.Minute)
		if c := l.Counts(); c.Connections != 1 {
			t.Errorf("a connection came through a cut: %+v", c)
		}
		l.Restore()
		server := <-ends.far
		defer server.Close()
		defer tried.Close()
		pump(t, tried, server, payload(2, 1000))

		// The old one hears nothing, ever: no byte, no reset.
		_, _ = old.Write(payload(3, 100))
		for name, side := range map[string]net.Conn{"client": old, "server": oldServer} {
			_ = side.SetReadDeadline(time.Now().Add(time.Hour))
			var late net.Error
			if _, err := side.Read(make([]byte, 1)); !errors.As(err, &late) || !late.Timeout() {
				t.Errorf("%s of a swallowed connection heard: %v", name, err)
			}
		}
		_ = old.Close()
	})
}

// The case every protocol must live through: the request was applied, its answer was lost.
func TestAnswerLost(t *testing.T) {
	bubble(t, Profile{Delay: 300 * time.Millisecond}, func(t *testing.T, l *Line, ends *pipes) {
		client := ends.connect()
		server := <-ends.far
		applied := make(chan struct{})
		go func() {
			_, _ = io.ReadFull(server, make([]byte, 7))
			close(applied)
			_, _ = server.Write([]byte("stored"))
		}()
		_, _ = client.Write([]byte("request"))
		<-applied
		time.Sleep(100 * time.Millisecond) // the answer is in the air
		l.Cut()
		if n, err := client.Read(make([]byte, 6)); err == nil {
			t.Errorf("got %d bytes of an answer that was cut off", n)
		}
		l.Restore()
		synctest.Wait()
		if c := l.Counts(); c.Down.Lost != 6 || c.Up.Lost != 0 {
			t.Errorf("counted %+v", c)
		}
	})
}

func TestTargetAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ends := newPipes()
		l := &Line{Listener: ends, Dial: func(context.Context) (net.Conn, error) { return nil, errors.New("no server") }}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- l.Run(ctx) }()
		if _, err := ends.connect().Read(make([]byte, 1)); err == nil {
			t.Error("a connection to nowhere was answered")
		}
		cancel()
		<-ended
		if c := l.Counts(); c.Refused != 1 {
			t.Errorf("counted %+v", c)
		}
	})
}
