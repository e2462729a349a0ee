//go:build windows && (desktop || bindings)

package shell

import (
	"context"
	"log/slog"

	"github.com/wailsapp/wails/v2/pkg/runtime"
)

// harden has nothing to take hold of: in a production build WebView2's menus, zoom, file
// dialogs by keyboard and developer tools are off, and its own error page follows a crash.
func harden(*slog.Logger) {}

// allowHost does nothing on Windows: WebView2 gives Wails v2 no hook for it; the desk's content
// policy (form-action, frame-ancestors) and a page without foreign links keep the view at home.
func allowHost(string) {}

func reload(wctx context.Context) { runtime.WindowReloadApp(wctx) }
