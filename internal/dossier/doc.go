// Package dossier is what happens to a dossier (hồ sơ), and nothing else: the
// vocabulary of events, the fold that turns events into a state, the steps that
// are legal, who may take them (custody), the four acknowledgements, the slip
// number and the journal a resident reads.
//
// It promises that the state is a function of the set of events: any order of
// arrival and any duplicate give the same state, in the commune and in the
// province, because both call the same [Fold]. It refuses to guess: an event it
// does not know is kept, named in [State.Unknown], and shows the national code
// its author wrote into the header. It never reports more than the facts in hand:
// [Acks] is green only where a signed receipt in the book says so.
//
// The package is pure. It opens no file, reads no clock and draws no random
// number; ids, salts, times and random digits are arguments. A power cut leaves
// nothing of it behind, because it holds nothing.
//
// Due dates in one paragraph: whoever authors the step that sets one computes it and writes it down
// with the calendar's version and its reasons; folding only reads it. A supplement stops the clock with
// the office time that is left, its acceptance counts on from there, an apology puts the date off once;
// each stands beside the ones before it. Late is an attribute and locks nothing.
//
// Custody in one paragraph: a book is one office machine's ledger. There is one
// holder at any time, a book or the province. Only the holder's events carry the
// next version; everybody else's are requests (version 0) that take effect by the
// holder's "accepted". What competes with a version that was folded first is a
// proposal for a human and changes nothing.
package dossier
