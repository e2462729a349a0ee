// Package herd lets a whole province come at once (bầy đàn): real couriers with real books over real
// TLS connections, or light machines by the thousand, against real portal processes on a PostgreSQL
// that flushes, some of them killed in the middle.
//
// It promises to find what only a crowd finds: somebody who starves, memory that grows with the
// crowd, a gap or a repetition when two portal processes take turns in one log, a waiting machine
// that another process forgets to wake. Every run prints what it measured; the figures are quoted in
// BENCHMARKS.md.
//
// It refuses to judge by the clock: a slow machine fails no test, a lost event does. A power cut is
// the business of other rooms; here processes die by SIGKILL.
package herd
