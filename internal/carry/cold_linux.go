package carry

import (
	"os"

	"golang.org/x/sys/unix"
)

// cold drops the file's clean pages. It is advice; a kernel that does not take it costs the
// check its sharpness, never its truth.
func cold(f *os.File) { _ = unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED) }
