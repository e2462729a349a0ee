package powercut

import "syscall"

// Op is a kind of operation, for faults.
type Op int

// The operations.
const (
	OpLook Op = 1 << iota // stat, lookup, list
	OpOpen
	OpCreate // files and directories
	OpRead
	OpWrite
	OpFlush // of a file's bytes
	OpFlushDir
	OpRename
	OpRemove
	OpLength // truncate and preallocate
	OpMode   // permissions and times
)

func (o Op) changes() bool { return o&(OpLook|OpOpen|OpRead) == 0 }

// Fault makes operations fail. Errno alone: the operation fails and nothing happened.
type Fault struct {
	Ops   Op                     // which kinds
	Match func(path string) bool // nil: every path; paths begin with / at the disk's root
	Errno syscall.Errno
	// Short makes a write store only its first half, and say so.
	Short bool
	// Lose is the failed flush of Linux: Errno is returned once, the bytes stay readable, and no later
	// flush brings them to the disk. With Errno 0 the disk lies: it says flushed and flushed nothing.
	Lose  bool
	After int // how many matching operations pass first
	Times int // how often it strikes; 0: always
}

// Inject adds a fault.
func (d *Disk) Inject(f Fault) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.faults = append(d.faults, &f)
}

// Heal takes all faults away and says how often they struck since the last time.
func (d *Disk) Heal() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	n := d.bloody
	d.faults, d.bloody = nil, 0
	return n
}

// Struck is how often faults struck.
func (d *Disk) Struck() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.bloody
}

// strike finds the fault of an operation. The lock is held.
func (d *Disk) strike(op Op, where string) *Fault {
	for i, f := range d.faults {
		if f.Ops&op == 0 || f.Match != nil && !f.Match(where) {
			continue
		}
		if f.After > 0 {
			f.After--
			continue
		}
		if f.Times > 0 {
			if f.Times--; f.Times == 0 {
				d.faults = append(d.faults[:i:i], d.faults[i+1:]...)
			}
		}
		d.bloody++
		return f
	}
	return nil
}
