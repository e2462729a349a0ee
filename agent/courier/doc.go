// Package courier carries the book's events and scans to the province and the
// province's answers back (giao liên = courier).
//
// It promises: what is committed in the book arrives exactly once, however often
// the line breaks; what the province acknowledged is not sent again; nothing in the
// book moves because of an answer the portal did not sign; manifests of all waiting
// dossiers go before any scan; whoever looks at the screen sees why nothing moves.
// It never gives up and never runs in a tight loop.
//
// It is three layers. Session decides: Step(now, input) gives outputs, with no
// goroutine, clock, map order or chance but a seeded source, so a simulation replays
// it exactly. Exchange turns a decision into a signed request and a verified answer
// into calls of the book. Run is the thin shell with sockets and timers.
//
// It refuses: to judge cargo (that is the portal's outcome in the feed); to send a
// log that forked from the portal's copy (the sending freezes, filing goes on); to
// ask for a new epoch to get past an error.
//
// A power cut leaves nothing to repair: all that counts is in the book, each answer
// applied in transactions that may be repeated. What was in flight is asked about
// (blobstat) before anything is sent again.
package courier
