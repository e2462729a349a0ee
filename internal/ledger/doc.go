// Package ledger is the office's book (sổ của xã): one SQLite file that holds what
// residents filed, what the province answered, and what is still owed to either.
//
// It promises: when a method that writes returns nil, the change is on disk and
// survives a power cut. A filing is one transaction of event, projection and
// outbox; a feed page is one transaction of its items, their projections and the
// cursor; so a cut leaves all of it or nothing. Everything a resident wrote is
// sealed under a key of its dossier, which is wrapped by the office's key; clear
// are ids, sequence numbers, types, times, sizes, digests and slip numbers. What
// the book promises to carry has a digest over all columns of its row, checked
// before it is handed out: a damaged row is put aside with an error, never sent.
//
// It refuses: to file before the machine is enrolled; to fold what an
// acknowledgement of another chain says ([ErrFork]); to answer a look-up without
// its second fact; to open a book made by a newer program.
//
// Two processes use a book at once, the kiosk and the agent; each opens it by
// itself. Every method may be called from many goroutines and from both
// processes. Methods take the time from Options.Now; order and identity never
// depend on it.
//
// A power cut leaves: a scan in the vault that no row names (swept at the next
// Open), or a finished transaction whose caller never heard of it; every write is
// therefore repeatable, and a repeated filing gives the first slip again.
package ledger
