// Package staff is who works at an office and what each may do (cán bộ): roles, the roster the
// province signs, how a password is checked without a line, and how long somebody who guesses waits.
//
// It promises that a roster is believed only with the province's signature, that a check costs a thief
// of the disk argon2id for every guess, and that the wait after wrong guesses is a function of what was
// written down, so that switching the machine off shortens nothing.
//
// It refuses rosters that are unsigned, cut, of another office, or older than the one in use.
//
// It is pure: no disk, no clock; randomness is an argument. A power cut leaves nothing of it.
package staff
