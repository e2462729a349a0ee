//go:build !testclock

package clock

import "time"

// Wall is the machine's wall clock as the machine claims it. Whoever needs a time that counts asks
// [Clock]; this is for what is compared with the machine's own files.
func Wall() time.Time { return time.Now() }

// ReadMachine looks at the machine's clocks.
func ReadMachine() Reading { return readMachine() }
