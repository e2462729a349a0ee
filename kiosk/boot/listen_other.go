//go:build !linux && !windows

package boot

import (
	"context"
	"fmt"
	"net"
	"runtime"
)

// Listen refuses: on this system nobody has shown who is on the other end of the socket.
func Listen(string, []int) (net.Listener, error) {
	return nil, fmt.Errorf("the window is not supported on %s; use a browser with the address that kiosk serve prints", runtime.GOOS)
}

func dial(context.Context, string) (net.Conn, error) {
	_, err := Listen("", nil)
	return nil, err
}
