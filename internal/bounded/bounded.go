// Package bounded holds an input to its bounds (giới hạn): whatever a parser is given, it answers
// within a second and asks for no more than 64 MiB on the way. Fuzz targets begin with it.
//
// It promises to count everything the process asked for while the input was read, freed or not,
// which is at least what was in use at once. It refuses to judge how fast a good input is read: that
// is a benchmark's. It writes nothing; a power cut leaves nothing.
package bounded

import (
	"runtime/metrics"
	"testing"
	"time"
)

// The bounds of one input.
const (
	Memory = 64 << 20
	Time   = time.Second
)

// Input begins an input; what it returns ends it:
//
//	defer bounded.Input(t)()
func Input(t testing.TB) func() {
	t.Helper()
	before, begun := asked(), time.Now()
	return func() {
		t.Helper()
		took := time.Since(begun)
		if n := asked() - before; n > Memory {
			t.Errorf("one input made the parser ask for %d bytes, %d are allowed", n, Memory)
		}
		if took > Time {
			t.Errorf("one input took %s, %s are allowed", took, Time)
		}
	}
}

func asked() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}
