// Package store keeps what the province knows: one schema on two engines,
// SQLite (one command runs a province) and PostgreSQL (production).
//
// It promises that a transaction is on disk whole when Write returns nil, or
// is not there at all; that both engines answer alike (one suite runs on
// both); that the commune leads every key, so that the tables can be spread
// over several machines without a change; and that what a resident wrote is
// sealed before it reaches a row or a file.
//
// It refuses engine features that only one side has: no sequences as truth, no
// advisory locks, no triggers, no notification that anything depends on.
//
// A power cut leaves the last committed transaction. Bytes of a scan that
// reached the file but not the row are overwritten by the next append.
//
// Hồ sơ = dossier, xã = commune, biên nhận = receipt.
package store
