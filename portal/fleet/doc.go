// Package fleet is the province's register of machines: the certificate
// authority that machines pin, one-time enrolment codes, devices, and the slip
// prefixes each of them prints under.
//
// It promises: a code works once, for one key, for seven days, and the same
// key asking again gets the same answer; a slip prefix is never given out
// twice; the authority's key is made on the first start and never replaced by
// a later one (machines in the communes pin it for twenty years).
//
// A machine that replaces another one goes on with its book: the old one is revoked
// in the transaction that takes the new one in, and the feed says so.
//
// It refuses a code it does not know, one that is used or too old, and an
// address that guesses.
//
// A power cut in the first start leaves files that are complete or absent; the
// next start makes what is missing. The authority's key is written before its
// certificate, and the certificate is made again from the same key, so the pin
// does not change.
//
// Mã kích hoạt = enrolment code, cơ quan = office.
package fleet
