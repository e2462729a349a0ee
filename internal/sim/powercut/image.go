package powercut

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// Cut is a disk that might be found when the power comes back: everything flushed, and of the rest
// what random decides. The disk must have lost its power or be at rest; it may be cut again and again
// for different images.
func (d *Disk) Cut(random *rand.Rand) *Disk {
	d.mu.Lock()
	defer d.mu.Unlock()
	tree := d.survivingNames(random)
	data := newChance(random)
	return d.image(tree, func(n *node) content { return n.survivingData(data) })
}

// Copy is the disk as programs see it now, without any cut.
func (d *Disk) Copy() *Disk {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.image(func(n *node) map[string]*node { return n.entries }, func(n *node) content { return n.now.clone() })
}

// survivingNames gives each directory's names after the cut.
func (d *Disk) survivingNames(random *rand.Rand) func(*node) map[string]*node {
	after := map[*node]map[string]*node{}
	names := func(n *node) map[string]*node {
		if after[n] == nil {
			after[n] = maps.Clone(n.safeEntries)
		}
		return after[n]
	}
	luck := newChance(random)
	prefix := 0
	if len(d.journal) > 0 {
		prefix = random.IntN(len(d.journal) + 1)
	}
	for i, c := range d.journal {
		if d.order == Ext4 && i >= prefix {
			break
		}
		if d.order == Strict && !luck.survives() {
			continue
		}
		if c.from != nil {
			if names(c.from)[c.fromName] != c.child {
				continue // what made this name did not survive, so neither does what came of it
			}
			delete(names(c.from), c.fromName)
		}
		if c.to != nil {
			names(c.to)[c.toName] = c.child
		}
	}
	return names
}

// survivingData is the bytes of a file after the cut.
func (n *node) survivingData(luck chance) content {
	c := n.safe.clone()
	for _, p := range n.pending {
		if p.cut {
			if luck.survives() {
				p.apply(&c)
			}
			continue
		}
		for at := int64(0); at < int64(len(p.data)); {
			end := min(int64(len(p.data)), ((p.off+at)/sectorSize+1)*sectorSize-p.off)
			if luck.survives() {
				c.write(p.off+at, p.data[at:end])
			}
			at = end
		}
	}
	return c
}

// image is a new disk, at rest and flushed, of the names and bytes given.
func (d *Disk) image(names func(*node) map[string]*node, data func(*node) content) *Disk {
	out := NewDisk(d.order)
	out.quota = d.quota
	made := map[*node]*node{}
	var walk func(old, fresh *node)
	walk = func(old, fresh *node) {
		entries := names(old)
		for _, name := range slices.Sorted(maps.Keys(entries)) {
			child := entries[name]
			n := made[child]
			if n == nil {
				n = out.newNode(child.mode, child.uid, child.gid)
				n.changed, n.kept, n.target, n.parent, n.name = child.changed, child.kept, child.target, fresh, name
				made[child] = n
				if child.isDir() {
					walk(child, n)
				} else {
					n.now = data(child)
					n.safe = n.now.clone()
				}
				out.used += n.blocks()
			}
			n.links++
			fresh.entries[name], fresh.safeEntries[name] = n, n
		}
	}
	made[d.root] = out.root
	out.root.mode = d.root.mode
	walk(d.root, out.root)
	return out
}

// Export writes the tree below a path of the disk ("/" all of it) into the directory to of an ordinary
// file system, for whoever wants to look into it. Sockets are left out.
func (d *Disk) Export(from, to string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	n := d.find(from)
	if n == nil {
		return fmt.Errorf("exporting %s: %w", from, fs.ErrNotExist)
	}
	return export(n, to)
}

func (d *Disk) find(path string) *node {
	n := d.root
	for name := range strings.SplitSeq(path, "/") {
		if name == "" {
			continue
		}
		if n == nil || !n.isDir() {
			return nil
		}
		n = n.entries[name]
	}
	return n
}

func export(n *node, to string) error {
	switch n.mode & syscall.S_IFMT {
	case syscall.S_IFDIR:
		if err := os.MkdirAll(to, 0o700); err != nil {
			return err
		}
		for name, child := range n.entries {
			if err := export(child, filepath.Join(to, name)); err != nil {
				return err
			}
		}
		return nil
	case syscall.S_IFREG:
		return n.exportFile(to)
	case syscall.S_IFLNK:
		return os.Symlink(n.target, to)
	}
	return nil
}

func (n *node) exportFile(to string) error {
	f, err := os.OpenFile(to, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, os.FileMode(n.mode&0o777))
	if err != nil {
		return err
	}
	err = f.Truncate(n.now.size)
	for i, p := range n.now.pages {
		if err != nil {
			break
		}
		off := i * pageSize
		if off >= n.now.size {
			continue
		}
		_, err = f.WriteAt(p[:min(pageSize, n.now.size-off)], off)
	}
	return errors.Join(err, f.Close())
}
