// Package intake is the portal's end of the road: it accepts each event of each
// machine exactly once in effect.
//
// It promises: an ack leaves only after its events, their cases, their feed
// entries and the cursor are one committed transaction; a completeness receipt
// leaves only after every scan of the manifest is there with length and digest;
// what is wrong with an event is stored with it and told in the feed, and never
// keeps the next event waiting.
//
// After a restore it begins a new generation, at the latest with the first proof in
// its own hand (an ack, a page, a grant); it takes in again what it signed, and a
// machine that it enrolled and forgot.
//
// It refuses events of a revoked machine, bytes no signed event named, and any
// rewriting of what it has: the same place with other bytes is a fork, and both
// sides of it are kept.
//
// A power cut leaves the last committed transaction; the machine sends the rest
// again and it changes nothing twice.
//
// Hồ sơ = dossier, biên nhận đủ = completeness receipt, sổ = book.
package intake
