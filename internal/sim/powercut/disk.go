package powercut

import (
	"math/rand/v2"
	"path"
	"sync"
	"syscall"
	"time"
)

// Order is what a disk promises about names.
type Order int

// The orders.
const (
	Ext4   Order = iota // flushing anything flushes all earlier names; a cut leaves a prefix of the rest
	Strict              // a name stays only when its directory was flushed; a cut leaves any of the rest
)

func (o Order) String() string { return [...]string{"ext4", "strict"}[o] }

// Disk is a file system in memory. Safe for concurrent use.
type Disk struct {
	mu      sync.Mutex
	order   Order
	nodes   map[uint64]*node
	next    uint64
	root    *node
	journal []*change // of names, not flushed, the oldest first
	faults  []*Fault
	quota   int64 // bytes; 0: no end
	used    int64
	changes int64 // operations that changed something or flushed
	bloody  int   // faults that struck

	trap   int64 // springs when changes reaches it; 0: none
	sprung chan struct{}
	frozen bool
	thawed chan struct{}
}

// node is a file, a directory, or something else with a name.
type node struct {
	id       uint64
	mode     uint32 // with the kind, as in stat
	uid, gid uint32
	changed  time.Time
	links    int
	opens    int
	lookups  uint64
	parent   *node
	name     string
	target   string // of a symbolic link

	now     content // what programs see
	safe    content // what is flushed
	pending []piece // between the two
	kept    int64   // bytes taken beforehand (fallocate)

	entries, safeEntries map[string]*node
}

// change is a change of names: one goes, one comes, or both at once (a rename).
type change struct {
	from     *node // directory a name goes from; nil: none goes
	fromName string
	to       *node // directory a name comes to; nil: none comes
	toName   string
	child    *node
}

// NewDisk makes an empty disk.
func NewDisk(order Order) *Disk {
	d := &Disk{order: order, nodes: map[uint64]*node{}, sprung: make(chan struct{}), thawed: make(chan struct{})}
	d.root = d.newNode(syscall.S_IFDIR|0o700, 0, 0)
	d.root.links = 1
	return d
}

func (d *Disk) newNode(mode, uid, gid uint32) *node {
	d.next++
	n := &node{id: d.next, mode: mode, uid: uid, gid: gid, changed: time.Now()}
	if n.isDir() {
		n.entries, n.safeEntries = map[string]*node{}, map[string]*node{}
	}
	d.nodes[n.id] = n
	return n
}

func (n *node) isDir() bool { return n.mode&syscall.S_IFMT == syscall.S_IFDIR }

func (n *node) path() string {
	if n.parent == nil {
		return "/" + n.name
	}
	return path.Join(n.parent.path(), n.name)
}

func (n *node) blocks() int64 { return max(n.now.blocks(), n.kept) }

// Trap makes the disk lose its power before its after-th change from now on (writes, flushes and
// changes of names count). The channel is closed when it has: nothing that is asked afterwards is
// answered before [Disk.Release].
func (d *Disk) Trap(after int64) <-chan struct{} {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.trap = d.changes + max(after, 1)
	return d.sprung
}

// Freeze is a trap that springs now.
func (d *Disk) Freeze() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.freeze()
}

func (d *Disk) freeze() {
	if !d.frozen {
		d.frozen = true
		close(d.sprung)
	}
}

// Release lets operations that wait since the power went end with an error, so that killed programs
// can go. The disk itself stays as it was when the power went.
func (d *Disk) Release() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.freeze()
	select {
	case <-d.thawed:
	default:
		close(d.thawed)
	}
}

// Changes is how many changing operations there were.
func (d *Disk) Changes() int64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.changes
}

// enter waits for the disk and begins an operation on a path; the caller unlocks when errno is 0.
func (d *Disk) enter(op Op, n *node, name string) (*Fault, syscall.Errno) {
	d.mu.Lock()
	if op.changes() && !d.frozen {
		d.changes++
		if d.trap > 0 && d.changes >= d.trap {
			d.freeze()
		}
	}
	if d.frozen {
		d.mu.Unlock()
		<-d.thawed
		return nil, syscall.EIO
	}
	if len(d.faults) == 0 {
		return nil, 0
	}
	where := n.path()
	if name != "" {
		where = path.Join(where, name)
	}
	f := d.strike(op, where)
	if f != nil && f.Errno != 0 && !f.Short && !f.Lose {
		d.mu.Unlock()
		return f, f.Errno
	}
	return f, 0
}

// room takes bytes of the disk and says how many there were.
func (d *Disk) room(want int64) bool { return d.quota == 0 || want <= 0 || d.used+want <= d.quota }

// SetQuota says how many bytes the disk has; 0: no end.
func (d *Disk) SetQuota(bytes int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.quota = bytes
}

// Used is how many bytes are taken.
func (d *Disk) Used() int64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.used
}

// resize runs change and keeps the account of what is taken.
func (d *Disk) resize(n *node, change func()) {
	before := n.blocks()
	change()
	d.used += n.blocks() - before
}

// touch notes a change of names and makes it what programs see.
func (d *Disk) touch(c *change) {
	if c.from != nil {
		delete(c.from.entries, c.fromName)
		c.from.changed = time.Now()
	}
	if c.to != nil {
		if old := c.to.entries[c.toName]; old != nil && old != c.child {
			d.unlinked(old)
		}
		c.to.entries[c.toName] = c.child
		c.to.changed = time.Now()
		c.child.parent, c.child.name = c.to, c.toName
	}
	d.journal = append(d.journal, c)
}

func (d *Disk) unlinked(n *node) {
	n.links--
	d.forgetIfGone(n)
}

func (d *Disk) forgetIfGone(n *node) {
	if n.links > 0 || n.opens > 0 {
		return
	}
	d.resize(n, func() { n.now, n.kept = content{}, 0 })
	if n.lookups == 0 {
		delete(d.nodes, n.id)
	}
}

// flushData makes the bytes of a file safe: those that wait, and no others, because what an earlier
// failed flush lost is in now and comes back by no later one.
func (n *node) flushData() {
	for _, p := range n.pending {
		p.apply(&n.safe)
	}
	n.pending = nil
}

// flushNames makes names safe: all of them (ext4), or those of one directory and what they need.
func (d *Disk) flushNames(dir *node) {
	if d.order == Ext4 {
		for _, c := range d.journal {
			c.applySafe()
		}
		d.journal = nil
		return
	}
	if !dir.isDir() {
		return
	}
	needed := map[*node]bool{}
	for _, c := range d.journal {
		if c.from == dir || c.to == dir {
			needed[c.child] = true
		}
	}
	rest := d.journal[:0:0]
	for _, c := range d.journal {
		// What happened to the same file elsewhere (it was made under a temporary name in another
		// directory) is part of the same story.
		if c.from == dir || c.to == dir || needed[c.child] && !c.child.isDir() {
			c.applySafe()
			continue
		}
		rest = append(rest, c)
	}
	d.journal = rest
}

func (c *change) applySafe() {
	if c.from != nil && c.from.safeEntries[c.fromName] == c.child {
		delete(c.from.safeEntries, c.fromName)
	}
	if c.to != nil {
		c.to.safeEntries[c.toName] = c.child
	}
}

// chance is what happens to what was not flushed when the power goes.
type chance struct {
	random *rand.Rand
	keep   float64 // of a sector
}

func newChance(random *rand.Rand) chance {
	switch n := random.IntN(20); {
	case n < 5:
		return chance{random, 0}
	case n < 8:
		return chance{random, 1}
	}
	return chance{random, random.Float64()}
}

func (c chance) survives() bool { return c.random.Float64() < c.keep }

// Sprung is closed when the power has gone.
func (d *Disk) Sprung() <-chan struct{} { return d.sprung }
