// Package finder finds dossiers in an office's whole book (tra cứu) and sorts them into the lists staff
// work from. It holds an index in memory, because names lie sealed on the disk and an index of them
// there would tell a thief who lives in the commune.
//
// It promises: a search answers in milliseconds over a hundred thousand dossiers; what it finds does not
// depend on the order in which dossiers became known, so an index that followed every change is the
// same as one built anew; a list and its count never disagree. It is built from what the book says and
// changed one dossier at a time, never as a whole.
//
// It reduces names with [vietnam.Fold], takes words in any order and their beginnings, puts the given
// name first as Vietnamese lists do, and prefers the spelling that was typed; only where nothing fits it
// forgives one slip of the finger, or letters of an input method that was switched off. Two dossiers
// that may be one are hinted at ([Index.Twins]) and never merged.
//
// How: every word of a name is kept once, with its folded form; a dossier has the numbers of its words.
// A query is held against the few thousand different words, then every dossier is looked at, which is
// some nanoseconds each. There is nothing to rebalance, and a changed dossier costs what one dossier costs.
//
// It refuses nothing and logs nothing. It is pure: no clock, no disk, no goroutine; whoever shares an
// index guards it. A power cut leaves nothing of it.
package finder
