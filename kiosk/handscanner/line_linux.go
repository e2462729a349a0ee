package handscanner

import (
	"os"

	"golang.org/x/sys/unix"
)

// openLine opens a serial line without making it this program's terminal (O_NOCTTY: a hang-up must not
// end the desk) and without waiting for a carrier (O_NONBLOCK).
func openLine(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|unix.O_NOCTTY|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	// Not f.Fd(): that would make reading block for good.
	conn, err := f.SyscallConn()
	if err == nil {
		var failed error
		err = conn.Control(func(fd uintptr) { failed = raw(int(fd)) })
		if err == nil {
			err = failed
		}
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// raw is cfmakeraw(3) with eight bits and no flow control at 9600 baud, what scanners are delivered with;
// a USB-COM line ignores the speed.
func raw(fd int) error {
	t, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	if err != nil {
		return err
	}
	t.Iflag &^= unix.IGNBRK | unix.BRKINT | unix.PARMRK | unix.ISTRIP | unix.INLCR | unix.IGNCR | unix.ICRNL | unix.IXON | unix.IXOFF
	t.Oflag &^= unix.OPOST
	t.Lflag &^= unix.ECHO | unix.ECHONL | unix.ICANON | unix.ISIG | unix.IEXTEN
	t.Cflag &^= unix.CSIZE | unix.PARENB | unix.CBAUD
	t.Cflag |= unix.CS8 | unix.CLOCAL | unix.CREAD | unix.B9600
	t.Ispeed, t.Ospeed = unix.B9600, unix.B9600
	t.Cc[unix.VMIN], t.Cc[unix.VTIME] = 1, 0
	return unix.IoctlSetTermios(fd, unix.TCSETS, t)
}
