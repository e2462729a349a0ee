package clock

import (
	"os"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// readMachine looks at the machine's clocks. The monotonic one is CLOCK_BOOTTIME, which counts on
// while the machine sleeps; Go's own does not.
func readMachine() Reading {
	r := Reading{WallMS: Wall().UnixMilli()}
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &ts); err != nil {
		return r // without a boot the readings cannot be compared, which is the careful answer
	}
	if r.Boot = bootID(); r.Boot != "" {
		r.MonoMS = ts.Nano() / int64(time.Millisecond)
	}
	return r
}

// bootID tells boots apart; no process outlives one.
var bootID = sync.OnceValue(func() string {
	id, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(id))
})
