package agent

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"bendo/internal/durable"
	"bendo/syncproto"
)

// objectShelf keeps published things (packs, programs) under DIR/objects, each by the name of
// its digest. What is on its way down lies beside it as NAME.part. A name is given only to
// bytes that have that digest and are on disk, so whoever finds one may use it.
type objectShelf struct{ dir string }

func (s objectShelf) name(sha syncproto.Digest) string { return filepath.Join(s.dir, sha.String()) }

// State tells how many bytes of an object are here, and whether it is whole.
func (s objectShelf) State(ref syncproto.ObjectRef) (off int64, whole bool, err error) {
	info, err := os.Stat(s.name(ref.SHA256))
	if err == nil && info.Size() == ref.Length {
		return ref.Length, true, nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return 0, false, fmt.Errorf("looking for an object: %w", err)
	}
	info, err = os.Stat(s.name(ref.SHA256) + ".part")
	if errors.Is(err, fs.ErrNotExist) {
		return 0, false, nil
	}
	if err != nil {
		return 0, false, fmt.Errorf("looking for a part of an object: %w", err)
	}
	return min(info.Size(), ref.Length), false, nil
}

// Append adds bytes at off. The last ones make the object whole once its digest fits;
// where it does not, nothing is left.
func (s objectShelf) Append(ref syncproto.ObjectRef, off int64, p []byte) (whole bool, err error) {
	if off < 0 || off+int64(len(p)) > ref.Length {
		return false, fmt.Errorf("object %s: bytes from %d to %d of %d", ref.SHA256, off, off+int64(len(p)), ref.Length)
	}
	if err := durable.MkdirAll(s.dir, 0o700); err != nil {
		return false, err
	}
	part := s.name(ref.SHA256) + ".part"
	f, err := os.OpenFile(part, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return false, fmt.Errorf("opening a part of an object: %w", err)
	}
	whole = off+int64(len(p)) == ref.Length
	err = writePart(f, off, p, whole, ref.SHA256)
	if err = errors.Join(err, f.Close()); err != nil {
		if syncproto.ProblemOf(err) != nil { // not these bytes: the next try begins at 0
			err = errors.Join(err, os.Remove(part))
		}
		return false, err
	}
	if !whole {
		return false, nil
	}
	// A crash before this leaves a whole part, which is only begun anew.
	if err := os.Rename(part, s.name(ref.SHA256)); err != nil {
		return false, fmt.Errorf("naming an object: %w", err)
	}
	return true, durable.SyncDir(s.dir)
}

// objectGrace is how long a published thing stays after nothing names it any more: a program may just be
// reading it, and a province put back from a backup names its last ones again. It is counted from the last
// sweep that found it named, however long ago it came.
const objectGrace = 14 * 24 * time.Hour

// Sweep removes what nothing has named for grace and what is no longer being fetched; it says how many. A
// digest as its name makes a file the shelf's; any other is somebody else's and stays. What is named is
// marked with the time, on the file: no crash parts the two, and one leaves the rest for the next sweep.
func (s objectShelf) Sweep(named map[syncproto.Digest]bool, now time.Time, grace time.Duration) (swept int, err error) {
	entries, err := os.ReadDir(s.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("looking through published things: %w", err)
	}
	for _, entry := range entries {
		sha, bad := syncproto.ParseDigest(strings.TrimSuffix(entry.Name(), ".part"))
		if bad != nil || !entry.Type().IsRegular() {
			continue
		}
		path := filepath.Join(s.dir, entry.Name())
		if named[sha] {
			if bad := os.Chtimes(path, now, now); bad != nil && !errors.Is(bad, fs.ErrNotExist) {
				err = errors.Join(err, fmt.Errorf("marking a published thing: %w", bad))
			}
			continue
		}
		info, gone := entry.Info()
		if gone != nil || now.Sub(info.ModTime()) <= grace {
			continue
		}
		if bad := os.Remove(path); bad != nil && !errors.Is(bad, fs.ErrNotExist) {
			err = errors.Join(err, fmt.Errorf("removing a published thing: %w", bad))
			continue
		}
		swept++
	}
	return swept, err
}

// sweepObjects removes what the feed has replaced. A body this program cannot read may name anything: then
// nothing is removed.
func (o *Office) sweepObjects(ctx context.Context) error {
	kept, err := o.Book.Kept(ctx, syncproto.FeedObject)
	if err != nil {
		return err
	}
	named := map[syncproto.Digest]bool{}
	for _, one := range kept {
		ref, err := syncproto.DecodeObjectRef(one.Body)
		if err != nil {
			return fmt.Errorf("published things stay, one cannot be read: %w", err)
		}
		named[ref.SHA256] = true
	}
	n, err := objectShelf{filepath.Join(o.Dir, "objects")}.Sweep(named, time.Now(), objectGrace)
	if n > 0 {
		o.Log.Info("published things that nothing names were removed", "files", n)
	}
	return err
}

// writePart writes at off; a crash may leave less than was told, never other bytes below a
// size that was seen: the last piece judges the digest of the whole. The last one is on disk
// when it returns.
func writePart(f *os.File, off int64, p []byte, last bool, sha syncproto.Digest) error {
	if err := f.Truncate(off); err != nil {
		return fmt.Errorf("cutting a part of an object: %w", err)
	}
	if _, err := f.WriteAt(p, off); err != nil {
		return fmt.Errorf("writing a part of an object: %w", err)
	}
	if !last {
		return nil
	}
	h := sha256.New()
	if _, err := io.Copy(h, io.NewSectionReader(f, 0, off+int64(len(p)))); err != nil {
		return fmt.Errorf("reading an object: %w", err)
	}
	if [32]byte(h.Sum(nil)) != sha {
		return syncproto.NewProblem(syncproto.Fork, syncproto.CodeDigest, "object %s came with other bytes", sha)
	}
	if err := f.Sync(); err != nil {
		return fmt.Errorf("writing an object to disk: %w", err)
	}
	return nil
}
