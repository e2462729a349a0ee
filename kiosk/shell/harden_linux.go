//go:build linux && (desktop || bindings)

package shell

/*
#cgo linux pkg-config: gtk+-3.0 webkit2gtk-4.1
#include <stdlib.h>
#include "harden_linux.h"
*/
import "C"

import (
	"context"
	"log/slog"
	"unsafe"
)

// harden takes hold of the web view once it exists: it reloads after a crash of the page's
// process and answers every request of the page that would leave the desk with no. Wails has
// no handler for any of these on Linux (a dead page would stay on the screen for ever).
func harden(*slog.Logger) { C.bendo_harden() }

// allowHost names the one origin beside the bootstrap page that the view may show.
func allowHost(prefix string) {
	p := C.CString(prefix)
	defer C.free(unsafe.Pointer(p))
	C.bendo_allow(p)
}

// reload loads the bootstrap page, also when the page's process no longer runs scripts.
func reload(context.Context) { C.bendo_reload() }
