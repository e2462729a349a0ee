package clock

import (
	"runtime/debug"
	"time"
)

// firstBuild is when the first version of the programs was made.
var firstBuild = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// Built is when this program was built: text (RFC 3339, set by the release build), else the time
// of the change it was built from, else that of the first version.
func Built(text string) time.Time {
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return firstBuild
	}
	for _, s := range info.Settings {
		if t, err := time.Parse(time.RFC3339, s.Value); s.Key == "vcs.time" && err == nil && t.After(firstBuild) {
			return t
		}
	}
	return firstBuild
}
