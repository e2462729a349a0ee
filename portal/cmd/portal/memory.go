package main

import (
	"os"
	"runtime/debug"
)

// The portal's requests leave much garbage and keep little: with the garbage of four times what lives
// instead of once, a tenth to a quarter of the processor time of an event is saved (BENCHMARKS.md, "The
// portal"). From softMemory on it collects as often as it must to stay below. Who sets GOGC or GOMEMLIMIT
// knows better.
const (
	garbagePercent = 400
	softMemory     = 256 << 20
)

func tuneMemory() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(garbagePercent)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(softMemory)
	}
}
