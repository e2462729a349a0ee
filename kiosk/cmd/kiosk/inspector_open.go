//go:build (desktop || bindings) && inspectable

package main

// closeInspector leaves the inspector open: this build drives the real window in a test and is
// never released.
func closeInspector() {}
