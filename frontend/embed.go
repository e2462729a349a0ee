// Package frontend carries the built screens inside the programs.
//
// It promises that a program built after `npm run build` holds every page,
// script, style and font it shows, so that no request leaves the machine. It
// refuses nothing and keeps no state; a power cut leaves nothing of it behind.
// A checkout in which the screens were not built still compiles: Dist then
// reports false and the program says so instead of serving empty pages.
package frontend

import (
	"embed"
	"io/fs"
)

//go:embed all:dist
var dist embed.FS

// entries are the pages a complete build leaves at the top of dist.
var entries = []string{"kiosk.html", "desk.html", "portal.html"}

// Dist returns the built screens (kiosk.html, desk.html, portal.html and
// assets/) and whether all three entries are there. The file system is never
// nil; when the second result is false, it must not be served.
func Dist() (fs.FS, bool) {
	built, err := fs.Sub(dist, "dist")
	if err != nil {
		return dist, false
	}
	for _, name := range entries {
		if _, err := fs.Stat(built, name); err != nil {
			return built, false
		}
	}
	return built, true
}
