// Package reconcile is the evening's comparison (đối soát cuối ngày): what an office filed on one
// day, as its own book knows it and as the province knows it, in a form that can be compared, signed
// and kept.
//
// It promises: two equal sets of facts have equal roots, in whatever order they were read; where
// they differ, [Diff] names each dossier and what is different about it; a signed [Sheet] is
// checked with nothing but itself. It refuses to hold anything personal: a fact is made of ids, a
// slip number, a procedure's code and times.
//
// # Which day
//
// A delivery (a filing or a supplement) belongs to the day of the time its own machine signed in
// the event's header: the one time both sides have, byte for byte. The day is Viet Nam's, from
// 00:00 to 24:00 at UTC+7, and that is the cut-off; MadeAt says when somebody looked. A machine
// whose clock was wrong filed on that wrong day, for both sides alike, and the sheet counts how
// many of its facts were filed under an unconfirmed clock.
//
// # The root
//
//	leaf = SHA-256("bendo reconcile fact" 00 ‖ dossier(16) ‖ event(16) ‖ n(4) ‖ at(8) ‖ manifest(32)
//	       ‖ complete(1) ‖ taken in at(8))
//	root = SHA-256("bendo reconcile day" 00 ‖ day (10 characters) ‖ book(16) ‖ count(8) ‖ leaves)
//
// Numbers are big-endian, times unix milliseconds; leaves stand in the order of (dossier, n, event,
// manifest). Slip and procedure follow from the manifest, and what left the office follows from
// what the province has: neither is hashed. testdata/vectors.json holds examples.
//
// It does no I/O and asks no clock.
package reconcile
