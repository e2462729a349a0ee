// Package sim is the simulated province: offices, a portal and bad weather in virtual
// time, ended by one checker of what must never break.
//
// It promises: a seed replays exactly (the same trace, hence the same hash); every
// office runs the courier's own Session and Exchange against a book that keeps what was
// written and loses everything else in a crash; messages are lost, doubled, delayed
// past their successors; lines go silent, refuse, or answer with somebody else's page;
// processes die between any two writes; clocks jump by years; events and scans rot and
// are mended; disks are cloned and restored, and IT grants epochs; the portal restarts
// and goes back an hour, a day, a week. A failing seed makes itself small and prints the
// last steps of the office it concerns.
//
// The courier's healer, which settles logs of earlier epochs and fetches scans beside the
// session, is played, too; backups are put back with `portal restore` and, one in four,
// behind the portal's back. What is excused in the end is only what nobody has any more.
// Signatures are Ed25519's; build/sim.sh builds long runs with a model of them.
//
// It refuses to forgive: the checker proves itself on planted bugs.
//
// A power cut is an ordinary event here. Nothing is kept on disk by the simulation of
// the pure core; the bubble beside it uses real books in a temporary folder.
package sim
