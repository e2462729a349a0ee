// Package agent runs beside the desk and carries (giao liên): it joins the loops of one
// office machine, the courier, the watcher of the scanner's folder, the clock and the
// book's housekeeping, and answers the commands of the agent program.
//
// It promises: one agent carries for one book at a time (DIR/run/agent.lock); a service
// waits while a command holds the book, and there is one service (DIR/run/serve.lock);
// every loop it starts has ended when Serve returns; enrolment may be repeated after a
// lost answer and gives the same book; sync --until-empty says yes only when the
// province signed for everything.
//
// It refuses: to carry before enrolment (it waits); to judge dossiers; to log anything
// a resident wrote, file names included.
//
// A power cut ends all loops at once; what they had told the book is on disk, the rest
// is done again at the next start.
package agent
