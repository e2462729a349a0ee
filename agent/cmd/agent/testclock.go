//go:build testclock

package main

import (
	"os"

	"bendo/internal/clock"
)

// A program of the torture tests: its wall clock is as wrong as BENDO_TEST_WALL says. No release
// is built with this tag.
var _ = clock.ShiftWall(os.Getenv("BENDO_TEST_WALL"))
