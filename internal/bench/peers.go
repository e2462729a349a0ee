package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"bendo/internal/line"
	"bendo/internal/line/packet"
)

// peer is what somebody would use instead: a receiver at the province and a sender in a retry loop.
type peer struct {
	name, what string
	// serve starts the receiver at the far end, which keeps what it gets below dir.
	serve func(ctx context.Context, l *lab, dir string) (stop func() error, err error)
	// send is one try; nil when everything was delivered. It is repeated until then.
	send func(ctx context.Context, l *lab, c *cargo) error
}

var peers = []peer{
	{"rsync", "rsync -az --partial to a daemon, no TLS, in a retry loop", serveRsync, sendRsync},
	{"curl", "curl over TLS: a POST for each record, a PUT with resume for each scan, retried", serveReceiver, sendCurl},
	{"rclone", "rclone copy to rclone serve webdav over TLS, in a retry loop", serveWebdav, sendRclone},
}

const (
	farPort    = "9000"
	retryPause = time.Second
)

func farAddress() string { return packet.FarAddr.String() + ":" + farPort }

// carryPeer lets a peer carry the same files over the same line.
func carryPeer(ctx context.Context, row Row, p peer, c *cargo, o Options, r *Result) (err error) {
	l, err := newLab(ctx, o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.close()) }()
	in := filepath.Join(l.dir, "in")
	if err := os.MkdirAll(in, 0o700); err != nil {
		return err
	}
	stop, err := p.serve(ctx, l, in)
	if err != nil {
		return fmt.Errorf("starting the receiver of %s: %w", p.name, err)
	}
	defer func() { err = errors.Join(err, stop()) }()
	profile, _ := line.Named(row.Profile)
	profile.Seed = r.Seed
	if err := l.line.Change(profile); err != nil {
		return err
	}
	begun := time.Now()
	capped, cancel := context.WithTimeout(ctx, seconds(r.Limit))
	defer cancel()
	watched := make(chan float64, 1)
	go func() { watched <- watch(capped, in, c.records, begun) }() // ends with capped, at the latest below
	sendErr := retry(capped, func() error { r.Starts++; return p.send(capped, l, c) })
	if r.Counts = l.line.Counts(); sendErr == nil {
		r.Done, r.All = true, time.Since(begun).Seconds()
	} else if ctx.Err() == nil {
		r.Problem = sendErr.Error()
	}
	time.Sleep(watchEvery)
	cancel()
	r.Records = <-watched
	if missing, err := c.missing(in); err != nil || r.Done && len(missing) > 0 {
		return errors.Join(err, fmt.Errorf("%s ended well and %d files are missing or wrong", p.name, len(missing)))
	}
	return nil
}

// retry repeats a try until it succeeds or ctx ends; then the error is the last try's.
func retry(ctx context.Context, try func() error) error {
	for {
		err := try()
		if err == nil || ctx.Err() != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(retryPause):
		}
	}
}

const watchEvery = 200 * time.Millisecond

// watch gives the seconds until all of these files are there, 0 when they never were.
func watch(ctx context.Context, dir string, files []file, begun time.Time) float64 {
	for {
		if arrived(dir, files) {
			return time.Since(begun).Seconds()
		}
		select {
		case <-ctx.Done():
			return 0
		case <-time.After(watchEvery):
		}
	}
}

// run runs a sender at the near end.
func (l *lab) run(ctx context.Context, name string, args ...string) error {
	cmd := l.line.Near().Command(ctx, name, args...)
	cmd.SysProcAttr, cmd.WaitDelay = bound(), time.Second
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s: %w: %s", name, err, tail(out))
	}
	return nil
}

// serveRsync runs the daemon; it forks for each connection and follows its parent.
func serveRsync(ctx context.Context, l *lab, dir string) (func() error, error) {
	conf := filepath.Join(l.dir, "rsyncd.conf")
	text := fmt.Sprintf("use chroot = no\nuid = %d\ngid = %d\n[in]\npath = %s\nread only = no\n", os.Getuid(), os.Getgid(), dir)
	if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
		return nil, err
	}
	p, err := l.start(ctx, l.line.Far(), nil, "rsync", "--daemon", "--no-detach", "--config", conf, "--address", packet.FarAddr.String(), "--port", farPort)
	if err != nil {
		return nil, fmt.Errorf("rsync (Debian package rsync): %w", err)
	}
	return p.stop, l.listening(ctx)
}

func sendRsync(ctx context.Context, l *lab, c *cargo) error {
	return l.run(ctx, "rsync", "-az", "--partial", "--timeout=30", "--contimeout=10", c.files()+"/", "rsync://"+farAddress()+"/in/")
}

// listening waits until the receiver accepts, over the line that is still perfect.
func (l *lab) listening(ctx context.Context) error {
	for range 50 {
		c, err := l.line.Near().Dial(ctx, "tcp", farAddress())
		if err == nil {
			return c.Close()
		}
		time.Sleep(watchEvery)
	}
	return errors.New("the receiver does not listen")
}

// sendCurl does what a careful script does: every file until it is confirmed, each scan from where the
// receiver says it is.
func sendCurl(ctx context.Context, l *lab, c *cargo) error {
	common := []string{"-sS", "-k", "--fail", "--connect-timeout", "8", "--speed-limit", "1", "--speed-time", "30"}
	for _, f := range c.records {
		if err := retry(ctx, func() error {
			return l.run(ctx, "curl", slices.Concat(common, []string{"-X", "POST", "-H", "Content-Type: application/json",
				"--data-binary", "@" + filepath.Join(c.files(), f.name), receiverURL(f)})...)
		}); err != nil {
			return err
		}
	}
	for _, f := range c.scans {
		if err := retry(ctx, func() error { return l.putResumed(ctx, common, f, filepath.Join(c.files(), f.name)) }); err != nil {
			return err
		}
	}
	return nil
}

func receiverURL(f file) string { return "https://" + farAddress() + "/" + f.name }

func (l *lab) putResumed(ctx context.Context, common []string, f file, path string) error {
	cmd := l.line.Near().Command(ctx, "curl", slices.Concat(common, []string{receiverURL(f)})...)
	cmd.SysProcAttr, cmd.WaitDelay = bound(), time.Second
	out, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("asking for the offset: %w", err)
	}
	offset, err := strconv.ParseInt(strings.TrimSpace(string(out)), 10, 64)
	if err != nil || offset >= f.size {
		return err
	}
	return l.run(ctx, "curl", slices.Concat(common, []string{"-T", path, "-C", strconv.FormatInt(offset, 10), receiverURL(f)})...)
}

// serveWebdav runs rclone's own WebDAV server.
func serveWebdav(ctx context.Context, l *lab, dir string) (func() error, error) {
	cert, key, err := writeCertificate(l.dir)
	if err != nil {
		return nil, err
	}
	p, err := l.start(ctx, l.line.Far(), nil, "rclone", "serve", "webdav", dir, "--addr", farAddress(), "--cert", cert, "--key", key, "--config", "/dev/null")
	if err != nil {
		return nil, fmt.Errorf("rclone (Debian package rclone): %w", err)
	}
	return p.stop, l.listening(ctx)
}

func sendRclone(ctx context.Context, l *lab, c *cargo) error {
	return l.run(ctx, "rclone", "copy", c.files(), ":webdav:", "--webdav-url", "https://"+farAddress(), "--no-check-certificate",
		"--config", "/dev/null", "--contimeout", "10s", "--timeout", "30s", "--retries", "1000", "--retries-sleep", "1s")
}

// have says whether the tools a choice needs are installed.
func have(tools []string) error {
	for _, t := range tools {
		if t == toolOurs {
			continue
		}
		if _, err := exec.LookPath(t); err != nil {
			return fmt.Errorf("%s is not installed (build/setup.sh --bench does it): %w", t, err)
		}
	}
	return nil
}
