package boot

import (
	"context"
	"fmt"
	"net"
	"strings"

	"github.com/Microsoft/go-winio"
)

// Listen opens the named pipe for path. Windows checks the caller itself: the security
// descriptor admits the service's user, administrators and locally signed-in users, and never
// the network. The list of numeric users is a Unix matter and is refused here.
func Listen(path string, allow []int) (net.Listener, error) {
	if len(allow) != 0 {
		return nil, fmt.Errorf("--window-user takes Unix user numbers; on Windows the pipe admits users signed in at the machine")
	}
	l, err := winio.ListenPipe(pipe(path), &winio.PipeConfig{
		// D: deny the network (NU), allow SYSTEM, administrators, the owner and interactive users.
		SecurityDescriptor: "D:P(D;;GA;;;NU)(A;;GA;;;SY)(A;;GA;;;BA)(A;;GA;;;OW)(A;;GRGW;;;IU)",
	})
	if err != nil {
		return nil, fmt.Errorf("opening the window's pipe: %w", err)
	}
	return l, nil
}

// pipe names a pipe after the path, so that two data folders do not share one.
func pipe(path string) string {
	return `\\.\pipe\bendo-` + strings.NewReplacer(`\`, "-", "/", "-", ":", "", " ", "-").Replace(path)
}

func dial(ctx context.Context, path string) (net.Conn, error) {
	return winio.DialPipeContext(ctx, pipe(path))
}
