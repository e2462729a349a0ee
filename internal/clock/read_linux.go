package clock

import (
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// ReadMachine looks at the machine's clocks. The monotonic one is CLOCK_BOOTTIME, which counts on
// while the machine sleeps; Go's own does not.
func ReadMachine() Reading {
	r := Reading{WallMS: time.Now().UnixMilli()}
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &ts); err != nil {
		return r // without a boot the readings cannot be compared, which is the careful answer
	}
	id, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return r
	}
	r.MonoMS = ts.Nano() / int64(time.Millisecond)
	r.Boot = strings.TrimSpace(string(id))
	return r
}
