package syncproto

import (
	"runtime/metrics"
	"testing"
	"time"
)

// bounded holds one input of a fuzz target to 64 MiB asked for and a second (I22). The road's tests
// import nothing of the house, so it stands here once more.
func bounded(t *testing.T) func() {
	t.Helper()
	asked := func() uint64 {
		sample := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
		metrics.Read(sample)
		return sample[0].Value.Uint64()
	}
	before, begun := asked(), time.Now()
	return func() {
		t.Helper()
		if n, took := asked()-before, time.Since(begun); n > 64<<20 || took > time.Second {
			t.Errorf("one input asked for %d bytes and took %s", n, took)
		}
	}
}
