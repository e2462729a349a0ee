// Package journal is the journal (nhật ký) of one machine as a file that anybody can check: every
// event of its logs with the digests of the chain, the machine's signatures, the heads that the
// province signed, its receipts of completeness, and who of the province looked at what.
//
// It promises: checking needs the file and nothing else, no key and no network, runs in memory
// that does not grow with the file, finds any flipped byte, anything cut off, moved or put in, and
// names the first place that is wrong: the offset in the file and which event, signature or
// receipt lies there. A single flipped byte is named exactly. What was erased, or left out so that
// an inspector sees nothing personal, stands there as its two digests, and the chain still leads
// through it.
//
// It refuses: to judge what an event says; to open anything sealed; to call a file right whose
// last line is missing, because the front half of a journal is another story.
//
// A power cut while a file is written leaves one without its last line, which every check refuses;
// the journal itself lies in the book and in the portal's store and is only read here.
//
// # The file
//
// UTF-8 text, one record a line, each line
//
//	LENGTH ‖ tab ‖ JSON ‖ tab ‖ CRC ‖ tab ‖ CHAIN ‖ newline
//
// LENGTH is the number of bytes of JSON, six decimal digits. CRC is the CRC-32C of JSON and CHAIN
// is SHA-256("bendo journal line" 00 ‖ CHAIN of the line before (32 bytes, zero before the first)
// ‖ JSON), both in lower-case hex. The chain finds every change; the checksum adds nothing to that
// but tells at which byte a single one happened. Lines have at most 250,000 bytes of JSON.
//
// The first record is "journal" (whose it is, the two public keys, what was left out), then for
// each log a "log" with its "event", "span", "ack", "receipt" and "gap" records in the order of the
// chain, then perhaps "act" records, then "end" with the counts, then "signature": the exporter's
// Ed25519 over "bendo journal end" 00 ‖ CHAIN of the end line. An ack and a span stand behind
// the last event they cover, a receipt behind the event it is for.
package journal
