package bounded

import (
	"fmt"
	"testing"
	"time"
)

// reported is a test that only remembers.
type reported struct {
	testing.TB
	errors []string
}

func (r *reported) Helper()                   {}
func (r *reported) Errorf(f string, a ...any) { r.errors = append(r.errors, fmt.Sprintf(f, a...)) }

var kept []byte

// Both bounds are seen, and a small input is not reported.
func TestPlantedGlutton(t *testing.T) {
	for name, c := range map[string]struct {
		do   func()
		want int
	}{
		"small": {func() { kept = make([]byte, 1<<10) }, 0},
		"bomb":  {func() { kept = make([]byte, Memory+1<<20) }, 1},
		"trickle": {func() {
			for range 80 {
				kept = make([]byte, 1<<20)
			}
		}, 1},
		"loop": {func() { time.Sleep(Time + 50*time.Millisecond) }, 1},
	} {
		r := &reported{}
		end := Input(r)
		c.do()
		end()
		if len(r.errors) != c.want {
			t.Errorf("%s: %q", name, r.errors)
		}
	}
}
