package clock

import (
	"strconv"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"
)

// readMachine looks at the machine's clocks. The tick count goes on while the machine sleeps; the
// boot is the number that Windows itself counts up at every start.
func readMachine() Reading {
	r := Reading{WallMS: Wall().UnixMilli()}
	k, err := registry.OpenKey(registry.LOCAL_MACHINE,
		`SYSTEM\CurrentControlSet\Control\Session Manager\Memory Management\PrefetchParameters`, registry.QUERY_VALUE)
	if err != nil {
		return r // without a boot the readings cannot be compared, which is the careful answer
	}
	defer k.Close()
	boot, _, err := k.GetIntegerValue("BootId")
	if err != nil {
		return r
	}
	r.MonoMS = windows.DurationSinceBoot().Milliseconds()
	r.Boot = "windows-" + strconv.FormatUint(boot, 10)
	return r
}
