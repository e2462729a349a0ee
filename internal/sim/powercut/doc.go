// Package powercut is a disk that can lose its power (mất điện, "the electricity goes"): a file system
// in memory, mounted through FUSE, that knows what was flushed and what was not.
//
// It promises: programs run on it as on any file system; [Disk.Cut] gives what a real disk might hold
// when the power goes at that moment. What was flushed is there. Of what was not, each 512-byte sector
// of each write is there or not (torn, reordered), and names are as far as the chosen [Order] allows:
// like ext4, where flushing anything flushes all earlier names and a cut leaves a prefix of the later
// ones, or strictly as POSIX says, where a name stays only when its directory was flushed. A [Fault]
// makes chosen operations fail, write short, or claim to have flushed (a lying disk, which is how a
// harness shows that it would notice); a quota makes the disk full.
//
// It refuses to guess: an operation after [Disk.Trap] sprang waits and never returns a result, as the
// programs of a machine without electricity do, until [Disk.Release] when they have been killed.
//
// The process that serves a mounted disk must not touch its files itself: a page fault on one stops
// the very process that is to serve it. It reads an image with [Disk.Export] instead.
package powercut
