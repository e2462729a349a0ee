package powercut

import (
	"maps"
	"slices"
	"syscall"
	"time"

	"github.com/hanwen/go-fuse/v2/fuse"
	"golang.org/x/sys/unix"
)

// served answers the kernel for a disk. Nothing changes a disk but its kernel, so names and attributes
// may stay in the kernel's cache; writes come through at once.
type served struct {
	fuse.RawFileSystem
	d     *Disk
	lists map[uint64][]fuse.DirEntry // open directories, guarded by d.mu
	seen  uint64
}

const cached = 3600

func newServed(d *Disk) *served {
	return &served{RawFileSystem: fuse.NewDefaultRawFileSystem(), d: d, lists: map[uint64][]fuse.DirEntry{}}
}

func (s *served) String() string { return "powercut" }

func (d *Disk) attr(n *node, out *fuse.Attr) {
	t := n.changed
	out.Ino, out.Mode, out.Nlink = n.id, n.mode, uint32(max(n.links, 0))
	out.Size, out.Blocks, out.Blksize = uint64(n.now.size), uint64(n.blocks()/sectorSize), pageSize
	out.Uid, out.Gid = n.uid, n.gid
	out.SetTimes(&t, &t, &t)
}

func (d *Disk) entry(n *node, out *fuse.EntryOut) {
	n.lookups++
	out.NodeId, out.Generation, out.EntryValid, out.AttrValid = n.id, 1, cached, cached
	d.attr(n, &out.Attr)
}

// begin finds a node and enters an operation on it; the lock is held when the status is OK.
func (s *served) begin(op Op, id uint64, name string) (*node, *Fault, fuse.Status) {
	s.d.mu.Lock()
	n := s.d.nodes[id]
	s.d.mu.Unlock()
	if n == nil {
		return nil, nil, fuse.Status(syscall.ESTALE)
	}
	f, errno := s.d.enter(op, n, name)
	return n, f, fuse.Status(errno)
}

func (s *served) Lookup(_ <-chan struct{}, h *fuse.InHeader, name string, out *fuse.EntryOut) fuse.Status {
	dir, _, st := s.begin(OpLook, h.NodeId, name)
	if st != 0 {
		return st
	}
	defer s.d.mu.Unlock()
	n := dir.entries[name]
	if n == nil {
		return fuse.ENOENT
	}
	s.d.entry(n, out)
	return fuse.OK
}

func (s *served) Forget(id, count uint64) {
	s.d.mu.Lock()
	defer s.d.mu.Unlock()
	if n := s.d.nodes[id]; n != nil && n != s.d.root {
		n.lookups -= min(count, n.lookups)
		if !s.d.frozen {
			s.d.forgetIfGone(n)
		}
	}
}

func (s *served) GetAttr(_ <-chan struct{}, in *fuse.GetAttrIn, out *fuse.AttrOut) fuse.Status {
	n, _, st := s.begin(OpLook, in.NodeId, "")
	if st != 0 {
		return st
	}
	defer s.d.mu.Unlock()
	out.AttrValid = cached
	s.d.attr(n, &out.Attr)
	return fuse.OK
}

func (s *served) SetAttr(_ <-chan struct{}, in *fuse.SetAttrIn, out *fuse.AttrOut) fuse.Status {
	size, resized := in.GetSize()
	op := OpMode
	if resized {
		op = OpLength
	}
	n, _, st := s.begin(op, in.NodeId, "")
	if st != 0 {
		return st
	}
	defer s.d.mu.Unlock()
	if mode, ok := in.GetMode(); ok {
		n.mode = n.mode&syscall.S_IFMT | mode&0o7777
	}
	if uid, ok := in.GetUID(); ok {
		n.uid = uid
	}
	if gid, ok := in.GetGID(); ok {
		n.gid = gid
	}
	if t, ok := in.GetMTime(); ok {
		n.changed = t
	}
	if resized {
		s.d.resize(n, func() { n.put(piece{cut: true, length: int64(size)}); n.kept = min(n.kept, int64(size)) })
	}
	out.AttrValid = cached
	s.d.attr(n, &out.Attr)
	return fuse.OK
}

// put changes a file's bytes, not flushed.
func (n *node) put(p piece) {
	p.apply(&n.now)
	n.pending = append(n.pending, p)
	n.changed = time.Now()
}

// make adds a new node under a name. The lock is held.
func (s *served) make(dir *node, name string, mode uint32, owner fuse.Owner) (*node, fuse.Status) {
	if dir.entries[name] != nil {
		return nil, fuse.Status(syscall.EEXIST)
	}
	n := s.d.newNode(mode, owner.Uid, owner.Gid)
	n.links = 1
	s.d.touch(&change{to: dir, toName: name, child: n})
	return n, fuse.OK
}

func (s *served) Mknod(_ <-chan struct{}, in *fuse.MknodIn, name string, out *fuse.EntryOut) fuse.Status {
	return s.makeEntry(in.NodeId, name, in.Mode, in.Owner, out)
}

func (s *served) Mkdir(_ <-chan struct{}, in *fuse.MkdirIn, name string, out *fuse.EntryOut) fuse.Status {
	return s.makeEntry(in.NodeId, name, syscall.S_IFDIR|in.Mode&0o7777, in.Owner, out)
}

func (s *served) makeEntry(id uint64, name string, mode uint32, owner fuse.Owner, out *fuse.EntryOut) fuse.Status {
	dir, _, st := s.begin(OpCreate, id, name)
	if st != 0 {
		return st
	}
	defer s.d.mu.Unlock()
	n, st := s.make(dir, name, mode, owner)
	if st == 0 {
		s.d.entry(n, out)
	}
	return st
}

func (s *served) Create(_ <-chan struct{}, in *fuse.CreateIn, name string, out *fuse.CreateOut) fuse.Status {
	dir, _, st := s.begin(OpCreate, in.NodeId, name)
	if st != 0 {
		return st
	}
	defer s.d.mu.Unlock()
	n, st := s.make(dir, name, syscall.S_IFREG|in.Mode&0o7777, in.Owner)
	if st != 0 {
		return st
	}
	n.opens++
	s.d.entry(n, &out.EntryOut)
	out.OpenFlags = fuse.FOPEN_KEEP_CACHE
	return fuse.OK
}

func (s *served) Symlink(_ <-chan struct{}, h *fuse.InHeader, target, name string, out *fuse.EntryOut) fuse.Status {
	dir, _, st := s.begin(OpCreate, h.NodeId, name)
	if st != 0 {
		return st
	}
	defer s.d.mu.Unlock()
	n, st := s.make(dir, name, syscall.S_IFLNK|0o777, h.Owner)
	if st == 0 {
		n.target = target
		s.d.entry(n, out)
	}
	return st
}

func (s *served) Readlink(_ <-chan struct{}, h *fuse.InHeader) ([]byte, fuse.Status) {
	n, _, st := s.begin(OpLook, h.NodeId, "")
	if st != 0 {
		return nil, st
	}
	defer s.d.mu.Unlock()
	return []byte(n.target), fuse.OK
}

func (s *served) Link(_ <-chan struct{}, in *fuse.LinkIn, name string, out *fuse.EntryOut) fuse.Status {
	dir, _, st := s.begin(OpCreate, in.NodeId, name)
	if st != 0 {
		return st
	}
	defer s.d.mu.Unlock()
	n := s.d.nodes[in.Oldnodeid]
	if n == nil || n.isDir() {
		return fuse.EPERM
	}
	if dir.entries[name] != nil {
		return fuse.Status(syscall.EEXIST)
	}
	n.links++
	s.d.touch(&change{to: dir, toName: name, child: n})
	s.d.entry(n, out)
	return fuse.OK
}

func (s *served) Unlink(_ <-chan struct{}, h *fuse.InHeader, name string) fuse.Status {
	return s.remove(h.NodeId, name, false)
}

func (s *served) Rmdir(_ <-chan struct{}, h *fuse.InHeader, name string) fuse.Status {
	return s.remove(h.NodeId, name, true)
}

func (s *served) remove(id uint64, name string, wantDir bool) fuse.Status {
	dir, _, st := s.begin(OpRemove, id, name)
	if st != 0 {
		return st
	}
	defer s.d.mu.Unlock()
	n := dir.entries[name]
	switch {
	case n == nil:
		return fuse.ENOENT
	case wantDir != n.isDir():
		return fuse.ENOTDIR
	case len(n.entries) > 0:
		return fuse.Status(syscall.ENOTEMPTY)
	}
	s.d.touch(&change{from: dir, fromName: name, child: n})
	s.d.unlinked(n)
	return fuse.OK
}

func (s *served) Rename(_ <-chan struct{}, in *fuse.RenameIn, from, to string) fuse.Status {
	dir, _, st := s.begin(OpRename, in.NodeId, from)
	if st != 0 {
		return st
	}
	defer s.d.mu.Unlock()
	target := s.d.nodes[in.Newdir]
	n := dir.entries[from]
	switch {
	case n == nil || target == nil:
		return fuse.ENOENT
	case in.Flags&^unix.RENAME_NOREPLACE != 0:
		return fuse.EINVAL
	}
	if old := target.entries[to]; old != nil {
		switch {
		case in.Flags&unix.RENAME_NOREPLACE != 0:
			return fuse.Status(syscall.EEXIST)
		case old == n:
			return fuse.OK
		case len(old.entries) > 0:
			return fuse.Status(syscall.ENOTEMPTY)
		}
	}
	s.d.touch(&change{from: dir, fromName: from, to: target, toName: to, child: n})
	return fuse.OK
}

func (s *served) Open(_ <-chan struct{}, in *fuse.OpenIn, out *fuse.OpenOut) fuse.Status {
	n, _, st := s.begin(OpOpen, in.NodeId, "")
	if st != 0 {
		return st
	}
	defer s.d.mu.Unlock()
	n.opens++
	out.OpenFlags = fuse.FOPEN_KEEP_CACHE
	return fuse.OK
}

func (s *served) Release(_ <-chan struct{}, in *fuse.ReleaseIn) {
	s.d.mu.Lock()
	defer s.d.mu.Unlock()
	if n := s.d.nodes[in.NodeId]; n != nil && !s.d.frozen {
		n.opens--
		s.d.forgetIfGone(n)
	}
}

func (s *served) Read(_ <-chan struct{}, in *fuse.ReadIn, buf []byte) (fuse.ReadResult, fuse.Status) {
	n, _, st := s.begin(OpRead, in.NodeId, "")
	if st != 0 {
		return nil, st
	}
	defer s.d.mu.Unlock()
	got := n.now.read(int64(in.Offset), buf[:min(len(buf), int(in.Size))])
	return fuse.ReadResultData(buf[:got]), fuse.OK
}

func (s *served) Write(_ <-chan struct{}, in *fuse.WriteIn, data []byte) (uint32, fuse.Status) {
	n, f, st := s.begin(OpWrite, in.NodeId, "")
	if st != 0 {
		return 0, st
	}
	defer s.d.mu.Unlock()
	if f != nil && f.Short && len(data) > 1 {
		data = data[:len(data)/2]
	}
	off := int64(in.Offset)
	if !s.d.room(n.growth(off, int64(len(data)))) {
		return 0, fuse.Status(syscall.ENOSPC)
	}
	s.d.resize(n, func() { n.put(piece{off: off, data: slices.Clone(data)}) })
	return uint32(len(data)), fuse.OK
}

// growth is how many bytes of the disk a write takes that the file has not yet.
func (n *node) growth(off, length int64) int64 {
	missing := int64(0)
	for p := off / pageSize; p*pageSize < off+length; p++ {
		if n.now.pages[p] == nil {
			missing += pageSize
		}
	}
	return max(n.now.blocks()+missing, n.kept) - n.blocks()
}

func (s *served) Flush(<-chan struct{}, *fuse.FlushIn) fuse.Status { return fuse.OK }

func (s *served) Fsync(_ <-chan struct{}, in *fuse.FsyncIn) fuse.Status {
	n, f, st := s.begin(OpFlush, in.NodeId, "")
	if st != 0 {
		return st
	}
	defer s.d.mu.Unlock()
	if f != nil && f.Lose {
		if f.Errno != 0 {
			n.pending = nil
		}
		return fuse.Status(f.Errno)
	}
	n.flushData()
	if s.d.order == Ext4 {
		s.d.flushNames(nil)
	}
	return fuse.OK
}

func (s *served) FsyncDir(_ <-chan struct{}, in *fuse.FsyncIn) fuse.Status {
	n, f, st := s.begin(OpFlushDir, in.NodeId, "")
	if st != 0 {
		return st
	}
	defer s.d.mu.Unlock()
	if f != nil && f.Lose {
		return fuse.Status(f.Errno)
	}
	s.d.flushNames(n)
	return fuse.OK
}

func (s *served) Fallocate(_ <-chan struct{}, in *fuse.FallocateIn) fuse.Status {
	n, _, st := s.begin(OpLength, in.NodeId, "")
	if st != 0 {
		return st
	}
	defer s.d.mu.Unlock()
	if in.Mode != 0 {
		return fuse.Status(syscall.EOPNOTSUPP)
	}
	end := int64(in.Offset + in.Length)
	if !s.d.room(max(n.now.blocks(), end) - n.blocks()) {
		return fuse.Status(syscall.ENOSPC)
	}
	s.d.resize(n, func() {
		n.kept = max(n.kept, end)
		if end > n.now.size {
			n.put(piece{cut: true, length: end})
		}
	})
	return fuse.OK
}

func (s *served) OpenDir(_ <-chan struct{}, in *fuse.OpenIn, out *fuse.OpenOut) fuse.Status {
	n, _, st := s.begin(OpLook, in.NodeId, "")
	if st != 0 {
		return st
	}
	defer s.d.mu.Unlock()
	list := []fuse.DirEntry{}
	for _, name := range slices.Sorted(maps.Keys(n.entries)) {
		child := n.entries[name]
		list = append(list, fuse.DirEntry{Name: name, Mode: child.mode & syscall.S_IFMT, Ino: child.id})
	}
	s.seen++
	out.Fh = s.seen
	s.lists[out.Fh] = list
	return fuse.OK
}

func (s *served) ReadDir(_ <-chan struct{}, in *fuse.ReadIn, out *fuse.DirEntryList) fuse.Status {
	_, _, st := s.begin(OpLook, in.NodeId, "")
	if st != 0 {
		return st
	}
	defer s.d.mu.Unlock()
	list := s.lists[in.Fh]
	for i := int(in.Offset); i < len(list); i++ {
		e := list[i]
		e.Off = uint64(i + 1)
		if !out.AddDirEntry(e) {
			break
		}
	}
	return fuse.OK
}

func (s *served) ReleaseDir(in *fuse.ReleaseIn) {
	s.d.mu.Lock()
	defer s.d.mu.Unlock()
	delete(s.lists, in.Fh)
}

func (s *served) StatFs(_ <-chan struct{}, in *fuse.InHeader, out *fuse.StatfsOut) fuse.Status {
	_, _, st := s.begin(OpLook, in.NodeId, "")
	if st != 0 {
		return st
	}
	defer s.d.mu.Unlock()
	total := s.d.quota
	if total == 0 {
		total = 1 << 40
	}
	free := uint64(max(total-s.d.used, 0) / pageSize)
	out.Bsize, out.Frsize, out.NameLen = pageSize, pageSize, 255
	out.Blocks, out.Bfree, out.Bavail = uint64(total/pageSize), free, free
	out.Files, out.Ffree = 1<<30, 1<<30
	return fuse.OK
}
