// Package syncproto is the road between an office machine and the province's
// portal: what travels, in which bytes, and how either end knows that what it
// reads is whole, in order and from whom it says.
//
// It promises: every codec is deterministic, strict and bounded; a header that
// was decoded encodes again to the very same bytes; a batch that opens is a
// gapless piece of the device's own chain, signed once; a receipt, a page of the
// feed and a signed time can be checked offline, for ever, with the portal's
// public key; an answer without our magic and the echo of our request is never
// an answer.
//
// It refuses: I/O, clocks, randomness of its own (readers and times are passed
// in), retries, and any knowledge of the cargo. A payload is bytes: it is hashed
// and signed as bytes and never parsed here, so a new form or a new type of
// event (hồ sơ = dossier) never touches an agent already installed.
//
// A power cut finds nothing here to damage: the package holds no state. The
// order in which its callers make things durable is in PROTOCOL.md, the
// normative text; golden byte vectors lie in testdata/protocol.
package syncproto
