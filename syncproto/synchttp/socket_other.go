//go:build !linux

package synchttp

import (
	"net"
	"syscall"
)

// tuneSocket: elsewhere the deadlines of requests bound a dead line.
func tuneSocket(_, _ string, _ syscall.RawConn) error { return nil }

// gauge: elsewhere nobody tells; a small send buffer does instead.
func gauge(net.Conn) (reading, bool) { return reading{}, false }
