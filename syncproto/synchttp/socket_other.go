//go:build !linux

package synchttp

import "syscall"

// tuneSocket: elsewhere the deadlines of requests bound a dead line.
func tuneSocket(_, _ string, _ syscall.RawConn) error { return nil }
