// Package bench measures the road (đo đường truyền) with the real programs over the packet-level
// line, beside what somebody would otherwise use on the same line with the same payload.
//
// It promises: every figure comes from one run whose line, payload, seed and congestion control stand
// beside it in the results file; a run that did not finish is a result and says after how long; a
// finished one was compared byte for byte. The line carries nothing but what is measured: when
// records and scans arrived is read from the portal's own store after the run, from the receiving
// folder for the others.
//
// The ideal is the payload at its best compression (zstd -19 --long over all records together, with
// the road's own dictionary; scans as they are, or smaller where zstd makes them so) divided by the
// rate. Nobody can reach it: it has no header, no handshake, no signature and no loss.
//
// It refuses to measure without root and /dev/net/tun, and names the tool it did not find. Bytes are
// IP bytes put on the air from office to province, repeated and lost ones included. What an aborted run
// leaves is a folder bendo-bench-* among the temporary files; the results file has whole lines only.
package bench
