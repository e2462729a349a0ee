package boot

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"

	"golang.org/x/sys/unix"
)

// longestSocket is what fits into sun_path with its closing zero (unix(7)).
const longestSocket = len(unix.RawSockaddrUnix{}.Path) - 1

// Listen opens the socket at path for the listed user ids and the service's own. The socket
// itself may be reached by any local user (a file mode cannot name a second user without an
// administrator); who is on the other end is what the kernel says, not what the caller says.
func Listen(path string, allow []int) (net.Listener, error) {
	if len(path) > longestSocket { // the kernel would say "invalid argument"
		return nil, fmt.Errorf("the name of the window's socket %s is %d bytes long and the system takes %d; choose a shorter --socket", path, len(path), longestSocket)
	}
	if err := openFolder(filepath.Dir(path)); err != nil {
		return nil, fmt.Errorf("making the window's socket folder: %w", err)
	}
	if err := dropStale(path); err != nil {
		return nil, err
	}
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		return nil, fmt.Errorf("opening the window's socket: %w", err)
	}
	if err := os.Chmod(path, 0o666); err != nil {
		return nil, errors.Join(fmt.Errorf("opening the window's socket: %w", err), l.Close())
	}
	return &checked{UnixListener: l, allow: append([]int{os.Getuid()}, allow...)}, nil
}

// openFolder makes the folder so that the window's user can enter it, whatever the service's
// umask. A folder that is there keeps the mode its administrator gave it.
func openFolder(dir string) error {
	if _, err := os.Stat(dir); err == nil {
		return nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	return os.Chmod(dir, 0o755)
}

// dropStale removes a name that a killed service left; a living service is not disturbed.
func dropStale(path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("looking at the window's socket: %w", err)
	}
	if info.Mode()&os.ModeSocket == 0 {
		return fmt.Errorf("%s is not a socket; choose another --socket", path)
	}
	if conn, err := net.Dial("unix", path); err == nil {
		conn.Close()
		return fmt.Errorf("another desk already answers at %s; stop it or choose another --socket", path)
	}
	return os.Remove(path)
}

// checked asks the kernel who connected.
type checked struct {
	*net.UnixListener
	allow []int
}

// Accept returns ErrNotAllowed for a user who is not listed; that connection is closed.
func (c *checked) Accept() (net.Conn, error) {
	conn, err := c.AcceptUnix()
	if err != nil {
		return nil, err
	}
	uid, err := peer(conn)
	if err != nil || !slices.Contains(c.allow, uid) {
		conn.Close()
		return nil, ErrNotAllowed
	}
	return conn, nil
}

func peer(conn *net.UnixConn) (int, error) {
	raw, err := conn.SyscallConn()
	if err != nil {
		return 0, err
	}
	var cred *unix.Ucred
	var credErr error
	if err := raw.Control(func(fd uintptr) {
		cred, credErr = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED)
	}); err != nil {
		return 0, err
	}
	if credErr != nil {
		return 0, credErr
	}
	return int(cred.Uid), nil
}

func dial(ctx context.Context, path string) (net.Conn, error) {
	var d net.Dialer
	return d.DialContext(ctx, "unix", path)
}
