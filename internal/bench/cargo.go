package bench

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"sort"

	"bendo/syncproto"
)

// cargo is a payload made once for all its rows: the folders a kiosk files, and the same content as
// files for the other tools: each record as the bytes of the event the kiosk wrote, each scan as it is.
type cargo struct {
	Payload
	dir     string
	records []file
	scans   []file
	ideal   int64 // bytes at the best compression
}

type file struct {
	name string // below files/: r/0001.json, s/0001.jpg
	size int64
	sum  string
}

func (c *cargo) folders() string { return filepath.Join(c.dir, "folders") }
func (c *cargo) files() string   { return filepath.Join(c.dir, "files") }

// makeCargo files the payload in an office of its own, over a perfect line, and takes the records out.
func makeCargo(ctx context.Context, p Payload, o Options) (c *cargo, err error) {
	dir, err := os.MkdirTemp("", "bendo-bench-cargo-")
	if err != nil {
		return nil, err
	}
	c = &cargo{Payload: p, dir: dir}
	if err := p.write(c.folders()); err != nil {
		return nil, errors.Join(err, c.remove())
	}
	if err := c.extract(ctx, o); err != nil {
		return nil, errors.Join(fmt.Errorf("making the payload %s: %w", p.Name, err), c.remove())
	}
	return c, nil
}

func (c *cargo) remove() error { return os.RemoveAll(c.dir) }

func (c *cargo) extract(ctx context.Context, o Options) (err error) {
	l, err := newLab(ctx, o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.close()) }()
	if err := l.enrolled(ctx); err != nil {
		return err
	}
	if err := l.file(ctx, c.folders(), c.Dossiers); err != nil {
		return err
	}
	book, err := l.book(ctx)
	if err != nil {
		return err
	}
	defer book.Close()
	events, err := book.PendingEvents(ctx, 1, 1000, 1<<30)
	if err != nil {
		return err
	}
	var all bytes.Buffer
	for i, e := range events {
		all.Write(e.Payload)
		f, err := c.keep(fmt.Sprintf("r/%04d.json", i), e.Payload)
		if err != nil {
			return err
		}
		c.records = append(c.records, f)
	}
	if err := c.keepScans(); err != nil {
		return err
	}
	return c.compress(all.Bytes())
}

func (c *cargo) keepScans() error {
	found, err := filepath.Glob(filepath.Join(c.folders(), "*", "*.jpg"))
	if err != nil {
		return err
	}
	sort.Strings(found)
	for i, from := range found {
		data, err := os.ReadFile(from)
		if err != nil {
			return err
		}
		f, err := c.keep(fmt.Sprintf("s/%04d.jpg", i), data)
		if err != nil {
			return err
		}
		c.scans = append(c.scans, f)
	}
	return nil
}

func (c *cargo) keep(name string, data []byte) (file, error) {
	path := filepath.Join(c.files(), name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return file{}, err
	}
	sum := sha256.Sum256(data)
	return file{name, int64(len(data)), hex.EncodeToString(sum[:])}, os.WriteFile(path, data, 0o600)
}

// compress finds the ideal.
func (c *cargo) compress(records []byte) error {
	dictionary := filepath.Join(c.dir, "dictionary")
	err := os.WriteFile(dictionary, syncproto.DefaultDict().Bytes, 0o600)
	if err != nil {
		return err
	}
	if c.ideal, err = zstd(records, "-D", dictionary); err != nil {
		return err
	}
	for _, f := range c.scans {
		data, err := os.ReadFile(filepath.Join(c.files(), f.name))
		if err != nil {
			return err
		}
		n, err := zstd(data)
		if err != nil {
			return err
		}
		c.ideal += min(n, f.size)
	}
	return nil
}

func zstd(data []byte, more ...string) (int64, error) {
	cmd := exec.Command("zstd", append([]string{"-19", "--long", "-q", "-c", "--no-check"}, more...)...)
	cmd.Stdin = bytes.NewReader(data)
	out, err := cmd.Output()
	if err != nil {
		return 0, fmt.Errorf("zstd (Debian package zstd): %w", err)
	}
	return int64(len(out)), nil
}

// missing names what a receiving folder lacks or has differently.
func (c *cargo) missing(dir string) (list []string, err error) {
	for _, f := range append(append([]file(nil), c.records...), c.scans...) {
		data, err := os.ReadFile(filepath.Join(dir, f.name))
		if errors.Is(err, fs.ErrNotExist) {
			list = append(list, f.name)
			continue
		}
		if err != nil {
			return nil, err
		}
		if sum := sha256.Sum256(data); hex.EncodeToString(sum[:]) != f.sum {
			list = append(list, f.name)
		}
	}
	return list, nil
}

// arrived says whether every one of these files is there with its full length.
func arrived(dir string, files []file) bool {
	for _, f := range files {
		if info, err := os.Stat(filepath.Join(dir, f.name)); err != nil || info.Size() != f.size {
			return false
		}
	}
	return true
}
